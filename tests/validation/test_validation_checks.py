"""Closed forms bound to case data, and the verdict on a solution."""

import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from npsolver import equilibrium
from npsolver.errors import InputError
from npsolver.model import Boundary, Model, Region, Species
from npsolver.stepping.solution import Observable
from npsolver.units import FARADAY, GAS_CONSTANT
from npsolver.validation import check, prepare, references, references_markdown

K, NA, CL = Species("K+", 1, 1.96e-9), Species("Na+", 1, 1.33e-9), Species("Cl-", -1, 2.03e-9)
CA, SO4 = Species("Ca2+", 2, 0.79e-9), Species("SO4^2-", -2, 1.07e-9)
T = 298.15
VT = GAS_CONSTANT * T / FARADAY


@dataclass(frozen=True)
class Expect:
    observable: str = "x"
    value: float | None = None
    reference: str | None = None
    rtol: float | None = None
    atol: float | None = None
    time: float | None = None
    at: float | None = None
    source: str = ""


@dataclass
class StandInCase:
    model: Model
    lengths: dict
    expects: tuple = ()
    kind: str = "steady"
    initial: dict = field(default_factory=dict)
    events: tuple = ()
    path: str = "cell.toml"

    @property
    def geometry(self):
        return SimpleNamespace(regions=tuple(self.lengths.items()), coordinates="cartesian", origin=0.0)

    @property
    def solve(self):
        return SimpleNamespace(kind=self.kind, end_time=1.0, events=self.events)

    def __post_init__(self):
        self.initial = SimpleNamespace(concentration=self.initial)


def membrane_case(*, fixed_charge=0.0, V=None, excluded=(), **case):
    region = Region(
        "membrane", fixed_charge=fixed_charge, excluded_species=frozenset(excluded), porosity=0.5, tortuosity=2.0
    )
    left = {"K+": 140.0, "Na+": 15.0, "Cl-": 155.0}
    right = {"K+": 5.0, "Na+": 145.0, "Cl-": 150.0}
    boundaries = {
        "left": Boundary("left", "bath", left, potential=V, current=0.0 if V is None else None),
        "right": Boundary("right", "bath", right, potential=0.0),
    }
    model = Model((K, NA, CL), (Region("inside"), region, Region("outside")), boundaries, temperature=T)
    return StandInCase(model, {"inside": 1e-8, "membrane": 5e-9, "outside": 1e-8}, **case)


def wall_case(**wall):
    boundaries = {
        "left": Boundary("left", "wall", **wall),
        "right": Boundary("right", "bath", {"Na+": 10.0, "Cl-": 10.0}, potential=0.0),
    }
    model = Model((NA, CL), (Region("water", relative_permittivity=78.5),), boundaries, temperature=T)
    return StandInCase(model, {"water": 5e-8})


def solution(value=0.0, unit="V", kind="steady", axis=(0.0,), name="x", axis_name=""):
    return SimpleNamespace(
        observables={name: Observable(name, value, unit)},
        kind=kind,
        axis=np.asarray(axis, dtype=float),
        axis_name=axis_name,
        axis_unit="s" if kind == "transient" else "V",
        n_frames=len(axis),
    )


def reference_value(case, text, unit="", **options):
    expect = Expect(reference=text, rtol=1.0, atol=1e300)
    case = replace_expects(case, expect)
    prepare(case)
    (result,) = check(case, solution(unit=unit, **options))
    return result.reference


def replace_expects(case, *expects):
    case.expects = expects
    return case


# --- closed forms against formulas written out here ------------------------------------------------------------------


def test_nernst_by_boundaries_and_by_regions():
    expected = VT * math.log(5 / 140)
    for text in ("nernst(K+, left, right)", "nernst(K+, inside, outside)", "nernst(ion = K+, a = left, b = right)"):
        assert reference_value(membrane_case(), text, "V") == pytest.approx(expected, rel=1e-14)
    assert reference_value(membrane_case(), "nernst(Cl-, left, right)") == pytest.approx(
        -VT * math.log(150 / 155), rel=1e-12
    )


