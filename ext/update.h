/* The Newton update that keeps every concentration positive, node by node. */
#ifndef NPSOLVER_UPDATE_H
#define NPSOLVER_UPDATE_H

#include <math.h>
#include <stddef.h>

#include "clones.h"
#include "sizes.h"

/* Concentrations below this (relative to the largest in the problem) are as good as absent: their relative change does
   not count. A species that starts from nothing spreads with tails as small as doubles go. */
#define NP_ABSENT 1e-40

/* Unknowns of a node whose norms are followed apart, so that no maximum waits for another. */
#define NP_APART 8

/* out = u + du for n nodes of M unknowns, the last of each node the potential; see update.pyx. norms: largest relative
   change of a concentration, largest change of the potential, 1 if anything was limited. Returns -1, or the index of the
   first entry of du that is not finite. */
NP_INLINE ptrdiff_t np_update_nodes(const int M, const ptrdiff_t n, const double *restrict u, const double *restrict du,
                                    double *restrict out, const unsigned char *restrict positive,
                                    const double potential_limit, double *restrict norms) {
    const int ns = M - 1;
    double largest[NP_APART] = {0.0}, finite[NP_APART] = {0.0}, phi_norm = 0.0, limited = 0.0, all = 0.0;
    for (ptrdiff_t k = 0; k < n; ++k) {
        NP_UNROLL
        for (int i = 0; i < ns; ++i) {
            const ptrdiff_t at = k * M + i;
            const double old = u[at], change = du[at];
            finite[i % NP_APART] += 0.0 * change;
            if (!positive[at]) {
                out[at] = old + change;
                continue;
            }
            const double relative = fabs(change) / (old > NP_ABSENT ? old : NP_ABSENT);
            largest[i % NP_APART] = relative > largest[i % NP_APART] ? relative : largest[i % NP_APART];
            if (change < -0.5 * old) {
                if (relative > 0.5) {
                    limited = 1.0;
                }
                out[at] = 0.25 * old * (old / -change);
            } else {
                out[at] = old + change;
            }
        }
        const ptrdiff_t at = k * M + ns;
        const double change = du[at], size = fabs(change);
        all += 0.0 * change;
        phi_norm = size > phi_norm ? size : phi_norm;
        if (size > potential_limit) {
            limited = 1.0;
            out[at] = u[at] + change * (potential_limit / size);
        } else {
            out[at] = u[at] + change;
        }
    }
    double w_norm = 0.0;
    for (int i = 0; i < NP_APART; ++i) {
        w_norm = largest[i] > w_norm ? largest[i] : w_norm;
        all += finite[i];
    }
    norms[0] = w_norm;
    norms[1] = phi_norm;
    norms[2] = limited;
    if (all == 0.0) {
        return -1;
    }
    for (ptrdiff_t at = 0; at < n * M; ++at) {
        if (!isfinite(du[at])) {
            return at;
        }
    }
    return 0;
}

NP_CLONES static ptrdiff_t np_update(ptrdiff_t n, int m, const double *u, const double *du, double *out,
                                     const unsigned char *positive, double potential_limit, double *norms) {
    ptrdiff_t bad = -1;
    NP_UP_TO_8(m, bad = np_update_nodes(M, n, u, du, out, positive, potential_limit, norms))
    return bad;
}

#endif
