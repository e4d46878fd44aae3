/* Classical coarsening of a sparse matrix (J. W. Ruge and K. Stueben, in S. F. McCormick (ed.), Multigrid Methods, SIAM
   1987, chapter 4). Matrices are compressed rows with increasing columns. */
#ifndef NPSOLVER_COARSENING_H
#define NPSOLVER_COARSENING_H

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* strong[p] = 1 where row i depends strongly on the column of entry p. Rows whose neighbours weigh less than `dominance`
   times the diagonal depend on none: relaxation alone solves them. */
static void np_strength(ptrdiff_t n, const int *pointer, const int *column, const double *data, double theta,
                        double dominance, unsigned char *strong) {
    for (ptrdiff_t i = 0; i < n; ++i) {
        double diagonal = 0.0, largest = 0.0, sum = 0.0;
        for (int p = pointer[i]; p < pointer[i + 1]; ++p) {
            if (column[p] == i) {
                diagonal = data[p];
            } else {
                sum += fabs(data[p]);
                largest = -data[p] > largest ? -data[p] : largest;
            }
        }
        const int none = !(largest > 0.0) || sum < dominance * fabs(diagonal);
        for (int p = pointer[i]; p < pointer[i + 1]; ++p) {
            strong[p] = !none && column[p] != i && -data[p] >= theta * largest;
        }
    }
}

/* Undecided points in lists of equal weight, each list a stack. */
typedef struct {
    int *weight, *head, *next, *previous;
    int top;
} np_queue;

static inline void np_queue_take(np_queue *q, int i) {
    if (q->previous[i] >= 0) {
        q->next[q->previous[i]] = q->next[i];
    } else {
        q->head[q->weight[i]] = q->next[i];
    }
    if (q->next[i] >= 0) {
        q->previous[q->next[i]] = q->previous[i];
    }
}

static inline void np_queue_put(np_queue *q, int i) {
    const int w = q->weight[i];
    q->next[i] = q->head[w];
    q->previous[i] = -1;
    if (q->head[w] >= 0) {
        q->previous[q->head[w]] = i;
    }
    q->head[w] = i;
    q->top = w > q->top ? w : q->top;
}

/* Number of every coarse point among the coarse ones, -1 for fine points. Returns how many are coarse, -1 without memory. */
static ptrdiff_t np_split(ptrdiff_t n, const int *pointer, const int *column, const unsigned char *strong, int *number) {
    int *start = calloc(n + 1, sizeof(int)), *dependent = malloc((pointer[n] + 1) * sizeof(int));
    int *fill = malloc(n * sizeof(int) + 1);
    np_queue q = {calloc(n + 1, sizeof(int)), NULL, malloc(n * sizeof(int) + 1), malloc(n * sizeof(int) + 1), 0};
    ptrdiff_t coarse = -1;
    int most = 0;
    if (!start || !dependent || !fill || !q.weight || !q.next || !q.previous) {
        goto done;
    }
    for (int p = 0; p < pointer[n]; ++p) {
        q.weight[column[p]] += strong[p];
    }
    for (ptrdiff_t i = 0; i < n; ++i) {
        fill[i] = start[i];
        start[i + 1] = start[i] + q.weight[i];
        most = q.weight[i] > most ? q.weight[i] : most;
    }
    for (ptrdiff_t i = 0; i < n; ++i) {
        for (int p = pointer[i]; p < pointer[i + 1]; ++p) {
            if (strong[p]) {
                dependent[fill[column[p]]++] = (int)i;
            }
        }
    }
    q.head = malloc((2 * most + 2) * sizeof(int));
    if (!q.head) {
        goto done;
    }
    for (int w = 0; w < 2 * most + 2; ++w) {
        q.head[w] = -1;
    }
    enum { UNDECIDED = -2, FINE = -1, COARSE = 0 };
    for (ptrdiff_t i = 0; i < n; ++i) {
        number[i] = q.weight[i] > 0 ? UNDECIDED : FINE; /* on these no other point depends */
        if (number[i] == UNDECIDED) {
            np_queue_put(&q, (int)i);
        }
    }
    for (;;) {
        while (q.top > 0 && q.head[q.top] < 0) {
            --q.top;
        }
        if (q.top <= 0) {
            break;
        }
        const int i = q.head[q.top];
        np_queue_take(&q, i);
        number[i] = COARSE;
        for (int d = start[i]; d < start[i + 1]; ++d) {
            const int j = dependent[d];
            if (number[j] != UNDECIDED) {
                continue;
            }
            np_queue_take(&q, j);
            number[j] = FINE;
            for (int p = pointer[j]; p < pointer[j + 1]; ++p) {
                const int k = column[p];
                if (strong[p] && number[k] == UNDECIDED) { /* k would serve j */
                    np_queue_take(&q, k);
                    ++q.weight[k];
                    np_queue_put(&q, k);
                }
            }
        }
        for (int p = pointer[i]; p < pointer[i + 1]; ++p) {
            const int k = column[p];
            if (strong[p] && number[k] == UNDECIDED) { /* i needs k no more */
                np_queue_take(&q, k);
                if (--q.weight[k] > 0) {
                    np_queue_put(&q, k);
                } else {
                    number[k] = FINE;
                }
            }
        }
    }
    coarse = 0;
    for (ptrdiff_t i = 0; i < n; ++i) {
        if (number[i] != COARSE) { /* fine points that depend on fine points only could not be interpolated */
            int needs = 0, served = 0;
            for (int p = pointer[i]; p < pointer[i + 1] && !served; ++p) {
                needs |= strong[p];
                served = strong[p] && number[column[p]] >= COARSE;
            }
            number[i] = needs && !served ? COARSE : FINE;
        }
        if (number[i] == COARSE) {
            ++coarse;
        }
    }
    for (ptrdiff_t i = 0, c = 0; i < n; ++i) {
        number[i] = number[i] == COARSE ? (int)c++ : -1;
    }
done:
    free(start), free(dependent), free(fill), free(q.weight), free(q.head), free(q.next), free(q.previous);
    return coarse;
}