def test_goldman_potential_and_current():
    P = np.array([1.96, 1.33, 2.03])
    top = P[0] * 5 + P[1] * 145 + P[2] * 155
    bottom = P[0] * 140 + P[1] * 15 + P[2] * 150
    expected = VT * math.log(top / bottom)
    assert reference_value(membrane_case(), "ghk_voltage(left, right)", "V") == pytest.approx(expected, rel=1e-13)
    # no current at that potential, and the sum of z F J otherwise; permeability D porosity / (tortuosity L)
    case = membrane_case(V=0.03)
    total = reference_value(case, "ghk_current(left, right)", "A/m^2")
    parts = [reference_value(case, f"ghk_flux({ion}, left, right)") for ion in ("K+", "Na+", "Cl-")]
    assert total == pytest.approx(FARADAY * (parts[0] + parts[1] - parts[2]), rel=1e-12)
    permeability, u = 1.96e-9 * 0.5 / 2 / 5e-9, 0.03 / VT
    flux = permeability * u * (140 - 5 * math.exp(-u)) / (1 - math.exp(-u))
    assert parts[0] == pytest.approx(flux, rel=1e-12)
    zero = reference_value(case, f"ghk_current(left, right, V = {expected!r} V)")
    assert abs(zero) < 1e-9 * abs(total)


def test_donnan_uses_the_charge_per_pore_fluid():
    case = membrane_case(fixed_charge=-50.0)
    psi = reference_value(case, "donnan_potential(membrane, left)", "V")
    assert psi == pytest.approx(-VT * math.asinh(100 / (2 * 155)), rel=1e-10)
    inside = [reference_value(case, f"donnan_concentration({ion}, membrane, left)") for ion in ("K+", "Na+", "Cl-")]
    assert inside[0] + inside[1] - inside[2] == pytest.approx(100.0, rel=1e-10)


def test_teorell_meyer_sievers_has_the_sign_of_left_minus_right():
    boundaries = {
        "left": Boundary("left", "bath", {"Na+": 100.0, "Cl-": 100.0}, potential=0.02),
        "right": Boundary("right", "bath", {"Na+": 10.0, "Cl-": 10.0}, potential=0.0),
    }
    model = Model((NA, CL), (Region("m", fixed_charge=-500.0),), boundaries, temperature=T)
    case = StandInCase(model, {"m": 1e-5})
    expected = -equilibrium.teorell_meyer_sievers(100.0, 10.0, -500.0, NA.diffusivity, CL.diffusivity, T).total
    assert reference_value(case, "tms_potential(left, right)", "V") == pytest.approx(expected, rel=1e-8)
    assert expected < -0.9 * VT * math.log(10)  # a cation exchanger: the concentrated side is negative
    # the current vanishes at that potential
    assert abs(reference_value(case, f"tms_current(left, right, V = {float(expected)!r} V)")) < 1e-6
    assert reference_value(case, "tms_current(left, right)") > 0


def test_junctions_are_left_minus_right():
    H = Species("H+", 1, 9.31e-9)
    boundaries = {
        "left": Boundary("left", "bath", {"H+": 100.0, "Cl-": 100.0}, current=0.0),
        "right": Boundary("right", "bath", {"K+": 100.0, "Cl-": 100.0}, potential=0.0),
    }
    case = StandInCase(Model((H, K, CL), (Region("film"),), boundaries, temperature=T), {"film": 1e-4})
    # equal concentrations: Henderson reduces to Lewis and Sargent; fast H+ leaves the left side negative
    expected = -VT * math.log((9.31 + 2.03) / (1.96 + 2.03))
    for name in ("henderson", "planck"):
        assert reference_value(case, f"{name}(left, right)", "V") == pytest.approx(expected, rel=1e-6)
    assert reference_value(case, "planck_flux(H+, left, right)", "mol/m^2/s") > 0
    currents = sum(
        z * reference_value(case, f"planck_flux({ion}, left, right)") for ion, z in (("H+", 1), ("K+", 1), ("Cl-", -1))
    )
    assert abs(currents) < 1e-12
    assert abs(reference_value(case, f"film_current(left, right, V = {expected!r} V)")) < 1e-5


