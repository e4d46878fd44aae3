# Inline scalar functions shared by the kernels.
from libc.math cimport expm1, fabs


cdef inline void bernoulli(double x, double* plus, double* minus, double* slope) noexcept nogil:
    """B(x) = x/(exp(x) - 1), B(-x) = B(x) + x and dB/dx.

    Evaluated at |x|, where B(|x|) and B(|x|) + |x| add without cancellation. expm1 overflows to infinity beyond
    709, where B is zero to double precision. The derivative B(1 - B(-x))/x loses digits like eps/x and is replaced by
    its Taylor series (Bernoulli numbers) below 1/2, where eight terms reach round-off.
    """
    cdef double a = fabs(x)
    cdef double b, d, s
    if a < 1e-8:
        b = 1.0 - 0.5 * a
    else:
        b = a / expm1(a)
    if a < 0.5:
        s = a * a
        d = -0.5 + a * (1.0 / 6.0 + s * (-1.0 / 180.0 + s * (1.0 / 5040.0 + s * (-1.0 / 151200.0 + s * (
            1.0 / 4790016.0 + s * (-691.0 * 12.0 / 1307674368000.0 + s * (14.0 / 74724249600.0)))))))
    else:
        d = b * (1.0 - b - a) / a
    if x >= 0.0:
        plus[0] = b
        minus[0] = b + a
        slope[0] = d
    else:
        plus[0] = b + a
        minus[0] = b
        slope[0] = -1.0 - d
