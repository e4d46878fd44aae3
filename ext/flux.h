/* Scharfetter-Gummel terms of many edges at once, written so that the compiler turns the loops into vector code. */
#ifndef NPSOLVER_FLUX_H
#define NPSOLVER_FLUX_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "clones.h"

/* B(x) = x/(exp(x) - 1), B(-x) and dB/dx without branches and without the mathematical library.

   With a = |x| and -a = n ln 2 + r, |r| <= ln(2)/2, and Q(r) = (exp(r) - 1)/r = 1 + r H(r) (Taylor series; the first term
   left out is below round-off), exp(-a) - 1 = 2^n r Q + (2^n - 1) loses no digits: for n = 0 it is r Q itself, where
   B(-a) = 1/Q(r) needs no care at a = 0; for n < 0 the two parts are of different size. B(a) = exp(-a) B(-a), and
   dB(a)/da = B(a) (1 - B(-a))/a, for n = 0 without a difference: (1 - B(-a))/a = -H/Q. Beyond 708 exp(-a) is taken as
   zero, which it is to double precision beside any other term. */
NP_INLINE void np_bernoulli(const double x, double *restrict plus, double *restrict minus, double *restrict slope) {
    const double a = fabs(x);
    const double inside = a < 708.0 ? a : 708.0; /* argument of the polynomial only */
    const double shifter = 6755399441055744.0;   /* 1.5 * 2^52: adding it leaves the rounded integer in the low bits */
    const double t = shifter - inside * 1.4426950408889634074;
    const double n = t - shifter;
    int64_t bits;
    double s;
    memcpy(&bits, &t, sizeof bits);
    bits = (int64_t)((uint64_t)(bits + 1023) << 52);
    memcpy(&s, &bits, sizeof s); /* 2^n */
    const double r = (-inside - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
    double h = 1.0 / 87178291200.0;
    h = 1.0 / 6227020800.0 + r * h;
    h = 1.0 / 479001600.0 + r * h;
    h = 1.0 / 39916800.0 + r * h;
    h = 1.0 / 3628800.0 + r * h;
    h = 1.0 / 362880.0 + r * h;
    h = 1.0 / 40320.0 + r * h;
    h = 1.0 / 5040.0 + r * h;
    h = 1.0 / 720.0 + r * h;
    h = 1.0 / 120.0 + r * h;
    h = 1.0 / 24.0 + r * h;
    h = 1.0 / 6.0 + r * h;
    h = 0.5 + r * h;
    const double q = 1.0 + r * h, p = r * q;
    const double decay = a < 708.0 ? s + s * p : 0.0; /* exp(-a) */
    const double fall = -(s * p + (s - 1.0));         /* 1 - exp(-a), for n < 0 */
    const double inverse = 1.0 / (n == 0.0 ? q : fall);
    const double b_minus = n == 0.0 ? inverse : a * inverse;
    const double b_plus = decay * b_minus;
    const double d = n == 0.0 ? -b_plus * h * inverse : decay * inverse * (1.0 - b_minus);
    const int positive = x >= 0.0;
    *plus = positive ? b_plus : b_minus;
    *minus = positive ? b_minus : b_plus;
    *slope = positive ? d : -1.0 - d;
}

NP_INLINE void np_bernoulli_block(const ptrdiff_t count, const double *restrict x, double *restrict plus,
                                  double *restrict minus, double *restrict slope) {
    for (ptrdiff_t e = 0; e < count; ++e) {
        np_bernoulli(x[e], plus + e, minus + e, slope + e);
    }
}

/* The flux J = c (B(v) w_lower - B(-v) w_upper) of `count` edges and its derivatives by w_lower, w_upper and the potential
   difference; plus, minus and slope belong to v, or (sign < 0) to -v. `charge` is dv by the potential difference.
   The last, charge c (B'(v) w_lower - (1 + B'(v)) w_upper), must not be written with w_lower - w_upper: one factor may be
   as small as the other concentration is large. */
NP_INLINE void np_flux_block(const ptrdiff_t count, const int sign, const double charge, const double *restrict coefficient,
                             const double *w_lower, const double *w_upper, const double *restrict plus,
                             const double *restrict minus, const double *restrict slope, double *restrict flux,
                             double *restrict by_lower, double *restrict by_upper, double *restrict by_potential) {
    const double *restrict bp = sign < 0 ? minus : plus, *restrict bm = sign < 0 ? plus : minus;
    const double scale = sign < 0 ? -1.0 : 1.0, offset = sign < 0 ? -1.0 : 0.0;
    for (ptrdiff_t e = 0; e < count; ++e) {
        const double c = coefficient[e], a = c * bp[e], b = c * bm[e], d = offset + scale * slope[e];
        flux[e] = a * w_lower[e] - b * w_upper[e];
        by_lower[e] = a;
        by_upper[e] = -b;
        by_potential[e] = charge * c * (d * w_lower[e] - (1.0 + d) * w_upper[e]); /* dB(-v)/dv = -B'(-v) = 1 + B'(v) */
    }
}

/* The flux alone, with the same bits. */
NP_INLINE void np_value_block(const ptrdiff_t count, const int sign, const double *restrict coefficient,
                              const double *w_lower, const double *w_upper, const double *restrict plus,
                              const double *restrict minus, double *restrict flux) {
    const double *restrict bp = sign < 0 ? minus : plus, *restrict bm = sign < 0 ? plus : minus;
    for (ptrdiff_t e = 0; e < count; ++e) {
        const double a = coefficient[e] * bp[e], b = coefficient[e] * bm[e];
        flux[e] = a * w_lower[e] - b * w_upper[e];
    }
}

NP_CLONES static void np_bernoulli_array(ptrdiff_t count, const double *x, double *plus, double *minus, double *slope) {
    np_bernoulli_block(count, x, plus, minus, slope);
}

NP_CLONES static void np_flux_terms(ptrdiff_t count, int sign, double charge, const double *coefficient,
                                    const double *w_lower, const double *w_upper, const double *plus, const double *minus,
                                    const double *slope, double *flux, double *by_lower, double *by_upper,
                                    double *by_potential) {
    np_flux_block(count, sign, charge, coefficient, w_lower, w_upper, plus, minus, slope, flux, by_lower, by_upper,
                  by_potential);
}

NP_CLONES static void np_flux_values(ptrdiff_t count, int sign, const double *coefficient, const double *w_lower,
                                     const double *w_upper, const double *plus, const double *minus, double *flux) {
    np_value_block(count, sign, coefficient, w_lower, w_upper, plus, minus, flux);
}

/* out = ln(upper/lower). With upper/lower = 2^n f, f between 1/sqrt(2) and sqrt(2), and t = (f - 1)/(f + 1), ln f is the
   series 2 (t + t^3/3 + t^5/5 + ...), whose first term left out is below round-off. */
NP_CLONES static void np_log_ratio(ptrdiff_t count, const double *restrict lower, const double *restrict upper,
                                   double *restrict out) {
    int ordinary = 1;
    for (ptrdiff_t e = 0; e < count; ++e) {
        const double ratio = upper[e] / lower[e];
        uint64_t bits;
        double f;
        memcpy(&bits, &ratio, sizeof bits);
        /* 0x3fe6a09e667f3bcd is sqrt(1/2): its exponent is taken off, so that f starts there */
        const uint64_t shifted = bits - UINT64_C(0x3fe6a09e667f3bcd);
        const int64_t whole = (int64_t)shifted >> 52;
        bits -= (uint64_t)whole << 52;
        memcpy(&f, &bits, sizeof f);
        const double n = (double)(int32_t)whole;
        const double t = (f - 1.0) / (f + 1.0), s = t * t;
        double p = 1.0 / 23.0;
        p = 1.0 / 21.0 + s * p;
        p = 1.0 / 19.0 + s * p;
        p = 1.0 / 17.0 + s * p;
        p = 1.0 / 15.0 + s * p;
        p = 1.0 / 13.0 + s * p;
        p = 1.0 / 11.0 + s * p;
        p = 1.0 / 9.0 + s * p;
        p = 1.0 / 7.0 + s * p;
        p = 1.0 / 5.0 + s * p;
        p = 1.0 / 3.0 + s * p;
        const double twice = 2.0 * t;
        out[e] = n * 0.693147180369123816490 + (twice + (twice * s * p + n * 1.90821492927058770002e-10));
        ordinary &= ratio > 1e-300 && ratio < 1e300;
    }
    if (!ordinary) {
        for (ptrdiff_t e = 0; e < count; ++e) {
            const double ratio = upper[e] / lower[e];
            if (!(ratio > 1e-300 && ratio < 1e300)) {
                out[e] = log(ratio);
            }
        }
    }
}

/* c = w_lower B(v)/B(m), the mean concentration for which the Scharfetter-Gummel flux is -D c m, its inverse and
   derivatives by w_lower, w_upper and v (m changes with all three); zero where `present` is. */
NP_CLONES static void np_mean_terms(ptrdiff_t count, const double *restrict present, const double *restrict lower,
                                    const double *restrict upper, const double *restrict plus_v,
                                    const double *restrict slope_v, const double *restrict plus_m,
                                    const double *restrict slope_m, double *restrict mean, double *restrict inverse,
                                    double *restrict by_lower, double *restrict by_upper, double *restrict by_drift,
                                    double *restrict over_lower, double *restrict over_upper, double *restrict force) {
    for (ptrdiff_t e = 0; e < count; ++e) {
        /* beyond the range of exp there is no mean */
        const int there = present[e] != 0.0 && plus_v[e] != 0.0 && plus_m[e] != 0.0;
        const double bv = there ? plus_v[e] : 1.0, bm = there ? plus_m[e] : 1.0, on = there ? 1.0 : 0.0;
        const double per_bv = 1.0 / bv, per_bm = 1.0 / bm, per_lower = on / lower[e], per_upper = on / upper[e];
        const double ratio = on * bv * per_bm, c = lower[e] * ratio, q = slope_m[e] * per_bm;
        mean[e] = c;
        inverse[e] = bm * per_bv * per_lower;
        by_lower[e] = ratio * (1.0 + q);
        by_upper[e] = -c * per_upper * q;
        by_drift[e] = c * (slope_v[e] * per_bv - q);
        over_lower[e] = per_lower;
        over_upper[e] = per_upper;
        force[e] *= on;
    }
}

#endif
