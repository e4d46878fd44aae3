"""Surface Pourbaix diagrams from adsorbate energies."""

from __future__ import annotations

import numpy as np
import pytest

from npsolver.equilibrium.pourbaix import Conditions, SurfaceState, coverage_states, surface_diagram
from npsolver.equilibrium.pourbaix.surface import EV_PER_CELL
from npsolver.errors import InputError
from npsolver.units import AVOGADRO, ELEMENTARY_CHARGE, FARADAY, GAS_CONSTANT

AREA = 4 * 6.6e-20
SLOPE = GAS_CONSTANT * 298.15 * np.log(10) / FARADAY
STATES = [
    SurfaceState.from_ev("1/4 OH", 0.75, oxygen=1, hydrogen=1),
    SurfaceState.from_ev("1/4 O", 1.60, oxygen=1),
    SurfaceState.from_ev("H", -0.9, hydrogen=4),
]


def test_lines_follow_the_computational_hydrogen_electrode():
    diagram = surface_diagram(STATES, area=AREA)
    lines = {frozenset(b.fields): b for b in diagram.boundaries}
    onset = lines[frozenset(("clean", "1/4 OH"))]
    assert onset.intercept == pytest.approx(0.75, abs=1e-9)
    assert onset.slope == pytest.approx(-SLOPE, rel=1e-12)
    assert lines[frozenset(("1/4 OH", "1/4 O"))].intercept == pytest.approx(0.85, abs=1e-9)
    assert lines[frozenset(("clean", "H"))].intercept == pytest.approx(0.225, abs=1e-9)
    assert [diagram.stable_at(0.0, e) for e in (0.1, 0.5, 0.8, 1.0)] == ["H", "clean", "1/4 OH", "1/4 O"]


def test_grand_potential_is_the_lowest_of_all_states():
    diagram = surface_diagram(STATES, area=AREA)
    ph, potential = np.meshgrid(np.linspace(0, 14, 8), np.linspace(-1, 2, 7))
    # γ A = G − n_e (e U + kT ln10 pH), by hand in eV
    by_hand = [np.zeros_like(ph)]
    for energy, electrons in ((0.75, 1), (1.60, 2), (-0.9, -4)):
        by_hand.append(energy - electrons * (potential + SLOPE * ph))
    expected = np.min(by_hand, axis=0) * ELEMENTARY_CHARGE / AREA
    assert diagram.grand_potential(ph, potential) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    winner = np.array(diagram.names)[diagram.winner]
    assert winner[0, 0] == diagram.stable_at(diagram.ph[0], diagram.potential[0])


def test_adsorbed_anions_release_electrons_and_feel_their_activity():
    chloride = SurfaceState.from_ev("Cl", 0.3, ions={"Cl-": 1})
    lines = []
    for activity in (1.0, 0.01):
        diagram = surface_diagram([chloride], area=AREA, conditions=Conditions(activity={"Cl-": activity}))
        (line,) = diagram.boundaries
        assert line.slope == pytest.approx(0.0, abs=1e-12)
        lines.append(line.intercept)
    assert lines == pytest.approx([0.3, 0.3 + 2 * SLOPE], abs=1e-9)


def test_coverages_of_a_repelling_adsorbate_grow_step_by_step():
    hydroxyl = SurfaceState.from_ev("OH", 0.7, oxygen=1, hydrogen=1)
    states = coverage_states([hydroxyl], 8, interactions={("OH", "OH"): 0.4 * EV_PER_CELL})
    diagram = surface_diagram(states, area=AREA / 4)
    # the derivative of G: U(θ) = 0.7 + 0.4 θ, taken between neighbouring levels
    potentials = np.linspace(0.5, 1.3, 33)
    names = [diagram.stable_at(0.0, u) for u in potentials]
    coverage = [0.0 if name == "clean" else float(name.split("/")[0]) / 8 for name in names]
    assert coverage == pytest.approx(np.interp(potentials, [0.7, 1.1], [0.0, 1.0]), abs=1 / 16 + 1e-9)


def test_mixing_entropy_gives_the_langmuir_isotherm():
    hydroxyl = SurfaceState.from_ev("OH", 0.7, oxygen=1, hydrogen=1)
    diagram = surface_diagram(coverage_states([hydroxyl], 400, temperature=298.15), area=AREA / 4)
    for u in (0.66, 0.70, 0.73):
        name = diagram.stable_at(0.0, u)
        theta = float(name.split("/")[0]) / 400
        assert theta == pytest.approx(1.0 / (1.0 + np.exp((0.7 - u) * FARADAY / (GAS_CONSTANT * 298.15))), abs=1 / 400)


def test_coadsorption_keeps_sites():
    states = coverage_states([SurfaceState.from_ev("O", 1.6, oxygen=1), SurfaceState.from_ev("H", -0.2, hydrogen=1)], 3)
    assert len(states) == 9
    assert all(s.oxygen + s.hydrogen <= 1 + 1e-12 for s in states)
    assert pytest.approx(ELEMENTARY_CHARGE * AVOGADRO) == EV_PER_CELL


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: surface_diagram(STATES, area=0.0), "area"),
        (lambda: surface_diagram([*STATES, STATES[0]], area=AREA), "name of its own"),
        (lambda: coverage_states(STATES[:1], 0), "at least 1"),
        (lambda: coverage_states(STATES[:1], 2, interactions={("1/4 OH", "N"): 1.0}), "no pair"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(InputError, match=message):
        call()
