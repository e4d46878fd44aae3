"""Residual, Jacobian, factorisation and Newton update of a chain of nodes, for one case at a time.

The terms of all edges come first, in loops over contiguous edges; the block-tridiagonal system is then assembled node
by node while it is eliminated (block LU of G. H. Golub and C. F. Van Loan, Matrix Computations, 4th ed., section 4.5.1,
from both ends at once).
"""

import numpy as np


cdef extern from "update.h" nogil:
    Py_ssize_t np_update(Py_ssize_t n, int m, const double* u, const double* du, double* out,
                         const unsigned char* positive, double potential_limit, double* norms)


cdef extern from "flux.h" nogil:
    void np_bernoulli_array(Py_ssize_t count, const double* x, double* plus, double* minus, double* slope)
    void np_flux_terms(Py_ssize_t count, int sign, double charge, const double* coefficient, const double* w_lower,
                       const double* w_upper, const double* plus, const double* minus, const double* slope, double* flux,
                       double* by_lower, double* by_upper, double* by_potential)
    void np_flux_values(Py_ssize_t count, int sign, const double* coefficient, const double* w_lower,
                        const double* w_upper, const double* plus, const double* minus, double* flux)


cdef extern from "chain.h" nogil:
    ctypedef struct np_chain:
        Py_ssize_t nodes
        int species
        const double* charge
        const double* in_lower
        const double* in_upper
        const double* by_lower
        const double* by_upper
        const double* by_potential
        const double* dielectric
        const double* capacity
        const double* robin
        const unsigned char* has_fixed
        const unsigned char* fixed
        double shift
    ctypedef struct np_factors:
        double* lu
        double* x
        double* low
        double* up
    double np_eliminate(int m, const np_chain* chain, const np_factors* factors, double* rhs)
    void np_solve_chain(int m, Py_ssize_t n, const np_factors* factors, double* rhs)
    void np_substitute(int m, Py_ssize_t n, const np_factors* factors, double* rhs)


