"""Coupled block matrices seen as scalar fields in changed variables.

At every node the unknowns d_1 ... d_s, d_last of a block of size m = s + 1 become x_1 ... x_s, x_last by
``d_i = scale_i x_i + mix_i x_last``, ``d_last = x_last``.
"""


def split(double[:, :, ::1] blocks, const int[::1] pointer, const int[::1] column, const int[::1] diagonal,
          const double[:, ::1] scale, const double[:, ::1] mix, const double[:, ::1] unit, double[:, ::1] fields,
          double[:, ::1] lower, double[:, ::1] row_scale, double[:, ::1] sparse, double[:, :, ::1] own):
    """Scalar matrices of the fields, the coupling of the last field to the others, and scaled rows.

    Parameters
    ----------
    blocks : (n_blocks, m, m) float64
    pointer, column, diagonal : int32
        Block compressed rows.
    scale, mix : (n_nodes, m - 1) float64
    unit : (n_nodes, m - 1) float64
        Of x_1 ... x_s, in which their rows are measured.
    fields : (m, n_blocks) float64, output
        Scalar matrices of x_1 ... x_s, x_last before the scaling of rows.
    lower : (n_nodes, m - 1) float64, output
        Nodal coefficient of x_i in the scaled last row.
    row_scale : (n_nodes, m) float64, output
        What the rows must be multiplied by: one over the diagonal entry of the scalar field, and over its unit.
    sparse : (n_blocks, 2 m - 1) float64, output
        Scaled entries of the blocks beside the diagonal: diagonals of the species, then what couples them to the last
        unknown, then the last diagonal.
    own : (n_nodes, m, m) float64, output
        Scaled diagonal blocks.

    Returns
    -------
    bool
        Whether the blocks beside the diagonal have no other entries. Only then `multiply_sparse` serves.
    """
    cdef int m = blocks.shape[1]
    cdef int s = m - 1
    cdef Py_ssize_t k, p, c, d
    cdef int i, j
    cdef bint others = False
    cdef double last, factor
    with nogil:
        for k in range(diagonal.shape[0]):
            for p in range(pointer[k], pointer[k + 1]):
                c = column[p]
                last = blocks[p, s, s]
                for i in range(s):
                    fields[i, p] = blocks[p, i, i] * scale[c, i]
                    last = last + blocks[p, s, i] * mix[c, i]
                fields[s, p] = last
            d = diagonal[k]
            for i in range(m):
                row_scale[k, i] = 1.0 / fields[i, d] if fields[i, d] != 0.0 else 1.0
            for i in range(s):
                lower[k, i] = blocks[d, s, i] * scale[k, i] * row_scale[k, s]
            for i in range(s):
                row_scale[k, i] = row_scale[k, i] / unit[k, i]
            for i in range(m):
                for j in range(m):
                    own[k, i, j] = blocks[d, i, j] * row_scale[k, i]
            for p in range(pointer[k], pointer[k + 1]):
                if p == d:
                    continue
                for i in range(s):
                    factor = row_scale[k, i]
                    sparse[p, i] = blocks[p, i, i] * factor
                    sparse[p, s + i] = blocks[p, i, s] * factor
                    for j in range(i):
                        others = others or blocks[p, i, j] != 0.0 or blocks[p, j, i] != 0.0
                    others = others or blocks[p, s, i] != 0.0
                sparse[p, 2 * s] = blocks[p, s, s] * row_scale[k, s]
    return not others


def scale(double[:, :, ::1] blocks, const int[::1] pointer, const double[:, ::1] row_scale):
    """Multiply rows by their scale."""
    cdef int m = blocks.shape[1]
    cdef Py_ssize_t k, p
    cdef int i, j
    with nogil:
        for k in range(row_scale.shape[0]):
            for p in range(pointer[k], pointer[k + 1]):
                for i in range(m):
                    for j in range(m):
                        blocks[p, i, j] = blocks[p, i, j] * row_scale[k, i]


def multiply_sparse(const double[:, ::1] sparse, const double[:, :, ::1] own, const int[::1] pointer,
                    const int[::1] column, const int[::1] diagonal, const double[::1] x, double[::1] y):
    """y = A x for scaled blocks as `split` stores them."""
    cdef int m = own.shape[1]
    cdef Py_ssize_t k, n = own.shape[0]
    with nogil:
        for k in range(n):
            if m == 3:
                row_of_three(&sparse[0, 0], &own[k, 0, 0], pointer[k], diagonal[k], pointer[k + 1], &column[0], k,
                             &x[0], &y[3 * k])
            else:
                row_of_any(m, &sparse[0, 0], &own[k, 0, 0], pointer[k], diagonal[k], pointer[k + 1], &column[0], k,
                           &x[0], &y[m * k])


