"""Array entry points of the scalar functions, for tests and benchmarks."""

from scalars cimport bernoulli as _bernoulli


def bernoulli(const double[::1] x, double[::1] plus, double[::1] minus, double[::1] slope):
    """Fill `plus` with B(x), `minus` with B(-x) and `slope` with dB/dx.

    Parameters
    ----------
    x, plus, minus, slope : (n,) float64
    """
    cdef Py_ssize_t i
    with nogil:
        for i in range(x.shape[0]):
            _bernoulli(x[i], &plus[i], &minus[i], &slope[i])
