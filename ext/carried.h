/* What edges carry from node to node, and how it enters the matrix of the nodes. */
#ifndef NPSOLVER_CARRIED_H
#define NPSOLVER_CARRIED_H

#include <stddef.h>

#include "clones.h"
#include "sizes.h"

/* What edges carry, one after the other: [m] flows from the lower to the upper node, the displacement last, and (or NULL)
   [m][m] their derivatives by the unknowns of the lower and of the upper node. */
typedef struct {
    double *flow, *by_lower, *by_upper;
} np_carried;

/* Who knows what edges carry: from `first` on, for the unknowns u and (or NULL) the excess potentials ([node][species]) and
   their derivatives ([node][species][species]). At most `at_once` edges at a time. */
typedef struct {
    void (*carry)(const void *of, ptrdiff_t first, ptrdiff_t count, const double *u, const double *excess,
                  const double *slope, const np_carried *to);
    const void *of;
    ptrdiff_t at_once;
} np_carrier;

/* Edges from `first` on add theirs to the residual of their nodes ([node][M]) and (or NULL) to the blocks, which `kl` and
   `lk` (beside the diagonal) and `diagonal` tell. With `fresh` the blocks beside the diagonal, of which each belongs to one
   edge, are written; `rows` of the nodes count. */
NP_INLINE void np_carried_add_edges(const int M, const ptrdiff_t first, const ptrdiff_t count, const int rows,
                                    const int *restrict edges, const int *restrict kl, const int *restrict lk,
                                    const int *restrict diagonal, const np_carried *from, const int fresh,
                                    double *restrict residual, double *blocks) {
    const int mm = M * M, size = rows * M;
    for (ptrdiff_t e = 0; e < count; ++e) {
        const ptrdiff_t k = edges[2 * (first + e)], l = edges[2 * (first + e) + 1];
        const double *restrict flow = from->flow + e * M;
        for (int i = 0; i < rows; ++i) {
            residual[k * M + i] += flow[i];
            residual[l * M + i] -= flow[i];
        }
        if (!blocks) {
            continue;
        }
        const double *restrict low = from->by_lower + e * mm, *restrict high = from->by_upper + e * mm;
        double *restrict kk = blocks + (ptrdiff_t)diagonal[k] * mm, *restrict ll = blocks + (ptrdiff_t)diagonal[l] * mm;
        double *restrict to_kl = blocks + (ptrdiff_t)kl[first + e] * mm, *restrict to_lk = blocks + (ptrdiff_t)lk[first + e] * mm;
        for (int j = 0; j < size; ++j) {
            kk[j] += low[j];
            ll[j] -= high[j];
        }
        if (fresh) {
            for (int j = 0; j < size; ++j) {
                to_kl[j] = high[j];
                to_lk[j] = -low[j];
            }
        } else {
            for (int j = 0; j < size; ++j) {
                to_kl[j] += high[j];
                to_lk[j] -= low[j];
            }
        }
    }
}

NP_CLONES static void np_carried_add(int m, ptrdiff_t first, ptrdiff_t count, int whole, const int *edges, const int *kl,
                                     const int *lk, const int *diagonal, const np_carried *from, int fresh,
                                     double *residual, double *blocks) {
    if (whole) {
        NP_UP_TO_8(m, np_carried_add_edges(M, first, count, M, edges, kl, lk, diagonal, from, fresh, residual, blocks))
    } else {
        np_carried_add_edges(m, first, count, m - 1, edges, kl, lk, diagonal, from, fresh, residual, blocks);
    }
}

#endif
