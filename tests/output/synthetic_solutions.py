"""Solutions made of closed-form profiles: what the output layer sees, without the engine."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from npsolver.mesh import Geometry, interval_mesh
from npsolver.model import Boundary, Model, Reaction, Region, Species
from npsolver.stepping.solution import Observable, Series, Solution
from npsolver.units import FARADAY, thermal_voltage

STATS = {
    "newton_iterations": 7,
    "steps": 0,
    "rejected_steps": 0,
    "linear_solves": 7,
    "unknowns": 303,
    "time_assembly_s": 1e-3,
    "time_linear_s": 2e-3,
    "time_total_s": 5e-3,
    "peak_memory_bytes": 10**8,
    "continuation": [],
}


def stand_in_case(title="Synthetic case", *, sha256="ab" * 32, name="synthetic", **extra):
    """An object with what the output layer asks of a case."""
    effective = extra.pop("effective", {"case": {"title": title}, "model": {"temperature": 298.15}})
    path = f"cases/{name}.toml"
    return SimpleNamespace(title=title, name=name, path=path, sha256=sha256, effective=effective, **extra)


def _solution(model, mesh, kind, axis_name, axis_unit, axis, concentration, potential, flux=None, **extra):
    n_frames, n_species = len(axis), len(model.species)
    if flux is None:
        flux = np.zeros((n_frames, n_species, mesh.n_edges))
    charges = np.array([species.charge for species in model.species])
    return Solution(
        model=model,
        mesh=mesh,
        kind=kind,
        axis_name=axis_name,
        axis_unit=axis_unit,
        axis=np.asarray(axis, dtype=float),
        concentration=concentration,
        potential=potential,
        flux=flux,
        current_density=FARADAY * np.einsum("s,fse->fe", charges, flux),
        entropy_production=np.zeros(n_frames),
        conservation={"current": 3e-13},
        stats=dict(STATS),
        **extra,
    )


def charged_wall() -> Solution:
    """Gouy-Chapman layer of 10 mM KCl at 100 mV in 30 nm (Gouy 1910; Chapman 1913), steady."""
    model = Model(
        species=(Species("K+", 1, 1.96e-9), Species("Cl-", -1, 2.03e-9)),
        regions=(Region("solution"),),
        boundaries={"left": Boundary("left", "wall", potential=0.1), "right": Boundary("right", "bath", {"K+": 10.0})},
    )
    geometry = Geometry("cartesian", (("solution", 30e-9),))
    mesh = interval_mesh(geometry, 30e-9 * np.linspace(0, 1, 101) ** 2)
    x = mesh.nodes[:, 0]
    vt, debye = thermal_voltage(298.15), 3.04e-9
    psi = 4 * np.arctanh(np.tanh(0.1 / vt / 4) * np.exp(-x / debye))
    concentration = 10.0 * np.stack([np.exp(-psi), np.exp(psi)])[:, mesh.cell_node]
    flux = 1e-22 * np.sin(1e9 * np.arange(2 * mesh.n_edges).reshape(1, 2, -1))
    observables = {
        "potential[left]": Observable("potential[left]", 0.1, "V"),
        "surface_charge[left]": Observable("surface_charge[left]", 0.0364, "C/m^2", error_estimate=2e-7),
    }
    return _solution(
        model, mesh, "steady", "", "", [0.0], concentration[None], psi[None] * vt, flux, observables=observables
    )


def selective_membrane() -> Solution:
    """K+-selective membrane, 5 nm, between 140 and 5 mM KCl baths, steady; Cl- is excluded."""
    model = Model(
        species=(Species("K+", 1, 1.96e-9), Species("Cl-", -1, 2.03e-9)),
        regions=(
            Region("inside"),
            Region(
                "membrane", fixed_charge=-100.0, standard_potential={"K+": 1e3}, excluded_species=frozenset({"Cl-"})
            ),
            Region("outside"),
        ),
        boundaries={
            "left": Boundary("left", "bath", {"K+": 140.0, "Cl-": 140.0}, current=0.0),
            "right": Boundary("right", "bath", {"K+": 5.0, "Cl-": 5.0}, potential=0.0),
        },
        temperature=310.15,
        reactions=(Reaction("pairing", {"K+": 1, "Cl-": 1}, {}, 1.0, 2.0, regions=("inside",)),),
    )
    geometry = Geometry("cartesian", (("inside", 50e-9), ("membrane", 5e-9), ("outside", 50e-9)))
    mesh = interval_mesh(geometry, np.linspace(0, 105e-9, 211))
    x = mesh.nodes[:, 0]
    vt = thermal_voltage(310.15)
    potential = -vt * np.log(140 / 5) * 0.5 * (1 - np.tanh((x - 52.5e-9) / 2e-9))
    c = 72.5 - 67.5 * np.tanh((x - 52.5e-9) / 2e-9)
    cation = c[mesh.cell_node] + 60.0 * (mesh.cell_region == 1)
    anion = np.where(mesh.cell_region == 1, 0.0, c[mesh.cell_node])
    observables = {
        "membrane_potential": Observable("membrane_potential", -0.0890594, "V"),
        "current_density": Observable("current_density", 0.0, "A/m^2"),
        "flux[K+, left]": Observable("flux[K+, left]", 1e-20, "mol/m^2/s"),
    }
    return _solution(
        model, mesh, "steady", "", "", [0.0], np.stack([cation, anion])[None], potential[None], observables=observables
    )


def charging_cell() -> Solution:
    """Charging of a blocking cell with its RC time, transient."""
    model = Model(
        species=(Species("K+", 1, 1.96e-9), Species("Cl-", -1, 2.03e-9), Species("SO4^2-", -2, 1.07e-9)),
        regions=(Region("electrolyte"),),
        boundaries={"left": Boundary("left", potential=0.025), "right": Boundary("right", potential=-0.025)},
    )
    length, debye, vt = 1e-6, 3e-8, thermal_voltage(298.15)
    tau = length * debye / 2e-9 / 2
    mesh = interval_mesh(Geometry("cartesian", (("electrolyte", length),)), np.linspace(0, length, 401))
    x = mesh.nodes[:, 0] - length / 2
    times = np.array([0.0, 0.1, 0.3, 1.0, 2.0, 4.0, 8.0, 16.0]) * tau
    layer = np.sinh(x / debye) / np.sinh(length / 2 / debye)
    amount = 1 - np.exp(-times / tau)
    psi = -0.025 * (amount[:, None] * layer + (1 - amount[:, None]) * 2 * x / length)
    ion = np.exp(0.025 / vt * amount[:, None] * layer)
    concentration = np.stack([10 * ion, 8 / ion, 1 / ion**2], axis=1)[:, :, mesh.cell_node]
    middle = x[mesh.edges].mean(axis=1)
    j = 1e-4 * np.exp(-times / tau)[:, None] * (1 - (2 * middle / length) ** 8)
    flux = np.stack([j, -0.8 * j, -0.1 * j], axis=1)
    steps = np.concatenate([[0.0], np.geomspace(1e-4, 16, 60)]) * tau
    series = {
        "time": Series(steps, "s"),
        "current[left]": Series(34.0 * np.exp(-steps / tau), "A/m^2"),
        "current[right]": Series(-34.0 * np.exp(-steps / tau), "A/m^2"),
        "potential[left]": Series(np.where(steps > 0, 0.025, 0.025), "V"),
        "potential[right]": Series(np.where(steps > 0, -0.025, -0.025), "V"),
    }
    observables = {"surface_charge": Observable("surface_charge", 5e-3 * amount, "C/m^2", label="surface charge")}
    return _solution(
        model,
        mesh,
        "transient",
        "time",
        "s",
        times,
        concentration,
        psi,
        flux,
        series=series,
        observables=observables,
    )


def limiting_current(n_frames: int = 16) -> Solution:
    """Current against voltage of a cation-selective contact, electroneutral: I = I_lim (1 - exp(-V F/2RT)), sweep."""
    model = Model(
        species=(Species("Na+", 1, 1.33e-9), Species("Cl-", -1, 2.03e-9)),
        regions=(Region("film"), Region("support")),
        boundaries={
            "left": Boundary("left", "bath", {"Na+": 10.0, "Cl-": 10.0}, potential=0.0),
            "right": Boundary("right", "wall", {"Na+": 10.0}, potential=0.0),
        },
    )
    length, vt = 100e-6, thermal_voltage(298.15)
    mesh = interval_mesh(
        Geometry("cartesian", (("film", 0.8 * length), ("support", 0.2 * length))), np.linspace(0, length, 201)
    )
    x = mesh.nodes[:, 0] / length
    voltage = np.linspace(0, 0.4, n_frames)
    fraction = 1 - np.exp(-voltage / vt / 2)
    c = np.maximum(10.0 * (1 - fraction[:, None] * x), 1e-30)
    concentration = np.stack([c, c], axis=1)[:, :, mesh.cell_node]
    limit = 2 * FARADAY * 1.33e-9 * 10.0 / length
    flux = np.zeros((n_frames, 2, mesh.n_edges))
    flux[:, 0] = (limit * fraction / FARADAY)[:, None]
    observables = {
        "current_density": Observable("current_density", limit * fraction, "A/m^2"),
        "membrane_potential": Observable("membrane_potential", voltage, "V"),
    }
    key = "boundary.left.potential"
    return _solution(
        model, mesh, "sweep", key, "V", voltage, concentration, vt * np.log(c / 10), flux, observables=observables
    )


SOLUTIONS = {
    "charged_wall": charged_wall,
    "selective_membrane": selective_membrane,
    "charging_cell": charging_cell,
    "limiting_current": limiting_current,
}
