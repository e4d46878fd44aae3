"""Fluxes of coupled diffusion beyond Nernst-Planck, and beside it in one pass over the edges.

On edge (K, L) of length h the Onsager flux is J_i = -sum_j Lambda_ij(s) sqrt(c_i c_j) m_j / h with m_j = mu~_j,L - mu~_j,K
over RT and c_i the mean that makes the diagonal case the Scharfetter-Gummel flux,

    c_i = w_K B(v_i) / B(m_i),    m_i = ln(w_L/w_K) + v_i,

so that what this kernel adds to the Scharfetter-Gummel flux is -sum_j (Lambda_ij sqrt(c_i c_j) - delta_ij D_i c_i) m_j.
"""

import numpy as np


cdef extern from "flux.h" nogil:
    void np_log_ratio(Py_ssize_t count, const double* lower, const double* upper, double* out)
    void np_bernoulli_array(Py_ssize_t count, const double* x, double* plus, double* minus, double* slope)
    void np_mean_terms(Py_ssize_t count, const double* present, const double* lower, const double* upper,
                       const double* plus_v, const double* slope_v, const double* plus_m, const double* slope_m,
                       double* mean, double* inverse, double* by_lower, double* by_upper, double* by_drift,
                       double* over_lower, double* over_upper, double* force)


cdef extern from "cross.h" nogil:
    ctypedef struct np_means:
        double* mean
        double* force
        double* by_lower
        double* by_upper
        double* by_drift
        double* over_lower
        double* over_upper
        double* root
        double* drive
        double* half
        double* plain
        double* plain_lower
        double* plain_upper
        double* plain_drift
    ctypedef struct np_cross:
        const int* edges
        const int* region
        const int* block_kl
        const int* block_lk
        const int* block_diagonal
        const double* conductance
        const double* factor
        const double* permittivity
        const double* diffusivity
        const double* mobility
        const double* charge
        const double* weights
        Py_ssize_t points
        const double* composition
        const double* matrices
        int whole
        int fresh
    int np_row_width(int ns)
    void np_cross_gather(Py_ssize_t count, int ns, const int* edges, const int* region, const double* diffusivity,
                         const double* charge, const double* u, const double* excess, double* w_lower,
                         double* w_upper, double* lower, double* upper, double* drop, double* present)
    void np_cross_roots(Py_ssize_t count, const double* mean, const double* inverse, const double* force, double* root,
                        double* drive, double* half)
    void np_cross_plain(Py_ssize_t count, const double* w_lower, const double* w_upper, const double* plus,
                        const double* minus, const double* slope, double* flux, double* by_upper, double* by_drift)
    void np_cross_edges(int ns, const np_cross* all, const np_means* of, Py_ssize_t first, Py_ssize_t count,
                        const double* u, double* residual, double* blocks, const double* slope)
    void np_cross_flows(int ns, const np_cross* all, const np_means* of, Py_ssize_t first, Py_ssize_t count,
                        Py_ssize_t apart, double* flux)