def test_surfaces_take_potential_and_charge_from_the_wall():
    psi = 0.1
    case = wall_case(potential=psi)
    eps, c = 78.5 * 8.8541878188e-12, 10.0
    expected = math.sqrt(8 * eps * GAS_CONSTANT * T * c) * math.sinh(psi / (2 * VT))
    assert reference_value(case, "grahame_charge(right)", "C/m^2") == pytest.approx(expected, rel=1e-12)
    assert reference_value(case, "grahame_charge(water, 100 mV)") == pytest.approx(expected, rel=1e-12)
    debye = math.sqrt(eps * VT / (2 * FARADAY * c))
    assert reference_value(case, "debye_length(right)", "m") == pytest.approx(debye, rel=1e-12)
    profile = 4 * VT * math.atanh(math.tanh(psi / (4 * VT)) * math.exp(-1e-9 / debye))
    assert reference_value(case, "gouy_chapman_potential(1 nm, right)", "V") == pytest.approx(profile, rel=1e-8)
    local = c * math.exp(-profile / VT)
    found = reference_value(case, "gouy_chapman_concentration(Na+, 1 nm, right)", "mol/m^3")
    assert found == pytest.approx(local, rel=1e-8)
    assert reference_value(case, "boltzmann_concentration(Cl-, right, 25 mV)") == pytest.approx(
        c * math.exp(0.025 / VT), rel=1e-12
    )
    charged = wall_case(surface_charge=expected)
    assert reference_value(charged, "surface_potential(right)", "V") == pytest.approx(psi, rel=1e-10)


def test_stern_layer_in_series():
    case = wall_case(potential=0.2, stern_capacitance=0.2)
    sigma = reference_value(case, "stern_charge(right)", "C/m^2")
    psi = reference_value(case, "surface_potential(right)", "V")
    assert sigma == pytest.approx(0.2 * (0.2 - psi), rel=1e-10)


def film_case(V=0.1, **case):
    boundaries = {
        "left": Boundary("left", "bath", {"Na+": 10.0, "Cl-": 10.0}, potential=V),
        "right": Boundary("right", "wall", {"Na+": 20.0}, potential=0.0),
    }
    return StandInCase(Model((NA, CL), (Region("film"),), boundaries, temperature=T), {"film": 1e-4}, **case)


def test_limiting_current_and_its_approach():
    limit = 2 * FARADAY * NA.diffusivity * 10 / 1e-4
    assert reference_value(film_case(), "limiting_current(Na+, Cl-, left)", "A/m^2") == pytest.approx(limit, rel=1e-13)
    expected = limit * (1 - math.sqrt(2) * math.exp(-0.1 / (2 * VT)))
    for text in (
        "selective_membrane_current(Na+, Cl-, left)",
        "selective_membrane_current(Na+, Cl-, left, V)",
        "selective_membrane_current(Na+, Cl-, left, V = 100 mV, contact = 20 mM)",
        f"limiting_current(Na+, Cl-, left) * (1 - 1.4142135623730951 * {math.exp(-0.1 / (2 * VT))!r})",
    ):
        assert reference_value(film_case(), text) == pytest.approx(expected, rel=1e-7), text


def test_diffusion():
    case = film_case(kind="transient")
    t = 0.5
    options = {"kind": "transient", "axis": (t,)}
    D = 2 * NA.diffusivity * CL.diffusivity / (NA.diffusivity + CL.diffusivity)
    assert reference_value(case, "nernst_hartley(Na+, Cl-)", "m^2/s", **options) == pytest.approx(D, rel=1e-14)
    cottrell = FARADAY * 10 * math.sqrt(NA.diffusivity / (math.pi * t))
    assert reference_value(case, "cottrell_current(Na+, left, t)", **options) == pytest.approx(cottrell, rel=1e-13)
    assert reference_value(case, "-cottrell_current(Na+, left, 500 ms)", **options) == pytest.approx(
        -cottrell, rel=1e-13
    )
    decay = math.exp(-4 * math.pi**2 * D * t / 1e-4**2)
    assert reference_value(case, "salt_pulse(Na+, Cl-, 100 um, t)", **options) == pytest.approx(decay, rel=1e-12)
    sand = math.pi * NA.diffusivity * (FARADAY * 10 / (2 * 30.0)) ** 2
    assert reference_value(case, "sand_time(Na+, left, 30 A/m^2)", "s", **options) == pytest.approx(sand, rel=1e-13)
    transference = NA.diffusivity / (NA.diffusivity + CL.diffusivity)
    binary = math.pi * D * (FARADAY * 10 / (2 * 30.0 * (1 - transference))) ** 2
    found = reference_value(case, "sand_time(Na+, left, current = 30 A/m^2, counter = Cl-)", **options)
    assert found == pytest.approx(binary, rel=1e-12)
    pulse = 10 + 5 * 5e-6 / math.sqrt(25e-12 + 2 * D * t) * math.exp(-1e-12 / (2 * (25e-12 + 2 * D * t)))
    text = "gaussian_pulse(Na+, Cl-, 1 um, t, 10 mM, 5 mM, 5 um)"
    assert reference_value(case, text, "mol/m^3", **options) == pytest.approx(pulse, rel=1e-12)


