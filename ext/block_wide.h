/* Elimination of a chain of blocks of five to seven unknowns in registers of eight doubles, with the right-hand side in
   the lane that is left: the forward substitution costs nothing, and no factor waits in memory to be read again. */
#ifndef NPSOLVER_BLOCK_WIDE_H
#define NPSOLVER_BLOCK_WIDE_H

#include "block_tridiagonal.h"

#if defined(NP_HAS_CLONES)

#include <immintrin.h>

#define NP_WIDE_TARGET __attribute__((target("arch=x86-64-v4")))
#define NP_WIDE NP_WIDE_TARGET static inline __attribute__((always_inline))

/* Columns of a block and, in the lane after them, the right-hand side. */
NP_WIDE __m512d np_wide_row(const int m, const double *row, const double *x) {
    return _mm512_mask_broadcastsd_pd(_mm512_maskz_loadu_pd((__mmask8)((1 << m) - 1), row), (__mmask8)(1 << m),
                                      _mm_load_sd(x));
}

/* d -= sign A rows, right-hand side and all. */
NP_WIDE void np_wide_subtract(const int m, __m512d *d, const double *A, const __m512d *rows, const int sign) {
    NP_UNROLL
    for (int k = 0; k < m; ++k) {
        NP_UNROLL
        for (int i = 0; i < m; ++i) {
            const __m512d factor = _mm512_set1_pd(A[i * m + k]);
            d[i] = sign > 0 ? _mm512_fnmadd_pd(factor, rows[k], d[i]) : _mm512_fmadd_pd(factor, rows[k], d[i]);
        }
    }
}

/* The factors of d into D, d^-1 c into C and c, and the right-hand side (the lane after the columns of d) divided by d into x
   and after the columns of c: the next node finds them in registers. Where a pivot does not stand on the diagonal 0, and
   memory as it was. */
NP_WIDE int np_wide_divide(const int m, __m512d *d, __m512d *c, double *restrict D, double *restrict C, double *restrict x,
                           unsigned char *restrict pivot) {
    const __mmask8 own = (__mmask8)((1 << m) - 1), side = (__mmask8)(1 << m);
    __m512d inverse[7], largest = _mm512_setzero_pd(), check = largest;
    NP_UNROLL
    for (int k = 0; k < m; ++k) {
        const __m512i lane = _mm512_set1_epi64(k);
        const __m512d p = _mm512_permutexvar_pd(lane, d[k]);
        const __mmask8 beyond = (__mmask8)((own | side) & ~((2 << k) - 1));
        inverse[k] = _mm512_set1_pd(1.0 / _mm512_cvtsd_f64(p));
        check = _mm512_fmadd_pd(_mm512_setzero_pd(), _mm512_add_pd(p, inverse[k]), check);
        NP_UNROLL
        for (int i = k + 1; i < m; ++i) {
            const __m512d l = _mm512_mul_pd(_mm512_permutexvar_pd(lane, d[i]), inverse[k]);
            largest = _mm512_range_pd(largest, l, 11); /* the larger magnitude */
            d[i] = _mm512_mask3_fnmadd_pd(l, d[k], d[i], beyond);
            d[i] = _mm512_mask_mov_pd(d[i], (__mmask8)(1 << k), l);
            c[i] = _mm512_fnmadd_pd(l, c[k], c[i]);
        }
    }
    if (_mm512_cmp_pd_mask(check, _mm512_setzero_pd(), _CMP_NEQ_UQ) ||
        _mm512_cmp_pd_mask(largest, _mm512_set1_pd(1.0), _CMP_NLE_UQ)) {
        return 0; /* pivots that are zero or not finite, or smaller than what is below them */
    }
    NP_UNROLL
    for (int k = m - 1; k >= 0; --k) {
        c[k] = _mm512_mul_pd(_mm512_mask_mov_pd(c[k], side, d[k]), inverse[k]);
        d[k] = _mm512_mask_mov_pd(d[k], (__mmask8)(1 << k), inverse[k]);
        NP_UNROLL
        for (int i = 0; i < k; ++i) {
            const __m512d upper = _mm512_permutexvar_pd(_mm512_set1_epi64(k), d[i]);
            c[i] = _mm512_mask3_fnmadd_pd(upper, c[k], c[i], own);
            d[i] = _mm512_mask3_fnmadd_pd(upper, c[k], d[i], side);
        }
    }
    NP_UNROLL
    for (int k = 0; k < m; ++k) {
        _mm512_mask_storeu_pd(C + k * m, own, c[k]);
        _mm512_mask_storeu_pd(D + k * m, own, d[k]);
        x[k] = _mm512_cvtsd_f64(_mm512_permutexvar_pd(_mm512_set1_epi64(m), c[k]));
        pivot[k] = (unsigned char)k;
    }
    return 1;
}

