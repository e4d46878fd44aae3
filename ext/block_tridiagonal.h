/* Dense kernels for blocks of fixed size M; included once per size so that the compiler unrolls them. */
#ifndef NPSOLVER_BLOCK_TRIDIAGONAL_H
#define NPSOLVER_BLOCK_TRIDIAGONAL_H

#include <math.h>
#include <stddef.h>

#include "clones.h"
#include "sizes.h"

/* LU of a where every pivot stands on the diagonal already, in registers: 0 and `a` as it was where one does not. */
NP_INLINE int np_block_lu_in_order(const int m, double *restrict a, unsigned char *restrict pivot) {
    double b[64];
    int good = 1;
    if (m > 8) {
        return 0;
    }
    NP_UNROLL
    for (int i = 0; i < m; ++i) {
        NP_UNROLL
        for (int j = 0; j < m; ++j) {
            b[i * m + j] = a[i * m + j];
        }
    }
    NP_UNROLL
    for (int k = 0; k < m; ++k) {
        const double largest = fabs(b[k * m + k]), inverse = 1.0 / b[k * m + k];
        good &= (largest > 0.0) & (largest <= 1.7e308);
        b[k * m + k] = inverse;
        NP_UNROLL
        for (int i = k + 1; i < m; ++i) {
            const double l = b[i * m + k] * inverse;
            good &= fabs(b[i * m + k]) <= largest;
            b[i * m + k] = l;
            NP_UNROLL
            for (int j = k + 1; j < m; ++j) {
                b[i * m + j] -= l * b[k * m + j];
            }
        }
    }
    if (!good) {
        return 0;
    }
    NP_UNROLL
    for (int i = 0; i < m; ++i) {
        pivot[i] = (unsigned char)i;
        NP_UNROLL
        for (int j = 0; j < m; ++j) {
            a[i * m + j] = b[i * m + j];
        }
    }
    return 1;
}

/* Whether rows have been exchanged. */
NP_INLINE int np_block_moved(const int m, const unsigned char *restrict pivot) {
    int moved = 0;
    NP_UNROLL
    for (int k = 0; k < m; ++k) {
        moved |= pivot[k] ^ k;
    }
    return moved;
}

/* LU with partial pivoting of the m x m block a (row-major); reciprocal pivots are stored. 0 on success. */
NP_INLINE int np_block_lu(const int m, double *restrict a, unsigned char *restrict pivot) {
    if (np_block_lu_in_order(m, a, pivot)) {
        return 0;
    }
    NP_UNROLL
    for (int k = 0; k < m; ++k) {
        int p = k;
        double largest = fabs(a[k * m + k]);
        NP_UNROLL
        for (int i = k + 1; i < m; ++i) {
            const double candidate = fabs(a[i * m + k]);
            if (candidate > largest) {
                largest = candidate;
                p = i;
            }
        }
        if (!(largest > 0.0) || !(largest <= 1.7e308)) {
            return 1; /* zero, NaN or infinite pivot */
        }
        pivot[k] = (unsigned char)p;
        if (p != k) {
            NP_UNROLL
            for (int j = 0; j < m; ++j) {
                const double t = a[k * m + j];
                a[k * m + j] = a[p * m + j];
                a[p * m + j] = t;
            }
        }
        const double inverse = 1.0 / a[k * m + k];
        a[k * m + k] = inverse;
        NP_UNROLL
        for (int i = k + 1; i < m; ++i) {
            const double l = a[i * m + k] * inverse;
            a[i * m + k] = l;
            NP_UNROLL
            for (int j = k + 1; j < m; ++j) {
                a[i * m + j] -= l * a[k * m + j];
            }
        }
    }
    return 0;
}

