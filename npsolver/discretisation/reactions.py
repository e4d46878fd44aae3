"""Mass-action reactions on a mesh."""

from __future__ import annotations

import numpy as np

from npsolver._ext.cell_terms import ReactionTerms
from npsolver.discretisation.coefficients import Coefficients, partition_coefficients
from npsolver.discretisation.nodal_excess import NodalExcess
from npsolver.mesh import Mesh
from npsolver.model import Model


def reaction_terms(
    model: Model,
    mesh: Mesh,
    coefficients: Coefficients,
    block_diagonal: np.ndarray,
    laws: NodalExcess | None,
) -> ReactionTerms | ActivityReactions:
    """Kernel of all reactions of `model`.

    A reaction takes place in the cells of its regions where none of its participants is excluded. The forward rate refers
    to the concentrations c = k w of the cell's region, per volume of pore fluid, or with excess potentials to their
    activities. The constants hold in solution (mu0 = 0): in other phases the backward rate is the one with which the
    reaction rests where mu~ balances, K exp(-sum nu mu0/RT), since otherwise phases at rest would drive each other.
    """
    scales = coefficients.scales
    volume = mesh.cell_volume / (coefficients.area_scale * scales.length)
    standard = partition_coefficients(model)
    porosity = np.array([region.porosity for region in model.regions])
    nodes, reactions, forwards, backwards = [], [], [], []
    pointer, species, reactant_order, product_order = [0], [], [], []
    for number, reaction in enumerate(model.reactions):
        names = list(dict.fromkeys([*reaction.reactants, *reaction.products]))
        index = [model.species_index(name) for name in names]
        reactant = np.array([reaction.reactants.get(name, 0) for name in names])
        product = np.array([reaction.products.get(name, 0) for name in names])
        species += index
        reactant_order += reactant.tolist()
        product_order += product.tolist()
        pointer.append(len(species))
        partition = standard[:, index]
        allowed = np.all(partition > 0.0, axis=1)
        if reaction.regions is not None:
            allowed &= np.isin(np.array(mesh.region_names), reaction.regions)
        cells = np.flatnonzero(allowed[mesh.cell_region])
        region = mesh.cell_region[cells]
        per_volume = scales.time / scales.concentration
        weight = volume[cells] * porosity[region] * per_volume
        nodes.append(mesh.cell_node[cells])
        reactions.append(np.full(cells.size, number))
        weight = weight * np.prod(partition**reactant, axis=1)[region]
        forwards.append(weight * reaction.forward_rate * scales.concentration ** int(reactant.sum()))
        backwards.append(weight * reaction.backward_rate * scales.concentration ** int(product.sum()))
    as_int = lambda parts: np.ascontiguousarray(parts, dtype=np.int32)  # noqa: E731
    own_diagonal = np.arange(mesh.n_nodes, dtype=np.int32)
    kernel = ReactionTerms(
        node=as_int(np.concatenate(nodes)),
        reaction=as_int(np.concatenate(reactions)),
        forward=np.concatenate(forwards),
        backward=np.concatenate(backwards),
        pointer=as_int(pointer),
        species=as_int(species),
        reactant_order=as_int(reactant_order),
        product_order=as_int(product_order),
        block_diagonal=own_diagonal if laws is not None else block_diagonal,
        n_species=len(model.species),
    )
    return kernel if laws is None else ActivityReactions(kernel, laws, scales.concentration, block_diagonal)


class ActivityReactions:
    """Mass action with activities a = c exp(mu_ex/RT): every reaction is at rest where mu~ balances.

    The activated complex counts as ideal (J. N. Bronsted, Z. Phys. Chem. 102 (1922) 169, with its gamma = 1).

    Parameters
    ----------
    kernel : ReactionTerms
        Of concentrations, with one block for every node.
    laws : NodalExcess
    unit : float
        Of the dimensionless concentrations, mol/m³.
    block_diagonal : (n_nodes,) int32
    """

    def __init__(self, kernel: ReactionTerms, laws: NodalExcess, unit: float, block_diagonal: np.ndarray):
        self._kernel, self._laws, self._unit, self._diagonal = kernel, laws, unit, block_diagonal

    def assemble(self, u, residual, blocks=None) -> None:
        """Subtract production from `residual` and add its derivatives to `blocks`."""
        ns, n = self._laws.charge.size, self._diagonal.size
        m = ns + 1
        w = u[: n * m].reshape(n, m)[:, :ns]
        activity = u[: n * m].copy()
        with np.errstate(over="ignore", invalid="ignore"):  # of a trial state: the update is then found not finite
            mu, slope = self._laws.evaluate(w * self._unit)
            gamma = np.exp(mu)
            activity.reshape(n, m)[:, :ns] *= gamma
            if blocks is None:
                self._kernel.assemble(activity, residual)
                return
            own = np.zeros((n, m, m))
            self._kernel.assemble(activity, residual, own)
            # da_k/dw_j = gamma_k (delta_kj + w_k dmu_k/dw_j)
            change = gamma[:, :, None] * (np.eye(ns) + w[:, :, None] * slope * self._unit)
            blocks[self._diagonal, :, :ns] += own[:, :, :ns] @ change
