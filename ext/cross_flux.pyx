"""Fluxes of coupled diffusion beyond Nernst-Planck.

On edge (K, L) of length h the Onsager flux is J_i = -sum_j Lambda_ij(s) sqrt(c_i c_j) m_j / h with m_j = mu~_j,L - mu~_j,K
over RT and c_i the mean that makes the diagonal case the Scharfetter-Gummel flux,

    c_i = w_K B(v_i) / B(m_i),    m_i = ln(w_L/w_K) + v_i,

so that what this kernel adds to the Scharfetter-Gummel flux is -sum_j (Lambda_ij sqrt(c_i c_j) - delta_ij D_i c_i) m_j.
"""

from libc.math cimport sqrt


cdef extern from "flux.h" nogil:
    void np_log_ratio(Py_ssize_t count, const double* lower, const double* upper, double* out)
    void np_bernoulli_array(Py_ssize_t count, const double* x, double* plus, double* minus, double* slope)
    void np_mean_terms(Py_ssize_t count, const double* present, const double* lower, const double* upper,
                       const double* plus_v, const double* slope_v, const double* plus_m, const double* slope_m,
                       double* mean, double* inverse, double* by_lower, double* by_upper, double* by_drift,
                       double* over_lower, double* over_upper, double* force)


cdef extern from "cross.h" nogil:
    ctypedef struct np_cross:
        const double* mean
        const double* force
        const double* inverse
        const double* by_lower
        const double* by_upper
        const double* by_drift
        const double* over_lower
        const double* over_upper
        Py_ssize_t apart
        double conductance
        const double* diffusivity
        const double* charge
        const double* weights
        const double* below
        const double* above
        double share
        double per_width
        const double* slope_lower
        const double* slope_upper
        double* r_lower
        double* r_upper
        double* b_ll
        double* b_lu
        double* b_ul
        double* b_uu
    void np_cross_edge(int ns, const np_cross* x)