/* b := a^-1 b for one right-hand side, a factorised by np_block_lu. */
NP_INLINE void np_block_solve(const int m, const double *restrict a, const unsigned char *restrict pivot,
                              double *restrict b) {
    if (np_block_moved(m, pivot)) {
        for (int k = 0; k < m; ++k) {
            const int p = pivot[k];
            const double t = b[p];
            b[p] = b[k];
            b[k] = t;
        }
    }
    NP_UNROLL
    for (int k = 0; k < m; ++k) {
        NP_UNROLL
        for (int i = k + 1; i < m; ++i) {
            b[i] -= a[i * m + k] * b[k];
        }
    }
    NP_UNROLL
    for (int k = m - 1; k >= 0; --k) {
        b[k] *= a[k * m + k];
        NP_UNROLL
        for (int i = 0; i < k; ++i) {
            b[i] -= a[i * m + k] * b[k];
        }
    }
}

/* b := a^-1 b for an m x m right-hand side, row by row so that the inner loop runs over contiguous columns. */
NP_INLINE void np_block_solve_matrix(const int m, const double *restrict a, const unsigned char *restrict pivot,
                                     double *restrict b) {
    if (np_block_moved(m, pivot)) {
        for (int k = 0; k < m; ++k) {
            const int p = pivot[k];
            for (int j = 0; j < m; ++j) {
                const double t = b[p * m + j];
                b[p * m + j] = b[k * m + j];
                b[k * m + j] = t;
            }
        }
    }
    NP_UNROLL
    for (int k = 0; k < m; ++k) {
        NP_UNROLL
        for (int i = k + 1; i < m; ++i) {
            const double l = a[i * m + k];
            NP_UNROLL
            for (int j = 0; j < m; ++j) {
                b[i * m + j] -= l * b[k * m + j];
            }
        }
    }
    NP_UNROLL
    for (int k = m - 1; k >= 0; --k) {
        const double inverse = a[k * m + k];
        NP_UNROLL
        for (int j = 0; j < m; ++j) {
            b[k * m + j] *= inverse;
        }
        NP_UNROLL
        for (int i = 0; i < k; ++i) {
            const double l = a[i * m + k];
            NP_UNROLL
            for (int j = 0; j < m; ++j) {
                b[i * m + j] -= l * b[k * m + j];
            }
        }
    }
}

/* d -= a b for m x m blocks. */
NP_INLINE void np_block_subtract_product(const int m, double *restrict d, const double *restrict a,
                                         const double *restrict b) {
    NP_UNROLL
    for (int i = 0; i < m; ++i) {
        NP_UNROLL
        for (int k = 0; k < m; ++k) {
            const double factor = a[i * m + k];
            NP_UNROLL
            for (int j = 0; j < m; ++j) {
                d[i * m + j] -= factor * b[k * m + j];
            }
        }
    }
}

/* y -= a x for one m x m block. */
NP_INLINE void np_block_subtract_vector(const int m, double *restrict y, const double *restrict a,
                                        const double *restrict x) {
    NP_UNROLL
    for (int i = 0; i < m; ++i) {
        double sum = 0.0;
        NP_UNROLL
        for (int k = 0; k < m; ++k) {
            sum += a[i * m + k] * x[k];
        }
        y[i] -= sum;
    }
}

/* D := D - A B and x := x - A before (where there is an A), then the factors of D, C := D^-1 C and x := D^-1 x; rows of all
   blocks in memory one after the other. 0 where D is singular. */
