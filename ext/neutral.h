/* Local neutrality: the potential of every node where its solution has no charge. */
#ifndef NPSOLVER_NEUTRAL_H
#define NPSOLVER_NEUTRAL_H

#include <math.h>
#include <stddef.h>

/* exp(-z x) from once = exp(-x) */
static inline double np_boltzmann(double z, double x, double once) {
    return z == 1.0 ? once : z == -1.0 ? 1.0 / once : z == 2.0 ? once * once : z == 0.0 ? 1.0 : exp(-z * x);
}

/* Shift the potential of every node to where its charge vanishes, and w by Boltzmann's law with it, in place; u is
   [node][ns + 1], capacity [node][ns]. The shift x solves sum z c w exp(-z x) + fixed = 0 by Newton's method on the
   logarithm of positive over negative charge, which falls monotonically and is almost straight; bracketed, so that
   bisection takes over where a step leaves the bracket. The neighbour's shift is the first guess; after a step of 1e-8
   the error is its square. Nodes where no shift helps stay as they are. Returns whether anything was shifted. */
static int np_neutralise(const ptrdiff_t n, const int ns, double *u, const double *capacity, const double *z,
                         const double *fixed) {
    double guess = 0.0;
    int moved = 0;
    for (ptrdiff_t k = 0; k < n; ++k, u += ns + 1, capacity += ns) {
        double net = fixed[k], gross = fabs(fixed[k]);
        int has_plus = fixed[k] > 0.0, has_minus = fixed[k] < 0.0;
        for (int i = 0; i < ns; ++i) {
            const double part = z[i] * capacity[i] * u[i];
            net += part;
            gross += fabs(part);
            has_plus |= part > 0.0;
            has_minus |= part < 0.0;
        }
        if (fabs(net) <= 1e-14 * gross || !(has_plus && has_minus)) {
            continue;
        }
        double x = guess, low = -120.0, high = 120.0;
        for (int repeat = 0; repeat < 80; ++repeat) {
            double plus = fixed[k] > 0.0 ? fixed[k] : 0.0, minus = fixed[k] < 0.0 ? -fixed[k] : 0.0;
            double by_plus = 0.0, by_minus = 0.0;
            const double once = exp(-x);
            for (int i = 0; i < ns; ++i) {
                const double part = z[i] * capacity[i] * u[i] * np_boltzmann(z[i], x, once);
                if (part > 0.0) {
                    plus += part;
                    by_plus += z[i] * part;
                } else {
                    minus -= part;
                    by_minus += z[i] * part;
                }
            }
            const double imbalance = log(plus / minus), slope = by_plus / plus + by_minus / minus;
            if (imbalance > 0.0) {
                low = x;
            } else {
                high = x;
            }
            double next = x + imbalance / slope;
            if (!(next >= low && next <= high)) {
                next = 0.5 * (low + high);
            }
            const double change = fabs(next - x);
            x = next;
            if (change <= 1e-8) {
                break;
            }
        }
        guess = x;
        if (x != 0.0) {
            const double once = exp(-x);
            moved = 1;
            for (int i = 0; i < ns; ++i) {
                u[i] *= np_boltzmann(z[i], x, once);
            }
            u[ns] += x;
        }
    }
    return moved;
}

#endif