/* A matrix that grows row by row. */
typedef struct {
    int *pointer, *column;
    double *data;
    ptrdiff_t room;
} np_rows;

static int np_rows_begin(np_rows *m, ptrdiff_t n, ptrdiff_t room) {
    m->room = room > 16 ? room : 16;
    m->pointer = malloc((n + 1) * sizeof(int));
    m->column = malloc(m->room * sizeof(int));
    m->data = malloc(m->room * sizeof(double));
    return m->pointer && m->column && m->data;
}

static int np_rows_room(np_rows *m, ptrdiff_t needed) {
    if (needed <= m->room) {
        return 1;
    }
    m->room = needed + m->room / 2;
    int *column = realloc(m->column, m->room * sizeof(int));
    double *data = column ? realloc(m->data, m->room * sizeof(double)) : NULL;
    m->column = column ? column : m->column;
    m->data = data ? data : m->data;
    return column && data;
}

static void np_rows_free(np_rows *m) {
    free(m->pointer), free(m->column), free(m->data);
    m->pointer = m->column = NULL;
    m->data = NULL;
}

/* Interpolation from coarse points (`number` as from np_split): fine points get the average of the strong coarse points
   that their row demands; a strong fine neighbour is replaced by the coarse points it shares, or else by the point
   itself, as weak neighbours are. Returns 0 without memory. */
static int np_interpolation(ptrdiff_t n, const int *pointer, const int *column, const double *data,
                            const unsigned char *strong, const int *number, np_rows *out) {
    int *place = malloc(n * sizeof(int) + 1), good = 0;
    if (!place || !np_rows_begin(out, n, pointer[n] + n)) { /* a row has no more entries than that of the matrix */
        goto done;
    }
    memset(place, -1, n * sizeof(int));
    int used = 0;
    for (ptrdiff_t i = 0; i < n; ++i) {
        const int first = used;
        out->pointer[i] = first;
        if (number[i] >= 0) {
            out->column[used] = number[i];
            out->data[used++] = 1.0;
            continue;
        }
        double diagonal = 0.0;
        for (int p = pointer[i]; p < pointer[i + 1]; ++p) {
            const int j = column[p];
            if (strong[p] && number[j] >= 0) {
                place[j] = used;
                out->column[used] = number[j];
                out->data[used++] = data[p];
            } else if (!strong[p]) {
                diagonal += data[p];
            }
        }
        for (int p = pointer[i]; p < pointer[i + 1]; ++p) {
            const int k = column[p];
            if (!strong[p] || number[k] >= 0) {
                continue;
            }
            double sum = 0.0;
            for (int s = pointer[k]; s < pointer[k + 1]; ++s) {
                sum += place[column[s]] >= first && data[s] < 0.0 ? data[s] : 0.0;
            }
            if (sum == 0.0) {
                diagonal += data[p];
                continue;
            }
            const double share = data[p] / sum;
            for (int s = pointer[k]; s < pointer[k + 1]; ++s) {
                if (place[column[s]] >= first && data[s] < 0.0) {
                    out->data[place[column[s]]] += share * data[s];
                }
            }
        }
        for (int p = pointer[i]; p < pointer[i + 1]; ++p) {
            place[column[p]] = -1;
        }
        for (int e = first; e < used; ++e) {
            out->data[e] = -out->data[e] / diagonal;
        }
    }
    out->pointer[n] = used;
    good = 1;
done:
    free(place);
    return good;
}

