/* Included by chain.h once per type NP_T; M is a constant wherever speed matters. */

/* Blocks from this size on are eliminated at both ends side by side: the instructions of one are more than the processor
   looks ahead. */
#ifndef NP_TOGETHER
#define NP_TOGETHER 4
#endif

/* The blocks of node k: diagonal block s; couplings to the nodes below and above, which have entries on the diagonal and
   in the column of the potential only: `low` and `up` hold M diagonal entries, then ns entries of that column. */
NP_INLINE void NP_NAME(np_chain_blocks)(const int M, const np_chain *c, const ptrdiff_t k, NP_T *restrict s,
                                        NP_T *restrict low, NP_T *restrict up) {
    const int ns = M - 1;
    const ptrdiff_t stride = c->stride, below = k, above = k + 1;
    const NP_T *by_lower = (const NP_T *)c->by_lower, *by_upper = (const NP_T *)c->by_upper;
    const NP_T *by_potential = (const NP_T *)c->by_potential, *dielectric = (const NP_T *)c->dielectric;
    const NP_T *capacity = (const NP_T *)c->capacity + k * ns;
    NP_UNROLL
    for (int i = 0; i < M * M; ++i) {
        s[i] = (NP_T){0.0};
    }
    NP_UNROLL
    for (int i = 0; i < ns; ++i) {
        const double lower = c->in_lower[i], upper = c->in_upper[i], z = c->charge[i], shift = c->shift;
        const NP_T *a = by_lower + i * stride, *b = by_upper + i * stride, *d = by_potential + i * stride;
        const NP_T d_above = lower * d[above], d_below = upper * d[below];
        s[i * M + i] = lower * a[above] - upper * b[below] + shift * capacity[i];
        s[i * M + ns] = -d_above - d_below;
        s[ns * M + i] = -z * capacity[i];
        up[i] = lower * b[above];
        up[M + i] = d_above;
        low[i] = -upper * a[below];
        low[M + i] = d_below;
    }
    s[ns * M + ns] = dielectric[above] + dielectric[below] + ((const NP_T *)c->robin)[k];
    up[ns] = -dielectric[above];
    low[ns] = -dielectric[below];
    if (c->has_fixed[k]) {
        for (int i = 0; i < M; ++i) {
            if (c->fixed[k * M + i]) {
                for (int j = 0; j < M; ++j) {
                    s[i * M + j] = (NP_T){0.0};
                }
                s[i * M + i] = s[i * M + i] + 1.0;
                up[i] = low[i] = (NP_T){0.0};
                if (i < ns) {
                    up[M + i] = low[M + i] = (NP_T){0.0};
                }
            }
        }
    }
}

/* s -= coupling * x */
NP_INLINE void NP_NAME(np_chain_subtract)(const int M, NP_T *restrict s, const NP_T *restrict coupling,
                                          const NP_T *restrict x) {
    const int ns = M - 1;
    NP_UNROLL
    for (int i = 0; i < ns; ++i) {
        NP_UNROLL
        for (int j = 0; j < M; ++j) {
            s[i * M + j] -= coupling[i] * x[i * M + j] + coupling[M + i] * x[ns * M + j];
        }
    }
    NP_UNROLL
    for (int j = 0; j < M; ++j) {
        s[ns * M + j] -= coupling[ns] * x[ns * M + j];
    }
}

/* b -= coupling * y */
NP_INLINE void NP_NAME(np_chain_subtract_vector)(const int M, NP_T *restrict b, const NP_T *restrict coupling,
                                                 const NP_T *restrict y) {
    const int ns = M - 1;
    NP_UNROLL
    for (int i = 0; i < ns; ++i) {
        b[i] -= coupling[i] * y[i] + coupling[M + i] * y[ns];
    }
    b[ns] -= coupling[ns] * y[ns];
}

/* LU without row exchanges, species before the potential. In electrochemical potentials as unknowns (a change of columns
   that leaves L as it is) the species' rows are M-matrices and the potential's row is the sum of its own and the
   screening charge, both positive: no pivot is a difference. Reciprocal pivots are stored; `check` becomes NaN with them.
   The `count` blocks do not depend on each other: while one waits for a pivot the processor works on the other. */
NP_INLINE void NP_NAME(np_chain_lu)(const int M, const int count, NP_T *const *s, NP_T *restrict check) {
    NP_UNROLL
    for (int k = 0; k < M; ++k) {
        NP_UNROLL
        for (int e = 0; e < count; ++e) {
            NP_T *restrict a = s[e];
            const NP_T inverse = 1.0 / a[k * M + k];
            a[k * M + k] = inverse;
            *check += 0.0 * inverse;
            NP_UNROLL
            for (int i = k + 1; i < M; ++i) {
                const NP_T factor = a[i * M + k] * inverse;
                a[i * M + k] = factor;
                NP_UNROLL
                for (int j = k + 1; j < M; ++j) {
                    a[i * M + j] -= factor * a[k * M + j];
                }
            }
        }
    }
}

