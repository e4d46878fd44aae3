/* Elimination of a chain of blocks of five to seven unknowns in registers of eight doubles, with the right-hand side in
   the lane that is left: the forward substitution costs nothing, and no factor waits in memory to be read again. */
#ifndef NPSOLVER_BLOCK_WIDE_H
#define NPSOLVER_BLOCK_WIDE_H

#include "block_tridiagonal.h"

#if defined(NP_HAS_CLONES)

#include <immintrin.h>

#define NP_WIDE_TARGET __attribute__((target("arch=x86-64-v4")))
#define NP_WIDE NP_WIDE_TARGET static inline __attribute__((always_inline))

/* D := D - A B and x := x - A before (where there is an A), then the factors of D, D^-1 C and D^-1 x; rows of all blocks
   in memory one after the other. Where a pivot does not stand on the diagonal 0, and everything as it was. */
NP_WIDE int np_wide_step(const int m, double *restrict D, double *restrict C, const double *A, const double *B,
                         const double *before, double *restrict x, unsigned char *restrict pivot) {
    const __mmask8 own = (__mmask8)((1 << m) - 1), side = (__mmask8)(1 << m);
    __m512d d[7], c[7], inverse[7]; /* the right-hand side waits beside D */
    __mmask8 bad = 0;
    NP_UNROLL
    for (int i = 0; i < m; ++i) {
        d[i] = _mm512_mask_broadcastsd_pd(_mm512_maskz_loadu_pd(own, D + i * m), side, _mm_load_sd(x + i));
        c[i] = _mm512_maskz_loadu_pd(own, C + i * m);
    }
    if (A) {
        NP_UNROLL
        for (int k = 0; k < m; ++k) {
            const __m512d row =
                _mm512_mask_broadcastsd_pd(_mm512_maskz_loadu_pd(own, B + k * m), side, _mm_load_sd(before + k));
            NP_UNROLL
            for (int i = 0; i < m; ++i) {
                d[i] = _mm512_fnmadd_pd(_mm512_set1_pd(A[i * m + k]), row, d[i]);
            }
        }
    }
    NP_UNROLL
    for (int k = 0; k < m; ++k) {
        const __m512i lane = _mm512_set1_epi64(k);
        const double p = _mm512_cvtsd_f64(_mm512_permutexvar_pd(lane, d[k]));
        const __mmask8 beyond = (__mmask8)((own | side) & ~((2 << k) - 1));
        inverse[k] = _mm512_set1_pd(1.0 / p);
        bad |= (__mmask8)(!(fabs(p) > 0.0) | !(fabs(p) <= 1.7e308));
        NP_UNROLL
        for (int i = k + 1; i < m; ++i) {
            const __m512d l = _mm512_mul_pd(_mm512_permutexvar_pd(lane, d[i]), inverse[k]);
            bad |= _mm512_cmp_pd_mask(_mm512_abs_pd(l), _mm512_set1_pd(1.0), _CMP_NLE_UQ);
            d[i] = _mm512_mask3_fnmadd_pd(l, d[k], d[i], beyond);
            d[i] = _mm512_mask_mov_pd(d[i], (__mmask8)(1 << k), l);
            c[i] = _mm512_fnmadd_pd(l, c[k], c[i]);
        }
    }
    if (bad) {
        return 0;
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

/* The same with pivots sought; 0 where D is singular. */
NP_WIDE int np_wide_eliminate(const int m, double *restrict D, double *restrict C, const double *A, const double *B,
                              const double *before, double *restrict x, unsigned char *restrict pivot) {
    if (np_wide_step(m, D, C, A, B, before, x, pivot)) {
        return 1;
    }
    if (A) {
        np_block_subtract_product(m, D, A, B);
        np_block_subtract_vector(m, x, A, before);
    }
    if (np_block_lu(m, D, pivot)) {
        return 0;
    }
    np_block_solve_matrix(m, D, pivot, C);
    np_block_solve(m, D, pivot, x);
    return 1;
}

/* np_tridiagonal_factor and np_tridiagonal_solve together. */
NP_WIDE ptrdiff_t np_wide_chain(const int m, const ptrdiff_t n, double *restrict blocks, unsigned char *restrict pivot,
                                double *restrict x) {
    const int mm = m * m;
    const ptrdiff_t middle = n / 2;
    for (ptrdiff_t step = 0; step < middle || n - 1 - step > middle; ++step) {
        const ptrdiff_t top = step, bottom = n - 1 - step;
        if (top < middle) {
            double *d = blocks + 3 * top * mm;
            if (!np_wide_eliminate(m, d, d + mm, top > 0 ? d - mm : NULL, d - 2 * mm, top > 0 ? x + (top - 1) * m : x, x + top * m,
                                   pivot + top * m)) {
                return top;
            }
        }
        if (bottom > middle) {
            double *d = blocks + 3 * bottom * mm;
            if (!np_wide_eliminate(m, d, d - mm, bottom < n - 1 ? d + mm : NULL, d + 2 * mm, x + (bottom + 1) * m,
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