/* Rows of D^-1 C and, after them, D^-1 x of a node that has been eliminated. */
NP_WIDE void np_wide_recall(const int m, __m512d *done, const double *C, const double *x) {
    NP_UNROLL
    for (int k = 0; k < m; ++k) {
        done[k] = np_wide_row(m, C + k * m, x + k);
    }
}

/* np_block_eliminate; `done` belongs to the node before, then to this one. */
NP_WIDE int np_wide_eliminate(const int m, double *restrict D, double *restrict C, const double *A, const double *B,
                              const double *before, __m512d *done, double *restrict x, unsigned char *restrict pivot) {
    __m512d d[7], c[7];
    NP_UNROLL
    for (int i = 0; i < m; ++i) {
        d[i] = np_wide_row(m, D + i * m, x + i); /* the right-hand side waits beside D */
        c[i] = _mm512_maskz_loadu_pd((__mmask8)((1 << m) - 1), C + i * m);
    }
    if (A) {
        np_wide_subtract(m, d, A, done, 1);
    }
    if (np_wide_divide(m, d, c, D, C, x, pivot)) {
        NP_UNROLL
        for (int i = 0; i < m; ++i) {
            done[i] = c[i];
        }
        return 1;
    }
    if (!np_block_eliminate(m, D, C, A, B, before, x, pivot)) {
        return 0;
    }
    np_wide_recall(m, done, C, x);
    return 1;
}

/* np_tridiagonal_factor and np_tridiagonal_solve together. */
NP_WIDE ptrdiff_t np_wide_chain(const int m, const ptrdiff_t n, double *restrict blocks, unsigned char *restrict pivot,
                                double *restrict x) {
    const int mm = m * m;
    const ptrdiff_t middle = n / 2;
    __m512d above[7], below[7];
    NP_UNROLL
    for (int i = 0; i < m; ++i) {
        above[i] = below[i] = _mm512_setzero_pd();
    }
    for (ptrdiff_t step = 0; step < middle || n - 1 - step > middle; ++step) {
        const ptrdiff_t top = step, bottom = n - 1 - step;
        if (top < middle) {
            double *d = blocks + 3 * top * mm;
            if (!np_wide_eliminate(m, d, d + mm, top > 0 ? d - mm : NULL, d - 2 * mm, x + (top - 1) * m, above, x + top * m,
                                   pivot + top * m)) {
                return top;
            }
        }
        if (bottom > middle) {
            double *d = blocks + 3 * bottom * mm;
            if (!np_wide_eliminate(m, d, d - mm, bottom < n - 1 ? d + mm : NULL, d + 2 * mm, x + (bottom + 1) * m, below,
                                   x + bottom * m, pivot + bottom * m)) {
                return bottom;
            }
        }
    }
    double *d = blocks + 3 * middle * mm, *at = x + middle * m;
    if (middle > 0) {
        np_block_subtract_product(m, d, d - mm, d - 2 * mm);
        np_block_subtract_vector(m, at, d - mm, at - m);
    }
    if (middle < n - 1) {
        np_block_subtract_product(m, d, d + mm, d + 2 * mm);
        np_block_subtract_vector(m, at, d + mm, at + m);
    }
    if (np_block_lu(m, d, pivot + middle * m)) {
        return middle;
    }
    np_block_solve(m, d, pivot + middle * m, at);
    np_tridiagonal_back(m, n, blocks, x);
    return -1;
}

NP_WIDE_TARGET static ptrdiff_t np_wide_factor_solve(int m, ptrdiff_t n, double *blocks, unsigned char *pivot, double *x) {
    return m == 5 ? np_wide_chain(5, n, blocks, pivot, x)
           : m == 6 ? np_wide_chain(6, n, blocks, pivot, x) : np_wide_chain(7, n, blocks, pivot, x);
}

#endif

/* Factors of the chain and x := the solution for the right-hand side x. Returns -1 or the failing row. */
static ptrdiff_t np_factor_solve(int m, ptrdiff_t n, double *blocks, unsigned char *pivot, double *x) {
#if defined(NP_HAS_CLONES)
    if (5 <= m && m <= 7 && np_processor_level() == 4) {
        return np_wide_factor_solve(m, n, blocks, pivot, x);
    }
#endif
    const ptrdiff_t status = np_factor(m, n, blocks, pivot);
    if (status < 0) {
        np_solve(m, n, blocks, pivot, x);
    }
    return status;
}

#endif
