"""What is imposed is reported as imposed, what is nothing but round-off as zero, and nothing else is touched."""

from __future__ import annotations

import json

import numpy as np
import pytest

import npsolver
from npsolver.cli.console import observables_table
from npsolver.observables.round_off import edge_terms
from npsolver.output import format_error, read_result, write_report, write_result
from npsolver.runner.problem import build_problem
from npsolver.units import FARADAY

MEMBRANE = """
[model]
temperature = "310.15 K"
[[species]]
name = "K+"
[[species]]
name = "Na+"
[[species]]
name = "Cl-"
[[geometry.region]]
name = "inside"
length = "20 nm"
[[geometry.region]]
name = "membrane"
length = "5 nm"
excluded_species = ["Cl-"]
[[geometry.region]]
name = "outside"
length = "20 nm"
[boundary.left]
kind = "bath"
concentration = { "K+" = "130 mM", "Na+" = "10 mM", "Cl-" = "140 mM" }
current = "0.1234 A/m^2"
[boundary.right]
kind = "bath"
concentration = { "K+" = "5 mM", "Na+" = "140 mM", "Cl-" = "145 mM" }
potential = "12.3 mV"
"""


@pytest.fixture(scope="module")
def case():
    return npsolver.loads(MEMBRANE)


@pytest.fixture(scope="module")
def solution(case):
    return npsolver.run(case)


def test_imposed_values_are_reported_to_the_last_digit(solution):
    found = {name: item.value for name, item in solution.observables.items()}
    assert found["current[left]"] == found["current_density"] == 0.1234
    assert found["current[right]"] == -0.1234
    assert found["potential[right]"] == 0.0123


def test_the_solution_carries_the_imposed_current(solution):
    assert solution.conservation["imposed_current"] < 1e-9
    fluxes = [(z, solution.observables[f"flux[{name}, left]"]) for name, z in (("K+", 1), ("Na+", 1), ("Cl-", -1))]
    carried, level = (FARADAY * sum(terms) for terms in zip(*((z * f.value, abs(z) * f.round_off) for z, f in fluxes)))
    assert 0.0 < level < 1e-4
    assert carried == pytest.approx(0.1234, abs=level)


def test_what_cannot_be_told_from_zero_is_zero(solution):
    blocked = solution.observables["flux[Cl-, left]"]
    assert blocked.value == 0.0
    assert 0.0 < blocked.round_off < 1e-6 * abs(solution.observables["flux[K+, left]"].value)
    for name in ("flux[K+, left]", "flux[Na+, right]"):
        item = solution.observables[name]
        assert abs(item.value) > 1e3 * item.round_off


def test_small_true_values_are_kept():
    """A millionth of the concentration is a millionth of the flux, which is no round-off."""
    trace = MEMBRANE.replace('"Na+" = "10 mM"', '"Na+" = "10 nM"').replace('"K+" = "130 mM"', '"K+" = "139.99999 mM"')
    trace = trace.replace('"K+" = "5 mM", "Na+" = "140 mM"', '"K+" = "144.999999 mM", "Na+" = "1 nM"')
    solution = npsolver.run(npsolver.loads(trace))
    flux = solution.observables["flux[Na+, left]"]
    assert 0.0 < flux.round_off < 1e-3 * abs(flux.value)
    assert flux.value == pytest.approx(-solution.observables["flux[Na+, right]"].value, rel=1e-6)


def test_terms_bound_the_flows(case, solution):
    system = build_problem(case).system
    u = build_problem(case).start
    flow, _ = system.fluxes(u)
    terms = edge_terms(system, u)
    inside = system.mesh.edge_region < len(system.mesh.region_names)
    assert np.all(np.abs(flow[:, inside]) <= terms[:, inside] * (1 + 1e-12))


def test_the_table_the_report_and_the_files_say_the_same(case, solution, tmp_path):
    write_result(tmp_path, case, solution)
    level = solution.observables["flux[Cl-, left]"].round_off
    record = json.loads((tmp_path / "summary.json").read_text())["observables"]
    assert record["flux[Cl-, left]"]["value"] == 0.0
    assert record["flux[Cl-, left]"]["round_off"] == level
    assert record["current_density"] == {"value": 0.1234, "unit": "A/m^2", "label": "current density"}
    back = read_result(tmp_path)
    assert back.solution.observables["flux[Cl-, left]"].round_off == level
    text = format_error(0.0, None, level, "mol/m^2/s")
    assert text.startswith("< ")
    line = next(line for line in observables_table(solution).splitlines() if "flux of Cl- in at left" in line)
    assert line.partition(" left ")[2].split()[0] == "0"
    assert text in line
    assert text.replace("<", "&lt;") in write_report(tmp_path, back).read_text()


def test_transients_report_imposed_currents(tmp_path):
    text = MEMBRANE + '[solve]\nkind = "transient"\nend_time = "10 ns"\n'
    solution = npsolver.run(npsolver.loads(text))
    assert set(solution.observables["current_density"].value) == {0.1234}
    assert set(solution.observables["current[right]"].value) == {-0.1234}
