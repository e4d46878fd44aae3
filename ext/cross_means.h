/* Mean concentrations and forces of edges with coupled fluxes, and their derivatives, for many edges at once.

   Values of the species of an edge, and rows of matrices, are padded with zeros to a multiple of NP_ROW_LANES, and one
   NP_ROW holds as many of them: a register where the compiler knows vectors, a number elsewhere. */
#ifndef NPSOLVER_CROSS_MEANS_H
#define NPSOLVER_CROSS_MEANS_H

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "clones.h"
#include "flux.h"
#include "sizes.h"

#if defined(__GNUC__)
typedef double np_row __attribute__((vector_size(32)));
#define NP_ROW_LANES 4
#define NP_ROW_SUM(r) (((r)[0] + (r)[1]) + ((r)[2] + (r)[3]))
#define NP_ROW_AT(rows, j) (rows)[(j) / 4][(j) % 4] /* through memory it would cost a stall of the processor */
#else
typedef double np_row;
#define NP_ROW_LANES 1
#define NP_ROW_SUM(r) (r)
#define NP_ROW_AT(rows, j) (rows)[j]
#endif
#define NP_ROW_MOST (32 / NP_ROW_LANES)

#define NP_CROSS_MOST 32  /* species */
#define NP_CROSS_GROUP 32 /* edges whose means are computed together */
#define NP_CROSS_SIZE (NP_CROSS_MOST * NP_CROSS_GROUP)

/* Length of padded rows. */
static inline int np_row_width(int ns) { return (ns + NP_ROW_LANES - 1) / NP_ROW_LANES * NP_ROW_LANES; }

typedef struct {
    int species;
    /* [edge]: nodes, row of the tables; [row of the tables][species]: diffusivities; [species], padded: charges */
    const int *edges, *region;
    const double *diffusivity, *charge;
} np_cross_ends_of;

/* Of a group of edges, as [edge][species, padded]: what np_mean_terms gives; root of the mean, root times force, half the
   inverse mean; flux of Scharfetter and Gummel over mobility and conductance, and its derivatives. */
typedef struct {
    double *mean, *force, *by_lower, *by_upper, *by_drift, *over_lower, *over_upper, *root, *drive, *half;
    double *plain, *plain_lower, *plain_upper, *plain_drift;
} np_means;

typedef struct {
    double of[14 * NP_CROSS_SIZE];
    double v[NP_CROSS_SIZE], lower[NP_CROSS_SIZE], upper[NP_CROSS_SIZE], present[NP_CROSS_SIZE];
    double w_lower[NP_CROSS_SIZE], w_upper[NP_CROSS_SIZE], minus_v[NP_CROSS_SIZE], slope_v[NP_CROSS_SIZE];
    double plus_m[NP_CROSS_SIZE], slope_m[NP_CROSS_SIZE], inverse[NP_CROSS_SIZE], unused[NP_CROSS_SIZE];
} np_cross_room;

/* Values at both ends of edges, then with 1 where a species is absent, and what else drives it beside ln w, as
   [edge][species, padded]. */
NP_INLINE void np_cross_ends(const int ns, const np_cross_ends_of *x, ptrdiff_t first, ptrdiff_t count,
                             const double *restrict u, const double *restrict excess, double *restrict w_lower,
                             double *restrict w_upper, double *restrict lower, double *restrict upper,
                             double *restrict drop, double *restrict present) {
    const int m = ns + 1, width = np_row_width(ns);
    const int *restrict edges = x->edges + 2 * first, *restrict region = x->region + first;
    const double *restrict diffusivity = x->diffusivity, *restrict charge = x->charge;
    for (ptrdiff_t e = 0; e < count; ++e) {
        const ptrdiff_t k = edges[2 * e], l = edges[2 * e + 1];
        const double *at_k = u + k * m, *at_l = u + l * m, *own = diffusivity + (ptrdiff_t)region[e] * ns;
        const double potential = at_l[ns] - at_k[ns];
        NP_UNROLL
        for (int i = 0; i < width; ++i) {
            const ptrdiff_t at = e * width + i;
            const int there = i < ns ? (at_k[i] > 0.0) & (at_l[i] > 0.0) & (own[i] != 0.0) : 0;
            w_lower[at] = i < ns ? at_k[i] : 0.0;
            w_upper[at] = i < ns ? at_l[i] : 0.0;
            lower[at] = there ? at_k[i] : 1.0;
            upper[at] = there ? at_l[i] : 1.0;
            present[at] = there ? 1.0 : 0.0;
            drop[at] = i < ns ? charge[i] * potential : 0.0;
            if (excess && i < ns) {
                drop[at] += excess[l * ns + i] - excess[k * ns + i];
            }
        }
    }
}

