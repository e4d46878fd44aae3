"""The Newton update that keeps every concentration positive, node by node."""

from libc.math cimport fabs, isfinite

# Concentrations below this (relative to the largest in the problem) are as good as absent: their relative change does
# not count. A species that starts from nothing spreads with tails as small as doubles go.
cdef double ABSENT = 1e-40


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
    cdef Py_ssize_t i, n = block_size * (u.shape[0] // block_size)
    cdef Py_ssize_t bad = -1
    cdef int m = block_size
    cdef double x, w_norm = 0.0, phi_norm = 0.0, limited = 0.0
    with nogil:
        for i in range(n):
            if not isfinite(du[i]):
                bad = i
                break
            if i % m == m - 1:
                x = fabs(du[i])
                if x > phi_norm:
                    phi_norm = x
                if x > potential_limit:
                    limited = 1.0
                    x = potential_limit / x
                    out[i] = u[i] + du[i] * x
                else:
                    out[i] = u[i] + du[i]
            elif positive[i]:
                x = fabs(du[i]) / (u[i] if u[i] > ABSENT else ABSENT)
                if x > w_norm:
                    w_norm = x
                if du[i] < -0.5 * u[i]:
                    if x > 0.5:
                        limited = 1.0
                    out[i] = 0.25 * u[i] * (u[i] / -du[i])
                else:
                    out[i] = u[i] + du[i]
            else:
                out[i] = u[i] + du[i]
    norms[0], norms[1], norms[2] = w_norm, phi_norm, limited
    return bad
