"""`[[activity]]` and `[onsager]` in case files: what they become, and what is refused."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import npsolver
from npsolver.case import from_document
from npsolver.equilibrium.onsager import onsager_from_salt, onsager_from_stefan_maxwell
from npsolver.errors import ConvergenceError, InputError
from npsolver.units import FARADAY, GAS_CONSTANT

FILM = """
[model]
physics = "electroneutral"
[[species]]
name = "Na+"
diffusivity = 1.334e-9
[[species]]
name = "Cl-"
diffusivity = 2.032e-9
{extra}
[[geometry.region]]
name = "film"
length = "100 um"
{region}
[boundary.left]
kind = "bath"
concentration = {{ "Na+" = "100 mM", "Cl-" = "100 mM" }}
current = 0.0
[boundary.right]
kind = "bath"
concentration = {{ "Na+" = "10 mM", "Cl-" = "10 mM" }}
potential = 0.0
"""
SALT = """
[[activity]]
model = "pitzer"
salt = "NaCl"
[onsager.salt]
cation = "Na+"
anion = "Cl-"
concentration = ["10 mM", "100 mM"]
molar_conductivity = ["118.45 S*cm^2/mol", "106.69 S*cm^2/mol"]
transference = [0.3918, 0.3854]
diffusivity = ["1.545e-9 m^2/s", "1.483e-9 m^2/s"]
thermodynamic_factor = [0.955114041283861, 0.91689325626099]
"""
FRICTION = """
[onsager.stefan_maxwell]
solvent = "54 M"
diffusivity = { "Na+, Cl-" = 3e-10, "Na+, solvent" = 1.1e-9, "Cl-, solvent" = 1.9e-9 }
"""


def load(extra="", region=""):
    return npsolver.loads(FILM.format(extra=extra, region=region), "film.toml")


EXPRESSION = (
    '[onsager]\nspecies = ["Na+", "Cl-"]\nexpression = [["1e-9*(1-s/2000)", "1e-10*sqrt(s/1000)"],'
    ' ["1e-10*sqrt(s/1000)", "2e-9"]]\nrange = ["0 M", "1 M"]'
)
TABLE = (
    '[onsager]\nspecies = ["Na+", "Cl-"]\n[[onsager.point]]\ncomposition = "1 mM"\nmatrix = [[1e-9, 0.0], [0.0,'
    ' 2e-9]]\n[[onsager.point]]\ncomposition = "1 M"\nmatrix = [[1e-9, 2e-10], [2e-10, 2e-9]]'
)
FORMS = {
    "matrix": '[onsager]\nspecies = ["Cl-", "Na+"]\nmatrix = [["2e-9 m^2/s", 1e-10], [1e-10, 1e-9]]',
    "expression": EXPRESSION,
    "table": TABLE,
    "salt": SALT,
    "friction": FRICTION,
    "coupling": '[[onsager.coupling]]\nbetween = ["Na+", "Cl-"]\nq = 0.1',
    "pitzer": '[[activity]]\nmodel = "pitzer"\nsalt = "NaCl"',
    "own pitzer": '[[activity]]\nmodel = "pitzer"\nspecies = ["Na+", "Cl-"]\nbeta = [0.07, 0.26]\nc_phi = 0.001',
    "extended": '[[activity]]\nmodel = "extended-debye-hueckel"\nion_size = "4 angstrom"',
    "davies": '[[activity]]\nmodel = "davies"\nrelative_permittivity = 70.0',
    "steric": '[[activity]]\nmodel = "steric"\nspecies = ["Na+"]\nlargest = "3 M"',
    "sites": '[[activity]]\nmodel = "site-limited"\nspecies = ["Na+", "Cl-"]\nsites = "3 M"',
    "regular": '[[activity]]\nmodel = "regular-solution"\nspecies = "Na+"\nsites = "3 M"\ninteraction = "1.5 RT"',
    "regular in kJ": '[[activity]]\nmodel = "regular-solution"\nspecies = "Na+"\nsites = "3 M"\ninteraction = "2 kJ/mol"',
    "function": '[[activity]]\nmodel = "expression"\nspecies = "Na+"\nexpression = "-1.1*sqrt((c + k)/2000) + 1e-5*abs(c)"'
    '\nvariables = { k = "Cl-" }',
    "activity table": '[[activity]]\nmodel = "table"\nspecies = "Na+"\nconcentration = ["0 M", "0.1 M", "1 M"]'
    "\nln_gamma = [0.0, -0.2, -0.3]",
}


@pytest.mark.parametrize("name", FORMS)
def test_runs_and_loads_again(name):
    case = load(FORMS[name])
    again = from_document(case.effective)
    assert again.sha256 == case.sha256
    assert pickle.loads(pickle.dumps(case)).sha256 == case.sha256
    flux = npsolver.run(case).observables["flux[Na+, left]"].value
    assert flux == npsolver.run(again).observables["flux[Na+, left]"].value
    plain = npsolver.run(load()).observables["flux[Na+, left]"].value
    assert 0.3 < flux / plain < 3.0
    assert flux != plain


def test_diagonal_matrix_is_nernst_planck():
    plain, same = (
        npsolver.run(load()),
        npsolver.run(load('[onsager]\nspecies = ["Na+", "Cl-"]\nmatrix = [[1.334e-9, 0.0], [0.0, 2.032e-9]]')),
    )
    assert np.array_equal(plain.concentration, same.concentration)
    assert np.array_equal(plain.flux, same.flux)


@pytest.mark.parametrize("kind", ["steady", "transient"])
@pytest.mark.parametrize("physics", ["pnp", "electroneutral"])
def test_diagonal_matrix_of_other_diffusivities_is_nernst_planck_with_these(physics, kind):
    film = FILM.replace("electroneutral", physics).replace("100 um", "100 nm" if physics == "pnp" else "100 um")
    if kind == "transient":
        film += '[initial]\nconcentration = {{ "Na+" = 10.0, "Cl-" = 10.0 }}\n[solve]\nkind = "transient"\nend_time = 1e-6\n'
    plain = film.replace("1.334e-9", "7.1e-10").replace("2.032e-9", "3.3e-9").format(extra="", region="")
    diagonal = film.format(extra="[onsager]\n" + rows((7.1e-10, 0.0, 3.3e-9)), region="")
    one, other = (npsolver.run(npsolver.loads(text, "film.toml")) for text in (plain, diagonal))
    assert np.array_equal(one.concentration, other.concentration)
    assert np.array_equal(one.potential, other.potential)
    assert np.array_equal(one.flux, other.flux)


def test_salt_data_become_millers_coefficients():
    coupling, rt = load(SALT).model.coupling, GAS_CONSTANT * 298.15
    expected = onsager_from_salt(1.0669, 0.3854, 1.483e-9, 0.91689325626099, 100.0, 298.15)
    assert coupling.composition[-1] == pytest.approx(100.0)
    assert np.allclose(coupling.matrices[-1] * 100.0 / rt, expected, rtol=1e-12)
    # independent algebra with 30 digits
    assert coupling.matrices[-1][0, 1] * 100.0 / rt == pytest.approx(5.47698956840812e-12, rel=1e-9)


def test_friction_is_inverted():
    coupling = load(FRICTION).model.coupling
    D = np.array([[0.0, 3e-10, 1.1e-9], [3e-10, 0.0, 1.9e-9], [1.1e-9, 1.9e-9, 0.0]])
    for s in (1.0, 300.0, 4000.0):
        L = onsager_from_stefan_maxwell([s, s], 54000.0, D, 298.15)
        assert np.allclose(coupling.at(np.array([s, s])) * s / (GAS_CONSTANT * 298.15), L, rtol=1e-9)
    assert np.allclose(coupling.matrices[0], np.diag([1.1e-9, 1.9e-9]), rtol=1e-14)


REFUSED = {
    "not symmetric": (
        '[onsager]\nspecies = ["Na+", "Cl-"]\nmatrix = [[1e-9, 2e-10], [1e-10, 2e-9]]',
        r"film.toml: onsager: .*not symmetric: L\(Na\+, Cl-\) = 2e-10 but L\(Cl-, Na\+\) = 1e-10, a violation of 1e-10",
    ),
    "indefinite": (
        '[[onsager.coupling]]\nbetween = ["Na+", "Cl-"]\nq = 1.1',
        r"film.toml: onsager: .*not positive semidefinite: \|L\(Cl-, Na\+\)\| = 1.81.*exceeds.*by 1.6",
    ),
    "indefinite at one composition": (
        '[onsager]\nspecies = ["Na+", "Cl-"]\n[[onsager.point]]\ncomposition = "1 mM"\nmatrix = [[1e-9, 0.0], [0.0, 2e-9]]'
        '\n[[onsager.point]]\ncomposition = "1 M"\nmatrix = [[1e-9, 3e-9], [3e-9, 2e-9]]',
        r"matrix at 1000 mol/m\^3 is not positive semidefinite: \|L\(Cl-, Na\+\)\| = 3e-09",
    ),
    "expression indefinite beyond a composition": (
        '[onsager]\nspecies = ["Na+", "Cl-"]\nexpression = [["1e-9", "s*1e-12"], ["s*1e-12", "1e-9"]]\nrange = ["0 M", "2 M"]',
        r"matrix at 10\d\d mol/m\^3 is not positive semidefinite",
    ),
    "two forms": (
        SALT + '[[onsager.coupling]]\nbetween = ["Na+", "Cl-"]\nq = 0.1',
        "expected one of .*got salt, coupling",
    ),
    "none": ("[onsager]", "expected one of .*none of them"),
    "shape": ('[onsager]\nspecies = ["Na+", "Cl-"]\nmatrix = [[1e-9]]', "expected 2 rows of 2 numbers"),
    "no species": ("[onsager]\nmatrix = [[1e-9]]", "onsager: species: missing"),
    "unknown species": ('[[onsager.coupling]]\nbetween = ["Na+", "K+"]\nq = 0.1', r"unknown species 'K\+'"),
    "pair missing": (FRICTION.replace('"Na+, Cl-" = 3e-10, ', ""), "diffusivity: missing or zero: 'Na\\+, Cl-'"),
    "pair twice": (
        FRICTION.replace('"Na+, solvent" = 1.1e-9', '"Na+, solvent" = 1.1e-9, "Cl-, Na+" = 1e-10'),
        r"diffusivity 'Cl-, Na\+': given twice",
    ),
    "no pair": (FRICTION.replace('"Na+, Cl-"', '"Na+; Cl-"'), r"'Na\+; Cl-': expected a pair such as"),
    "table too short": (
        TABLE.replace('"1 M"', '"50 mM"'),
        r"boundary: left: concentration: composition 100 mol/m\^3 .* from 1 to 50 mol/m\^3",
    ),
    "table begins too high": (TABLE.replace('"1 mM"', '"20 mM"'), "boundary: right: concentration: composition 10 mol"),
    "table out of order": (TABLE.replace('"1 mM"', '"2 M"'), r"must increase: 1000 mol/m\^3 follows 2000"),
    "range too small": (
        EXPRESSION.replace('"1 M"]', '"99 mM"]'),
        r"boundary: left: concentration: composition 100 mol/m\^3 .* from 0 to 99 mol",
    ),
    "no value in range": (
        EXPRESSION.replace('"2e-9"', '"2e-9/s"'),
        r"expression, row 2, column 2: has no finite value at s = 0 mol/m\^3 \(got inf\)",
    ),
    "length of the domain": (
        EXPRESSION.replace('"2e-9"', '"2e-9*L"'),
        r"column 2: unknown name 'L' \(valid: s, pi, e\)",
    ),
    "negative": (
        '[onsager]\nspecies = ["Na+", "Cl-"]\nmatrix = [[-1e-9, 0.0], [0.0, 2e-9]]',
        r"L\(Na\+, Na\+\) = -1e-09 is negative: Na\+ would move against its own force",
    ),
    "zero": ('[onsager]\nspecies = ["Na+", "Cl-"]\nmatrix = [[0.0, 0.0], [0.0, 0.0]]', "matrix is zero: nothing would"),
    "range of a table": (
        TABLE.replace("[[onsager", 'range = ["0 M", "1 M"]\n[[onsager', 1),
        "range: means nothing with point",
    ),
    "weights of a constant": (
        FORMS["matrix"] + '\nweights = { "Na+" = 1.0 }',
        "weights: means nothing with matrix, which holds at every composition",
    ),
    "unit of an element": (
        '[onsager]\nspecies = ["Na+", "Cl-"]\nmatrix = [["1e-9 m/s", 0.0], [0.0, 2e-9]]',
        "matrix 1 1: expected an element of the matrix such as",
    ),
    "percent": (SALT.replace("0.3854]", "38.54]"), "salt: transference 2: expected a share of the current.*got 38.54"),
    "factor": (
        SALT.replace("[0.955114041283861", "[-1.0"),
        "salt: thermodynamic_factor 1: expected a number > 0, got -1",
    ),
    "factor of an ideal solution": (
        SALT[SALT.index("[onsager") :],
        r"thermodynamic_factor: the solution of this case is ideal.*add the \[\[activity\]\]",
    ),
    "coupled without friction": (
        FORMS["coupling"].replace("0.1", "-1"),
        "onsager: coupling: q: -1 leaves Na.* and Cl- no way to move apart",
    ),
    "coupled with itself": (
        '[[onsager.coupling]]\nbetween = ["Na+", "Na+"]\nq = 0.1',
        "expected two different species",
    ),
    "coupled twice": (
        FORMS["coupling"] + "\n" + FORMS["coupling"].replace('"Na+", "Cl-"', '"Cl-", "Na+"'),
        "expected every pair once, got again Cl-, Na",
    ),
    "unknown region": (
        FORMS["coupling"] + '\n[onsager.region.flim]\nspecies = ["Na+"]\nmatrix = [[1e-9]]',
        r"onsager: region: no region 'flim'; did you mean 'film'",
    ),
    "pole at a bath": (
        '[[activity]]\nmodel = "expression"\nspecies = "Na+"\nexpression = "1/(c-10)"',
        r"boundary right: concentration: \[\[activity\]\] gives Na\+ no finite value at this composition",
    ),
    "separates": (
        '[[activity]]\nmodel = "expression"\nspecies = "Na+"\nexpression = "-0.05*c"',
        "boundary left: concentration: .*thermodynamic factor .* is -1.5 at this composition",
    ),
    "length in an activity": (
        '[[activity]]\nmodel = "expression"\nspecies = "Na+"\nexpression = "c*L"',
        r"unknown name 'L' \(valid: c, pi, e\)",
    ),
    "not a number": (
        '[[activity]]\nmodel = "table"\nspecies = "Na+"\nconcentration = ["0 M", "1 M"]\nln_gamma = [nan, 0.1]',
        "ln_gamma 1: expected a finite number, got nan",
    ),
    "charges counted twice": (
        '[[activity]]\nmodel = "davies"\n[[activity]]\nmodel = "pitzer"\nsalt = "NaCl"',
        r"activity 2 \(pitzer\): counts the interaction of the charges again, after activity 1 \(davies\)",
    ),
    "salt of other ions": ('[[activity]]\nmodel = "pitzer"\nsalt = "KCl"', r"salt: unknown species 'K\+'"),
    "ion of a millimetre": (
        '[[activity]]\nmodel = "extended-debye-hueckel"\nion_size = "4 mm"',
        "ion_size: expected a few angstrom, got 0.004 m",
    ),
    "asymmetric in a region": (
        '[onsager.region.film]\nspecies = ["Na+", "Cl-"]\nmatrix = [[1e-9, 2e-10], [1e-10, 2e-9]]',
        r"film.toml: onsager: region 'film': the Onsager matrix is not symmetric: L\(Na\+, Cl-\) = 2e-10",
    ),
    "three coupled": (
        '[[onsager.coupling]]\nbetween = ["Na+", "Cl-", "K+"]\nq = 0.1',
        "coupling 1: between: expected at most 2 entries, got 3",
    ),
    "salt columns": (SALT.replace("[0.3918, 0.3854]", "[0.39]"), "transference: expected 2 values"),
    "demixing": (
        '[[activity]]\nmodel = "regular-solution"\nspecies = "Na+"\nsites = "3 M"\ninteraction = "3 RT"',
        r"film.toml: activity 1 \(regular-solution\): Omega = 3 RT exceeds 2 RT",
    ),
    "key of another model": (
        '[[activity]]\nmodel = "davies"\nsites = "1 M"',
        "sites: means nothing for model 'davies'",
    ),
    "key missing": ('[[activity]]\nmodel = "site-limited"\nspecies = "Na+"', "sites: missing"),
    "unknown model": ('[[activity]]\nmodel = "davis"', "did you mean 'davies'"),
    "salt unknown": ('[[activity]]\nmodel = "pitzer"\nsalt = "NaCI"', "did you mean 'NaCl'"),
    "region unknown": (
        '[[activity]]\nmodel = "davies"\nregions = ["fill"]',
        "regions: unknown 'fill'; did you mean 'film'",
    ),
    "region twice": ('[[activity]]\nmodel = "davies"\nregions = ["film", "film"]', "regions: expected each name once"),
    "no region": ('[[activity]]\nmodel = "davies"\nregions = []', "regions: expected each name once, at least one"),
    "salt of other charges": ('[[activity]]\nmodel = "pitzer"\nsalt = "MgCl2"', r"ions of charge \+2 and -1 only"),
    "expression": (
        '[[activity]]\nmodel = "expression"\nspecies = "Na+"\nexpression = "open(c)"',
        "unknown function 'open'",
    ),
    "table": (
        '[[activity]]\nmodel = "table"\nspecies = "Na+"\nconcentration = ["1 M", "0 M"]\nln_gamma = [0.0, 1.0]',
        "expected increasing concentrations",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    extra, message = REFUSED[name]
    with pytest.raises(InputError, match=message) as caught:
        load(extra)
    assert caught.value.exit_code == 2


def test_region_diffusivity_with_a_matrix_is_refused():
    with pytest.raises(InputError, match=r"the coefficients of Na\+ are those of \[onsager\]; .*or give this region"):
        load(FORMS["matrix"], 'diffusivity = { "Na+" = 1e-10 }')


def test_cross_coefficients_go_with_the_diffusivities_of_a_region():
    case = load(FORMS["coupling"], 'diffusivity = { "Na+" = 1e-10 }')
    assert case.model.coupling.matrices[0][0, 1] == pytest.approx(0.1 * (1e-10 * 2.032e-9) ** 0.5, rel=1e-14)
    again = from_document(case.effective)
    assert again.sha256 == case.sha256


VT = GAS_CONSTANT * 298.15 / FARADAY
FAST, SLOW = ((1.2e-9, 0.15e-9, 1.9e-9), (0.5e-9, -0.1e-9, 0.4e-9))


def rows(coefficients):
    a, cross, b = coefficients
    return f'species = ["Na+", "Cl-"]\nmatrix = [[{a}, {cross}], [{cross}, {b}]]\n'


def salt_of(coefficients):
    """Diffusivity and transference number of a 1:1 salt without activity."""
    a, cross, b = coefficients
    return 2.0 * (a * b - cross**2) / (a + b - 2.0 * cross), (a - cross) / (a + b - 2.0 * cross)


TWO = FILM.replace('length = "100 um"', 'length = "60 um"\n[[geometry.region]]\nname = "gel"\nlength = "40 um"')


@pytest.mark.parametrize("first", [FAST, None])
def test_regions_with_coefficients_of_their_own(first, tmp_path):
    """Salt diffuses through two layers in series; the potential is the sum of two junctions."""
    from npsolver.output import read_result, write_result
    from npsolver.runner.reciprocity import reciprocity

    extra = ("[onsager]\n" + rows(first) if first else "") + "[onsager.region.gel]\n" + rows(SLOW)
    case = npsolver.loads(TWO.format(extra=extra, region=""), "film.toml")
    solution = npsolver.run(case)
    (d1, t1), (d2, t2) = (salt_of(item) for item in (first or (1.334e-9, 0.0, 2.032e-9), SLOW))
    flux = 90.0 / (60e-6 / d1 + 40e-6 / d2)
    middle = 100.0 - flux * 60e-6 / d1
    potential = -VT * ((2 * t1 - 1) * np.log(100.0 / middle) + (2 * t2 - 1) * np.log(middle / 10.0))
    assert solution.observables["flux[Cl-, right]"].value == pytest.approx(-flux, rel=1e-7)
    assert solution.observables["membrane_potential"].value == pytest.approx(potential, abs=2e-6)
    assert solution.entropy_density.min() >= 0.0
    assert reciprocity(case).response.asymmetry <= 1e-12
    again = from_document(case.effective)
    assert again.sha256 == case.sha256
    assert np.array_equal(npsolver.run(again).flux, solution.flux)
    write_result(tmp_path, case, solution)
    read = read_result(tmp_path).solution.model.coupling
    assert np.array_equal(read.within("gel").matrices, case.model.coupling.within("gel").matrices)
    assert np.array_equal(read.within("film").matrices, case.model.coupling.within("film").matrices)


@pytest.mark.parametrize("velocity", [1e-5, -1e-5, 5e-5])
def test_coupled_salt_in_a_flow(velocity):
    """Both ions move with the salt, N = v (c_l exp(Pe) - c_r)/(exp(Pe) - 1); the potential is that without flow."""
    extra = "[onsager]\n" + rows(FAST) + f"[convection]\nvelocity = {velocity}\n[mesh]\nnodes = 401\n"
    solution = npsolver.run(load(extra))
    diffusivity, t = salt_of(FAST)
    grow = np.exp(velocity * 1e-4 / diffusivity)
    flux = velocity * (100.0 * grow - 10.0) / (grow - 1.0)
    for ion in ("Na+", "Cl-"):
        assert solution.observables[f"flux[{ion}, left]"].value == pytest.approx(flux, rel=1e-5)
    assert solution.observables["membrane_potential"].value == pytest.approx(-(2 * t - 1) * VT * np.log(10.0), rel=1e-3)
    assert solution.entropy_density.min() >= 0.0
    assert np.isfinite(solution.entropy_production[0])


def test_diagonal_matrix_in_a_flow_is_nernst_planck():
    flow = "[convection]\nvelocity = 2e-5\n"
    plain = npsolver.run(load(flow))
    same = npsolver.run(load("[onsager]\n" + rows((1.334e-9, 0.0, 2.032e-9)) + flow))
    assert np.array_equal(plain.flux, same.flux)


def test_result_holds_entropy_and_coefficients(tmp_path):
    from npsolver.output import read_result, write_result

    probes = '[[observable]]\nname = "S"\nkind = "entropy_production"\n'
    probes += '[[observable]]\nname = "S film"\nkind = "entropy_production"\nregion = "film"\n'
    case = load(FORMS["coupling"] + "\n" + FORMS["function"] + "\n" + probes)
    solution = npsolver.run(case)
    mesh = solution.mesh
    volume = mesh.edge_length * mesh.edge_area
    assert solution.entropy_density.min() >= 0.0
    assert solution.observables["S"].value == solution.entropy_production[0]
    assert solution.observables["S"].unit == "W/K/m^2"
    assert solution.observables["S film"].value == pytest.approx((solution.entropy_density @ volume)[0], rel=1e-12)
    assert (solution.entropy_density @ volume)[0] == pytest.approx(solution.entropy_production[0], rel=1e-4)
    write_result(tmp_path, case, solution)
    read = read_result(tmp_path).solution
    assert np.array_equal(read.entropy_density, solution.entropy_density)
    assert np.array_equal(read.model.coupling.matrices, case.model.coupling.matrices)


def test_states_beyond_a_table_are_named():
    """Depletion at an electrode leaves the table, whose lower end holds there."""
    text = FILM.format(extra=TABLE.replace('"1 mM"', '"5 mM"'), region="")
    text = text.replace(
        'kind = "bath"\nconcentration = { "Na+" = "10 mM", "Cl-" = "10 mM" }',
        'kind = "wall"\nconcentration = { "Na+" = "10 mM" }',
    ).replace("current = 0.0", "potential = 0.1")
    solution = npsolver.run(npsolver.loads(text, "film.toml"))
    assert len(solution.warnings) == 1
    assert "(0.5 Na+ + 0.5 Cl-) reaches" in solution.warnings[0]
    assert (
        "in region 'film' at 0.0001 m, but the coefficients of [onsager] are known from 5 to 1000"
        in solution.warnings[0]
    )
    assert npsolver.run(load(TABLE)).warnings == []


def test_salt_of_the_library_at_another_temperature_needs_parameters():
    """A slope alone leaves beta at 25 °C."""
    hot = FILM.replace("[model]", '[model]\ntemperature = "350 K"')
    text = hot.format(extra='[[activity]]\nmodel = "pitzer"\nsalt = "NaCl"\nslope = 0.44', region="")
    with pytest.raises(InputError, match=r"hold at 298.15 K, not 350 K; give slope, and species with beta"):
        npsolver.loads(text, "film.toml")


def test_unstable_compositions_inside_are_named():
    """The limiting law of Debye and Hueckel is that of one solution up to 2.9 M of a 1:1 salt."""
    from npsolver.observables.validity import beyond_data

    case = load('[[activity]]\nmodel = "debye-hueckel"')
    solution = npsolver.run(case)
    assert solution.warnings == []
    c = solution.concentration.copy()
    c[0, :, 7] = 2800.0
    assert beyond_data(case.model, solution.mesh, c) == []
    c[0, :, 7] = 3000.0
    (warning,) = beyond_data(case.model, solution.mesh, c)
    assert "in region 'film' at" in warning
    assert "(1 + d ln gamma/d ln c of a salt) is -0.0" in warning


def test_no_steady_state_mentions_the_law_of_activity():
    """Where charges gather the same law demixes: there is no steady state."""
    text = FILM.format(extra='[[activity]]\nmodel = "debye-hueckel"', region="").replace("electroneutral", "pnp")
    text = text[: text.index("[boundary.right]")].replace("current = 0.0", "potential = 0.0").replace("100 um", "10 nm")
    with pytest.raises(ConvergenceError, match="or a law of activity may be used beyond its range"):
        npsolver.run(npsolver.loads(text + '[boundary.right]\nkind = "wall"\npotential = 0.15', "film.toml"))


def test_report_shows_coefficients_laws_entropy_and_verification(tmp_path):
    from npsolver.output import read_result, write_report, write_result

    text = TWO.format(extra=SALT + "[onsager.region.gel]\n" + rows(SLOW) + "[solve]\naccuracy = 1e-3\n", region="")
    case = npsolver.loads(text, "film.toml")
    solution = npsolver.run(case)
    write_result(tmp_path, case, solution)
    page = write_report(tmp_path, read_result(tmp_path)).read_text(encoding="utf-8")
    for shown in (
        "<h2>Activity</h2>",
        "pitzer",
        "<h2>Onsager coefficients</h2>",
        "In film: at 0.5 Na+ + 0.5 Cl- = 100 mM",
        "In gel: m² s⁻¹",
        "<td class=number>-1e-10</td>",
        "entropy production",
        "<h2>Verification</h2>",
    ):
        assert shown in page
    assert "{&#x27;" not in page  # no records of Python
    assert "http" not in page.replace("http-equiv", "")


SOLUTES = """
[[species]]
name = "A"
charge = 0
diffusivity = 2e-9
[[species]]
name = "B"
charge = 0
diffusivity = 1e-9
{law}
[[geometry.region]]
name = "film"
length = "100 um"
[boundary.left]
kind = "bath"
concentration = {{ A = "50 mM", B = "100 mM" }}
potential = 0.0
[boundary.right]
kind = "bath"
concentration = {{ A = "50 mM", B = "{right}" }}
potential = 0.0
{start}
"""
CONSTANT = '[[onsager.coupling]]\nbetween = ["A", "B"]\nq = 0.5\n'
VANISHES = """[onsager]
species = ["A", "B"]
weights = {{ B = 1.0 }}
expression = [["2e-9", "1e-9*sqrt(s/100)"], ["1e-9*sqrt(s/100)", "1e-9"]]
range = ["0 mM", "100 mM"]
""".replace("{{", "{").replace("}}", "}")
START = '[initial]\nconcentration = { A = "50 mM", B = "0 mM" }\n[solve]\nkind = "transient"\nend_time = "1 s"'


def solutes(law, right="10 mM", start=""):
    return npsolver.loads(SOLUTES.format(law=law, right=right, start=start), "film.toml")


def test_absent_species_are_refused_where_they_are_coupled():
    """With a constant coefficient J_A = sqrt(c_A/c_B) grad c_B has no limit where B runs out; with one that vanishes it has."""
    message = "concentration: 'B': is 0, where fluxes coupled with A have no derivative; give a trace such as '1 nM'"
    with pytest.raises(InputError, match=f"boundary: right: {message}"):
        solutes(CONSTANT, "0 mM")
    with pytest.raises(InputError, match=f"initial: {message}"):
        solutes(CONSTANT, start=START)
    traces = ("1 nM", "1 pM")
    fluxes = [npsolver.run(solutes(VANISHES, trace)).observables["flux[A, left]"].value for trace in traces]
    assert fluxes[0] == pytest.approx(fluxes[1], rel=1e-4)
    started = npsolver.run(solutes(CONSTANT, start=START.replace('"0 mM"', '"1 nM"')))
    assert started.entropy_density.min() >= 0.0


def test_electroneutral_start_without_ions_is_refused():
    start = '[initial]\nconcentration = {{ "Na+" = 0.0, "Cl-" = 0.0 }}\n[solve]\nkind = "transient"\nend_time = 1.0\n'
    text = (FILM + start).format(extra="", region="")
    with pytest.raises(InputError, match="initial: region 'film': concentration: there is no ion at the start"):
        npsolver.loads(text, "film.toml")
    npsolver.loads(text.replace('"electroneutral"', '"pnp"'), "film.toml")


def test_equal_coefficients_of_regions_are_one():
    """Regions that differ in what does not matter to L are not told apart; where it matters they are."""
    film = TWO.replace('name = "gel"', 'name = "gel"\nrelative_permittivity = 60.0')
    assert not npsolver.loads(film.format(extra=FORMS["salt"], region=""), "film.toml").model.coupling.regions
    law = '[onsager.limiting_law]\nconcentration = { "Na+" = "60 mM", "Cl-" = "60 mM" }\nion_size = "4 angstrom"'
    coupling = npsolver.loads(film.format(extra=law, region=""), "film.toml").model.coupling
    assert coupling.within("gel").matrices[50][0, 0] < coupling.within("film").matrices[50][0, 0]
    extra = '[onsager]\nspecies = ["Na+"]\n[onsager.region.gel]\n' + rows(SLOW)
    with pytest.raises(InputError, match="onsager: species: means nothing without coefficients"):
        npsolver.loads(TWO.format(extra=extra, region=""), "film.toml")


ELECTRODE = """
[[species]]
name = "Ag+"
[[species]]
name = "NO3-"
[[onsager.coupling]]
between = ["Ag+", "NO3-"]
q = {q}
[[geometry.region]]
name = "film"
length = "100 nm"
[boundary.left]
kind = "wall"
current = "-20 A/m^2"
[[boundary.left.reaction]]
equation = "Ag+ + e- = Ag"
exchange_current = "10 A/m^2"
reference_concentration = {{ "Ag+" = "100 mM" }}
standard_potential = "0.8 V"
[boundary.right]
kind = "bath"
concentration = {{ "Ag+" = "100 mM", "NO3-" = "100 mM" }}
potential = "0 V"
"""


@pytest.mark.parametrize("q", [0.01, 0.15, 0.5])
def test_coupled_film_at_a_strongly_polarised_electrode(q):
    """Charges of 1e6 gather in the double layer; Newton's method starts from the solution of Nernst and Planck then."""
    solution = npsolver.run(npsolver.loads(ELECTRODE.format(q=q), "film.toml"))
    assert solution.observables["flux[Ag+, left]"].value == pytest.approx(-20.0 / FARADAY, rel=1e-6)
    assert solution.observables["flux[NO3-, right]"].value == pytest.approx(0.0, abs=1e-9)
    assert solution.entropy_density.min() >= 0.0


def test_swept_coefficient_can_be_reproduced():
    sweep = '[solve]\nkind = "sweep"\nparameter = "onsager.coupling.0.q"\nvalues = [0.0, 0.1, 0.2]\n'
    case = load(FORMS["coupling"] + "\n" + sweep)
    again = from_document(case.effective)
    assert again.sha256 == case.sha256
    first, second = npsolver.run(case), npsolver.run(again)
    assert np.array_equal(first.flux, second.flux)
    assert np.all(np.diff(first.observables["flux[Na+, left]"].value) > 0.0)
