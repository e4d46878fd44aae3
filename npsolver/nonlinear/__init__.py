"""Newton's method for any system with a residual and a Jacobian; it names no species and no potential."""

from npsolver.nonlinear.newton import NewtonOptions, NewtonResult, newton

__all__ = ["NewtonOptions", "NewtonResult", "newton"]
