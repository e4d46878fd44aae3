"""Newton's method for several chains of nodes of the same structure at once, one in every lane of vector registers."""

import numpy as np

from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.math cimport INFINITY, fabs, log
from libc.stdint cimport int64_t
from libc.string cimport memcpy


cdef extern from "chain_lanes.h" nogil:
    ctypedef struct np_chain_data:
        Py_ssize_t nodes
        Py_ssize_t rows
        int species
        int classes
        const double* offset
        const double* capacity
        const double* given
        const double* neutralised
    ctypedef struct np_lane_chains:
        Py_ssize_t nodes
        int lanes
        int species
        int classes
        const int* species_class
        const int* species_sign
        const double* class_charge
        const double* charge
        const double* in_lower
        const double* in_upper
        const unsigned char* has_fixed
        const unsigned char* fixed
        const unsigned char* positive
        const int* place
        double* coefficient
        double* offset
        double* dielectric
        double* capacity
        double* robin
        double* supply
        double* given
        double* now
        double* next
        double* x
        double* block
        double* rhs
        int64_t* active
        double* w_norm
        double* phi_norm
        double* limited
        double* bad_pivot
        double* bad_change
        double potential_limit
        int* has_supply
        int supplied
        Py_ssize_t rows
    void np_fetch_chain(const np_chain_data* chain, const double* u)
    void np_lane_load(np_lane_chains* chains, int lane, const np_chain_data* chain, const double* u)
    void np_lane_unload(const np_lane_chains* chains, int lane, double* u)
    void np_lane_newton(const np_lane_chains* chains)
    int np_has_lanes(int lanes)
    int np_best_lanes()


cdef extern from "neutral.h" nogil:
    int np_neutralise(Py_ssize_t n, int ns, double* u, const double* capacity, const double* z, const double* fixed)


# what became of a lane: still iterating; converged; a zero pivot; an update that is not finite; no convergence within the
# allowed iterations; updates that no longer fall, so that the residual must decide
RUNNING, CONVERGED, SINGULAR, NOT_FINITE, EXHAUSTED, STAGNANT = range(6)

cdef enum:
    _RUNNING
    _CONVERGED
    _SINGULAR
    _NOT_FINITE
    _EXHAUSTED
    _STAGNANT


def best_lanes():
    """Number of lanes that suits this processor; 1 where several bring nothing."""
    return np_best_lanes()


def has_lanes(int lanes):
    """Whether there is code for so many lanes that this processor can run."""
    return bool(np_has_lanes(lanes))


