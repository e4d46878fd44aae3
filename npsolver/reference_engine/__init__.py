"""The same case solved by FiPy (J. E. Guyer, D. Wheeler and J. A. Warren, Comput. Sci. Eng. 11 (2009) 6).

A second, independent discretisation: cells between our nodes, central differences, linear systems by FiPy's own
solvers. FiPy is imported when the first case is sent to it.
"""

from importlib import import_module

_PUBLIC = {
    "Comparison": "npsolver.reference_engine.comparison",
    "compare": "npsolver.reference_engine.comparison",
    "refuse_what_fipy_cannot": "npsolver.reference_engine.limits",
    "solve_with_fipy": "npsolver.reference_engine.run",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name):
    # the command line asks for the commands alone
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'npsolver.reference_engine' has no attribute {name!r}")
