"""Algebraic multigrid: coarsening of one matrix, and cycles on rows scaled to a unit diagonal.

A matrix is stored without its diagonal; what is missing is 1.
"""

from libc.stdlib cimport free, realloc
from libc.string cimport memcpy

import numpy as np

cdef extern from "coarsening.h" nogil:
    ctypedef struct np_rows:
        int* pointer
        int* column
        double* data
        Py_ssize_t room

    void np_strength(Py_ssize_t n, const int* pointer, const int* column, const double* data, double theta,
                     double dominance, unsigned char* strong)
    Py_ssize_t np_split(Py_ssize_t n, const int* pointer, const int* column, const unsigned char* strong, int* number)
    int np_interpolation(Py_ssize_t n, const int* pointer, const int* column, const double* data,
                         const unsigned char* strong, const int* number, np_rows* out)
    int np_galerkin(Py_ssize_t n, Py_ssize_t nc, const int* pointer, const int* column, const double* data,
                    const np_rows* p, np_rows* out)
    void np_rows_free(np_rows* m)

cdef extern from "cycle.h" nogil:
    ctypedef struct np_level:
        Py_ssize_t n
        Py_ssize_t n_coarse
        Py_ssize_t band
        const int* pointer
        const int* middle
        const int* column
        const int* p_pointer
        const int* p_column
        const double* data
        const double* interpolation
        const double* restriction
        double* x
        double* b

    void np_descend(const np_level* level, const double* b, double* x, double* coarse)
    void np_ascend(const np_level* level, const double* b, double* x, const double* coarse)
    void np_dense(Py_ssize_t n, const double* a, const double* b, double* x)


cdef tuple arrays(np_rows* m, Py_ssize_t n):
    """Copies of pointer, column and data."""
    cdef Py_ssize_t size = m.pointer[n]
    cdef int[::1] pointer = np.empty(n + 1, np.int32)
    cdef int[::1] column = np.empty(max(size, 1), np.int32)
    cdef double[::1] data = np.empty(max(size, 1))
    memcpy(&pointer[0], m.pointer, (n + 1) * sizeof(int))
    memcpy(&column[0], m.column, size * sizeof(int))
    memcpy(&data[0], m.data, size * sizeof(double))
    return np.asarray(pointer), np.asarray(column)[:size], np.asarray(data)[:size]


def coarsen(const int[::1] pointer, const int[::1] column, const double[::1] data, double theta, double dominance):
    """Interpolation and coarse matrix of one level.

    Parameters
    ----------
    pointer, column, data
        Compressed rows with increasing columns.
    theta : float
        Entries of at least this part of the largest in their row are strong.
    dominance : float
        Rows whose entries beside the diagonal are less than this part of it need no coarse points.

    Returns
    -------
    interpolation, coarse : (pointer, column, data)
        Both None where there is no coarse point.
    """
    cdef Py_ssize_t n = pointer.shape[0] - 1, coarse
    cdef unsigned char[::1] strong = np.empty(max(column.shape[0], 1), np.uint8)
    cdef int[::1] number = np.empty(n, np.int32)
    cdef np_rows p, a
    cdef int good = 0
    p.pointer = p.column = a.pointer = a.column = NULL
    p.data = a.data = NULL
    with nogil:
        np_strength(n, &pointer[0], &column[0], &data[0], theta, dominance, &strong[0])
        coarse = np_split(n, &pointer[0], &column[0], &strong[0], &number[0])
        if coarse > 0:
            good = np_interpolation(n, &pointer[0], &column[0], &data[0], &strong[0], &number[0], &p)
            good = good and np_galerkin(n, coarse, &pointer[0], &column[0], &data[0], &p, &a)
    try:
        if coarse == 0:
            return None, None
        if not good:
            raise MemoryError("no memory for a level of multigrid")
        return arrays(&p, n), arrays(&a, coarse)
    finally:
        np_rows_free(&p)
        np_rows_free(&a)


def scale_rows(const int[::1] pointer, const int[::1] column, const double[::1] data, int[::1] pointer_out,
               int[::1] middle, int[::1] column_out, double[::1] data_out, const double[::1] diagonal):
    """Divide rows by their diagonal and drop it; `middle` tells where the entries behind it begin."""
    cdef Py_ssize_t i, p, q = 0
    cdef double inverse
    with nogil:
        for i in range(pointer.shape[0] - 1):
            pointer_out[i] = middle[i] = <int> q
            inverse = 1.0 / diagonal[i]
            for p in range(pointer[i], pointer[i + 1]):
                if column[p] != i:
                    column_out[q] = column[p]
                    data_out[q] = data[p] * inverse
                    q = q + 1
                    if column[p] < i:
                        middle[i] = <int> q
        pointer_out[pointer.shape[0] - 1] = <int> q


