"""One member: case, solution, checks, and the record that is kept of them."""

from __future__ import annotations

import math
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from time import perf_counter, time

import numpy as np

from npsolver.case.formula import FormulaError
from npsolver.case.quantities import to_si
from npsolver.case.study import Study
from npsolver.errors import ConvergenceError, InputError, NpsolverError, RefusedError
from npsolver.validation import check, prepare

STATUSES = ("converged", "not-converged", "refused", "wrong-input", "time-limit", "memory-limit", "crashed", "failed")
MESSAGE_LENGTH = 500
RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes


class TimeLimitError(BaseException):
    """The member ran out of its time; no handler of ordinary exceptions may swallow it."""


def solve_member(
    study: Study, index: int, solve: Callable, seconds: float | None = None, fields=None
) -> tuple[str, str, dict, dict]:
    """Solve member `index` and describe the result, also where there is none.

    Parameters
    ----------
    study : Study
    index : int
    solve : callable (case, position) -> Solution
    seconds : float, optional
        Time limit.
    fields : callable (identity, case, solution, checks), optional
        Keeps the whole result.

    Returns
    -------
    identity, status : str
    record : dict
    units : dict of str to (unit, label)
    """
    started, identity, units = perf_counter(), study.ids[index], {}
    record: dict = {"index": index}
    try:
        with _time_limit(seconds):
            member = study.member(index)
            case = study.case(member)
            record["case"] = case.sha256
            quantity = partial(to_si, temperature=case.model.temperature)
            solution = solve(case, study.position(index))
            checks = check(case, solution, quantity=quantity) if case.expects else []
        status = "converged"
        record |= _described(study, solution, checks)
        units = {name: (item.unit, item.label) for name, item in solution.observables.items() if _kept(study, name)}
        if fields is not None:
            fields(identity, case, solution, checks)
    except TimeLimitError:
        status, record["message"] = "time-limit", f"took longer than {seconds:g} s"
    except MemoryError:
        status, record["message"] = "memory-limit", "needed more memory than it may have"
    except ConvergenceError as error:
        status, record["message"] = "not-converged", str(error)
    except RefusedError as error:
        status, record["message"] = "refused", str(error)
    except (InputError, FormulaError) as error:
        status, record["message"] = "wrong-input", str(error)
    except NpsolverError:
        raise  # the file system: no member is at fault
    except Exception as error:
        # one member that meets a fault of the program must not end thousands of others; the record names it
        status, record["message"] = "failed", f"{type(error).__name__}: {error}"
    if "message" in record:
        record["message"] = " ".join(record["message"].split())[:MESSAGE_LENGTH]
    record["seconds"] = round(perf_counter() - started, 6)
    record["finished"] = round(time(), 3)
    return identity, status, record, units


def check_study(study: Study) -> None:
    """Build the first member and bind what it expects, so that a wrong study ends before it starts."""
    member = study.member(0)
    case = study.case(member)
    prepare(case, quantity=partial(to_si, temperature=case.model.temperature))


def _kept(study: Study, name: str) -> bool:
    return not study.observables or name in study.observables


def _described(study: Study, solution, checks) -> dict:
    missing = [name for name in study.observables if name not in solution.observables]
    if missing:
        raise InputError(
            f"unknown observable {missing[0]!r} (there are: {', '.join(solution.observables)})",
            file=study.path or None,
            key="study: observables",
        )
    values, frames, errors = {}, {}, {}
    for name, item in solution.observables.items():
        if not _kept(study, name):
            continue
        array = np.asarray(item.value, dtype=float)
        values[name] = float(array.reshape(-1)[-1])
        if array.ndim:
            frames[name] = array.tolist()
        if item.error_estimate is not None:
            errors[name] = float(item.error_estimate)
    stats = solution.stats
    record = {
        "observables": values,
        "conservation": max(solution.conservation.values(), default=0.0),
        "newton_iterations": stats.get("newton_iterations", 0),
        "unknowns": stats.get("unknowns", 0),
        "path": stats.get("path", []),
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT,
    }
    if errors:
        record["error_estimates"] = errors
    if frames:
        axis = {"name": solution.axis_name, "unit": solution.axis_unit, "values": np.asarray(solution.axis).tolist()}
        record["frames"] = {"axis": axis, "values": frames}
    if checks:
        names = ("name", "value", "reference", "error", "tolerance", "kind", "passed")
        record["checks"] = [{name: value for name, value in asdict(item).items() if name in names} for item in checks]
    if solution.warnings:
        record["warnings"] = list(solution.warnings)
    return record


@contextmanager
def _time_limit(seconds: float | None) -> Iterator[None]:
    usable = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if seconds is None or not math.isfinite(seconds) or not usable:
        yield
        return

    def expired(*_):
        raise TimeLimitError

    before = signal.signal(signal.SIGALRM, expired)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def limit_memory(bytes_per_member: int | None) -> None:
    """Let this process grow by so much and no more (POSIX)."""
    if bytes_per_member is None:
        return
    with_pages = "/proc/self/statm"
    present = 0
    if os.path.exists(with_pages):
        import mmap

        fd = os.open(with_pages, os.O_RDONLY)
        present = int(os.read(fd, 100).split()[0]) * mmap.PAGESIZE
        os.close(fd)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (present + bytes_per_member, hard))
