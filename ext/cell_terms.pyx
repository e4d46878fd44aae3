"""Terms of control volumes: charge, storage and mass-action reactions."""


cdef class CellTerms:
    """Charge of the ions and storage in every control volume (dimensionless).

    The charge row of node K receives ``-(sum_i z_i capacity_Ki w_i + fixed_charge_K)``.

    Parameters
    ----------
    capacity : (n_nodes, n_species) float64
        Volume times porosity times partition coefficient, summed over the node's cells.
    fixed_charge : (n_nodes,) float64
        Fixed charge times volume, plus surface charge times area.
    charge : (n_species,) float64
    block_diagonal : (n_nodes,) int32
    """

    cdef const double[:, ::1] capacity
    cdef const double[::1] fixed_charge
    cdef const double[::1] charge
    cdef const int[::1] block_diagonal

    def __init__(self, *, capacity, fixed_charge, charge, block_diagonal):
        self.capacity, self.fixed_charge = capacity, fixed_charge
        self.charge, self.block_diagonal = charge, block_diagonal

    def assemble(self, const double[::1] u, double[::1] residual, double[:, :, ::1] blocks=None, double shift=0.0):
        """Add the charge to `residual`, its derivative and ``shift`` times storage to `blocks`."""
        cdef int ns = self.capacity.shape[1]
        cdef int m = ns + 1
        cdef int k, i, d
        cdef double q
        cdef bint jacobian = blocks is not None
        with nogil:
            for k in range(self.capacity.shape[0]):
                q = self.fixed_charge[k]
                for i in range(ns):
                    q = q + self.charge[i] * self.capacity[k, i] * u[k * m + i]
                residual[k * m + ns] -= q
                if jacobian:
                    d = self.block_diagonal[k]
                    for i in range(ns):
                        blocks[d, ns, i] -= self.charge[i] * self.capacity[k, i]
                    if shift != 0.0:
                        for i in range(ns):
                            blocks[d, i, i] += shift * self.capacity[k, i]

    def assemble_storage(self, double[:, :, ::1] blocks, double shift):
        """Add ``shift`` times storage to `blocks` (None: nothing)."""
        cdef int k, i
        if blocks is None:
            return
        with nogil:
            for k in range(self.capacity.shape[0]):
                for i in range(self.capacity.shape[1]):
                    blocks[self.block_diagonal[k], i, i] += shift * self.capacity[k, i]


cdef class ReactionTerms:
    """Reversible mass-action reactions (dimensionless).

    Parameters
    ----------
    node, reaction : (n_sites,) int32
        One site per reaction and cell in which it takes place.
    forward, backward : (n_sites,) float64
        Rate constants times volume, partition coefficients included.
    pointer : (n_reactions + 1,) int32
    species, reactant_order, product_order : (n_terms,) int32
        Participants of reaction r are terms [pointer[r], pointer[r+1]).
    block_diagonal : (n_nodes,) int32
    n_species : int
    """

    cdef const int[::1] node
    cdef const int[::1] reaction
    cdef const double[::1] forward
    cdef const double[::1] backward
    cdef const int[::1] pointer
    cdef const int[::1] species
    cdef const int[::1] reactant_order
    cdef const int[::1] product_order
    cdef const int[::1] block_diagonal
    cdef int n_species

    def __init__(self, *, node, reaction, forward, backward, pointer, species, reactant_order, product_order,
                 block_diagonal, n_species):
        self.node, self.reaction, self.forward, self.backward = node, reaction, forward, backward
        self.pointer, self.species = pointer, species
        self.reactant_order, self.product_order = reactant_order, product_order
        self.block_diagonal, self.n_species = block_diagonal, n_species

    def assemble(self, const double[::1] u, double[::1] residual, double[:, :, ::1] blocks=None):
        """Subtract production from `residual` and add its derivatives to `blocks`."""
        cdef int ns = self.n_species
        cdef int m = ns + 1
        cdef int s, k, r, first, end, t, q, d
        cdef double rate, change, slope
        cdef bint jacobian = blocks is not None
        with nogil:
            for s in range(self.node.shape[0]):
                k = self.node[s]
                r = self.reaction[s]
                first, end = self.pointer[r], self.pointer[r + 1]
                rate = self.forward[s] * self.product(&u[k * m], first, end, &self.reactant_order[0], -1)
                rate = rate - self.backward[s] * self.product(&u[k * m], first, end, &self.product_order[0], -1)
                for t in range(first, end):
                    change = self.product_order[t] - self.reactant_order[t]
                    residual[k * m + self.species[t]] -= change * rate
                if jacobian:
                    d = self.block_diagonal[k]
                    for q in range(first, end):
                        slope = self.forward[s] * self.product(&u[k * m], first, end, &self.reactant_order[0], q)
                        slope = slope - self.backward[s] * self.product(&u[k * m], first, end,
                                                                        &self.product_order[0], q)
                        for t in range(first, end):
                            change = self.product_order[t] - self.reactant_order[t]
                            blocks[d, self.species[t], self.species[q]] -= change * slope

    cdef double product(self, const double* w, int first, int end, const int* order, int derived) noexcept nogil:
        """prod w^order, or its derivative with respect to the species of term `derived`."""
        cdef double value = 1.0
        cdef int t, _factor, power
        for t in range(first, end):
            power = order[t]
            if t == derived:
                if power == 0:
                    return 0.0
                value = value * power
                power = power - 1
            for _factor in range(power):
                value = value * w[self.species[t]]
        return value
