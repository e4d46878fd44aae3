"""Numbers that a case asks for by kind and place."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from npsolver.discretisation import System
from npsolver.errors import InputError
from npsolver.model import STANDARD_CONCENTRATION
from npsolver.observables.fields import Frame, nodal
from npsolver.observables.terminals import TerminalValues
from npsolver.units import FARADAY, GAS_CONSTANT


class Probe(Protocol):
    """What is asked for: attributes of a request, None where it does not apply."""

    name: str
    kind: str
    species: str | None
    at: float | tuple[float, ...] | None
    region: str | None
    boundary: str | None
    to: str | None


def probe_unit(probe: Probe, measure: str) -> str:
    """SI unit of a probe's value in a domain with this measure (see `npsolver.mesh.domain.measure`)."""
    per = {"cartesian": "/m^2", "cylindrical": "/m", "spherical": "", "plane": "/m", "space": ""}[measure]
    if probe.kind in ("average", "minimum", "maximum"):
        return "mol/m^3" if probe.species else "V"
    if probe.kind not in _KINDS:
        from npsolver.observables.mixed_conduction import MIXED_UNITS

        return MIXED_UNITS[probe.kind]
    return {
        "concentration": "mol/m^3",
        "potential": "V",
        "field": "V/m",
        "flux": "mol/m^2/s",
        "current": "A" + per if measure in ("plane", "space") else "A/m^2",
        "flow": "mol/s" + per,
        "amount": "mol" + per,
        "charge": "C" + per,
        "surface_charge": "C/m^2",
        "conductance": "S" + per,
        "equilibrium_defect": "",
        "electrochemical_potential": "J/mol",
        "entropy_production": "W/K" + per,
    }[probe.kind]


def probe_value(
    probe: Probe, system: System, u: np.ndarray, frame: Frame, terminals: dict[str, TerminalValues]
) -> float:
    """Value of one probe in SI.

    Raises
    ------
    InputError
        If the probe lies outside the domain or names something that is not there.
    """
    if probe.kind not in _KINDS:
        from npsolver.observables.mixed_conduction import MIXED_KINDS, voltage

        if probe.kind == "voltage":
            return voltage(probe, system, u)
        cells, weights = _cells_at(probe, system)
        values = [MIXED_KINDS[probe.kind](probe, system, frame, int(cell)) for cell in cells]
        return float(weights @ values)
    return _KINDS[probe.kind](probe, system, u, frame, terminals)


def _position(probe: Probe, system: System) -> float:
    x = system.mesh.nodes[:, 0]
    if probe.boundary is not None:
        return float(x[0] if probe.boundary == "left" else x[-1])
    if probe.at is None:
        raise InputError("expected a position ('at') or a boundary", key=f"observable {probe.name!r}")
    if not x[0] <= probe.at <= x[-1]:
        raise InputError(
            f"at = {probe.at:.6g} m lies outside the domain from {x[0]:.6g} to {x[-1]:.6g} m",
            key=f"observable {probe.name!r}",
        )
    return float(probe.at)


def _cell(probe: Probe, system: System) -> int:
    """Cell of the node nearest to the probe (the mesh has a node there), on the side of its region."""
    mesh = system.mesh
    position = _position(probe, system)
    cells = np.arange(mesh.n_cells)
    if probe.region is not None:
        cells = np.flatnonzero(mesh.cell_region == mesh.region_names.index(probe.region))
    distance = np.abs(mesh.nodes[mesh.cell_node[cells], 0] - position)
    nearest = cells[distance <= distance.min() * (1 + 1e-12)]
    return int(nearest[-1] if probe.boundary == "right" else nearest[0])


def _species(probe: Probe, system: System) -> int:
    if probe.species is None:
        raise InputError("expected a species", key=f"observable {probe.name!r}")
    return system.model.species_index(probe.species)


def _cells_of(probe: Probe, system: System) -> np.ndarray:
    mesh = system.mesh
    if probe.region is None:
        return np.arange(mesh.n_cells)
    return np.flatnonzero(mesh.cell_region == mesh.region_names.index(probe.region))