cdef class Chain:
    """Nernst-Planck-Poisson equations on nodes 0 ... n - 1, joined by edges (e, e + 1) (everything dimensionless).

    Parameters
    ----------
    coefficient : (n_species, n_edges) float64
        Mobility times area over length.
    dielectric : (n_edges,) float64
        Permittivity times area over length.
    offset : (n_classes, n_edges) float64, or (0, 0)
        Imposed velocity times length over diffusivity, from the lower to the upper node.
    species_class, species_sign : (n_species,) int32
        As for `EdgeFlux`.
    class_charge : (n_classes,) float64
    charge : (n_species,) float64
    capacity : (n_nodes, n_species) float64
    fixed_charge : (n_nodes,) float64
    source : (n_nodes, n_species + 1) float64
        `fixed_charge` and `source` are read at every call: the caller may change them in place.
    fixed : (n_nodes, n_species + 1) uint8
        Unknowns with a given value.
    positive : (n_nodes, n_species + 1) uint8
        Unknowns that the Newton update keeps positive.

    Attributes
    ----------
    arrays : tuple
        coefficient, dielectric, offset, capacity, fixed_charge, source; capacitances to outer potentials and those times
        the potentials, both (n_nodes,).
    structure : dict
        What chains must share that are solved together, except for nodes and rows of given values.
    key : tuple
        Equal where all of that is equal.
    """

    cdef const double[:, ::1] coefficient
    cdef const double[::1] dielectric
    cdef const double[:, ::1] offset
    cdef const int[::1] species_class
    cdef const int[::1] species_sign
    cdef const double[::1] class_charge
    cdef const double[::1] charge
    cdef const double[:, ::1] capacity
    cdef const double[::1] fixed_charge
    cdef const double[:, ::1] source
    cdef const unsigned char[:, ::1] fixed
    cdef const unsigned char[:, ::1] positive
    cdef unsigned char[::1] has_fixed
    cdef double[::1] robin
    cdef double[::1] outer
    cdef double[::1] in_lower
    cdef double[::1] in_upper
    cdef double[:, ::1] by_lower
    cdef double[:, ::1] by_upper
    cdef double[:, ::1] by_potential
    cdef double[:, ::1] flux
    cdef double[::1] padded_dielectric
    cdef double[:, ::1] nodal
    cdef double[::1] drop
    cdef double[:, ::1] plus
    cdef double[:, ::1] minus
    cdef double[:, ::1] slope
    cdef double[::1] lu
    cdef double[::1] x
    cdef double[::1] low
    cdef double[::1] up
    cdef double[::1] rhs
    cdef Py_ssize_t n
    cdef int ns
    cdef int classes
    cdef readonly tuple arrays  # what a batch takes over
    cdef readonly dict structure
    cdef readonly tuple key

    def __init__(self, *, coefficient, dielectric, offset, species_class, species_sign, class_charge, charge, capacity,
                 fixed_charge, source, fixed, positive):
        self.coefficient, self.dielectric, self.offset = coefficient, dielectric, offset
        self.species_class, self.species_sign, self.class_charge = species_class, species_sign, class_charge
        self.charge, self.capacity, self.fixed_charge, self.source = charge, capacity, fixed_charge, source
        self.fixed, self.positive = fixed, positive
        self.has_fixed = np.any(fixed, axis=1).astype(np.uint8)
        self.n, self.ns, self.classes = capacity.shape[0], capacity.shape[1], class_charge.shape[0]
        n, ns, m = self.n, self.ns, self.ns + 1
        if n < 2 or coefficient.shape[1] != n - 1:
            raise ValueError("a chain needs two nodes, and an edge between every two neighbours")
        self.robin, self.outer = np.zeros(n), np.zeros(n)
        self.in_lower, self.in_upper = np.ones(ns), np.ones(ns)
        self.by_lower, self.by_upper = np.zeros((ns, n + 1)), np.zeros((ns, n + 1))
        self.by_potential, self.flux = np.zeros((ns, n + 1)), np.zeros((ns, n + 1))
        self.padded_dielectric = np.pad(np.asarray(dielectric, dtype=float), 1)
        self.nodal, self.drop = np.zeros((m, n)), np.zeros(n + 1)
        self.plus, self.minus, self.slope = (np.zeros((self.classes, n - 1)) for _ in range(3))
        self.lu, self.x = np.zeros(n * m * m), np.zeros(n * m * m)
        self.low, self.up = np.zeros(n * (2 * m - 1)), np.zeros(n * (2 * m - 1))
        self.rhs = np.zeros(n * m)
        self.arrays = (
            coefficient, dielectric, offset, capacity, fixed_charge, source, np.asarray(self.robin), np.asarray(self.outer)
        )
        self.structure = {
            "species_class": species_class, "species_sign": species_sign, "class_charge": class_charge, "charge": charge,
            "positive": positive, "with_offset": offset.size > 0,
        }
        self.key = (n, offset.size > 0, np.asarray(charge).tobytes(), np.asarray(fixed).tobytes())

    def set_outer_potentials(self, const int[::1] node, const double[::1] capacitance, const double[::1] potential):
        """Capacitances (times area) that join nodes to given potentials."""
        cdef Py_ssize_t j
        self.robin[:] = 0.0
        self.outer[:] = 0.0
        for j in range(node.shape[0]):
            self.robin[node[j]] += capacitance[j]
            self.outer[node[j]] += capacitance[j] * potential[j]

    cdef void edge_terms(self, const double* u, bint derivatives) noexcept nogil:
        """Fluxes of all edges, and their derivatives."""
        cdef Py_ssize_t k, n = self.n, edges = self.n - 1
        cdef int i, c, ns = self.ns, m = self.ns + 1
        cdef double z
        cdef double* argument = &self.rhs[0]
        for k in range(n):
            for i in range(m):
                self.nodal[i, k] = u[k * m + i]
        for k in range(edges):
            self.drop[k + 1] = self.nodal[ns, k + 1] - self.nodal[ns, k]
        for c in range(self.classes):
            z = self.class_charge[c]
            if self.offset.shape[0] > 0:
                for k in range(edges):
                    argument[k] = z * self.drop[k + 1] - self.offset[c, k]
            else:
                for k in range(edges):
                    argument[k] = z * self.drop[k + 1]
            np_bernoulli_array(edges, argument, &self.plus[c, 0], &self.minus[c, 0], &self.slope[c, 0])
        for i in range(ns):
            c = self.species_class[i]
            if derivatives:
                np_flux_terms(edges, self.species_sign[i], self.charge[i], &self.coefficient[i, 0], &self.nodal[i, 0],
                              &self.nodal[i, 1], &self.plus[c, 0], &self.minus[c, 0], &self.slope[c, 0],
                              &self.flux[i, 1], &self.by_lower[i, 1], &self.by_upper[i, 1], &self.by_potential[i, 1])
            else:
                np_flux_values(edges, self.species_sign[i], &self.coefficient[i, 0], &self.nodal[i, 0],
                               &self.nodal[i, 1], &self.plus[c, 0], &self.minus[c, 0], &self.flux[i, 1])

    cdef void sum_balances(self, double* out) noexcept nogil:
        """Balance of every node from the edge terms."""
        cdef Py_ssize_t k, n = self.n
        cdef int i, ns = self.ns, m = self.ns + 1
        cdef double q
        for k in range(n):
            q = self.fixed_charge[k] + self.source[k, ns] + self.outer[k] - self.robin[k] * self.nodal[ns, k]
            for i in range(ns):
                out[k * m + i] = (self.in_lower[i] * self.flux[i, k + 1] - self.in_upper[i] * self.flux[i, k]
                                  - self.source[k, i])
                q = q + self.charge[i] * self.capacity[k, i] * self.nodal[i, k]
            out[k * m + ns] = (self.padded_dielectric[k] * self.drop[k]
                               - self.padded_dielectric[k + 1] * self.drop[k + 1] - q)

    cdef void use_sides(self, const unsigned char[::1] sides) noexcept:
        cdef int i
        for i in range(self.ns):
            self.in_lower[i] = 1.0 if sides is None or sides[i] & 1 else 0.0
            self.in_upper[i] = 1.0 if sides is None or sides[i] & 2 else 0.0

    cdef bint factorise(self, double shift, double* rhs) noexcept nogil:
        """Whether all pivots are finite; `rhs` (may be NULL) is reduced on the way."""
        cdef np_chain c
        cdef np_factors f
        c.nodes, c.species, c.shift = self.n, self.ns, shift
        c.charge, c.in_lower, c.in_upper = &self.charge[0], &self.in_lower[0], &self.in_upper[0]
        c.by_lower, c.by_upper = &self.by_lower[0, 0], &self.by_upper[0, 0]
        c.by_potential, c.dielectric = &self.by_potential[0, 0], &self.padded_dielectric[0]
        c.capacity, c.robin = &self.capacity[0, 0], &self.robin[0]
        c.has_fixed, c.fixed = &self.has_fixed[0], &self.fixed[0, 0]
        f.lu, f.x, f.low, f.up = &self.lu[0], &self.x[0], &self.low[0], &self.up[0]
        return np_eliminate(self.ns + 1, &c, &f, rhs) == 0.0

    def balances(self, const double[::1] u, double[::1] out):
        """Balance of every node, before rows of given values replace any.

        Parameters
        ----------
        u : (>= n_nodes * m,) float64
        out : (>= n_nodes * m,) float64
        """
        self.use_sides(None)
        with nogil:
            self.edge_terms(&u[0], False)
            self.sum_balances(&out[0])

    def linearise(self, const double[::1] u, double shift, const unsigned char[::1] sides=None, double[::1] out=None):
        """Factorise ``shift * storage + d(balances)/du`` with rows of given values; balances into `out`.

        Parameters
        ----------
        u, out : (>= n_nodes * m,) float64
        shift : float
        sides : (n_species,) uint8, optional
            As for `EdgeFlux.assemble`.

        Returns
        -------
        bool
            False where a pivot is zero or not finite: the factors are of no use.
        """
        cdef bint good
        self.use_sides(sides)
        with nogil:
            self.edge_terms(&u[0], True)
            if out is not None:
                self.sum_balances(&out[0])
            good = self.factorise(shift, NULL)
        return good

    def terms(self, const double[::1] u):
        """Fluxes of all edges and their derivatives: what `linearise` does before it eliminates, and `weigh` uses.

        Parameters
        ----------
        u : (>= n_nodes * m,) float64
        """
        with nogil:
            self.edge_terms(&u[0], True)

    def solve(self, double[::1] b):
        """Overwrite `b` ((>= n_nodes * m,) float64) with the solution for the last factors."""
        cdef np_factors f
        f.lu, f.x, f.low, f.up = &self.lu[0], &self.x[0], &self.low[0], &self.up[0]
        with nogil:
            np_solve_chain(self.ns + 1, self.n, &f, &b[0])

    def weigh(self, const double[:, ::1] weights, double[::1] row):
        """row = derivative of sum(weights * balances of species) by u, from the terms of the last linearisation.

        Parameters
        ----------
        weights : (n_nodes, n_species) float64
        row : (n_nodes * m,) float64, output
        """
        cdef Py_ssize_t k
        cdef int i, ns = self.ns, m = self.ns + 1
        cdef double q
        row[:] = 0.0
        with nogil:
            for k in range(self.n - 1):
                for i in range(ns):
                    q = self.in_lower[i] * weights[k, i] - self.in_upper[i] * weights[k + 1, i]
                    if q != 0.0:
                        row[k * m + i] += q * self.by_lower[i, k + 1]
                        row[(k + 1) * m + i] += q * self.by_upper[i, k + 1]
                        row[k * m + ns] -= q * self.by_potential[i, k + 1]
                        row[(k + 1) * m + ns] += q * self.by_potential[i, k + 1]

    def newton(self, const double[::1] u, const double[::1] given, const int[::1] given_row,
               const unsigned char[::1] sides, double shift, const double[::1] storage, double potential_limit,
               double[::1] out, double[::1] norms):
        """One Newton step for ``balances + shift * storage = 0`` with rows of given values, limited as in `update`.

        Parameters
        ----------
        u, out : (n_nodes * m,) float64
            Present and next iterate.
        given, given_row : (n_rows,) float64 and int32
            Values and their unknowns.
        sides : (n_species,) uint8 or None
        shift : float
        storage : (n_nodes * m,) float64 or None
        potential_limit : float
        norms : (3,) float64, output
            As of `update`.

        Returns
        -------
        int
            0, or 1 where a pivot is zero or not finite, or 2 where the update is not finite.
        """
        cdef Py_ssize_t j, count = self.n * (self.ns + 1)
        cdef int m = self.ns + 1
        cdef np_factors f
        cdef double* rhs = &self.rhs[0]
        cdef Py_ssize_t bad
        f.lu, f.x, f.low, f.up = &self.lu[0], &self.x[0], &self.low[0], &self.up[0]
        self.use_sides(sides)
        with nogil:
            self.edge_terms(&u[0], True)
            self.sum_balances(rhs)
            if storage is not None:
                for j in range(count):
                    rhs[j] = -rhs[j] - shift * storage[j]
            else:
                for j in range(count):
                    rhs[j] = -rhs[j]
            for j in range(given_row.shape[0]):
                rhs[given_row[j]] = given[j] - u[given_row[j]]
            if not self.factorise(shift, rhs):
                with gil:
                    return 1
            np_substitute(m, self.n, &f, rhs)
            bad = np_update(self.n, m, &u[0], rhs, &out[0], &self.positive[0, 0], potential_limit, &norms[0])
        return 0 if bad < 0 else 2
