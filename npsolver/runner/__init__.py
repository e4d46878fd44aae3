"""Composition root: case -> mesh -> system -> stepping -> observables -> Solution."""

from npsolver.runner.many import run_many
from npsolver.runner.run import run
from npsolver.runner.verify import run_verified

__all__ = ["run", "run_many", "run_verified"]
