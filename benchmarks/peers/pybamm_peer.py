"""PyBaMM's IDAKLU solver on the blocking cell, written as a model of its own: cell-centred finite volumes, compiled
residual and Jacobian, sparse direct solver."""

from __future__ import annotations

import os

import numpy as np

from benchmarks import items

NAME = "PyBaMM, IDAKLU"


def version() -> str:
    from importlib.metadata import version as of

    return f"pybamm {of('pybamm')}"


def w2(voltage: float, rtol: float, n: int = 400):
    os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"
    import pybamm

    pybamm.set_logging_level("ERROR")
    ratio = items.W2_RATIO
    edges = items.w2_positions(n) + 1.0
    cation, anion, potential = (pybamm.Variable(name, domain="cell") for name in ("cation", "anion", "potential"))
    x = pybamm.SpatialVariable("x", domain="cell", coord_sys="cartesian")
    face = pybamm.SpatialVariableEdge("x", domain="cell", coord_sys="cartesian")
    # nothing passes the walls: PyBaMM's boundary conditions are those of single gradients, not of a flux
    inside = (face > 1e-12) * (face < 2.0 - 1e-12)
    field = pybamm.grad(potential)
    flows = [-inside * (pybamm.grad(c) + z * c * field) for c, z in ((cation, 1.0), (anion, -1.0))]
    model = pybamm.BaseModel()
    model.rhs = {c: -ratio * pybamm.div(flow) for c, flow in zip((cation, anion), flows)}
    model.algebraic = {potential: 2.0 * ratio**2 * pybamm.div(field) + cation - anion}
    none = {side: (pybamm.Scalar(0.0), "Neumann") for side in ("left", "right")}
    model.boundary_conditions = {
        cation: none, anion: none,
        potential: {"left": (pybamm.Scalar(-voltage), "Dirichlet"), "right": (pybamm.Scalar(voltage), "Dirichlet")},
    }
    model.initial_conditions = {
        cation: pybamm.Scalar(1.0), anion: pybamm.Scalar(1.0), potential: voltage * (x - 1.0),
    }
    model.variables = {"charge": cation - anion}
    grid = pybamm.MeshGenerator(pybamm.UserSupplied1DSubMesh, submesh_params={"edges": edges})
    mesh = pybamm.Mesh({"cell": {x: {"min": 0, "max": 2}}}, {"cell": grid}, {x: n})
    pybamm.Discretisation(mesh, {"cell": pybamm.FiniteVolume()}).process_model(model)
    solver = pybamm.IDAKLUSolver(rtol=rtol, atol=rtol)
    times = np.concatenate([[0.0], items.REFERENCE["W2_times"]])
    half = n // 2

    def solve():
        found = solver.solve(model, times[[0, -1]], t_interp=times)
        return np.diff(edges)[:half] @ found["charge"].entries[:half, 1:] / (2.0 * ratio)

    return solve
