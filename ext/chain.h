/* Newton's linear system of a chain of nodes: assembled and eliminated in one pass, without a matrix in between.

   Unknowns of a node are w_1 ... w_ns and phi (block size M = ns + 1). Edge e joins nodes e and e + 1; edge arrays carry
   one zero edge before the first and one after the last, so that the ends need no case distinction. The elimination
   (chain_elimination.h) is written once for a value of type T: a double, or a vector of doubles that belong to as many
   cases ("lanes", chain_lanes.h), which is the last index of every array then. */
#ifndef NPSOLVER_CHAIN_H
#define NPSOLVER_CHAIN_H

#include "clones.h"
#include "flux.h"
#include "sizes.h"

typedef struct {
    ptrdiff_t nodes, stride; /* stride: from one species to the next in the derivatives */
    int species;
    /* per species: charge number; 1 or 0: whether fluxes count in the balance of the lower (upper) node of an edge */
    const double *charge, *in_lower, *in_upper;
    /* [species][edge, padded][lane]: derivatives of the flux by w of the lower node, of the upper node (negative), and by
       the potential difference */
    const double *by_lower, *by_upper, *by_potential;
    /* [edge, padded][lane]: permittivity times area over length */
    const double *dielectric;
    /* [node][species][lane]; [node][lane]: capacitances to outer potentials */
    const double *capacity, *robin;
    /* [node]: whether it has rows of given values; [node][M]: which */
    const unsigned char *has_fixed, *fixed;
    double shift;
} np_chain;

/* What Newton's method reads of a chain, everything by node or edge: what a batch copies. */
typedef struct {
    ptrdiff_t nodes, rows;
    int species, classes;
    /* [species][edge], [edge], [class][edge] or NULL, [node][species] */
    const double *coefficient, *dielectric, *offset, *capacity;
    /* [node], [node][M], [node], [node]: fixed charge, sources, capacitances to outer potentials and those times these */
    const double *fixed_charge, *source, *robin, *outer;
    const double *given;       /* [row]: given values */
    const int *given_row;      /* [row]: their unknowns */
    const double *neutralised; /* [node]: fixed charge that the locally neutral start balances */
    int has_source, has_outer;
} np_chain_data;

/* Factors: lu, x [node][M][M][lane]; low, up [node][2 M - 1][lane]. */
typedef struct {
    double *lu, *x, *low, *up;
} np_factors;

#define NP_T double
#define NP_NAME(name) name##_1
#include "chain_elimination.h"
#undef NP_T
#undef NP_NAME

/* sign times the balances of all nodes ([node][M]) from the fluxes through the edges (as the derivatives in np_chain). */
NP_INLINE void np_chain_sum(const int M, const np_chain *c, const np_chain_data *d, const double *restrict flux,
                            const double *restrict u, const double sign, double *restrict out) {
    const int ns = M - 1;
    const ptrdiff_t n = c->nodes;
    double below = 0.0;
    for (ptrdiff_t k = 0; k < n; ++k) {
        const double *through = flux + k;
        const double above = k + 1 < n ? c->dielectric[k + 1] * (u[(k + 1) * M + ns] - u[k * M + ns]) : 0.0;
        double charge = d->fixed_charge[k];
        NP_UNROLL
        for (int i = 0; i < ns; ++i) {
            const double *own = through + i * c->stride;
            out[k * M + i] = sign * (c->in_lower[i] * own[1] - c->in_upper[i] * own[0]);
            charge += c->charge[i] * c->capacity[k * ns + i] * u[k * M + i];
        }
        out[k * M + ns] = sign * (below - above - charge);
        below = above;
    }
    if (d->has_source) {
        for (ptrdiff_t k = 0; k < n * M; ++k) {
            out[k] -= sign * d->source[k];
        }
    }
    if (d->has_outer) {
        for (ptrdiff_t k = 0; k < n; ++k) {
            out[k * M + ns] -= sign * (d->outer[k] - d->robin[k] * u[k * M + ns]);
        }
    }
}

NP_CLONES static void np_chain_balances(int m, const np_chain *c, const np_chain_data *d, const double *flux,
                                        const double *u, double sign, double *out) {
    NP_UP_TO_8(m, np_chain_sum(M, c, d, flux, u, sign, out))
}

/* 0 where all pivots are good, NaN otherwise. */
NP_NARROW_CLONES(double, np_eliminate, (int m, const np_chain *c, const np_factors *f, double *rhs), (m, c, f, rhs), {
    double check = 0.0;
    NP_UP_TO_8(m, np_chain_eliminate_1(M, c, f, rhs, &check))
    return check;
})

NP_NARROW_CLONES(void, np_solve_chain, (int m, ptrdiff_t n, const np_factors *f, double *rhs), (m, n, f, rhs), {
    NP_UP_TO_8(m, np_chain_solve_1(M, n, f, rhs))
})

NP_NARROW_CLONES(void, np_substitute, (int m, ptrdiff_t n, const np_factors *f, double *rhs), (m, n, f, rhs), {
    NP_UP_TO_8(m, np_chain_substitute_1(M, n, f, rhs))
})

#endif