def test_charging_of_a_blocking_cell():
    K1, C1 = Species("K+", 1, 2e-9), Species("Cl-", -1, 2e-9)
    boundaries = {"left": Boundary("left", potential=0.001), "right": Boundary("right", potential=-0.001)}
    model = Model((K1, C1), (Region("electrolyte"),), boundaries, temperature=T)
    case = StandInCase(model, {"electrolyte": 1e-5}, kind="transient", initial={"electrolyte": {"K+": 1.0, "Cl-": 1.0}})
    debye = float(equilibrium.debye_length([1, -1], [1.0, 1.0], T, 78.5))
    tau = debye * 5e-6 / 2e-9
    assert reference_value(case, "rc_time()", "s", kind="transient", axis=(1.0,)) == pytest.approx(tau, rel=1e-12)
    slowest = reference_value(case, "relaxation_time()", kind="transient", axis=(1.0,))
    assert slowest == pytest.approx(tau, rel=0.01)
    capacitance = 78.5 * 8.8541878188e-12 / debye
    for t in (0.5 * tau, 3 * tau):
        options = {"kind": "transient", "axis": (t,)}
        linear = capacitance * 0.001 * (1 - math.exp(-t / tau))
        exact = reference_value(case, "bta_charge(t)", "C/m^2", **options)
        assert exact == pytest.approx(linear, rel=0.01)  # thin layers: debye/L = 0.002
        assert reference_value(case, "bta_charge_nonlinear(t)", **options) == pytest.approx(linear, rel=0.001)
    swapped = {name: replace(wall, potential=-wall.potential) for name, wall in boundaries.items()}
    case.model = replace(model, boundaries=swapped)
    assert reference_value(case, "bta_charge(t)", **options) == pytest.approx(-exact, rel=1e-9)


# --- what names mean --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", ["Ca2+", "Ca++", "Ca+2", "Ca^2+", "'Ca2+'"])
def test_spellings_of_a_charge(spelling):
    boundaries = {
        name: Boundary(name, "bath", {"Ca2+": c, "SO4^2-": c}) for name, c in (("left", 2.0), ("right", 1e-4))
    }
    case = StandInCase(Model((CA, SO4), (Region("m"),), boundaries, temperature=310.15), {"m": 1e-9})
    assert reference_value(case, f"nernst({spelling}, right, left)") == pytest.approx(0.132344, abs=1e-6)
    assert reference_value(case, "nernst(SO4-2, left, right)") == pytest.approx(0.132344, abs=1e-6)


def _prepare_and_check(case):
    prepare(case)
    return check(case, solution(unit=""))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nerst(K+, left, right)", "did you mean 'nernst'"),
        ("nernst(K, left, right)", "unknown species 'K'; did you mean 'K\\+'"),
        ("nernst(K+, lft, right)", "unknown boundary or region 'lft'; did you mean 'left'"),
        ("nernst(K+, left)", r"b missing; expected nernst\(ion, a, b\)"),
        ("nernst(K+, left, right, 3)", "too many"),
        ("nernst(K+, left, right, ion = K+)", "given twice"),
        ("nernst(K+, left, right, iom = K+)", "unknown argument 'iom'; did you mean 'ion'"),
        ("nernst(K+, left, membrane)", "touches no bath"),
        ("donnan_potential(membrana, left)", "did you mean 'membrane'"),
        ("ghk_current(left, right, V = 3 nm)", "V = 3 nm"),
        ("cottrell_current(K+, left, t)", "t has a meaning in a transient only"),
        ("ghk_current(left, right)", "is not held"),
        ("grahame_charge(left)", "not held|give psi"),
        ("ghk_voltage(left, right", "closing parenthesis"),
    ],
)
def test_mistakes_name_file_expectation_and_remedy(text, words):
    case = replace_expects(membrane_case(), Expect(reference=text, rtol=1.0))
    with pytest.raises(InputError, match=words) as caught:
        _prepare_and_check(case)
    assert str(caught.value).startswith("cell.toml: expect 1 (x): ")


