/* Coupled fluxes of one edge and their derivatives, once per number of species so that the compiler unrolls them. */
#ifndef NPSOLVER_CROSS_H
#define NPSOLVER_CROSS_H

#include <math.h>
#include <stddef.h>

#include "clones.h"
#include "sizes.h"

typedef struct {
    /* [species], `apart` from one to the next: as np_mean_terms gives them */
    const double *mean, *force, *inverse, *by_lower, *by_upper, *by_drift, *over_lower, *over_upper;
    ptrdiff_t apart;
    double conductance;
    /* [species]: diffusivities, charges, weights of the composition */
    const double *diffusivity, *charge, *weights;
    /* [species][species]: Lambda at the composition below and (or NULL: constant) above; where in between, and 1/width */
    const double *below, *above;
    double share, per_width;
    /* [node][species][species] of the lower and upper node (or NULL): derivatives of the excess */
    const double *slope_lower, *slope_upper;
    /* rows of the two nodes in the residual and (or NULL) the four blocks */
    double *r_lower, *r_upper, *b_ll, *b_lu, *b_ul, *b_uu;
} np_cross;

/* The flux of i is sum_j by_force_j m_j with by_force_j = -g (Lambda_ij sqrt(c_i c_j) - delta_ij D_i c_i). */
NP_INLINE void np_cross_terms(const int ns, const np_cross *x) {
    const int m = ns + 1;
    const double g = x->conductance;
    double mean[32], root[32], force[32], half[32], drift[32], low[32], high[32], drive[32];
    NP_UNROLL
    for (int j = 0; j < ns; ++j) {
        mean[j] = x->mean[j * x->apart];
        force[j] = x->force[j * x->apart];
        root[j] = sqrt(mean[j]);
        half[j] = 0.5 * force[j] * x->inverse[j * x->apart];
        drive[j] = root[j] * force[j];
    }
    NP_UNROLL
    for (int i = 0; i < ns; ++i) {
        double row[32], change[32];
        NP_UNROLL
        for (int j = 0; j < ns; ++j) {
            row[j] = x->below[i * ns + j];
            change[j] = 0.0;
        }
        if (x->above) {
            NP_UNROLL
            for (int j = 0; j < ns; ++j) {
                change[j] = x->above[i * ns + j] - row[j];
                row[j] += x->share * change[j];
            }
        }
        const double scale = -g * root[i], own = -g * (row[i] - x->diffusivity[i]);
        double part = 0.0, by_table = 0.0;
        NP_UNROLL
        for (int j = 0; j < ns; ++j) {
            part += j == i ? 0.0 : row[j] * drive[j];
        }
        part *= scale;
        const double flux = part + own * mean[i] * force[i];
        x->r_lower[i] += flux;
        x->r_upper[i] -= flux;
        if (!x->b_ll) {
            continue;
        }
        NP_UNROLL
        for (int j = 0; j < ns; ++j) {
            by_table += change[j] * drive[j];
        }
        by_table *= scale * x->per_width;
        NP_UNROLL
        for (int j = 0; j < ns; ++j) {
            const ptrdiff_t at = j * x->apart;
            double by_force = scale * row[j] * root[j], by_mean = by_force * half[j];
            if (j == i) {
                by_force = own * mean[i];
                by_mean = 0.5 * part * x->inverse[at] + own * force[i];
            }
            by_mean += by_table * x->weights[j];
            low[j] = by_mean * x->by_lower[at] - by_force * x->over_lower[at];
            high[j] = by_mean * x->by_upper[at] + by_force * x->over_upper[at];
            drift[j] = by_force + by_mean * x->by_drift[at];
        }
        double by_potential = 0.0;
        double *ll = x->b_ll + i * m, *lu = x->b_lu + i * m, *ul = x->b_ul + i * m, *uu = x->b_uu + i * m;
        NP_UNROLL
        for (int j = 0; j < ns; ++j) {
            by_potential += x->charge[j] * drift[j];
        }
        if (x->slope_lower) {
            for (int p = 0; p < ns; ++p) {
                double at_lower = 0.0, at_upper = 0.0;
                for (int j = 0; j < ns; ++j) {
                    at_lower += drift[j] * x->slope_lower[j * ns + p];
                    at_upper += drift[j] * x->slope_upper[j * ns + p];
                }
                low[p] -= at_lower;
                high[p] += at_upper;
            }
        }
        NP_UNROLL
        for (int j = 0; j < ns; ++j) {
            ll[j] += low[j];
            lu[j] += high[j];
            ul[j] -= low[j];
            uu[j] -= high[j];
        }
        ll[ns] -= by_potential;
        lu[ns] += by_potential;
        ul[ns] += by_potential;
        uu[ns] -= by_potential;
    }
}

NP_CLONES static void np_cross_edge(int ns, const np_cross *x) {
    NP_UP_TO_6(ns, np_cross_terms(M, x))
}

#endif
