"""Fluxes of coupled diffusion beyond Nernst-Planck, and beside it in one pass over the edges.

On edge (K, L) of length h the Onsager flux is J_i = -sum_j Lambda_ij(s) sqrt(c_i c_j) m_j / h with m_j = mu~_j,L - mu~_j,K
over RT and c_i the mean that makes the diagonal case the Scharfetter-Gummel flux,

    c_i = w_K B(v_i) / B(m_i),    m_i = ln(w_L/w_K) + v_i,

so that what this kernel adds to the Scharfetter-Gummel flux is -sum_j (Lambda_ij sqrt(c_i c_j) - delta_ij D_i c_i) m_j.
"""

import numpy as np


from cpython.pycapsule cimport PyCapsule_New


cdef extern from "carried.h" nogil:
    ctypedef struct np_carried:
        double* flow
        double* by_lower
        double* by_upper
    ctypedef struct np_carrier:
        void (*carry)(const void* of_, Py_ssize_t first, Py_ssize_t count, const double* u, const double* excess,
                      const double* slope, const np_carried* to) noexcept nogil
        const void* of_ "of"
        Py_ssize_t at_once
    void np_carried_add(int m, Py_ssize_t first, Py_ssize_t count, int whole, const int* edges, const int* kl,
                        const int* lk, const int* diagonal, const np_carried* carried, int fresh, double* residual,
                        double* blocks)


cdef extern from "cross_means.h" nogil:
    enum: NP_CROSS_MOST
    enum: NP_CROSS_GROUP
    ctypedef struct np_cross_ends_of:
        int species
        const int* edges
        const int* region
        const double* diffusivity
        const double* charge
    int np_row_width(int ns)


cdef extern from "friction.h" nogil:
    ctypedef struct np_friction:
        int members
        const int* member
        const double* per_D
        const double* alone
        double solvent
        double total


cdef extern from "cross.h" nogil:
    ctypedef struct np_cross:
        np_cross_ends_of ends
        const double* conductance
        const double* factor
        const double* permittivity
        const double* mobility
        const double* weights
        Py_ssize_t points
        const double* composition
        const double* matrices
        const double* local
        const double* local_change
        const np_friction* friction
        int whole
    void np_cross_carry(const void* cross, Py_ssize_t first, Py_ssize_t count, const double* u, const double* excess,
                        const double* slope, const np_carried* to) noexcept
    void np_cross_add_flows(const np_cross* cross, Py_ssize_t first, Py_ssize_t count, const double* u,
                            const double* excess, Py_ssize_t apart, double* flux)


