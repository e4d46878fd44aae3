"""Cycles of algebraic multigrid in single precision, on rows scaled to a unit diagonal.

A matrix is stored without its diagonal; what is missing is 1. Single precision halves the memory traffic, which is what
a cycle costs; a preconditioner needs no more digits.
"""


def smooth_from_zero(const int[::1] pointer, const int[::1] column, const float[::1] data, const float[::1] b,
                     float[::1] x):
    """One forward Gauss-Seidel sweep from x = 0 (columns of a row must increase)."""
    cdef Py_ssize_t i, p
    cdef float total
    with nogil:
        for i in range(b.shape[0]):
            total = b[i]
            for p in range(pointer[i], pointer[i + 1]):
                if column[p] > i:
                    break
                total = total - data[p] * x[column[p]]
            x[i] = total


def smooth_backward(const int[::1] pointer, const int[::1] column, const float[::1] data, const float[::1] b,
                    float[::1] x):
    """One backward Gauss-Seidel sweep."""
    cdef Py_ssize_t i, p
    cdef float total
    with nogil:
        for i in range(b.shape[0] - 1, -1, -1):
            total = b[i]
            for p in range(pointer[i], pointer[i + 1]):
                total = total - data[p] * x[column[p]]
            x[i] = total


def residual(const int[::1] pointer, const int[::1] column, const float[::1] data, const float[::1] b,
             const float[::1] x, float[::1] r):
    """r = b - A x after a forward sweep from zero: the lower part of the row is already satisfied."""
    cdef Py_ssize_t i, p
    cdef float total
    with nogil:
        for i in range(b.shape[0]):
            total = 0.0
            for p in range(pointer[i + 1] - 1, pointer[i] - 1, -1):
                if column[p] < i:
                    break
                total = total - data[p] * x[column[p]]
            r[i] = total


def multiply(const int[::1] pointer, const int[::1] column, const float[::1] data, const float[::1] x, float[::1] y,
             bint add):
    """y = A x, or y += A x, for a rectangular matrix."""
    cdef Py_ssize_t i, p
    cdef float total
    with nogil:
        for i in range(y.shape[0]):
            total = y[i] if add else 0.0
            for p in range(pointer[i], pointer[i + 1]):
                total = total + data[p] * x[column[p]]
            y[i] = total


def scale_rows(const int[::1] pointer, const int[::1] column, const double[::1] data, int[::1] pointer_out,
               int[::1] column_out, float[::1] data_out, double[::1] diagonal):
    """Divide rows by their diagonal and drop it.

    Returns
    -------
    int
        Row without a diagonal entry, or -1.
    """
    cdef Py_ssize_t i, p, q = 0, bad = -1
    cdef double inverse
    with nogil:
        for i in range(pointer.shape[0] - 1):
            diagonal[i] = 0.0
            for p in range(pointer[i], pointer[i + 1]):
                if column[p] == i:
                    diagonal[i] = data[p]
            pointer_out[i] = <int> q
            if diagonal[i] == 0.0:
                bad = i
                break
            inverse = 1.0 / diagonal[i]
            for p in range(pointer[i], pointer[i + 1]):
                if column[p] != i:
                    column_out[q] = column[p]
                    data_out[q] = <float> (data[p] * inverse)
                    q = q + 1
        pointer_out[pointer.shape[0] - 1] = <int> q
    return bad


def scale_transfer(const int[::1] pointer, const int[::1] column, const double[::1] data, const double[::1] left,
                   const double[::1] right, float[::1] data_out):
    """diag(1/left) A diag(right) in single precision (an empty `left` means 1)."""
    cdef Py_ssize_t i, p
    cdef double factor
    with nogil:
        for i in range(pointer.shape[0] - 1):
            factor = 1.0 / left[i]
            for p in range(pointer[i], pointer[i + 1]):
                data_out[p] = <float> (data[p] * factor * right[column[p]])