cdef enum:
    MAX_SPECIES = 32
    # edges whose means are computed together
    GROUP = 32


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
    cdef const double[::1] charge
    cdef const double[::1] composition
    cdef const double[:, :, ::1] matrices
    cdef const double[::1] weights
    cdef const int[::1] block_kl
    cdef const int[::1] block_lk
    cdef const int[::1] block_diagonal
    cdef int n_species

    def __init__(self, *, edges, conductance, region, factor, diffusivity, charge, composition, matrices, weights,
                 block_kl, block_lk, block_diagonal):
        self.edges, self.conductance, self.region = edges, conductance, region
        self.factor, self.diffusivity, self.charge = factor, diffusivity, charge
        self.composition, self.matrices, self.weights = composition, matrices, weights
        self.block_kl, self.block_lk, self.block_diagonal = block_kl, block_lk, block_diagonal
        self.n_species = self.charge.shape[0]
        if self.n_species > MAX_SPECIES:
            raise ValueError(f"at most {MAX_SPECIES} coupled species, got {self.n_species}")

    def assemble(self, const double[::1] u, double[::1] residual, double[:, :, ::1] blocks=None,
                 const double[:, ::1] excess=None, const double[:, :, ::1] slope=None):
        """Add the coupling to `residual` and, if given, its derivatives to `blocks`."""
        cdef double* values = NULL
        cdef const double* mu = NULL
        cdef const double* mu_slope = NULL
        if blocks is not None:
            values = &blocks[0, 0, 0]
        if excess is not None:
            mu = &excess[0, 0]
        if slope is not None:
            mu_slope = &slope[0, 0, 0]
        with nogil:
            self.assemble_edges(&u[0], &residual[0], values, mu, mu_slope)

    cdef void assemble_edges(self, const double* u, double* residual, double* blocks, const double* excess,
                             const double* slope) noexcept nogil:
        cdef int first = 0, e, count, edges = self.edges.shape[0]
        cdef double[MAX_SPECIES * GROUP] mean
        cdef double[MAX_SPECIES * GROUP] force
        cdef double[MAX_SPECIES * GROUP] inverse
        cdef double[MAX_SPECIES * GROUP] by_lower
        cdef double[MAX_SPECIES * GROUP] by_upper
        cdef double[MAX_SPECIES * GROUP] by_drift
        cdef double[MAX_SPECIES * GROUP] over_lower
        cdef double[MAX_SPECIES * GROUP] over_upper
        cdef np_cross x
        x.apart, x.charge, x.weights = GROUP, &self.charge[0], &self.weights[0]
        x.b_ll = x.b_lu = x.b_ul = x.b_uu = NULL
        x.slope_lower = x.slope_upper = NULL
        while first < edges:
            count = min(edges - first, <int> GROUP)
            self.means(first, count, u, excess, mean, force, inverse, by_lower, by_upper, by_drift, over_lower,
                       over_upper)
            for e in range(count):
                x.mean, x.force, x.inverse = mean + e, force + e, inverse + e
                x.by_lower, x.by_upper, x.by_drift = by_lower + e, by_upper + e, by_drift + e
                x.over_lower, x.over_upper = over_lower + e, over_upper + e
                self.assemble_edge(first + e, residual, blocks, slope, &x)
            first += GROUP

    cdef void assemble_edge(self, int e, double* residual, double* blocks, const double* slope,
                            np_cross* x) noexcept nogil:
        """One edge, whose means `x` points to."""
        cdef int ns = self.n_species
        cdef int m = ns + 1
        cdef Py_ssize_t mm = m * m, k, l
        x.conductance = self.conductance[e] * self.factor[self.region[e]]
        if x.conductance == 0.0:
            return
        k = self.edges[e, 0]
        l = self.edges[e, 1]
        self.find(x)
        x.diffusivity = &self.diffusivity[self.region[e], 0]
        x.r_lower = residual + k * m
        x.r_upper = residual + l * m
        if blocks != NULL:
            x.b_ll = blocks + self.block_diagonal[k] * mm
            x.b_uu = blocks + self.block_diagonal[l] * mm
            x.b_lu = blocks + self.block_kl[e] * mm
            x.b_ul = blocks + self.block_lk[e] * mm
        if slope != NULL:
            x.slope_lower = slope + k * ns * ns
            x.slope_upper = slope + l * ns * ns
        np_cross_edge(ns, x)

    def add_fluxes(self, const double[::1] u, double[:, ::1] flux, const double[:, ::1] excess=None):
        """Add the coupling to the flows (n_species, n_edges) from K to L."""
        cdef int ns = self.n_species
        cdef int first = 0, count, e, i, j
        cdef double[MAX_SPECIES * GROUP] mean
        cdef double[MAX_SPECIES * GROUP] force
        cdef double[6 * MAX_SPECIES * GROUP] unused
        cdef np_cross x
        cdef double g, coefficient
        cdef const double* mu = NULL
        if excess is not None:
            mu = &excess[0, 0]
        with nogil:
            while first < self.edges.shape[0]:
                count = min(<int> self.edges.shape[0] - first, <int> GROUP)
                self.means(first, count, &u[0], mu, mean, force, unused, unused + MAX_SPECIES * GROUP,
                           unused + 2 * MAX_SPECIES * GROUP, unused + 3 * MAX_SPECIES * GROUP,
                           unused + 4 * MAX_SPECIES * GROUP, unused + 5 * MAX_SPECIES * GROUP)
                for e in range(count):
                    g = self.conductance[first + e] * self.factor[self.region[first + e]]
                    if g == 0.0:
                        continue
                    x.mean, x.apart = mean + e, GROUP
                    self.find(&x)
                    for i in range(ns):
                        for j in range(ns):
                            coefficient = x.below[i * ns + j]
                            if x.above != NULL:
                                coefficient = coefficient + x.share * (x.above[i * ns + j] - coefficient)
                            coefficient = coefficient * sqrt(mean[i * GROUP + e] * mean[j * GROUP + e])
                            if i == j:
                                coefficient = coefficient - self.diffusivity[self.region[first + e], i] * mean[i * GROUP + e]
                            flux[i, first + e] -= g * coefficient * force[j * GROUP + e]
                first += GROUP

    cdef void means(self, int first, int count, const double* u, const double* excess, double* mean, double* force,
                    double* inverse, double* by_lower, double* by_upper, double* by_drift, double* over_lower,
                    double* over_upper) noexcept nogil:
        """Mean concentrations and their inverses, forces m_i, derivatives of the means by w_K, w_L and v, and 1/w.

        Zero where a species is absent. All arrays are (n_species, GROUP).
        """
        cdef int ns = self.n_species
        cdef int m = ns + 1
        cdef int e, i, k, l, at
        cdef double[GROUP] v
        cdef double[GROUP] lower
        cdef double[GROUP] upper
        cdef double[GROUP] present
        cdef double[GROUP] plus_v
        cdef double[GROUP] slope_v
        cdef double[GROUP] plus_m
        cdef double[GROUP] slope_m
        cdef double[GROUP] unused
        cdef double wk, wl, drop
        for i in range(ns):
            at = i * GROUP
            for e in range(count):
                k, l = self.edges[first + e, 0], self.edges[first + e, 1]
                wk, wl = u[k * m + i], u[l * m + i]
                drop = self.charge[i] * (u[l * m + ns] - u[k * m + ns])
                if excess != NULL:
                    drop = drop + excess[l * ns + i] - excess[k * ns + i]
                v[e] = drop
                if wk > 0.0 and wl > 0.0 and self.diffusivity[self.region[first + e], i] != 0.0:
                    present[e] = 1.0
                    lower[e], upper[e] = wk, wl
                else:
                    present[e] = 0.0
                    lower[e] = upper[e] = 1.0
            np_log_ratio(count, lower, upper, force + at)
            for e in range(count):
                force[at + e] += v[e]
            np_bernoulli_array(count, v, plus_v, unused, slope_v)
            np_bernoulli_array(count, force + at, plus_m, unused, slope_m)
            np_mean_terms(count, present, lower, upper, plus_v, slope_v, plus_m, slope_m, mean + at, inverse + at,
                          by_lower + at, by_upper + at, by_drift + at, over_lower + at, over_upper + at, force + at)

    cdef void find(self, np_cross* x) noexcept nogil:
        """Tabulated matrices beside the mean composition: linear interpolation, constant beyond the ends."""
        cdef Py_ssize_t n = self.composition.shape[0]
        cdef Py_ssize_t p = 0
        cdef int i
        cdef double s = 0.0
        for i in range(self.n_species):
            s = s + self.weights[i] * x.mean[i * x.apart]
        x.above = NULL
        x.share = x.per_width = 0.0
        if n > 1 and s > self.composition[0]:
            if s >= self.composition[n - 1]:
                p = n - 1
            else:
                while self.composition[p + 1] < s:
                    p = p + 1
                x.per_width = 1.0 / (self.composition[p + 1] - self.composition[p])
                x.share = (s - self.composition[p]) * x.per_width
                x.above = &self.matrices[p + 1, 0, 0]
        x.below = &self.matrices[p, 0, 0]