cdef class CrossFlux:
    """Coupling over all edges for one set of coefficients (everything dimensionless).

    Parameters
    ----------
    edges, conductance, region, block_kl, block_lk, block_diagonal
        As in ``EdgeFlux``.
    factor : (n_rows,) float64
        Porosity over tortuosity.
    diffusivity : (n_rows, n_species) float64
        What the Scharfetter-Gummel kernel uses, without porosity and tortuosity.
    mobility, permittivity : (n_rows, n_species) and (n_rows,) float64
        As in ``EdgeFlux``, of whose terms `assemble` can take care, too.
    charge : (n_species,) float64
    composition : (n_points,) float64
    matrices : (n_points, n_species, n_species) float64
    weights : (n_species,) float64
    local : bool
        Every edge has a matrix of its own, in place of `matrices`.
    friction : (member, per_diffusivity, alone, solvent, total), optional
        Stefan-Maxwell friction in place of `matrices`: species (n,) int32, 1/D (n + 1, n + 1) with zeros on the diagonal,
        diffusivities of all species (n_species,), concentration of the solvent, or (0: none) the total.

    Attributes
    ----------
    local_matrices : (n_edges, n_species, >= n_species) float64
        With `local`: Lambda of every edge, to be filled before other methods are called.
    local_changes : (n_edges, n_species, n_species, >= n_species) float64
        Its derivatives by the concentrations, [e, k] by that of species k, at the mean of both ends; for derivatives only.
    carrier : capsule
        ``np_carrier`` of carried.h for all that an edge does, as long as this object lives.
    """

    cdef const int[:, ::1] edges
    cdef const double[::1] conductance
    cdef const int[::1] region
    cdef const double[::1] factor
    cdef const double[:, ::1] diffusivity
    cdef const double[:, ::1] mobility
    cdef const double[::1] permittivity
    cdef const double[::1] charge
    cdef const double[::1] composition
    cdef const double[:, :, ::1] matrices
    cdef const double[::1] weights
    cdef const int[::1] block_kl
    cdef const int[::1] block_lk
    cdef const int[::1] block_diagonal
    cdef double[::1] flow
    cdef double[:, ::1] by_lower
    cdef double[:, ::1] by_upper
    cdef int n_species
    cdef np_cross whole
    cdef np_cross beside
    cdef np_carrier pointers
    cdef readonly object carrier
    cdef readonly object local_matrices
    cdef readonly object local_changes
    cdef const int[::1] member
    cdef const double[:, ::1] per_diffusivity
    cdef const double[::1] alone
    cdef np_friction friction

    def __init__(self, *, edges, conductance, region, factor, diffusivity, mobility, permittivity, charge, composition,
                 matrices, weights, block_kl, block_lk, block_diagonal, local=False, friction=None):
        self.edges, self.conductance, self.region = edges, conductance, region
        self.mobility, self.permittivity = mobility, permittivity
        self.factor, self.diffusivity, self.composition = factor, diffusivity, composition
        self.block_kl, self.block_lk, self.block_diagonal = block_kl, block_lk, block_diagonal
        self.n_species = ns = charge.shape[0]
        if ns > NP_CROSS_MOST:
            raise ValueError(f"at most {NP_CROSS_MOST} coupled species, got {ns}")
        pad = (0, np_row_width(ns) - ns)
        self.charge, self.weights = np.pad(charge, pad), np.pad(weights, pad)
        self.matrices = np.pad(matrices, ((0, 0), (0, 0), pad))
        self.flow = np.zeros(NP_CROSS_GROUP * (ns + 1))
        self.by_lower, self.by_upper = np.zeros((2, NP_CROSS_GROUP, (ns + 1) ** 2))
        self.local_matrices = self.local_changes = None
        if local:
            width = np_row_width(ns)
            self.local_matrices = np.zeros((self.edges.shape[0], ns, width))
            self.local_changes = np.zeros((self.edges.shape[0], ns, ns, width))
        self.friction.members = 0
        if friction is not None:
            self.member, self.per_diffusivity, self.alone, self.friction.solvent, self.friction.total = friction
            if self.per_diffusivity.shape[0] != self.member.shape[0] + 1 or self.alone.shape[0] != ns:
                raise ValueError("friction needs the pairs of its members and the solvent, and diffusivities of all species")
            self.friction.members, self.friction.member = self.member.shape[0], &self.member[0]
            self.friction.per_D, self.friction.alone = &self.per_diffusivity[0, 0], &self.alone[0]
        self.describe(&self.whole, True)
        self.describe(&self.beside, False)
        self.pointers.carry, self.pointers.of_, self.pointers.at_once = np_cross_carry, &self.whole, NP_CROSS_GROUP
        self.carrier = PyCapsule_New(&self.pointers, "npsolver.carrier", NULL)

    def assemble(self, const double[::1] u, double[::1] residual, double[:, :, ::1] blocks=None,
                 const double[:, ::1] excess=None, const double[:, :, ::1] slope=None, bint whole=False,
                 bint fresh=False):
        """Add the coupling to `residual` and, if given, its derivatives to `blocks`.

        With `whole` the Scharfetter-Gummel fluxes and the displacement too: all that an edge does, in one pass. With `fresh`
        blocks beside the diagonal are written, not added to: whatever they hold is lost.
        """
        cdef double* values = NULL
        cdef const double* mu = NULL
        cdef const double* mu_slope = NULL
        cdef np_carried carried
        cdef const np_cross* all_ = &self.whole if whole else &self.beside
        cdef Py_ssize_t first = 0, count, edges = self.edges.shape[0]
        carried.flow, carried.by_lower, carried.by_upper = &self.flow[0], NULL, NULL
        if blocks is not None:
            values = &blocks[0, 0, 0]
            carried.by_lower, carried.by_upper = &self.by_lower[0, 0], &self.by_upper[0, 0]
        if excess is not None:
            mu = &excess[0, 0]
        if slope is not None:
            mu_slope = &slope[0, 0, 0]
        with nogil:
            while first < edges:
                count = min(edges - first, <Py_ssize_t> NP_CROSS_GROUP)
                np_cross_carry(all_, first, count, &u[0], mu, mu_slope, &carried)
                np_carried_add(self.n_species + 1, first, count, whole, &self.edges[0, 0], &self.block_kl[0],
                               &self.block_lk[0], &self.block_diagonal[0], &carried, fresh, &residual[0], values)
                first += count

    def add_fluxes(self, const double[::1] u, double[:, ::1] flux, const double[:, ::1] excess=None):
        """Add the coupling to the flows (n_species, n_edges) from K to L."""
        cdef Py_ssize_t first = 0, count, edges = self.edges.shape[0]
        cdef const double* mu = NULL
        if excess is not None:
            mu = &excess[0, 0]
        with nogil:
            while first < edges:
                count = min(edges - first, <Py_ssize_t> NP_CROSS_GROUP)
                np_cross_add_flows(&self.beside, first, count, &u[0], mu, edges, &flux[0, first])
                first += count

    cdef int describe(self, np_cross* x, bint whole) except -1:
        """The arrays of this object."""
        x.ends.species, x.ends.edges, x.ends.region = self.n_species, &self.edges[0, 0], &self.region[0]
        x.ends.diffusivity, x.ends.charge = &self.diffusivity[0, 0], &self.charge[0]
        x.conductance, x.factor, x.permittivity = &self.conductance[0], &self.factor[0], &self.permittivity[0]
        x.mobility, x.weights = &self.mobility[0, 0], &self.weights[0]
        x.points, x.composition, x.matrices = self.composition.shape[0], &self.composition[0], &self.matrices[0, 0, 0]
        x.local = x.local_change = NULL
        x.friction = &self.friction if self.friction.members > 0 else NULL
        x.whole = whole
        cdef double[:, :, ::1] local
        cdef double[:, :, :, ::1] change
        if self.local_matrices is not None:
            local, change = self.local_matrices, self.local_changes
            x.local, x.local_change = &local[0, 0, 0], &change[0, 0, 0, 0]
        return 0