NP_INLINE int np_block_eliminate(const int m, double *restrict D, double *restrict C, const double *A, const double *B,
                                 const double *before, double *restrict x, unsigned char *restrict pivot) {
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

/* Elimination from both ends towards the middle row ("twisted"): the two recurrences are independent, so that the
   processor works on both at once. Rows are stored as [lower, diagonal, upper] without the corner blocks; the
   off-diagonal block that points to the middle is divided by the diagonal block. Returns -1 or the failing row. */
NP_INLINE ptrdiff_t np_tridiagonal_factor(const int m, const ptrdiff_t n, double *restrict blocks,
                                          unsigned char *restrict pivot) {
    const int mm = m * m;
    const ptrdiff_t middle = n / 2;
    for (ptrdiff_t step = 0; step < middle || n - 1 - step > middle; ++step) {
        const ptrdiff_t top = step, bottom = n - 1 - step;
        if (top < middle) {
            double *diagonal = blocks + 3 * top * mm;
            if (top > 0) {
                np_block_subtract_product(m, diagonal, diagonal - mm, diagonal - 2 * mm);
            }
            if (np_block_lu(m, diagonal, pivot + top * m)) {
                return top;
            }
            np_block_solve_matrix(m, diagonal, pivot + top * m, diagonal + mm);
        }
        if (bottom > middle) {
            double *diagonal = blocks + 3 * bottom * mm;
            if (bottom < n - 1) {
                np_block_subtract_product(m, diagonal, diagonal + mm, diagonal + 2 * mm);
            }
            if (np_block_lu(m, diagonal, pivot + bottom * m)) {
                return bottom;
            }
            np_block_solve_matrix(m, diagonal, pivot + bottom * m, diagonal - mm);
        }
    }
    double *diagonal = blocks + 3 * middle * mm;
    if (middle > 0) {
        np_block_subtract_product(m, diagonal, diagonal - mm, diagonal - 2 * mm);
    }
    if (middle < n - 1) {
        np_block_subtract_product(m, diagonal, diagonal + mm, diagonal + 2 * mm);
    }
    return np_block_lu(m, diagonal, pivot + middle * m) ? middle : -1;
}

/* Substitution from the middle row, which is solved, to both ends. */
NP_INLINE void np_tridiagonal_back(const int m, const ptrdiff_t n, const double *restrict blocks, double *restrict x) {
    const int mm = m * m;
    const ptrdiff_t middle = n / 2;
    for (ptrdiff_t step = 1; step <= middle || middle + step < n; ++step) {
        const ptrdiff_t top = middle - step, bottom = middle + step;
        if (top >= 0) {
            np_block_subtract_vector(m, x + top * m, blocks + (3 * top + 1) * mm, x + (top + 1) * m);
        }
        if (bottom < n) {
            np_block_subtract_vector(m, x + bottom * m, blocks + (3 * bottom - 1) * mm, x + (bottom - 1) * m);
        }
    }
}

NP_INLINE void np_tridiagonal_solve(const int m, const ptrdiff_t n, const double *restrict blocks,
                                    const unsigned char *restrict pivot, double *restrict x) {
    const int mm = m * m;
    const ptrdiff_t middle = n / 2;
    for (ptrdiff_t step = 0; step < middle || n - 1 - step > middle; ++step) {
        const ptrdiff_t top = step, bottom = n - 1 - step;
        if (top < middle) {
            const double *diagonal = blocks + 3 * top * mm;
            if (top > 0) {
                np_block_subtract_vector(m, x + top * m, diagonal - mm, x + (top - 1) * m);
            }
            np_block_solve(m, diagonal, pivot + top * m, x + top * m);
        }
        if (bottom > middle) {
            const double *diagonal = blocks + 3 * bottom * mm;
            if (bottom < n - 1) {
                np_block_subtract_vector(m, x + bottom * m, diagonal + mm, x + (bottom + 1) * m);
            }
            np_block_solve(m, diagonal, pivot + bottom * m, x + bottom * m);
        }
    }
    const double *diagonal = blocks + 3 * middle * mm;
    if (middle > 0) {
        np_block_subtract_vector(m, x + middle * m, diagonal - mm, x + (middle - 1) * m);
    }
    if (middle < n - 1) {
        np_block_subtract_vector(m, x + middle * m, diagonal + mm, x + (middle + 1) * m);
    }
    np_block_solve(m, diagonal, pivot + middle * m, x + middle * m);
    np_tridiagonal_back(m, n, blocks, x);
}

NP_CLONES static ptrdiff_t np_factor(int m, ptrdiff_t n, double *blocks, unsigned char *pivot) {
    ptrdiff_t status = -1;
    NP_UP_TO_8(m, status = np_tridiagonal_factor(M, n, blocks, pivot))
    return status;
}

NP_CLONES static void np_solve(int m, ptrdiff_t n, const double *blocks, const unsigned char *pivot, double *x) {
    NP_UP_TO_8(m, np_tridiagonal_solve(M, n, blocks, pivot, x))
}

#endif
