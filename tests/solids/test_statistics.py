"""Fermi-Dirac statistics and limited sites: the laws, their inverse, and what fluxes and equilibria make of them."""

from __future__ import annotations

import numpy as np
import pytest

import npsolver
from npsolver.discretisation import PoissonBoltzmann
from npsolver.discretisation.nodal_excess import nodal_excess
from npsolver.discretisation.reactions import reaction_terms
from npsolver.equilibrium import fermi_dirac_half
from npsolver.errors import InputError
from npsolver.model import (
    DefectChemistry,
    DefectEquilibrium,
    FermiDiracLaw,
    IonicStrengthLaw,
    StericLaw,
    activities,
    from_activities,
)
from npsolver.model.fermi_dirac import degeneracy, filling_at
from npsolver.runner import run
from npsolver.runner.problem import build_problem

LEVELS = np.concatenate([np.linspace(-30.0, 60.0, 1801), [-2.0, 40.0, 39.9999, 40.0001]])


def test_level_of_a_filling_is_the_inverse_of_the_integral():
    """Against the integral by quadrature, from a thousandth of a billionth to hundreds of the density of states."""
    filling = fermi_dirac_half(LEVELS)
    value, _ = degeneracy(filling)
    assert value + np.log(filling) == pytest.approx(LEVELS, abs=1e-11)


def test_dilute_carriers_obey_boltzmann():
    value, slope = degeneracy(np.array([0.0, 1e-12]))
    assert value == pytest.approx([0.0, 1e-12 / np.sqrt(8.0)], abs=1e-25)
    assert slope == pytest.approx(1.0 / np.sqrt(8.0), rel=1e-11)


@pytest.mark.parametrize("filling", [1e-3, 0.99999, 1.00001, 7.0, 190.4, 190.5, 1e5])
def test_slope_belongs_to_the_level(filling):
    step = 1e-4 * filling
    values = degeneracy(filling + step * np.array([-2.0, -1.0, 1.0, 2.0]))[0]
    expected = (values[0] - 8.0 * values[1] + 8.0 * values[2] - values[3]) / (12.0 * step)
    assert degeneracy(np.array([filling]))[1][0] == pytest.approx(expected, rel=1e-8)


def test_filling_of_a_level():
    value, slope = filling_at(LEVELS)
    assert value == pytest.approx(np.log(fermi_dirac_half(LEVELS)), abs=1e-12)
    step = 1e-3
    expected = (filling_at(LEVELS + step)[0] - filling_at(LEVELS - step)[0]) / (2.0 * step)
    assert slope == pytest.approx(expected, abs=1e-6)


CHARGE = np.array([2.0, -1.0, 1.0])
LAWS = {
    "sites": (StericLaw((0,), 5000.0),),
    "shared sites": (StericLaw((0, 2), 800.0), FermiDiracLaw(1, 1e-3)),
    "bands": (FermiDiracLaw(1, 1e-3), FermiDiracLaw(2, 2e-3)),
    "ionic strength": (IonicStrengthLaw(1.17, 1.0, 0.3),),
    "all": (StericLaw((0,), 5000.0), FermiDiracLaw(1, 10.0), IonicStrengthLaw(0.5, 1.0, 0.0)),
}


@pytest.mark.parametrize("laws", LAWS.values(), ids=LAWS)
def test_compositions_from_activities(laws):
    logarithm = np.random.default_rng(3).normal(size=(300, 3)) * 3.0
    x, response = from_activities(laws, logarithm, CHARGE)
    assert np.log(activities(laws, np.exp(x), CHARGE)) == pytest.approx(logarithm, abs=1e-9)
    for j in range(3):
        step = np.zeros(3)
        step[j] = 1e-5
        both = [from_activities(laws, logarithm + sign * step, CHARGE)[0] for sign in (1.0, -1.0)]
        assert response[:, :, j] == pytest.approx((both[0] - both[1]) / 2e-5, abs=1e-5)


