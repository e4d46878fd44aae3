"""Imposed flow on a mesh: what passes every face, without divergence to round-off, and what leaves through surfaces."""

from __future__ import annotations

import numpy as np

from npsolver.errors import InputError
from npsolver.mesh import Mesh
from npsolver.model import Flow, Model
from npsolver.model.flow import component, poiseuille_stream_function

# Largest imbalance of a control volume over what flows through it that passes for round-off.
SOLENOIDAL = 1e-9


def face_flows(flow: Flow, mesh: Mesh) -> np.ndarray:
    """Volume flow of the solvent along every edge, from K to L ((n_edges,), m³/s, in a plane m²/s).

    From a stream function the flow through a face is the difference of its values at both ends, which leaves no
    divergence on any mesh. From components it is the velocity in the middle of the edge times the face.

    Raises
    ------
    InputError
        If the flow is not solenoidal on the mesh; the message says by how much.
    """
    psi = flow.stream_function
    if flow.profile is not None:
        if flow.profile == "poiseuille" and mesh.dimension == 3:
            from npsolver.discretisation.duct import channel_flows

            return channel_flows(mesh, flow.axis, flow.mean)
        if flow.profile == "plug":
            flow = Flow(components=tuple(flow.mean * float(d == flow.axis) for d in range(mesh.dimension)))
        else:
            across = mesh.nodes[:, 0 if mesh.coordinates == "axisymmetric" else 1 - flow.axis]
            psi = poiseuille_stream_function(
                flow.mean, flow.axis, float(across.min()), float(across.max()), mesh.coordinates == "axisymmetric"
            )
    if psi is not None:
        _check_axis(psi, mesh)
        return _from_stream_function(psi, mesh)
    inside = mesh.edge_region < len(mesh.region_names)
    ends = mesh.nodes[mesh.edges]
    middle = ends.mean(axis=1)
    along = np.divide(ends[:, 1] - ends[:, 0], mesh.edge_length[:, None])
    values = np.stack([component(flow, c, middle) for c in flow.components], axis=1)
    if not np.all(np.isfinite(values)):
        at = middle[~np.isfinite(values).all(axis=1)][0]
        raise InputError(f"is not finite at {_position(at)}", key="convection: field")
    result = np.where(inside, np.einsum("ed,ed->e", values, along) * mesh.edge_area, 0.0)
    _check_divergence(result, mesh, values)
    return result


def _check_axis(psi, mesh: Mesh) -> None:
    """No flow comes out of the axis of r-z, where psi is constant."""
    axis = (mesh.nodes[:, 0] == 0.0) & (mesh.coordinates == "axisymmetric")
    if axis.any() and np.ptp(psi(mesh.nodes[axis])) > SOLENOIDAL * np.ptp(psi(mesh.nodes)):
        raise InputError(
            "changes along the axis r = 0, so that a flow would come out of it; expected a constant there, e.g. a factor r^2",
            key="convection: stream_function",
        )


def _from_stream_function(psi, mesh: Mesh) -> np.ndarray:
    """Every element adds, for each of its edges, psi at its centre less psi at the middle of the edge."""
    if mesh.elements is None or mesh.dimension != 2:
        raise InputError("needs a mesh in two dimensions that knows its elements", key="convection: stream_function")
    radial = mesh.coordinates == "axisymmetric"
    # in r-z, 2 pi r u = curl(-2 pi psi) of the plane
    factor = -2.0 * np.pi if radial else 1.0
    n_regions = len(mesh.region_names)
    keys, flows, start = [], [], 0
    for shape, corners in mesh.elements.items():
        regions = mesh.element_region[start : start + len(corners)].astype(np.int64)
        start += len(corners)
        places = mesh.nodes[corners]
        turn = _cross(places[:, 1] - places[:, 0], places[:, 2] - places[:, 0])
        centre = places.mean(axis=1) if shape == "quad" else _circumcentre(places)
        at_centre = psi(centre)
        for i in range(corners.shape[1]):
            k, l = corners[:, i].astype(np.int64), corners[:, (i + 1) % corners.shape[1]].astype(np.int64)
            amount = factor * np.sign(turn) * (at_centre - psi(0.5 * (mesh.nodes[k] + mesh.nodes[l])))
            keys.append((np.minimum(k, l) * mesh.n_nodes + np.maximum(k, l)) * n_regions + regions)
            flows.append(np.where(k < l, amount, -amount))
    unique, position = np.unique(np.concatenate(keys), return_inverse=True)
    total = np.bincount(position, weights=np.concatenate(flows))
    if not np.all(np.isfinite(total)):
        raise InputError("is not finite everywhere in the domain", key="convection: stream_function")
    k, l = np.sort(mesh.edges.astype(np.int64), axis=1).T
    wanted = (k * mesh.n_nodes + l) * n_regions + mesh.edge_region
    inside = np.flatnonzero(mesh.edge_region < n_regions)
    result = np.zeros(mesh.n_edges)
    result[inside] = total[np.searchsorted(unique, wanted[inside])]
    return np.where(mesh.edges[:, 0] < mesh.edges[:, 1], result, -result)


