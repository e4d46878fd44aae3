"""How much the carriers of a solid change from node to node, and the edge lengths at which they would change less."""

from __future__ import annotations

import numpy as np

from npsolver.discretisation import System
from npsolver.discretisation.coefficients import partition_coefficients
from npsolver.mesh import Mesh, SizeSource
from npsolver.mesh.nesting import SplitNesting, TensorNesting
from npsolver.mesh.wanted_sizes import SizeField, WantedSizes, essential

# Changes of ln c towards a dilute surface beyond which concentrations count as linear there, and those that a mesh
# takes in at once, by dimension: in space very short edges at surfaces would cost GMRES many iterations.
LINEAR, AT_ONCE = 1.0, {1: 6.0, 2: 6.0, 3: 1.0}
# Least part of the conductivity, and of the rest, that counts.
SHARE = 1e-4
# Edges of triangles, as long as wide, over those of a grid: each change along them takes nodes in both directions. Where
# there is less change than wanted, they may become longer by this.
TRIANGLES, LONGER = 1.6, 3.0


class CarrierChanges:
    """Largest change of ln c, over all states seen and all species, along every edge that has a length.

    Along a coarse edge ln c counts as linear. Where a carrier falls towards a surface c does: there the edge hides a layer
    that is thinner by exp of the change.

    States of several meshes may be seen one after the other.

    Parameters
    ----------
    wanted : float
        Change along an edge that the sizes aim at.
    growth : float
        Increase of edge length per distance from places where the carriers ask for short edges.
    refine : float
        How many times as many edges the meshes have as those of their family that the sizes are for: changes and
        lengths are those of the latter.
    emphasis : float
        How many times a change counts along edges where the carrier shares in the conductivity.
    """

    def __init__(self, wanted: float, growth: float, refine: float = 1.0, emphasis: float = 1.0):
        self._wanted, self._growth, self._refine, self._emphasis = wanted, growth, refine, emphasis
        self._mesh: Mesh | None = None
        self._edges = self._ends = self._allowed = np.empty(0)
        self._change = self._falling = np.empty(0)
        self._before, self._largest_before = WantedSizes(), 0.0

    @property
    def largest(self) -> float:
        """Largest change on any mesh seen, if it had the edges of the family."""
        return self._refine * max(self._largest_before, float(self._change.max(initial=0.0)))

    def see(self, system: System, u: np.ndarray) -> None:
        """Take in a state."""
        if self._mesh is not system.mesh:
            self._start(system)
        n, m = system.mesh.n_nodes, system.block_size
        w = u[: n * m].reshape(n, m)[:, :-1]
        present = w > 0.0
        logarithm = np.log(np.where(present, w, 1.0))
        first, second = self._ends
        rise = logarithm[second] - logarithm[first]
        rise[~(present[first] & present[second] & self._allowed)] = 0.0
        change = np.abs(rise)
        if self._emphasis != 1.0:
            change[self._shared(system, w)] *= self._emphasis
        np.maximum(self._change, change.max(axis=1, initial=0.0), out=self._change)
        np.maximum(self._falling, (self._from_surface[:, None] * rise).max(axis=1, initial=0.0), out=self._falling)

    def _shared(self, system: System, w: np.ndarray) -> np.ndarray:
        """Edges and species whose share in the conductivity is neither nothing nor all: voltages depend on it."""
        mobility = system.coefficients.mobility[system.mesh.edge_region[self._edges]] * system.charge**2
        shares = []
        for nodes in self._ends:
            conductivity = mobility * w[nodes]
            total = conductivity.sum(axis=1, keepdims=True)
            shares.append(np.divide(conductivity, total, out=np.zeros_like(conductivity), where=total > 0.0))
        return (np.maximum(*shares) > SHARE) & (np.minimum(*shares) < 1.0 - SHARE)

    def _start(self, system: System) -> None:
        if self._mesh is not None:
            self._before = self._before + self._on_this_mesh()
            self._largest_before = max(self._largest_before, float(self._change.max(initial=0.0)))
        self._mesh = mesh = system.mesh
        self._edges = np.flatnonzero((mesh.edge_region < len(mesh.region_names)) & (mesh.edge_length > 0.0))
        self._ends = mesh.edges[self._edges].T
        self._allowed = partition_coefficients(system.model)[mesh.edge_region[self._edges]] > 0.0
        self._change, self._falling = np.zeros(self._edges.size), np.zeros(self._edges.size)
        at_surface = np.zeros(mesh.n_nodes, dtype=bool)
        for nodes, _ in mesh.boundaries.values():
            at_surface[mesh.inside_of(nodes)] = True
        first, second = at_surface[self._ends]
        self._from_surface = np.where(first & ~second, 1.0, np.where(second & ~first, -1.0, 0.0))

    def sizes(self) -> WantedSizes:
        """Edge lengths wanted where a carrier changes by more than wanted, on all meshes seen."""
        return self._before if self._mesh is None else self._before + self._on_this_mesh()

    def _on_this_mesh(self) -> WantedSizes:
        mesh = self._mesh
        change = self._refine * self._change
        size = np.full(change.size, np.inf)
        coarse = change > self._wanted
        size[coarse] = mesh.edge_length[self._edges][coarse] * self._refine * self._wanted / change[coarse]
        if not coarse.any():
            return WantedSizes()
        any_size = self._lengths() * self._wanted / np.maximum(change, self._wanted / LONGER)
        # in front of dilute surfaces
        thin = np.flatnonzero(self._falling > LINEAR)
        node = np.where(self._from_surface[thin] > 0.0, *self._ends[:, thin])
        layer = self._lengths()[thin] / self._refine * self._wanted / np.expm1(
            np.minimum(self._falling[thin], AT_ONCE[mesh.dimension])
        )
        if mesh.dimension == 1:
            places = np.append(mesh.nodes[self._ends, 0].mean(axis=0), mesh.nodes[node, 0])
            return WantedSizes((self._along(places, np.append(size, layer)),))
        nesting = mesh.nesting.base if isinstance(mesh.nesting, SplitNesting) else mesh.nesting
        if isinstance(nesting, TensorNesting):
            return self._on_grid(nesting.axes, size, thin, node, layer)
        any_size[thin] = np.minimum(any_size[thin], layer)
        if mesh.dimension == 2:
            return WantedSizes((), self._in_plane(mesh.nodes, self._ends.T, any_size))
        return self._in_prisms(nesting, size, any_size, thin, node, layer)

    def _lengths(self) -> np.ndarray:
        """Of the edges, in the family ((n_edges,) float64, m)."""
        return self._refine * np.linalg.norm(np.subtract(*self._mesh.nodes[self._ends]), axis=1)

    def _on_grid(self, axes, size, thin, node, layer) -> WantedSizes:
        """The shortest that any edge between two grid lines, or at a surface on one, wants, along every axis."""
        nodes = self._mesh.nodes
        ends = nodes[self._ends]
        direction = np.abs(ends[0] - ends[1]).argmax(axis=1)
        found = []
        for d, lines in enumerate(axes):
            own, across = direction == d, direction[thin] == d
            found.append(self._intervals(lines, ends[:, own, d].mean(axis=0), size[own], nodes[node[across], d], layer[across]))
        return WantedSizes(tuple(found))

    def _intervals(self, lines, middle, size, surface, layer) -> tuple[SizeSource, ...]:
        lines = np.asarray(lines)
        shortest, at_lines = np.full(lines.size - 1, np.inf), np.full(lines.size, np.inf)
        np.minimum.at(shortest, np.clip(np.searchsorted(lines, middle) - 1, 0, lines.size - 2), size)
        centres = 0.5 * (lines[1:] + lines[:-1])
        np.minimum.at(at_lines, np.searchsorted(centres, surface), layer)
        return self._along(np.append(centres, lines), np.append(shortest, at_lines))

    def _along(self, places, size) -> tuple[SizeSource, ...]:
        wanted = np.isfinite(size)
        sources = [SizeSource(float(x), float(h)) for x, h in zip(places[wanted], size[wanted])]
        return essential(sources, self._growth)

    def _in_plane(self, points, edges, size) -> tuple[SizeField, ...]:
        """Sizes in a plane, to be used in place of earlier ones: solutions on coarse triangles ask for too much."""
        size, at_nodes = TRIANGLES * size, np.full(len(points), np.inf)
        for side in (0, 1):
            np.minimum.at(at_nodes, edges[:, side], size)
        return (SizeField.between(points, at_nodes, edges, self._growth),)

    def _in_prisms(self, nesting, size, any_size, thin, node, layer) -> WantedSizes:
        """Along the height and in the cross-section."""
        from scipy.spatial import cKDTree

        nodes = self._mesh.nodes
        ends = nodes[self._ends]
        span = np.ptp(nodes, axis=0)
        upright = np.abs(ends[0] - ends[1])[:, :2].max(axis=1) < 1e-9 * span.max()
        across = upright[thin]
        heights = self._intervals(
            nesting.heights, ends[:, upright, 2].mean(axis=0), size[upright], nodes[node[across], 2], layer[across]
        )
        _, place = cKDTree(nesting.places).query(nodes[:, :2])
        flat = place[self._ends[:, ~upright]].T
        return WantedSizes(((), (), heights), self._in_plane(nesting.places, flat, any_size[~upright]))

    def affordable(self, sizes: WantedSizes, most: float) -> WantedSizes:
        """`sizes` of triangles, the shortest ones longer where there would be more than `most` nodes."""
        mesh = self._mesh
        count = np.bincount(self._ends.ravel(), minlength=mesh.n_nodes)
        own = np.bincount(self._ends.ravel(), np.tile(self._lengths(), 2), minlength=mesh.n_nodes) / np.maximum(count, 1)
        wanted = sizes.at(mesh.nodes)
        low, high = float(wanted.min()), float(own.max())

        def nodes(shortest):
            return float(np.sum(np.maximum(1.0, own / np.maximum(wanted, shortest)) ** 2))

        if not low < high or nodes(low) <= most:
            return sizes
        for _ in range(40):
            middle = np.sqrt(low * high)
            low, high = (middle, high) if nodes(middle) > most else (low, middle)
        return sizes.at_least(high)
