/* Coupled fluxes of edges and their derivatives, once per number of species so that the compiler unrolls them. */
#ifndef NPSOLVER_CROSS_H
#define NPSOLVER_CROSS_H

#include "carried.h"
#include "cross_means.h"
#include "friction.h"

typedef struct {
    np_cross_ends_of ends;
    const double *conductance; /* [edge]: area over length */
    /* [row of the tables]: porosity over tortuosity, permittivity; [row][species]: mobilities */
    const double *factor, *permittivity, *mobility;
    const double *weights; /* [species], padded: of the composition */
    /* [point]: compositions; [point][species][species, padded]: Lambda there */
    ptrdiff_t points;
    const double *composition, *matrices;
    /* [edge][species][species, padded]: Lambda of every edge in place of those (or NULL), and [edge][species k][species]
       [species, padded]: its derivatives by c_k, where c is half the sum of both ends */
    const double *local, *local_change;
    const np_friction *friction; /* what gives Lambda in place of those, or NULL */
    /* whether the flux of Scharfetter and Gummel and the displacement are wanted, too */
    int whole;
} np_cross;

/* One edge: Lambda at the composition below and (or NULL: constant) above; where in between, and 1/width; [species]
   [species] of both nodes (or NULL): derivatives of the excess; where the results go. */
typedef struct {
    ptrdiff_t at;
    double conductance;
    const double *diffusivity, *mobility, *below, *above;
    double share, per_width;
    const double *change; /* [species i][species k]: sum_j dLambda_ij/dc_k drive_j, or NULL */
    const double *slope_lower, *slope_upper;
    np_carried to;
} np_cross_place;

NP_INLINE np_row np_row_load(const double *from) {
    np_row r;
    memcpy(&r, from, sizeof r);
    return r;
}

