/* Newton's linear system of a chain of nodes whose species act on each other: what edges carry becomes blocks, and these are
   eliminated while they are in the first cache.

   Edge e joins nodes e and e + 1. Elimination runs from both ends to the middle node, as in block_tridiagonal.h, whose
   arrangement of blocks and pivots is kept: the factors serve further right-hand sides. */
#ifndef NPSOLVER_COUPLED_CHAIN_H
#define NPSOLVER_COUPLED_CHAIN_H

#include "block_wide.h"
#include "carried.h"

typedef struct {
    ptrdiff_t nodes;
    int species;
    /* [species], [node][species], [node]: charges, capacities, capacitances to outer potentials */
    const double *charge, *capacity, *robin;
    /* [node]: whether it has rows of given values; [node][m]: which */
    const unsigned char *has_fixed, *fixed;
    double shift;
    double *blocks;
    unsigned char *pivot;
    int keep; /* whether the factors are wanted for further right-hand sides */
    double *x; /* [node][m]: right-hand side but for the edges, then the solution */
} np_coupled;

/* Node k on the way to the middle, which is up (1) or down (-1), and what the edges below and above it carry. */
typedef struct {
    ptrdiff_t k;
    int on;
    np_carried below, above;
} np_coupled_place;

/* Nodes first, first + on, ... beside whose edges, from the end on, stand in `carried`. */
typedef struct {
    ptrdiff_t first, count;
    int on;
    np_carried carried;
} np_coupled_way;

NP_INLINE np_carried np_carried_at(const int M, const np_carried *group, const ptrdiff_t e) {
    const np_carried at = {group->flow + e * M, group->by_lower + e * M * M, group->by_upper + e * M * M};
    return at;
}

/* What edges bring to the right-hand side of a node. */
NP_INLINE void np_coupled_gather(const int M, const np_coupled *c, const np_coupled_place *p) {
    double *restrict x = c->x + p->k * M;
    const double *restrict below = p->below.flow, *restrict above = p->above.flow;
    NP_UNROLL
    for (int i = 0; i < M; ++i) {
        x[i] += c->has_fixed[p->k] && c->fixed[p->k * M + i] ? 0.0 : below[i] - above[i];
    }
}

/* The block on the diagonal at d and, where there are neighbours, those beside it. */
NP_INLINE void np_coupled_row(const int M, const np_coupled *c, const np_coupled_place *p, double *restrict d) {
    const int ns = M - 1, mm = M * M, first = p->k == 0, last = p->k == c->nodes - 1;
    const double *capacity = c->capacity + p->k * ns;
    double *restrict lower = d - mm, *restrict upper = d + mm;
    NP_UNROLL
    for (int j = 0; j < mm; ++j) {
        d[j] = p->above.by_lower[j] - p->below.by_upper[j];
    }
    for (int j = 0; !first && j < mm; ++j) {
        lower[j] = -p->below.by_lower[j];
    }
    for (int j = 0; !last && j < mm; ++j) {
        upper[j] = p->above.by_upper[j];
    }
    NP_UNROLL
    for (int i = 0; i < ns; ++i) {
        d[i * M + i] += c->shift * capacity[i];
        d[ns * M + i] -= c->charge[i] * capacity[i];
    }
    d[mm - 1] += c->robin[p->k];
    for (int i = 0; c->has_fixed[p->k] && i < M; ++i) {
        if (c->fixed[p->k * M + i]) {
            for (int j = 0; j < M; ++j) {
                d[i * M + j] = i == j ? 1.0 : 0.0;
            }
            for (int j = 0; !first && j < M; ++j) {
                lower[i * M + j] = 0.0;
            }
            for (int j = 0; !last && j < M; ++j) {
                upper[i * M + j] = 0.0;
            }
        }
    }
}

/* Assemble and eliminate a node; 0 where its block is singular. */
NP_INLINE int np_coupled_node(const int M, const np_coupled *c, const np_coupled_place *p) {
    const int mm = M * M, end = p->k == (p->on > 0 ? 0 : c->nodes - 1);
    double *d = c->blocks + 3 * p->k * mm, *x = c->x + p->k * M;
    np_coupled_row(M, c, p, d);
    return np_block_eliminate(M, d, d + p->on * mm, end ? NULL : d - p->on * mm, d - 2 * p->on * mm, x - p->on * M, x,
                              c->pivot + p->k * M);
}