def test_every_reference_says_what_it_is():
    for name, item in references().items():
        assert item.summary.endswith((".", ")")), name
        assert len(item.summary) > 10, name
        kinds = {str(parameter.annotation) for parameter in item.parameters.values()}
        assert kinds <= {
            "Ion",
            "Bath",
            "Layer",
            "Length",
            "Time",
            "Voltage",
            "Concentration",
            "SurfaceCharge",
            "CurrentDensity",
            "Number",
        }


def test_the_page_about_references_is_up_to_date():
    """Written by ``python -c "import npsolver.validation as v; print(v.references_markdown(), end='')"``."""
    page = Path(__file__).parents[2] / "docs" / "references.md"
    assert page.read_text(encoding="utf-8") == references_markdown()


# --- verdicts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "reference", "rtol", "atol", "passed", "error", "kind"),
    [
        (1.001, 1.0, 2e-3, None, True, 1e-3, "relative"),
        (1.001, 1.0, 5e-4, None, False, 1e-3, "relative"),
        (-1.001, -1.0, 2e-3, None, True, 1e-3, "relative"),
        (1e-9, 0.0, None, 1e-8, True, 1e-9, "absolute"),
        (1e-7, 0.0, 1e-3, 1e-8, False, 1e-7, "absolute"),
        (1.0015, 1.0, 1e-3, 1e-3, True, 1.5e-3, "absolute"),
        (float("nan"), 1.0, 1e-3, None, False, math.inf, "relative"),
        (float("inf"), 1.0, None, 1e-3, False, math.inf, "absolute"),
    ],
)
def test_tolerances(value, reference, rtol, atol, passed, error, kind):
    case = replace_expects(wall_case(potential=0.1), Expect(value=reference, rtol=rtol, atol=atol))
    (result,) = check(case, solution(value))
    assert (result.passed, result.kind) == (passed, kind)
    assert result.error == pytest.approx(error, rel=1e-6)


def test_a_relative_tolerance_cannot_judge_zero():
    case = replace_expects(wall_case(potential=0.1), Expect(reference="zero()", rtol=1e-3))
    with pytest.raises(InputError, match="give atol"):
        check(case, solution(1e-9))


def test_unknown_observable_and_wrong_kind_of_quantity():
    case = replace_expects(membrane_case(), Expect("membrane_potental", value=1.0, rtol=1e-3))
    with pytest.raises(InputError, match="did you mean 'membrane_potential'"):
        check(case, solution(name="membrane_potential"))
    case = replace_expects(membrane_case(), Expect(reference="nernst(K+, left, right)", rtol=1e-3))
    with pytest.raises(InputError, match="nernst is in V, but x in A/m"):
        check(case, solution(unit="A/m^2"))


def test_time_picks_a_frame_and_the_last_is_the_default():
    frames = {"kind": "transient", "axis": (0.0, 0.1, 1.0)}
    values = np.array([1.0, 2.0, 3.0])
    case = film_case(kind="transient")
    replace_expects(case, Expect(value=2.0, time=0.1, rtol=1e-9), Expect(value=3.0, rtol=1e-9))
    first, last = check(case, solution(values, **frames))
    assert (first.passed, first.at, last.passed, last.at) == (True, 0.1, True, 1.0)
    replace_expects(case, Expect(value=2.0, time=0.2, rtol=1e-9))
    with pytest.raises(InputError, match=r"nothing was kept at 0\.2 s; add it to the output_times \(nearest: 0\.1 s\)"):
        check(case, solution(values, **frames))