REDUCTION = DefectEquilibrium("oxygen", {"V": 1, "e": 2}, {"O2": 0.5}, 1e-9)
PAIRS = DefectEquilibrium("pairs", {"e": 1, "h": 1}, {}, 1e-14)
PRESSURE = 10.0 ** np.arange(-25, 6)


@pytest.mark.parametrize("doping", [-100.0, 3.0, 0.0, -1200.0])
@pytest.mark.parametrize("laws", LAWS.values(), ids=LAWS)
def test_defects_obey_mass_action_of_activities(laws, doping):
    """Over thirty decades of pressure, neutral to round-off."""
    chemistry = DefectChemistry({"V": 2, "e": -1, "h": 1}, (REDUCTION, PAIRS), excess=laws)
    found = chemistry.concentrations({"O2": PRESSURE}, doping)
    c = np.stack([found[name] for name in chemistry.charge], axis=1)
    a = activities(laws, c, CHARGE)
    assert a[:, 0] * a[:, 1] ** 2 * np.sqrt(PRESSURE) == pytest.approx(1e-9, rel=1e-9)
    assert a[:, 1] * a[:, 2] == pytest.approx(1e-14, rel=1e-9)
    assert np.all(np.abs(c @ CHARGE + doping) <= 1e-11 * (c @ np.abs(CHARGE) + abs(doping)))


def test_sites_are_never_over_full():
    """Dilute defects would exceed the sites fiftyfold; the share follows from a/(1 + a) with two electrons each."""
    sites, K = 50.0, 1e-9
    chemistry = DefectChemistry({"V": 2, "e": -1}, (REDUCTION,), excess=(StericLaw((0,), sites),))
    dilute = DefectChemistry({"V": 2, "e": -1}, (REDUCTION,)).concentrations({"O2": 1e-40})["V"]
    found = chemistry.concentrations({"O2": 1e-40})["V"]
    assert dilute > 50.0 * sites
    ratio = K / np.sqrt(1e-40) / (4.0 * found**2 * sites)  # occupied over free
    assert 0.99 < found / sites < 1.0
    assert found / sites == pytest.approx(ratio / (1.0 + ratio), rel=1e-10)


def test_full_sites_and_too_few_sites_are_reported():
    chemistry = DefectChemistry({"V": 2, "e": -1}, (REDUCTION,), excess=(StericLaw((0,), 1e-3),))
    with pytest.raises(InputError, match="taken to round-off"):
        chemistry.concentrations({"O2": 1e-60})
    with pytest.raises(npsolver.errors.ConvergenceError, match="too few to balance"):
        chemistry.concentrations({"O2": 1.0}, -100.0)


JUNCTION = """
[case]
title = "junction"
[model]
physics = "pnp"
temperature = 300
[[species]]
name = "e-"
diffusivity = 3e-3
[[species]]
name = "h+"
diffusivity = 1e-3
[[activity]]
model = "fermi-dirac"
species = "e-"
density_of_states = "3e25 1/m^3"
[[activity]]
model = "fermi-dirac"
species = "h+"
density_of_states = "2e25 1/m^3"
[[defect_equilibrium]]
equation = "nil = e- + h+"
prefactor = "6e50 1/m^6"
enthalpy = "0.7 eV"
everywhere = EVERYWHERE
[geometry]
[[geometry.region]]
name = "p"
length = "30 nm"
fixed_charge = "-1e26 1/m^3"
relative_permittivity = 12
[[geometry.region]]
name = "n"
length = "30 nm"
fixed_charge = "2e26 1/m^3"
relative_permittivity = 12
[boundary.left]
kind = "ohmic"
LEFT
[boundary.right]
kind = "ohmic"
potential = 0
[[observable]]
name = "equilibrium"
kind = "equilibrium_defect"
"""


def junction(left: str, everywhere: str = "false", extra: str = ""):
    return npsolver.loads(JUNCTION.replace("LEFT", left).replace("EVERYWHERE", everywhere) + extra)


