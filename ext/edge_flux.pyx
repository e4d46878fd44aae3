"""Scharfetter-Gummel fluxes and the displacement flux over edges: residual and Jacobian in one pass.

On edge (K, L) of region r, with v = z (phi_L - phi_K) - q h / D (q the imposed velocity from K to L),

    J = D k g (B(v) w_K - B(-v) w_L),        E = eps g (phi_K - phi_L),        g = area / length

(D. L. Scharfetter and H. K. Gummel, IEEE Trans. Electron Devices 16 (1969) 64, eq. 6a, written in the
drift v). J = 0 exactly where w_L = w_K exp(-v).
"""

from cython.parallel cimport prange
from scalars cimport bernoulli


cdef enum:
    MAX_CLASSES = 32


cdef class EdgeFlux:
    """Fluxes over all edges of a mesh for one set of transport coefficients (everything dimensionless).

    Parameters
    ----------
    edges : (n_edges, 2) int32
        Node pairs, grouped in chunks (see `chunks`).
    conductance : (n_edges,) float64
        g = area/length.
    region : (n_edges,) int32
        Row of the coefficient tables.
    mobility : (n_rows, n_species) float64
        D k porosity / tortuosity.
    permittivity : (n_rows,) float64
    species_class : (n_species,) int32
        Species with the same |v| on every edge share one evaluation of the Bernoulli function.
    species_sign : (n_species,) int32
        +1 or -1: the species' v relative to its class.
    class_charge : (n_classes,) float64
    class_peclet : (n_rows, n_classes) float64
        1/D of the class in each region (used only with `drift`).
    drift : (n_edges,) float64
        Imposed velocity times length, from K to L.
    block_kl, block_lk : (n_edges,) int32
        Where the off-diagonal blocks of an edge live.
    block_diagonal : (n_nodes,) int32
    chunks : (n_chunks + 1,) int32
        Edges [chunks[i], chunks[i+1]) touch nodes that no other chunk touches, except the last chunk, which is done
        alone afterwards: the sum at a node has one order whatever the number of threads.
    """

    cdef const int[:, ::1] edges
    cdef const double[::1] conductance
    cdef const int[::1] region
    cdef const double[:, ::1] mobility
    cdef const double[::1] permittivity
    cdef const int[::1] species_class
    cdef const int[::1] species_sign
    cdef const double[::1] class_charge
    cdef const double[:, ::1] class_peclet
    cdef const double[::1] drift
    cdef const int[::1] block_kl
    cdef const int[::1] block_lk
    cdef const int[::1] block_diagonal
    cdef const int[::1] chunks
    cdef int n_species
    cdef int n_classes

    def __init__(self, *, edges, conductance, region, mobility, permittivity, species_class, species_sign,
                 class_charge, class_peclet, drift, block_kl, block_lk, block_diagonal, chunks):
        self.edges, self.conductance, self.region = edges, conductance, region
        self.mobility, self.permittivity = mobility, permittivity
        self.species_class, self.species_sign = species_class, species_sign
        self.class_charge, self.class_peclet, self.drift = class_charge, class_peclet, drift
        self.block_kl, self.block_lk, self.block_diagonal = block_kl, block_lk, block_diagonal
        self.chunks = chunks
        self.n_species = self.mobility.shape[1]
        self.n_classes = self.class_charge.shape[0]
        if self.n_classes > MAX_CLASSES:
            raise ValueError(f"at most {MAX_CLASSES} different charge numbers or drifts, got {self.n_classes}")

    def assemble(self, const double[::1] u, double[::1] residual, double[:, :, ::1] blocks=None, int num_threads=1,
                 const unsigned char[::1] sides=None, const double[:, ::1] excess=None,
                 const double[:, :, ::1] excess_slope=None):
        """Add the edge terms to `residual` and, if given, their derivatives to `blocks`.

        Parameters
        ----------
        u, residual : (n_unknowns,) float64
        blocks : (n_blocks, m, m) float64, optional
        num_threads : int
        sides : (n_species,) uint8, optional
            Where the flux of a species counts: 3 in the balances of both nodes, 1 in that of K only, 2 in that of L
            only. On a chain one side alone states that the flux itself vanishes.
        excess : (n_nodes, n_species) float64, optional
            mu_ex/RT, whose difference joins the drift v.
        excess_slope : (n_nodes, n_species, n_species) float64, optional
            Its derivatives by w; needed with `excess` and `blocks`.
        """
        cdef const double* excess_value = NULL
        cdef const double* excess_change = NULL
        if excess is not None and excess.shape[0] > 0 and excess.shape[1] > 0:
            excess_value = &excess[0, 0]
            if excess_slope is not None:
                excess_change = &excess_slope[0, 0, 0]
        cdef int chunk, last = self.chunks.shape[0] - 2
        cdef double* values = NULL
        cdef const unsigned char* side = NULL
        if blocks is not None:
            values = &blocks[0, 0, 0]
        if sides is not None and sides.shape[0] > 0:
            side = &sides[0]
        if last < 0 or self.edges.shape[0] == 0:
            return
        with nogil:
            if num_threads > 1 and last > 0:
                for chunk in prange(last, num_threads=num_threads, schedule="static"):
                    self.assemble_chunk(self.chunks[chunk], self.chunks[chunk + 1], &u[0], &residual[0], values, side,
                                        excess_value, excess_change)
            else:
                for chunk in range(last):
                    self.assemble_chunk(self.chunks[chunk], self.chunks[chunk + 1], &u[0], &residual[0], values, side,
                                        excess_value, excess_change)
            self.assemble_chunk(self.chunks[last], self.chunks[last + 1], &u[0], &residual[0], values, side,
                                        excess_value, excess_change)

    cdef void assemble_chunk(self, int first, int end, const double* u, double* residual,
                             double* blocks, const unsigned char* side, const double* excess,
                             const double* excess_slope) noexcept nogil:
        cdef int ns = self.n_species
        cdef int m = ns + 1
        cdef int mm = m * m
        cdef int e, i, j, c, row
        cdef const double* uk
        cdef const double* ul
        cdef double* rk
        cdef double* rl
        cdef double* akk
        cdef double* akl
        cdef double* alk
        cdef double* all_
        cdef double g, dphi, flux, coefficient, bp, bm, slope, dflux, eps, v, low, high
        akk = akl = alk = all_ = NULL
        cdef double[MAX_CLASSES] plus
        cdef double[MAX_CLASSES] minus
        cdef double[MAX_CLASSES] derivative
        cdef bint with_drift = self.drift.shape[0] > 0
        for e in range(first, end):
            uk = u + self.edges[e, 0] * m
            ul = u + self.edges[e, 1] * m
            rk = residual + self.edges[e, 0] * m
            rl = residual + self.edges[e, 1] * m
            row = self.region[e]
            g = self.conductance[e]
            dphi = ul[ns] - uk[ns]
            if with_drift:
                for c in range(self.n_classes):
                    bernoulli(self.class_charge[c] * dphi - self.drift[e] * self.class_peclet[row, c],
                              &plus[c], &minus[c], &derivative[c])
            else:
                for c in range(self.n_classes):
                    bernoulli(self.class_charge[c] * dphi, &plus[c], &minus[c], &derivative[c])
            eps = self.permittivity[row] * g
            rk[ns] -= eps * dphi
            rl[ns] += eps * dphi
            if blocks != NULL:
                akk = blocks + <Py_ssize_t> self.block_diagonal[self.edges[e, 0]] * mm
                all_ = blocks + <Py_ssize_t> self.block_diagonal[self.edges[e, 1]] * mm
                akl = blocks + <Py_ssize_t> self.block_kl[e] * mm
                alk = blocks + <Py_ssize_t> self.block_lk[e] * mm
                akk[mm - 1] += eps
                akl[mm - 1] -= eps
                alk[mm - 1] -= eps
                all_[mm - 1] += eps
            for i in range(ns):
                c = self.species_class[i]
                coefficient = self.mobility[row, i] * g
                if self.species_sign[i] > 0:
                    bp = plus[c]
                    bm = minus[c]
                    slope = derivative[c]
                else:
                    bp = minus[c]
                    bm = plus[c]
                    slope = -1.0 - derivative[c]
                if excess != NULL:
                    # the excess differs from species to species, so that nothing is shared within a class
                    v = self.species_sign[i] * self.class_charge[c] * dphi
                    if with_drift:
                        v = v - self.drift[e] * self.class_peclet[row, c]
                    v = v + excess[self.edges[e, 1] * ns + i] - excess[self.edges[e, 0] * ns + i]
                    bernoulli(v, &bp, &bm, &slope)
                flux = coefficient * (bp * uk[i] - bm * ul[i])
                if blocks != NULL and excess_slope != NULL:
                    dflux = coefficient * (slope * uk[i] - (1.0 + slope) * ul[i])
                    for j in range(ns):
                        low = dflux * excess_slope[(self.edges[e, 0] * ns + i) * ns + j]
                        high = dflux * excess_slope[(self.edges[e, 1] * ns + i) * ns + j]
                        if side == NULL or side[i] & 1:
                            akk[i * m + j] -= low
                            akl[i * m + j] += high
                        if side == NULL or side[i] & 2:
                            alk[i * m + j] += low
                            all_[i * m + j] -= high
                if side != NULL and side[i] != 3:
                    self.one_sided(i, side[i], flux, coefficient, bp, bm, slope, uk, ul, rk, rl, akk, akl, alk, all_,
                                   blocks != NULL)
                    continue
                rk[i] += flux
                rl[i] -= flux
                if blocks != NULL:
                    akk[i * m + i] += coefficient * bp
                    alk[i * m + i] -= coefficient * bp
                    akl[i * m + i] -= coefficient * bm
                    all_[i * m + i] += coefficient * bm
                    # dB(-v)/dv = -B'(-v) = 1 + B'(v)
                    dflux = (self.species_sign[i] * self.class_charge[c] * coefficient
                             * (slope * uk[i] - (1.0 + slope) * ul[i]))
                    akk[i * m + ns] -= dflux
                    alk[i * m + ns] += dflux
                    akl[i * m + ns] += dflux
                    all_[i * m + ns] -= dflux

    cdef void one_sided(self, int i, unsigned char side, double flux, double coefficient, double bp, double bm,
                        double slope, const double* uk, const double* ul, double* rk, double* rl, double* akk,
                        double* akl, double* alk, double* all_, bint jacobian) noexcept nogil:
        """The flux of species i in the balance of one node only."""
        cdef int ns = self.n_species
        cdef int m = ns + 1
        cdef double dflux = (self.species_sign[i] * self.class_charge[self.species_class[i]] * coefficient
                             * (slope * uk[i] - (1.0 + slope) * ul[i]))
        if side & 1:
            rk[i] += flux
            if jacobian:
                akk[i * m + i] += coefficient * bp
                akl[i * m + i] -= coefficient * bm
                akk[i * m + ns] -= dflux
                akl[i * m + ns] += dflux
        if side & 2:
            rl[i] -= flux
            if jacobian:
                alk[i * m + i] -= coefficient * bp
                all_[i * m + i] += coefficient * bm
                alk[i * m + ns] += dflux
                all_[i * m + ns] -= dflux

    def fluxes(self, const double[::1] u, double[:, ::1] flux, double[::1] displacement,
               const double[:, ::1] excess=None):
        """Fluxes per unit area (dimensionless) from K to L.

        Parameters
        ----------
        u : (n_unknowns,) float64
        flux : (n_species, n_edges) float64, output
            Total molar flow through the edge's face.
        displacement : (n_edges,) float64, output
            eps g (phi_K - phi_L): electric displacement through the face.
        """
        cdef int ns = self.n_species
        cdef int m = ns + 1
        cdef int e, i, k, l, row
        cdef double dphi, g, v, plus, minus, slope, sign
        with nogil:
            for e in range(self.edges.shape[0]):
                k = self.edges[e, 0] * m
                l = self.edges[e, 1] * m
                row = self.region[e]
                g = self.conductance[e]
                dphi = u[l + ns] - u[k + ns]
                displacement[e] = -self.permittivity[row] * g * dphi
                for i in range(ns):
                    sign = self.species_sign[i]
                    v = self.class_charge[self.species_class[i]] * dphi
                    if self.drift.shape[0] > 0:
                        v = v - self.drift[e] * self.class_peclet[row, self.species_class[i]]
                    v = sign * v
                    if excess is not None:
                        v = v + excess[self.edges[e, 1], i] - excess[self.edges[e, 0], i]
                    bernoulli(v, &plus, &minus, &slope)
                    flux[i, e] = self.mobility[row, i] * g * (plus * u[k + i] - minus * u[l + i])
