"""Control volumes around nodes: the one data structure for every dimension and coordinate system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from npsolver.mesh.nesting import SplitNesting, TensorNesting


@dataclass(frozen=True)
class Mesh:
    """Box-method mesh.

    A *cell* is the part of one node's control volume that lies in one region; a node on an interface has one
    cell per region that meets there. An *edge* is the part of a node pair's dual face that lies in one region.

    Attributes
    ----------
    coordinates : str
        ``"cartesian"`` (measures in 1D per m², in 2D per m of depth), ``"cylindrical"`` (per m), ``"spherical"`` (of
        the whole sphere) or ``"axisymmetric"`` (nodes at r, z; of the whole circle).
    nodes : (n_nodes, dim) float64, m
    edges : (n_edges, 2) int32
        Node pairs (K, L).
    edge_length, edge_area : (n_edges,) float64, m and m²
    edge_region : (n_edges,) int32
    cell_node, cell_region : (n_cells,) int32
    cell_volume : (n_cells,) float64, m³
    boundaries : mapping of str to (int32 nodes, float64 areas)
    region_names : tuple of str
    interfaces : tuple of (int, int)
        Where a surface has two nodes at one place, the edge that joins them has ``edge_region`` n_regions + j and
        lies between the regions ``interfaces[j]`` (-1 - b: outside, at the b-th of `boundaries`).
    elements : mapping of str to (n, n_corners) int32, or None
        Corner nodes of the elements by shape, for pictures and files: "line", "triangle", "quad", "tetra", "wedge",
        "hexahedron" with the corner order of VTK.
    element_region : (n_elements,) int32 or None
        Region of every element, in the order of `elements`.
    facets : mapping of str to (n, n_corners) int32, or None
        Corner nodes of the facets of every boundary, where the mesh knows them.
    nesting : TensorNesting or SplitNesting, or None
        Where there are coarser meshes of the same domain: how to make the next one.
    """

    coordinates: str
    nodes: np.ndarray
    edges: np.ndarray
    edge_length: np.ndarray
    edge_area: np.ndarray
    edge_region: np.ndarray
    cell_node: np.ndarray
    cell_region: np.ndarray
    cell_volume: np.ndarray
    boundaries: Mapping[str, tuple[np.ndarray, np.ndarray]]
    region_names: tuple[str, ...]
    interfaces: tuple[tuple[int, int], ...] = ()
    elements: Mapping[str, np.ndarray] | None = None
    element_region: np.ndarray | None = None
    facets: Mapping[str, np.ndarray] | None = None
    nesting: TensorNesting | SplitNesting | None = None

    @property
    def n_nodes(self) -> int:
        return self.nodes.shape[0]

    @property
    def n_edges(self) -> int:
        return self.edges.shape[0]

    @property
    def n_cells(self) -> int:
        return self.cell_node.shape[0]

    @property
    def dimension(self) -> int:
        return self.nodes.shape[1]

    @property
    def node_volume(self) -> np.ndarray:
        """(n_nodes,) float64: whole control volumes, m³."""
        return np.bincount(self.cell_node, weights=self.cell_volume, minlength=self.n_nodes)

    def inside_of(self, nodes: np.ndarray) -> np.ndarray:
        """The node behind the surface edge of every outside node; other nodes themselves ((n,) int32)."""
        if not self.interfaces:
            return np.asarray(nodes, dtype=np.int32)
        inner = np.arange(self.n_nodes, dtype=np.int32)
        outward = np.array([min(pair) < 0 for pair in self.interfaces], dtype=bool)
        surface = np.flatnonzero(self.edge_region >= len(self.region_names))
        if surface.size:
            surface = surface[outward[self.edge_region[surface] - len(self.region_names)]]
            k, l = self.edges[surface].T
            has_cell = np.zeros(self.n_nodes, dtype=bool)
            has_cell[self.cell_node] = True
            inner[np.where(has_cell[k], l, k)] = np.where(has_cell[k], k, l)
        return inner[nodes]
