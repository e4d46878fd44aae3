# Inline scalar functions shared by the kernels.
from libc.math cimport exp, fabs


cdef inline void bernoulli(double x, double* plus, double* minus, double* slope) noexcept nogil:
    """B(x) = x/(exp(x) - 1), B(-x) = B(x) + x and dB/dx.

    Evaluated at |x|, where B(|x|) and B(|x|) + |x| add without cancellation. Below 1/2 both B and its derivative are
    Taylor series (Bernoulli numbers; the next term is below round-off), which needs no exponential on fine meshes;
    above, exp(|x|) - 1 loses less than two bits, and so does the derivative B(1 - B(-x))/x. The exponential overflows
    to infinity beyond 709, where B is zero to double precision.
    """
    cdef double a = fabs(x)
    cdef double b, d, s
    if a < 0.5:
        s = a * a
        b = 1.0 - 0.5 * a + s * (1.0 / 12.0 + s * (-1.0 / 720.0 + s * (1.0 / 30240.0 + s * (-1.0 / 1209600.0 + s * (
            1.0 / 47900160.0 + s * (-691.0 / 1307674368000.0 + s * (1.0 / 74724249600.0)))))))
        d = -0.5 + a * (1.0 / 6.0 + s * (-1.0 / 180.0 + s * (1.0 / 5040.0 + s * (-1.0 / 151200.0 + s * (
            1.0 / 4790016.0 + s * (-691.0 * 12.0 / 1307674368000.0 + s * (14.0 / 74724249600.0)))))))
    else:
        b = a / (exp(a) - 1.0)
        d = b * (1.0 - b - a) / a
    if x >= 0.0:
        plus[0] = b
        minus[0] = b + a
        slope[0] = d
    else:
        plus[0] = b + a
        minus[0] = b
        slope[0] = -1.0 - d
