/* The Newton update that keeps every concentration positive, node by node. */
#ifndef NPSOLVER_UPDATE_H
#define NPSOLVER_UPDATE_H

#include <math.h>
#include <stddef.h>

/* Concentrations below this (relative to the largest in the problem) are as good as absent: their relative change does
   not count. A species that starts from nothing spreads with tails as small as doubles go. */
#define NP_ABSENT 1e-40

/* out = u + du for n nodes of m unknowns, the last of each node the potential; see update.pyx. norms: largest relative
   change of a concentration, largest change of the potential, 1 if anything was limited. Returns -1, or the index of the
   first entry of du that is not finite. */
static inline ptrdiff_t np_update(const ptrdiff_t n, const int m, const double *u, const double *du, double *out,
                                  const unsigned char *positive, const double potential_limit, double *norms) {
    double w_norm = 0.0, phi_norm = 0.0, limited = 0.0, finite = 0.0;
    for (ptrdiff_t k = 0; k < n; ++k) {
        for (int i = 0; i < m - 1; ++i) {
            const ptrdiff_t at = k * m + i;
            const double old = u[at], change = du[at];
            finite += 0.0 * change;
            if (!positive[at]) {
                out[at] = old + change;
                continue;
            }
            const double relative = fabs(change) / (old > NP_ABSENT ? old : NP_ABSENT);
            w_norm = relative > w_norm ? relative : w_norm;
            if (change < -0.5 * old) {
                if (relative > 0.5) {
                    limited = 1.0;
                }
                out[at] = 0.25 * old * (old / -change);
            } else {
                out[at] = old + change;
            }
        }
        const ptrdiff_t at = k * m + m - 1;
        const double change = du[at], size = fabs(change);
        finite += 0.0 * change;
        phi_norm = size > phi_norm ? size : phi_norm;
        if (size > potential_limit) {
            limited = 1.0;
            out[at] = u[at] + change * (potential_limit / size);
        } else {
            out[at] = u[at] + change;
        }
    }
    norms[0] = w_norm;
    norms[1] = phi_norm;
    norms[2] = limited;
    if (finite == 0.0) {
        return -1;
    }
    for (ptrdiff_t at = 0; at < n * m; ++at) {
        if (!isfinite(du[at])) {
            return at;
        }
    }
    return 0;
}

#endif