cdef class ChainBatch:
    """Room for several chains with the same nodes, species, rows of given values and sides of balances.

    Parameters
    ----------
    lanes : int
        1, 4 or 8.
    n_nodes : int
    species_class, species_sign, class_charge, charge
        As for `Chain`.
    row : (n_rows,) int32
        Unknowns with given values.
    positive : (n_nodes, n_species + 1) uint8
    sides : (n_species,) uint8 or None
    with_offset : bool
        Whether a velocity is imposed.
    potential_limit : float
    """

    cdef np_lane_chains chains
    cdef readonly int lanes
    cdef Py_ssize_t n
    cdef int ns
    cdef bint with_offset
    cdef list opposite  # rows of a species' concentrations and of the potentials at both ends, and its charge
    cdef object kept  # arrays that the pointers of `chains` point into
    cdef double[::1] start
    cdef int[::1] row
    cdef double[::1] before
    cdef double[::1] best
    cdef int[::1] count
    cdef int[::1] status
    cdef double[:, ::1] history

    def __init__(self, int lanes, int n_nodes, *, species_class, species_sign, class_charge, charge, row, positive, sides,
                 bint with_offset, double potential_limit):
        if not np_has_lanes(lanes):
            raise ValueError(f"no code for {lanes} lanes on this processor")
        if n_nodes < 2:
            raise ValueError("a chain needs two nodes")
        cdef np_lane_chains* b = &self.chains
        self.kept = []
        self.lanes, self.n, self.ns = b.lanes, b.nodes, b.species = lanes, n_nodes, len(charge)
        self.with_offset, b.potential_limit, b.classes, b.rows = with_offset, potential_limit, len(class_charge), len(row)
        m, ns, padded = self.ns + 1, self.ns, n_nodes + 1
        sides = np.full(ns, 3) if sides is None else np.asarray(sides)
        fixed = np.zeros(n_nodes * m, dtype=np.uint8)
        fixed[np.asarray(row)] = 1
        b.species_class, b.species_sign = self.integers(species_class), self.integers(species_sign)
        self.start, self.row = np.zeros(n_nodes * m), self.keep(np.array(row, dtype=np.int32))
        place = np.zeros(n_nodes * m, dtype=np.int32)
        place[np.asarray(row)] = np.arange(len(row))
        b.place = self.integers(place)
        b.class_charge, b.charge = self.doubles(class_charge), self.doubles(charge)
        b.in_lower, b.in_upper = self.doubles(sides & 1), self.doubles((sides & 2) > 0)
        b.has_fixed = self.bytes(fixed.reshape(n_nodes, m).any(axis=1))
        b.fixed, b.positive = self.bytes(fixed), self.bytes(positive)
        edges, classes = n_nodes - 1, len(class_charge)
        b.coefficient, b.dielectric = self.room(ns * edges), self.room(padded)
        b.offset = self.room(classes * edges) if with_offset else NULL
        b.capacity, b.robin, b.supply = self.room(ns * n_nodes), self.room(n_nodes), self.room(m * n_nodes)
        b.given = self.room(len(row))
        b.now, b.next = self.room(m * n_nodes), self.room(m * n_nodes)
        b.x, b.rhs = self.room(n_nodes * m * m), self.room(n_nodes * m)
        b.block = self.room(2 * (m * m + 4 * m + 3 * classes + 8 * ns))
        b.w_norm, b.phi_norm, b.limited = self.room(1), self.room(1), self.room(1)
        b.bad_pivot, b.bad_change = self.room(1), self.room(1)
        cdef int64_t[::1] active = self.keep(np.zeros(lanes, dtype=np.int64))
        b.active = &active[0]
        self.before, self.best = np.zeros(lanes), np.zeros(lanes)
        self.count, self.status = np.zeros(lanes, dtype=np.int32), np.zeros(lanes, dtype=np.int32)
        cdef int[::1] has_supply = self.keep(np.zeros(lanes, dtype=np.int32))
        b.has_supply = &has_supply[0]
        self.history = np.zeros((lanes, 0))
        at = {int(unknown): index for index, unknown in enumerate(row)}
        last = (n_nodes - 1) * m
        self.opposite = [
            (at[i], at[last + i], at[ns], at[last + ns], float(charge[i])) for i in range(ns)
            if {i, last + i, ns, last + ns} <= at.keys()
        ]

    cdef object keep(self, array):
        array = array if array.size else np.zeros(1, dtype=array.dtype)
        self.kept.append(array)
        return array

    cdef double* room(self, Py_ssize_t count):
        """`count` values per lane, on a boundary of 64 bytes."""
        array = self.keep(np.zeros(count * self.lanes + 8))
        shift = (-array.ctypes.data % 64) // 8
        cdef double[::1] view = array[shift:]
        return &view[0]

    cdef const double* doubles(self, values):
        cdef double[::1] view = self.keep(np.array(values, dtype=np.float64).ravel())
        return &view[0]

    cdef const int* integers(self, values):
        cdef int[::1] view = self.keep(np.array(values, dtype=np.int32).ravel())
        return &view[0]

    cdef const unsigned char* bytes(self, values):
        cdef unsigned char[::1] view = self.keep(np.array(values, dtype=np.uint8).ravel())
        return &view[0]

    cdef const np_chain_data* chain(self, data) except NULL:
        """What a capsule of `Chain` points to."""
        cdef const np_chain_data* c = <const np_chain_data*> PyCapsule_GetPointer(data, "npsolver.chain")
        if (c.nodes != self.n or c.species != self.ns or c.rows != self.chains.rows
                or (self.with_offset and (c.offset == NULL or c.classes != self.chains.classes))):
            raise ValueError("the chain does not have the structure of this batch")
        return c

    def levels_differ(self, data, double tolerance):
        """Whether the chain's ends hold some species at electrochemical potentials that differ, and certainly so.

        Parameters
        ----------
        data : capsule
            Of `Chain`.
        tolerance : float
            In units of RT.
        """
        cdef const double* given = self.chain(data).given
        cdef int a, b, p, q
        cdef double z
        for a, b, p, q, z in self.opposite:
            if given[a] > 0.0 and given[b] > 0.0:
                if fabs(log(given[a] / given[b]) + z * (given[p] - given[q])) > tolerance:
                    return True
        return False

    def fetch(self, data, const double[::1] start):
        """Begin to bring a chain and its start into the cache, as for `load`."""
        cdef const np_chain_data* c = self.chain(data)
        if start.shape[0] == self.n * (self.ns + 1):
            np_fetch_chain(c, &start[0])

    def load(self, int lane, data, const double[::1] start, bint neutral):
        """Put a chain and its start into a lane.

        Parameters
        ----------
        lane : int
        data : capsule
            Of `Chain`.
        start : (n_nodes * m,) float64
        neutral : bool
            Whether the start is made locally neutral first (see `neutralise`).
        """
        cdef const np_chain_data* c = self.chain(data)
        cdef np_lane_chains* b = &self.chains
        cdef Py_ssize_t k, count = self.n * (self.ns + 1)
        cdef double* u = &self.start[0]
        if not 0 <= lane < self.lanes:
            raise ValueError(f"there is no lane {lane}")
        if start.shape[0] != count:
            raise ValueError("the start does not have the structure of this batch")
        with nogil:
            memcpy(u, &start[0], count * sizeof(double))
            if neutral and np_neutralise(self.n, self.ns, u, c.capacity, b.charge, c.neutralised):
                for k in range(b.rows):
                    u[self.row[k]] = c.given[k]
            np_lane_load(b, lane, c, u)
        b.active[lane] = -1
        self.before[lane] = self.best[lane] = INFINITY
        self.count[lane] = 0
        self.status[lane] = _RUNNING

    def unload(self, int lane, double[::1] u):
        """Present state of a lane, by node, into `u`."""
        if u.shape[0] != self.n * (self.ns + 1) or not 0 <= lane < self.lanes:
            raise ValueError("the state does not have the structure of this batch")
        np_lane_unload(&self.chains, lane, &u[0])

    def updates(self, int lane):
        """Largest scaled update of every iteration of a lane so far."""
        cdef int j
        return [self.history[lane, j] for j in range(self.count[lane])]

    def resume(self, int lane):
        """Go on with a stagnant lane."""
        self.status[lane] = _RUNNING if self.count[lane] < self.history.shape[1] else _EXHAUSTED
        self.chains.active[lane] = -1

    def step(self):
        """One Newton step of all active lanes; their norms as in `update`, (3, lanes), and whether each is usable."""
        cdef np_lane_chains* b = &self.chains
        cdef int l
        norms, usable = np.zeros((3, self.lanes)), np.zeros(self.lanes, dtype=bool)
        with nogil:
            np_lane_newton(b)
            b.now, b.next = b.next, b.now
        for l in range(self.lanes):
            norms[:, l] = b.w_norm[l], b.phi_norm[l], b.limited[l]
            usable[l] = b.bad_pivot[l] == 0.0 and b.bad_change[l] == 0.0
        return norms, usable

    def run(self, double tolerance, int max_iterations):
        """Iterate until some lane has something to say: its status is not RUNNING then, and it is stopped.

        The stopping rule is that of `npsolver.nonlinear.newton`.

        Returns
        -------
        steps : int
            Newton steps, summed over all lanes that ran.
        stopped : list of (int, int)
            Lanes and their status.
        """
        cdef np_lane_chains* b = &self.chains
        cdef int l, running, finished = 0
        cdef double final = 1e-3 * tolerance
        if self.history.shape[1] != max_iterations:
            if any(self.count):
                raise ValueError("the allowed iterations changed on the way")
            self.history = np.zeros((self.lanes, max_iterations))
        cdef int steps = 0
        running = 0
        for l in range(self.lanes):
            if b.active[l] != 0:
                running += 1
                finished += self.status[l] != _RUNNING
        with nogil:
            while running and not finished:
                np_lane_newton(b)
                b.now, b.next = b.next, b.now
                steps += running
                for l in range(self.lanes):
                    if b.active[l] != 0:
                        self.judge(l, tolerance, final, max_iterations)
                        finished += self.status[l] != _RUNNING
        stopped = []
        for l in range(self.lanes):
            if b.active[l] != 0 and self.status[l] != _RUNNING:
                b.active[l] = 0
                stopped.append((l, self.status[l]))
        return steps, stopped

    cdef void judge(self, int l, double tolerance, double final, int most) noexcept nogil:
        """Status of a lane after a step, as `newton` decides it."""
        cdef np_lane_chains* b = &self.chains
        cdef double size, factor, remains, before = self.before[l]
        if b.bad_pivot[l] != 0.0:
            self.status[l] = _SINGULAR
            return
        if b.bad_change[l] != 0.0:
            self.status[l] = _NOT_FINITE
            return
        size = max(b.w_norm[l], b.phi_norm[l])
        self.history[l, self.count[l]] = size
        self.count[l] += 1
        factor = max(10.0, size / (before * before))
        remains = min(size, factor * size * size)
        self.before[l] = size
        if (size <= tolerance or remains <= final) and b.limited[l] == 0.0:
            self.status[l] = _CONVERGED
        elif size < self.best[l]:
            self.best[l] = size
            if self.count[l] == most:
                self.status[l] = _EXHAUSTED
        elif size < 1e-4 and size >= 0.5 * self.best[l]:
            self.status[l] = _STAGNANT
        elif self.count[l] == most:
            self.status[l] = _EXHAUSTED
