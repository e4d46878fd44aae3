/* Functions that are compiled several times, for wider registers too; the loader picks what the processor has. Not every
   module uses all that a header has. */
#ifndef NPSOLVER_CLONES_H
#define NPSOLVER_CLONES_H

#if defined(__GNUC__)
#define NP_INLINE static inline __attribute__((always_inline))
#else
#define NP_INLINE static inline
#endif

/* "arch=haswell" would mean that very processor and no later one; levels such as x86-64-v3 are known from GCC 12 on. */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12 && defined(__x86_64__) && defined(__linux__) && \
    defined(__GLIBC__)
#define NP_HAS_CLONES
#define NP_CLONES __attribute__((unused, target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#elif defined(__GNUC__)
#define NP_CLONES __attribute__((unused))
#else
#define NP_CLONES
#endif

#endif