cdef inline void row_of_three(const double* sparse, const double* own, int first, int diagonal, int end,
                              const int* column, Py_ssize_t k, const double* x, double* y) noexcept nogil:
    cdef const double* v = x + 3 * k
    cdef const double* b
    cdef Py_ssize_t p
    cdef double y0 = own[0] * v[0] + own[1] * v[1] + own[2] * v[2]
    cdef double y1 = own[3] * v[0] + own[4] * v[1] + own[5] * v[2]
    cdef double y2 = own[6] * v[0] + own[7] * v[1] + own[8] * v[2]
    for p in range(first, end):
        if p == diagonal:
            continue
        b = sparse + 5 * p
        v = x + 3 * <Py_ssize_t> column[p]
        y0 = y0 + b[0] * v[0] + b[2] * v[2]
        y1 = y1 + b[1] * v[1] + b[3] * v[2]
        y2 = y2 + b[4] * v[2]
    y[0] = y0
    y[1] = y1
    y[2] = y2


cdef inline void row_of_any(int m, const double* sparse, const double* own, int first, int diagonal, int end,
                            const int* column, Py_ssize_t k, const double* x, double* y) noexcept nogil:
    cdef const double* v = x + m * k
    cdef const double* b
    cdef Py_ssize_t p
    cdef int i, j, s = m - 1
    for i in range(m):
        y[i] = 0.0
        for j in range(m):
            y[i] = y[i] + own[i * m + j] * v[j]
    for p in range(first, end):
        if p == diagonal:
            continue
        b = sparse + p * (2 * s + 1)
        v = x + m * <Py_ssize_t> column[p]
        for i in range(s):
            y[i] = y[i] + b[i] * v[i] + b[s + i] * v[s]
        y[s] = y[s] + b[2 * s] * v[s]


def multiply(const double[:, :, ::1] blocks, const int[::1] pointer, const int[::1] column, const double[::1] x,
             double[::1] y):
    """y = A x for a square block matrix."""
    cdef int m = blocks.shape[1]
    with nogil:
        if m == 3:
            multiply_three(&blocks[0, 0, 0], &pointer[0], &column[0], pointer.shape[0] - 1, &x[0], &y[0])
        else:
            multiply_any(&blocks[0, 0, 0], &pointer[0], &column[0], pointer.shape[0] - 1, m, &x[0], &y[0])


cdef void multiply_three(const double* blocks, const int* pointer, const int* column, Py_ssize_t n, const double* x,
                         double* y) noexcept nogil:
    cdef Py_ssize_t k, p
    cdef const double* b
    cdef const double* v
    cdef double y0, y1, y2
    for k in range(n):
        y0 = 0.0
        y1 = 0.0
        y2 = 0.0
        for p in range(pointer[k], pointer[k + 1]):
            b = blocks + 9 * p
            v = x + 3 * <Py_ssize_t> column[p]
            y0 = y0 + b[0] * v[0] + b[1] * v[1] + b[2] * v[2]
            y1 = y1 + b[3] * v[0] + b[4] * v[1] + b[5] * v[2]
            y2 = y2 + b[6] * v[0] + b[7] * v[1] + b[8] * v[2]
        y[3 * k] = y0
        y[3 * k + 1] = y1
        y[3 * k + 2] = y2


cdef void multiply_any(const double* blocks, const int* pointer, const int* column, Py_ssize_t n, int m,
                       const double* x, double* y) noexcept nogil:
    cdef Py_ssize_t k, p
    cdef const double* b
    cdef const double* v
    cdef double* out
    cdef int i, j
    for k in range(n):
        out = y + k * m
        for i in range(m):
            out[i] = 0.0
        for p in range(pointer[k], pointer[k + 1]):
            b = blocks + p * m * m
            v = x + <Py_ssize_t> column[p] * m
            for i in range(m):
                for j in range(m):
                    out[i] = out[i] + b[i * m + j] * v[j]


def gather(const double[::1] r, int m, int field, const double[:, ::1] unit, double[::1] out):
    """out = one field of an interleaved vector, without its units."""
    cdef Py_ssize_t k
    with nogil:
        for k in range(out.shape[0]):
            out[k] = (r[k * m + field] * unit[k, field])


def gather_last(const double[::1] r, int m, const double[:, ::1] lower, const double[:, ::1] x, double[::1] out):
    """out = last field minus what the solved fields ((s, n_nodes) float64) contribute to its row."""
    cdef Py_ssize_t k
    cdef int i
    cdef double total
    with nogil:
        for k in range(out.shape[0]):
            total = r[k * m + m - 1]
            for i in range(m - 1):
                total = total - lower[k, i] * x[i, k]
            out[k] = total


def scatter(const double[:, ::1] x, const double[::1] last, const double[:, ::1] scale, const double[:, ::1] mix,
            double[::1] y):
    """Back to the original variables, interleaved."""
    cdef Py_ssize_t k
    cdef int i, s = scale.shape[1]
    with nogil:
        for k in range(last.shape[0]):
            for i in range(s):
                y[k * (s + 1) + i] = scale[k, i] * x[i, k] + mix[k, i] * last[k]
            y[k * (s + 1) + s] = last[k]
