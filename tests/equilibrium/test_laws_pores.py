"""Closed forms of pores and small electrodes against independent limits."""

from __future__ import annotations

import numpy as np
import pytest

from npsolver import equilibrium as eq
from npsolver.errors import InputError

EPS = 6.95e-10


def test_a_wide_rectangular_pore_has_the_layer_of_one_wall():
    potential = eq.rectangular_pore_potential(-1e-4, 3e-9, EPS, 1e-6, 1e-6, 1e-6, 0.0)
    assert potential == pytest.approx(-1e-4 * 3e-9 / EPS, rel=1e-12)
    assert np.isfinite(eq.rectangular_pore_potential(-1e-4, 1e-12, EPS, 1e-3, 1e-3, 0.0, 0.0))


def test_the_potential_of_a_rectangular_pore_solves_its_equation():
    a, b, length, h = 4e-9, 7e-9, 3e-9, 1e-12
    def phi(x, y):
        return float(eq.rectangular_pore_potential(1e-3, length, EPS, a, b, x, y))
    x, y = 1.3e-9, 2.9e-9
    laplacian = (phi(x + 3 * h, y) + phi(x - 3 * h, y) + phi(x, y + 3 * h) + phi(x, y - 3 * h) - 4 * phi(x, y)) / (9 * h * h)
    assert laplacian == pytest.approx(phi(x, y) / length**2, rel=1e-4)
    assert EPS * (phi(a, y) - phi(a - h, y)) / h == pytest.approx(1e-3, rel=1e-3)
    assert EPS * (phi(x, b) - phi(x, b - h)) / h == pytest.approx(1e-3, rel=1e-3)
    with pytest.raises(InputError, match="inside the pore"):
        eq.rectangular_pore_potential(1e-3, length, EPS, a, b, 5e-9, 0.0)


def test_a_square_electrode_lies_between_its_inner_and_outer_disc():
    c, D, side = 1.0, 1e-9, 1e-5
    inner, outer = (4.0 * D * c * r for r in (side / 2, side / np.sqrt(2)))
    flow = float(eq.square_electrode_flow(c, D, side))
    assert inner < flow < outer
    # a disc of equal area takes up slightly less: 4 D c s/sqrt(pi)
    assert flow == pytest.approx(4.0 * D * c * side / np.sqrt(np.pi), rel=0.03)


def test_strips_that_touch_are_a_uniform_membrane():
    D, c, h, T = 2e-9, 10.0, 1e-4, 298.15
    uniform = 2.0 * D * c / h * 1e-4  # the limiting flow of one strip of that width
    assert eq.strip_membrane_flow(c, D, 1e-4, 1e-4, h, 1.0, T) == pytest.approx(uniform, rel=1e-6)
    narrow = eq.strip_membrane_flow(c, D, 1e-5, 1e-4, h, 1.0, T)
    assert narrow < uniform
    # at small voltages twice the conductance of the cation in the salt, D F/RT c
    small = eq.strip_membrane_flow(c, D, 1e-4, 1e-4, h, 1e-6, T)
    assert small == pytest.approx(D * c * 1e-6 / 0.025693 / h * 1e-4, rel=1e-3)
    with pytest.raises(InputError, match="wide"):
        eq.strip_membrane_flow(c, D, 2e-4, 1e-4, h, 1.0, T)
