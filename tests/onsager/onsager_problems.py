"""Coupled and non-ideal models on small meshes."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from engine_problems import CL, NA, H, K, T, bath

from npsolver.model import (
    Coupling,
    IonicStrengthLaw,
    Model,
    PitzerLaw,
    Region,
    RegularSolutionLaw,
    StericLaw,
)

IONS = (K, NA, CL)
FOUR = (K, NA, H, CL)
LEFT = {"K+": 100.0, "Na+": 10.0, "Cl-": 110.0}
RIGHT = {"K+": 10.0, "Na+": 100.0, "Cl-": 110.0}


def diagonal(species) -> np.ndarray:
    return np.diag([item.diffusivity for item in species])


def full(species, q: float = 0.3) -> np.ndarray:
    """Positive definite, positive between opposite charges as in electrolytes."""
    matrix = diagonal(species)
    for i, a in enumerate(species):
        for j, b in enumerate(species):
            if i != j:
                sign = -1.0 if a.charge * b.charge > 0 else 1.0
                matrix[i, j] = sign * q * math.sqrt(a.diffusivity * b.diffusivity)
    return matrix


def coupling(species=IONS, matrices=None, composition=(0.0,), weights=None) -> Coupling:
    matrices = full(species)[None] if matrices is None else np.asarray(matrices)
    weights = np.full(len(species), 0.5) if weights is None else weights
    return Coupling(np.array(composition), matrices, weights, tuple(item.name for item in species))


def table(species=IONS) -> Coupling:
    """Coefficients that depend on composition."""
    L = full(species)
    return coupling(species, [L, 0.8 * L, 0.5 * L + 0.1 * diagonal(species)], (0.0, 60.0, 400.0))


NONIDEAL = {
    "coupled": {"coupling": coupling()},
    "coupled table": {"coupling": table()},
    "coupled by region": {"coupling": replace(table(), regions={"b": coupling(matrices=full(IONS, -0.2)[None])})},
    "davies": {"excess": (IonicStrengthLaw(1.17),)},
    "steric": {"excess": (StericLaw((0, 1, 2), 3000.0),)},
    "pitzer": {"excess": (PitzerLaw((1, -1), (0.0765, 0.2664, 0.0), 0.00127),)},
    "regular": {"excess": (RegularSolutionLaw(0, 3000.0, 1.5), StericLaw((0,), 3000.0))},
    "coupled table with davies and steric": {
        "coupling": table(),
        "excess": (IonicStrengthLaw(1.17), StericLaw((0, 1, 2), 3000.0)),
    },
}


def film(left=LEFT, right=RIGHT, voltage: float = 0.02, physics: str = "pnp", regions=None, **nonideal) -> Model:
    """Two layers between two baths."""
    boundaries = {"left": bath("left", left, potential=voltage), "right": bath("right", right, potential=0.0)}
    return Model(IONS, regions or (Region("a"), Region("b")), boundaries, T, physics, **nonideal)
