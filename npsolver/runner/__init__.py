"""Composition root: case -> mesh -> system -> stepping -> observables -> Solution."""

from npsolver.runner.run import run
from npsolver.runner.verify import run_verified

__all__ = ["run", "run_verified"]
