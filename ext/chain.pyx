"""Residual, Jacobian, factorisation and Newton update of a chain of nodes, for one case at a time.

The terms of all edges come first, in loops over contiguous edges; the block-tridiagonal system is then assembled node
by node while it is eliminated (block LU of G. H. Golub and C. F. Van Loan, Matrix Computations, 4th ed., section 4.5.1,
from both ends at once).
"""

import sys

import numpy as np

from cpython.pycapsule cimport PyCapsule_New


cdef extern from "update.h" nogil:
    Py_ssize_t np_update(Py_ssize_t n, int m, const double* u, const double* du, double* out,
                         const unsigned char* positive, double potential_limit, double* norms)


cdef extern from "chain_edges.h" nogil:
    ctypedef struct np_chain_edges:
        Py_ssize_t nodes
        Py_ssize_t stride
        int species
        int classes
        const int* species_class
        const int* species_sign
        const double* class_charge
        const double* charge
        const double* coefficient
        const double* offset
        double* flux
        double* by_lower
        double* by_upper
        double* by_potential
    void np_chain_fluxes(const np_chain_edges* edges, const double* u)
    void np_chain_flux_terms(const np_chain_edges* edges, const double* u)


cdef extern from "chain.h" nogil:
    ctypedef struct np_chain:
        Py_ssize_t nodes
        Py_ssize_t stride
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
    ctypedef struct np_chain_data:
        Py_ssize_t nodes
        Py_ssize_t rows
        int species
        int classes
        const double* coefficient
        const double* dielectric
        const double* offset
        const double* capacity
        const double* fixed_charge
        const double* source
        const double* robin
        const double* outer
        const double* given
        const int* given_row
        const double* neutralised
        int has_source
        int has_outer
    void np_chain_balances(int m, const np_chain* chain, const np_chain_data* data, const double* flux, const double* u,
                           double sign, double* out)
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
    given : (n_rows,) float64
        Values of the unknowns that have given ones; read at every call, too.
    given_row : (n_rows,) int32
        Which unknowns these are.
    positive : (n_nodes, n_species + 1) uint8
        Unknowns that the Newton update keeps positive.
    neutralised : (n_nodes,) float64
        Fixed charge that a locally neutral start balances.

    Attributes
    ----------
    data : capsule
        ``np_chain_data`` of chain.h, as long as the chain lives: what a batch takes over.
    structure : dict
        What chains must share that are solved together, except for nodes and rows of given values.
    key : str
        The same object where all of that is equal.
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
    cdef const double[::1] given
    cdef const int[::1] given_row
    cdef const double[::1] neutralised
    cdef unsigned char[:, ::1] fixed
    cdef const unsigned char[:, ::1] positive
    cdef unsigned char[::1] has_fixed
    cdef double[::1] robin
    cdef double[::1] outer
    cdef double[::1] in_lower
    cdef double[::1] in_upper
    cdef double[::1] edge_room
    cdef Py_ssize_t stride
    cdef double* flux
    cdef double* by_lower
    cdef double* by_upper
    cdef double* by_potential
    cdef double[::1] padded_dielectric
    cdef double[::1] lu
    cdef double[::1] x
    cdef double[::1] low
    cdef double[::1] up
    cdef double[::1] rhs
    cdef Py_ssize_t n
    cdef int ns
    cdef int classes
    cdef np_chain_data pointers
    cdef readonly object data
    cdef readonly dict structure
    cdef readonly str key

    def __init__(self, *, coefficient, dielectric, offset, species_class, species_sign, class_charge, charge, capacity,
                 fixed_charge, source, given, given_row, positive, neutralised):
        self.coefficient, self.dielectric, self.offset = coefficient, dielectric, offset
        self.species_class, self.species_sign, self.class_charge = species_class, species_sign, class_charge
        self.charge, self.capacity, self.fixed_charge, self.source = charge, capacity, fixed_charge, source
        self.given, self.given_row, self.positive, self.neutralised = given, given_row, positive, neutralised
        self.n, self.ns, self.classes = capacity.shape[0], capacity.shape[1], class_charge.shape[0]
        n, ns, m = self.n, self.ns, self.ns + 1
        if n < 2 or coefficient.shape[1] != n - 1:
            raise ValueError("a chain needs two nodes, and an edge between every two neighbours")
        fixed = np.zeros((n, m), dtype=np.uint8)
        fixed.ravel()[given_row] = 1
        self.fixed, self.has_fixed = fixed, fixed.any(axis=1).view(np.uint8)
        self.robin, self.outer = np.zeros(n), np.zeros(n)
        self.in_lower, self.in_upper = np.ones(ns), np.ones(ns)
        self.stride = (n + 8) // 8 * 8
        self.stride += 8 * (self.stride % 512 == 0)  # rows one page apart would share sets of the cache
        self.set_edge_room()
        self.padded_dielectric = np.pad(np.asarray(dielectric, dtype=float), 1)
        self.lu, self.x = np.zeros(n * m * m), np.zeros(n * m * m)
        self.low, self.up = np.zeros(n * (2 * m - 1)), np.zeros(n * (2 * m - 1))
        self.rhs = np.zeros(n * m)
        self.structure = {
            "species_class": species_class, "species_sign": species_sign, "class_charge": class_charge, "charge": charge,
            "positive": positive, "with_offset": offset.size > 0,
        }
        rows = np.asarray(given_row).tobytes().hex()
        self.key = sys.intern(f"{n} {offset.size > 0} {np.asarray(charge).tobytes().hex()} {rows}")
        self.point()

    cdef void point(self):
        cdef np_chain_data* p = &self.pointers
        p.nodes, p.rows, p.species, p.classes = self.n, self.given_row.shape[0], self.ns, self.classes
        p.coefficient, p.dielectric, p.capacity = &self.coefficient[0, 0], &self.dielectric[0], &self.capacity[0, 0]
        p.offset = &self.offset[0, 0] if self.offset.shape[0] > 0 else NULL
        p.fixed_charge, p.source = &self.fixed_charge[0], &self.source[0, 0]
        p.robin, p.outer, p.neutralised = &self.robin[0], &self.outer[0], &self.neutralised[0]
        p.given = &self.given[0] if self.given.shape[0] > 0 else NULL
        p.given_row = &self.given_row[0] if self.given.shape[0] > 0 else NULL
        p.has_source, p.has_outer = True, False
        self.data = PyCapsule_New(p, "npsolver.chain", NULL)

    def set_has_source(self, bint has_source):
        """Tell whether there is anything in `source`."""
        self.pointers.has_source = has_source

    def set_outer_potentials(self, const int[::1] node, const double[::1] capacitance, const double[::1] potential):
        """Capacitances (times area) that join nodes to given potentials."""
        cdef Py_ssize_t j
        self.robin[:] = 0.0
        self.outer[:] = 0.0
        self.pointers.has_outer = node.shape[0] > 0
        for j in range(node.shape[0]):
            self.robin[node[j]] += capacitance[j]
            self.outer[node[j]] += capacitance[j] * potential[j]

    cdef void set_edge_room(self):
        """Arrays [species][edge] with an edge of zeros at both ends, whose edge 1 is on a boundary of 64 bytes."""
        cdef Py_ssize_t size = self.ns * self.stride
        whole = np.zeros(4 * size + 8)
        self.edge_room = whole[(-(whole.ctypes.data + 8) % 64) // 8:]
        self.flux, self.by_lower = &self.edge_room[0], &self.edge_room[size]
        self.by_upper, self.by_potential = &self.edge_room[2 * size], &self.edge_room[3 * size]

    cdef void edge_terms(self, const double* u, bint derivatives) noexcept nogil:
        """Fluxes of all edges, and their derivatives."""
        cdef np_chain_edges x
        x.nodes, x.stride, x.species, x.classes = self.n, self.stride, self.ns, self.classes
        x.species_class, x.species_sign = &self.species_class[0], &self.species_sign[0]
        x.class_charge, x.charge = &self.class_charge[0], &self.charge[0]
        x.coefficient, x.offset = &self.coefficient[0, 0], self.pointers.offset
        x.flux, x.by_lower, x.by_upper, x.by_potential = self.flux, self.by_lower, self.by_upper, self.by_potential
        if derivatives:
            np_chain_flux_terms(&x, u)
        else:
            np_chain_fluxes(&x, u)

    cdef void sum_balances(self, const double* u, double sign, double* out) noexcept nogil:
        """`sign` times the balance of every node from the edge terms."""
        cdef np_chain c = self.chain(0.0)
        np_chain_balances(self.ns + 1, &c, &self.pointers, self.flux, u, sign, out)

    cdef void use_sides(self, const unsigned char[::1] sides) noexcept:
        cdef int i
        for i in range(self.ns):
            self.in_lower[i] = 1.0 if sides is None or sides[i] & 1 else 0.0
            self.in_upper[i] = 1.0 if sides is None or sides[i] & 2 else 0.0

    cdef np_chain chain(self, double shift) noexcept nogil:
        cdef np_chain c
        c.nodes, c.stride, c.species, c.shift = self.n, self.stride, self.ns, shift
        c.charge, c.in_lower, c.in_upper = &self.charge[0], &self.in_lower[0], &self.in_upper[0]
        c.by_lower, c.by_upper = self.by_lower, self.by_upper
        c.by_potential, c.dielectric = self.by_potential, &self.padded_dielectric[0]
        c.capacity, c.robin = &self.capacity[0, 0], &self.robin[0]
        c.has_fixed, c.fixed = &self.has_fixed[0], &self.fixed[0, 0]
        return c

    cdef bint factorise(self, double shift, double* rhs) noexcept nogil:
        """Whether all pivots are finite; `rhs` (may be NULL) is reduced on the way."""
        cdef np_chain c = self.chain(shift)
        cdef np_factors f
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
            self.sum_balances(&u[0], 1.0, &out[0])

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
                self.sum_balances(&u[0], 1.0, &out[0])
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
        cdef Py_ssize_t k, at
        cdef int i, ns = self.ns, m = self.ns + 1
        cdef double q
        row[:] = 0.0
        with nogil:
            for k in range(self.n - 1):
                for i in range(ns):
                    q = self.in_lower[i] * weights[k, i] - self.in_upper[i] * weights[k + 1, i]
                    if q != 0.0:
                        at = i * self.stride + k + 1
                        row[k * m + i] += q * self.by_lower[at]
                        row[(k + 1) * m + i] += q * self.by_upper[at]
                        row[k * m + ns] -= q * self.by_potential[at]
                        row[(k + 1) * m + ns] += q * self.by_potential[at]

    def newton(self, const double[::1] u, const unsigned char[::1] sides, double shift, const double[::1] storage,
               double potential_limit, double[::1] out, double[::1] norms):
        """One Newton step for ``balances + shift * storage = 0`` with rows of given values, limited as in `update`.

        Parameters
        ----------
        u, out : (n_nodes * m,) float64
            Present and next iterate.
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
            self.sum_balances(&u[0], -1.0, rhs)
            if storage is not None:
                for j in range(count):
                    rhs[j] = rhs[j] - shift * storage[j]
            for j in range(self.given_row.shape[0]):
                rhs[self.given_row[j]] = self.given[j] - u[self.given_row[j]]
            if not self.factorise(shift, rhs):
                with gil:
                    return 1
            np_substitute(m, self.n, &f, rhs)
            bad = np_update(self.n, m, &u[0], rhs, &out[0], &self.positive[0, 0], potential_limit, &norms[0])
        return 0 if bad < 0 else 2
