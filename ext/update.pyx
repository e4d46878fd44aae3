"""The Newton update that keeps every concentration positive, node by node."""

cdef extern from "update.h" nogil:
    Py_ssize_t np_update(Py_ssize_t n, int m, const double* u, const double* du, double* out,
                         const unsigned char* positive, double potential_limit, double* norms)


def update(const double[::1] u, const double[::1] du, double[::1] out, int block_size, const unsigned char[::1] positive,
           double potential_limit, double[::1] norms):
    """out = u + du with positivity by node and a bound on the change of potential.

    A relative decrease x = -du/u beyond one half continues as u / (4 x), which joins the linear part with equal value
    and slope and never reaches zero. What is zero never becomes negative.

    Parameters
    ----------
    u, du, out : (n,) float64
    block_size : int
        Unknowns per node; the last of each node is the potential.
    positive : (n,) uint8
        Nonzero where the unknown is a concentration that must stay positive.
    potential_limit : float
        Changes of potential beyond this are cut to it.
    norms : (3,) float64, output
        Largest relative change of a concentration, largest change of the potential, and 1.0 if anything was limited.

    Returns
    -------
    int
        Index of the first non-finite entry of `du`, or -1.
    """
    cdef Py_ssize_t n = u.shape[0] // block_size
    cdef Py_ssize_t bad
    if n == 0:
        norms[0] = norms[1] = norms[2] = 0.0
        return -1
    with nogil:
        bad = np_update(n, block_size, &u[0], &du[0], &out[0], &positive[0], potential_limit, &norms[0])
    return bad
