"""Fluxes of coupled diffusion beyond Nernst-Planck.

On edge (K, L) of length h the Onsager flux is J_i = -sum_j Lambda_ij(s) sqrt(c_i c_j) m_j / h with m_j = mu~_j,L - mu~_j,K
over RT and c_i the mean that makes the diagonal case the Scharfetter-Gummel flux,

    c_i = w_K B(v_i) / B(m_i),    m_i = ln(w_L/w_K) + v_i,

so that what this kernel adds to the Scharfetter-Gummel flux is -sum_j (Lambda_ij sqrt(c_i c_j) - delta_ij D_i c_i) m_j.
"""

from libc.math cimport log, sqrt
from scalars cimport bernoulli


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
        cdef int ns = self.n_species
        cdef int m = ns + 1
        cdef int e, i, j, k, l
        cdef bint jacobian = blocks is not None
        cdef bint with_excess = excess is not None
        cdef double[MAX_SPECIES] mean
        cdef double[MAX_SPECIES] force
        cdef double[MAX_SPECIES] ratio_k
        cdef double[MAX_SPECIES] ratio_l
        cdef double[MAX_SPECIES] ratio_v
        cdef double[MAX_SPECIES * MAX_SPECIES] lam
        cdef double[MAX_SPECIES * MAX_SPECIES] change
        cdef double[MAX_SPECIES] by_mean
        cdef double flux, coefficient, root, part, g
        cdef int dk, dl, bkl, blk
        with nogil:
            for e in range(self.edges.shape[0]):
                k = self.edges[e, 0]
                l = self.edges[e, 1]
                g = self.conductance[e] * self.factor[self.region[e]]
                if g == 0.0:
                    continue
                self.means(e, u, excess, with_excess, &mean[0], &force[0], &ratio_k[0], &ratio_l[0], &ratio_v[0])
                self.matrix(e, &mean[0], &lam[0], &change[0])
                dk = self.block_diagonal[k]
                dl = self.block_diagonal[l]
                bkl = self.block_kl[e]
                blk = self.block_lk[e]
                for i in range(ns):
                    if mean[i] == 0.0:
                        continue
                    flux = 0.0
                    for j in range(ns):
                        by_mean[j] = 0.0
                    for j in range(ns):
                        if mean[j] == 0.0:
                            continue
                        root = sqrt(mean[i] * mean[j])
                        coefficient = lam[i * ns + j] * root
                        if i == j:
                            coefficient = coefficient - self.diffusivity[self.region[e], i] * mean[i]
                        flux = flux - g * coefficient * force[j]
                        if jacobian:
                            if i == j:
                                by_mean[i] -= g * (lam[i * ns + i] - self.diffusivity[self.region[e], i]) * force[i]
                            else:
                                part = 0.5 * lam[i * ns + j] * root * g * force[j]
                                by_mean[i] -= part / mean[i]
                                by_mean[j] -= part / mean[j]
                            self.spread(k, l, dk, dl, bkl, blk, i, j, -g * coefficient, u, blocks, slope, with_excess)
                    if jacobian:
                        # through the composition on which the matrix depends
                        part = 0.0
                        for j in range(ns):
                            if mean[j] != 0.0:
                                part = part - g * change[i * ns + j] * sqrt(mean[i] * mean[j]) * force[j]
                        for j in range(ns):
                            by_mean[j] += part * self.weights[j]
                        for j in range(ns):
                            if mean[j] != 0.0 and by_mean[j] != 0.0:
                                self.through_mean(k, l, dk, dl, bkl, blk, i, j, by_mean[j], ratio_k[j], ratio_l[j],
                                                  ratio_v[j], blocks, slope, with_excess)
                    residual[k * m + i] += flux
                    residual[l * m + i] -= flux

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
        with nogil:
            for e in range(self.edges.shape[0]):
                g = self.conductance[e] * self.factor[self.region[e]]
                if g == 0.0:
                    continue
                self.means(e, u, excess, excess is not None, &mean[0], &force[0], &a[0], &b[0], &c[0])
                self.matrix(e, &mean[0], &lam[0], &change[0])
                for i in range(ns):
                    for j in range(ns):
                        coefficient = lam[i * ns + j] * sqrt(mean[i] * mean[j])
                        if i == j:
                            coefficient = coefficient - self.diffusivity[self.region[e], i] * mean[i]
                        flux[i, e] -= g * coefficient * force[j]

    cdef void means(self, int e, const double[::1] u, const double[:, ::1] excess, bint with_excess, double* mean,
                    double* force, double* ratio_k, double* ratio_l, double* ratio_v) noexcept nogil:
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
            if with_excess:
                v = v + excess[l, i] - excess[k, i]
            force[i] = log(wl / wk) + v
            bernoulli(v, &bv, &other, &slope_v)
            bernoulli(force[i], &bm, &other, &slope_m)
            if bv == 0.0 or bm == 0.0:
                continue
            mean[i] = wk * bv / bm
            q = slope_m / bm
            ratio_k[i] = mean[i] / wk * (1.0 + q)
            ratio_l[i] = -mean[i] / wl * q
            ratio_v[i] = mean[i] * (slope_v / bv - q)

    cdef void matrix(self, int e, const double* mean, double* lam, double* change) noexcept nogil:
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

    cdef void spread(self, int k, int l, int dk, int dl, int bkl, int blk, int i, int j, double value,
                     const double[::1] u, double[:, :, ::1] blocks, const double[:, :, ::1] slope,
                     bint with_excess) noexcept nogil:
        """Derivatives of value * m_j in the flux of species i."""
        cdef int ns = self.n_species
        cdef int m = ns + 1
        self.add(dk, bkl, blk, dl, i, j, -value / u[k * m + j], value / u[l * m + j], blocks)
        self.by_drift(k, l, dk, dl, bkl, blk, i, j, value, blocks, slope, with_excess)

    cdef void through_mean(self, int k, int l, int dk, int dl, int bkl, int blk, int i, int j, double value,
                           double by_k, double by_l, double by_v, double[:, :, ::1] blocks,
                           const double[:, :, ::1] slope, bint with_excess) noexcept nogil:
        """Derivatives of value * c_j in the flux of species i."""
        self.add(dk, bkl, blk, dl, i, j, value * by_k, value * by_l, blocks)
        self.by_drift(k, l, dk, dl, bkl, blk, i, j, value * by_v, blocks, slope, with_excess)

    cdef void by_drift(self, int k, int l, int dk, int dl, int bkl, int blk, int i, int j, double value,
                       double[:, :, ::1] blocks, const double[:, :, ::1] slope, bint with_excess) noexcept nogil:
        """Derivatives through v_j = z_j (phi_L - phi_K) + mu_ex,L - mu_ex,K."""
        cdef int ns = self.n_species
        cdef int p
        cdef double z = self.charge[j]
        self.add(dk, bkl, blk, dl, i, ns, -z * value, z * value, blocks)
        if with_excess:
            for p in range(ns):
                self.add(dk, bkl, blk, dl, i, p, -value * slope[k, j, p], value * slope[l, j, p], blocks)

    cdef void add(self, int dk, int bkl, int blk, int dl, int i, int column, double by_k, double by_l,
                  double[:, :, ::1] blocks) noexcept nogil:
        """The flux of i leaves K and enters L."""
        blocks[dk, i, column] += by_k
        blocks[bkl, i, column] += by_l
        blocks[blk, i, column] -= by_k
        blocks[dl, i, column] -= by_l