def net_outflow(flows: np.ndarray, mesh: Mesh) -> np.ndarray:
    """What the faces of every node bring more than they take: it leaves through surfaces ((n_nodes,))."""
    k, l = mesh.edges.T
    net = np.bincount(l, weights=flows, minlength=mesh.n_nodes) - np.bincount(k, weights=flows, minlength=mesh.n_nodes)
    if mesh.interfaces:  # between the nodes of one place the flow goes through thin edges
        _, place = np.unique(mesh.nodes, axis=0, return_inverse=True)
        place = place.ravel()
        first = np.unique(place, return_index=True)[1]
        total = np.bincount(place, weights=net)
        net = np.zeros(mesh.n_nodes)
        net[first] = total
    return net


def leaving(model: Model, mesh: Mesh, flows: np.ndarray) -> dict[str, np.ndarray]:
    """Volume flow out of the domain at the nodes of every surface of kind ``"outflow"``.

    Raises
    ------
    InputError
        If the flow enters there, or the surface borders on a region with partition.
    """
    names = [name for name, law in model.boundaries.items() if law.kind == "outflow"]
    net = net_outflow(flows, mesh) if names else np.zeros(mesh.n_nodes)
    scale = float(np.abs(flows).max(initial=0.0))
    held = np.zeros(mesh.n_nodes, dtype=bool)
    for name, law in model.boundaries.items():
        if law.concentration:
            held[mesh.boundaries[name][0]] = True
    share = _shares(names, net, mesh)
    result = {}
    for name in names:
        nodes, _ = mesh.boundaries[name]
        # a node shared with a surface that holds concentrations is theirs
        own = np.where(held[nodes], 0.0, net[nodes] * share[name])
        if own.min(initial=0.0) < -SOLENOIDAL * scale:
            at = mesh.nodes[nodes[own.argmin()]]
            raise InputError(
                f"solution flows in at {_position(at)}, and nothing says what it brings: make it a bath, or turn the flow",
                key=f"boundary {name}",
            )
        if not own.sum() > 0.0:
            raise InputError("no flow leaves here; expected a wall, or a flow that does", key=f"boundary {name}: kind")
        regions = np.unique(mesh.cell_region[np.isin(mesh.cell_node, nodes)])
        for r in regions:
            region = model.regions[r]
            if region.standard_potential or region.excluded_species:
                raise InputError(
                    f"borders on {region.name!r} with partition or excluded species, from which outflow is not defined; "
                    "let the flow leave from free solution",
                    key=f"boundary {name}: kind",
                )
        result[name] = np.maximum(own, 0.0)
    return result


def _shares(names: list[str], net: np.ndarray, mesh: Mesh) -> dict[str, np.ndarray]:
    """Share of every outflow in what leaves at its nodes: 1, but where two of them meet.

    There it is in the ratio of their areas times the outflow per area of their nearest nodes that are theirs alone.
    """
    count = np.zeros(mesh.n_nodes, dtype=int)
    for name in names:
        count[mesh.boundaries[name][0]] += 1
    weight, total = {}, np.zeros(mesh.n_nodes)
    for name in names:
        nodes, areas = mesh.boundaries[name]
        alone = count[nodes] == 1
        weight[name] = areas.astype(float)
        if alone.any():
            rate = np.maximum(net[nodes[alone]], 0.0) / areas[alone]
            for j in np.flatnonzero(~alone):
                gap = np.linalg.norm(mesh.nodes[nodes[alone]] - mesh.nodes[nodes[j]], axis=1)
                weight[name][j] *= rate[gap.argmin()]
        total[nodes] += weight[name]
    return {
        name: np.where(count[nodes] == 1, 1.0, np.divide(weight[name], total[nodes], out=1.0 / count[nodes],
                                                         where=total[nodes] > 0.0))
        for name in names
        for nodes in [mesh.boundaries[name][0]]
    }


def _check_divergence(flows: np.ndarray, mesh: Mesh, values: np.ndarray) -> None:
    net = net_outflow(flows, mesh)
    outer = np.zeros(mesh.n_nodes, dtype=bool)
    for nodes, _ in mesh.boundaries.values():
        outer[mesh.inside_of(nodes)] = True
        outer[nodes] = True
    if mesh.interfaces:
        places, place = np.unique(mesh.nodes, axis=0, return_inverse=True)
        outer = np.bincount(place.ravel(), weights=outer, minlength=len(places))[place.ravel()] > 0
    through = np.bincount(mesh.edges.ravel(), weights=np.repeat(np.abs(flows), 2), minlength=mesh.n_nodes)
    ratio = np.divide(np.abs(net), through, out=np.zeros_like(net), where=through > 0.0)
    ratio[outer] = 0.0
    worst = int(ratio.argmax())
    if ratio[worst] > SOLENOIDAL:
        divergence = net[worst] / mesh.node_volume[worst]
        raise InputError(
            f"is not solenoidal on the mesh: its divergence reaches {-divergence:.3g} 1/s at {_position(mesh.nodes[worst])}, "
            f"{ratio[worst]:.2g} of what flows through that control volume, which would make or destroy solution; give a "
            "stream_function (two dimensions), whose flow has none",
            key="convection: field",
        )


def _cross(a, b):
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def _circumcentre(places):
    """Of triangles ((n, 3, 2))."""
    b, c = places[:, 1] - places[:, 0], places[:, 2] - places[:, 0]
    bb, cc = (b * b).sum(axis=1), (c * c).sum(axis=1)
    d = 2.0 * _cross(b, c)
    return places[:, 0] + np.stack([c[:, 1] * bb - b[:, 1] * cc, b[:, 0] * cc - c[:, 0] * bb], axis=1) / d[:, None]


def _position(x) -> str:
    return "(" + ", ".join(f"{v:.4g}" for v in x) + ") m"
