"""NGSolve (optional): continuous finite elements of order one on the same grid lines, coupled Newton method.

Unknowns are concentrations (over that of the bath) and the potential (RT/F), lengths are in nm. The exact Jacobian comes
from the symbolic weak form, compiled; linear systems go to MKL PARDISO, or without MKL to UMFPACK. Charges and currents
are what rows of given values leave over (reaction fluxes), which converge faster than gradients at a boundary.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
from ngsolve import H1, BilinearForm, FESpace, GridFunction, IfPos, InnerProduct, SetNumThreads, ds, dx, grad
from ngsolve import __version__ as ngsolve_version
from ngsolve import x as first_axis
from ngsolve.meshes import Make1DMesh, MakeStructured2DMesh

from benchmarks import items

NAME = "NGSolve"
SetNumThreads(1)
NANO = 1e-9
TOLERANCE = 1e-9


def version() -> str:
    return ngsolve_version


def _space(mesh, held: list[str]):
    """Two concentrations and the potential; `held`: boundaries with given values of each."""
    return FESpace([H1(mesh, order=1, dirichlet=names) for names in held])


def _compiled(form):
    """Machine code of the form's integrand where there is a C++ compiler (a third less time), otherwise interpreted."""
    here = str(Path(sys.executable).parent)  # of NGSolve's compiler script
    if here not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join((here, os.environ["PATH"]))
    try:
        return form.Compile(True, wait=True)
    except Exception:  # NGSolve's own exception class
        return form.Compile()


def _form(space, concentration: float, diffusivities, wall=None) -> BilinearForm:
    """Weak form of steady Nernst-Planck-Poisson equations; diffusivities in nm²/ns, `wall` the charge of "top"."""
    trial, test = space.TnT()
    potential, by_potential = trial[2], test[2]
    squared = items.PERMITTIVITY * items.VOLT / (items.FARADAY * concentration) / NANO**2
    form = squared * grad(potential) * grad(by_potential)
    for c, v, z, d in zip(trial, test, (1.0, -1.0), diffusivities):
        form = form - z * c * by_potential + d * (grad(c) + z * c * grad(potential)) * grad(v)
    equation = BilinearForm(space)
    equation += _compiled(form) * dx
    if wall is not None:
        equation += -wall * by_potential * ds("top")
    return equation


def _factors(equation, free):
    try:
        return equation.mat.Inverse(free, "pardiso")
    except Exception:  # NGSolve's own exception class: without MKL
        return equation.mat.Inverse(free, "umfpack")


def _newton(equation, state, most: int = 60) -> None:
    """Full Newton steps, those with changes of the potential beyond 8 RT/F shortened."""
    residual, change = state.vec.CreateVector(), state.vec.CreateVector()
    solver = None
    for _ in range(most):
        equation.Apply(state.vec, residual)
        equation.AssembleLinearization(state.vec)
        if solver is None:
            solver = _factors(equation, state.space.FreeDofs())
        else:
            solver.Update()
        change.data = solver * residual
        largest = float(np.abs(change.FV().NumPy()).max())
        assert np.isfinite(largest), "not finite"
        state.vec.data -= min(1.0, 8.0 / max(largest, TOLERANCE)) * change
        if largest < TOLERANCE:
            return
    raise AssertionError(f"not converged in {most} iterations, last change {largest:.2g}")


def _reaction(equation, state, component: int, boundary: str) -> float:
    """Sum of residuals of one component at the nodes of a boundary."""
    residual, one = state.vec.CreateVector(), GridFunction(state.space)
    equation.Apply(state.vec, residual)
    one.components[component].Set(1.0, definedon=state.space.mesh.Boundaries(boundary))
    return float(InnerProduct(residual, one.vec))


def w1(n: int = 400):
    positions, fraction = items.w1_positions(n) / NANO, np.arange(n + 1) / n
    mesh = Make1DMesh(n, mapping=lambda s: float(np.interp(s, fraction, positions)))
    space = _space(mesh, ["right", "right", "left|right"])
    equation = _form(space, items.W1_SALT, (items.D_K / NANO, items.D_CL / NANO))
    state = GridFunction(space)

    def solve():
        for c in state.components[:2]:
            c.Set(1.0)
        values = state.components[2].vec.FV().NumPy()
        values[:] = 0.0
        values[0] = items.W1_VOLTAGE / items.VOLT  # the first vertex is at the wall
        _newton(equation, state)
        return _reaction(equation, state, 2, "left") * items.FARADAY * items.W1_SALT * NANO

    return solve


def slit(n: int):
    """W5 on n x n quadrilaterals with bilinear elements."""
    length, height = items.PORE_LENGTH[2] / NANO, items.PORE_HEIGHT / NANO
    mesh = MakeStructured2DMesh(quads=True, nx=n, ny=n, mapping=lambda s, t: (length * s, height * t))
    charge = items.PORE_CHARGE / (items.FARADAY * items.PORE_SALT * NANO)
    wall = charge * IfPos(first_axis - length / 8, 1.0, 0.0) * IfPos(7 * length / 8 - first_axis, 1.0, 0.0)
    space = _space(mesh, ["left|right"] * 3)
    equation = _form(space, items.PORE_SALT, (items.D_K / NANO, items.D_CL / NANO), wall)
    state = GridFunction(space)

    def solve():
        for c in state.components[:2]:
            c.Set(1.0)
        state.components[2].Set(items.PORE_VOLTAGE / items.VOLT * (1.0 - first_axis / length))
        _newton(equation, state)
        cations, anions = (_reaction(equation, state, i, "right") for i in (0, 1))
        return (cations - anions) * items.FARADAY * items.PORE_SALT * NANO

    return solve
