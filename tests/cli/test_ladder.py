"""The ladder of models from the command line."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from shared_cases import SELECTIVE_MEMBRANE

from npsolver.case import template_text
from npsolver.cli import cli
from npsolver.errors import InputError

BATHS = """
[[species]]
name = "Na+"
[[species]]
name = "Cl-"
[[geometry.region]]
name = "film"
length = "1 um"
[boundary.left]
kind = "bath"
concentration = { "Na+" = "100 mM", "Cl-" = "100 mM" }
current = 0
[boundary.right]
kind = "bath"
concentration = { "Na+" = "10 mM", "Cl-" = "10 mM" }
potential = 0
"""


@pytest.fixture
def case(tmp_path):
    path = tmp_path / "film.toml"
    path.write_text(BATHS)
    return path


def test_rungs_that_apply_are_compared_and_the_other_says_why(case):
    result = CliRunner().invoke(cli, ["ladder", str(case)], standalone_mode=False)
    assert result.return_value == 0
    header, *lines = result.output.splitlines()
    assert "pnp" in header
    assert "electroneutral − pnp" in header
    row = next(line for line in lines if line.startswith("membrane_potential"))
    value, unit, difference, small = row.split()[1:5]
    # the junction potential of NaCl, 10:1; a film of a thousand Debye lengths is electroneutral to a few parts in 1e4
    assert (float(value), unit) == (pytest.approx(12.3, abs=0.3), "mV")
    assert abs(float(difference)) < {"µV": 50.0, "nV": 5e4}[small]
    assert "poisson-boltzmann does not apply" in result.output


def test_a_value_can_be_set(case):
    arguments = ["ladder", str(case), "--set", "boundary.left.concentration.Na+=10 mM"]
    arguments += ["--set", "boundary.left.concentration.Cl-=10 mM"]
    result = CliRunner().invoke(cli, arguments, standalone_mode=False)
    row = next(line for line in result.output.splitlines() if line.startswith("membrane_potential"))
    assert float(row.split()[1]) == pytest.approx(0.0, abs=1e-6)


def test_a_selective_membrane_without_fixed_charge_has_no_electroneutral_rung(tmp_path):
    path = tmp_path / "membrane.toml"
    path.write_text(SELECTIVE_MEMBRANE)
    result = CliRunner().invoke(cli, ["ladder", str(path)], standalone_mode=False)
    assert result.return_value == 0
    assert "region 'membrane': has ions of one sign and no fixed charge" in result.output


def test_cases_without_transport_are_refused(tmp_path):
    path = tmp_path / "cell.toml"
    path.write_text(template_text("cell"))
    result = CliRunner().invoke(cli, ["ladder", str(path)])
    assert isinstance(result.exception, InputError)
    assert "of kind 'cell'" in str(result.exception)
