/* Fluxes through all edges of a chain, and their derivatives. */
#ifndef NPSOLVER_CHAIN_EDGES_H
#define NPSOLVER_CHAIN_EDGES_H

#include <stddef.h>

#include "clones.h"
#include "flux.h"
#include "sizes.h"

/* What one edge needs on the way is kept for so many edges, in the first cache. */
#define NP_EDGES_AT_ONCE 96

typedef struct {
    ptrdiff_t nodes;
    /* from one species to the next in the four arrays below, which have an edge of zeros before the first and one after
       the last; where vectors of these arrays straddled lines of the cache, a third of the time would go there */
    ptrdiff_t stride;
    int species, classes;
    const int *species_class, *species_sign;
    const double *class_charge, *charge;
    const double *coefficient, *offset; /* [species][edge], [class][edge] or NULL */
    double *flux, *by_lower, *by_upper, *by_potential;
} np_chain_edges;

/* Edges `first` to `first + count`; u is [node][M]. */
NP_INLINE void np_chain_edge_block(const int M, const int derivatives, const ptrdiff_t first, const ptrdiff_t count,
                                   const np_chain_edges *x, const double *u) {
    const ptrdiff_t edges = x->nodes - 1;
    const int ns = M - 1;
    double drop[NP_EDGES_AT_ONCE], argument[NP_EDGES_AT_ONCE], nodal[NP_EDGES_AT_ONCE + 1];
    double plus[NP_EDGES_AT_ONCE], minus[NP_EDGES_AT_ONCE], slope[NP_EDGES_AT_ONCE];
    const double *restrict here = u + first * M;
    for (ptrdiff_t k = 0; k <= count; ++k) {
        nodal[k] = here[k * M + ns];
    }
    for (ptrdiff_t k = 0; k < count; ++k) {
        drop[k] = nodal[k + 1] - nodal[k];
    }
    for (int c = 0; c < x->classes; ++c) {
        const double z = x->class_charge[c];
        for (ptrdiff_t k = 0; k < count; ++k) {
            argument[k] = z * drop[k];
        }
        if (x->offset) {
            const double *restrict offset = x->offset + c * edges + first;
            for (ptrdiff_t k = 0; k < count; ++k) {
                argument[k] -= offset[k];
            }
        }
        np_bernoulli_block(count, argument, plus, minus, slope);
        for (int i = 0; i < ns; ++i) {
            if (x->species_class[i] != c) {
                continue;
            }
            for (ptrdiff_t k = 0; k <= count; ++k) {
                nodal[k] = here[k * M + i];
            }
            const ptrdiff_t at = i * x->stride + 1 + first;
            const double *coefficient = x->coefficient + i * edges + first;
            if (derivatives) {
                np_flux_block(count, x->species_sign[i], x->charge[i], coefficient, nodal, nodal + 1, plus, minus, slope,
                              x->flux + at, x->by_lower + at, x->by_upper + at, x->by_potential + at);
            } else {
                np_value_block(count, x->species_sign[i], coefficient, nodal, nodal + 1, plus, minus, x->flux + at);
            }
        }
    }
}

NP_INLINE void np_chain_all_edges(const int M, const int derivatives, const np_chain_edges *x, const double *u) {
    const ptrdiff_t edges = x->nodes - 1, whole = edges - edges % NP_EDGES_AT_ONCE;
    for (ptrdiff_t first = 0; first < whole; first += NP_EDGES_AT_ONCE) {
        np_chain_edge_block(M, derivatives, first, NP_EDGES_AT_ONCE, x, u);
    }
    np_chain_edge_block(M, derivatives, whole, edges - whole, x, u);
}

NP_CLONES static void np_chain_fluxes(const np_chain_edges *x, const double *u) {
    np_chain_all_edges(x->species + 1, 0, x, u);
}

NP_CLONES static void np_chain_flux_terms(const np_chain_edges *x, const double *u) {
    NP_UP_TO_6(x->species + 1, np_chain_all_edges(M, 1, x, u))
}

#endif