NP_CLONES static void np_cross_gather(const np_cross_ends_of *x, ptrdiff_t first, ptrdiff_t count, const double *u,
                                      const double *excess, double *w_lower, double *w_upper, double *lower,
                                      double *upper, double *drop, double *present) {
    NP_UP_TO_6(x->species,
               np_cross_ends(M, x, first, count, u, excess, w_lower, w_upper, lower, upper, drop, present))
}

NP_CLONES static void np_cross_roots(ptrdiff_t count, const double *restrict mean, const double *restrict inverse,
                                     const double *restrict force, double *restrict root, double *restrict drive,
                                     double *restrict half) {
    for (ptrdiff_t k = 0; k < count; ++k) {
        root[k] = sqrt(mean[k]);
        drive[k] = root[k] * force[k];
        half[k] = 0.5 * inverse[k];
    }
}

/* B(v) w_lower - B(-v) w_upper with its derivatives by w_upper and v; that by w_lower is B(v). */
NP_CLONES static void np_cross_plain(ptrdiff_t count, const double *restrict w_lower, const double *restrict w_upper,
                                     const double *restrict plus, const double *restrict minus,
                                     const double *restrict slope, double *restrict flux, double *restrict by_upper,
                                     double *restrict by_drift) {
    for (ptrdiff_t k = 0; k < count; ++k) {
        flux[k] = plus[k] * w_lower[k] - minus[k] * w_upper[k];
        by_upper[k] = -minus[k];
        by_drift[k] = slope[k] * w_lower[k] - (1.0 + slope[k]) * w_upper[k];
    }
}

/* Mean concentrations, forces m_i, derivatives of the means by w_K, w_L and v, and 1/w; zero where a species is absent.
   With `whole` the terms of Scharfetter and Gummel, too. */
static void np_cross_prepare(const np_cross_ends_of *ends, ptrdiff_t first, ptrdiff_t count, const double *u,
                             const double *excess, int whole, np_cross_room *r, np_means *of) {
    const ptrdiff_t total = count * np_row_width(ends->species);
    double **const arrays[] = {
        &of->mean, &of->force, &of->by_lower, &of->by_upper, &of->by_drift, &of->over_lower, &of->over_upper,
        &of->root, &of->drive, &of->half, &of->plain, &of->plain_lower, &of->plain_upper, &of->plain_drift,
    };
    for (int i = 0; i < 14; ++i) {
        *arrays[i] = r->of + i * total;
    }
    np_cross_gather(ends, first, count, u, excess, r->w_lower, r->w_upper, r->lower, r->upper, r->v, r->present);
    np_log_ratio(total, r->lower, r->upper, of->force);
    for (ptrdiff_t k = 0; k < total; ++k) {
        of->force[k] += r->v[k];
    }
    np_bernoulli_array(total, r->v, of->plain_lower, r->minus_v, r->slope_v);
    np_bernoulli_array(total, of->force, r->plus_m, r->unused, r->slope_m);
    np_mean_terms(total, r->present, r->lower, r->upper, of->plain_lower, r->slope_v, r->plus_m, r->slope_m, of->mean,
                  r->inverse, of->by_lower, of->by_upper, of->by_drift, of->over_lower, of->over_upper, of->force);
    np_cross_roots(total, of->mean, r->inverse, of->force, of->root, of->drive, of->half);
    if (whole) {
        np_cross_plain(total, r->w_lower, r->w_upper, of->plain_lower, r->minus_v, r->slope_v, of->plain, of->plain_upper,
                       of->plain_drift);
    }
}

#endif
