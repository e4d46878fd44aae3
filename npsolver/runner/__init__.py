"""Composition root: case -> mesh -> system -> stepping -> observables -> Solution."""

from npsolver.exports import exports
from npsolver.runner.run import run

__getattr__ = exports(__name__, {"many": "run_many", "verify": "run_verified"})

__all__ = ["run", "run_many", "run_verified"]