def test_a_sweep_moves_the_boundary_and_gives_a_curve():
    V = np.array([0.05, 0.1, 0.15])
    limit = 2 * FARADAY * NA.diffusivity * 10 / 1e-4
    current = limit * (1 - math.sqrt(2) * np.exp(-V / (2 * VT)))
    case = film_case(V=None, kind="sweep")
    text = "selective_membrane_current(Na+, Cl-, left)"
    replace_expects(case, Expect(reference=text, rtol=1e-9), Expect(reference=text, rtol=1e-9, at=0.05))
    found = check(case, solution(current, "A/m^2", "sweep", V, axis_name="boundary.left.potential"))
    assert [item.passed for item in found] == [True, True]
    assert [item.at for item in found] == [0.15, 0.05]
    np.testing.assert_allclose(found[0].references, current, rtol=1e-12)


def test_a_sweep_of_a_material_asks_the_case():
    case = membrane_case()
    changed = replace(case.model, temperature=310.15)
    case.with_swept_value = lambda value: replace(case, model=changed, initial={})
    replace_expects(case, Expect(reference="nernst(K+, left, right)", rtol=1e-9))
    expected = GAS_CONSTANT * 310.15 / FARADAY * math.log(5 / 140)
    (result,) = check(case, solution(np.array([expected]), "V", "sweep", (310.15,), axis_name="model.temperature"))
    assert result.passed


def test_names_say_which_frame_was_asked_for():
    case = film_case(kind="transient")
    replace_expects(case, Expect(value=2.0, time=0.1, rtol=1.0), Expect(value=2.0, rtol=1.0))
    found = check(case, solution(np.full(2, 2.0), kind="transient", axis=(0.1, 1.0)))
    assert [item.name for item in found] == ["x = 2 V at 0.1 s", "x = 2 V"]


def test_events_are_in_force_after_their_time():
    event = SimpleNamespace(time=0.5, key="boundary.left.potential", value=0.2)
    case = film_case(V=0.1, kind="transient", events=(event,))
    text = "selective_membrane_current(Na+, Cl-, left)"
    replace_expects(case, *(Expect(reference=text, rtol=1.0, time=t) for t in (0.25, 0.5, 1.0)))
    found = check(case, solution(np.ones(3), "A/m^2", "transient", (0.25, 0.5, 1.0)))
    limit = 2 * FARADAY * NA.diffusivity * 10 / 1e-4
    expected = [limit * (1 - math.sqrt(2) * math.exp(-V / (2 * VT))) for V in (0.1, 0.1, 0.2)]
    np.testing.assert_allclose([item.reference for item in found], expected, rtol=1e-10)


def test_closed_forms_that_do_not_exist_at_a_frame_leave_a_gap_in_the_curve():
    case = replace_expects(film_case(kind="transient"), Expect(reference="cottrell_current(Na+, left, t)", rtol=1.0))
    (result,) = check(case, solution(np.ones(2), "A/m^2", "transient", (0.0, 1.0)))
    assert result.references[0] is None
    assert result.references[1] > 0


def test_a_closed_form_at_a_time_given_as_a_number_is_of_its_own_frame():
    text = "cottrell_current(Na+, left, 0.5 s)"
    case = replace_expects(film_case(kind="transient"), Expect(reference=text, rtol=1.0, time=0.5))
    (result,) = check(case, solution(np.ones(3), "A/m^2", "transient", (0.1, 0.5, 1.0)))
    assert [value is None for value in result.references] == [True, False, True]


def test_a_closed_form_at_a_voltage_given_as_a_number_is_of_its_own_frame():
    V = np.array([0.05, 0.1])
    call = "selective_membrane_current(Na+, Cl-, left, 50 mV)"
    case = replace_expects(film_case(V=None, kind="sweep"), Expect(reference=call, rtol=10.0, at=0.05))
    (by_voltage,) = check(case, solution(np.ones(2), "A/m^2", "sweep", V, axis_name="boundary.left.potential"))
    (by_charge,) = check(case, solution(np.ones(2), "A/m^2", "sweep", V, axis_name="boundary.right.surface_charge"))
    assert by_voltage.references[0] == by_charge.references[0] == by_charge.references[1]
    assert by_voltage.references[1] is None


def test_names_of_checks_can_be_read():
    case = replace_expects(
        membrane_case(), Expect(value=-0.089, rtol=1e-3), Expect(reference="nernst(K+, left, right)", rtol=1.0)
    )
    assert [item.name for item in check(case, solution(-0.089))] == ["x = -0.089 V", "x = nernst(K+, left, right)"]
