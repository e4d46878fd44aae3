"""Compounds with their standard Gibbs energies, and the shipped table of them.

Temperature dependence: `dfG(T) = dfG(T0) − (T − T0) dfS(T0)` with T0 = 298.15 K, that is constant enthalpy and entropy
of formation (no heat capacity).  The error is about `dfCp (T − T0)²/(2 T0)`: below 1 kJ/mol up to 60 °C for most
solids, several kJ/mol at 100 °C for ions.  The electron of an ion carries the entropy of ½ H2 − H+, so that potentials
stay on the standard hydrogen electrode at the same temperature.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from npsolver.equilibrium.pourbaix.formula import PHASES, parse_formula
from npsolver.errors import InputError

STANDARD_TEMPERATURE = 298.15  # K
_WATER = {"H": 2.0, "O": 1.0}


@dataclass(frozen=True)
class Compound:
    """A solid, liquid, gas or dissolved species.

    Attributes
    ----------
    name : str
        Formula, e.g. ``"Fe2O3"``, ``"CrO4^2-"``, ``"CO2(aq)"``; unique in a table.
    elements : Mapping[str, float]
        Atoms per formula unit.
    charge : int
        Charge number.
    phase : str
        ``"s"``, ``"l"``, ``"aq"`` or ``"g"``.
    gibbs_energy : float
        Standard Gibbs energy of formation from the elements at 298.15 K, J/mol.
    entropy : float or None
        Standard entropy at 298.15 K, J/(mol K), H+ = 0; None where unknown.
    source : str
        Where the numbers come from.
    """

    name: str
    elements: Mapping[str, float]
    charge: int
    phase: str
    gibbs_energy: float
    entropy: float | None = None
    source: str = ""

    def __post_init__(self):
        if self.phase not in PHASES:
            raise InputError(f"phase is {self.phase!r}, expected one of {', '.join(PHASES)}", key=f"{self.name}.phase")
        if not math.isfinite(self.gibbs_energy):
            raise InputError(f"Gibbs energy is {self.gibbs_energy}, expected J/mol", key=f"{self.name}.gibbs_energy")

    @classmethod
    def from_formula(cls, name, gibbs_energy, *, phase=None, entropy=None, source="") -> Compound:
        """Compound whose elements and charge are read from its formula `name`.

        Parameters
        ----------
        name : str
            See :func:`~npsolver.equilibrium.pourbaix.formula.parse_formula`.
        gibbs_energy : float
            J/mol at 298.15 K.
        phase : str, optional
            Where the formula does not say: ``"aq"`` for an ion, else ``"s"``.
        entropy : float, optional
            J/(mol K).
        """
        formula = parse_formula(name)
        phase = phase or formula.phase or ("aq" if formula.charge else "s")
        return cls(name, formula.elements, formula.charge, phase, float(gibbs_energy), entropy, source)

    def count(self, element: str) -> float:
        """Atoms of `element` per formula unit."""
        return self.elements.get(element, 0.0)

    @property
    def key_elements(self) -> frozenset[str]:
        """Elements other than H and O."""
        return frozenset(self.elements) - {"H", "O"}


class CompoundTable:
    """Compounds by name, with what is needed to change the temperature.

    Parameters
    ----------
    compounds : iterable of Compound
        Names must differ.  Liquid water ``H2O`` must be among them, or its Gibbs energy be given.
    water_gibbs_energy : float, optional
        Standard Gibbs energy of formation of liquid water at 298.15 K, J/mol, where the table has no ``H2O``.
    """

    def __init__(self, compounds: Iterable[Compound], *, water_gibbs_energy: float | None = None):
        self._by_name: dict[str, Compound] = {}
        for compound in compounds:
            if compound.name in self._by_name:
                raise InputError("the name occurs twice in the table", key=compound.name)
            self._by_name[compound.name] = compound
        if water_gibbs_energy is not None:
            self._by_name["H2O"] = Compound("H2O", _WATER, 0, "l", float(water_gibbs_energy), 69.95)
        if "H2O" not in self._by_name:
            raise InputError("the table has no liquid water; add H2O or give water_gibbs_energy", key="H2O")
        self._aliases = {_canonical(c.name, c.phase): c.name for c in self}

    def __iter__(self):
        return iter(self._by_name.values())

    def __len__(self):
        return len(self._by_name)

    def __contains__(self, name: str) -> bool:
        return name in self._by_name or _canonical(name) in self._aliases

    def __getitem__(self, name: str) -> Compound:
        if name in self._by_name:
            return self._by_name[name]
        alias = self._aliases.get(_canonical(name))
        if alias is None:
            raise InputError("the table has no such compound", key=name)
        return self._by_name[alias]

    def select(self, elements: Iterable[str], *, exclude: Iterable[str] = (), gases: Iterable[str] = ()):
        """Solids, liquids and dissolved species made of `elements`, H and O only, and the `gases` asked for.

        Parameters
        ----------
        elements : iterable of str
            Key elements; each compound holds at least one of them.
        exclude : iterable of str
            Names of compounds to leave out.
        gases : iterable of str
            Names of the gases to take.

        Returns
        -------
        tuple of Compound
        """
        wanted = frozenset(elements)
        without = {self[name].name for name in exclude}
        gases = {self[name].name for name in gases}
        return tuple(
            c
            for c in self
            if c.key_elements
            and c.key_elements <= wanted
            and c.name not in without
            and (c.phase != "g" or c.name in gases)
        )

    def extended(self, compounds: Iterable[Compound]) -> CompoundTable:
        """A new table in which `compounds` are added, or replace those of the same name."""
        return CompoundTable({**self._by_name, **{c.name: c for c in compounds}}.values())

    def gibbs_energy(self, compound: Compound | str, temperature: float = STANDARD_TEMPERATURE) -> float:
        """Standard Gibbs energy of formation at `temperature`, J/mol (constant entropy of formation)."""
        compound = self[compound] if isinstance(compound, str) else compound
        if temperature == STANDARD_TEMPERATURE:
            return compound.gibbs_energy
        return compound.gibbs_energy - (temperature - STANDARD_TEMPERATURE) * self.formation_entropy(compound)

    def formation_entropy(self, compound: Compound) -> float:
        """Entropy of formation from the elements (and electrons on the hydrogen scale), J/(mol K)."""
        if compound.entropy is None:
            raise InputError("no entropy is known, so it cannot leave 298.15 K", key=compound.name)
        half_h2 = 0.5 * self["H2(g)"].entropy
        reference = sum(count * self._element_entropy(element) for element, count in compound.elements.items())
        return compound.entropy + compound.charge * half_h2 - reference

    def has_entropy(self, compound: Compound) -> bool:
        """Whether `compound` can leave 298.15 K."""
        return compound.entropy is not None

    def _element_entropy(self, element: str) -> float:
        """Entropy per atom of the reference state, J/(mol K)."""
        name = {"H": "H2(g)", "O": "O2(g)"}.get(element, element)
        compound = self[name]
        if compound.entropy is None:
            raise InputError("the reference state has no entropy", key=name)
        return compound.entropy / compound.count(element)


def _canonical(name: str, phase: str | None = None) -> tuple:
    """What the spellings of one name share: ``Fe^2+`` and ``Fe2+``, ``Fe2O3(s)`` and ``Fe2O3``."""
    formula = parse_formula(name)
    return formula.body, formula.charge, phase or formula.phase or ("aq" if formula.charge else "s")


def read_table(lines: Iterable[str], *, name: str = "table") -> CompoundTable:
    """Read a table in the format of the shipped one.

    Parameters
    ----------
    lines : iterable of str
        Comma-separated values with the columns ``name, phase, charge, dfG0_J_mol, S0_J_mol_K, source``; lines that
        begin with ``#`` are comments, an empty entropy is unknown.
    name : str
        Named in errors.
    """
    compounds = []
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        formula = parse_formula(row["name"])
        if formula.charge != int(row["charge"]) or (formula.phase or row["phase"]) != row["phase"]:
            raise InputError("charge or phase disagree with the formula", file=name, key=row["name"])
        entropy = float(row["S0_J_mol_K"]) if row["S0_J_mol_K"] else None
        energy = float(row["dfG0_J_mol"])
        compounds.append(
            Compound(row["name"], formula.elements, formula.charge, row["phase"], energy, entropy, row["source"])
        )
    return CompoundTable(compounds)


@cache
def standard_table() -> CompoundTable:
    """The shipped table: Fe, Cr, Ni, Mo, Cu, Zn, Al, Ti, Mn, Li, Co and C with O and H.

    Sources and conventions stand at its head, ``npsolver/equilibrium/pourbaix/data/species.csv``.
    """
    text = files("npsolver.equilibrium.pourbaix").joinpath("data/species.csv").read_text(encoding="utf-8")
    return read_table(text.splitlines(), name="species.csv")