/* Node j of a way. */
NP_INLINE np_coupled_place np_coupled_place_of(const int M, const np_coupled_way *way, const ptrdiff_t j) {
    const ptrdiff_t at = way->on > 0 ? j : -j;
    const np_coupled_place place = {way->first + at, way->on, np_carried_at(M, &way->carried, at),
                                    np_carried_at(M, &way->carried, at + 1)};
    return place;
}

/* All nodes of two ways in turn: two recurrences for the processor to overlap. Returns -1 or the failing node. */
NP_INLINE ptrdiff_t np_coupled_both(const int M, const np_coupled *c, const np_coupled_way *ways) {
    for (ptrdiff_t j = 0; j < ways[0].count || j < ways[1].count; ++j) {
        for (int w = 0; w < 2; ++w) {
            if (j < ways[w].count) {
                const np_coupled_place place = np_coupled_place_of(M, ways + w, j);
                np_coupled_gather(M, c, &place);
                if (!np_coupled_node(M, c, &place)) {
                    return place.k;
                }
            }
        }
    }
    return -1;
}

NP_CLONES static ptrdiff_t np_coupled_plain(const np_coupled *c, const np_coupled_way *ways) {
    ptrdiff_t failed = -1;
    NP_UP_TO_8(c->species + 1, failed = np_coupled_both(M, c, ways))
    return failed;
}

#if defined(NP_HAS_CLONES)

/* np_coupled_node in registers, where the neighbour that has been eliminated waits, too. */
NP_WIDE int np_coupled_wide_node(const int m, const np_coupled *c, const np_coupled_place *p, __m512d *done) {
    const int mm = m * m, ns = m - 1;
    const __mmask8 own = (__mmask8)((1 << m) - 1), species = (__mmask8)(own >> 1), last = (__mmask8)(1 << ns);
    const double *capacity = c->capacity + p->k * ns;
    /* the block towards the end is -by_lower of the edge below, or by_upper of the one above */
    const double *back = p->on > 0 ? p->below.by_lower : p->above.by_upper;
    double *D = c->blocks + 3 * p->k * mm, *on = D + p->on * mm, *x = c->x + p->k * m;
    __m512d d[7], next[7];
    if (c->has_fixed[p->k]) {
        const int good = np_coupled_node(m, c, p);
        np_wide_recall(m, done, on, x);
        return good;
    }
    NP_UNROLL
    for (int i = 0; i < m; ++i) {
        d[i] = _mm512_sub_pd(np_wide_row(m, p->above.by_lower + i * m, x + i),
                             _mm512_maskz_loadu_pd(own, p->below.by_upper + i * m));
        next[i] = p->on > 0 ? _mm512_maskz_loadu_pd(own, p->above.by_upper + i * m)
                            : _mm512_sub_pd(_mm512_setzero_pd(), _mm512_maskz_loadu_pd(own, p->below.by_lower + i * m));
        if (i < ns && c->shift != 0.0) {
            d[i] = _mm512_mask_add_pd(d[i], (__mmask8)(1 << i), d[i], _mm512_set1_pd(c->shift * capacity[i]));
        }
    }
    d[ns] = _mm512_mask3_fnmadd_pd(_mm512_maskz_loadu_pd(species, c->charge), _mm512_maskz_loadu_pd(species, capacity),
                                   d[ns], species);
    d[ns] = _mm512_mask_add_pd(d[ns], last, d[ns], _mm512_set1_pd(c->robin[p->k]));
    np_wide_subtract(m, d, back, done, -p->on); /* at the end, where there is no edge, zeros */
    if (!np_wide_divide(m, d, next, D, on, x, c->pivot + p->k * m)) {
        const int good = np_coupled_node(m, c, p);
        np_wide_recall(m, done, on, x);
        return good;
    }
    for (int j = 0; c->keep && p->k != (p->on > 0 ? 0 : c->nodes - 1) && j < mm; ++j) {
        (D - p->on * mm)[j] = p->on > 0 ? -back[j] : back[j];
    }
    NP_UNROLL
    for (int i = 0; i < m; ++i) {
        done[i] = next[i];
    }
    return 1;
}

