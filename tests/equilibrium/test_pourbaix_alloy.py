"""Alloys: global Gibbs minimisation with solid-solution films."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest

from npsolver.equilibrium.pourbaix import (
    Compound,
    CompoundTable,
    Conditions,
    SolutionPhase,
    alloy_diagram,
    pourbaix_diagram,
    standard_table,
)
from npsolver.equilibrium.pourbaix.minimiser import minimise_gibbs
from npsolver.equilibrium.pourbaix.phases import branches
from npsolver.equilibrium.pourbaix.transform import composition_matrix, standard_planes
from npsolver.errors import InputError

STEEL = {"Fe": 0.7, "Cr": 0.2, "Mo": 0.1}
CORUNDUM = ("Fe2O3", "Cr2O3")


def test_elements_are_conserved():
    diagram = alloy_diagram(STEEL, points=(40, 40))
    held = diagram.phase_elements.sum(axis=2) + diagram.dissolved @ diagram.dissolved_atoms
    assert np.abs(held - list(STEEL.values())).max() < 1e-9
    assert diagram.phase_elements.min() >= 0.0
    assert diagram.dissolved.min() >= 0.0


@pytest.mark.parametrize("element", ["Cr", "Ni", "Zn", "Cu"])
def test_pure_element_has_its_own_diagram(element):
    """One element, no mixing: the alloy method gives the predominance diagram away from its lines."""
    conditions = Conditions(concentration=1e-6)
    pure = pourbaix_diagram(element, points=(50, 50), conditions=conditions)
    alloy = alloy_diagram({element: 2.0}, films=[], points=(50, 50), conditions=conditions)
    names = np.array(alloy.names)[alloy.winner]
    names[names == "alloy"] = element
    expected = np.array(pure.names)[pure.winner]
    # on a line the dissolved species share the balance, which moves it by less than RT ln 2 in energy
    metal = np.array([c.count(element) for c in pure.compounds])
    energies = np.sort(pure.compound_energies(pure.ph, pure.potential[:, None]) / metal, axis=-1)
    clear = energies[..., 1] - energies[..., 0] > 2500.0
    assert clear.mean() > 0.7
    assert (names[clear] == expected[clear]).all()


def _problem(composition, films, conditions, points):
    table = standard_table()
    compounds = table.select(composition)
    elements = list(composition)
    counts = composition_matrix(compounds, elements)
    phases = [SolutionPhase("alloy", tuple(elements)), *films]
    used = {name for phase in phases for name in phase.members}
    phases += [SolutionPhase(c.name, (c.name,)) for c in compounds if c.phase == "s" and c.name not in used]
    planes = standard_planes(compounds, table, conditions) / conditions.thermal_energy
    energies = np.column_stack([np.ones(len(points)), points]) @ planes.T
    aqueous = np.array([i for i, c in enumerate(compounds) if c.phase == "aq"])
    return compounds, counts, phases, energies, aqueous


@pytest.mark.parametrize("interaction", [0.0, 3000.0, -8000.0, 14000.0])
def test_primal_and_dual_values_agree(interaction):
    """Strong duality: the Gibbs energy of the result equals a lower bound, so it is the global minimum.

    The bound needs no solver: chemical potentials at which no phase can form. For the regular film this is checked on
    a fine net of compositions, which also covers the miscibility gap (W > 2 RT).
    """
    conditions = Conditions(concentration=1e-4)
    film = SolutionPhase("film", CORUNDUM, {CORUNDUM: interaction} if interaction else {})
    rng = np.random.default_rng(3)
    points = np.column_stack([rng.uniform(0, 14, 60), rng.uniform(-1.5, 1.5, 60)])
    composition = {"Fe": 0.6, "Cr": 0.4}
    compounds, counts, phases, energies, aqueous = _problem(composition, [film], conditions, points)
    parts = branches(phases, compounds, counts, conditions.thermal_energy)
    x = np.array(list(composition.values()))
    log_volume = -np.log(conditions.concentration)
    found = minimise_gibbs(energies, x, parts, aqueous, counts[aqueous], log_volume)

    dual = found.potential @ x - found.dissolved.sum(axis=1)
    primal = np.zeros(len(points))
    n = found.dissolved
    primal += (n * (energies[:, aqueous] + np.log(n) - log_volume - 1.0)).sum(axis=1)
    W = interaction / conditions.thermal_energy
    for b, part in enumerate(parts):
        share = part.state(found.potential, energies)[1]
        log_share = np.log(share, out=np.zeros_like(share), where=share > 0)
        energy = (share * (energies[:, part.members] / part.sites + log_share)).sum(axis=1)
        if phases[part.phase].name == "film":
            energy += W * share[:, 0] * share[:, 1]
        primal += found.phase_amounts[:, b] * energy
    assert primal == pytest.approx(dual, rel=1e-9, abs=1e-6)

    theta = np.linspace(1e-9, 1 - 1e-9, 2001)
    for phase in phases:
        members = [next(i for i, c in enumerate(compounds) if c.name == name) for name in phase.members]
        sites = counts[members].sum(axis=1)
        drive = energies[:, members] / sites - found.potential @ (counts[members] / sites[:, None]).T
        if len(members) == 1:
            lowest = drive[:, 0]
        else:
            mixing = theta * np.log(theta) + (1 - theta) * np.log1p(-theta)
            mixing = mixing + (W if phase.name == "film" else 0.0) * theta * (1 - theta)
            lowest = (np.outer(drive[:, 0], theta) + np.outer(drive[:, 1], 1 - theta) + mixing).min(axis=1)
        assert lowest.min() > -1e-7
    concentrations = np.exp(found.potential @ counts[aqueous].T - energies[:, aqueous])
    assert found.dissolved == pytest.approx(concentrations * np.exp(log_volume), rel=1e-9)


def test_film_composition_between_two_solutes_in_closed_form():
    """A film (A,B)2O3 with A3+ and B3+ only: exchange A3+ + BO1.5 = B3+ + AO1.5 fixes the ratio."""
    table = CompoundTable(
        [
            Compound.from_formula("Fe2O3", -740e3),
            Compound.from_formula("Cr2O3", -1050e3),
            Compound.from_formula("Fe3+", -10e3),
            Compound.from_formula("Cr3+", -215e3),
        ],
        water_gibbs_energy=-237.2e3,
    )
    conditions = Conditions(concentration=1e-2)
    diagram = alloy_diagram(
        {"Fe": 0.5, "Cr": 0.5}, table=table, conditions=conditions, ph=(1.0, 4.0), potential=(0.0, 1.0), points=(13, 3)
    )
    RT = conditions.thermal_energy
    shift = (-740e3 / 2 + 10e3) - (-1050e3 / 2 + 215e3)  # of Fe3+ + CrO1.5 = FeO1.5 + Cr3+
    x = diagram.fraction("oxide film", "Fe")
    here = np.isfinite(x)
    ratio = diagram.dissolved[..., 0] / diagram.dissolved[..., 1]
    assert here.any()
    assert diagram.dissolved_names == ("Fe3+", "Cr3+")
    assert (np.log(x / (1 - x)) - np.log(ratio))[here] == pytest.approx(-shift / RT, abs=1e-6)


def test_weak_interactions_approach_the_ideal_film_and_strong_ones_split_it():
    settings = {"composition": {"Fe": 0.5, "Cr": 0.5}, "points": (15, 15), "ph": (4, 12), "potential": (-0.4, 1.0)}

    def run(w):
        film = SolutionPhase("film", CORUNDUM, {CORUNDUM: w} if w else {})
        return alloy_diagram(films=[film], **settings)

    ideal, weak = run(0.0), run(1e-3)
    assert weak.phase_elements == pytest.approx(ideal.phase_elements, abs=1e-6)
    split = run(20000.0)
    assert np.abs(split.phase_elements.sum(axis=2) + split.dissolved @ split.dissolved_atoms - 0.5).max() < 1e-9
    # an unmixed film is less stable than an ideal one, so no more metal stays in the solids
    assert (split.retained() <= ideal.retained() + 1e-6).all()


def test_chromium_passivates_where_iron_alone_dissolves():
    steel = alloy_diagram({"Fe": 0.7, "Cr": 0.3}, ph=(5.0, 6.0), potential=(-0.3, -0.2), points=(2, 2))
    iron = alloy_diagram({"Fe": 1.0}, ph=(5.0, 6.0), potential=(-0.3, -0.2), points=(2, 2))
    assert iron.retained().max() < 1e-9
    assert steel.retained("Cr").min() > 0.9
    assert (steel.fraction("oxide film", "Cr") > 0.5).all()


def test_progress_and_speed():
    calls = []
    start = perf_counter()
    diagram = alloy_diagram(STEEL, points=(100, 100), progress=lambda done, total: calls.append((done, total)))
    assert perf_counter() - start < 15.0  # a quarter of the points, a quarter of the 60 s that 200 × 200 may take
    assert calls[-1] == (10000, 10000)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)
    assert diagram.winner.max() == len(diagram.names) - 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SolutionPhase("film", ("Fe2O3", "Fe2O3")), "members"),
        (lambda: SolutionPhase("film", CORUNDUM, {("Fe2O3", "NiO"): 1.0}), "no pair"),
        (lambda: alloy_diagram(STEEL, films=[SolutionPhase("film", ("Fe2O3", "NiO"))]), "no solid"),
        (
            lambda: alloy_diagram(STEEL, films=[SolutionPhase("a", CORUNDUM), SolutionPhase("b", CORUNDUM)]),
            "two phases",
        ),
        (lambda: alloy_diagram(STEEL, conditions=Conditions(concentration={"Fe": 1e-6})), "total concentration"),
        (lambda: alloy_diagram(STEEL, points=(3, 3)).amount("rust"), "no such phase"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(InputError, match=message):
        call()
