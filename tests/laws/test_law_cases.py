"""Every shipped case without a mesh meets what it expects, and agrees with its twin that solves the transport equations."""

from __future__ import annotations

import importlib.util

import pytest
from law_texts import FOLDERS, ROOT, run_file

import npsolver
from npsolver.case.kinds import LawCase

FILES = sorted(
    str(path.relative_to(ROOT))
    for folder in FOLDERS
    for path in (ROOT / folder).glob("*.toml")
    if "[[geometry.region]]" not in path.read_text(encoding="utf-8")  # a folder may hold transport cases, too
)
# (case of a law, observable, transport case, observable, sign, tolerance in SI)
TWINS = [
    ("ions/nernst.toml", "E_K", "equilibrium/nernst-potassium.toml", "membrane_potential", 1, 1e-9),
    ("ions/nernst.toml", "E_Na", "equilibrium/nernst-sodium.toml", "membrane_potential", 1, 1e-9),
    ("ions/nernst.toml", "E_Cl", "equilibrium/nernst-chloride.toml", "membrane_potential", 1, 1e-9),
    ("ions/nernst.toml", "E_Ca", "equilibrium/nernst-calcium.toml", "membrane_potential", 1, 1e-9),
    ("ions/liquid-junction.toml", "planck_HCl_KCl", "junctions/hcl-kcl.toml", "membrane_potential", -1, 1e-6),
]


@pytest.mark.parametrize("name", FILES)
def test_shipped_case(name):
    case, _, checks = run_file(name)
    assert isinstance(case, LawCase)
    assert case.title
    assert case.description.strip()
    assert case.source
    assert len(checks) >= 3 or "pourbaix" in name
    failed = [f"{item.name}: {item.value} against {item.reference}" for item in checks if not item.passed]
    assert not failed


def test_every_row_of_the_table_of_systems_has_a_case():
    assert len(FILES) >= 33
    stems = {name.rpartition("/")[2].removesuffix(".toml") for name in FILES}
    rows = {
        "A1": "nernst",
        "A2": "activity",
        "A4": "exchange-current",
        "A5": "fermi-level",
        "B1": "driving-force",
        "B2": "goldman",
        "B3": "liquid-junction",
        "B4": "donnan",
        "B5": "poisoned-pump",
        "B6": "gradient-energy",
        "B7": "charge-economy",
        "B8": "action-potential",
        "B9": "charged-membrane",
        "B10": "proton-motive-force",
        "B11": "reverse-electron-transport",
        "C3": "plateau",
        "C4": "incremental-capacity",
        "C5": "full-cell",
        "C7": "dissolution",
        "D1": "iron",
        "D2": "steel-passivity",
        "D3": "surface-oxygen-evolution",
        "D4": "co2-capture",
    }
    assert set(rows.values()) <= stems


@pytest.mark.parametrize(("law", "observable", "transport", "other", "sign", "atol"), TWINS)
def test_twin(law, observable, transport, other, sign, atol):
    if importlib.util.find_spec("npsolver._ext.edge_flux") is None or not (ROOT / transport).exists():
        pytest.skip("the twin is not here")
    value = run_file(law)[1].observables[observable].value
    solution = npsolver.run(npsolver.load(ROOT / transport))
    assert sign * float(solution.observables[other].value) == pytest.approx(value, abs=atol)


def test_twin_of_the_resting_potential():
    _, goldman, _ = run_file("ions/goldman.toml")
    transport = npsolver.run(npsolver.load(ROOT / "membranes/ghk-potential.toml"))
    value = float(transport.observables["membrane_potential"].value)
    assert value == pytest.approx(goldman.observables["V"].value[0], abs=1e-6)


def test_twin_of_the_donnan_potential():
    transport = npsolver.load(ROOT / "equilibrium/donnan.toml")
    bath = next(iter(transport.model.boundaries.values()))
    charge = next(region.fixed_charge for region in transport.model.regions if region.fixed_charge)
    salt = max(bath.concentration.values())
    law = npsolver.load(
        ROOT / "ions/donnan.toml",
        {"law.gel.inputs.fixed_charge": charge, "input.salt": f"{salt} mM", "sweep": [], "plot": [], "expect": []}
        | {"model.temperature": transport.model.temperature},
    )
    from npsolver.equilibrium import donnan_potential

    expected = float(donnan_potential([1, -1], [salt, salt], charge, transport.model.temperature))
    assert npsolver.run(law).observables["gel_potential"].value == pytest.approx(expected, rel=1e-12)
    assert all(item.passed for item in _checks(transport))


def _checks(case):
    from law_texts import checks_of

    return checks_of(case, npsolver.run(case))
