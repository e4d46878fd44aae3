"""Fluxes of coupled diffusion beyond Nernst-Planck.

On edge (K, L) of length h the Onsager flux is J_i = -sum_j Lambda_ij(s) sqrt(c_i c_j) m_j / h with m_j = mu~_j,L - mu~_j,K
over RT and c_i the mean that makes the diagonal case the Scharfetter-Gummel flux,

    c_i = w_K B(v_i) / B(m_i),    m_i = ln(w_L/w_K) + v_i,

so that what this kernel adds to the Scharfetter-Gummel flux is -sum_j (Lambda_ij sqrt(c_i c_j) - delta_ij D_i c_i) m_j.
"""

from libc.math cimport log, sqrt


cdef extern from "flux.h" nogil:
    void np_bernoulli(double x, double* plus, double* minus, double* slope)


cdef enum:
    MAX_SPECIES = 32


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
        cdef int ns = self.n_species
        cdef int m = ns + 1
        cdef int mm = m * m
        cdef int e, i, j, p, k, l
        cdef double[MAX_SPECIES] mean
        cdef double[MAX_SPECIES] root
        cdef double[MAX_SPECIES] inverse
        cdef double[MAX_SPECIES] force
        cdef double[MAX_SPECIES] ratio_k
        cdef double[MAX_SPECIES] ratio_l
        cdef double[MAX_SPECIES] ratio_v
        cdef double[MAX_SPECIES] over_k
        cdef double[MAX_SPECIES] over_l
        cdef double[MAX_SPECIES] by_force
        cdef double[MAX_SPECIES] by_mean
        cdef double[MAX_SPECIES] by_drift
        cdef double[MAX_SPECIES * MAX_SPECIES] lam
        cdef double[MAX_SPECIES * MAX_SPECIES] change
        cdef double flux, part, g, by_potential, by_table, low, high
        cdef const double* d
        cdef double* akk
        cdef double* akl
        cdef double* alk
        cdef double* all_
        cdef bint table = self.composition.shape[0] > 1
        for e in range(self.edges.shape[0]):
            g = self.conductance[e] * self.factor[self.region[e]]
            if g == 0.0:
                continue
            k = self.edges[e, 0]
            l = self.edges[e, 1]
            d = &self.diffusivity[self.region[e], 0]
            self.means(e, u, excess, mean, force, ratio_k, ratio_l, ratio_v)
            self.matrix(mean, lam, change)
            for i in range(ns):
                root[i] = sqrt(mean[i])
                inverse[i] = 1.0 / mean[i] if mean[i] > 0.0 else 0.0
                over_k[i] = 1.0 / u[k * m + i] if mean[i] > 0.0 else 0.0
                over_l[i] = 1.0 / u[l * m + i] if mean[i] > 0.0 else 0.0
            if blocks != NULL:
                akk = blocks + <Py_ssize_t> self.block_diagonal[k] * mm
                all_ = blocks + <Py_ssize_t> self.block_diagonal[l] * mm
                akl = blocks + <Py_ssize_t> self.block_kl[e] * mm
                alk = blocks + <Py_ssize_t> self.block_lk[e] * mm
            for i in range(ns):
                if mean[i] == 0.0:
                    continue
                flux = 0.0
                by_table = 0.0
                # the flux is sum_j by_force_j m_j, by_force_j = -g (Lambda_ij sqrt(c_i c_j) - delta_ij D_i c_i)
                for j in range(ns):
                    by_force[j] = -g * lam[i * ns + j] * root[i] * root[j]
                    by_mean[j] = 0.0
                    if table:
                        by_table = by_table - g * change[i * ns + j] * root[i] * root[j] * force[j]
                part = 0.0
                for j in range(ns):
                    if j != i:
                        by_mean[j] = 0.5 * by_force[j] * force[j] * inverse[j]
                        part = part + 0.5 * by_force[j] * force[j]
                by_force[i] = -g * (lam[i * ns + i] - d[i]) * mean[i]
                by_mean[i] = part * inverse[i] - g * (lam[i * ns + i] - d[i]) * force[i]
                for j in range(ns):
                    flux = flux + by_force[j] * force[j]
                residual[k * m + i] += flux
                residual[l * m + i] -= flux
                if blocks == NULL:
                    continue
                by_potential = 0.0
                for j in range(ns):
                    if table:
                        by_mean[j] = by_mean[j] + by_table * self.weights[j]
                    low = by_mean[j] * ratio_k[j] - by_force[j] * over_k[j]
                    high = by_mean[j] * ratio_l[j] + by_force[j] * over_l[j]
                    akk[i * m + j] += low
                    akl[i * m + j] += high
                    alk[i * m + j] -= low
                    all_[i * m + j] -= high
                    by_drift[j] = by_force[j] + by_mean[j] * ratio_v[j]
                    if mean[j] == 0.0:
                        by_drift[j] = 0.0
                    by_potential = by_potential + self.charge[j] * by_drift[j]
                akk[i * m + ns] -= by_potential
                akl[i * m + ns] += by_potential
                alk[i * m + ns] += by_potential
                all_[i * m + ns] -= by_potential
                if slope != NULL:
                    for p in range(ns):
                        low = 0.0
                        high = 0.0
                        for j in range(ns):
                            low = low + by_drift[j] * slope[(k * ns + j) * ns + p]
                            high = high + by_drift[j] * slope[(l * ns + j) * ns + p]
                        akk[i * m + p] -= low
                        akl[i * m + p] += high
                        alk[i * m + p] += low
                        all_[i * m + p] -= high

    def add_fluxes(self, const double[::1] u, double[:, ::1] flux, const double[:, ::1] excess=None):
        """Add the coupling to the flows (n_species, n_edges) from K to L."""
        cdef int ns = self.n_species
        cdef int e, i, j
        cdef double[MAX_SPECIES] mean
        cdef double[MAX_SPECIES] force
        cdef double[MAX_SPECIES] a
        cdef double[MAX_SPECIES] b
        cdef double[MAX_SPECIES] c
        cdef double[MAX_SPECIES * MAX_SPECIES] lam
        cdef double[MAX_SPECIES * MAX_SPECIES] change
        cdef double g, coefficient
        cdef const double* mu = NULL
        if excess is not None:
            mu = &excess[0, 0]
        with nogil:
            for e in range(self.edges.shape[0]):
                g = self.conductance[e] * self.factor[self.region[e]]
                if g == 0.0:
                    continue
                self.means(e, &u[0], mu, mean, force, a, b, c)
                self.matrix(mean, lam, change)
                for i in range(ns):
                    for j in range(ns):
                        coefficient = lam[i * ns + j] * sqrt(mean[i] * mean[j])
                        if i == j:
                            coefficient = coefficient - self.diffusivity[self.region[e], i] * mean[i]
                        flux[i, e] -= g * coefficient * force[j]

    cdef void means(self, int e, const double* u, const double* excess, double* mean, double* force, double* ratio_k,
                    double* ratio_l, double* ratio_v) noexcept nogil:
        """Mean concentrations, forces m_i, and derivatives of the means by w_K, w_L and v."""
        cdef int ns = self.n_species
        cdef int m = ns + 1
        cdef int k = self.edges[e, 0]
        cdef int l = self.edges[e, 1]
        cdef int i
        cdef double wk, wl, v, bv, bm, other, slope_v, slope_m, q
        for i in range(ns):
            wk = u[k * m + i]
            wl = u[l * m + i]
            mean[i] = force[i] = ratio_k[i] = ratio_l[i] = ratio_v[i] = 0.0
            if wk <= 0.0 or wl <= 0.0 or self.diffusivity[self.region[e], i] == 0.0:
                continue
            v = self.charge[i] * (u[l * m + ns] - u[k * m + ns])
            if excess != NULL:
                v = v + excess[l * ns + i] - excess[k * ns + i]
            force[i] = log(wl / wk) + v
            np_bernoulli(v, &bv, &other, &slope_v)
            np_bernoulli(force[i], &bm, &other, &slope_m)
            if bv == 0.0 or bm == 0.0:
                continue
            mean[i] = wk * bv / bm
            q = slope_m / bm
            ratio_k[i] = mean[i] / wk * (1.0 + q)
            ratio_l[i] = -mean[i] / wl * q
            ratio_v[i] = mean[i] * (slope_v / bv - q)

    cdef void matrix(self, const double* mean, double* lam, double* change) noexcept nogil:
        """Lambda at the mean composition and its derivative by s (linear interpolation; constant beyond the ends)."""
        cdef int ns = self.n_species
        cdef Py_ssize_t n = self.composition.shape[0]
        cdef Py_ssize_t p = 0
        cdef int i, j
        cdef double s = 0.0, t = 0.0, width = 1.0
        for i in range(ns):
            s = s + self.weights[i] * mean[i]
        if n == 1 or s <= self.composition[0]:
            p = 0
        elif s >= self.composition[n - 1]:
            p = n - 1
        else:
            while self.composition[p + 1] < s:
                p = p + 1
            width = self.composition[p + 1] - self.composition[p]
            t = (s - self.composition[p]) / width
        for i in range(ns):
            for j in range(ns):
                lam[i * ns + j] = self.matrices[p, i, j]
                change[i * ns + j] = 0.0
                if t > 0.0:
                    change[i * ns + j] = (self.matrices[p + 1, i, j] - self.matrices[p, i, j]) / width
                    lam[i * ns + j] += t * (self.matrices[p + 1, i, j] - self.matrices[p, i, j])
