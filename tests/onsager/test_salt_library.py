"""The library of salts: its numbers against their equations, other sources and the limits; named data in case files."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

import npsolver
from npsolver.case import from_document
from npsolver.case.salts import salt_library
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
# R. B. McCleskey (2011), eq. 2: Lambda = lambda(t) - A(t) sqrt(m)/(1 + B sqrt(m)) in mS L/(cm mol); per mole of salt
CONDUCTIVITY = {
    "NaCl": ((0.008967, 2.196, 67.03), (0.00726, 1.762, 44.55), 1.3, 1),
    "LiCl": ((0.008784, 1.996, 59.9), (0.01656, 1.198, 42.79), 1.0, 1),
    "MgCl2": ((0.009534, 2.247, 68.19), (0.02469, 4.374, 129.8), 3.1, 2),
}
# A. Stogryn (1971): conductivity of NaCl over normality at 25 °C, S/m; in use from 1 mol/l on
STOGRYN = (1.0086e-2, -0.13538, 0.68258, -2.3776, 10.394)
# P. S. Z. Rogers and K. S. Pitzer (1982), CRC Handbook: molality of NaCl, cm³/g at 25 °C
VOLUMES = (
    (0.0, 0.1, 0.25, 0.5, 0.75, 1.0, 2.0, 3.0, 4.0, 5.0),
    (1.002959, 0.998834, 0.992832, 0.983185, 0.973932, 0.965038, 0.932590, 0.904339, 0.879457, 0.857301),
)
# C. B. McKee (2009): conductivity over molality at 25 °C, mS kg/(cm mol), a sum of a exp(b m^p + ...)
MCKEE = ((34.5286, -2.25008, 0.5), (1.45667, -19.5946, 1), (0.960521, -96.4192, 1), (0.587725, -570.452, 1))
APPARENT_VOLUME = {"NaCl": 18.5, "LiCl": 18.5, "MgCl2": 19.7}  # cm³/mol, from densities near 1 mol/kg
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


def test_conductivities_are_those_of_the_fits(data):
    for c, value in zip(data.concentration, data.molar_conductivity):
        if c <= data.dilute:
            continue
        if data.name == "KCl":
            m = np.linspace(0.0, 5.0, 50001)[1:]
            molar = m / (1.0 / DENSITY + m * (26.8 + 1.9 * np.sqrt(m)) * 1e-6)  # apparent volumes from densities
            assert value == pytest.approx(0.1 * np.interp(c, molar, mckee(m)) / c, abs=0.006e-4)
            continue
        if data.name == "NaCl" and c >= 1000.0:
            assert value == pytest.approx(1e-3 * np.polyval(STOGRYN, c / 1000.0), abs=0.006e-4)
            continue
        limiting, slope, b, factor = CONDUCTIVITY[data.name]
        root = np.sqrt(c / (DENSITY * (1.0 - c * APPARENT_VOLUME[data.name] * 1e-6)))
        fit = np.polyval(limiting, 25.0) - np.polyval(slope, 25.0) * root / (1.0 + b * root)
        assert value == pytest.approx(factor * fit * 1e-4, abs=0.006e-4)


def test_brines_of_sodium_chloride():
    """Two fits of the conductivity against each other, the curve of the diffusivity at the concentration of a molality."""
    data = salt_library()["NaCl"]
    m, volume = (np.array(column) for column in VOLUMES)
    molality = CubicSpline(1e3 * m / (volume * (1.0 + 58.4428e-3 * m)), m)
    for c, conductivity, diffusivity in zip(data.concentration, data.molar_conductivity, data.diffusivity):
        if c >= 500.0:
            m = molality(c)
            sen_goode = (5.6 + 0.27 * 25.0 - 1.5e-4 * 625.0) * m
            sen_goode -= m**1.5 * (2.36 + 0.099 * 25.0) / (1.0 + 0.214 * np.sqrt(m))
            assert conductivity * c == pytest.approx(sen_goode, rel=0.032)
            curve = np.polyval([-0.00198, 0.01473, 0.001117, 1.466, 0.02569], m) / (m + 0.01596)
            assert diffusivity == pytest.approx(curve * 1e-9, abs=6e-13)
    fit = np.polyval(STOGRYN, [0.5, 0.7]) * 10.0
    assert fit == pytest.approx([93.11, 90.07], rel=0.006)  # McCleskey


def test_fit_of_kcl_meets_the_standards_of_conductivity():
    assert mckee(np.array([0.01, 0.1, 1.0])) == pytest.approx([1.4083, 12.824, 108.62], rel=3e-4)  # mS/cm at 25 °C


def test_transference_numbers_are_those_of_stokes(data):
    z, _, D = ions(data)
    for c, value in zip(data.concentration, data.transference):
        if c > data.dilute:
            assert value == pytest.approx(stokes_transference(*z, *D, c, T, ion_size=data.ion_size), abs=6e-5)


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
            assert data.molar_conductivity[k] == pytest.approx(theory.conductivity / c, rel=0.012)
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


def test_magnesium_chloride_conducts_as_in_the_crc_handbook():
    data = salt_library()["MgCl2"]  # 97.05e-4 S m²/mol per equivalent at 0.1 equivalents per litre
    assert data.molar_conductivity[data.concentration.index(50.0)] == pytest.approx(2 * 97.05e-4, rel=0.005)


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
    "too concentrated": ({"high": 4600.0}, r"boundary: left: concentration: composition 4600 mol.* known from 0 to 4500 mol"),
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
    with pytest.raises(InputError, match=r"initial: concentration: composition 5500 mol/m.*known from 0 to 4500"):
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