NP_WIDE ptrdiff_t np_coupled_wide_both(const int m, const np_coupled *c, const np_coupled_way *ways) {
    __m512d above[7], below[7];
    NP_UNROLL
    for (int i = 0; i < m; ++i) {
        above[i] = below[i] = _mm512_setzero_pd();
    }
    if (ways[0].first > 0) {
        np_wide_recall(m, above, c->blocks + (3 * ways[0].first - 2) * m * m, c->x + (ways[0].first - 1) * m);
    }
    if (ways[1].first < c->nodes - 1) {
        np_wide_recall(m, below, c->blocks + (3 * ways[1].first + 2) * m * m, c->x + (ways[1].first + 1) * m);
    }
    for (ptrdiff_t j = 0; j < ways[0].count || j < ways[1].count; ++j) {
        if (j < ways[0].count) {
            const np_coupled_place place = np_coupled_place_of(m, ways, j);
            np_coupled_gather(m, c, &place);
            if (!np_coupled_wide_node(m, c, &place, above)) {
                return place.k;
            }
        }
        if (j < ways[1].count) {
            const np_coupled_place place = np_coupled_place_of(m, ways + 1, j);
            np_coupled_gather(m, c, &place);
            if (!np_coupled_wide_node(m, c, &place, below)) {
                return place.k;
            }
        }
    }
    return -1;
}

NP_WIDE_TARGET static ptrdiff_t np_coupled_wide(const np_coupled *c, const np_coupled_way *ways) {
    return c->species == 4   ? np_coupled_wide_both(5, c, ways)
           : c->species == 5 ? np_coupled_wide_both(6, c, ways)
                             : np_coupled_wide_both(7, c, ways);
}

#endif

/* The middle node, and the substitution from there to both ends. */
NP_INLINE int np_coupled_finish(const int M, const np_coupled *c, const np_coupled_place *p) {
    const int mm = M * M;
    const ptrdiff_t k = p->k;
    double *d = c->blocks + 3 * k * mm, *x = c->x + k * M;
    np_coupled_gather(M, c, p);
    np_coupled_row(M, c, p, d);
    if (k > 0) {
        np_block_subtract_product(M, d, d - mm, d - 2 * mm);
        np_block_subtract_vector(M, x, d - mm, x - M);
    }
    if (k < c->nodes - 1) {
        np_block_subtract_product(M, d, d + mm, d + 2 * mm);
        np_block_subtract_vector(M, x, d + mm, x + M);
    }
    if (np_block_lu(M, d, c->pivot + k * M)) {
        return 0;
    }
    np_block_solve(M, d, c->pivot + k * M, x);
    np_tridiagonal_back(M, c->nodes, c->blocks, c->x);
    return 1;
}

NP_CLONES static int np_coupled_end(const np_coupled *c, const np_coupled_place *p) {
    int good = 0;
    NP_UP_TO_8(c->species + 1, good = np_coupled_finish(M, c, p))
    return good;
}

/* Smallest and largest of the concentrations that are not given. */
NP_INLINE void np_coupled_extremes(const int M, const np_coupled *c, const double *restrict u, double *smallest,
                                   double *largest) {
    const int ns = M - 1;
    double low[8], high[8];
    for (int i = 0; i < 8; ++i) {
        low[i] = HUGE_VAL;
        high[i] = 0.0;
    }
    for (ptrdiff_t k = 0; k < c->nodes; ++k) {
        if (c->has_fixed[k]) {
            for (int i = 0; i < ns; ++i) {
                const double w = u[k * M + i];
                if (!c->fixed[k * M + i]) {
                    low[i % 8] = w < low[i % 8] ? w : low[i % 8];
                    high[i % 8] = w > high[i % 8] ? w : high[i % 8];
                }
            }
            continue;
        }
        NP_UNROLL
        for (int i = 0; i < ns; ++i) {
            const double w = u[k * M + i];
            low[i % 8] = w < low[i % 8] ? w : low[i % 8];
            high[i % 8] = w > high[i % 8] ? w : high[i % 8];
        }
    }
    *smallest = HUGE_VAL;
    *largest = 0.0;
    for (int i = 0; i < 8; ++i) {
        *smallest = low[i] < *smallest ? low[i] : *smallest;
        *largest = high[i] > *largest ? high[i] : *largest;
    }
}

