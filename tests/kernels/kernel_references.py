"""NumPy transcriptions of the kernels' equations; they take complex numbers: derivatives come by complex steps."""

from __future__ import annotations

import numpy as np


def bernoulli(x):
    """x/(exp(x) - 1) of real or complex x."""
    x = np.asarray(x)
    small = np.abs(x) < 1e-4
    safe = np.where(small, 1.0, x)
    return np.where(small, 1 - x / 2 + x * x / 12, safe / np.expm1(safe))


def edge_residual(u, *, n_nodes, edges, conductance, region, mobility, permittivity, charge, peclet=None, drift=None):
    """Residual of all edges: J = mobility g (B(v) w_K - B(-v) w_L), v = z (phi_L - phi_K) - drift/D."""
    ns = mobility.shape[1]
    u = u.reshape(n_nodes, ns + 1)
    residual = np.zeros_like(u)
    k, l = edges.T
    for i in range(ns):
        v = charge[i] * (u[l, ns] - u[k, ns])
        if drift is not None:
            v = v - drift * peclet[region, i]
        flux = mobility[region, i] * conductance * (bernoulli(v) * u[k, i] - bernoulli(-v) * u[l, i])
        np.add.at(residual[:, i], k, flux)
        np.add.at(residual[:, i], l, -flux)
    displacement = permittivity[region] * conductance * (u[k, ns] - u[l, ns])
    np.add.at(residual[:, ns], k, displacement)
    np.add.at(residual[:, ns], l, -displacement)
    return residual.ravel()


def cell_residual(u, *, capacity, fixed_charge, charge):
    n, ns = capacity.shape
    u = u.reshape(n, ns + 1)
    residual = np.zeros_like(u)
    residual[:, ns] = -((capacity * u[:, :ns]) @ charge + fixed_charge)
    return residual.ravel()


def reaction_residual(u, *, n_species, sites, reactions):
    """`sites`: (node, reaction, forward, backward); `reactions`: lists of (species, reactant order, product order)."""
    u = u.reshape(-1, n_species + 1)
    residual = np.zeros_like(u)
    for node, reaction, forward, backward in sites:
        rate_forward, rate_backward = forward, backward
        for species, reactant, product in reactions[reaction]:
            rate_forward = rate_forward * u[node, species] ** reactant
            rate_backward = rate_backward * u[node, species] ** product
        for species, reactant, product in reactions[reaction]:
            residual[node, species] -= (product - reactant) * (rate_forward - rate_backward)
    return residual.ravel()


def complex_step_jacobian(function, u):
    """Derivative of an analytic function of (n,) float64 to round-off: Im f(u + i h e_j)/h."""
    columns = []
    for j in range(u.size):
        shifted = u.astype(complex)
        shifted[j] += 1e-30j
        columns.append(function(shifted).imag / 1e-30)
    return np.array(columns).T


def dense_matrix(blocks, pointer, column):
    """Dense matrix of block compressed rows."""
    n, m = pointer.size - 1, blocks.shape[1]
    matrix = np.zeros((n * m, n * m))
    for row in range(n):
        for p in range(pointer[row], pointer[row + 1]):
            c = column[p]
            matrix[row * m : (row + 1) * m, c * m : (c + 1) * m] = blocks[p]
    return matrix
