/* Code for every number of unknowns per node (or species) of its own, so that the compiler knows the loops over them. */
#ifndef NPSOLVER_SIZES_H
#define NPSOLVER_SIZES_H

/* The compiler by itself unrolls such loops up to four only. */
#if defined(__GNUC__)
#define NP_UNROLL _Pragma("GCC unroll 8")
#define NP_UNROLL_ALL _Pragma("GCC unroll 16")
#else
#define NP_UNROLL
#define NP_UNROLL_ALL
#endif

/* `call` is written in terms of M, a constant for sizes up to the given one and a variable beyond. */
#define NP_SIZE(size, call) case size: { enum { M = size }; call; break; }
#define NP_SIZES_TO_6(call) \
    NP_SIZE(1, call) NP_SIZE(2, call) NP_SIZE(3, call) NP_SIZE(4, call) NP_SIZE(5, call) NP_SIZE(6, call)
#define NP_SIZES_TO_8(call) NP_SIZES_TO_6(call) NP_SIZE(7, call) NP_SIZE(8, call)
#define NP_ANY_SIZE(m, call) { const int M = m; call; }
#define NP_UP_TO_6(m, call) switch (m) { NP_SIZES_TO_6(call) default: NP_ANY_SIZE(m, call) }
#define NP_UP_TO_8(m, call) switch (m) { NP_SIZES_TO_8(call) default: NP_ANY_SIZE(m, call) }

#endif
