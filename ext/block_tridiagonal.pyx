"""LU factorisation of block-tridiagonal matrices (block Thomas algorithm; G. H. Golub and C. F. Van Loan,
Matrix Computations, 4th ed., section 4.5.1), with partial pivoting inside the blocks."""


cdef extern from "block_tridiagonal.h" nogil:
    Py_ssize_t np_factor(int m, Py_ssize_t n, double* blocks, unsigned char* pivot)
    void np_solve(int m, Py_ssize_t n, const double* blocks, const unsigned char* pivot, double* x)

cdef extern from "block_wide.h" nogil:
    Py_ssize_t np_factor_solve(int m, Py_ssize_t n, double* blocks, unsigned char* pivot, double* x)


def factor(double[:, :, ::1] blocks, unsigned char[:, ::1] pivot):
    """Factorise in place.

    Parameters
    ----------
    blocks : (3 n - 2, m, m) float64
        Rows of blocks in order: diagonal, upper | lower, diagonal, upper | ... | lower, diagonal.
    pivot : (n, m) uint8, output

    Returns
    -------
    int
        -1, or the row of the first singular (or non-finite) diagonal block.
    """
    cdef Py_ssize_t status
    with nogil:
        status = np_factor(<int> pivot.shape[1], pivot.shape[0], &blocks[0, 0, 0], &pivot[0, 0])
    return status


def solve(const double[:, :, ::1] blocks, const unsigned char[:, ::1] pivot, double[::1] x):
    """Overwrite the right-hand side `x` ((n m,) float64) with the solution."""
    with nogil:
        np_solve(<int> pivot.shape[1], pivot.shape[0], &blocks[0, 0, 0], &pivot[0, 0], &x[0])


def factor_and_solve(double[:, :, ::1] blocks, unsigned char[:, ::1] pivot, double[::1] x):
    """`factor`, then `solve` where that succeeds; returns what `factor` does."""
    cdef Py_ssize_t status
    with nogil:
        status = np_factor_solve(<int> pivot.shape[1], pivot.shape[0], &blocks[0, 0, 0], &pivot[0, 0], &x[0])
    return status
