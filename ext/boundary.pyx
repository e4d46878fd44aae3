"""Rows that the outer surfaces replace."""


cdef class FixedRows:
    """Unknowns with a given value: their rows become ``u - value = 0``.

    Parameters
    ----------
    row : (n_rows,) int32
        Index into the vector of unknowns.
    pointer : (n_nodes + 1,) int32
        Blocks [pointer[K], pointer[K+1]) form the rows of node K.
    block_diagonal : (n_nodes,) int32
    block_size : int
    """

    cdef const int[::1] row
    cdef const int[::1] pointer
    cdef const int[::1] block_diagonal
    cdef int block_size

    def __init__(self, *, row, pointer, block_diagonal, block_size):
        self.row, self.pointer, self.block_diagonal = row, pointer, block_diagonal
        self.block_size = block_size

    def apply(self, const double[::1] u, const double[::1] value, double[::1] residual, double[:, :, ::1] blocks=None):
        """Overwrite the fixed rows of `residual` and `blocks`."""
        cdef int m = self.block_size
        cdef int r, k, component, p, j
        cdef bint jacobian = blocks is not None
        with nogil:
            for r in range(self.row.shape[0]):
                residual[self.row[r]] = u[self.row[r]] - value[r]
                if jacobian:
                    k = self.row[r] // m
                    component = self.row[r] % m
                    for p in range(self.pointer[k], self.pointer[k + 1]):
                        for j in range(m):
                            blocks[p, component, j] = 0.0
                    blocks[self.block_diagonal[k], component, component] = 1.0
