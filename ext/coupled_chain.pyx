"""Newton's method for a chain of nodes whose species act on each other, by any edge kernel that says what edges carry."""

import numpy as np

from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdlib cimport calloc, free


cdef extern from "update.h" nogil:
    Py_ssize_t np_update(Py_ssize_t n, int m, const double* u, const double* du, double* out,
                         const unsigned char* positive, double potential_limit, double* norms)


cdef extern from "carried.h" nogil:
    ctypedef struct np_carried:
        double* flow
        double* by_lower
        double* by_upper
    ctypedef struct np_carrier:
        Py_ssize_t at_once


cdef extern from "coupled_chain.h" nogil:
    ctypedef struct np_coupled:
        Py_ssize_t nodes
        int species
        const double* charge
        const double* capacity
        const double* robin
        const unsigned char* has_fixed
        const unsigned char* fixed
        double shift
        double* blocks
        unsigned char* pivot
        int keep
        double* x
    ctypedef struct np_coupled_room:
        np_carried down
        np_carried up
    void np_coupled_spread(const np_coupled* chain, const double* u, double* smallest, double* largest)
    ctypedef struct np_coupled_part:
        Py_ssize_t first
        Py_ssize_t end
        const np_carrier* carrier
    Py_ssize_t np_coupled_solve(const np_coupled* chain, const np_coupled_part* parts, Py_ssize_t n_parts, Py_ssize_t most,
                                const double* u, const double* excess, const double* slope, const np_coupled_room* room)


