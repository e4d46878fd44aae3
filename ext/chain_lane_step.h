/* Included by chain_lanes.h once per number of lanes NP_W: NP_T holds a double of every lane, NP_I a mask. */

/* As np_bernoulli of flux.h. */
NP_INLINE void NP_NAME(np_lane_bernoulli)(const NP_T x, NP_T *restrict plus, NP_T *restrict minus,
                                          NP_T *restrict slope) {
    const NP_T zero = (NP_T){0.0}, most = zero + 708.0, shifter = zero + 6755399441055744.0;
    const NP_T a = NP_ABS(x), inside = NP_SELECT(a < most, a, most);
    const NP_T t = shifter - inside * 1.4426950408889634074, n = t - shifter;
    const NP_T s = NP_POWER_OF_TWO(t);
    const NP_T r = (-inside - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
    NP_T h = zero + np_bernoulli_series[0];
    NP_UNROLL_ALL
    for (int j = 1; j < 13; ++j) {
        h = np_bernoulli_series[j] + r * h;
    }
    const NP_I none = n == zero;
    const NP_T q = 1.0 + r * h, p = r * q;
    const NP_T decay = NP_SELECT(a < most, s + s * p, zero), fall = -(s * p + (s - 1.0));
    const NP_T inverse = 1.0 / NP_SELECT(none, q, fall);
    const NP_T b_minus = NP_SELECT(none, inverse, a * inverse), b_plus = decay * b_minus;
    const NP_T d = NP_SELECT(none, -b_plus * h * inverse, decay * inverse * (1.0 - b_minus));
    const NP_I positive = x >= zero;
    *plus = NP_SELECT(positive, b_plus, b_minus);
    *minus = NP_SELECT(positive, b_minus, b_plus);
    *slope = NP_SELECT(positive, d, -1.0 - d);
}

/* What two neighbouring edges bring to the node between them: [species][below, above], and the displacements. */
typedef struct {
    NP_T *flux, *by_lower, *by_upper, *by_potential, *displacement;
} NP_NAME(np_lane_edges);

/* Terms of edge e (between nodes e - 1 and e; edges 0 and n are none) into place `at` of `t`; see np_flux_terms. */
NP_INLINE void NP_NAME(np_lane_edge)(const int M, const np_lane_chains *b, const ptrdiff_t e, const int at,
                                     const NP_NAME(np_lane_edges) *t, NP_T *restrict functions) {
    const int ns = M - 1;
    const ptrdiff_t n = b->nodes, edges = n - 1;
    const NP_T *now = (const NP_T *)b->now;
    if (e == 0 || e == n) {
        for (int i = 0; i < ns; ++i) {
            t->flux[2 * i + at] = t->by_lower[2 * i + at] = t->by_upper[2 * i + at] = (NP_T){0.0};
            t->by_potential[2 * i + at] = (NP_T){0.0};
        }
        t->displacement[at] = (NP_T){0.0};
        return;
    }
    const NP_T drop = now[ns * n + e] - now[ns * n + e - 1];
    t->displacement[at] = ((const NP_T *)b->dielectric)[e] * drop;
    for (int c = 0; c < b->classes; ++c) {
        NP_T argument = b->class_charge[c] * drop;
        if (b->offset) {
            argument -= ((const NP_T *)b->offset)[c * edges + e - 1];
        }
        NP_T *f = functions + 3 * c;
        NP_NAME(np_lane_bernoulli)(argument, f, f + 1, f + 2);
    }
    NP_UNROLL
    for (int i = 0; i < ns; ++i) {
        const NP_T *f = functions + 3 * b->species_class[i], c = ((const NP_T *)b->coefficient)[i * edges + e - 1];
        const NP_T w_lower = now[i * n + e - 1], w_upper = now[i * n + e];
        const int negative = b->species_sign[i] < 0;
        const double offset = negative ? -1.0 : 0.0, scale = negative ? -1.0 : 1.0;
        const NP_T x = c * f[negative], y = c * f[1 - negative], d = offset + scale * f[2];
        t->flux[2 * i + at] = x * w_lower - y * w_upper;
        t->by_lower[2 * i + at] = x;
        t->by_upper[2 * i + at] = -y;
        t->by_potential[2 * i + at] = b->charge[i] * c * (d * w_lower - (1.0 + d) * w_upper);
    }
}

/* Copy the terms of one edge from one place to another. */
NP_INLINE void NP_NAME(np_lane_pass)(const int M, const NP_NAME(np_lane_edges) *from, const int at,
                                     const NP_NAME(np_lane_edges) *to, const int place) {
    NP_UNROLL
    for (int i = 0; i < M - 1; ++i) {
        to->flux[2 * i + place] = from->flux[2 * i + at];
        to->by_lower[2 * i + place] = from->by_lower[2 * i + at];
        to->by_upper[2 * i + place] = from->by_upper[2 * i + at];
        to->by_potential[2 * i + place] = from->by_potential[2 * i + at];
    }
    to->displacement[place] = from->displacement[at];
}

/* Blocks and right-hand side of node k, from the terms of its two edges: what the balances lack, or what the unknowns
   lack of their given values. */
NP_INLINE void NP_NAME(np_lane_node)(const int M, const np_lane_chains *b, const ptrdiff_t k,
                                     const NP_NAME(np_lane_edges) *t, NP_T *restrict s, NP_T *restrict low,
                                     NP_T *restrict up) {
    const int ns = M - 1, w = NP_W;
    const ptrdiff_t n = b->nodes;
    const NP_T *now = (const NP_T *)b->now, *supply = (const NP_T *)b->supply + k * M;
    const NP_T *capacity = (const NP_T *)b->capacity + k * ns;
    NP_T *y = (NP_T *)b->rhs + k * M;
    /* a chain of this node alone: its stride from species to species is two edges */
    const np_chain c = {
        1, 2, ns, b->charge, b->in_lower, b->in_upper, (const double *)t->by_lower, (const double *)t->by_upper,
        (const double *)t->by_potential, b->dielectric + k * w, b->capacity + k * ns * w, b->robin + k * w,
        b->has_fixed + k, b->fixed + k * M, 0.0,
    };
    NP_NAME(np_chain_blocks)(M, &c, 0, s, low, up);
    NP_T q = supply[ns];
    if (b->supplied) {
        q -= ((const NP_T *)b->robin)[k] * now[ns * n + k];
        for (int i = 0; i < ns; ++i) {
            y[i] = supply[i];
        }
    } else {
        for (int i = 0; i < ns; ++i) {
            y[i] = (NP_T){0.0};
        }
    }
    NP_UNROLL
    for (int i = 0; i < ns; ++i) {
        y[i] += b->in_upper[i] * t->flux[2 * i] - b->in_lower[i] * t->flux[2 * i + 1];
        q += b->charge[i] * capacity[i] * now[i * n + k];
    }
    y[ns] = q - t->displacement[0] + t->displacement[1];
    if (b->has_fixed[k]) {
        for (int i = 0; i < M; ++i) {
            if (b->fixed[k * M + i]) {
                y[i] = ((const NP_T *)b->given)[b->place[k * M + i]] - now[i * n + k];
            }
        }
    }
}

/* Assembly and elimination in one pass from both ends, so that nothing but x and the right-hand side goes to memory; then
   the solution into the right-hand side. */
NP_INLINE void NP_NAME(np_lane_eliminate)(const int M, const np_lane_chains *b) {
    const int ns = M - 1, cw = 2 * M - 1;
    const ptrdiff_t n = b->nodes, middle = n / 2, mm = M * M;
    NP_T *room = (NP_T *)b->block, *x = (NP_T *)b->x, *y = (NP_T *)b->rhs, check = (NP_T){0.0};
    NP_T *lu[2], *low[2], *up[2], *functions[2];
    NP_NAME(np_lane_edges) t[2];
    for (int end = 0; end < 2; ++end) {
        lu[end] = room, room += mm;
        low[end] = room, room += cw;
        up[end] = room, room += cw;
        functions[end] = room, room += 3 * b->classes;
        t[end].flux = room, room += 2 * ns;
        t[end].by_lower = room, room += 2 * ns;
        t[end].by_upper = room, room += 2 * ns;
        t[end].by_potential = room, room += 2 * ns;
        t[end].displacement = room, room += 2;
    }
    NP_NAME(np_lane_edge)(M, b, 0, 0, &t[0], functions[0]);
    NP_NAME(np_lane_edge)(M, b, n, 1, &t[1], functions[1]);
    for (ptrdiff_t step = 0; step < middle; ++step) {
        const ptrdiff_t top = step, bottom = n - 1 - step;
        const NP_NAME(np_chain_place) upper = {
            lu[0], x + top * mm, y + top * M, top ? low[0] : NULL, x + (top - 1) * mm, y + (top - 1) * M, up[0],
        };
        const NP_NAME(np_chain_place) lower = {
            lu[1], x + bottom * mm, y + bottom * M, step ? up[1] : NULL, x + (bottom + 1) * mm, y + (bottom + 1) * M, low[1],
        };
        NP_NAME(np_lane_edge)(M, b, top + 1, 1, &t[0], functions[0]);
        NP_NAME(np_lane_node)(M, b, top, &t[0], lu[0], low[0], up[0]);
        NP_NAME(np_lane_pass)(M, &t[0], 1, &t[0], 0);
        if (M < NP_TOGETHER || bottom == middle) {
            NP_NAME(np_chain_node)(M, upper, &check);
        }
        if (bottom == middle) {
            break;
        }
        NP_NAME(np_lane_edge)(M, b, bottom, 0, &t[1], functions[1]);
        NP_NAME(np_lane_node)(M, b, bottom, &t[1], lu[1], low[1], up[1]);
        NP_NAME(np_lane_pass)(M, &t[1], 0, &t[1], 1);
        if (M < NP_TOGETHER) {
            NP_NAME(np_chain_node)(M, lower, &check);
        } else {
            NP_NAME(np_chain_nodes)(M, upper, lower, &check);
        }
    }
    NP_NAME(np_lane_pass)(M, &t[1], 1, &t[0], 1);
    NP_NAME(np_lane_node)(M, b, middle, &t[0], lu[0], low[0], up[0]);
    NP_T *rest = y + middle * M;
    if (middle > 0) {
        NP_NAME(np_chain_subtract)(M, lu[0], low[0], x + (middle - 1) * mm);
        NP_NAME(np_chain_subtract_vector)(M, rest, low[0], rest - M);
    }
    if (middle < n - 1) {
        NP_NAME(np_chain_subtract)(M, lu[0], up[0], x + (middle + 1) * mm);
        NP_NAME(np_chain_subtract_vector)(M, rest, up[0], rest + M);
    }
    NP_NAME(np_chain_lu)(M, 1, lu, &check);
    NP_NAME(np_chain_apply)(M, lu[0], rest);
    *(NP_T *)b->bad_pivot = check;
    const np_factors f = {NULL, b->x, NULL, NULL};
    NP_NAME(np_chain_substitute)(M, n, &f, b->rhs);
}

NP_LANE_CODE static void NP_NAME(np_lane_solve)(const np_lane_chains *b) {
    const int m = b->species + 1;
    NP_LANE_SIZES(m, NP_NAME(np_lane_eliminate)(M, b))
}

/* As np_update, lane by lane; lanes that take no part keep their state. Divisions that only limited unknowns need are made
   in a second pass, where there are any. */
NP_LANE_CODE static void NP_NAME(np_lane_update)(const np_lane_chains *b) {
    const int ns = b->species, m = ns + 1;
    const ptrdiff_t n = b->nodes;
    const NP_I active = *(const NP_I *)b->active;
    const NP_T zero = (NP_T){0.0}, absent = zero + NP_ABSENT, limit = zero + b->potential_limit;
    const NP_T *now = (const NP_T *)b->now, *change = (const NP_T *)b->rhs;
    NP_T *restrict next = (NP_T *)b->next;
    NP_T w_norm = zero, phi_norm = zero, finite = zero, limited = zero;
    NP_I below = (NP_I){0}, beyond = (NP_I){0};
    for (ptrdiff_t k = 0; k < n; ++k) {
        for (int i = 0; i < ns; ++i) {
            const NP_T old = now[i * n + k], du = change[k * m + i];
            finite += 0.0 * du;
            next[i * n + k] = NP_SELECT(active, old + du, old);
            if (b->positive[k * m + i]) {
                const NP_T relative = NP_ABS(du) / NP_SELECT(old > absent, old, absent);
                w_norm = NP_SELECT(relative > w_norm, relative, w_norm);
                below |= du < -0.5 * old;
            }
        }
        const NP_T old = now[ns * n + k], du = change[k * m + ns], size = NP_ABS(du);
        finite += 0.0 * du;
        phi_norm = NP_SELECT(size > phi_norm, size, phi_norm);
        next[ns * n + k] = NP_SELECT(active, old + du, old);
        beyond |= size > limit;
    }
    below &= active;
    beyond &= active;
    int any_below = 0, any_beyond = 0;
    for (int l = 0; l < NP_W; ++l) {
        any_below |= ((const int64_t *)&below)[l] != 0;
        any_beyond |= ((const int64_t *)&beyond)[l] != 0;
    }
    if (any_below) {
        for (ptrdiff_t k = 0; k < n; ++k) {
            for (int i = 0; i < ns; ++i) {
                if (b->positive[k * m + i]) {
                    const NP_T old = now[i * n + k], du = change[k * m + i];
                    const NP_I cut = (du < -0.5 * old) & active;
                    const NP_T most = NP_SELECT(old > absent, old, absent);
                    limited = NP_SELECT(cut & (NP_ABS(du) > 0.5 * most), zero + 1.0, limited);
                    next[i * n + k] = NP_SELECT(cut, 0.25 * old * (old / -du), next[i * n + k]);
                }
            }
        }
    }
    if (any_beyond) {
        for (ptrdiff_t k = 0; k < n; ++k) {
            const NP_T old = now[ns * n + k], du = change[k * m + ns], size = NP_ABS(du);
            const NP_I cut = (size > limit) & active;
            limited = NP_SELECT(cut, zero + 1.0, limited);
            next[ns * n + k] = NP_SELECT(cut, old + du * (limit / size), next[ns * n + k]);
        }
    }
    *(NP_T *)b->w_norm = w_norm;
    *(NP_T *)b->phi_norm = phi_norm;
    *(NP_T *)b->limited = limited;
    *(NP_T *)b->bad_change = finite;
}

#undef NP_T
#undef NP_I
#undef NP_W
#undef NP_NAME
#undef NP_LANE_CODE
#undef NP_LANE_SIZES
