"""Extension modules only; everything else is in pyproject.toml.

Environment
-----------
NPSOLVER_CHECKED_KERNELS=1   bounds and None checks in every kernel (slow; for debugging and tests)
NPSOLVER_OPENMP=0|1|auto     threads: off, required, or used where the compiler has them (default)
NPSOLVER_NATIVE=1            tune for this very processor (never for wheels)
"""

import os
import tempfile

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

# Listed by name: with a glob a source distribution without ext/ would build an empty wheel without any error.
KERNELS = [
    "bernoulli",
    "edge_flux",
    "cell_terms",
    "boundary",
    "block_tridiagonal",
    "update",
    "field_split",
    "multigrid",
    "cross_flux",
    "coupled_chain",
    "chain",
    "chain_batch",
    "neutral",
]
HEADERS = [
    "block_tridiagonal.h",
    "block_wide.h",
    "carried.h",
    "chain.h",
    "chain_edges.h",
    "chain_elimination.h",
    "chain_lane_step.h",
    "chain_lanes.h",
    "clones.h",
    "coarsening.h",
    "coupled_chain.h",
    "cross.h",
    "cross_means.h",
    "cycle.h",
    "flux.h",
    "friction.h",
    "neutral.h",
    "sizes.h",
    "update.h",
]

# Blocks of four to six unknowns fill half of the widest registers: the elimination of single cases is faster without.
NARROW = {"npsolver._ext.block_tridiagonal", "npsolver._ext.coupled_chain"}
PREFER_256 = "-mprefer-vector-width=256"

CHECKED = os.environ.get("NPSOLVER_CHECKED_KERNELS", "0") == "1"
OPENMP = os.environ.get("NPSOLVER_OPENMP", "auto")
NATIVE = os.environ.get("NPSOLVER_NATIVE", "0") == "1"


class BuildKernels(build_ext):
    """Adds compiler flags once the real compiler is known, and puts ``ext/`` into the source distribution."""

    def finalize_options(self):
        super().finalize_options()
        if self.parallel is None:  # one compiler per processor
            self.parallel = os.cpu_count()

    def build_extensions(self):
        unix = self.compiler.compiler_type == "unix"
        compile_args = ["-O3", "-fno-math-errno", "-fno-trapping-math"] if unix else ["/O2"]
        link_args = []
        if NATIVE and unix:
            compile_args.append("-march=native")
        if OPENMP != "0" and self.openmp_works(unix):
            compile_args.append("-fopenmp" if unix else "/openmp")
            link_args += ["-fopenmp"] if unix else []
        elif OPENMP == "1":
            raise SystemExit("NPSOLVER_OPENMP=1, but this compiler cannot build and link an OpenMP program")
        for extension in self.extensions:
            extension.extra_compile_args += compile_args
            extension.extra_link_args += link_args
            if extension.name in NARROW and unix and self.compiles(PREFER_256):
                extension.extra_compile_args.append(PREFER_256)
        super().build_extensions()

    def openmp_works(self, unix):
        """Whether a two-line OpenMP program compiles and links."""
        flag = "-fopenmp" if unix else "/openmp"
        program = "#include <omp.h>\nint main(void) { return omp_get_max_threads() < 1; }\n"
        return self.compiles(flag, program, link=True)

    def compiles(self, flag, program="int main(void) { return 0; }\n", *, link=False):
        """Whether the compiler takes `flag`."""
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "probe.c")
            with open(source, "w") as file:
                file.write(program)
            try:
                objects = self.compiler.compile([source], output_dir=folder, extra_postargs=[flag])
                if link:
                    self.compiler.link_executable(objects, os.path.join(folder, "probe"), extra_postargs=[flag])
            except Exception:  # any compiler failure means no
                return False
        return True

    def get_source_files(self):
        return [f"ext/{name}.pyx" for name in KERNELS] + [f"ext/{name}" for name in HEADERS]


extensions = [
    Extension(
        f"npsolver._ext.{name}",
        [f"ext/{name}.pyx"],
        include_dirs=["ext"],
        depends=[f"ext/{header}" for header in HEADERS],
    )
    for name in KERNELS
]

setup(
    cmdclass={"build_ext": BuildKernels},
    ext_modules=cythonize(
        extensions,
        include_path=["ext"],
        build_dir="build/cython",
        compiler_directives={
            "language_level": 3,
            "boundscheck": CHECKED,
            "wraparound": False,
            "initializedcheck": CHECKED,
            "nonecheck": CHECKED,
            "cdivision": True,
            "freethreading_compatible": True,
        },
    ),
)
