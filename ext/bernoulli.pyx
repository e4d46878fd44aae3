"""The Bernoulli function of the fluxes, for tests and benchmarks."""


cdef extern from "flux.h" nogil:
    void np_bernoulli_array(Py_ssize_t count, const double* x, double* plus, double* minus, double* slope)


def bernoulli(const double[::1] x, double[::1] plus, double[::1] minus, double[::1] slope):
    """Fill `plus` with B(x), `minus` with B(-x) and `slope` with dB/dx.

    Parameters
    ----------
    x, plus, minus, slope : (n,) float64
    """
    if x.shape[0] == 0:
        return
    with nogil:
        np_bernoulli_array(x.shape[0], &x[0], &plus[0], &minus[0], &slope[0])
