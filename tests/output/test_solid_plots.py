"""Pictures of solids: effective charges, units of the field, all carriers visible, closed forms with their own arguments."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import npsolver
from npsolver.output.plot_axes import axis_label, frame_labels
from npsolver.output.plot_history import _reference_curves, _swept_axis
from npsolver.output.plots import figures
from npsolver.output.solid_labels import pressure_unit, with_labels, with_power
from npsolver.runner import run

sys.path.insert(0, str(Path(__file__).parents[1] / "solids"))
from membrane_cases import ATM, gas, oxide

SWEEP = f"""
[solve]
kind = "sweep"
parameter = "boundary.left.pressure.O2"
values = [{1e-20 * ATM!r}, {1e-10 * ATM!r}, {0.21 * ATM!r}]
"""


def membrane(**changes):
    keys = {
        "T": 1000.0, "L": 1e-5, "dopant": -2000.0, "mobile": (1e-10, 1e-8), "K_red": 1e-25,
        "left": gas(1e-20 * ATM, "current = 0"), "right": gas(0.21 * ATM, "potential = 0"),
    }
    return run(npsolver.loads(oxide(**(keys | changes))))


@pytest.fixture(scope="module")
def insulator():
    """Electrons fifteen decades and more below the vacancies."""
    return membrane()


def test_all_carriers_are_visible_in_the_units_of_solids(insulator):
    axis = dict(figures(insulator, checks=[]))["concentrations"].axes[0]
    low, high = axis.get_ylim()
    assert axis.get_ylabel() == "Concentration (mol m⁻³)"
    for line in axis.get_lines()[:2]:
        y = line.get_ydata()
        assert low < y.min() < y.max() < high
    assert y.max() < 1e-13 * insulator.concentration.max()
    labels = [text.get_text() for text in axis.get_legend().get_texts()]
    assert labels == [r"$\mathrm{V_{O}^{\bullet\bullet}}$", r"$\mathrm{e^{\prime}}$"]


def test_the_electroneutral_model_shows_no_charge_density(insulator):
    assert "charge_density" not in dict(figures(insulator, checks=[]))
    assert "charge_density" in dict(figures(membrane(physics="pnp"), checks=[]))


def test_carriers_of_semiconductors_are_counted_per_volume():
    text = """
[model]
physics = "pnp"
temperature = 300
[[species]]
name = "e-"
diffusivity = 3.6e-3
[[geometry.region]]
name = "silicon"
length = "1 um"
fixed_charge = "1e22 1/m^3"
relative_permittivity = 11.7
[boundary.left]
kind = "wall"
potential = "-0.8 V"
[boundary.right]
kind = "wall"
concentration = { "e-" = "1e22 1/m^3" }
potential = 0
"""
    axis = dict(figures(run(npsolver.loads(text)), checks=[]))["concentrations"].axes[0]
    assert axis.get_ylabel() == "Concentration (cm⁻³)"
    assert axis.get_lines()[0].get_ydata().max() == pytest.approx(1e16, rel=1e-3)
    assert axis.get_legend().get_texts()[0].get_text() == r"$\mathrm{e^{-}}$"


def test_pressures_over_decades_are_written_in_the_unit_in_which_they_are_round():
    solution = membrane(extra=SWEEP)
    assert frame_labels(solution, [0, 1, 2]) == ["10⁻²⁰ atm", "10⁻¹⁰ atm", "0.21 atm"]
    axis = dict(figures(solution, checks=[]))["sweep"].axes[-1]
    assert axis.get_xlabel() == r"Pressure of $\mathrm{O_{2}}$ at left (atm)"


def test_units_of_pressures():
    assert pressure_unit(np.array([1e-20, 1.0]) * 1e5) == (1e-5, "bar")
    assert pressure_unit(np.array([1e-20, 0.21]) * ATM) == (1 / ATM, "atm")
    assert pressure_unit(np.array([2e4, 1e5])) is None
    assert [with_power(value) for value in (0.0, 0.21, 1e-20, 2.13e-7)] == ["0", "0.21", "10⁻²⁰", "2.13×10⁻⁷"]


def test_times_from_a_minute_on_are_not_in_seconds():
    extra = """
[initial]
concentration = { "V_O^2+" = 1000, "e-" = 1e-17 }
[solve]
kind = "transient"
end_time = "36 h"
output_times = ["10 s", "10 min", "3 h", "36 h"]
"""
    solution = membrane(left='kind = "wall"', extra=extra)
    assert frame_labels(solution, range(4)) == ["10 s", "10 min", "3 h", "1.5 d"]


def test_names_and_keys_in_words(insulator):
    assert with_labels("flux of V_O^2+ in at left", insulator.model) == (
        r"flux of $\mathrm{V_{O}^{\bullet\bullet}}$ in at left"
    )
    assert axis_label("geometry.region.oxide.length") == "Length of oxide"


def test_a_closed_form_of_one_frame_has_its_own_arguments():
    """Three checks, each of a reference with arguments of its frame only."""
    checks = [
        {"observable": "charge", "at": at, "references": [value] * 3} for at, value in ((1.0, -3.0), (2.0, -2.0), (4.0, -1.0))
    ]
    curve = _reference_curves(checks, np.array([1.0, 2.0, 4.0]))["charge"]
    assert curve.tolist() == [-3.0, -2.0, -1.0]


@pytest.mark.parametrize(
    ("values", "logarithmic"), [([1, 10, 100], True), ([1, 2, 4], False), ([1, 50, 100], False), ([0, 1], False)]
)
def test_values_of_one_ratio_are_on_a_logarithmic_axis(values, logarithmic):
    assert _swept_axis(np.array(values, dtype=float))[1] is logarithmic