cdef enum:
    MAX_SPECIES = 32
    # edges whose means are computed together
    GROUP = 32
    ARRAYS = 14  # of np_means


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
    cdef int n_species
    cdef int width

    def __init__(self, *, edges, conductance, region, factor, diffusivity, mobility, permittivity, charge, composition,
                 matrices, weights, block_kl, block_lk, block_diagonal):
        self.edges, self.conductance, self.region = edges, conductance, region
        self.mobility, self.permittivity = mobility, permittivity
        self.factor, self.diffusivity, self.composition = factor, diffusivity, composition
        self.block_kl, self.block_lk, self.block_diagonal = block_kl, block_lk, block_diagonal
        self.n_species = charge.shape[0]
        if self.n_species > MAX_SPECIES:
            raise ValueError(f"at most {MAX_SPECIES} coupled species, got {self.n_species}")
        self.width = np_row_width(self.n_species)
        pad = (0, self.width - self.n_species)
        self.charge, self.weights = np.pad(charge, pad), np.pad(weights, pad)
        self.matrices = np.pad(matrices, ((0, 0), (0, 0), pad))

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
        if blocks is not None:
            values = &blocks[0, 0, 0]
        if excess is not None:
            mu = &excess[0, 0]
        if slope is not None:
            mu_slope = &slope[0, 0, 0]
        cdef double[ARRAYS * MAX_SPECIES * GROUP] room
        cdef np_means of
        cdef np_cross all_
        cdef Py_ssize_t first = 0, count, edges = self.edges.shape[0]
        self.describe(&all_, whole, fresh)
        self.arrange(&of, room)
        with nogil:
            while first < edges:
                count = min(edges - first, <Py_ssize_t> GROUP)
                self.means(first, count, &u[0], mu, &of, whole)
                np_cross_edges(self.n_species, &all_, &of, first, count, &u[0], &residual[0], values, mu_slope)
                first += GROUP

    def add_fluxes(self, const double[::1] u, double[:, ::1] flux, const double[:, ::1] excess=None):
        """Add the coupling to the flows (n_species, n_edges) from K to L."""
        cdef double[ARRAYS * MAX_SPECIES * GROUP] room
        cdef np_means of
        cdef np_cross all_
        cdef Py_ssize_t first = 0, count, edges = self.edges.shape[0]
        cdef const double* mu = NULL
        if excess is not None:
            mu = &excess[0, 0]
        self.describe(&all_, False, False)
        self.arrange(&of, room)
        with nogil:
            while first < edges:
                count = min(edges - first, <Py_ssize_t> GROUP)
                self.means(first, count, &u[0], mu, &of, False)
                np_cross_flows(self.n_species, &all_, &of, first, count, edges, &flux[0, first])
                first += GROUP

    cdef void describe(self, np_cross* x, bint whole, bint fresh) noexcept:
        """The arrays of this object."""
        x.edges, x.region, x.conductance = &self.edges[0, 0], &self.region[0], &self.conductance[0]
        x.block_kl, x.block_lk, x.block_diagonal = &self.block_kl[0], &self.block_lk[0], &self.block_diagonal[0]
        x.factor, x.permittivity = &self.factor[0], &self.permittivity[0]
        x.diffusivity, x.mobility = &self.diffusivity[0, 0], &self.mobility[0, 0]
        x.charge, x.weights = &self.charge[0], &self.weights[0]
        x.points, x.composition, x.matrices = self.composition.shape[0], &self.composition[0], &self.matrices[0, 0, 0]
        x.whole, x.fresh = whole, fresh

    cdef void arrange(self, np_means* of, double* room) noexcept nogil:
        """Places of the arrays of a group, one after the other."""
        cdef Py_ssize_t size = self.width * GROUP
        of.mean, of.force, of.root, of.drive, of.half = room, room + size, room + 2 * size, room + 3 * size, room + 4 * size
        of.by_lower, of.by_upper, of.by_drift = room + 5 * size, room + 6 * size, room + 7 * size
        of.over_lower, of.over_upper = room + 8 * size, room + 9 * size
        of.plain, of.plain_lower = room + 10 * size, room + 11 * size
        of.plain_upper, of.plain_drift = room + 12 * size, room + 13 * size

    cdef void means(self, Py_ssize_t first, Py_ssize_t count, const double* u, const double* excess, np_means* of,
                    bint whole) noexcept nogil:
        """Mean concentrations, forces m_i, derivatives of the means by w_K, w_L and v, and 1/w.

        Zero where a species is absent. With `whole` the terms of Scharfetter and Gummel, too.
        """
        cdef Py_ssize_t k, total = count * self.width
        cdef double[MAX_SPECIES * GROUP] v
        cdef double[MAX_SPECIES * GROUP] lower
        cdef double[MAX_SPECIES * GROUP] upper
        cdef double[MAX_SPECIES * GROUP] present
        cdef double[MAX_SPECIES * GROUP] w_lower
        cdef double[MAX_SPECIES * GROUP] w_upper
        cdef double[MAX_SPECIES * GROUP] minus_v
        cdef double[MAX_SPECIES * GROUP] slope_v
        cdef double[MAX_SPECIES * GROUP] plus_m
        cdef double[MAX_SPECIES * GROUP] slope_m
        cdef double[MAX_SPECIES * GROUP] inverse
        cdef double[MAX_SPECIES * GROUP] unused
        np_cross_gather(count, self.n_species, &self.edges[first, 0], &self.region[first], &self.diffusivity[0, 0],
                        &self.charge[0], u, excess, w_lower, w_upper, lower, upper, v, present)
        np_log_ratio(total, lower, upper, of.force)
        for k in range(total):
            of.force[k] += v[k]
        np_bernoulli_array(total, v, of.plain_lower, minus_v, slope_v)
        np_bernoulli_array(total, of.force, plus_m, unused, slope_m)
        np_mean_terms(total, present, lower, upper, of.plain_lower, slope_v, plus_m, slope_m, of.mean, inverse, of.by_lower,
                      of.by_upper, of.by_drift, of.over_lower, of.over_upper, of.force)
        np_cross_roots(total, of.mean, inverse, of.force, of.root, of.drive, of.half)
        if whole:
            np_cross_plain(total, w_lower, w_upper, of.plain_lower, minus_v, slope_v, of.plain, of.plain_upper,
                           of.plain_drift)