/* The first `count` numbers of a row. */
NP_INLINE void np_row_store(const int count, double *to, const np_row *row) {
    NP_UNROLL
    for (int v = 0; v * NP_ROW_LANES < count; ++v) {
        if ((v + 1) * NP_ROW_LANES <= count) {
            memcpy(to + v * NP_ROW_LANES, row + v, sizeof *row);
        } else {
            NP_UNROLL
            for (int j = v * NP_ROW_LANES; j < count; ++j) {
                to[j] = NP_ROW_AT(row, j);
            }
        }
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
        charge[v] = np_row_load(all->ends.charge + v * lanes);
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
        x->to.flow[i] = flux;
        if (!x->to.by_lower) {
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
        if (x->change) {
            for (int k = 0; k < ns; ++k) {
                const double by_k = 0.5 * scale * x->change[i * ns + k];
                NP_ROW_AT(low, k) += by_k;
                NP_ROW_AT(high, k) += by_k;
            }
        }
        double *to_lower = x->to.by_lower + i * m, *to_upper = x->to.by_upper + i * m;
        if (ns < rows * lanes) { /* the column of the potential has room in the last row */
            NP_ROW_AT(low, ns) = -by_potential;
            NP_ROW_AT(high, ns) = by_potential;
            np_row_store(m, to_lower, low);
            np_row_store(m, to_upper, high);
        } else {
            np_row_store(ns, to_lower, low);
            np_row_store(ns, to_upper, high);
            to_lower[ns] = -by_potential;
            to_upper[ns] = by_potential;
        }
    }
}

/* The electric displacement. */
NP_INLINE void np_cross_displacement(const int ns, const np_carried *to, const double permittivity, const double drop) {
    const int m = ns + 1;
    to->flow[ns] = -permittivity * drop;
    if (to->by_lower) {
        NP_UNROLL
        for (int j = ns * m; j < m * m - 1; ++j) {
            to->by_lower[j] = to->by_upper[j] = 0.0;
        }
        to->by_lower[m * m - 1] = permittivity;
        to->by_upper[m * m - 1] = -permittivity;
    }
}

/* Tabulated matrices beside the mean composition: linear interpolation, constant beyond the ends; or that of the edge. */
NP_INLINE void np_cross_find(const int ns, const np_cross *all, const ptrdiff_t edge, const double *mean,
                             np_cross_place *x) {
    const ptrdiff_t n = all->points, size = (ptrdiff_t)ns * np_row_width(ns);
    if (all->local) {
        x->below = all->local + edge * size;
        return;
    }
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

/* An edge that nothing couples. */
NP_INLINE void np_cross_nothing(const int ns, const np_carried *to) {
    for (int i = 0; i < ns; ++i) {
        to->flow[i] = 0.0;
    }
    for (int j = 0; to->by_lower && j < ns * (ns + 1); ++j) {
        to->by_lower[j] = to->by_upper[j] = 0.0;
    }
}

/* Lambda of one edge that follows the composition in its middle, and its derivatives times `drive`: in `matrix` and `change`. */
NP_INLINE void np_cross_local(const int ns, const np_cross *all, const ptrdiff_t edge, const double *u, const double *drive,
                              double *matrix, double *change, np_cross_place *x) {
    const int m = ns + 1, width = np_row_width(ns);
    if (all->friction) {
        const double *lower = u + (ptrdiff_t)all->ends.edges[2 * edge] * m, *upper = u + (ptrdiff_t)all->ends.edges[2 * edge + 1] * m;
        double c[NP_CROSS_MOST];
        for (int i = 0; i < ns; ++i) {
            c[i] = 0.5 * (lower[i] + upper[i]);
        }
        np_friction_at(all->friction, ns, width, c, drive, matrix, change);
        x->below = matrix;
    } else if (change) {
        const double *slope = all->local_change + edge * ns * ns * width;
        for (int k = 0; k < ns; ++k) {
            for (int i = 0; i < ns; ++i) {
                double sum = 0.0;
                for (int j = 0; j < ns; ++j) {
                    sum += slope[(k * ns + i) * width + j] * drive[j];
                }
                change[i * ns + k] = sum;
            }
        }
    }
    x->change = change;
}

NP_INLINE void np_cross_group(const int ns, const np_cross *all, const np_means *of, const ptrdiff_t first,
                              const ptrdiff_t count, const double *u, const double *slope, const np_carried *to) {
    const int m = ns + 1, mm = m * m, width = np_row_width(ns);
    double matrix[NP_CROSS_MOST * NP_CROSS_MOST], change[NP_CROSS_MOST * NP_CROSS_MOST];
    for (ptrdiff_t e = 0; e < count; ++e) {
        const ptrdiff_t k = all->ends.edges[2 * (first + e)], l = all->ends.edges[2 * (first + e) + 1];
        const ptrdiff_t region = all->ends.region[first + e];
        const double edge = all->conductance[first + e], permittivity = all->whole ? edge * all->permittivity[region] : 0.0;
        np_cross_place x = {0};
        x.at = e * width;
        x.conductance = edge * all->factor[region];
        x.to.flow = to->flow + e * m;
        if (to->by_lower) {
            x.to.by_lower = to->by_lower + e * mm;
            x.to.by_upper = to->by_upper + e * mm;
        }
        np_cross_displacement(ns, &x.to, permittivity, u[l * m + ns] - u[k * m + ns]);
        if (!all->whole && x.conductance == 0.0) {
            np_cross_nothing(ns, &x.to);
            continue;
        }
        np_cross_find(ns, all, first + e, of->mean + x.at, &x);
        if (all->friction || all->local) {
            np_cross_local(ns, all, first + e, u, of->drive + x.at, matrix, to->by_lower ? change : NULL, &x);
        }
        x.diffusivity = all->ends.diffusivity + region * ns;
        x.mobility = all->mobility + region * ns;
        if (slope) {
            x.slope_lower = slope + k * ns * ns;
            x.slope_upper = slope + l * ns * ns;
        }
        np_cross_terms(ns, all, of, &x, edge);
    }
}

NP_CLONES static void np_cross_edges(int ns, const np_cross *all, const np_means *of, ptrdiff_t first, ptrdiff_t count,
                                     const double *u, const double *slope, const np_carried *to) {
    NP_UP_TO_6(ns, np_cross_group(M, all, of, first, count, u, slope, to))
}

/* Flows into flux[species][edge], `apart` from one species to the next, of edges whose first one stands there. */
NP_CLONES static void np_cross_flows(int ns, const np_cross *all, const np_means *of, ptrdiff_t first, ptrdiff_t count,
                                     ptrdiff_t apart, const double *u, double *flux) {
    const int width = np_row_width(ns);
    double matrix[NP_CROSS_MOST * NP_CROSS_MOST];
    for (ptrdiff_t e = first; e < first + count; ++e) {
        const ptrdiff_t at = (e - first) * width, region = all->ends.region[e];
        const double g = all->conductance[e] * all->factor[region];
        np_cross_place x = {0};
        if (g == 0.0) {
            continue;
        }
        np_cross_find(ns, all, e, of->mean + at, &x);
        if (all->friction) {
            np_cross_local(ns, all, e, u, of->drive + at, matrix, NULL, &x);
        }
        for (int i = 0; i < ns; ++i) {
            double sum = 0.0;
            for (int j = 0; j < ns; ++j) {
                double coefficient = x.below[i * width + j];
                if (x.above) {
                    coefficient += x.share * (x.above[i * width + j] - coefficient);
                }
                if (i == j) {
                    sum += (coefficient - all->ends.diffusivity[region * ns + i]) * of->mean[at + i] * of->force[at + i];
                } else {
                    sum += coefficient * of->root[at + i] * of->drive[at + j];
                }
            }
            flux[i * apart + (e - first)] -= g * sum;
        }
    }
}

/* What `count` edges (up to NP_CROSS_GROUP) from `first` on carry; `of_edges` is an np_cross. */
static void np_cross_carry(const void *of_edges, ptrdiff_t first, ptrdiff_t count, const double *u, const double *excess,
                           const double *slope, const np_carried *to) {
    const np_cross *all = (const np_cross *)of_edges;
    np_cross_room room;
    np_means of;
    np_cross_prepare(&all->ends, first, count, u, excess, all->whole, &room, &of);
    np_cross_edges(all->ends.species, all, &of, first, count, u, slope, to);
}

/* The same flows added to flux[species][edge]. */
static void np_cross_add_flows(const np_cross *all, ptrdiff_t first, ptrdiff_t count, const double *u,
                               const double *excess, ptrdiff_t apart, double *flux) {
    np_cross_room room;
    np_means of;
    np_cross_prepare(&all->ends, first, count, u, excess, 0, &room, &of);
    np_cross_flows(all->ends.species, all, &of, first, count, apart, u, flux);
}

#endif