cdef class CoupledChain:
    """Nodes 0 ... n - 1, joined by edges (e, e + 1) (everything dimensionless).

    Parameters
    ----------
    edges : sequence of (int, kernel)
        How many edges follow of which kernel: an object with a `carrier`, such as `CrossFlux`, for all that edges do.
    charge : (n_species,) float64
    capacity : (n_nodes, n_species) float64
    fixed_charge : (n_nodes,) float64
    source : (n_nodes, m) float64
        `fixed_charge` and `source` are read at every call: the caller may change them in place.
    given : (n_rows,) float64
        Values of the unknowns that have given ones; read at every call, too.
    given_row : (n_rows,) int32
        Which unknowns these are.
    positive : (n_nodes, m) uint8
        Unknowns that the Newton update keeps positive.
    blocks : (3 n_nodes - 2, m, m) float64
    pivot : (n_nodes, m) uint8
        Where the factors go, as of `block_tridiagonal.factor`.
    """

    cdef object edges
    cdef np_coupled_part* parts
    cdef Py_ssize_t n_parts
    cdef Py_ssize_t at_once
    cdef const double[::1] charge
    cdef const double[:, ::1] capacity
    cdef const double[::1] fixed_charge
    cdef const double[:, ::1] source
    cdef const double[::1] given
    cdef const int[::1] given_row
    cdef unsigned char[:, ::1] fixed
    cdef unsigned char[::1] has_fixed
    cdef const unsigned char[:, ::1] positive
    cdef double[:, :, ::1] blocks
    cdef unsigned char[:, ::1] pivot
    cdef double[::1] robin
    cdef double[::1] outer
    cdef double[::1] rhs
    cdef double[::1] spare
    cdef np_coupled chain
    cdef np_coupled_room room
    cdef int m

    def __init__(self, *, edges, charge, capacity, fixed_charge, source, given, given_row, positive, blocks, pivot):
        cdef np_coupled* c = &self.chain
        self.charge, self.capacity, self.fixed_charge, self.source = charge, capacity, fixed_charge, source
        self.set_parts(tuple(edges))
        self.given, self.given_row, self.positive = given, given_row, positive
        self.blocks, self.pivot = blocks, pivot
        self.m = self.capacity.shape[1] + 1
        n, m = self.capacity.shape[0], self.m
        if n < 2 or self.blocks.shape[0] != 3 * n - 2 or self.blocks.shape[1] != m or self.pivot.shape[0] != n:
            raise ValueError("a chain needs two nodes, and blocks and pivots as many as it has")
        fixed = np.zeros((n, m), dtype=np.uint8)
        fixed.ravel()[given_row] = 1
        self.fixed, self.has_fixed = fixed, fixed.any(axis=1).view(np.uint8)
        self.robin, self.outer, self.rhs = np.zeros(n), np.zeros(n), np.zeros(n * m)
        c.nodes, c.species, c.charge, c.capacity = n, m - 1, &self.charge[0], &self.capacity[0, 0]
        c.robin, c.has_fixed, c.fixed = &self.robin[0], &self.has_fixed[0], &self.fixed[0, 0]
        c.blocks, c.pivot, c.x = &self.blocks[0, 0, 0], &self.pivot[0, 0], &self.rhs[0]
        self.set_room()

    def __dealloc__(self):
        free(self.parts)

    cdef int set_parts(self, tuple edges) except -1:
        """Carriers of the edges from the first on."""
        cdef Py_ssize_t p, end = 0
        self.edges, self.n_parts, self.at_once = edges, len(edges), 0
        self.parts = <np_coupled_part*> calloc(len(edges), sizeof(np_coupled_part))
        if self.parts == NULL:
            raise MemoryError()
        for p in range(self.n_parts):
            count, kernel = edges[p]
            part = self.parts + p
            part.first, part.end = end, end + <Py_ssize_t> count
            part.carrier = <const np_carrier*> PyCapsule_GetPointer(kernel.carrier, "npsolver.carrier")
            end = part.end
            if self.at_once == 0 or part.carrier.at_once < self.at_once:
                self.at_once = part.carrier.at_once
        if end != self.capacity.shape[0] - 1:
            raise ValueError(f"a chain of {self.capacity.shape[0]} nodes has one edge less, got kernels for {end}")
        return 0

    cdef void set_room(self):
        """Arrays for what the edges of two groups carry."""
        cdef Py_ssize_t size = self.at_once + 1, m = self.m
        self.spare = np.zeros(2 * size * m * (1 + 2 * m))
        cdef double* at = &self.spare[0]
        for carried in range(2):
            to = &self.room.up if carried else &self.room.down
            to.flow, to.by_lower, to.by_upper = at, at + size * m, at + size * m * (1 + m)
            at += size * m * (1 + 2 * m)

    def set_outer_potentials(self, const int[::1] node, const double[::1] capacitance, const double[::1] potential):
        """Capacitances (times area) that join nodes to given potentials."""
        cdef Py_ssize_t j
        self.robin[:] = 0.0
        self.outer[:] = 0.0
        for j in range(node.shape[0]):
            self.robin[node[j]] += capacitance[j]
            self.outer[node[j]] += capacitance[j] * potential[j]

    def spread(self, const double[::1] u):
        """Smallest and largest concentration that is not given.

        Parameters
        ----------
        u : (>= n_nodes * m,) float64
        """
        cdef double smallest, largest
        with nogil:
            np_coupled_spread(&self.chain, &u[0], &smallest, &largest)
        return smallest, largest

    def newton(self, const double[::1] u, double shift, const double[::1] storage, const double[:, ::1] excess,
               const double[:, :, ::1] slope, double potential_limit, double[::1] out, double[::1] norms):
        """One Newton step for ``balances + shift * storage = 0`` with rows of given values, limited as in `update`.

        Parameters
        ----------
        u, out : (n_nodes * m,) float64
            Present and next iterate.
        shift : float
        storage : (n_nodes * m,) float64 or None
        excess, slope : (n_nodes, n_species) and (n_nodes, n_species, n_species) float64, or None
            Excess potentials over RT and their derivatives.
        potential_limit : float
        norms : (3,) float64, output
            As of `update`.

        Returns
        -------
        int
            0, or 1 where a block is singular or not finite, or 2 where the update is not finite.
        """
        cdef Py_ssize_t k, bad
        cdef int i, ns = self.m - 1, m = self.m
        cdef double charge
        with nogil:
            for k in range(self.chain.nodes):
                charge = self.fixed_charge[k] + self.outer[k] - self.robin[k] * u[k * m + ns]
                for i in range(ns):
                    charge = charge + self.charge[i] * self.capacity[k, i] * u[k * m + i]
                    self.rhs[k * m + i] = self.source[k, i]
                self.rhs[k * m + ns] = charge + self.source[k, ns]
            if storage is not None:
                for k in range(self.chain.nodes * m):
                    self.rhs[k] = self.rhs[k] - shift * storage[k]
            for k in range(self.given_row.shape[0]):
                self.rhs[self.given_row[k]] = self.given[k] - u[self.given_row[k]]
        if not self.solve_at(u, shift, excess, slope, False):
            return 1
        with nogil:
            bad = np_update(self.chain.nodes, m, &u[0], &self.rhs[0], &out[0], &self.positive[0, 0], potential_limit,
                            &norms[0])
        return 0 if bad < 0 else 2

    def factorise(self, const double[::1] u, double shift, const double[:, ::1] excess, const double[:, :, ::1] slope):
        """Factors of ``shift * storage + d(balances)/du`` with rows of given values; False where a block is singular."""
        self.rhs[:] = 0.0
        return self.solve_at(u, shift, excess, slope, True)

    cdef bint solve_at(self, const double[::1] u, double shift, const double[:, ::1] excess,
                       const double[:, :, ::1] slope, bint keep):
        cdef const double* mu = NULL
        cdef const double* mu_slope = NULL
        cdef Py_ssize_t failed
        if excess is not None:
            mu = &excess[0, 0]
        if slope is not None:
            mu_slope = &slope[0, 0, 0]
        self.chain.shift, self.chain.keep = shift, keep
        with nogil:
            failed = np_coupled_solve(&self.chain, self.parts, self.n_parts, self.at_once, &u[0], mu, mu_slope, &self.room)
        return failed < 0
