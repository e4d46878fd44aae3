"""Mass-action reactions on a mesh."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from npsolver._ext.cell_terms import ReactionTerms
from npsolver.discretisation.coefficients import Coefficients, partition_coefficients
from npsolver.discretisation.nodal_excess import NodalExcess
from npsolver.mesh import Mesh
from npsolver.model import Model


class ReactionSites(NamedTuple):
    """Where one reaction takes place, and how fast (dimensionless).

    Attributes
    ----------
    nodes : (n_sites,) int
    forward, backward : (n_sites,) float64
        Rate constants times volume, partition coefficients included.
    reactants, products : (n_species,) int
        Stoichiometric numbers.
    """

    nodes: np.ndarray
    forward: np.ndarray
    backward: np.ndarray
    reactants: np.ndarray
    products: np.ndarray


def reaction_sites(model: Model, mesh: Mesh, coefficients: Coefficients) -> list[ReactionSites]:
    """Sites of every reaction of `model`.

    A reaction takes place in the cells of its regions where none of its participants is excluded. The forward rate refers
    to the concentrations c = k w of the cell's region, per volume of pore fluid, or with excess potentials to their
    activities. The constants hold in solution (mu0 = 0): in other phases the backward rate is the one with which the
    reaction rests where mu~ balances, K exp(-sum nu mu0/RT), since otherwise phases at rest would drive each other.
    """
    scales = coefficients.scales
    volume = mesh.cell_volume / (coefficients.area_scale * scales.length)
    standard = partition_coefficients(model)
    porosity = np.array([region.porosity for region in model.regions])
    sites = []
    for reaction in model.reactions:
        reactants, products = (
            np.array([side.get(species.name, 0) for species in model.species])
            for side in (reaction.reactants, reaction.products)
        )
        allowed = np.all((standard > 0.0) | (reactants + products == 0), axis=1)
        if reaction.regions is not None:
            allowed &= np.isin(np.array(mesh.region_names), reaction.regions)
        cells = np.flatnonzero(allowed[mesh.cell_region])
        region = mesh.cell_region[cells]
        weight = volume[cells] * porosity[region] * (scales.time / scales.concentration)
        weight = weight * np.prod(standard**reactants, axis=1)[region]
        forward = weight * reaction.forward_rate * scales.concentration ** int(reactants.sum())
        backward = weight * reaction.backward_rate * scales.concentration ** int(products.sum())
        sites.append(ReactionSites(mesh.cell_node[cells], forward, backward, reactants, products))
    return sites


def reaction_terms(
    model: Model,
    mesh: Mesh,
    coefficients: Coefficients,
    block_diagonal: np.ndarray,
    laws: NodalExcess | None,
) -> ReactionTerms | ActivityReactions:
    """Kernel of all reactions of `model`."""
    sites = reaction_sites(model, mesh, coefficients)
    pointer, species, reactant_order, product_order = [0], [], [], []
    for reaction, site in zip(model.reactions, sites):
        index = [model.species_index(name) for name in dict.fromkeys([*reaction.reactants, *reaction.products])]
        species += index
        reactant_order += site.reactants[index].tolist()
        product_order += site.products[index].tolist()
        pointer.append(len(species))
    as_int = lambda parts: np.ascontiguousarray(parts, dtype=np.int32)  # noqa: E731
    own_diagonal = np.arange(mesh.n_nodes, dtype=np.int32)
    kernel = ReactionTerms(
        node=as_int(np.concatenate([site.nodes for site in sites])),
        reaction=as_int(np.repeat(np.arange(len(sites)), [site.nodes.size for site in sites])),
        forward=np.concatenate([site.forward for site in sites]),
        backward=np.concatenate([site.backward for site in sites]),
        pointer=as_int(pointer),
        species=as_int(species),
        reactant_order=as_int(reactant_order),
        product_order=as_int(product_order),
        block_diagonal=own_diagonal if laws is not None else block_diagonal,
        n_species=len(model.species),
    )
    return kernel if laws is None else ActivityReactions(kernel, laws, coefficients.scales.concentration, block_diagonal)


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