def test_matrix_is_the_derivative_of_the_balances():
    """Degenerate carriers, by differences of a state out of equilibrium."""
    system = build_problem(junction("potential = -0.9")).system
    rng = np.random.default_rng(5)
    u = rng.uniform(0.2, 2.0, system.size)
    trial, change, out = np.empty(system.size), np.zeros(system.size), np.empty(system.size)
    v = rng.normal(size=system.size)
    system.linearise(u, 0.0)
    for sign in (1.0, -1.0):
        system.residual(u + sign * 1e-6 * v, trial)
        change += sign * trial / 2e-6
    system.solve(change, out)
    assert out == pytest.approx(v, abs=1e-5 * np.abs(v).max())


def test_reactions_of_activities_and_their_derivatives():
    """Recombination of degenerate carriers is at rest where the product of activities is the constant."""
    model = junction("current = 0", "true").model
    system = build_problem(junction("current = 0", "true")).system
    mesh, c = system.mesh, system.coefficients
    kernel = reaction_terms(model, mesh, c, np.arange(mesh.n_nodes, dtype=np.int32), nodal_excess(model, mesh))
    shape = mesh.n_nodes, system.block_size
    w = np.random.default_rng(2).uniform(0.1, 3.0, shape)
    blocks, out = np.zeros((mesh.n_nodes, shape[1], shape[1])), np.zeros(w.size)
    kernel.assemble(w.ravel(), out, blocks)
    for j in range(2):
        both = []
        for sign in (1.0, -1.0):
            shifted, trial = w.copy(), np.zeros(w.size)
            shifted[:, j] *= 1.0 + sign * 1e-6
            kernel.assemble(shifted.ravel(), trial)
            both.append(trial.reshape(shape))
        expected = (both[0] - both[1]) / (2e-6 * w[:, j : j + 1])
        assert blocks[:, :, j] == pytest.approx(expected, rel=1e-6)
    held = model.boundaries["right"].concentration
    w[:, :2] = np.array([held["e-"], held["h+"]]) / c.scales.concentration
    rest, once = np.zeros(w.size), np.zeros(w.size)
    kernel.assemble(w.ravel(), rest)
    w[:, 1] *= 2.0
    kernel.assemble(w.ravel(), once)
    assert np.abs(rest).max() <= 1e-12 * np.abs(once).max()


def test_junction_at_rest_and_under_voltage():
    """Built-in potential from the levels in the bands; currents follow the voltage, entropy is never lost."""
    rest = run(junction("current = 0"))
    kT = 8.31446261815324 * 300 / 96485.33212331002
    built_in = 0.7 + kT * sum(_level(filling) for filling in (2e26 / 3e25, 1e26 / 2e25))
    assert rest.observables["membrane_potential"].value == pytest.approx(-built_in, abs=1e-9)
    assert rest.observables["equilibrium"].value < 1e-9
    forward, backward = (run(junction(f"potential = {-built_in + V!r}")) for V in (0.1, -0.1))
    currents = [found.observables["current_density"].value for found in (forward, backward)]
    assert currents[0] > 10.0 * -currents[1] > 0.0
    for found in (rest, forward, backward):
        dissipated = found.entropy_density[0]
        assert dissipated.min() >= 0.0


def _level(filling):
    return float(degeneracy(np.array([filling]))[0][0] + np.log(filling))


def test_recombination_is_at_rest_where_the_junction_is():
    """Mass action of concentrations would drive a current through a degenerate junction in equilibrium."""
    found = run(junction("current = 0", "true"))
    assert found.observables["membrane_potential"].value == pytest.approx(
        run(junction("current = 0")).observables["membrane_potential"].value, abs=1e-9
    )
    assert found.observables["equilibrium"].value < 1e-9


