"""The full coupling on triangles, in r-z and on tetrahedra; all sources and charges are taken at the nodes.

Fields are uniform on the side where they are held and have no normal derivative on the others, so that these are
blocking and uncharged. Errors are root mean squares over the volume.
"""

from __future__ import annotations

import numpy as np
from convergence import assert_order
from engine_problems import VT, T, bath, by_node
from simplex_meshes import body_centred, cut_grid, facets_at

from npsolver.discretisation import System, choose_scales, coefficients
from npsolver.mesh import made_delaunay, simplex_mesh, triangulate
from npsolver.mesh.refine import refined
from npsolver.model import Model, Region, Species
from npsolver.nonlinear import NewtonOptions, newton
from npsolver.units import FARADAY, VACUUM_PERMITTIVITY

L = 100e-9
EPS = 78.5 * VACUUM_PERMITTIVITY
SPECIES = (Species("A", 1.0, 1e-9), Species("B", -1.0, 2e-9), Species("C", 2.0, 0.7e-9))
SQUARE = np.array([[0, 0], [L, 0], [L, L], [0, L]])


class Waves:
    """offset + amplitude * product of cosines; gradient and divergence of the gradient."""

    def __init__(self, offset, amplitude, numbers, phases, radial=False):
        self.offset, self.amplitude, self.radial = offset, amplitude, radial
        self.numbers, self.phases = np.array(numbers) * np.pi / L, np.array(phases)

    def __call__(self, x):
        return self.offset + self.amplitude * np.cos(x * self.numbers + self.phases).prod(axis=1)

    def gradient(self, x):
        cosine, sine = np.cos(x * self.numbers + self.phases), np.sin(x * self.numbers + self.phases)
        parts = []
        for d in range(x.shape[1]):
            others = np.delete(cosine, d, axis=1).prod(axis=1)
            parts.append(-self.amplitude * self.numbers[d] * sine[:, d] * others)
        return np.column_stack(parts)

    def laplacian(self, x):
        result = -(self.numbers**2).sum() * (self(x) - self.offset)
        if self.radial:  # f'/r, at the axis its limit f''
            axis = x[:, 0] < 1e-6 * L
            r = np.where(axis, 1.0, x[:, 0])
            limit = -self.numbers[0] ** 2 * (self(x) - self.offset)
            result = result + np.where(axis, limit, self.gradient(x)[:, 0] / r)
        return result


def fields(held_axis, dim, radial=False):
    """Concentrations and potential that vary along all axes, uniform where the coordinate `held_axis` is zero."""

    def waves(offset, amplitude, along, across):
        numbers = np.full(dim, float(across))
        phases = np.zeros(dim)
        numbers[held_axis], phases[held_axis] = along + 0.5, -np.pi / 2
        return Waves(offset, amplitude, numbers, phases, radial)

    concentrations = [waves(1.0, 0.4, 0, 1), waves(1.5, -0.5, 0, 1), waves(0.3, 0.1, 1, 1)]
    # on coarse tetrahedra a stronger field hides the order
    return concentrations, waves(0.3 * VT, (1.2 if dim == 2 else 0.3) * VT, 0, 1)


def errors(mesh, held_axis, radial=False):
    concentrations, potential = fields(held_axis, mesh.dimension, radial)
    origin = np.zeros((1, mesh.dimension))
    held = {s.name: float(c(origin)[0]) for s, c in zip(SPECIES, concentrations)}
    region = Region("a", fixed_charge=-0.5)
    model = Model(SPECIES, (region,), {"held": bath("held", held, potential=float(potential(origin)[0]))}, T)
    system = System(model, mesh, coefficients(model, mesh, choose_scales(model, L)))
    scales, area_scale = system.coefficients.scales, system.coefficients.area_scale
    x, volume = mesh.nodes, mesh.node_volume
    source = np.zeros((mesh.n_nodes, 4))
    charge = np.full(mesh.n_nodes, region.fixed_charge)
    slope, bend = potential.gradient(x) / VT, potential.laplacian(x) / VT
    for i, (s, c) in enumerate(zip(SPECIES, concentrations)):
        divergence = c.laplacian(x) + s.charge * ((c.gradient(x) * slope).sum(axis=1) + c(x) * bend)
        source[:, i] = -s.diffusivity * divergence * volume / (scales.flux * area_scale)
        charge += s.charge * c(x)
    total = -EPS * potential.laplacian(x) - FARADAY * charge
    source[:, 3] = total * volume / (FARADAY * scales.concentration * scales.length * area_scale)
    system.set_volume_source(source)
    exact = np.column_stack([*(c(x) / scales.concentration for c in concentrations), potential(x) / VT])
    u = newton(system, system.with_held_values(exact.ravel()), NewtonOptions(1e-9)).u
    defect = by_node(system, u) - exact
    names = [*(s.name for s in SPECIES), "potential"]
    return {name: float(np.sqrt(volume @ defect[:, i] ** 2 / volume.sum())) for i, name in enumerate(names)}


def ladder(meshes, held_axis, radial=False):
    meshes = list(meshes)
    levels = [errors(mesh, held_axis, radial) for mesh in meshes]
    sizes = [0.5**level for level in range(len(meshes))]
    return sizes, {name: [level[name] for level in levels] for name in levels[0]}


def size(h):
    """Finer towards one corner."""
    return lambda x: h * (0.4 + 0.6 * np.hypot(*(x / L).T))


def test_triangles():
    meshes = (triangulate({"a": SQUARE}, size(h * L), {"held": SQUARE[[3, 0]]}) for h in (0.1, 0.05, 0.025))
    assert_order(*ladder(meshes, 0), within=0.2, cap=5e-4)


def test_triangles_in_rz():
    meshes = (
        triangulate({"a": SQUARE}, size(h * L), {"held": SQUARE[[0, 1]]}, coordinates="axisymmetric")
        for h in (0.1, 0.05, 0.025)
    )
    assert_order(*ladder(meshes, 1, True), within=0.2, cap=5e-4)


def test_tetrahedra():
    def meshes():
        for n in (5, 10, 20):
            points, elements = body_centred(n, 0.1)
            held = {"held": facets_at(points, elements, 0, 0.0)}
            yield simplex_mesh(points * L, elements, np.zeros(len(elements), int), ("a",), held)

    assert_order(*ladder(meshes(), 0), within=0.2, cap=1e-3)


def test_repaired_and_refined_tetrahedra():
    points, elements = cut_grid([np.linspace(0.0, 1.0, 5)] * 3)
    inner = ((points > 1e-9) & (points < 1 - 1e-9)).all(axis=1)
    points[inner] += 0.03 * np.random.default_rng(2).uniform(-1, 1, (int(inner.sum()), 3))
    held = {"held": facets_at(points, elements, 0, 0.0)}
    meshes = [made_delaunay(points * L, elements, np.zeros(len(elements), int), ("a",), held)]
    for _ in range(2):
        meshes.append(refined(meshes[-1]))
    assert_order(*ladder(meshes, 0), within=0.2, cap=1e-3)