/* b := (LU)^-1 b */
NP_INLINE void NP_NAME(np_chain_apply)(const int M, const NP_T *restrict lu, NP_T *restrict b) {
    NP_UNROLL
    for (int k = 0; k < M; ++k) {
        NP_UNROLL
        for (int i = k + 1; i < M; ++i) {
            b[i] -= lu[i * M + k] * b[k];
        }
    }
    NP_UNROLL
    for (int k = M - 1; k >= 0; --k) {
        b[k] *= lu[k * M + k];
        NP_UNROLL
        for (int i = 0; i < k; ++i) {
            b[i] -= lu[i * M + k] * b[k];
        }
    }
}

/* x := (LU)^-1 coupling, a full block. Column j of the coupling is zero above row j, except the last. */
NP_INLINE void NP_NAME(np_chain_divide)(const int M, const NP_T *restrict lu, const NP_T *restrict coupling,
                                        NP_T *restrict x) {
    const int ns = M - 1;
    NP_UNROLL
    for (int i = 0; i < M; ++i) {
        NP_UNROLL
        for (int j = 0; j < M; ++j) {
            NP_T value = i == j ? coupling[i] : j == ns ? coupling[M + i] : (NP_T){0.0};
            NP_UNROLL
            for (int k = j == ns ? 0 : j; k < i; ++k) {
                value -= lu[i * M + k] * x[k * M + j];
            }
            x[i * M + j] = value;
        }
    }
    NP_UNROLL
    for (int k = M - 1; k >= 0; --k) {
        NP_UNROLL
        for (int j = 0; j < M; ++j) {
            NP_T value = x[k * M + j];
            NP_UNROLL
            for (int i = k + 1; i < M; ++i) {
                value -= lu[k * M + i] * x[i * M + j];
            }
            x[k * M + j] = value * lu[k * M + k];
        }
    }
}

/* A node of the elimination: its block and what becomes of it, x, right-hand side (or NULL); `back` couples it to the
   neighbour that is eliminated already (none: NULL), whose x and right-hand side follow, `on` to the next one. */
typedef struct {
    NP_T *lu, *x, *y;
    const NP_T *back, *x_back, *y_back, *on;
} NP_NAME(np_chain_place);

NP_INLINE void NP_NAME(np_chain_gather)(const int M, NP_T *restrict lu, NP_T *restrict y, const NP_T *restrict back,
                                        const NP_T *restrict x_back, const NP_T *restrict y_back) {
    if (back) {
        NP_NAME(np_chain_subtract)(M, lu, back, x_back);
        if (y) {
            NP_NAME(np_chain_subtract_vector)(M, y, back, y_back);
        }
    }
}

NP_INLINE void NP_NAME(np_chain_finish)(const int M, const NP_T *restrict lu, NP_T *restrict x, NP_T *restrict y,
                                        const NP_T *restrict on) {
    NP_NAME(np_chain_divide)(M, lu, on, x);
    if (y) {
        NP_NAME(np_chain_apply)(M, lu, y);
    }
}

NP_INLINE void NP_NAME(np_chain_node)(const int M, const NP_NAME(np_chain_place) p, NP_T *restrict check) {
    NP_NAME(np_chain_gather)(M, p.lu, p.y, p.back, p.x_back, p.y_back);
    NP_NAME(np_chain_lu)(M, 1, &p.lu, check);
    NP_NAME(np_chain_finish)(M, p.lu, p.x, p.y, p.on);
}

/* Nodes at both ends. */
NP_INLINE void NP_NAME(np_chain_nodes)(const int M, const NP_NAME(np_chain_place) p, const NP_NAME(np_chain_place) q,
                                       NP_T *restrict check) {
    NP_T *const lu[2] = {p.lu, q.lu};
    NP_NAME(np_chain_gather)(M, p.lu, p.y, p.back, p.x_back, p.y_back);
    NP_NAME(np_chain_gather)(M, q.lu, q.y, q.back, q.x_back, q.y_back);
    NP_NAME(np_chain_lu)(M, 2, lu, check);
    NP_NAME(np_chain_finish)(M, p.lu, p.x, p.y, p.on);
    NP_NAME(np_chain_finish)(M, q.lu, q.x, q.y, q.on);
}

/* Elimination from both ends towards the middle: two independent recurrences for the processor to overlap. `rhs`
   ([node][M][lane]) becomes what is left of it (NULL: factorisation only). `check` is not zero where a block is singular. */
