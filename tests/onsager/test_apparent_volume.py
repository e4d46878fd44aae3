"""Pitzer's activity at the molality of the solution: the ions leave less room to the solvent."""

from __future__ import annotations

import numpy as np
import pytest

import npsolver
from npsolver.case import from_document
from npsolver.case.salts import salt_library
from npsolver.equilibrium import pitzer
from npsolver.equilibrium.activity import PITZER_SALTS
from npsolver.errors import InputError
from npsolver.model import PitzerLaw, total_excess

DENSITY = 997.05
VOLUME = 20.5e-6


def law(name, volume=VOLUME):
    salt = PITZER_SALTS[name]
    z = np.array([salt.z_cation, salt.z_anion], dtype=float)
    nu = np.array([-z[1], z[0]]) / np.gcd(int(z[0]), -int(z[1]))
    volumes = tuple(volume * z**2 / (nu @ z**2)) if volume else ()
    beta = (salt.beta0, salt.beta1, salt.beta2)
    return PitzerLaw((int(z[0]), int(z[1])), beta, salt.c_phi, volumes=volumes), z, nu


@pytest.mark.parametrize("name", ["NaCl", "MgCl2"])
def test_mean_activity_is_molality_times_its_coefficient(name):
    model, z, nu = law(name)
    salt = np.array([1e-3, 10.0, 500.0, 2000.0, 5000.0])
    mu, slope = model.evaluate(salt[:, None] * nu, z)
    m = salt / (DENSITY * (1.0 - salt * VOLUME))
    expected = pitzer(name, m)
    assert mu @ nu / nu.sum() == pytest.approx(np.log(expected.gamma * m * DENSITY / salt), rel=1e-12, abs=1e-14)
    factor = 1.0 + salt * np.einsum("i,nij,j->n", nu, slope, nu) / nu.sum()
    assert factor == pytest.approx(expected.thermodynamic_factor / (1.0 - salt * VOLUME), rel=1e-12)  # dln m/dln c


@pytest.mark.parametrize("name", ["NaCl", "MgCl2"])
def test_derivatives_are_exact_and_symmetric(name):
    model, z, _ = law(name, 60e-6)
    c = np.random.default_rng(4).uniform(100.0, 4000.0, (20, 2))
    _, slope = total_excess((model,), c, z)
    assert np.allclose(slope, slope.transpose(0, 2, 1), rtol=1e-13)
    for j in range(2):
        step = np.zeros(2)
        step[j] = 1e-3
        high, low = model.evaluate(c + step, z)[0], model.evaluate(c - step, z)[0]
        assert np.allclose((high - low) / 2e-3, slope[:, :, j], rtol=1e-6, atol=1e-11)


def test_without_volume_molality_is_concentration_over_density():
    c = np.array([[100.0, 100.0], [4000.0, 4000.0]])
    plain, none = law("NaCl", 0.0)[0], law("NaCl", 1e-20)[0]
    z = np.array([1.0, -1.0])
    assert plain.room(c) is None
    for exact, limit in zip(plain.evaluate(c, z), none.evaluate(c, z)):
        assert np.allclose(exact, limit, rtol=1e-14)


def test_what_leaves_no_solvent_is_infinite():
    model, z, nu = law("NaCl")
    c = np.array([60e3 * nu, 40e3 * nu])
    mu, _ = model.evaluate(c, z)
    assert model.room(c) == pytest.approx([1.0 - 60e3 * VOLUME, 1.0 - 40e3 * VOLUME])
    assert np.all(mu[0] == np.inf)
    assert np.all(np.isfinite(mu[1]))


@pytest.mark.parametrize("name", ["NaCl", "KCl", "MgCl2"])
def test_volumes_of_the_library_give_the_molality_of_measured_densities(name):
    data = salt_library()[name]
    rows = [line.split(",") for line in npsolver_data().splitlines() if line.startswith(name)]
    m, density = np.array([[float(row[1]), float(row[2])] for row in rows]).T
    mass = {"NaCl": 58.4428e-3, "KCl": 74.5513e-3, "MgCl2": 95.211e-3}[name]
    c = 1e3 * m * density / (1.0 + m * mass)
    inside = c <= data.largest * 1.001
    found = c / (DENSITY * (1.0 - c * data.apparent_volume))
    assert found[inside] == pytest.approx(m[inside], rel=6.5e-3)


def npsolver_data():
    from pathlib import Path

    return (Path(__file__).parents[1] / "data" / "conductivity_of_chlorides.csv").read_text(encoding="utf-8")


CASE = """
[model]
physics = "electroneutral"
[[species]]
name = "Na+"
[[species]]
name = "Cl-"
[[activity]]
model = "pitzer"
salt = "NaCl"
{volume}
[[geometry.region]]
name = "film"
length = "100 um"
[boundary.left]
kind = "bath"
concentration = {{ "Na+" = {high}, "Cl-" = {high} }}
current = 0.0
[boundary.right]
kind = "bath"
concentration = {{ "Na+" = 100.0, "Cl-" = 100.0 }}
potential = 0.0
"""


def loaded(volume, high=2000.0):
    return npsolver.loads(CASE.format(volume=volume, high=high), "film.toml")


def test_case():
    case = loaded('apparent_volume = "20.5 cm^3/mol"')
    (own,) = case.model.excess
    assert own.volumes == pytest.approx((10.25e-6, 10.25e-6))
    assert from_document(case.effective).sha256 == case.sha256
    assert loaded("").model.excess[0].volumes == ()


REFUSED = {
    "too large": (
        'apparent_volume = "20.5 m^3/mol"',
        2000.0,
        "apparent_volume: expected a molar volume such as '20 cm",
    ),
    "unit": ('apparent_volume = "20.5 cm^3"', 2000.0, "apparent_volume: expected a molar volume such as '20 cm"),
    "no solvent": ('apparent_volume = "20.5 cm^3/mol"', 60e3, "fill 1.23 of the volume.*leave no solvent"),
    "another law": (
        'apparent_volume = "20.5 cm^3/mol"\n[[activity]]\nmodel = "davies"\napparent_volume = "20.5 cm^3/mol"',
        2000.0,
        "apparent_volume",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    volume, high, message = REFUSED[name]
    with pytest.raises(InputError, match=message):
        loaded(volume, high)
