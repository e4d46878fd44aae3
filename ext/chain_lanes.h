/* One Newton step of several chains of the same structure at once ("lanes", the last index of every array).

   Written once per value type, in chain_lane_step.h: 8 lanes fill the registers of AVX-512, 4 those of AVX2 or
   two of older ones. One lane is plain C, the only width without GNU vector types; it is there to compare with. */
#ifndef NPSOLVER_CHAIN_LANES_H
#define NPSOLVER_CHAIN_LANES_H

#include <math.h>

#include "chain.h"
#include "update.h"

typedef struct {
    ptrdiff_t nodes;
    int lanes, species, classes;
    /* common to all lanes; positive: [node][M] */
    const int *species_class, *species_sign;
    const double *class_charge, *charge, *in_lower, *in_upper;
    const unsigned char *has_fixed, *fixed, *positive;
    const int *place; /* [node][M]: row of `given` */
    /* [species][edge][lane], [class][edge][lane] or NULL, [edge, padded][lane], [node][species][lane], [node][lane] */
    double *coefficient, *offset, *dielectric, *capacity, *robin;
    /* [node][M][lane]: sources; in the row of the potential with fixed charge and capacitances times outer potentials */
    double *supply;
    double *given; /* [row][lane] */
    double *now, *next; /* [M][node][lane] */
    /* scratch */
    double *x, *rhs; /* [node][M][M][lane], [node][M][lane] */
    double *block;   /* what one node at either end needs: 2 (M^2 + 4 M + 3 classes + 8 species) [lane] */
    /* [lane]: not zero where the lane takes part; norms as in update.h; zero, or NaN where a pivot (a change) is bad */
    int64_t *active;
    double *w_norm, *phi_norm, *limited, *bad_pivot, *bad_change;
    double potential_limit;
    int *has_supply; /* [lane]: whether sources or capacitances to outer potentials stand in it */
    int supplied;    /* whether they do in any */
    ptrdiff_t rows;
} np_lane_chains;

/* Taylor coefficients of H of np_bernoulli, highest power first. */
static const double np_bernoulli_series[13] = {
    1.0 / 87178291200.0, 1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0, 1.0 / 40320.0, 1.0 / 5040.0,
    1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5,
};

/* 2^n for t = n + 1.5 * 2^52, as in np_bernoulli. */
NP_INLINE double np_power_of_two(double t) {
    int64_t bits;
    memcpy(&bits, &t, sizeof bits);
    bits = (int64_t)((uint64_t)(bits + 1023) << 52);
    memcpy(&t, &bits, sizeof t);
    return t;
}

#define NP_T double
#define NP_NAME(name) name##_1
#define NP_LANE_SIZES NP_ANY_SIZE
#define NP_SELECT(condition, a, b) ((condition) ? (a) : (b))
#define NP_ABS(a) fabs(a)
#define NP_POWER_OF_TWO(t) np_power_of_two(t)
#define NP_I int64_t
#define NP_W 1
#define NP_LANE_CODE
#include "chain_lane_step.h"
#undef NP_SELECT
#undef NP_ABS
#undef NP_POWER_OF_TWO

#if defined(__GNUC__)
#define NP_SELECT(condition, a, b) ((NP_T)(((NP_I)(a) & (condition)) | ((NP_I)(b) & ~(condition))))
#define NP_ABS(a) ((NP_T)((NP_I)(a) & 0x7fffffffffffffffLL))
#define NP_POWER_OF_TWO(t) ((NP_T)(((NP_I)(t) + 1023) << 52))

typedef double np_lanes4 __attribute__((vector_size(32), aligned(8), may_alias));
typedef int64_t np_mask4 __attribute__((vector_size(32), aligned(8), may_alias));
#define NP_T np_lanes4
#define NP_I np_mask4
#define NP_W 4
#define NP_NAME(name) name##_4
#define NP_LANE_SIZES NP_UP_TO_6
#if defined(NP_HAS_CLONES)
#define NP_LANE_CODE __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define NP_LANE_CODE
#endif
#include "chain_elimination.h"
#include "chain_lane_step.h"

#if defined(NP_HAS_CLONES)
typedef double np_lanes8 __attribute__((vector_size(64), aligned(8), may_alias));
typedef int64_t np_mask8 __attribute__((vector_size(64), aligned(8), may_alias));
#define NP_T np_lanes8
#define NP_I np_mask8
#define NP_W 8
#define NP_NAME(name) name##_8
#define NP_LANE_SIZES NP_UP_TO_6
#define NP_LANE_CODE __attribute__((target("arch=x86-64-v4")))
#include "chain_elimination.h"
#include "chain_lane_step.h"
#endif
#undef NP_SELECT
#undef NP_ABS
#undef NP_POWER_OF_TWO
#endif

