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
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12 && defined(__x86_64__) && defined(__linux__) &&         \
    defined(__GLIBC__)
#define NP_HAS_CLONES
#define NP_CLONES __attribute__((unused, target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#elif defined(__GNUC__)
#define NP_CLONES __attribute__((unused))
#else
#define NP_CLONES
#endif

/* The same with registers of half the width where there is AVX-512: blocks of four to six unknowns fill half of the widest
   ones. NP_CLONES cannot say that. */
#if defined(NP_HAS_CLONES)
static inline int np_processor_level(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
                   __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
               ? 4
           : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2") ? 3
                                                                                                              : 1;
}
#define NP_NARROW_CLONES(type, name, parameters, arguments, ...)                                                       \
    __attribute__((target("arch=x86-64-v4,prefer-vector-width=256"))) static type name##_v4 parameters __VA_ARGS__     \
    __attribute__((target("arch=x86-64-v3"))) static type name##_v3 parameters __VA_ARGS__                             \
    static type name##_v1 parameters __VA_ARGS__                                                                       \
    __attribute__((unused)) static type name parameters {                                                              \
        const int level = np_processor_level();                                                                        \
        return level == 4 ? name##_v4 arguments : level == 3 ? name##_v3 arguments : name##_v1 arguments;              \
    }
#else
#define NP_NARROW_CLONES(type, name, parameters, arguments, ...) NP_CLONES static type name parameters __VA_ARGS__
#endif

#endif
