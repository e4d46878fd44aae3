/* V(1,1)-cycles of multigrid, on rows divided by their diagonal, which is not stored. */
#ifndef NPSOLVER_CYCLE_H
#define NPSOLVER_CYCLE_H

#include <stddef.h>

#include "clones.h"

/* Rows of level with `n` points: entries before the diagonal from pointer[i], those behind it from middle[i]. `band` is
   the largest distance of a column from the diagonal. Interpolation has the rows of the fine points; `restriction` are
   the values of its transpose between scaled rows. */
typedef struct {
    ptrdiff_t n, n_coarse, band;
    const int *pointer, *middle, *column, *p_pointer, *p_column;
    const double *data, *interpolation, *restriction;
    double *x, *b;
} np_level;

/* One forward Gauss-Seidel sweep from x = 0, and the residual on the coarse points. The residual of a row is taken as
   soon as the sweep has passed its last column: both find the row in the cache. */
NP_CLONES
static void np_descend(const np_level *level, const double *b, double *x, double *coarse) {
    const int *pointer = level->pointer, *middle = level->middle, *column = level->column;
    const double *data = level->data;
    const ptrdiff_t n = level->n, band = level->band;
    for (ptrdiff_t c = 0; c < level->n_coarse; ++c) {
        coarse[c] = 0.0;
    }
    for (ptrdiff_t i = 0; i < n + band; ++i) {
        if (i < n) {
            double sum = b[i];
            for (int p = pointer[i]; p < middle[i]; ++p) {
                sum -= data[p] * x[column[p]];
            }
            x[i] = sum;
        }
        const ptrdiff_t k = i - band;
        if (k >= 0) {
            double sum = 0.0;
            for (int p = middle[k]; p < pointer[k + 1]; ++p) {
                sum -= data[p] * x[column[p]];
            }
            for (int e = level->p_pointer[k]; e < level->p_pointer[k + 1]; ++e) {
                coarse[level->p_column[e]] += level->restriction[e] * sum;
            }
        }
    }
}

/* Correction from the coarse points and one backward Gauss-Seidel sweep, in one pass as well. */
NP_CLONES
static void np_ascend(const np_level *level, const double *b, double *x, const double *coarse) {
    const int *pointer = level->pointer, *middle = level->middle, *column = level->column;
    const double *data = level->data;
    const ptrdiff_t n = level->n, band = level->band;
    for (ptrdiff_t k = n - 1; k >= -band; --k) {
        if (k >= 0) {
            double sum = x[k];
            for (int e = level->p_pointer[k]; e < level->p_pointer[k + 1]; ++e) {
                sum += level->interpolation[e] * coarse[level->p_column[e]];
            }
            x[k] = sum;
        }
        const ptrdiff_t i = k + band;
        if (i < n) {
            double before = b[i], behind = 0.0;
            for (int p = pointer[i]; p < middle[i]; ++p) {
                before -= data[p] * x[column[p]];
            }
            for (int p = pointer[i + 1] - 1; p >= middle[i]; --p) { /* what was computed last comes last */
                behind += data[p] * x[column[p]];
            }
            x[i] = before - behind;
        }
    }
}

/* x = A b for a dense matrix of n rows, given column by column. */
NP_CLONES
static void np_dense(ptrdiff_t n, const double *a, const double *b, double *x) {
    for (ptrdiff_t i = 0; i < n; ++i) {
        x[i] = 0.0;
    }
    for (ptrdiff_t j = 0; j < n; ++j) {
        const double factor = b[j];
        for (ptrdiff_t i = 0; i < n; ++i) {
            x[i] += factor * a[j * n + i];
        }
    }
}

#endif
