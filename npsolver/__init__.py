"""Nernst-Planck-Poisson by finite volumes.

A case names geometry, species, physics and boundary conditions; `run` solves it:

>>> import npsolver
>>> case = npsolver.loads('''
... [model]
... temperature = "310.15 K"
... [[species]]
... name = "K+"
... [[species]]
... name = "Cl-"
... [[geometry.region]]
... name = "inside"
... length = "50 nm"
... [[geometry.region]]
... name = "membrane"
... length = "5 nm"
... excluded_species = ["Cl-"]
... [[geometry.region]]
... name = "outside"
... length = "50 nm"
... [boundary.left]
... kind = "bath"
... concentration = { "K+" = "140 mM", "Cl-" = "140 mM" }
... current = "0 A/m^2"
... [boundary.right]
... kind = "bath"
... concentration = { "K+" = "5 mM", "Cl-" = "5 mM" }
... potential = "0 V"
... ''')
>>> solution = npsolver.run(case)
>>> round(1e3 * solution.observables["membrane_potential"].value, 3)  # mV, Nernst
-89.059
"""

from importlib import import_module

__version__ = "0.1.0"

# Public names and where they live; loaded on first use so that `import npsolver` is instant.
_PUBLIC = {
    "Boundary": "npsolver.model",
    "Case": "npsolver.case",
    "ConvergenceError": "npsolver.errors",
    "Geometry": "npsolver.mesh",
    "InputError": "npsolver.errors",
    "Mesh": "npsolver.mesh",
    "Model": "npsolver.model",
    "NpsolverError": "npsolver.errors",
    "Reaction": "npsolver.model",
    "RefusedError": "npsolver.errors",
    "Region": "npsolver.model",
    "Solution": "npsolver.stepping.solution",
    "Species": "npsolver.model",
    "from_document": "npsolver.case",
    "load": "npsolver.case",
    "loads": "npsolver.case",
    "run": "npsolver.runner",
    "run_many": "npsolver.runner",
}

__all__ = ["__version__", *sorted(_PUBLIC)]


def __getattr__(name):
    if name in _PUBLIC:
        value = getattr(import_module(_PUBLIC[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'npsolver' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_PUBLIC})
