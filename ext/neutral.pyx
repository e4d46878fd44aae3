"""Potentials at which solutions in local equilibrium have no charge, node by node."""

cdef extern from "neutral.h" nogil:
    int np_neutralise(Py_ssize_t n, int ns, double* u, const double* capacity, const double* z, const double* fixed)


def neutralise(double[:, ::1] u, const double[:, ::1] capacity, const double[::1] z, const double[::1] fixed):
    """Shift the potential of every node to where its charge vanishes, and w by Boltzmann's law with it, in place.

    Nodes where no shift helps stay as they are.

    Parameters
    ----------
    u : (n, n_species + 1) float64
        Concentrations and, last, the potential.
    capacity : (n, n_species) float64
    z : (n_species,) float64
    fixed : (n,) float64
        Fixed charge.

    Returns
    -------
    bool
        Whether anything was shifted.
    """
    if u.shape[0] == 0 or z.shape[0] == 0:
        return False
    return bool(np_neutralise(u.shape[0], z.shape[0], &u[0, 0], &capacity[0, 0], &z[0], &fixed[0]))
