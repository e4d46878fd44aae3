"""The compiled form of a system whose nodes form a chain: ideal solutions without reactions in one dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsolver._ext.chain import Chain

if TYPE_CHECKING:
    from npsolver.discretisation.system import System


def chain_of(system: System, classes: tuple, fixed_charge: np.ndarray, positive: np.ndarray) -> Chain | None:
    """The chain of a system; None where its nodes do not form one, or excess potentials or reactions couple species.

    Parameters
    ----------
    system : System
    classes : tuple
        Class and sign of every species, charge of every class, a species of every class.
    fixed_charge : (n_nodes,) float64
        Shared: the system changes it in place, as its ``source``.
    positive : (n_nodes * block_size,) uint8
        Concentrations that no boundary gives.
    """
    mesh, c = system.mesh, system.coefficients
    n, m = mesh.n_nodes, system.block_size
    if not system.pattern.is_chain or n < 2 or not system.is_ideal:
        return None
    order = np.arange(n - 1)
    if not (np.array_equal(mesh.edges[:, 0], order) and np.array_equal(mesh.edges[:, 1], order + 1)):
        return None
    region = mesh.edge_region
    offset = np.zeros((0, 0))
    if c.drift.size:
        offset = (c.drift[:, None] * c.inverse_diffusivity[region][:, classes[3]]).T
    fixed = np.zeros(n * m, dtype=np.uint8)
    fixed[system.fixed_rows] = 1
    return Chain(
        coefficient=np.ascontiguousarray((c.mobility[region] * c.conductance[:, None]).T),
        dielectric=c.permittivity[region] * c.conductance,
        offset=np.ascontiguousarray(offset),
        species_class=classes[0],
        species_sign=classes[1],
        class_charge=classes[2],
        charge=system.charge,
        capacity=np.ascontiguousarray(c.capacity),
        fixed_charge=fixed_charge,
        source=system.source,
        fixed=fixed.reshape(n, m),
        positive=positive.reshape(n, m),
    )