def _cells_at(probe: Probe, system: System) -> tuple[np.ndarray, np.ndarray]:
    """Cells whose weighted values ((n,) int and float64) are that of a place: one in one dimension, else those of a surface
    by their areas, or those around a position."""
    mesh = system.mesh
    if mesh.dimension == 1:
        return np.array([_cell(probe, system)]), np.ones(1)
    region = None if probe.region is None else mesh.region_names.index(probe.region)
    if probe.boundary is not None:
        nodes, areas = mesh.boundaries[probe.boundary]
        weights = np.zeros(mesh.n_nodes)
        weights[mesh.inside_of(nodes)] = areas
        cells = np.flatnonzero((weights[mesh.cell_node] > 0.0) & ((region is None) | (mesh.cell_region == region)))
        if cells.size == 0:
            raise InputError(
                f"boundary {probe.boundary!r} does not touch region {probe.region!r}", key=f"observable {probe.name!r}"
            )
        share = weights[mesh.cell_node[cells]] * mesh.cell_volume[cells]
        total = np.bincount(mesh.cell_node[cells], weights=mesh.cell_volume[cells], minlength=mesh.n_nodes)
        share /= total[mesh.cell_node[cells]]
        return cells, share / share.sum()
    from npsolver.mesh.locate import element_weights

    nodes, weights, owner = element_weights(mesh, np.array([probe.at]), region)
    if owner[0] < 0:
        where = f" of region {probe.region!r}" if probe.region else ""
        raise InputError(f"at = {list(probe.at)} m lies outside the domain{where}", key=f"observable {probe.name!r}")
    used = nodes[0] >= 0
    cell = {}
    for c in np.flatnonzero(np.isin(mesh.cell_node, nodes[0][used]) & (mesh.cell_region == owner[0])):
        cell[int(mesh.cell_node[c])] = c
    return np.array([cell[int(n)] for n in nodes[0][used]]), weights[0][used]


def _at_place(probe: Probe, system: System, by_cell: np.ndarray) -> float:
    """Value of a field ((n_cells,)) in two or three dimensions: mean over a surface, or interpolated at a position."""
    cells, weights = _cells_at(probe, system)
    return float(weights @ by_cell[cells])


def _concentration(probe, system, u, frame, terminals):
    if system.mesh.dimension > 1:
        return _at_place(probe, system, frame.concentration[_species(probe, system)])
    return float(frame.concentration[_species(probe, system), _cell(probe, system)])


def _potential(probe, system, u, frame, terminals):
    if system.mesh.dimension > 1:
        return _at_place(probe, system, frame.potential[system.mesh.cell_node])
    return float(frame.potential[system.mesh.cell_node[_cell(probe, system)]])


def _edge_value(probe, system, values) -> float:
    """Linear interpolation between the midpoints of the edges next to the probe; surface edges have no length."""
    mesh = system.mesh
    real = np.flatnonzero(mesh.edge_region < len(mesh.region_names))
    if probe.region is not None:
        real = real[mesh.edge_region[real] == mesh.region_names.index(probe.region)]
    middle = mesh.nodes[mesh.edges[real], 0].mean(axis=1)
    order = np.argsort(middle)
    return float(np.interp(_position(probe, system), middle[order], values[real][order]))


def _field(probe, system, u, frame, terminals):
    mesh = system.mesh
    if system.mesh.dimension > 1:
        return _surface_field(probe, system, terminals)
    if probe.boundary is not None and not system.electroneutral:
        region = 0 if probe.boundary == "left" else len(system.model.regions) - 1
        c = system.coefficients
        field = terminals[probe.boundary].surface_charge / (c.permittivity[region] * c.scales.permittivity)
        return field if probe.boundary == "left" else -field
    drop = frame.potential[mesh.edges[:, 0]] - frame.potential[mesh.edges[:, 1]]
    return _edge_value(probe, system, drop / mesh.edge_length)


def _surface_field(probe, system, terminals):
    """Mean field out of a surface, from its charge and the permittivity beside it."""
    mesh, c = system.mesh, system.coefficients
    if probe.boundary is None:
        message = "in two and three dimensions the field is known at a boundary"
        raise InputError(message, key=f"observable {probe.name!r}")
    nodes, _ = mesh.boundaries[probe.boundary]
    regions = mesh.cell_region[np.isin(mesh.cell_node, mesh.inside_of(nodes))]
    region = int(np.bincount(regions).argmax())
    return terminals[probe.boundary].surface_charge / (c.permittivity[region] * c.scales.permittivity)


def _flow(probe, system, u, frame, terminals):
    return float(terminals[probe.boundary].flow[_species(probe, system)])


def _flux(probe, system, u, frame, terminals):
    i = _species(probe, system)
    if probe.boundary is not None:
        return float(terminals[probe.boundary].flux[i])
    return _edge_value(probe, system, frame.flux[i])


def _current(probe, system, u, frame, terminals):
    if probe.boundary is not None:
        return terminals[probe.boundary].current
    return _edge_value(probe, system, frame.current_density)


