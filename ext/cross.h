/* Coupled fluxes of one edge and their derivatives, once per number of species so that the compiler unrolls them.

   Values of the species of an edge, and rows of matrices, are padded with zeros to a multiple of NP_ROW_LANES, and one
   NP_ROW holds as many of them: a register where the compiler knows vectors, a number elsewhere. */
#ifndef NPSOLVER_CROSS_H
#define NPSOLVER_CROSS_H

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "clones.h"
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

/* Of a group of edges, as [edge][species, padded]: what np_mean_terms gives; root of the mean, root times force, half the
   inverse mean; flux of Scharfetter and Gummel over mobility and conductance, and its derivatives. */
typedef struct {
    double *mean, *force, *by_lower, *by_upper, *by_drift, *over_lower, *over_upper, *root, *drive, *half;
    double *plain, *plain_lower, *plain_upper, *plain_drift;
} np_means;

typedef struct {
    /* [edge]: nodes, area over length, row of the tables, blocks beside the diagonal; [node]: blocks on it */
    const int *edges, *region, *block_kl, *block_lk, *block_diagonal;
    const double *conductance;
    /* [row of the tables]: porosity over tortuosity, permittivity; [row][species]: diffusivities, mobilities */
    const double *factor, *permittivity, *diffusivity, *mobility;
    /* [species], padded: charges, weights of the composition */
    const double *charge, *weights;
    /* [point]: compositions; [point][species][species, padded]: Lambda there */
    ptrdiff_t points;
    const double *composition, *matrices;
    /* whether the flux of Scharfetter and Gummel and the displacement are wanted, too; whether the blocks beside the
       diagonal, each of which belongs to one edge, are to be written rather than added to */
    int whole, fresh;
} np_cross;

/* One edge: Lambda at the composition below and (or NULL: constant) above; where in between, and 1/width; [species]
   [species] of both nodes (or NULL): derivatives of the excess; rows of the residual and (or NULL) the four blocks. */
typedef struct {
    ptrdiff_t at;
    double conductance;
    const double *diffusivity, *mobility, *below, *above;
    double share, per_width;
    const double *slope_lower, *slope_upper;
    double *r_lower, *r_upper, *b_ll, *b_lu, *b_ul, *b_uu;
} np_cross_place;

/* Length of padded rows. */
static inline int np_row_width(int ns) { return (ns + NP_ROW_LANES - 1) / NP_ROW_LANES * NP_ROW_LANES; }

NP_INLINE np_row np_row_load(const double *from) {
    np_row r;
    memcpy(&r, from, sizeof r);
    return r;
}

/* to += sign * row for the first `count` numbers. */
NP_INLINE void np_row_add(const int count, double *to, const np_row *row, const double sign) {
    NP_UNROLL
    for (int v = 0; v * NP_ROW_LANES < count; ++v) {
        if ((v + 1) * NP_ROW_LANES <= count) {
            const np_row sum = np_row_load(to + v * NP_ROW_LANES) + sign * row[v];
            memcpy(to + v * NP_ROW_LANES, &sum, sizeof sum);
        } else {
            NP_UNROLL
            for (int j = v * NP_ROW_LANES; j < count; ++j) {
                to[j] += sign * NP_ROW_AT(row, j);
            }
        }
    }
}

/* to = sign * row for the first `count` numbers. */
NP_INLINE void np_row_put(const int count, double *to, const np_row *row, const double sign) {
    NP_UNROLL
    for (int v = 0; v * NP_ROW_LANES < count; ++v) {
        if ((v + 1) * NP_ROW_LANES <= count) {
            const np_row values = sign * row[v];
            memcpy(to + v * NP_ROW_LANES, &values, sizeof values);
        } else {
            NP_UNROLL
            for (int j = v * NP_ROW_LANES; j < count; ++j) {
                to[j] = sign * NP_ROW_AT(row, j);
            }
        }
    }
}

/* Values at both ends of edges, then with 1 where a species is absent, and what else drives it beside ln w, as
   [edge][species, padded]. */
