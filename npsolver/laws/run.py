"""From a checked case without a mesh to its solution."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from time import perf_counter

from npsolver.errors import InputError, NpsolverError
from npsolver.laws.reductions import add_reductions
from npsolver.stepping.law_solution import LawSolution

_MODULES = {"equilibrium": "equilibrium", "cell": "cell", "pourbaix": "pourbaix", "ocv": "ocv"}


def run(case, *, progress: Callable[[float, str], None] | None = None) -> LawSolution:
    """Compute `case`.

    Parameters
    ----------
    case : object
        With ``kind``, ``spec``, ``reductions``, ``plots`` and ``path`` (see `npsolver.case.kinds.LawCase`).
    progress : callable (fraction, text), optional

    Raises
    ------
    InputError, ConvergenceError
        With the name of the file and what in it is at fault.
    """
    started = perf_counter()
    compute = import_module(f"npsolver.laws.{_MODULES[case.kind]}").compute
    try:
        solution = compute(case, progress)
        add_reductions(solution, case.reductions)
    except InputError as error:
        raise InputError(error.message, file=error.file or case.path or None, key=error.key) from error
    except NpsolverError as error:
        if not case.path or str(error).startswith(case.path):
            raise
        raise type(error)(f"{case.path}: {error}") from error
    solution.stats["time_total_s"] = perf_counter() - started
    if progress is not None:
        progress(1.0, "done")
    return solution