NP_CLONES static void np_coupled_spread(const np_coupled *c, const double *u, double *smallest, double *largest) {
    NP_UP_TO_8(c->species + 1, np_coupled_extremes(M, c, u, smallest, largest))
}

/* Room for the edges beside `at_once` nodes that come from either end: flow, by_lower and by_upper of at_once + 1 edges. */
typedef struct {
    np_carried down, up;
} np_coupled_room;

static void np_coupled_move(const int m, const np_carried *to, const np_carried *from) {
    memcpy(to->flow, from->flow, m * sizeof(double));
    memcpy(to->by_lower, from->by_lower, m * m * sizeof(double));
    memcpy(to->by_upper, from->by_upper, m * m * sizeof(double));
}

static void np_coupled_clear(const int m, const np_carried *edge) {
    memset(edge->flow, 0, m * sizeof(double));
    memset(edge->by_lower, 0, m * m * sizeof(double));
    memset(edge->by_upper, 0, m * m * sizeof(double));
}

/* Edges first to end - 1 of the chain, which are those of a carrier from its first on. */
typedef struct {
    ptrdiff_t first, end;
    const np_carrier *carrier;
} np_coupled_part;

/* What `count` edges carry, of whichever parts these are. */
static void np_coupled_carry(const int m, const np_coupled_part *parts, ptrdiff_t n_parts, ptrdiff_t first, ptrdiff_t count,
                             const double *u, const double *excess, const double *slope, const np_carried *to) {
    for (ptrdiff_t p = 0; p < n_parts; ++p) {
        const ptrdiff_t from = first > parts[p].first ? first : parts[p].first;
        const ptrdiff_t end = first + count < parts[p].end ? first + count : parts[p].end;
        if (from < end) {
            const np_carried own = np_carried_at(m, to, from - first);
            parts[p].carrier->carry(parts[p].carrier->of, from - parts[p].first, end - from, u, excess, slope, &own);
        }
    }
}

/* Assemble, factorise and solve; at most `most` edges are carried at a time. Returns -1 or the node whose block is singular. */
static ptrdiff_t np_coupled_solve(const np_coupled *c, const np_coupled_part *parts, ptrdiff_t n_parts, ptrdiff_t most,
                                  const double *u, const double *excess, const double *slope,
                                  const np_coupled_room *room) {
    const int m = c->species + 1;
    const ptrdiff_t n = c->nodes, middle = n / 2;
    /* beyond both ends there are edges that carry nothing */
    const np_carried end = np_carried_at(m, &room->down, 0), other_end = np_carried_at(m, &room->up, most);
    np_coupled_clear(m, &end);
    np_coupled_clear(m, &other_end);
#if defined(NP_HAS_CLONES)
    const int wide = 5 <= m && m <= 7 && np_processor_level() == 4;
#endif
    for (ptrdiff_t top = 0, bottom = n - 1; top < middle || bottom > middle;) {
        const ptrdiff_t of_top = middle - top < most ? middle - top : most;
        const ptrdiff_t of_bottom = bottom - middle < most ? bottom - middle : most;
        const np_carried down = np_carried_at(m, &room->down, 1), up = np_carried_at(m, &room->up, most - of_bottom);
        np_coupled_carry(m, parts, n_parts, top, of_top, u, excess, slope, &down);
        np_coupled_carry(m, parts, n_parts, bottom - of_bottom, of_bottom, u, excess, slope, &up);
        const np_coupled_way ways[2] = {
            {top, of_top, 1, room->down},
            {bottom, of_bottom, -1, np_carried_at(m, &room->up, most - 1)},
        };
        ptrdiff_t failed;
#if defined(NP_HAS_CLONES)
        if (wide) {
            failed = np_coupled_wide(c, ways);
        } else
#endif
        {
            failed = np_coupled_plain(c, ways);
        }
        if (failed >= 0) {
            return failed;
        }
        const np_carried innermost = np_carried_at(m, &room->down, of_top);
        np_coupled_move(m, &end, &innermost);
        np_coupled_move(m, &other_end, &up);
        top += of_top;
        bottom -= of_bottom;
    }
    const np_coupled_place place = {middle, 1, end, other_end};
    return np_coupled_end(c, &place) ? -1 : middle;
}

#endif
