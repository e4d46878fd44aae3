"""Reactions at surfaces on a mesh: their production, its exact derivatives, and the current they draw from a metal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from npsolver.discretisation.terminals import Terminal
from npsolver.model import SurfaceReaction

if TYPE_CHECKING:
    from npsolver.discretisation.system import System


@dataclass
class _Site:
    """One reaction at one boundary; dimensionless, potentials in RT/F.

    `open_to` are the nodes of the boundary at which it runs, `number` the stoichiometric numbers of all species, the orders
    pairs of a species and its exponent, `ways` the forward and the backward rate.
    """

    terminal: str
    reaction: SurfaceReaction
    nodes: np.ndarray
    areas: np.ndarray
    number: np.ndarray
    open_to: np.ndarray
    forward_order: list[tuple[int, float]]
    backward_order: list[tuple[int, float]]
    constants: tuple[float, float] = (0.0, 0.0)
    standard: float = 0.0
    rate: np.ndarray = field(default_factory=lambda: np.empty(0))
    ways: tuple[np.ndarray, np.ndarray] = (np.empty(0), np.empty(0))
    by_w: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    by_phi: np.ndarray = field(default_factory=lambda: np.empty(0))

    def slope(self, n_species: int) -> np.ndarray:
        """Derivatives of the rate times area by the unknowns of its nodes, (n_nodes, n_species + 1)."""
        result = np.empty((self.nodes.size, n_species + 1))
        result[:, :n_species], result[:, n_species] = self.by_w, self.by_phi
        result *= self.areas[:, None]
        return result


class SurfaceKinetics:
    """All reactions at the boundaries of a system, ``r = k_f prod a^p e^(-alpha n E) - k_b prod a^q e^((1-alpha) n E)``.

    The exponent E = V - phi - E0 contains the potential at the surface node, which lies behind a Stern capacitance. Without
    one, and with double layers resolved, phi = V there and the rate follows the concentrations at the wall alone (the
    Gouy-Chapman limit of A. Bonnefont, F. Argoul and M. Z. Bazant, J. Electroanal. Chem. 500 (2001) 52, sec. 2).

    Parameters
    ----------
    system : System
    laws : sequence of Terminal
    """

    def __init__(self, system: System, laws: Sequence[Terminal]):
        self.system = system
        self.sites: list[_Site] = []
        present = system.coefficients.capacity > 0.0
        for t in laws:
            for reaction in t.reactions:
                number = self._by_species(reaction.stoichiometry)
                orders = self._by_species(reaction.forward_order), self._by_species(reaction.backward_order)
                # a surface may border on regions that a participant cannot enter: nothing happens there
                open_to = present[t.inner_nodes][:, (number != 0.0) | (orders[0] != 0.0)].all(axis=1)
                self.sites.append(
                    _Site(
                        terminal=t.name,
                        reaction=reaction,
                        nodes=t.inner_nodes[open_to],
                        areas=t.areas[open_to],
                        number=number,
                        open_to=open_to,
                        forward_order=[(int(i), float(orders[0][i])) for i in np.flatnonzero(orders[0])],
                        backward_order=[(int(i), float(orders[1][i])) for i in np.flatnonzero(orders[1])],
                    )
                )
        m = system.block_size
        self._is_fixed = np.zeros(system.mesh.n_nodes * m, dtype=bool)
        self._is_fixed[system.fixed_rows] = True

    def _by_species(self, numbers) -> np.ndarray:
        return np.array([float(numbers.get(species.name, 0.0)) for species in self.system.model.species])

    def set_values(self, laws: Sequence[Terminal], load: float) -> None:
        """Take new constants of the same reactions; `load` scales standard potentials with all others."""
        scales = self.system.coefficients.scales
        by_name = {t.name: t for t in laws}
        reactions = iter([reaction for t in laws for reaction in t.reactions])
        floating = [t.name for t in laws if t.floating]
        self._load = load
        self._voltage = {
            name: (t.potential or 0.0, floating.index(name) if t.floating else -1) for name, t in by_name.items()
        }
        for site in self.sites:
            site.reaction = reaction = next(reactions)
            # ln avoids overflow of the powers of the unit of concentration
            unit = np.log(scales.concentration)
            site.constants = tuple(
                rate * float(np.exp(sum(p for _, p in orders) * unit)) / scales.flux
                for rate, orders in (
                    (reaction.forward_rate, site.forward_order),
                    (reaction.backward_rate, site.backward_order),
                )
            )
            site.standard = reaction.standard_potential / scales.potential * load

    # ------------------------------------------------------------------ rates

    def evaluate(self, u: np.ndarray) -> None:
        """Rates of all sites at `u` and their derivatives."""
        system = self.system
        n, m = system.mesh.n_nodes, system.block_size
        by_node = u[: n * m].reshape(n, m)
        with np.errstate(all="ignore"):  # trial states may overflow: what is not finite is rejected by whoever tries them
            for site in self.sites:
                self._evaluate(site, by_node, u[n * m :])

    def _evaluate(self, site: _Site, by_node: np.ndarray, voltages: np.ndarray) -> None:
        ns = self.system.n_species
        w, phi = by_node[site.nodes, :ns], by_node[site.nodes, ns]
        activity, chain = self._activities(site.nodes, w)
        held, which = self._voltage[site.terminal]
        voltage = voltages[which] if which >= 0 else held * self._load
        electrons, alpha = site.reaction.electrons, site.reaction.transfer_coefficient
        drive = voltage - phi - site.standard if electrons else np.zeros_like(phi)
        forward, forward_slopes = _product(activity, site.forward_order)
        backward, backward_slopes = _product(activity, site.backward_order)
        cathodic = site.constants[0] * np.exp(-alpha * electrons * drive)
        anodic = site.constants[1] * np.exp((1.0 - alpha) * electrons * drive)
        site.ways = ahead, back = cathodic * forward, anodic * backward
        site.rate = ahead - back
        site.by_phi = electrons * (alpha * ahead + (1.0 - alpha) * back)
        slope = np.zeros_like(w)
        for i, derivative in forward_slopes:
            slope[:, i] += cathodic * derivative
        for i, derivative in backward_slopes:
            slope[:, i] -= anodic * derivative
        site.by_w = slope if chain is None else np.einsum("ki,kij->kj", slope, chain)

    def _activities(self, nodes: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """gamma w, (n, n_species), and its derivatives by w (n, n_species, n_species); None for an ideal solution."""
        laws = self.system.transport.laws
        if laws is None:
            return w, None
        unit = self.system.coefficients.scales.concentration
        mu, slope = laws.at(nodes).evaluate(w * unit)
        gamma = np.exp(mu)
        chain = (gamma * w)[:, :, None] * slope * unit
        index = np.arange(w.shape[1])
        chain[:, index, index] += gamma
        return gamma * w, chain

    def rest_potentials(self, by_node: np.ndarray) -> dict[str, float]:
        """V - phi (RT/F) at which the first reaction of every electrode rests, at concentrations (n_nodes, block_size)."""
        scales, names = self.system.coefficients.scales, [s.name for s in self.system.model.species]
        found: dict[str, float] = {}
        for site in self.sites:
            c = dict(zip(names, by_node[site.nodes[:1], : len(names)].ravel() * scales.concentration))
            known = site.nodes.size and all(c[name] > 0.0 for name in site.reaction.stoichiometry)
            if site.reaction.electrons and known and site.terminal not in found:
                rest = site.reaction.equilibrium_potential(c, scales.temperature)
                found[site.terminal] = rest / scales.potential
        return found

    def production(self) -> dict[str, np.ndarray]:
        """Production of every species at the nodes of each boundary with reactions, (n_nodes, n_species).

        At the state of the last evaluation.
        """
        result: dict[str, np.ndarray] = {}
        for site in self.sites:
            made = np.zeros((self.system.mesh.n_nodes, self.system.n_species))
            made[site.nodes] = np.outer(site.rate * site.areas, site.number)
            result[site.terminal] = result.get(site.terminal, 0.0) + made
        return result

    def rates(self) -> list[tuple[str, SurfaceReaction, float]]:
        """Boundary, reaction and mean rate per area (mol/(m² s)) of every reaction at the last evaluation."""
        flux = self.system.coefficients.scales.flux
        area = {t.name: float(t.areas.sum()) for t in self.system.terminals}
        return [
            (site.terminal, site.reaction, float(site.rate @ site.areas) / area[site.terminal] * flux)
            for site in self.sites
        ]

    def entropy_production(self) -> float:
        """Sum of rate times affinity over RT at the last evaluation (dimensionless, >= 0); NaN where one way is closed."""
        with np.errstate(all="ignore"):
            affinities = [np.log(site.ways[0]) - np.log(site.ways[1]) for site in self.sites]
            total = sum(float((site.rate * site.areas) @ a) for site, a in zip(self.sites, affinities))
        return total if np.isfinite(total) else float("nan")

    # ------------------------------------------------------------------ equations

    def assemble(self, u: np.ndarray, residual: np.ndarray, blocks: np.ndarray | None) -> None:
        """Subtract production from the balances in `residual` and add its derivatives to `blocks`."""
        system = self.system
        m, ns, diagonal = system.block_size, system.n_species, system.pattern.diagonal
        self.evaluate(u)
        rows = residual[: system.mesh.n_nodes * m].reshape(-1, m)
        for site in self.sites:
            made = site.rate * site.areas
            for i in np.flatnonzero(site.number):
                rows[site.nodes, i] -= site.number[i] * made
            if blocks is None:
                continue
            at, slope = diagonal[site.nodes], site.slope(ns)
            for i in np.flatnonzero(site.number):
                blocks[at, i] -= site.number[i] * slope

    def current(self, terminal: str) -> float:
        """Charge that the reactions of a terminal bring into the domain, at the state of the last evaluation."""
        charge = self.system.charge
        return sum(
            float(charge @ site.number) * float(site.rate @ site.areas)
            for site in self.sites
            if site.terminal == terminal
        )

    def border(self, terminal: str, row: np.ndarray, column: np.ndarray, counted: np.ndarray) -> float:
        """Derivatives of the current of a floating terminal added to `row`, of the balances by its voltage to `column`.

        Parameters
        ----------
        terminal : str
        row, column : (n_nodes * block_size,) float64
        counted : (n_species,) or (n_nodes_of_terminal, n_species) float64
            Charges with which the balances of the nodes are in the current already.

        Returns
        -------
        float
            Derivative of the current by the voltage.
        """
        system, own = self.system, 0.0
        m, ns = system.block_size, system.n_species
        for site in self.sites:
            if site.terminal != terminal:
                continue
            charge = float(system.charge @ site.number)
            slope = site.slope(ns)
            row.reshape(-1, m)[site.nodes] += charge * slope
            by_voltage = np.zeros((site.nodes.size, m))
            by_voltage[:, :ns] = np.outer(slope[:, ns], site.number)  # the rate depends on V - phi only
            weights = counted if np.ndim(counted) == 1 else counted[site.open_to]
            own += float((weights * by_voltage[:, :ns]).sum()) - charge * float(slope[:, ns].sum())
            if system.current_form:
                by_voltage[:, ns] = charge * slope[:, ns]
            by_voltage[self._is_fixed.reshape(-1, m)[site.nodes]] = 0.0
            column.reshape(-1, m)[site.nodes] += by_voltage
        return own


def _product(a: np.ndarray, orders: list[tuple[int, float]]) -> tuple[np.ndarray, list[tuple[int, np.ndarray]]]:
    """prod a_i^p_i ((n,)) over pairs (i, p_i), and its derivative by every a_i; exact at a = 0 for orders >= 1."""
    if len(orders) == 1:
        ((i, p),) = orders
        return a[:, i] ** p, [(i, p * a[:, i] ** (p - 1.0))]
    value, slopes = np.ones(len(a)), []
    for i, p in orders:
        value = value * a[:, i] ** p
        slope = p * a[:, i] ** (p - 1.0)
        for j, q in orders:
            if j != i:
                slope = slope * a[:, j] ** q
        slopes.append((i, slope))
    return value, slopes
