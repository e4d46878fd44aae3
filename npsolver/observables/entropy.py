"""Entropy production of transport and reactions, in forms that cannot become negative by round-off."""

from __future__ import annotations

import numpy as np

from npsolver.discretisation import System


def entropy_by_edge(system: System, u: np.ndarray) -> np.ndarray:
    """sum_ij Lambda_ij sqrt(c_i c_j) m_i m_j on every edge (dimensionless, (n_edges,), >= 0), m = dmu~/RT.

    c_i is the mean of the Scharfetter-Gummel flux, so that this is the sum of flows times forces (S. R. de Groot and P.
    Mazur, Non-Equilibrium Thermodynamics, 1962, ch. IV), written as squares: sum_i D_i c_i m_i², or with Onsager coupling
    ``|R y|²`` with y_i = sqrt(c_i) m_i and Lambda = RᵀR. With an imposed flow the motion relative to the fluid counts.
    """
    coefficients, mesh, coupling = system.coefficients, system.mesh, system.model.cross_coupling
    means, forces = _means(system, u)
    mobility = coefficients.mobility[mesh.edge_region]
    production = coefficients.conductance * np.einsum("ei,ei->e", mobility * means, forces**2)
    if coupling is None:
        return production
    scales = coefficients.scales
    nodal = u[: mesh.n_nodes * system.block_size].reshape(mesh.n_nodes, -1)[:, : system.n_species]
    for number, region in enumerate(system.model.regions):  # surface edges are ideal
        edges = np.flatnonzero(mesh.edge_region == number)
        there = mobility[edges] > 0.0
        y = np.where(there, np.sqrt(means[edges]) * forces[edges], 0.0)
        own, c = coupling.within(region.name), np.where(there, means[edges], 0.0) * scales.concentration
        if own.law is not None:  # of the composition in the middle of the edge
            c = 0.5 * nodal[mesh.edges[edges]].sum(axis=1) * scales.concentration
        squares = own.squares(c, y) / scales.diffusivity
        production[edges] = coefficients.conductance[edges] * (region.porosity / region.tortuosity) * squares
    return production


def entropy_of_reactions(system: System, u: np.ndarray) -> float:
    """Sum over all nodes and homogeneous reactions of rate times affinity over RT (dimensionless, >= 0).

    (r+ - r-) ln(r+/r-) with the rates of both ways (I. Prigogine and R. Defay, Chemical Thermodynamics, 1954, ch. III); NaN
    where only one way is open.
    """
    if not system.model.reactions:
        return 0.0
    from npsolver.discretisation.reactions import reaction_sites

    mesh, ns = system.mesh, system.n_species
    activity = u[: mesh.n_nodes * system.block_size].reshape(mesh.n_nodes, system.block_size)[:, :ns]
    excess, total = system.excess(u), 0.0
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if excess is not None:
            activity = activity * np.exp(excess)
        for site in reaction_sites(system.model, mesh, system.coefficients):
            there = activity[site.nodes]
            forward = site.forward * np.prod(there**site.reactants, axis=1)
            backward = site.backward * np.prod(there**site.products, axis=1)
            moving = forward != backward
            affinity = np.log(forward[moving]) - np.log(backward[moving])
            total += float((forward - backward)[moving] @ affinity)
    return total if np.isfinite(total) else float("nan")


def _means(system: System, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean concentrations and differences of mu~/RT from K to L of every edge, (n_edges, n_species); 0 where one is absent.

    With v = z (phi_L - phi_K) + mu_ex,L - mu_ex,K and m = ln(w_L/w_K) + v the mean is w B(v) (1 - exp(-|m|))/|m| from the
    end of higher mu~.
    """
    mesh, ns = system.mesh, system.n_species
    by_node = u[: mesh.n_nodes * system.block_size].reshape(mesh.n_nodes, system.block_size)
    k, l = mesh.edges.T
    w, excess = by_node[:, :ns], system.excess(u)
    drift = (by_node[l, -1] - by_node[k, -1])[:, None] * system.charge
    if excess is not None:
        drift = drift + (excess[l] - excess[k])
    present = (w[k] > 0.0) & (w[l] > 0.0)
    force = np.log(np.divide(w[l], w[k], out=np.ones_like(drift), where=present)) + drift
    down = force <= 0.0
    source = _bernoulli(np.where(down, drift, -drift)) * np.where(down, w[k], w[l])
    size = np.abs(force)
    mean = np.divide(-np.expm1(-size), size, out=np.ones_like(size), where=size > 0.0) * source
    return np.where(present, mean, 0.0), np.where(present, force, 0.0)


def _bernoulli(v: np.ndarray) -> np.ndarray:
    """v/(exp(v) - 1)."""
    small = np.abs(v) < 1e-8
    size = np.where(small, 1.0, np.abs(v))
    with np.errstate(over="ignore"):
        value = size / np.expm1(size)
    return np.where(small, 1.0 - 0.5 * v, np.where(v > 0.0, value, value + size))
