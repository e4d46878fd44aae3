"""Named failures. Each class carries the exit code that the command line returns for it."""

from __future__ import annotations


class NpsolverError(Exception):
    """Base class of every failure that npsolver raises on purpose."""

    exit_code = 1


class InputError(NpsolverError):
    """The input is wrong: says where, what was found and what would be right.

    Parameters
    ----------
    message : str
        What was wrong and what would be right.
    file : str, optional
        Name of the file at fault.
    key : str, optional
        Dotted key inside the file, e.g. ``"species 'K+': diffusivity"``.
    """

    exit_code = 2

    def __init__(self, message: str, *, file: str | None = None, key: str | None = None):
        self.message, self.file, self.key = message, file, key
        super().__init__(": ".join(part for part in (file, key, message) if part))


class ConvergenceError(NpsolverError):
    """A nonlinear solution or a time step did not converge.

    Parameters
    ----------
    message : str
        What was tried and where it stopped.
    history : object, optional
        Iteration history of the failed attempt.
    best : numpy.ndarray, optional
        The iterate with the smallest update.
    """

    exit_code = 3

    def __init__(self, message: str, *, history=None, best=None):
        super().__init__(message)
        self.history, self.best = history, best


class RefusedError(NpsolverError):
    """A converged result that must not be trusted (conservation, resolution), or a failed expectation."""

    exit_code = 4