def diagonal(const int[::1] pointer, const int[::1] column, const double[::1] data, double[::1] out):
    """out = diagonal of a matrix, 0 where there is no such entry."""
    cdef Py_ssize_t i, p
    with nogil:
        for i in range(out.shape[0]):
            out[i] = 0.0
            for p in range(pointer[i], pointer[i + 1]):
                if column[p] == i:
                    out[i] = data[p]


def transfers(const int[::1] pointer, const int[::1] column, const double[::1] data, const double[::1] fine,
              const double[::1] coarse, double[::1] interpolation, double[::1] restriction):
    """Values of P, and of the transpose of D_coarse^-1 P^T D: right-hand sides of all levels are scaled."""
    cdef Py_ssize_t i, p
    with nogil:
        for i in range(fine.shape[0]):
            for p in range(pointer[i], pointer[i + 1]):
                interpolation[p] = data[p]
                restriction[p] = data[p] * fine[i] / coarse[column[p]]


cdef class Cycle:
    """V(1,1)-cycle; levels are added from the finest on."""

    cdef np_level* levels
    cdef Py_ssize_t count
    cdef list kept
    cdef object solve_coarse
    cdef double[::1] dense, last_x, last_b

    def __cinit__(self):
        self.levels = NULL
        self.count = 0
        self.kept = []
        self.solve_coarse = None

    def __dealloc__(self):
        free(self.levels)

    def add(self, const int[::1] pointer, const int[::1] middle, const int[::1] column, const double[::1] data,
            const int[::1] p_pointer, const int[::1] p_column, const double[::1] interpolation,
            const double[::1] restriction, Py_ssize_t n_coarse):
        """Scaled rows of a level, and its interpolation."""
        cdef Py_ssize_t n = pointer.shape[0] - 1, i, p, distance, band = 0
        cdef np_level* grown = <np_level*> realloc(self.levels, (self.count + 1) * sizeof(np_level))
        if grown == NULL:
            raise MemoryError("no memory for a level of multigrid")
        self.levels = grown
        cdef double[::1] x = np.zeros(max(n, 1), np.float64)
        cdef double[::1] b = np.zeros(max(n, 1), np.float64)
        cdef np_level* level = &self.levels[self.count]
        with nogil:
            for i in range(n):
                for p in range(pointer[i], pointer[i + 1]):
                    distance = column[p] - i if column[p] > i else i - column[p]
                    if distance > band:
                        band = distance
        level.n, level.n_coarse, level.band = n, n_coarse, band
        level.pointer, level.middle = &pointer[0], &middle[0]
        level.column, level.data = &column[0], &data[0]
        level.p_pointer, level.p_column = &p_pointer[0], &p_column[0]
        level.interpolation, level.restriction = &interpolation[0], &restriction[0]
        level.x, level.b = &x[0], &b[0]
        self.kept.append((pointer, middle, column, data, p_pointer, p_column, interpolation, restriction, x, b))
        self.count += 1

    def finish(self, Py_ssize_t n, double[:, ::1] inverse, solve_coarse):
        """The coarsest points: the transpose of an inverse, or a function (b, x), or neither where there are none."""
        self.solve_coarse = solve_coarse
        self.last_x = np.zeros(max(n, 1), np.float64)
        self.last_b = np.zeros(max(n, 1), np.float64)
        self.dense = None if inverse is None else np.asarray(inverse).reshape(-1)

    def run(self, const double[::1] b, double[::1] x):
        """x = approximate solution for the right-hand side b."""
        cdef Py_ssize_t k, n = self.last_x.shape[0]
        cdef const double* right = &b[0]
        cdef double* solution = &x[0]
        cdef double* coarse
        cdef const np_level* level
        with nogil:
            for k in range(self.count):
                level = &self.levels[k]
                coarse = self.levels[k + 1].b if k + 1 < self.count else &self.last_b[0]
                np_descend(level, right, solution, coarse)
                right = coarse
                solution = self.levels[k + 1].x if k + 1 < self.count else &self.last_x[0]
        if self.count == 0:
            self.last_b[:] = b
        if self.solve_coarse is not None:
            self.solve_coarse(np.asarray(self.last_b), np.asarray(self.last_x))
        elif self.dense is not None:
            np_dense(n, &self.dense[0], &self.last_b[0], &self.last_x[0])
        if self.count == 0:
            x[:] = self.last_x
        with nogil:
            for k in range(self.count - 1, -1, -1):
                level = &self.levels[k]
                coarse = self.levels[k + 1].x if k + 1 < self.count else &self.last_x[0]
                if k > 0:
                    np_ascend(level, level.b, level.x, coarse)
                else:
                    np_ascend(level, &b[0], &x[0], coarse)
