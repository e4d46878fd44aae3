"""Conductivity, transference and ambipolar diffusivity where carriers are coupled by an Onsager matrix."""

from __future__ import annotations

import numpy as np
import pytest

import npsolver
from npsolver.model import Coupling
from npsolver.runner import run

FILM = """
[case]
title = "film"
[model]
physics = "electroneutral"
temperature = 298.15
[[species]]
name = "Na+"
[[species]]
name = "K+"
[[species]]
name = "Cl-"
[onsager]
MATRIX
[geometry]
[[geometry.region]]
name = "film"
length = 1e-4
[boundary.left]
kind = "bath"
concentration = { "Na+" = 20, "K+" = 5, "Cl-" = 25 }
potential = 0
[boundary.right]
kind = "bath"
concentration = { "Na+" = 5, "K+" = 20, "Cl-" = 25 }
current = 0
[[observable]]
name = "s"
kind = "conductivity"
boundary = "left"
[[observable]]
name = "t"
kind = "transference"
species = "Na+"
boundary = "left"
[[observable]]
name = "D"
kind = "ambipolar_diffusivity"
species = "Cl-"
boundary = "left"
"""
DIFFUSIVITY = np.array([1.334e-9, 1.957e-9, 2.032e-9])  # of the library


def film(matrix: np.ndarray | None):
    text = FILM.replace("[onsager]\nMATRIX", "")
    if matrix is not None:
        text = FILM.replace("MATRIX", f'species = ["Na+", "K+", "Cl-"]\nmatrix = {matrix.tolist()}')
    found = run(npsolver.loads(text)).observables
    return [found[name].value for name in ("s", "t", "D")]


def test_observables_of_coupled_carriers():
    """The diagonal matrix is Nernst-Planck; off its diagonal the currents of all pairs count."""
    assert film(np.diag(DIFFUSIVITY)) == pytest.approx(film(None), rel=1e-9)
    matrix = np.diag(DIFFUSIVITY) + 2e-10 * np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 1.5], [2.0, 1.5, 0.0]])
    c, z = np.array([20.0, 5.0, 25.0]), np.array([1.0, 1.0, -1.0])
    sigma = 96485.33212331**2 / (8.31446261815324 * 298.15) * np.outer(z, z) * matrix * np.sqrt(np.outer(c, c))
    conductivity, transference, diffusivity = film(matrix)
    assert conductivity == pytest.approx(sigma.sum(), rel=1e-5)
    assert transference == pytest.approx(sigma[0].sum() / sigma.sum(), rel=1e-5)
    # anions against cations that keep one potential: conductances in series, capacitances in series
    cations, pair, anions = sigma[:2, :2].sum(), sigma[:2, 2].sum(), sigma[2, 2]
    through = (cations * anions - pair**2) / sigma.sum()
    stored = 96485.33212331**2 / (8.31446261815324 * 298.15) * 25.0 / 2.0
    assert diffusivity == pytest.approx(through / stored, rel=1e-5)


def test_matrix_between_two_compositions():
    first, second = np.diag([1e-9, 2e-9]), np.array([[2e-9, 5e-10], [5e-10, 3e-9]])
    coupling = Coupling(np.array([10.0, 30.0]), np.array([first, second]), np.array([1.0, 1.0]), ("a", "b"))
    assert coupling.at(np.array([5.0, 10.0])) == pytest.approx(0.75 * first + 0.25 * second)
    assert coupling.at(np.array([0.0, 1.0])) == pytest.approx(first)
    assert coupling.at(np.array([50.0, 1.0])) == pytest.approx(second)
