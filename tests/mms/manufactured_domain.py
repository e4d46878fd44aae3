"""Manufactured solutions in two and three dimensions and in r-z, on tensor meshes.

Fluxes through the faces and contents of every control volume are integrated by Gauss quadrature to round-off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from engine_problems import T, bath

from npsolver.discretisation import System, choose_scales, coefficients
from npsolver.mesh.rectilinear import Box, rectilinear_mesh
from npsolver.model import Flow, Model, Reaction, Region, Species
from npsolver.nonlinear import NewtonOptions, newton
from npsolver.units import FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY

GAUSS = np.polynomial.legendre.leggauss(5)
LENGTH = 1e-6


@dataclass(frozen=True)
class Wave:
    """offset + amplitude prod_d cos(number_d x_d + phase_d); positions (..., dim)."""

    offset: float
    amplitude: float
    numbers: tuple[float, ...]
    phases: tuple[float, ...]

    def value(self, x):
        return self.offset + self.amplitude * np.prod(np.cos(np.multiply(self.numbers, x) + self.phases), axis=-1)

    def slope(self, x, d):
        angle = np.multiply(self.numbers, x) + self.phases
        factors = np.cos(angle)
        factors[..., d] = -self.numbers[d] * np.sin(angle[..., d])
        return self.amplitude * np.prod(factors, axis=-1)


@dataclass(frozen=True)
class ManufacturedDomain:
    """Exact concentrations (partition 1) and potential in one region, all of its outside held."""

    dimension: int
    species: tuple[Species, ...]
    region: Region
    concentration: Mapping[str, Wave]
    potential: Wave
    coordinates: str = "cartesian"
    reactions: tuple[Reaction, ...] = ()
    production: Mapping[str, Callable] | None = None
    inner: float = 0.0
    flow: Flow | None = None
    velocity: tuple[Callable, ...] = ()

    def axes(self, n: int) -> list[np.ndarray]:
        """Smoothly graded axes of n edges."""
        s = np.linspace(0.0, 1.0, n + 1)
        graded = np.expm1(s) / np.expm1(1.0)
        result = [LENGTH * (graded if d % 2 == 0 else s) for d in range(self.dimension)]
        result[0] = result[0] + self.inner
        return result

    def errors(self, n: int) -> dict[str, float]:
        axes = self.axes(n)
        low, high = [a[0] for a in axes], [a[-1] for a in axes]
        mesh = rectilinear_mesh(axes, [Box("a", tuple(low), tuple(high))], coordinates=self.coordinates)
        laws = {name: bath(name, {s.name: 1.0 for s in self.species}, potential=0.0) for name in mesh.boundaries}
        model = Model(self.species, (self.region,), laws, T, reactions=self.reactions, flow=self.flow)
        largest = max(w.offset + abs(w.amplitude) for w in self.concentration.values())
        system = System(model, mesh, coefficients(model, mesh, choose_scales(model, LENGTH, largest)), linear="direct")
        scales, m = system.coefficients.scales, system.block_size
        exact = np.empty((mesh.n_nodes, m))
        for i, s in enumerate(self.species):
            exact[:, i] = self.concentration[s.name].value(mesh.nodes) / scales.concentration
        exact[:, -1] = self.potential.value(mesh.nodes) / scales.potential
        system.set_volume_source(self.sources(system, axes))
        # boundary values vary along the surface, which laws cannot say: hold what the exact solution has there
        system.rows.value[:] = exact.ravel()[system.fixed_rows]
        u = newton(system, exact.ravel().copy(), NewtonOptions(1e-10)).u.reshape(-1, m)
        found = {s.name: np.abs(u - exact)[:, i].max() / exact[:, i].max() for i, s in enumerate(self.species)}
        return {**found, "potential": np.abs(u - exact)[:, -1].max()}

    def sources(self, system: System, axes) -> np.ndarray:
        """Integrals over control volumes, dimensionless (n_nodes, n_species + 1)."""
        shape = tuple(a.size for a in axes)
        bounds = [np.concatenate([a[:1], 0.5 * (a[1:] + a[:-1]), a[-1:]]) for a in axes]
        scales, area_scale = system.coefficients.scales, system.coefficients.area_scale
        region, ns = self.region, len(self.species)
        total = np.zeros((*shape, ns + 1))
        factor = region.porosity / region.tortuosity
        for d in range(self.dimension):
            points, weights = self._quadrature(bounds, face=d)
            for i, s in enumerate(self.species):
                w = self.concentration[s.name]
                drift = s.charge * FARADAY / (GAS_CONSTANT * T) * self.potential.slope(points, d)
                flux = -s.diffusivity * factor * (w.slope(points, d) + drift * w.value(points))
                if self.velocity:
                    flux = flux + self.velocity[d](points) * w.value(points)
                total[..., i] += np.diff(_integrated(flux, weights), axis=d)
            eps = region.relative_permittivity * VACUUM_PERMITTIVITY
            total[..., ns] += np.diff(_integrated(-eps * self.potential.slope(points, d), weights), axis=d)
        points, weights = self._quadrature(bounds, face=None)
        values = {s.name: self.concentration[s.name].value(points) for s in self.species}
        density = region.fixed_charge + region.porosity * sum(s.charge * values[s.name] for s in self.species)
        total[..., ns] -= FARADAY * _integrated(density, weights)
        for i, s in enumerate(self.species):
            if self.production and s.name in self.production:
                total[..., i] -= _integrated(region.porosity * self.production[s.name](values), weights)
        total[..., :ns] /= scales.flux * area_scale
        total[..., ns] /= FARADAY * scales.concentration * scales.length * area_scale
        return total.reshape(-1, ns + 1)

    def _quadrature(self, bounds, face):
        """Points (..., q, dim) and weights (..., q) over control volumes, or over their faces normal to axis `face`."""
        per_axis = []
        for d, b in enumerate(bounds):
            if d == face:
                x, w = b[:, None], np.ones((b.size, 1))
            else:
                half = 0.5 * np.diff(b)[:, None]
                x, w = 0.5 * (b[1:] + b[:-1])[:, None] + half * GAUSS[0], half * GAUSS[1]
            if d == 0 and self.coordinates == "axisymmetric":
                w = w * 2 * np.pi * x
            per_axis.append((x, w))
        dim = len(bounds)
        counts = [x.shape[0] for x, _ in per_axis]
        points, weights = [], []
        for q in product(*(range(x.shape[1]) for x, _ in per_axis)):
            grid = np.meshgrid(*(x[:, q[d]] for d, (x, _) in enumerate(per_axis)), indexing="ij")
            points.append(np.stack(grid, axis=-1))
            weight = np.ones(counts)
            for d, (_, w) in enumerate(per_axis):
                along = [1] * dim
                along[d] = -1
                weight = weight * w[:, q[d]].reshape(along)
            weights.append(weight)
        return np.stack(points, axis=-2), np.stack(weights, axis=-1)


def _integrated(values, weights):
    return (values * weights).sum(axis=-1)


def domain_ladder(problem: ManufacturedDomain, edges):
    """Sizes and errors by unknown."""
    levels = [problem.errors(n) for n in edges]
    return [1.0 / n for n in edges], {name: [level[name] for level in levels] for name in levels[0]}
