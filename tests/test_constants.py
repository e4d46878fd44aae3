"""Constants and scales."""

from __future__ import annotations

import pytest
from scipy import constants

from npsolver import units


@pytest.mark.parametrize(
    ("own", "reference"),
    [
        ("ELEMENTARY_CHARGE", constants.e),
        ("BOLTZMANN", constants.k),
        ("AVOGADRO", constants.N_A),
    ],
)
def test_defined_constants_are_exact(own, reference):
    assert getattr(units, own) == reference


@pytest.mark.parametrize(
    ("own", "reference"),
    [
        ("FARADAY", constants.physical_constants["Faraday constant"][0]),
        ("GAS_CONSTANT", constants.R),
        # CODATA 2018 and 2022 differ by 1.6e-10, twice the standard uncertainty
        ("VACUUM_PERMITTIVITY", constants.epsilon_0),
    ],
)
def test_derived_constants(own, reference):
    assert getattr(units, own) == pytest.approx(reference, rel=1e-9)


def test_thermal_voltage():
    assert units.thermal_voltage(298.15) == pytest.approx(25.692579e-3, rel=1e-7)


def test_scales_belong_together():
    """Each derived scale makes one of the equations free of factors."""
    s = units.Scales(temperature=310.0, length=2e-6, concentration=30.0, diffusivity=1.5e-9)
    assert s.flux == pytest.approx(s.diffusivity * s.concentration / s.length)
    # continuity: c/t = J/L
    assert s.concentration / s.time == pytest.approx(s.flux / s.length)
    # Poisson: eps V/L² = F c; Gauss: eps V/L = sigma
    assert s.permittivity * s.potential / s.length**2 == pytest.approx(units.FARADAY * s.concentration)
    assert s.permittivity * s.potential / s.length == pytest.approx(s.surface_charge)
    assert s.current_density == pytest.approx(units.FARADAY * s.flux)
    # a charge divided by a time is a current
    assert s.surface_charge / s.time == pytest.approx(s.current_density)
    assert s.potential == pytest.approx(units.GAS_CONSTANT * 310.0 / units.FARADAY)
