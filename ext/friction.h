/* Stefan-Maxwell friction inverted at one composition; npsolver/model/friction.py has the equations. */
#ifndef NPSOLVER_FRICTION_H
#define NPSOLVER_FRICTION_H

#include <math.h>
#include <stddef.h>

#include "clones.h"
#include "sizes.h"

#define NP_FRICTION_MOST 33 /* species and solvent */

typedef struct {
    int members;                 /* of the species */
    const int *member;           /* which these are */
    const double *per_D, *alone; /* [members + 1][members + 1], zero on the diagonal; [species]: diffusivities of others */
    double solvent, total;       /* concentration of the solvent; or (0: none) of all components together */
} np_friction;

/* d(B + size whole)/dx_l z with B_ij = -r_i r_j/D_ij, B_ii = sum x_j/D_ij and whole_ij = r_i r_j, r = sqrt(x), for q rows. */
NP_INLINE void np_friction_turn(const int l, const int n, const int q, const double *per_D, const double *root,
                             const double size, const double *z, double *out) {
    const double half = root[l] > 0.0 ? 0.5 / root[l] : 0.0;
    double along = 0.0;
    NP_UNROLL
    for (int i = 0; i < q; ++i) {
        out[i] = per_D[i * n + l] * z[i];
    }
    if (l >= q) {
        return;
    }
    NP_UNROLL
    for (int i = 0; i < q; ++i) {
        along += (size - per_D[l * n + i]) * root[i] * z[i];
        out[i] += half * root[i] * (size - per_D[l * n + i]) * z[l];
    }
    out[l] += half * along;
}

/* Lambda ([species][width]) at the concentrations c, and (or NULL) change[i][k] = sum_j dLambda_ij/dc_k drive_j. */
NP_INLINE void np_friction_of(const int p, const int mixture, const np_friction *f, const int ns, const int width, const double *c,
                              const double *drive, double *matrix, double *change) {
    const int n = p + 1, q = mixture ? n : p;
    const int *member = f->member;
    double x[NP_FRICTION_MOST], root[NP_FRICTION_MOST], m[NP_FRICTION_MOST * NP_FRICTION_MOST];
    double rest = f->solvent, whole = f->total, size = 0.0;
    NP_UNROLL
    for (int i = 0; i < p; ++i) {
        x[i] = c[member[i]];
        rest -= mixture ? x[i] : 0.0;
        whole += mixture ? 0.0 : x[i];
    }
    x[p] = mixture ? rest + whole : rest;
    whole += mixture ? 0.0 : f->solvent;
    NP_UNROLL
    for (int i = 0; i < n; ++i) {
        x[i] /= whole;
        root[i] = sqrt(x[i]);
    }
    NP_UNROLL
    for (int i = 0; i < q; ++i) {
        double sum = 0.0;
        NP_UNROLL
        for (int j = 0; j < n; ++j) {
            sum += x[j] * f->per_D[i * n + j];
        }
        NP_UNROLL
        for (int j = 0; j < q; ++j) {
            m[i * q + j] = i == j ? sum : -root[i] * root[j] * f->per_D[i * n + j];
            size = fabs(m[i * q + j]) > size ? fabs(m[i * q + j]) : size;
        }
    }
    size = mixture ? size : 0.0;
    NP_UNROLL
    for (int i = 0; i < q; ++i) {
        NP_UNROLL
        for (int j = 0; j < q; ++j) {
            m[i * q + j] += size * root[i] * root[j];
        }
    }
    NP_UNROLL
    for (int k = 0; k < q; ++k) { /* the inverse in place; friction is positive definite */
        const double inverse = 1.0 / m[k * q + k];
        m[k * q + k] = 1.0;
        NP_UNROLL
        for (int j = 0; j < q; ++j) {
            m[k * q + j] *= inverse;
        }
        NP_UNROLL
        for (int i = 0; i < q; ++i) {
            if (i != k) {
                const double factor = m[i * q + k];
                m[i * q + k] = 0.0;
                NP_UNROLL
                for (int j = 0; j < q; ++j) {
                    m[i * q + j] -= factor * m[k * q + j];
                }
            }
        }
    }
    NP_UNROLL
    for (int i = 0; i < q; ++i) {
        NP_UNROLL
        for (int j = 0; j < i; ++j) {
            m[i * q + j] = m[j * q + i] = 0.5 * (m[i * q + j] + m[j * q + i]);
        }
    }
    const double share = mixture ? 1.0 / size : 0.0; /* the motion of the mixture as a whole */
    for (int i = 0; i < ns; ++i) {
        for (int j = 0; j < width; ++j) {
            matrix[i * width + j] = i == j ? f->alone[i] : 0.0;
        }
    }
    NP_UNROLL
    for (int i = 0; i < p; ++i) {
        NP_UNROLL
        for (int j = 0; j < p; ++j) {
            matrix[member[i] * width + member[j]] = m[i * q + j] - share * root[i] * root[j];
        }
    }
    if (!change) {
        return;
    }
    double y[NP_FRICTION_MOST], z[NP_FRICTION_MOST], turn[NP_FRICTION_MOST * NP_FRICTION_MOST], mean[NP_FRICTION_MOST];
    double along = 0.0;
    for (int i = 0; i < ns * ns; ++i) {
        change[i] = 0.0;
    }
    NP_UNROLL
    for (int i = 0; i < q; ++i) {
        y[i] = i < p ? drive[member[i]] : 0.0;
        along += root[i] * y[i];
        mean[i] = 0.0;
    }
    NP_UNROLL
    for (int i = 0; i < q; ++i) {
        z[i] = 0.0;
        NP_UNROLL
        for (int j = 0; j < q; ++j) {
            z[i] += m[i * q + j] * y[j];
        }
    }
    /* x = amounts/whole: with a solvent all fractions shrink when c_k grows, in a mixture that of the solvent does */
    NP_UNROLL
    for (int l = 0; l < n; ++l) {
        np_friction_turn(l, n, q, f->per_D, root, size, z, turn + l * q);
        NP_UNROLL
        for (int i = 0; i < q; ++i) {
            mean[i] += !mixture ? x[l] * turn[l * q + i] : l == p ? turn[l * q + i] : 0.0;
        }
    }
    NP_UNROLL
    for (int k = 0; k < p; ++k) {
        if (x[k] == 0.0) {
            continue; /* infinite, but nothing there counts */
        }
        double by_k[NP_FRICTION_MOST];
        NP_UNROLL
        for (int l = 0; l < q; ++l) {
            by_k[l] = (turn[k * q + l] - mean[l]) / whole;
        }
        NP_UNROLL
        for (int i = 0; i < p; ++i) {
            double sum = 0.0;
            NP_UNROLL
            for (int l = 0; l < q; ++l) {
                sum += m[i * q + l] * by_k[l];
            }
            if (mixture) { /* (r_k r + r r_k)/2 r_k less the same of the solvent, where y is 0 */
                double moved = 0.5 / root[k] * root[i] * y[k] + (i == k ? 0.5 / root[k] * along : 0.0);
                sum += share * moved / whole;
            }
            change[member[i] * ns + member[k]] = -sum;
        }
    }
}

NP_CLONES static void np_friction_at(const np_friction *f, int ns, int width, const double *c, const double *drive,
                                     double *matrix, double *change) {
    if (f->total > 0.0) {
        NP_UP_TO_6(f->members, np_friction_of(M, 1, f, ns, width, c, drive, matrix, change))
    } else {
        NP_UP_TO_6(f->members, np_friction_of(M, 0, f, ns, width, c, drive, matrix, change))
    }
}

#endif