def test_poisson_boltzmann_gives_floating_contacts_their_voltage():
    system = build_problem(junction("current = 0")).system
    reduced = PoissonBoltzmann(system)
    held = npsolver.loads(JUNCTION.replace("LEFT", "current = 0").replace("EVERYWHERE", "false")).model.boundaries
    a = [activities(system.model.excess, np.array([list(b.concentration.values())]), system.charge) for b in held.values()]
    step = float(np.log(a[0] / a[1])[0, 1])  # of the holes
    assert reduced.voltage["left"] == pytest.approx(-step, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('density_of_states = "3e25 1/m^3"', ""), "density_of_states: missing"),
        (('density_of_states = "3e25 1/m^3"', "density_of_states = 0"), "expected a concentration > 0"),
        (('density_of_states = "3e25 1/m^3"', "density_of_states = 1e-3"), "outside the range of the activity model"),
        (('species = "e-"\ndensity', 'species = ["e-", "h+"]\ndensity'), "is for one species"),
        (('kind = "ohmic"', 'kind = "ohmic"\npressure = { O2 = 1 }'), "which has no gas"),
        (('kind = "ohmic"', 'kind = "ohmic"\nsurface_charge = 1e-3'), "is not for kind = 'ohmic'"),
        (('"nil = e- + h+"\nprefactor = "6e50 1/m^6"', '"1/2 O2 = 2 h+ + 2 e-"\nprefactor = 1'), "O is not balanced"),
    ],
)
def test_refused(change, message):
    text = JUNCTION.replace("LEFT", "current = 0").replace("EVERYWHERE", "false")
    assert change[0] in text
    with pytest.raises(InputError, match=message):
        npsolver.loads(text.replace(*change, 1))


def test_an_activity_model_without_free_energy_is_named():
    """An expression in another species needs its counterpart (Maxwell's relation)."""
    text = JUNCTION.replace("LEFT", "current = 0").replace("EVERYWHERE", "false")
    one = '[[activity]]\nmodel = "expression"\nspecies = "{}"\nexpression = "1e-4*k"\nvariables = {{ k = "{}" }}\n'
    half = one.format("e-", "h+")
    both = half + one.format("h+", "e-")
    found = run(npsolver.loads(text + half)).warnings
    assert len(found) == 1
    assert "no free energy" in found[0]
    assert run(npsolver.loads(text + both)).warnings == []


def test_wide_gap_junction_in_equilibrium_with_recombination():
    """Minority carriers forty decades below the others: Boltzmann's law has them, a balance of fluxes has not."""
    T, gap, Nc, Nv, NA, ND = 331.0, 2.72, 7.12e24, 4.18e24, 4.79e22, 1.12e20
    vt = 1.380649e-23 * T / 1.602176634e-19
    built_in = gap - vt * (np.log(Nc / ND) + np.log(Nv / NA))
    text = f"""
[model]
physics = "pnp"
temperature = {T}
[[species]]
name = "e-"
diffusivity = 5e-5
[[species]]
name = "h+"
diffusivity = 1.4e-4
[[defect_equilibrium]]
equation = "nil = e- + h+"
prefactor = "{Nc * Nv!r} 1/m^6"
enthalpy = "{gap} eV"
[[geometry.region]]
name = "p"
length = "2 um"
fixed_charge = "{-NA!r} 1/m^3"
relative_permittivity = 11.7
[[geometry.region]]
name = "n"
length = "50 um"
fixed_charge = "{ND!r} 1/m^3"
relative_permittivity = 11.7
[boundary.left]
kind = "ohmic"
potential = {float(-built_in)!r}
[boundary.right]
kind = "ohmic"
potential = 0
[[observable]]
name = "voltage"
kind = "voltage"
species = "e-"
"""
    solution = npsolver.run(npsolver.loads(text))
    assert "equilibrium: Newton on Poisson-Boltzmann" in solution.stats["path"]
    assert solution.observables["voltage"].value == pytest.approx(0.0, abs=1e-9)
    product = solution.concentration[0].prod(axis=0) * 6.02214076e23**2
    assert product == pytest.approx(Nc * Nv * np.exp(-gap / vt), rel=1e-5)
