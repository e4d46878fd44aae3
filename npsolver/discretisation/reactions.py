"""Mass-action reactions on a mesh."""

from __future__ import annotations

import numpy as np

from npsolver._ext.cell_terms import ReactionTerms
from npsolver.discretisation.coefficients import Coefficients
from npsolver.mesh import Mesh
from npsolver.model import Model


def reaction_terms(
    model: Model, mesh: Mesh, coefficients: Coefficients, block_diagonal: np.ndarray
) -> ReactionTerms | None:
    """Kernel arguments of all reactions of `model`, or None without reactions.

    A reaction takes place in the cells of its regions where none of its participants is excluded. Rates refer to
    the concentrations c = k w of the cell's region, per volume of pore fluid.
    """
    if not model.reactions:
        return None
    scales = coefficients.scales
    volume = mesh.cell_volume / (coefficients.area_scale * scales.length)
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
        partition = coefficients.partition[:, index]
        allowed = np.all(partition > 0.0, axis=1)
        if reaction.regions is not None:
            allowed &= np.isin(np.array(mesh.region_names), reaction.regions)
        cells = np.flatnonzero(allowed[mesh.cell_region])
        region = mesh.cell_region[cells]
        per_volume = scales.time / scales.concentration
        weight = volume[cells] * porosity[region] * per_volume
        nodes.append(mesh.cell_node[cells])
        reactions.append(np.full(cells.size, number))
        for rate, order, target in (
            (reaction.forward_rate, reactant, forwards),
            (reaction.backward_rate, product, backwards),
        ):
            target.append(weight * rate * np.prod((scales.concentration * partition) ** order, axis=1)[region])
    as_int = lambda parts: np.ascontiguousarray(parts, dtype=np.int32)  # noqa: E731
    return ReactionTerms(
        node=as_int(np.concatenate(nodes)),
        reaction=as_int(np.concatenate(reactions)),
        forward=np.concatenate(forwards),
        backward=np.concatenate(backwards),
        pointer=as_int(pointer),
        species=as_int(species),
        reactant_order=as_int(reactant_order),
        product_order=as_int(product_order),
        block_diagonal=block_diagonal,
        n_species=len(model.species),
    )