NP_INLINE void NP_NAME(np_chain_eliminate)(const int M, const np_chain *c, const np_factors *f, double *rhs,
                                           double *not_finite) {
    const ptrdiff_t n = c->nodes, middle = n / 2, mm = M * M, cw = 2 * M - 1;
    NP_T *lu = (NP_T *)f->lu, *x = (NP_T *)f->x, *low = (NP_T *)f->low, *up = (NP_T *)f->up, *y = (NP_T *)rhs;
    NP_T check = (NP_T){0.0};
    for (ptrdiff_t step = 0; step < middle; ++step) {
        const ptrdiff_t top = step, bottom = n - 1 - step;
        const NP_NAME(np_chain_place) upper = {
            lu + top * mm, x + top * mm, y ? y + top * M : NULL, top ? low + top * cw : NULL, x + (top - 1) * mm,
            y + (top - 1) * M, up + top * cw,
        };
        const NP_NAME(np_chain_place) lower = {
            lu + bottom * mm, x + bottom * mm, y ? y + bottom * M : NULL, step ? up + bottom * cw : NULL,
            x + (bottom + 1) * mm, y + (bottom + 1) * M, low + bottom * cw,
        };
        NP_NAME(np_chain_blocks)(M, c, top, lu + top * mm, low + top * cw, up + top * cw);
        if (M < NP_TOGETHER || bottom == middle) {
            NP_NAME(np_chain_node)(M, upper, &check);
        }
        if (bottom == middle) {
            break;
        }
        NP_NAME(np_chain_blocks)(M, c, bottom, lu + bottom * mm, low + bottom * cw, up + bottom * cw);
        if (M < NP_TOGETHER) {
            NP_NAME(np_chain_node)(M, lower, &check);
        } else {
            NP_NAME(np_chain_nodes)(M, upper, lower, &check);
        }
    }
    NP_NAME(np_chain_blocks)(M, c, middle, lu + middle * mm, low + middle * cw, up + middle * cw);
    if (middle > 0) {
        NP_NAME(np_chain_subtract)(M, lu + middle * mm, low + middle * cw, x + (middle - 1) * mm);
    }
    if (middle < n - 1) {
        NP_NAME(np_chain_subtract)(M, lu + middle * mm, up + middle * cw, x + (middle + 1) * mm);
    }
    NP_T *last = lu + middle * mm;
    NP_NAME(np_chain_lu)(M, 1, &last, &check);
    if (y) {
        if (middle > 0) {
            NP_NAME(np_chain_subtract_vector)(M, y + middle * M, low + middle * cw, y + (middle - 1) * M);
        }
        if (middle < n - 1) {
            NP_NAME(np_chain_subtract_vector)(M, y + middle * M, up + middle * cw, y + (middle + 1) * M);
        }
        NP_NAME(np_chain_apply)(M, lu + middle * mm, y + middle * M);
    }
    *(NP_T *)not_finite = check;
}

/* From the middle outwards: y_k -= x_k y_(neighbour towards the middle). */
NP_INLINE void NP_NAME(np_chain_outwards)(const int M, const NP_T *restrict x, const NP_T *restrict from,
                                          NP_T *restrict y) {
    NP_UNROLL
    for (int i = 0; i < M; ++i) {
        NP_T sum = x[i * M] * from[0];
        NP_UNROLL
        for (int j = 1; j < M; ++j) {
            sum += x[i * M + j] * from[j];
        }
        y[i] -= sum;
    }
}

NP_INLINE void NP_NAME(np_chain_substitute)(const int M, const ptrdiff_t n, const np_factors *f, double *rhs) {
    const ptrdiff_t middle = n / 2, mm = M * M;
    const NP_T *x = (const NP_T *)f->x;
    NP_T *y = (NP_T *)rhs;
    for (ptrdiff_t step = 1; step <= middle || middle + step < n; ++step) {
        const ptrdiff_t top = middle - step, bottom = middle + step;
        if (top >= 0) {
            NP_NAME(np_chain_outwards)(M, x + top * mm, y + (top + 1) * M, y + top * M);
        }
        if (bottom < n) {
            NP_NAME(np_chain_outwards)(M, x + bottom * mm, y + (bottom - 1) * M, y + bottom * M);
        }
    }
}

/* y := A^-1 y with the factors that np_chain_eliminate left. */
NP_INLINE void NP_NAME(np_chain_solve)(const int M, const ptrdiff_t n, const np_factors *f, double *rhs) {
    const ptrdiff_t middle = n / 2, mm = M * M, cw = 2 * M - 1;
    const NP_T *lu = (const NP_T *)f->lu, *low = (const NP_T *)f->low, *up = (const NP_T *)f->up;
    NP_T *y = (NP_T *)rhs;
    for (ptrdiff_t step = 0; step < middle || n - 1 - step > middle; ++step) {
        const ptrdiff_t top = step, bottom = n - 1 - step;
        if (top < middle) {
            if (top > 0) {
                NP_NAME(np_chain_subtract_vector)(M, y + top * M, low + top * cw, y + (top - 1) * M);
            }
            NP_NAME(np_chain_apply)(M, lu + top * mm, y + top * M);
        }
        if (bottom > middle) {
            if (bottom < n - 1) {
                NP_NAME(np_chain_subtract_vector)(M, y + bottom * M, up + bottom * cw, y + (bottom + 1) * M);
            }
            NP_NAME(np_chain_apply)(M, lu + bottom * mm, y + bottom * M);
        }
    }
    if (middle > 0) {
        NP_NAME(np_chain_subtract_vector)(M, y + middle * M, low + middle * cw, y + (middle - 1) * M);
    }
    if (middle < n - 1) {
        NP_NAME(np_chain_subtract_vector)(M, y + middle * M, up + middle * cw, y + (middle + 1) * M);
    }
    NP_NAME(np_chain_apply)(M, lu + middle * mm, y + middle * M);
    NP_NAME(np_chain_substitute)(M, n, f, rhs);
}