NP_INLINE void np_cross_ends(const int ns, ptrdiff_t count, const int *restrict edges, const int *restrict region,
                             const double *restrict diffusivity, const double *restrict charge,
                             const double *restrict u, const double *restrict excess, double *restrict w_lower,
                             double *restrict w_upper, double *restrict lower, double *restrict upper,
                             double *restrict drop, double *restrict present) {
    const int m = ns + 1, width = np_row_width(ns);
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

NP_CLONES static void np_cross_gather(ptrdiff_t count, int ns, const int *edges, const int *region,
                                      const double *diffusivity, const double *charge, const double *u,
                                      const double *excess, double *w_lower, double *w_upper, double *lower,
                                      double *upper, double *drop, double *present) {
    NP_UP_TO_6(ns, np_cross_ends(M, count, edges, region, diffusivity, charge, u, excess, w_lower, w_upper, lower, upper,
                                 drop, present))
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

/* The flux of i is sum_j by_force_j m_j with by_force_j = -g (Lambda_ij sqrt(c_i c_j) - delta_ij D_i c_i). */
NP_INLINE void np_cross_terms(const int ns, const np_cross *all, const np_means *of, const np_cross_place *x,
                              const double edge) {
    const int m = ns + 1, lanes = NP_ROW_LANES, rows = (ns + NP_ROW_LANES - 1) / NP_ROW_LANES;
    const double g = x->conductance;
    np_row root[NP_ROW_MOST], force[NP_ROW_MOST], half[NP_ROW_MOST], drive[NP_ROW_MOST], charge[NP_ROW_MOST];
    np_row by_lower[NP_ROW_MOST], by_upper[NP_ROW_MOST], by_drift[NP_ROW_MOST], weight[NP_ROW_MOST];
    np_row over_lower[NP_ROW_MOST], over_upper[NP_ROW_MOST];
    NP_UNROLL
    for (int v = 0; v < rows; ++v) {
        root[v] = np_row_load(of->root + x->at + v * lanes);
        force[v] = np_row_load(of->force + x->at + v * lanes);
        half[v] = np_row_load(of->half + x->at + v * lanes);
        drive[v] = np_row_load(of->drive + x->at + v * lanes);
        charge[v] = np_row_load(all->charge + v * lanes);
        by_lower[v] = np_row_load(of->by_lower + x->at + v * lanes);
        by_upper[v] = np_row_load(of->by_upper + x->at + v * lanes);
        by_drift[v] = np_row_load(of->by_drift + x->at + v * lanes);
        over_lower[v] = np_row_load(of->over_lower + x->at + v * lanes);
        over_upper[v] = np_row_load(of->over_upper + x->at + v * lanes);
        weight[v] = np_row_load(all->weights + v * lanes) * x->per_width;
    }
    NP_UNROLL
    for (int i = 0; i < ns; ++i) {
        np_row row[NP_ROW_MOST], change[NP_ROW_MOST], by_force[NP_ROW_MOST], by_mean[NP_ROW_MOST];
        np_row low[NP_ROW_MOST], high[NP_ROW_MOST], drift[NP_ROW_MOST];
        NP_UNROLL
        for (int v = 0; v < rows; ++v) {
            row[v] = np_row_load(x->below + (i * rows + v) * lanes);
            change[v] = row[v] - row[v];
        }
        if (x->above) {
            NP_UNROLL
            for (int v = 0; v < rows; ++v) {
                change[v] = np_row_load(x->above + (i * rows + v) * lanes) - row[v];
                row[v] += x->share * change[v];
            }
        }
        const double mean = of->mean[x->at + i], push = of->force[x->at + i];
        const double scale = -g * of->root[x->at + i], own = -g * (NP_ROW_AT(row, i) - x->diffusivity[i]);
        NP_ROW_AT(row, i) = 0.0; /* the others only, which would be lost beside it */
        np_row sum = row[0] * drive[0], by_change = change[0] * drive[0];
        NP_UNROLL
        for (int v = 1; v < rows; ++v) {
            sum += row[v] * drive[v];
            by_change += change[v] * drive[v];
        }
        const double part = scale * NP_ROW_SUM(sum), plain = all->whole ? edge * x->mobility[i] : 0.0;
        const double flux = plain * of->plain[x->at + i] + (part + own * mean * push);
        x->r_lower[i] += flux;
        x->r_upper[i] -= flux;
        if (!x->b_ll) {
            continue;
        }
        const double by_table = scale * NP_ROW_SUM(by_change);
        np_row to_potential = charge[0] - charge[0];
        NP_UNROLL
        for (int v = 0; v < rows; ++v) {
            by_force[v] = scale * row[v] * root[v];
            by_mean[v] = by_force[v] * force[v] * half[v];
        }
        NP_ROW_AT(by_force, i) = own * mean;
        NP_ROW_AT(by_mean, i) = part * of->half[x->at + i] + own * push;
        NP_UNROLL
        for (int v = 0; v < rows; ++v) {
            by_mean[v] += by_table * weight[v];
            low[v] = by_mean[v] * by_lower[v] - by_force[v] * over_lower[v];
            high[v] = by_mean[v] * by_upper[v] + by_force[v] * over_upper[v];
            drift[v] = by_force[v] + by_mean[v] * by_drift[v];
        }
        NP_ROW_AT(low, i) += plain * of->plain_lower[x->at + i];
        NP_ROW_AT(high, i) += plain * of->plain_upper[x->at + i];
        NP_ROW_AT(drift, i) += plain * of->plain_drift[x->at + i];
        NP_UNROLL
        for (int v = 0; v < rows; ++v) {
            to_potential += charge[v] * drift[v];
        }
        const double by_potential = NP_ROW_SUM(to_potential);
        if (x->slope_lower) {
            NP_UNROLL
            for (int p = 0; p < ns; ++p) {
                double at_lower = 0.0, at_upper = 0.0;
                NP_UNROLL
                for (int j = 0; j < ns; ++j) {
                    at_lower += NP_ROW_AT(drift, j) * x->slope_lower[j * ns + p];
                    at_upper += NP_ROW_AT(drift, j) * x->slope_upper[j * ns + p];
                }
                NP_ROW_AT(low, p) -= at_lower;
                NP_ROW_AT(high, p) += at_upper;
            }
        }
        double *ll = x->b_ll + i * m, *lu = x->b_lu + i * m, *ul = x->b_ul + i * m, *uu = x->b_uu + i * m;
        const int together = ns < rows * lanes; /* the column of the potential has room in the last row */
        const int count = together ? m : ns;
        if (together) {
            NP_ROW_AT(low, ns) = -by_potential;
            NP_ROW_AT(high, ns) = by_potential;
        } else {
            ll[ns] -= by_potential;
            uu[ns] -= by_potential;
            lu[ns] = by_potential + (all->fresh ? 0.0 : lu[ns]);
            ul[ns] = by_potential + (all->fresh ? 0.0 : ul[ns]);
        }
        np_row_add(count, ll, low, 1.0);
        np_row_add(count, uu, high, -1.0);
        if (all->fresh) {
            np_row_put(count, lu, high, 1.0);
            np_row_put(count, ul, low, -1.0);
        } else {
            np_row_add(count, lu, high, 1.0);
            np_row_add(count, ul, low, -1.0);
        }
    }
}

/* The electric displacement. */
NP_INLINE void np_cross_displacement(const int ns, const int fresh, const np_cross_place *x,
                                     const double permittivity, const double drop) {
    const int last = (ns + 1) * (ns + 1) - 1;
    x->r_lower[ns] -= permittivity * drop;
    x->r_upper[ns] += permittivity * drop;
    if (x->b_ll) {
        if (fresh) {
            NP_UNROLL
            for (int j = last - ns; j <= last; ++j) {
                x->b_lu[j] = x->b_ul[j] = 0.0;
            }
        }
        x->b_ll[last] += permittivity;
        x->b_lu[last] -= permittivity;
        x->b_ul[last] -= permittivity;
        x->b_uu[last] += permittivity;
    }
}

/* Tabulated matrices beside the mean composition: linear interpolation, constant beyond the ends. */
NP_INLINE void np_cross_find(const int ns, const np_cross *all, const double *mean, np_cross_place *x) {
    const ptrdiff_t n = all->points, size = (ptrdiff_t)ns * np_row_width(ns);
    const double *composition = all->composition;
    ptrdiff_t p = 0;
    double s = 0.0;
    NP_UNROLL
    for (int i = 0; i < ns; ++i) {
        s += all->weights[i] * mean[i];
    }
    x->above = NULL;
    x->share = x->per_width = 0.0;
    if (n > 1 && s > composition[0]) {
        if (s >= composition[n - 1]) {
            p = n - 1;
        } else {
            while (composition[p + 1] < s) {
                ++p;
            }
            x->per_width = 1.0 / (composition[p + 1] - composition[p]);
            x->share = (s - composition[p]) * x->per_width;
            x->above = all->matrices + (p + 1) * size;
        }
    }
    x->below = all->matrices + p * size;
}

NP_INLINE void np_cross_group(const int ns, const np_cross *all, const np_means *of, const ptrdiff_t first,
                              const ptrdiff_t count, const double *u, double *residual, double *blocks,
                              const double *slope) {
    const int m = ns + 1, mm = m * m, width = np_row_width(ns);
    for (ptrdiff_t e = first; e < first + count; ++e) {
        const ptrdiff_t k = all->edges[2 * e], l = all->edges[2 * e + 1], region = all->region[e];
        const double edge = all->conductance[e];
        np_cross_place x = {0};
        x.at = (e - first) * width;
        x.conductance = edge * all->factor[region];
        if (!all->whole && x.conductance == 0.0) {
            continue;
        }
        np_cross_find(ns, all, of->mean + x.at, &x);
        x.diffusivity = all->diffusivity + region * ns;
        x.mobility = all->mobility + region * ns;
        x.r_lower = residual + k * m;
        x.r_upper = residual + l * m;
        if (blocks) {
            x.b_ll = blocks + (ptrdiff_t)all->block_diagonal[k] * mm;
            x.b_uu = blocks + (ptrdiff_t)all->block_diagonal[l] * mm;
            x.b_lu = blocks + (ptrdiff_t)all->block_kl[e] * mm;
            x.b_ul = blocks + (ptrdiff_t)all->block_lk[e] * mm;
        }
        if (slope) {
            x.slope_lower = slope + k * ns * ns;
            x.slope_upper = slope + l * ns * ns;
        }
        if (all->whole) {
            np_cross_displacement(ns, all->fresh, &x, edge * all->permittivity[region], u[l * m + ns] - u[k * m + ns]);
        }
        np_cross_terms(ns, all, of, &x, edge);
    }
}

NP_CLONES static void np_cross_edges(int ns, const np_cross *all, const np_means *of, ptrdiff_t first, ptrdiff_t count,
                                     const double *u, double *residual, double *blocks, const double *slope) {
    NP_UP_TO_6(ns, np_cross_group(M, all, of, first, count, u, residual, blocks, slope))
}

/* Flows into flux[species][edge], `apart` from one species to the next, of edges whose first one stands there. */
NP_CLONES static void np_cross_flows(int ns, const np_cross *all, const np_means *of, ptrdiff_t first, ptrdiff_t count,
                                     ptrdiff_t apart, double *flux) {
    const int width = np_row_width(ns);
    for (ptrdiff_t e = first; e < first + count; ++e) {
        const ptrdiff_t at = (e - first) * width, region = all->region[e];
        const double g = all->conductance[e] * all->factor[region];
        np_cross_place x = {0};
        if (g == 0.0) {
            continue;
        }
        np_cross_find(ns, all, of->mean + at, &x);
        for (int i = 0; i < ns; ++i) {
            double sum = 0.0;
            for (int j = 0; j < ns; ++j) {
                double coefficient = x.below[i * width + j];
                if (x.above) {
                    coefficient += x.share * (x.above[i * width + j] - coefficient);
                }
                if (i == j) {
                    sum += (coefficient - all->diffusivity[region * ns + i]) * of->mean[at + i] * of->force[at + i];
                } else {
                    sum += coefficient * of->root[at + i] * of->drive[at + j];
                }
            }
            flux[i * apart + (e - first)] -= g * sum;
        }
    }
}

#endif
