"""Manufactured solutions: given fields, the sources that make them exact, and the errors of what is found.

Sources are integrated over every control volume without error: divergences as differences of the exact fluxes at its
faces, also where an interface lies inside, reactions and charges by Gauss quadrature. Functions are in SI units.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from engine_problems import T, bath, mesh_at

from npsolver.discretisation import System, choose_scales, coefficients
from npsolver.mesh import Geometry
from npsolver.model import Model, Reaction, Region, Species
from npsolver.nonlinear import NewtonOptions, newton
from npsolver.units import FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY

Function = Callable[[np.ndarray], np.ndarray]
GAUSS = np.polynomial.legendre.leggauss(8)


@dataclass(frozen=True)
class Field:
    """A function of position and its derivative."""

    value: Function
    slope: Function


@dataclass(frozen=True)
class Manufactured:
    """Exact w of every species and exact potential on a geometry.

    Attributes
    ----------
    concentration : mapping of species name to Field
        w in mol/m³ (equal to c where the partition coefficient is 1).
    potential : Field
        V.
    production : mapping of species name to callable (x, concentrations by name), optional
        Molar production by the model's reactions, mol/(m³ s), to be balanced by the source.
    """

    geometry: Geometry
    species: tuple[Species, ...]
    regions: tuple[Region, ...]
    concentration: Mapping[str, Field]
    potential: Field
    reactions: tuple[Reaction, ...] = ()
    velocity: float = 0.0
    production: Mapping[str, Callable] | None = None

    def model(self) -> Model:
        x = np.array([self.geometry.interfaces[0], self.geometry.interfaces[-1]])
        laws = {}
        for name, j in (("left", 0), ("right", 1)):
            if name in self.geometry.boundary_names:
                held = {s.name: float(self.concentration[s.name].value(x)[j]) for s in self.species}
                laws[name] = bath(name, held, potential=float(self.potential.value(x)[j]))
        return Model(self.species, self.regions, laws, T, reactions=self.reactions, velocity=self.velocity)

    def area(self, x):
        return {
            "cartesian": lambda r: np.ones_like(r),
            "cylindrical": lambda r: 2 * np.pi * r,
            "spherical": lambda r: 4 * np.pi * r**2,
        }[self.geometry.coordinates](x)

    def flow(self, species: Species, region: Region, x):
        """Molar flow through the surface at x, mol/s."""
        w = self.concentration[species.name]
        diffusivity = region.diffusivity.get(species.name, species.diffusivity) * region.porosity / region.tortuosity
        partition = np.exp(-region.standard_potential.get(species.name, 0.0) / (GAS_CONSTANT * T))
        drift = species.charge * FARADAY / (GAS_CONSTANT * T) * self.potential.slope(x)
        area = self.area(x)
        convected = self.velocity * partition * w.value(x) * (area if self.geometry.coordinates == "cartesian" else 1.0)
        return -diffusivity * partition * area * (w.slope(x) + drift * w.value(x)) + convected

    def displacement(self, region: Region, x):
        eps = region.relative_permittivity * VACUUM_PERMITTIVITY
        return -eps * self.area(x) * self.potential.slope(x)

    def sources(self, system: System) -> np.ndarray:
        """(n_nodes, n_species + 1), dimensionless."""
        mesh, scales, area_scale = system.mesh, system.coefficients.scales, system.coefficients.area_scale
        x = mesh.nodes[:, 0]
        middle = 0.5 * (x[1:] + x[:-1])
        source = np.zeros((mesh.n_nodes, len(self.species) + 1))
        for node in range(mesh.n_nodes):
            for edge in (node - 1, node):  # the two halves of the control volume
                if not 0 <= edge < mesh.n_edges:
                    continue
                low, high = sorted((x[node], middle[edge]))
                region = self.regions[int(mesh.edge_region[edge])]
                points = 0.5 * (low + high) + 0.5 * (high - low) * GAUSS[0]
                weights = 0.5 * (high - low) * GAUSS[1] * self.area(points)
                w = {s.name: self.concentration[s.name].value(points) for s in self.species}
                outwards, face = (-1.0 if edge < node else 1.0), middle[edge]
                density = np.full(points.shape, region.fixed_charge)
                for i, s in enumerate(self.species):
                    source[node, i] += outwards * self.flow(s, region, face)
                    k = np.exp(-region.standard_potential.get(s.name, 0.0) / (GAS_CONSTANT * T))
                    density = density + region.porosity * s.charge * k * w[s.name]
                    if self.production and s.name in self.production:
                        source[node, i] -= weights @ self.production[s.name](points, w)
                source[node, -1] += outwards * self.displacement(region, face) - FARADAY * (weights @ density)
        source[:, :-1] /= scales.flux * area_scale
        source[:, -1] /= FARADAY * scales.concentration * scales.length * area_scale
        return source

    def errors(self, positions: Sequence[float]) -> dict[str, float]:
        """Largest error of every unknown, relative to its largest value (potential: to RT/F)."""
        model = self.model()
        mesh = mesh_at(model, self.geometry, positions)
        largest = max(float(np.max(f.value(mesh.nodes[:, 0]))) for f in self.concentration.values())
        system = System(model, mesh, coefficients(model, mesh, choose_scales(model, self.geometry.length, largest)))
        system.set_volume_source(self.sources(system))
        x, scales, m = mesh.nodes[:, 0], system.coefficients.scales, system.block_size
        exact = np.empty((mesh.n_nodes, m))
        for i, s in enumerate(self.species):
            exact[:, i] = self.concentration[s.name].value(x) / scales.concentration
        exact[:, -1] = self.potential.value(x) / scales.potential
        start = system.with_held_values(exact.ravel())
        u = newton(system, start, NewtonOptions(1e-10)).u.reshape(-1, m)
        result = {s.name: np.abs(u - exact)[:, i].max() / exact[:, i].max() for i, s in enumerate(self.species)}
        result["potential"] = np.abs(u - exact)[:, -1].max()
        return result


def ladder(problem: Manufactured, edges: Sequence[int], positions: Callable[[int], np.ndarray]):
    """Sizes and errors by unknown for numbers of edges that double."""
    levels = [problem.errors(positions(n)) for n in edges]
    return [1.0 / n for n in edges], {name: [level[name] for level in levels] for name in levels[0]}


def even(geometry: Geometry) -> Callable[[int], np.ndarray]:
    """Evenly spaced nodes; every region gets n edges."""

    def positions(n):
        parts = [
            np.linspace(a, b, n + 1)[:-1] for a, b in zip(geometry.interfaces[:-1], geometry.interfaces[1:])
        ]
        return np.concatenate([*parts, [geometry.interfaces[-1]]])

    return positions


def stretched(geometry: Geometry, strength: float = 2.0) -> Callable[[int], np.ndarray]:
    """Smoothly graded nodes in every region: exp(strength) times larger edges on the right."""

    def positions(n):
        s = np.expm1(strength * np.linspace(0.0, 1.0, n + 1)) / np.expm1(strength)
        parts = [a + (b - a) * s[:-1] for a, b in zip(geometry.interfaces[:-1], geometry.interfaces[1:])]
        return np.concatenate([*parts, [geometry.interfaces[-1]]])

    return positions


def wave(offset: float, amplitude: float, number: float, phase: float = 0.0) -> Field:
    """offset + amplitude cos(number x + phase)."""
    return Field(
        lambda x: offset + amplitude * np.cos(number * x + phase),
        lambda x: -amplitude * number * np.sin(number * x + phase),
    )


def straight(left: float, slope: float) -> Field:
    return Field(lambda x: left + slope * x, lambda x: np.full(np.shape(x), slope))
