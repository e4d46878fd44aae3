"""Rate constants and laws of reactions at surfaces, without a mesh."""

from __future__ import annotations

import math

import numpy as np
import pytest
from electrode_models import E0, reaction, silver
from engine_problems import VT, T

from npsolver.model import SurfaceReaction
from npsolver.units import FARADAY

REDOX = {"Ox": -1.0, "Red": 1.0}


def rate(item: SurfaceReaction, c: dict[str, float], drop: float = 0.0) -> float:
    """The rate by its definition, V - phi = `drop`."""
    x = item.electrons * (drop - item.standard_potential) / VT if item.electrons else 0.0
    ahead = item.forward_rate * math.prod(c[s] ** p for s, p in item.forward_order.items())
    back = item.backward_rate * math.prod(c[s] ** q for s, q in item.backward_order.items())
    alpha = item.transfer_coefficient
    return ahead * math.exp(-alpha * x) - back * math.exp((1.0 - alpha) * x)


@pytest.mark.parametrize("law", ["mass-action", "affinity"])
@pytest.mark.parametrize("alpha", [0.2, 0.5, 0.9])
def test_zero_at_nernst_and_signed_by_the_affinity(law, alpha):
    rng = np.random.default_rng(3)
    item = reaction({"Ox": -1.0, "H+": -2.0, "Red": 1.0}, 3.0, alpha=alpha, law=law, exchange_current=7.0)
    for _ in range(50):
        c = dict(zip(("Ox", "H+", "Red"), 10.0 ** rng.uniform(-6, 4, 3)))
        rest = item.equilibrium_potential(c, T)
        expected = E0 + VT / 3 * math.log(c["Ox"] * c["H+"] ** 2 / c["Red"] / 1e6)
        assert rest == pytest.approx(expected, abs=1e-12)
        assert abs(rate(item, c, rest)) <= 1e-10 * item.exchange_rate(c)
        assert rate(item, c, rest - 0.01) > 0.0 > rate(item, c, rest + 0.01)


def test_exchange_current_depends_on_the_composition_as_in_butler_and_volmer():
    item = reaction(REDOX, 1.0, alpha=0.3, exchange_current=5.0, reference_concentration={"Ox": 20.0, "Red": 4.0})
    assert FARADAY * item.exchange_rate({"Ox": 20.0, "Red": 4.0}) == pytest.approx(5.0, rel=1e-12)
    changed = FARADAY * item.exchange_rate({"Ox": 40.0, "Red": 1.0})
    assert changed == pytest.approx(5.0 * 2.0**0.7 * 0.25**0.3, rel=1e-12)


def test_rate_constant_is_that_of_butler_and_volmer():
    item = reaction(REDOX, 1.0, alpha=0.3, rate_constant=2e-5)
    c = {"Ox": 3.0, "Red": 7.0}
    for eta in (-0.1, 0.02):
        expected = 2e-5 * (3.0 * math.exp(-0.3 * eta / VT) - 7.0 * math.exp(0.7 * eta / VT))
        assert rate(item, c, E0 + eta) == pytest.approx(expected, rel=1e-12)
    assert FARADAY * item.exchange_rate(c) == pytest.approx(FARADAY * 2e-5 * 3.0**0.7 * 7.0**0.3, rel=1e-12)


def test_metal_counts_as_one_mole_per_litre():
    c = {"Ag+": 10.0}
    assert rate(silver(rate_constant=1e-5), c, E0) == pytest.approx(1e-5 * (10.0 - 1000.0), rel=1e-12)


def test_affinity_law_has_one_exchange_current_at_every_composition():
    item = reaction(REDOX, 1.0, law="affinity", alpha=0.3, exchange_current=5.0)
    for c in ({"Ox": 20.0, "Red": 4.0}, {"Ox": 1e-3, "Red": 900.0}):
        assert FARADAY * item.exchange_rate(c) == pytest.approx(5.0, rel=1e-12)
        rest = item.equilibrium_potential(c, T)
        expected = 5.0 * (math.exp(-0.3 * 0.02 / VT) - math.exp(0.7 * 0.02 / VT))
        assert FARADAY * rate(item, c, rest + 0.02) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("law", ["mass-action", "affinity"])
def test_gas_pressure_shifts_the_rest_potential(law):
    given = {"law": law, "exchange_current": 10.0, "standard": 0.0, "gases": {"H2": 1.0}}
    c = {"H+": 100.0}
    for pressure in (1e2, 1e5, 1e7):
        item = reaction({"H+": -2.0}, 2.0, pressure={"H2": pressure}, **given)
        expected = VT * math.log(0.1) - 0.5 * VT * math.log(pressure / 1e5)
        assert item.equilibrium_potential(c, T) == pytest.approx(expected, abs=1e-12)
        assert FARADAY * 2.0 * item.exchange_rate({"H+": 1000.0}) == pytest.approx(10.0, rel=1e-12)


@pytest.mark.parametrize("law", ["mass-action", "affinity"])
def test_neutral_reaction_rests_at_its_equilibrium_constant(law):
    item = reaction(
        {"A": -1.0, "B": 2.0}, 0.0, law=law, standard=0.0, equilibrium_constant=0.5, exchange_rate=1e-4
    )
    # b²/a = 0.5 in mol/L
    c = {"A": 800.0, "B": 1000.0 * math.sqrt(0.5 * 0.8)}
    assert abs(rate(item, c)) <= 1e-12 * item.exchange_rate(c)
    assert rate(item, c | {"A": 900.0}) > 0.0
