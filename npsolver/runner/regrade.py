"""A mesh that follows the carriers of a solid: solved again where they change too much from node to node.

Between two gases the majority carrier may change inside the solid. The conductivity has a minimum there, the gradients of
all carriers are concentrated on a thin layer, and where that lies only the solution can tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from npsolver.case import Case
from npsolver.discretisation import System
from npsolver.errors import InputError, RefusedError
from npsolver.mesh import Mesh
from npsolver.mesh.wanted_sizes import WantedSizes
from npsolver.model import Model
from npsolver.runner.problem import Problem, build_problem
from npsolver.stepping.solution import Solution

if TYPE_CHECKING:
    from npsolver.runner.carrier_changes import CarrierChanges

# Largest change of ln c along an edge that is left as it is, and the change that new edges aim at: the error of a flux or
# a voltage grows with its square, and is below 1e-3 (in RT/F) at the first.
LARGEST_CHANGE, WANTED_CHANGE = 0.3, 0.15
# How many times the change of a carrier counts that shares the conductivity with others, in steady states in one
# dimension, where nodes are cheap: voltages are good to 1e-5 V.
EMPHASIS = 10.0
# Change that is worth a warning where the mesh cannot follow, and the one that `mesh.refine` is to reach then.
COARSE_CHANGE, FINE_CHANGE = 1.0, 0.5
# Share in the conductivity at one of the ends from which on a change of a carrier matters there for fluxes and voltages.
SHARE = 1e-3
# How often a mesh is made anew, by dimension: in space, later meshes gain little and can cost GMRES many iterations.
MOST_PASSES = {1: 3, 2: 3, 3: 1}
# Nodes up to which a mesh follows, by dimension, and those of triangles; beyond, its edges are longer than wanted.
MOST_NODES, MOST_IN_TRIANGLES = {1: 50_000, 2: 60_000, 3: 40_000}, 12_000
# Where too much memory is wanted: how much longer edges are tried next; and how many trials there are.
LONGER, MOST_TRIALS = 1.5, 8
PATH = "mesh graded by the carriers"
STATE = "mesh_"


def follows_carriers(case: Case) -> bool:
    """Whether the mesh of `case` may be graded again by its own solution."""
    return (
        case.model.defects is not None
        and case.mesh.nodes is None
        and case.mesh.grading == "auto"
        and not _from_file(case)
    )


def _from_file(case: Case) -> bool:
    if case.geometry.dimension == 1:
        return False
    from npsolver.mesh.domain import MeshDomain

    return isinstance(case.geometry, MeshDomain)


def _of_triangles(case: Case) -> bool:
    if case.geometry.dimension != 2:
        return False
    from npsolver.mesh.domain import PolygonDomain

    return isinstance(case.geometry, PolygonDomain)


class MeshGrading:
    """The edge lengths that the carriers asked for so far: all meshes of one family have them.

    Parameters
    ----------
    case : Case

    Attributes
    ----------
    sizes : WantedSizes
    passes : int
        How often a solution asked for another mesh.
    settled : bool
        Whether the mesh stays as it is from now on.
    """

    def __init__(self, case: Case):
        self.sizes, self.passes = WantedSizes(), 0
        self.settled = not follows_carriers(case)
        self._case = case
        self._next: WantedSizes | None = None

    def changes(self, refine: float) -> CarrierChanges | None:
        """What a solution has to show its states to; None where the mesh does not follow."""
        if self.settled:
            return None
        from npsolver.runner.carrier_changes import CarrierChanges

        mesh = self._case.mesh
        line = self._case.geometry.dimension == 1 and self._case.solve.kind != "transient"
        return CarrierChanges(WANTED_CHANGE, mesh.growth - 1.0, mesh.refine * refine, EMPHASIS if line else 1.0)

    def ask(self, changes: CarrierChanges) -> bool:
        """Whether the states seen want another mesh, which `problem` will then make."""
        if self.exhausted or changes.largest <= LARGEST_CHANGE:
            self.settled = True
            return False
        self.passes += 1
        self._next = self.sizes.followed_by(changes.sizes())
        if _of_triangles(self._case):  # triangles are expensive to make
            self._next = changes.affordable(self._next, self._most(1.0))
        return True

    def problem(self, refine: float, num_threads: int, layers: Model) -> Problem | None:
        """`build_problem` with the sizes asked for, or longer ones if these would take too many nodes.

        None if even much longer ones would: the solution there is stays.
        """

        def build(sizes):
            return build_problem(self._case, refine=refine, num_threads=num_threads, mesh_model=layers, sizes=sizes)

        if self._next is None:
            return build(self.sizes)
        dimension, most = self._case.geometry.dimension, self._most(refine)
        sizes, self._next = self._next, None
        for _ in range(MOST_TRIALS):
            try:
                problem = build(sizes)
            except InputError as error:  # not enough memory
                if error.key != "mesh":
                    raise
                sizes = sizes.longer(LONGER)
                continue
            nodes = problem.system.mesh.n_nodes
            if nodes <= most:
                self.sizes = sizes
                return problem
            sizes = sizes.longer(1.1 * (nodes / most) ** (1.0 / dimension))
        self.settled = True
        return None

    def _most(self, refine: float) -> float:
        dimension = self._case.geometry.dimension
        most = MOST_IN_TRIANGLES if _of_triangles(self._case) else MOST_NODES[dimension]
        return most * max(1.0, self._case.mesh.refine * refine) ** dimension

    def keep(self, sizes: WantedSizes) -> None:
        """Return to `sizes`, and leave the mesh as it is."""
        self.sizes, self.settled = sizes, True

    def settle(self) -> None:
        """Leave the mesh as it is."""
        self.settled = True

    @property
    def exhausted(self) -> bool:
        """Whether the mesh was made anew as often as it may be."""
        return self.passes >= MOST_PASSES[self._case.geometry.dimension]

    def state(self) -> dict[str, object]:
        """For a checkpoint: numbers with all their bits."""
        return {
            f"{STATE}settled": int(self.settled),
            f"{STATE}passes": self.passes,
            **{f"{STATE}sizes_{key}": value for key, value in (self._next or self.sizes).state().items()},
        }

    def restore(self, state: Mapping[str, object]) -> None:
        """Continue from what `state` gave; checkpoints without one leave the mesh as it is."""
        if f"{STATE}settled" not in state:
            return
        prefix = f"{STATE}sizes_"
        own = {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
        self.sizes = WantedSizes.from_state(own)
        self.settled = bool(state[f"{STATE}settled"])
        self.passes = int(state[f"{STATE}passes"])


def coarse_carriers(case: Case, mesh: Mesh, concentration: np.ndarray) -> list[str]:
    """One sentence where the mesh of a solid is left coarse: given by the user, or at its limit."""
    if case.model.defects is None:
        return []
    change = largest_change(case.model, mesh, concentration)
    if change <= COARSE_CHANGE:
        return []
    if follows_carriers(case):
        remedy = "the mesh follows the carriers to a limited number of nodes; raise mesh.refine"
    elif _from_file(case):
        remedy = "a mesh from a file does not follow the carriers; make it finer there, or raise mesh.refine"
    else:
        remedy = "raise mesh.refine or mesh.nodes, or leave the mesh to the solver"
    return [
        f"a carrier changes by a factor of {np.exp(min(change, 690.0)):.3g} from one node to the next: fluxes and voltages "
        f"have few digits; {remedy}"
    ]


def refuse_coarse_transient(case: Case, solution: Solution) -> None:
    """RefusedError where an evolution has left the mesh of a solid behind.

    The mesh is chosen for all times of the run; what it cannot resolve, with as many nodes as it may have, is refused.
    The state given at the start is the case's own.
    """
    if case.solve.kind != "transient" or not follows_carriers(case):
        return
    times = solution.axis
    for k in np.flatnonzero(times > 0.0):
        change = largest_change(case.model, solution.mesh, solution.concentration[k : k + 1])
        if change > COARSE_CHANGE:
            refine = 2 ** int(np.ceil(np.log2(change / FINE_CHANGE)))
            raise RefusedError(
                f"{case.path or 'case'}: at t = {times[k]:.4g} s a carrier changes by a factor of"
                f" {np.exp(min(change, 690.0)):.3g} from one node to the next: fluxes and voltages have few digits then, and"
                f" the mesh follows to a limited number of nodes; give mesh.refine = {refine} or more, or output_times that"
                " begin later"
            )


def largest_change(model: Model, mesh: Mesh, concentration: np.ndarray) -> float:
    """Largest change of ln c, over all frames and the species that conduct there, along an edge that has a length.

    Parameters
    ----------
    model : Model
    mesh : Mesh
    concentration : (n_frames, n_species, n_cells) float64
    """
    edges = np.flatnonzero((mesh.edge_region < len(mesh.region_names)) & (mesh.edge_length > 0.0))
    keys = mesh.cell_node.astype(np.int64) * len(mesh.region_names) + mesh.cell_region
    order = np.argsort(keys)
    wanted = mesh.edges[edges].astype(np.int64) * len(mesh.region_names) + mesh.edge_region[edges][:, None]
    cells = order[np.searchsorted(keys, wanted, sorter=order)]
    mobility = np.array(
        [[s.charge**2 * region.diffusivity.get(s.name, s.diffusivity) for s in model.species] for region in model.regions]
    ).T[:, mesh.cell_region]
    largest = 0.0
    for c in concentration:
        first, second = c[:, cells[:, 0]], c[:, cells[:, 1]]
        conductivity = mobility * c
        conducts = conductivity > SHARE * conductivity.sum(axis=0)
        present = (first > 0.0) & (second > 0.0) & (conducts[:, cells[:, 0]] | conducts[:, cells[:, 1]])
        ratio = np.divide(first, second, out=np.ones_like(first), where=present)
        largest = max(largest, float(np.abs(np.log(ratio)).max(initial=0.0)))
    return largest


def see(changes: CarrierChanges | None, system: System, u: np.ndarray) -> None:
    """Show a state, where something looks."""
    if changes is not None:
        changes.see(system, u)
