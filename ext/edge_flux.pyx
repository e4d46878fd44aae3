"""Scharfetter-Gummel fluxes and the displacement flux over edges: residual and Jacobian in one pass.

On edge (K, L) of region r, with v = z (phi_L - phi_K) - q h / D (q the imposed velocity from K to L),

    J = D k g (B(v) w_K - B(-v) w_L),        E = eps g (phi_K - phi_L),        g = area / length

(D. L. Scharfetter and H. K. Gummel, IEEE Trans. Electron Devices 16 (1969) 64, eq. 6a, written in the
drift v). J = 0 exactly where w_L = w_K exp(-v).
"""

from cython.parallel cimport prange


cdef extern from "flux.h" nogil:
    void np_bernoulli_array(Py_ssize_t count, const double* x, double* plus, double* minus, double* slope)
    void np_flux_terms(Py_ssize_t count, int sign, double charge, const double* coefficient, const double* w_lower,
                       const double* w_upper, const double* plus, const double* minus, const double* slope, double* flux,
                       double* by_lower, double* by_upper, double* by_potential)
    void np_flux_values(Py_ssize_t count, int sign, const double* coefficient, const double* w_lower,
                        const double* w_upper, const double* plus, const double* minus, double* flux)


cdef enum:
    MAX_CLASSES = 32
    # edges whose terms are computed together, in the registers of the processor
    GROUP = 32


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
        cdef int start = first
        while start < end:
            self.assemble_group(start, min(end - start, <int> GROUP), u, residual, blocks, side, excess, excess_slope)
            start += GROUP

    cdef void assemble_group(self, int first, int count, const double* u, double* residual,
                             double* blocks, const unsigned char* side, const double* excess,
                             const double* excess_slope) noexcept nogil:
        """Edges [first, first + count): the terms of all of them species by species, then into their places."""
        cdef int ns = self.n_species
        cdef int m = ns + 1
        cdef Py_ssize_t mm = m * m
        cdef int e, i, j, c, k, l, sign
        cdef unsigned char counts
        cdef double z, low, high, eps
        cdef double[GROUP] drop
        cdef double[GROUP] argument
        cdef double[GROUP] coefficient
        cdef double[GROUP] lower
        cdef double[GROUP] upper
        cdef double[GROUP] flux
        cdef double[GROUP] by_lower
        cdef double[GROUP] by_upper
        cdef double[GROUP] by_potential
        cdef double[GROUP] own_plus
        cdef double[GROUP] own_minus
        cdef double[GROUP] own_slope
        cdef double[MAX_CLASSES * GROUP] plus
        cdef double[MAX_CLASSES * GROUP] minus
        cdef double[MAX_CLASSES * GROUP] slope
        cdef const double* bp
        cdef const double* bm
        cdef const double* db
        cdef double* akk
        cdef double* akl
        cdef double* alk
        cdef double* all_
        for e in range(count):
            k, l = self.edges[first + e, 0], self.edges[first + e, 1]
            drop[e] = u[l * m + ns] - u[k * m + ns]
            eps = self.permittivity[self.region[first + e]] * self.conductance[first + e]
            residual[k * m + ns] -= eps * drop[e]
            residual[l * m + ns] += eps * drop[e]
            if blocks != NULL:
                blocks[self.block_diagonal[k] * mm + mm - 1] += eps
                blocks[self.block_kl[first + e] * mm + mm - 1] -= eps
                blocks[self.block_lk[first + e] * mm + mm - 1] -= eps
                blocks[self.block_diagonal[l] * mm + mm - 1] += eps
        if excess == NULL:
            for c in range(self.n_classes):
                self.arguments(first, count, c, 1, drop, argument)
                np_bernoulli_array(count, argument, &plus[c * GROUP], &minus[c * GROUP], &slope[c * GROUP])
        for i in range(ns):
            c = self.species_class[i]
            sign = self.species_sign[i]
            z = sign * self.class_charge[c]
            bp = &plus[c * GROUP]
            bm = &minus[c * GROUP]
            db = &slope[c * GROUP]
            if excess != NULL:
                # the excess differs from species to species, so that nothing is shared within a class
                self.arguments(first, count, c, sign, drop, argument)
                for e in range(count):
                    argument[e] += (excess[self.edges[first + e, 1] * ns + i] - excess[self.edges[first + e, 0] * ns + i])
                np_bernoulli_array(count, argument, own_plus, own_minus, own_slope)
                bp = own_plus
                bm = own_minus
                db = own_slope
                sign = 1
            for e in range(count):
                coefficient[e] = self.mobility[self.region[first + e], i] * self.conductance[first + e]
                lower[e] = u[self.edges[first + e, 0] * m + i]
                upper[e] = u[self.edges[first + e, 1] * m + i]
            counts = 3 if side == NULL else side[i]
            if blocks == NULL:
                np_flux_values(count, sign, coefficient, lower, upper, bp, bm, flux)
            else:
                # with an excess the derivative by the drift itself is wanted; the charge multiplies it below
                np_flux_terms(count, sign, 1.0 if excess_slope != NULL else z, coefficient, lower, upper, bp, bm, db,
                              flux, by_lower, by_upper, by_potential)
            for e in range(count):
                if counts & 1:
                    residual[self.edges[first + e, 0] * m + i] += flux[e]
                if counts & 2:
                    residual[self.edges[first + e, 1] * m + i] -= flux[e]
            if blocks == NULL:
                continue
            for e in range(count):
                k, l = self.edges[first + e, 0], self.edges[first + e, 1]
                akk = blocks + self.block_diagonal[k] * mm + i * m
                all_ = blocks + self.block_diagonal[l] * mm + i * m
                akl = blocks + self.block_kl[first + e] * mm + i * m
                alk = blocks + self.block_lk[first + e] * mm + i * m
                if excess_slope != NULL:
                    for j in range(ns):
                        low = by_potential[e] * excess_slope[(k * ns + i) * ns + j]
                        high = by_potential[e] * excess_slope[(l * ns + i) * ns + j]
                        if counts & 1:
                            akk[j] -= low
                            akl[j] += high
                        if counts & 2:
                            alk[j] += low
                            all_[j] -= high
                    by_potential[e] *= z
                if counts & 1:
                    akk[i] += by_lower[e]
                    akl[i] += by_upper[e]
                    akk[ns] -= by_potential[e]
                    akl[ns] += by_potential[e]
                if counts & 2:
                    alk[i] -= by_lower[e]
                    all_[i] -= by_upper[e]
                    alk[ns] += by_potential[e]
                    all_[ns] -= by_potential[e]

    cdef void arguments(self, int first, int count, int c, int sign, const double* drop,
                        double* argument) noexcept nogil:
        """The drift v of a class (sign < 0: -v) on `count` edges."""
        cdef int e
        cdef double z = sign * self.class_charge[c]
        for e in range(count):
            argument[e] = z * drop[e]
        if self.drift.shape[0] > 0:
            for e in range(count):
                argument[e] -= self.drift[first + e] * self.class_peclet[self.region[first + e], c]

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
        cdef int first, count, e, i, c, k, l, sign, ns = self.n_species
        cdef int m = ns + 1
        cdef double[GROUP] drop
        cdef double[GROUP] argument
        cdef double[GROUP] coefficient
        cdef double[GROUP] lower
        cdef double[GROUP] upper
        cdef double[GROUP] plus
        cdef double[GROUP] minus
        cdef double[GROUP] slope
        with nogil:
            first = 0
            while first < self.edges.shape[0]:
                count = min(<int> self.edges.shape[0] - first, <int> GROUP)
                for e in range(count):
                    k, l = self.edges[first + e, 0], self.edges[first + e, 1]
                    drop[e] = u[l * m + ns] - u[k * m + ns]
                    displacement[first + e] = (-self.permittivity[self.region[first + e]]
                                               * self.conductance[first + e] * drop[e])
                for i in range(ns):
                    c, sign = self.species_class[i], self.species_sign[i]
                    self.arguments(first, count, c, sign, drop, argument)
                    for e in range(count):
                        k, l = self.edges[first + e, 0], self.edges[first + e, 1]
                        if excess is not None:
                            argument[e] += excess[l, i] - excess[k, i]
                        coefficient[e] = self.mobility[self.region[first + e], i] * self.conductance[first + e]
                        lower[e], upper[e] = u[k * m + i], u[l * m + i]
                    np_bernoulli_array(count, argument, plus, minus, slope)
                    np_flux_values(count, 1, coefficient, lower, upper, plus, minus, &flux[i, first])
                first += GROUP
