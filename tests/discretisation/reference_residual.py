"""The discrete equations once more, in SI units and NumPy, from the model alone; takes complex numbers.

Unknowns by node: w_i = c_i exp(mu0_i/RT) in mol/m³ and phi in V. Balances: molar outflow minus production of every node
in mol/s, and outflow of electric displacement minus charge in C (per area of a plane or per length of a cylinder).
"""

from __future__ import annotations

import numpy as np

from npsolver.units import FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY


def bernoulli(x):
    small = np.abs(x) < 1e-4
    safe = np.where(small, 1.0, x)
    return np.where(small, 1 - x / 2 + x * x / 12, safe / np.expm1(safe))


def balances(model, mesh, u, voltages=None):
    """(n_nodes, n_species + 1) from the unknowns of the same shape; `voltages` (V) of floating terminals by name."""
    ns, n_regions = len(model.species), len(model.regions)
    result = np.zeros(u.shape, dtype=u.dtype)
    rt = GAS_CONSTANT * model.temperature
    charge = np.array([s.charge for s in model.species])

    def partition(r, i):
        if model.species[i].name in model.regions[r].excluded_species:
            return 0.0
        return np.exp(-model.regions[r].standard_potential.get(model.species[i].name, 0.0) / rt)

    def effective(r, i):
        region, species = model.regions[r], model.species[i]
        return region.diffusivity.get(species.name, species.diffusivity) * region.porosity / region.tortuosity

    for e, (a, b) in enumerate(mesh.edges):
        r, area, length = int(mesh.edge_region[e]), mesh.edge_area[e], mesh.edge_length[e]
        drop = u[b, ns] - u[a, ns]
        for i, species in enumerate(model.species):
            if r < n_regions:
                mobility, diffusivity = effective(r, i) * partition(r, i), effective(r, i)
                flow = model.velocity / area if mesh.coordinates != "cartesian" else model.velocity
            else:
                sides = mesh.interfaces[r - n_regions]
                inner = [effective(s, i) * partition(s, i) for s in sides if s >= 0]
                mobility, diffusivity, flow = min(inner), 1.0, 0.0
                if min(sides) < 0:
                    law = model.boundaries[list(mesh.boundaries)[-1 - min(sides)]]
                    mobility *= species.name in law.concentration
            v = charge[i] * FARADAY / rt * drop
            if flow and diffusivity:
                v = v - flow * length / diffusivity
            flux = mobility * area / length * (bernoulli(v) * u[a, i] - bernoulli(-v) * u[b, i])
            result[a, i] += flux
            result[b, i] -= flux
        if r < n_regions and model.physics != "electroneutral":
            eps = model.regions[r].relative_permittivity * VACUUM_PERMITTIVITY
            displacement = -eps * area / length * drop
            result[a, ns] += displacement
            result[b, ns] -= displacement

    for node, r, volume in zip(mesh.cell_node, mesh.cell_region, mesh.cell_volume):
        region = model.regions[r]
        k = np.array([partition(r, i) for i in range(ns)])
        c = u[node, :ns] * k
        result[node, ns] -= FARADAY * volume * (region.porosity * (charge @ c) + region.fixed_charge)
        for reaction in model.reactions:
            if reaction.regions is not None and region.name not in reaction.regions:
                continue
            forward, backward = reaction.forward_rate, reaction.backward_rate
            involved = [model.species_index(name) for name in {*reaction.reactants, *reaction.products}]
            if any(k[i] == 0.0 for i in involved):
                continue
            for name, order in reaction.reactants.items():
                forward = forward * c[model.species_index(name)] ** order
                backward = backward * k[model.species_index(name)] ** order  # at rest where mu~ balances
            for name, order in reaction.products.items():
                backward = backward * u[node, model.species_index(name)] ** order
            rate = volume * region.porosity * (forward - backward)
            for name, order in reaction.reactants.items():
                result[node, model.species_index(name)] += order * rate
            for name, order in reaction.products.items():
                result[node, model.species_index(name)] -= order * rate

    for name, law in model.boundaries.items():
        nodes, areas = mesh.boundaries[name]
        outside = {s: j for j, s in enumerate(mesh.interfaces) if min(s) < 0}
        for node, area in zip(nodes, areas):
            inner = node
            if any((sides[0] < 0) == (name == "left") for sides in outside):
                inner = node + (1 if name == "left" else -1)
            for i, species in enumerate(model.species):
                result[inner, i] -= law.flux.get(species.name, 0.0) * area
            if law.surface_charge is not None:
                result[node, ns] -= law.surface_charge * area
            elif law.stern_capacitance is not None:
                voltage = law.potential if law.current is None else voltages[name]
                result[node, ns] -= law.stern_capacitance * area * (voltage - u[node, ns])
    return result


def terminal_current(model, mesh, name, result):
    """Ionic current into the domain at boundary `name` in A (per area of a plane, per length of a cylinder)."""
    law, (nodes, areas) = model.boundaries[name], mesh.boundaries[name]
    current = 0.0
    for i, species in enumerate(model.species):
        molar = law.flux.get(species.name, 0.0) * areas.sum()
        if species.name in law.concentration:
            molar = molar + result[nodes, i].sum()
        current = current + species.charge * FARADAY * molar
    return current