/* P^T A P for P with `nc` columns, rows with increasing columns. Returns 0 without memory. */
static int np_galerkin(ptrdiff_t n, ptrdiff_t nc, const int *pointer, const int *column, const double *data,
                       const np_rows *p, np_rows *out) {
    const int entries = p->pointer[n];
    int *start = calloc(nc + 2, sizeof(int)), *fine = malloc(entries * sizeof(int) + 1), good = 0;
    double *weight = malloc(entries * sizeof(double) + 1), *fine_sum = malloc(n * sizeof(double) + 1);
    int *fine_seen = malloc(n * sizeof(int) + 1), *fine_list = malloc(n * sizeof(int) + 1);
    int *place = malloc(nc * sizeof(int) + 1);
    if (!start || !fine || !weight || !fine_sum || !fine_seen || !fine_list || !place ||
        !np_rows_begin(out, nc, pointer[n])) {
        goto done;
    }
    for (int e = 0; e < entries; ++e) {
        ++start[p->column[e] + 2];
    }
    for (ptrdiff_t c = 2; c < nc + 2; ++c) {
        start[c] += start[c - 1];
    }
    for (ptrdiff_t i = 0; i < n; ++i) { /* start[c + 1] moves to the end of row c of the transpose */
        for (int e = p->pointer[i]; e < p->pointer[i + 1]; ++e) {
            const int to = start[p->column[e] + 1]++;
            fine[to] = (int)i;
            weight[to] = p->data[e];
        }
    }
    memset(fine_seen, -1, n * sizeof(int));
    memset(place, -1, nc * sizeof(int));
    ptrdiff_t used = 0;
    for (ptrdiff_t c = 0; c < nc; ++c) {
        int count = 0;
        for (int t = start[c]; t < start[c + 1]; ++t) {
            const int i = fine[t];
            for (int s = pointer[i]; s < pointer[i + 1]; ++s) {
                const int k = column[s];
                if (fine_seen[k] != (int)c) {
                    fine_seen[k] = (int)c;
                    fine_list[count++] = k;
                    fine_sum[k] = 0.0;
                }
                fine_sum[k] += weight[t] * data[s];
            }
        }
        const ptrdiff_t first = used;
        out->pointer[c] = (int)used;
        for (int l = 0; l < count; ++l) {
            const int k = fine_list[l];
            const double factor = fine_sum[k];
            if (!np_rows_room(out, used + p->pointer[k + 1] - p->pointer[k])) {
                goto done;
            }
            for (int e = p->pointer[k]; e < p->pointer[k + 1]; ++e) {
                const int j = p->column[e];
                if (place[j] < first) {
                    place[j] = (int)used;
                    out->column[used] = j;
                    out->data[used++] = 0.0;
                }
                out->data[place[j]] += factor * p->data[e];
            }
        }
        for (ptrdiff_t a = first + 1; a < used; ++a) { /* short rows, nearly in order */
            const int j = out->column[a];
            const double value = out->data[a];
            ptrdiff_t b = a;
            for (; b > first && out->column[b - 1] > j; --b) {
                out->column[b] = out->column[b - 1];
                out->data[b] = out->data[b - 1];
            }
            out->column[b] = j;
            out->data[b] = value;
        }
    }
    out->pointer[nc] = (int)used;
    good = 1;
done:
    free(start), free(fine), free(weight), free(fine_sum), free(fine_seen), free(fine_list), free(place);
    return good;
}

#endif