def _pore_volume(system, cells):
    porosity = np.array([region.porosity for region in system.model.regions])
    return system.mesh.cell_volume[cells] * porosity[system.mesh.cell_region[cells]]


def _amount(probe, system, u, frame, terminals):
    cells = _cells_of(probe, system)
    return float(frame.concentration[_species(probe, system), cells] @ _pore_volume(system, cells))


def _charge(probe, system, u, frame, terminals):
    cells = _cells_of(probe, system)
    mobile = (system.charge @ frame.concentration[:, cells]) @ _pore_volume(system, cells)
    fixed = np.array([region.fixed_charge for region in system.model.regions])
    immobile = fixed[system.mesh.cell_region[cells]] @ system.mesh.cell_volume[cells]
    return FARADAY * float(mobile + immobile)


def _values(probe, system, frame):
    cells = _cells_of(probe, system)
    if probe.species is None:
        return frame.potential[system.mesh.cell_node[cells]], system.mesh.cell_volume[cells]
    return frame.concentration[_species(probe, system), cells], _pore_volume(system, cells)


def _average(probe, system, u, frame, terminals):
    values, volume = _values(probe, system, frame)
    return float(values @ volume / volume.sum())


def _minimum(probe, system, u, frame, terminals):
    return float(_values(probe, system, frame)[0].min())


def _maximum(probe, system, u, frame, terminals):
    return float(_values(probe, system, frame)[0].max())


def _surface_charge(probe, system, u, frame, terminals):
    if probe.boundary is None:
        raise InputError("expected a boundary", key=f"observable {probe.name!r}")
    return terminals[probe.boundary].surface_charge


def _conductance(probe, system, u, frame, terminals):
    first, second = probe.boundary or "left", probe.to or "right"
    difference = terminals[first].potential - terminals[second].potential
    if difference == 0.0:
        raise InputError(
            "a conductance needs a potential difference between the two surfaces", key=f"observable {probe.name!r}"
        )
    return terminals[first].current / difference


def _equilibrium_defect(probe, system, u, frame, terminals):
    """Largest deviation of mu~/RT from its value at the boundary that holds the species, over species and nodes."""
    by_node, potentials = nodal(system, u), system.electrochemical_potential(u)
    wanted = range(system.n_species) if probe.species is None else [_species(probe, system)]
    cells = _cells_of(probe, system)
    worst = 0.0
    for i in wanted:
        present = system.coefficients.partition[system.mesh.cell_region[cells], i] > 0.0
        nodes = system.mesh.cell_node[cells[present]]
        nodes = nodes[by_node[nodes, i] > 0.0]
        mu = potentials[nodes, i]
        held = [t for t in system.terminals if t.held[i]]
        if held:
            reference = potentials[held[0].nodes[0], i]
        else:
            reference = mu.mean()
        worst = max(worst, float(np.abs(mu - reference).max(initial=0.0)))
    return worst


def _electrochemical_potential(probe, system, u, frame, terminals):
    """RT ln a + z F phi with the activity a in mol/L."""
    i, scales = _species(probe, system), system.coefficients.scales
    mu = system.electrochemical_potential(u)[:, i] + np.log(scales.concentration / STANDARD_CONCENTRATION)
    value = _at_place(probe, system, mu[system.mesh.cell_node]) if system.mesh.dimension > 1 else float(
        mu[system.mesh.cell_node[_cell(probe, system)]]
    )
    if not np.isfinite(value):
        raise InputError(f"there is no {probe.species} there", key=f"observable {probe.name!r}")
    return value * GAS_CONSTANT * scales.temperature


def _entropy_production(probe, system, u, frame, terminals):
    """Of everything, or of transport in one region."""
    if probe.region is None:
        return frame.entropy_production
    from npsolver.observables.entropy import entropy_by_edge

    edges = system.mesh.edge_region == system.mesh.region_names.index(probe.region)
    unit = GAS_CONSTANT * system.coefficients.scales.flux * system.coefficients.area_scale
    return float(entropy_by_edge(system, u)[edges].sum()) * unit


_KINDS = {
    "concentration": _concentration,
    "potential": _potential,
    "field": _field,
    "flux": _flux,
    "flow": _flow,
    "current": _current,
    "amount": _amount,
    "charge": _charge,
    "average": _average,
    "minimum": _minimum,
    "maximum": _maximum,
    "surface_charge": _surface_charge,
    "conductance": _conductance,
    "equilibrium_defect": _equilibrium_defect,
    "electrochemical_potential": _electrochemical_potential,
    "entropy_production": _entropy_production,
}