/* Whether this processor runs code for so many lanes, and the most that are worth while. */
static int np_has_lanes(int lanes) {
#if defined(NP_HAS_CLONES)
    if (lanes == 8) {
        __builtin_cpu_init();
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl");
    }
#endif
#if defined(__GNUC__)
    return lanes == 1 || lanes == 4;
#else
    return lanes == 1;
#endif
}

static int np_best_lanes(void) {
    return np_has_lanes(8) ? 8 : np_has_lanes(4) ? 4 : 1;
}

#if defined(__GNUC__)
#define NP_FETCH(address) __builtin_prefetch(address, 0, 2)
#else
#define NP_FETCH(address) (void)(address)
#endif

static void np_fetch(const double *values, ptrdiff_t count) {
    for (ptrdiff_t k = 0; k < count; k += 8) {
        NP_FETCH(values + k);
    }
}

/* Ask for all that np_lane_load will read. */
static void np_fetch_chain(const np_chain_data *c, const double *u) {
    const ptrdiff_t n = c->nodes, ns = c->species;
    np_fetch(c->coefficient, ns * (n - 1));
    np_fetch(c->dielectric, n - 1);
    np_fetch(c->capacity, ns * n);
    np_fetch(c->fixed_charge, n);
    np_fetch(c->neutralised, n);
    np_fetch(u, (ns + 1) * n);
}

/* Copy a chain and its present state ([node][M]) into a lane. */
static void np_lane_load(np_lane_chains *b, int lane, const np_chain_data *c, const double *u) {
    const ptrdiff_t n = b->nodes, edges = n - 1, w = b->lanes;
    const int ns = b->species, m = ns + 1;
    double *restrict coefficient = b->coefficient + lane, *restrict dielectric = b->dielectric + lane;
    double *restrict capacity = b->capacity + lane, *restrict supply = b->supply + lane, *restrict robin = b->robin + lane;
    double *restrict now = b->now + lane;
    for (ptrdiff_t k = 0; k < ns * edges; ++k) {
        coefficient[k * w] = c->coefficient[k];
    }
    for (ptrdiff_t k = 0; b->offset && k < b->classes * edges; ++k) {
        b->offset[k * w + lane] = c->offset[k];
    }
    for (ptrdiff_t k = 0; k < edges; ++k) {
        dielectric[(k + 1) * w] = c->dielectric[k];
    }
    for (ptrdiff_t k = 0; k < ns * n; ++k) {
        capacity[k * w] = c->capacity[k];
    }
    for (ptrdiff_t k = 0; k < n; ++k) {
        for (int i = 0; i < m; ++i) {
            now[(i * n + k) * w] = u[k * m + i];
        }
    }
    if (b->has_supply[lane] && !(c->has_source || c->has_outer)) {
        for (ptrdiff_t k = 0; k < m * n; ++k) {
            supply[k * w] = 0.0;
        }
        for (ptrdiff_t k = 0; k < n; ++k) {
            robin[k * w] = 0.0;
        }
    }
    b->has_supply[lane] = c->has_source || c->has_outer;
    b->supplied = 0;
    for (ptrdiff_t l = 0; l < w; ++l) {
        b->supplied |= b->has_supply[l];
    }
    if (c->has_source || c->has_outer) {
        for (ptrdiff_t k = 0; k < m * n; ++k) {
            supply[k * w] = c->has_source ? c->source[k] : 0.0;
        }
        for (ptrdiff_t k = 0; k < n; ++k) {
            robin[k * w] = c->robin[k];
            supply[(k * m + ns) * w] += c->fixed_charge[k] + c->outer[k];
        }
    } else {
        for (ptrdiff_t k = 0; k < n; ++k) {
            supply[(k * m + ns) * w] = c->fixed_charge[k];
        }
    }
    for (ptrdiff_t k = 0; k < b->rows; ++k) {
        b->given[k * w + lane] = c->given[k];
    }
}

/* The present state of a lane, by node. */
static void np_lane_unload(const np_lane_chains *b, int lane, double *u) {
    const ptrdiff_t n = b->nodes, w = b->lanes;
    const int m = b->species + 1;
    const double *restrict now = b->now + lane;
    for (ptrdiff_t k = 0; k < n; ++k) {
        for (int i = 0; i < m; ++i) {
            u[k * m + i] = now[(i * n + k) * w];
        }
    }
}

/* From `now` to `next`. */
static void np_lane_newton(const np_lane_chains *b) {
    switch (b->lanes) {
#if defined(__GNUC__)
    case 4: np_lane_solve_4(b); np_lane_update_4(b); break;
#endif
#if defined(NP_HAS_CLONES)
    case 8: np_lane_solve_8(b); np_lane_update_8(b); break;
#endif
    default: np_lane_solve_1(b); np_lane_update_1(b); break;
    }
}

#endif
