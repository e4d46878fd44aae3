"""Pourbaix diagrams of single elements against closed-form lines, triple points and spot maps."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from npsolver.equilibrium.pourbaix import Compound, CompoundTable, pourbaix_diagram

ITEMS = json.loads((Path(__file__).parents[1] / "data" / "pourbaix.json").read_text())["items"]


def diagram_of(item):
    energies = item["parameters"]["dfG_kJ_mol"]
    compounds = [Compound.from_formula(name, 1e3 * energy) for name, energy in energies.items()]
    table = CompoundTable(compounds, water_gibbs_energy=1e3 * item["parameters"]["dfG_H2O_kJ"])
    element = next(iter(compounds[0].elements))
    return pourbaix_diagram(element, table=table, ph=(-2, 16), potential=(-2.5, 3.0))


@pytest.fixture(scope="module", params=ITEMS, ids=lambda item: item["id"])
def case(request):
    return request.param, diagram_of(request.param)


def test_formulas_agree_with_the_stated_stoichiometry(case):
    item, diagram = case
    for compound in diagram.compounds:
        expected = item["parameters"]["stoich"][compound.name]
        assert compound.phase == expected["phase"]
        assert compound.charge == expected["charge"]
        assert [compound.count("O"), compound.count("H")] == [expected["n_O"], expected["n_H"]]


def test_triple_points(case):
    item, diagram = case
    expected = item["values"]["triple_points"]
    found = {point.fields: point for point in diagram.triple_points}
    assert len(found) == len(expected)
    for point in expected:
        mine = found[frozenset(point["phases"])]
        assert mine.ph == pytest.approx(point["pH"], abs=item["tolerance"]["pH_abs"])
        assert mine.potential == pytest.approx(point["E_V"], abs=item["tolerance"]["E_abs_V"])


def test_boundary_lines_and_stable_segments(case):
    item, diagram = case
    found = {frozenset(b.fields): b for b in diagram.boundaries}
    expected = item["values"]["boundaries"]
    assert len(found) == len(diagram.boundaries) == len(expected)
    for line in expected:
        mine = found[frozenset(line["pair"])]
        if line["type"] == "vertical":
            assert mine.ph == pytest.approx(line["pH"], abs=1e-5)
        else:
            assert mine.intercept == pytest.approx(line["E0_V"], abs=1e-6)
            assert mine.slope == pytest.approx(line["slope_V_per_pH"], abs=1e-9)
        ends = sorted(map(tuple, np.round(line["stable_segment"], 6)))
        own = sorted(map(tuple, np.round(mine.segment, 6)))
        for (x, y), (x_ref, y_ref) in zip(own, ends):
            assert x == pytest.approx(x_ref, abs=1e-5)
            if abs(y_ref) < 2.4:  # the frames differ in height
                assert y == pytest.approx(y_ref, abs=2e-6)


def test_spot_map_with_margins(case):
    item, diagram = case
    metal = np.array([c.count(next(iter(diagram.composition))) for c in diagram.compounds])
    for spot in item["values"]["map"]:
        assert diagram.stable_at(spot["pH"], spot["E"]) == spot["stable"]
        first, second = np.sort(diagram.compound_energies(spot["pH"], spot["E"]) / metal)[:2]
        assert second - first == pytest.approx(spot["margin_J"], rel=1e-9, abs=1e-6)


def test_water_window(case):
    item, diagram = case
    expected = item["values"]["water_lines"]
    assert diagram.water.hydrogen[0] == pytest.approx(expected["H2_E0"], abs=1e-12)
    assert diagram.water.oxygen[0] == pytest.approx(expected["O2_E0_V"], abs=1e-9)
    assert diagram.water.oxygen[1] == pytest.approx(expected["slope_V_per_pH"], rel=1e-12)
