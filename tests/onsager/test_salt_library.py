"""The library of salts: its numbers against their equations, other sources and the limits; named data in case files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

import npsolver
from npsolver.case import from_document
from npsolver.case.salts import salt_library
from npsolver.case.salts_page import derived
from npsolver.case.species import find
from npsolver.equilibrium import (
    nernst_hartley,
    onsager_limiting_law,
    pitzer,
    salt_from_onsager,
    stokes_transference,
)
from npsolver.equilibrium.activity import PITZER_SALTS
from npsolver.errors import InputError
from npsolver.units import FARADAY, GAS_CONSTANT

T, DENSITY = 298.15, 997.05
SALTS = tuple(salt_library())
MEASURED = Path(__file__).parents[1] / "data" / "conductivity_of_chlorides.csv"
MOLAR_MASS = {"NaCl": 58.4428e-3, "KCl": 74.5513e-3, "LiCl": 42.394e-3, "MgCl2": 95.211e-3}  # kg/mol
# P. Vanysek, CRC Handbook, 97th ed.: mol/m³ against 1e-4 S m²/mol, per mole of salt
HANDBOOK = {
    "NaCl": {1.0: 123.68, 5.0: 120.59, 10.0: 118.45, 20.0: 115.70, 50.0: 111.01, 100.0: 106.69},
    "KCl": {1.0: 146.88, 5.0: 143.38, 10.0: 141.20, 50.0: 133.30, 100.0: 128.90},
    "MgCl2": {5.0: 228.98, 10.0: 219.98, 25.0: 206.06, 50.0: 194.10},
}
# R. B. McCleskey (2011), eq. 2: lambda(t) - A(t) sqrt(m)/(1 + B sqrt(m)), conductivity over molality, mS kg/(cm mol)
MCCLESKEY = {
    "LiCl": ((0.008784, 1.996, 59.9), (0.01656, 1.198, 42.79), 1.0, 1),
    "MgCl2": ((0.009534, 2.247, 68.19), (0.02469, 4.374, 129.8), 3.1, 2),
}
# A. Stogryn (1971): conductivity of NaCl over normality at 25 °C, S/m
STOGRYN = (1.0086e-2, -0.13538, 0.68258, -2.3776, 10.394)
# C. B. McKee (2009): conductivity of KCl over molality at 25 °C, mS kg/(cm mol), a sum of a exp(b m^p + ...)
MCKEE = ((34.5286, -2.25008, 0.5), (1.45667, -19.5946, 1), (0.960521, -96.4192, 1), (0.587725, -570.452, 1))
APPARENT_VOLUME = {"LiCl": 18.5, "MgCl2": 19.7}  # cm³/mol, from densities near 1 mol/kg
# diffusivity in 1e-9 m²/s against molality: numerator and denominator of the smooth curves
CURVE = {
    "NaCl": ((-0.00198, 0.01473, 0.001117, 1.466, 0.02569), (1.0, 0.01596)),
    "KCl": ((-0.002328, 0.01335, 0.07635, 1.799, 0.06447), (1.0, 0.0324)),
    "MgCl2": ((-2.922, 31.6, 0.2495), (1.0, -6.042, 31.13, 0.201)),
}
# 1e-4 S m²/mol, -, 1e-9 m²/s at 10 and 100 mol/m³ as commonly quoted, not compared with the print
STANDARD = {
    "NaCl": ((118.45, 0.3918, 1.545), (106.69, 0.3854, 1.483)),
    "KCl": ((141.20, 0.4902, 1.917), (128.90, 0.4898, 1.844)),
    "LiCl": ((107.27, 0.3289, 1.312), (95.81, 0.3168, 1.269)),
}


def ions(data):
    """Charge numbers, stoichiometry, diffusivities at infinite dilution from the conductivities of the species library."""
    z = np.array(PITZER_SALTS[data.name][:2])
    nu = np.array([-z[1], z[0]]) // np.gcd(*np.abs(z))
    limiting = np.array([find(name).conductivity for name in (data.cation, data.anion)]) * 1e-4
    return z, nu, GAS_CONSTANT * T * limiting / (np.abs(z) * FARADAY**2)


@pytest.fixture(params=SALTS)
def data(request):
    return salt_library()[request.param]


def mckee(m):
    slow = 111.732 * np.exp(-6.01942e-2 * m - 2.03830e-3 * m**2)
    return m * (slow + sum(a * np.exp(b * m**p) for a, b, p in MCKEE))


def measured(name):
    """Rows of the measured table: mol/m³, molality, S m²/mol per mole of salt."""
    rows = [line.split(",") for line in MEASURED.read_text(encoding="utf-8").splitlines() if line.startswith(name)]
    m, density, value = np.array([[float(cell) for cell in row[1:]] for row in rows]).T
    c = 1e3 * m * density / (1.0 + m * MOLAR_MASS[name])
    return c, m, 1e-4 * PITZER_SALTS[name][0] * value * m / (1e-3 * c)


@pytest.mark.parametrize("name", ["NaCl", "KCl"])
def test_conductivities_above_a_tenth_molar_are_measured(name):
    data = salt_library()[name]
    c, _, conductivity = measured(name)
    for value, found in zip(data.concentration, data.molar_conductivity):
        if value >= 100.0:
            k = int(np.argmin(np.abs(c - value)))
            assert c[k] == pytest.approx(value, rel=2e-4)  # the table goes by round concentrations
            assert found == pytest.approx(conductivity[k], abs=0.012e-4)


@pytest.mark.parametrize("name", ["NaCl", "KCl", "MgCl2"])
def test_conductivities_of_dilute_solutions_meet_the_handbook(name):
    data = salt_library()[name]
    for c, value in HANDBOOK[name].items():
        found = data.molar_conductivity[data.concentration.index(c)] * 1e4
        if data.dilute < c <= 50.0:
            assert found == pytest.approx(value, abs=1e-9)
        else:  # theory, or another measurement
            assert found == pytest.approx(value, rel=3e-3)


@pytest.mark.parametrize("name", MCCLESKEY)
def test_fitted_conductivities_agree_with_another_fit(name):
    data = salt_library()[name]
    limiting, slope, b, factor = MCCLESKEY[name]
    for c, value in zip(data.concentration, data.molar_conductivity):
        if c <= 200.0:
            m = c / (DENSITY * (1.0 - c * APPARENT_VOLUME[name] * 1e-6))
            fit = np.polyval(limiting, 25.0) - np.polyval(slope, 25.0) * np.sqrt(m) / (1.0 + b * np.sqrt(m))
            assert value * c == pytest.approx(factor * fit * 0.1 * m, rel=0.012)


def test_magnesium_chloride_conducts_as_measured():
    """Read from a figure at concentrations up to 8 % off the round ones, per molality or (3 % at 1 M) per concentration."""
    data = salt_library()["MgCl2"]
    c, m, conductivity = measured("MgCl2")
    inside = (c > 40.0) & (c < 1001.0)
    found = np.interp(np.sqrt(c[inside]), np.sqrt(data.concentration), data.molar_conductivity)
    assert found == pytest.approx(conductivity[inside], rel=0.015)
    assert found == pytest.approx((conductivity * c / (DENSITY * m))[inside], rel=0.037)


def test_conductivity_of_brines_agrees_with_other_fits():
    data = salt_library()["NaCl"]
    for c, value in zip(data.concentration, data.molar_conductivity):
        if c >= 1000.0:
            assert value == pytest.approx(1e-3 * np.polyval(STOGRYN, c / 1000.0), rel=3.5e-3)
    data = salt_library()["KCl"]
    m = np.linspace(0.0, 5.0, 50001)[1:]
    fit = m * (111.732 * np.exp(-6.01942e-2 * m - 2.03830e-3 * m**2) + sum(a * np.exp(b * m**p) for a, b, p in MCKEE))
    molar = m / (1.0 / DENSITY + m * (26.8 + 1.9 * np.sqrt(m)) * 1e-6)  # apparent volumes from densities
    for c, value in zip(data.concentration, data.molar_conductivity):
        if c > data.dilute:
            assert value == pytest.approx(0.1 * np.interp(c, molar, fit) / c, rel=1.3e-3)


@pytest.mark.parametrize("name", CURVE)
def test_diffusivities_are_those_of_the_curves_at_the_molality_of_the_solution(name):
    data = salt_library()[name]
    c, m, _ = measured(name)
    for value, found in zip(data.concentration, data.diffusivity):
        if value >= (50.0 if name == "MgCl2" else 20.0):
            molality = np.interp(value, np.append(0.0, c), np.append(0.0, m))
            curve = np.polyval(CURVE[name][0], molality) / np.polyval(CURVE[name][1], molality)
            assert found == pytest.approx(curve * 1e-9, abs=8e-13)


def test_transference_numbers_are_those_of_stokes(data):
    z, _, D = ions(data)
    own = data.name in ("NaCl", "KCl")
    for c, value in zip(data.concentration, data.transference):
        if c > data.dilute:
            theory = float(stokes_transference(*z, *D, c, T, ion_size=data.ion_size))
            assert value == pytest.approx(theory, abs=6e-5 if own else 0.016 if z[0] == 2 else 0.005)
    assert np.all(np.diff(data.transference) <= 0.0)


@pytest.mark.parametrize(("name", "slip"), [("NaCl", 0.005), ("KCl", 0.005), ("MgCl2", 0.03)])
def test_coefficients_are_smooth(name, slip):
    """Every l_12/c lies on the spline through the others: a slip of 0.2 % in a diffusivity or conductivity would not."""
    data = salt_library()[name]
    cross = derived(data)[:, 2] * 1e13
    keep = np.array(data.concentration) > 3.0 * data.dilute
    root, cross = np.sqrt(np.array(data.concentration)[keep]), cross[keep]
    for k in range(1, root.size - 1):
        without = np.arange(root.size) != k
        assert cross[k] == pytest.approx(float(CubicSpline(root[without], cross[without])(root[k])), abs=slip)


def test_dilute_rows_are_those_of_onsager_and_fuoss(data):
    z, nu, D = ions(data)
    for k, c in enumerate(data.concentration):
        factor = float(pitzer(data.name, c / DENSITY).thermodynamic_factor)
        L = onsager_limiting_law(z, D, nu * c, T, ion_size=data.ion_size)
        theory = salt_from_onsager(L, c, factor, T, *z)
        if c <= data.dilute:
            assert data.molar_conductivity[k] == pytest.approx(theory.conductivity / c, abs=0.006e-4)
            assert data.transference[k] == pytest.approx(theory.transference, abs=6e-5)
            assert data.diffusivity[k] == pytest.approx(theory.diffusivity, abs=6e-13)
        elif c <= 50.0:  # measurements and theory know nothing of each other
            assert data.molar_conductivity[k] == pytest.approx(theory.conductivity / c, rel=0.016)
            assert data.diffusivity[k] == pytest.approx(theory.diffusivity, rel=0.025 if z[0] == 1 else 0.045)


def test_limits(data):
    z, _, D = ions(data)
    assert data.diffusivity[0] == pytest.approx(float(nernst_hartley(*z, *D)), rel=0.01)
    assert list(data.concentration) == sorted(data.concentration)
    assert np.all(np.diff(data.molar_conductivity) < 0.0)  # Kohlrausch
    root = np.sqrt(np.array(data.concentration[1:4]))
    slopes = np.diff(data.molar_conductivity[1:4]) / np.diff(root)
    assert slopes[1] == pytest.approx(slopes[0], rel=0.12)


@pytest.mark.parametrize("name", STANDARD)
def test_standard_tables_agree(name):
    data = salt_library()[name]
    for c, (conductivity, transference, diffusivity) in zip((10.0, 100.0), STANDARD[name]):
        k = data.concentration.index(c)
        assert data.molar_conductivity[k] * 1e4 == pytest.approx(conductivity, rel=0.01)
        assert data.transference[k] == pytest.approx(transference, abs=0.003)
        assert data.diffusivity[k] * 1e9 == pytest.approx(diffusivity, rel=0.01)


FILM = """
[model]
physics = "electroneutral"
{model}
[[species]]
name = "{cation}"
[[species]]
name = "Cl-"
{activity}
[onsager.salt]
data = "{salt}"
{extra}
[[geometry.region]]
name = "film"
length = "100 um"
[boundary.left]
kind = "bath"
concentration = {{ "{cation}" = {high}, "Cl-" = {anion} }}
current = 0.0
[boundary.right]
kind = "bath"
concentration = {{ "{cation}" = 10.0, "Cl-" = {low} }}
potential = 0.0
"""


def film(salt="NaCl", high=100.0, extra="", model="", activity=True, cation=None):
    data = salt_library().get(salt, salt_library()["NaCl"])
    z = PITZER_SALTS[data.name][0]
    text = FILM.format(
        salt=salt,
        cation=cation or data.cation,
        high=high,
        anion=z * high,
        low=z * 10.0,
        extra=extra,
        model=model,
        activity=f'[[activity]]\nmodel = "pitzer"\nsalt = "{data.name}"' if activity else "",
    )
    return npsolver.loads(text, "film.toml")


@pytest.mark.parametrize("activity", [True, False])
def test_case_gives_back_the_data(data, activity):
    coupling = film(data.name, activity=activity).model.coupling
    z, nu, _ = ions(data)
    roots = np.sqrt(np.array(data.concentration))
    for matrix in coupling.matrices:
        assert np.array_equal(matrix, matrix.T)
        assert np.linalg.eigvalsh(matrix)[0] > 0.0
        assert matrix[0, 1] > 0.0 or not activity
    assert coupling.weights[:2] @ (nu * 7.0) == pytest.approx(7.0)
    for k, c in enumerate(data.concentration):
        matrix = coupling.matrices[int(np.argmin(np.abs(np.sqrt(coupling.composition) - roots[k])))]
        L = matrix * np.sqrt(np.outer(nu, nu)) * c / (GAS_CONSTANT * T)
        factor = float(pitzer(data.name, c / DENSITY).thermodynamic_factor) if activity else 1.0
        found = salt_from_onsager(L, c, factor, T, *z)
        assert found.conductivity == pytest.approx(data.molar_conductivity[k] * c, rel=1e-10)
        assert found.transference == pytest.approx(data.transference[k], rel=1e-10)
        assert found.diffusivity == pytest.approx(data.diffusivity[k], rel=1e-6)


def test_case_can_be_loaded_from_its_effective_form():
    case = film()
    assert from_document(case.effective).sha256 == case.sha256


REFUSED = {
    "unknown salt": (
        {"salt": "NaCI"},
        r"salt: data: no salt 'NaCI'; did you mean 'NaCl'.*valid: NaCl, KCl, LiCl, MgCl2",
    ),
    "data and columns": ({"extra": "transference = [0.4]"}, "transference: comes from data = 'NaCl' already"),
    "ion missing": ({"cation": "K+"}, r"unknown species 'Na\+'; add \[\[species\]\] name = \"Na\+\""),
    "too concentrated": (
        {"high": 5100.0},
        r"boundary: left: concentration: composition 5100 mol.* known from 0 to 5000 mol",
    ),
    "another temperature": (
        {"model": 'temperature = "310 K"', "activity": False},
        "hold at 298.15 K, this case is at 310 K",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    arguments, message = REFUSED[name]
    with pytest.raises(InputError, match=message) as caught:
        film(**arguments)
    assert caught.value.exit_code == 2


def test_start_beyond_the_data_is_refused():
    with pytest.raises(InputError, match=r"initial: concentration: composition 5500 mol/m.*known from 0 to 5000"):
        film(extra='[initial]\nconcentration = { "Na+" = 5500.0, "Cl-" = 5500.0 }')


def test_columns_are_named_when_they_are_missing():
    with pytest.raises(InputError, match="onsager: salt: anion: missing; give it or data = 'NaCl'"):
        limited('[onsager.salt]\ncation = "Na+"')


LAW = '[onsager.limiting_law]\nconcentration = { "Na+" = "10 mM", "Cl-" = "10 mM" }\n'


def limited(law, model=""):
    text = FILM.format(salt="", cation="Na+", high=11.0, anion=11.0, low=10.0, extra="", model=model, activity="")
    return npsolver.loads(text.replace('[onsager.salt]\ndata = ""', law), "film.toml")


def test_limiting_law_in_a_case():
    case = limited(LAW + 'ion_size = "4 angstrom"\nviscosity = "0.89 mPa*s"\nrelative_permittivity = 78.4')
    coupling = case.model.coupling
    D = [item.diffusivity for item in case.model.species]
    for s, matrix in zip(coupling.composition[1:], coupling.matrices[1:]):
        L = onsager_limiting_law([1, -1], D, [s, s], T, 78.4, 0.89e-3, 4e-10)
        assert np.allclose(matrix * s / (GAS_CONSTANT * T), L, rtol=1e-12)
    assert coupling.composition[0] == 0.0
    assert coupling.composition[1] < 1e-3
    assert coupling.composition[-1] == pytest.approx(20.0)
    assert from_document(case.effective).sha256 == case.sha256
    colder = limited(LAW, 'temperature = "280 K"').model.coupling  # water is more viscous, electrophoresis weaker
    assert colder.matrices[-1][0, 1] < 0.7 * limited(LAW).model.coupling.matrices[-1][0, 1]


WRONG = {
    "not neutral": (LAW.replace('"Cl-" = "10 mM"', '"Cl-" = "20 mM"'), "limiting_law: .*not electroneutral"),
    "empty": ("[onsager.limiting_law]\nconcentration = {}", "limiting_law: concentration: expected the composition"),
    "absent": (LAW.replace('"10 mM"', '"0 mM"'), "expected concentrations > 0"),
    "too concentrated": (LAW.replace('"10 mM"', '"3 M"'), "not positive semidefinite.*give ion_size or less"),
    "unit": (LAW + 'viscosity = "1 m"', "expected a viscosity such as '0.89 mPa"),
    "weights": ('[onsager]\nweights = { "Na+" = 1.0 }\n' + LAW, "onsager: weights: means nothing with limiting_law"),
}


@pytest.mark.parametrize("name", WRONG)
def test_limiting_law_refusals(name):
    law, message = WRONG[name]
    with pytest.raises(InputError, match=message):
        limited(law)
