/* Local neutrality: the potential of every node where its solution has no charge. */
#ifndef NPSOLVER_NEUTRAL_H
#define NPSOLVER_NEUTRAL_H

#include <math.h>
#include <stddef.h>

/* exp(-z x) from once = exp(-x) and back = exp(x) */
static inline double np_boltzmann(double z, double x, double once, double back) {
    return z == 1.0 ? once : z == -1.0 ? back : z == 2.0 ? once * once : z == 0.0 ? 1.0 : exp(-z * x);
}

/* ln(plus/minus), by the series in t = (plus - minus)/(plus + minus) where its terms beyond t^7 are below round-off. */
static inline double np_imbalance(double plus, double minus) {
    const double t = (plus - minus) / (plus + minus), s = t * t;
    return fabs(t) < 0.01 ? 2.0 * t * (1.0 + s * (1.0 / 3.0 + s * (1.0 / 5.0 + s * (1.0 / 7.0)))) : log(plus / minus);
}

/* exp(-x) from once = exp(-x) before x grew by `change`; the terms that the series leaves out are below round-off. */
static inline double np_follow(double once, double x, double change) {
    const double d = change;
    return fabs(d) < 1e-3 ? once - once * d * (1.0 - d * (1.0 / 2.0 - d * (1.0 / 6.0 - d * (1.0 / 24.0 - d * (1.0 / 120.0)))))
                          : exp(-x);
}

/* Shift the potential of every node to where its charge vanishes, and w by Boltzmann's law with it, in place; u is
   [node][ns + 1], capacity [node][ns]. The shift x solves F(x) = 0 for the logarithm F of positive over negative charge,
   which falls monotonically and is almost straight, by Chebyshev's method of order three (J. F. Traub, Iterative Methods
   for the Solution of Equations, 1964, section 5.2); bracketed, so that bisection takes over where a step leaves the
   bracket. The first guess continues the shifts of the three nodes before; after a step of 3e-6 the error is its cube.
   Nodes where no shift helps stay as they are. Returns whether anything was shifted. */
static int np_neutralise(const ptrdiff_t n, const int ns, double *u, const double *capacity, const double *z,
                         const double *fixed) {
    double guess = 0.0, rise = 0.0, bend_of_guess = 0.0;
    int moved = 0;
    ptrdiff_t shifted = 0;
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
        double low = -120.0, high = 120.0, x = guess + rise + bend_of_guess;
        x = x > low && x < high ? x : guess;
        double once = exp(-x), back = 1.0 / once;
        for (int repeat = 0; repeat < 80; ++repeat) {
            /* charges, and sums of |z| and z^2 times them */
            double plus = fixed[k] > 0.0 ? fixed[k] : 0.0, minus = fixed[k] < 0.0 ? -fixed[k] : 0.0;
            double first_plus = 0.0, first_minus = 0.0, second_plus = 0.0, second_minus = 0.0;
            for (int i = 0; i < ns; ++i) {
                const double part = z[i] * capacity[i] * u[i] * np_boltzmann(z[i], x, once, back), first = z[i] * part;
                if (part > 0.0) {
                    plus += part;
                    first_plus += first;
                    second_plus += z[i] * first;
                } else {
                    minus -= part;
                    first_minus += first;
                    second_minus -= z[i] * first;
                }
            }
            const double per_plus = 1.0 / plus, per_minus = 1.0 / minus, imbalance = np_imbalance(plus, minus);
            if (imbalance > 0.0) {
                low = x;
            } else {
                high = x;
            }
            const double p = first_plus * per_plus, m = first_minus * per_minus, per_slope = 1.0 / (p + m);
            const double bend = second_plus * per_plus - p * p - second_minus * per_minus + m * m;
            const double newton = imbalance * per_slope;
            double next = x + newton + 0.5 * newton * newton * bend * per_slope;
            if (!(next >= low && next <= high)) {
                next = 0.5 * (low + high);
            }
            const double change = next - x;
            x = next;
            once = np_follow(once, x, change);
            back = 1.0 / once;
            if (fabs(change) <= 3e-6) {
                break;
            }
        }
        const double last = rise;
        rise = shifted > 0 ? x - guess : 0.0;
        bend_of_guess = shifted > 1 ? rise - last : 0.0;
        guess = x;
        ++shifted;
        if (x != 0.0) {
            moved = 1;
            for (int i = 0; i < ns; ++i) {
                u[i] *= np_boltzmann(z[i], x, once, back);
            }
            u[ns] += x;
        }
    }
    return moved;
}

#endif
