"""Membranes between two gases against Wagner's integrals, over all pressures and dopings."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from membrane_cases import ATM, ITEMS, gas, oxide, wagner_case

import npsolver
from npsolver import equilibrium
from npsolver.errors import ConvergenceError
from npsolver.runner import run
from npsolver.runner.regrade import LARGEST_CHANGE, largest_change
from npsolver.validation import check

MEMBRANES = ("YSZ-1273-1e-18", "GDC-873", "GDC-973", "custom-np")


@pytest.mark.parametrize("name", MEMBRANES)
def test_flux_voltage_and_pressure_inside(name):
    item = ITEMS[name]
    values, L = item["values"], item["parameters"]["L_m"]
    extra = "".join(
        f'[[observable]]\nname = "p{k}"\nkind = "gas_pressure"\ngas = "O2"\n'
        f"at = {q['x_over_L_from_low_pO2'] * L!r}\n"
        for k, q in enumerate(values["pO2_profile"])
    )
    found = run(npsolver.loads(wagner_case(item, extra=extra))).observables
    assert found["flux[V_O^2+, left]"].value == pytest.approx(2 * values["J_O2_mol_m2_s"], rel=1e-3)
    holes = found["flux[h+, right]"].value if "flux[h+, right]" in found else 0.0
    electronic = found["flux[e-, right]"].value - holes
    assert electronic == pytest.approx(2 * found["flux[V_O^2+, right]"].value, rel=1e-6)
    assert -found["voltage"].value == pytest.approx(values["V_ocv_V"], abs=1e-5)
    for k, q in enumerate(values["pO2_profile"]):
        assert np.log10(found[f"p{k}"].value / ATM) == pytest.approx(q["log10_pO2_atm"], abs=0.01)


def test_voltage_of_ceria_down_to_1e_25_atm():
    item = ITEMS["GDC-OCV-table"]
    pressures = ", ".join(repr(float(row["p_fuel_atm"]) * ATM) for row in item["values"])
    sweep = f'[solve]\nkind = "sweep"\nparameter = "boundary.left.pressure.O2"\nvalues = [{pressures}]\n'
    found = run(npsolver.loads(wagner_case(item, low=1e-18, high=0.21, extra=sweep))).observables["voltage"].value
    assert found == pytest.approx([-row["V_ocv_V"] for row in item["values"]], abs=1e-6)


CHECKS = """
[[expect]]
observable = "voltage"
reference = "mixed_conductor_voltage(V_O^2+, left, right)"
atol = "1e-5 V"
[[expect]]
observable = "flux[V_O^2+, left]"
reference = "wagner_flux(V_O^2+, left, right)"
rtol = 1e-3
"""


@pytest.mark.parametrize("seed", range(12))
def test_any_oxide_at_any_pressure_converges_to_wagner(seed):
    """Donor and acceptor doping, 1e-25 to 1 bar, constants over twenty decades; nothing is tuned."""
    for text in oxides(seed):
        case = npsolver.loads(text)
        failed = [c for c in check(case, run(case)) if not c.passed]
        assert not failed, (text, failed)


def oxides(seed: int) -> list[str]:
    """An acceptor-doped, a donor-doped and a nearly pure oxide."""
    u = np.random.default_rng(seed).uniform
    return [
        oxide(
            T=u(600, 1500), L=10 ** u(-6, -3), dopant=doping,
            mobile=(10 ** u(-13, -9), 10 ** u(-10, -5), 10 ** u(-10, -5)),
            K_red=10 ** u(-20, 2), K_i=10 ** u(-24, -4),
            left=gas(10 ** u(-20, 5), "current = 0"), right=gas(10 ** u(-20, 5), "potential = 0"), extra=CHECKS,
        )
        for doping in (-(10 ** u(0, 4)), 10 ** u(0, 4), -1e-3)
    ]


@pytest.mark.parametrize(("seed", "which"), [(192, 2), (230, 2), (246, 0), (1891, 1), (2080, 0)])
def test_mesh_follows_a_change_of_the_majority_carrier_inside(seed, which):
    """Carriers change by factors of five to a hundred from node to node of a mesh that does not know where."""
    case = npsolver.loads(oxides(seed)[which])
    solution = run(case)
    assert largest_change(solution.model, solution.mesh, solution.concentration) <= LARGEST_CHANGE
    assert not solution.warnings
    voltage, flux = check(case, solution)
    assert voltage.error < 1e-5
    assert flux.error < 2e-4
    coarse = npsolver.loads(oxides(seed)[which] + "[mesh]\nnodes = 43\ngrading = 'uniform'\n")
    fixed = run(coarse)
    assert fixed.mesh.n_nodes < 60  # a given mesh is left as it is
    assert any("from one node to the next" in warning for warning in fixed.warnings)


@pytest.mark.parametrize("electrons", [1e-6, 1e-11, 1e-17])
@pytest.mark.parametrize("physics", ["electroneutral", "pnp"])
def test_permeation_through_an_insulator_has_its_digits(electrons, physics):
    """Up to twenty decades between the vacancies and the electrons that limit them: the vacancies follow from I = 0."""
    text = oxide(
        T=900.0, L=1e-5, dopant=-2000.0, mobile=(1e-10, 1e-8), K_red=1000.0 * electrons**2 * 1e-10,
        left=gas(1e-20, "current = 0"), right=gas(1e3, "potential = 0"), physics=physics, extra=CHECKS,
    )
    case = npsolver.loads(text)
    solution = run(case)
    assert all(c.passed for c in check(case, solution))
    fluxes = [solution.observables[f"flux[{name}, left]"] for name in ("V_O^2+", "e-")]
    assert 2.0 * fluxes[0].value == pytest.approx(fluxes[1].value, rel=1e-12)
    assert 0.0 < fluxes[0].round_off < 1e-6 * abs(fluxes[0].value)
    assert not solution.warnings


def test_a_finer_mesh_that_fails_leaves_the_solution_there_is(monkeypatch):
    runner = import_module("npsolver.runner.run")
    case, solve, nodes = npsolver.loads(oxides(246)[0]), runner._steady, []

    def once(case, problem, *arguments, **keys):
        nodes.append(problem.system.mesh.n_nodes)
        if len(nodes) > 1:
            raise ConvergenceError("no steady state was found")
        return solve(case, problem, *arguments, **keys)

    monkeypatch.setattr(runner, "_steady", once)
    solution = run(case)
    assert len(nodes) == 2
    assert solution.mesh.n_nodes == nodes[0] < nodes[1]
    assert "no solution was found on the mesh that the carriers ask for" in " ".join(solution.warnings)


def test_poisson_gives_the_electroneutral_flux_of_thick_films():
    """The flux of majority carriers in a film a hundred thousand Debye lengths thick has its digits."""
    keys = {
        "T": 1100.0, "L": 3e-5, "dopant": -640.0, "mobile": (3e-11, 5e-9, 4e-8), "K_red": 6e-16, "K_i": 1e-22,
        "left": gas(2.6e-9, "current = 0"), "right": gas(280.0, "potential = 0"), "extra": CHECKS,
    }
    fluxes = [
        run(npsolver.loads(oxide(physics=physics, **keys))).observables["flux[V_O^2+, left]"].value
        for physics in ("pnp", "electroneutral")
    ]
    assert fluxes[0] == pytest.approx(fluxes[1], rel=1e-4)


def test_small_step_of_pressure_relaxes_with_the_chemical_diffusivity():
    """The reference ceria: vacancies a hundred times more numerous than electrons, D within 0.1 %."""
    p = ITEMS["amb-ceria"]["parameters"]
    D = ITEMS["amb-ceria"]["values"]["D_chem"]
    L, step = 1e-3, 1.02
    K = p["c1"] * p["c2"] ** 2 * 1.0  # at 1 Pa
    time = 0.3 * L**2 / D
    text = oxide(
        T=p["T_K"], L=L, dopant=-(2 * p["c1"] - p["c2"]), mobile=(p["D1"], p["D2"]), K_red=K,
        left=gas(step**-4, "potential = 0"), right='kind = "wall"',
        extra=f"""
[initial]
concentration = {{ "V_O^2+" = {p["c1"]!r}, "e-" = {p["c2"]!r} }}
[solve]
kind = "transient"
end_time = {time!r}
rtol = 1e-7
[[observable]]
name = "amount"
kind = "amount"
species = "e-"
[[observable]]
name = "D"
kind = "ambipolar_diffusivity"
species = "V_O^2+"
boundary = "right"
""",
    )
    case = npsolver.loads(text)
    found = run(case).observables
    last = case.model.boundaries["left"].concentration["e-"]
    uptake = (found["amount"].value[-1] / L - p["c2"]) / (last - p["c2"])
    # the coefficient varies by 2 % over the step: its value half way counts
    half = equilibrium.ambipolar_diffusivity(2, p["c1"], p["D1"], -1, 0.5 * (p["c2"] + last), p["D2"])
    assert uptake == pytest.approx(equilibrium.slab_uptake(half, time, L), rel=1e-3)
    assert found["D"].value[0] == pytest.approx(D, rel=1e-8)
