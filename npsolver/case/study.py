"""Study files: a base case and what varies in it, expanded into members that are made one at a time."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from npsolver.case.case import Case
from npsolver.case.formula import Formula, FormulaError
from npsolver.case.quantities import restated
from npsolver.case.study_axes import Axis, Block
from npsolver.errors import InputError

PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Member:
    """One case of a study.

    Attributes
    ----------
    index : int
        Position in the study, from 0.
    id : str
        Content hash (sha256, hexadecimal) of the base case and the overrides.
    values : dict
        Value of every axis and derived name, SI.
    overrides : dict
        Dotted key of the case -> value.
    """

    index: int
    id: str
    values: dict
    overrides: dict


@dataclass(frozen=True)
class Study:
    """A base case and its axes. Members are made when asked for, so a large study takes no memory.

    Attributes
    ----------
    title, description, source, path : str
    base : Case
    blocks : tuple of Block
        They multiply; the last one varies fastest.
    derived : dict of str to Formula
        Names (used by formulas and tables) and dotted keys (set in the case), in order.
    template : dict
        Dotted key -> value with ``{name}`` in its texts.
    constraints : tuple of Formula
    observables : tuple of str
        Which observables are kept; empty means all.
    fields : bool
        Whether every member also keeps its full result.
    warm_start : str
        ``"auto"``: where Newton's method fails from a cold start, ``"always"``, ``"never"``.
    document : dict
        The study file as read, with the rows of CSV files and the base case in it.
    """

    title: str
    path: str
    base: Case
    blocks: tuple[Block, ...]
    derived: dict = field(default_factory=dict)
    template: dict = field(default_factory=dict)
    constraints: tuple[Formula, ...] = ()
    observables: tuple[str, ...] = ()
    fields: bool = False
    warm_start: str = "auto"
    description: str = ""
    source: str = ""
    document: dict = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """Name of the file without folder and ending."""
        stem = self.path.replace("\\", "/").rsplit("/", 1)[-1]
        return stem.removesuffix(".toml").removesuffix(".study") or self.title or "study"

    @property
    def axes(self) -> tuple[Axis, ...]:
        return tuple(axis for block in self.blocks for axis in block.axes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the blocks."""
        return tuple(len(block) for block in self.blocks)

    @property
    def units(self) -> dict[str, str]:
        """SI unit of every axis; derived names have none."""
        return {**{axis.name: axis.unit for axis in self.axes}, **dict.fromkeys(self._derived_names, "")}

    @cached_property
    def _derived_names(self) -> tuple[str, ...]:
        return tuple(name for name in self.derived if name.isidentifier())

    @cached_property
    def rows(self) -> np.ndarray:
        """(n_members,) int64: positions in the full product that satisfy the constraints."""
        everything = np.arange(math.prod(self.shape), dtype=np.int64)
        if not self.constraints:
            return everything
        keep = [all(formula(self._values(int(row))) for formula in self.constraints) for row in everything]
        return everything[np.array(keep, dtype=bool)]

    def __len__(self) -> int:
        return len(self.rows)

    def position(self, index: int) -> tuple[int, ...]:
        """Row of every block that makes up a member."""
        return tuple(int(i) for i in np.unravel_index(self.rows[index], self.shape))

    def _values(self, row: int) -> dict:
        values, rest = {}, row
        for block in reversed(self.blocks):
            rest, own = divmod(rest, len(block))
            for axis in block.axes:
                values[axis.name] = axis.values[own]
        values = {axis.name: values[axis.name] for axis in self.axes}
        for name, formula in self.derived.items():
            values[name] = formula(values)
        return values

    def member(self, index: int) -> Member:
        """The member at a position from 0.

        Raises
        ------
        InputError
            If a derived name or key has no value for it.
        """
        try:
            values = self._values(int(self.rows[index]))
        except FormulaError as error:
            hint = "; leave such members out by constraints in [study]"
            raise InputError(f"member {index}: {error}{hint}", file=self.path or None, key="derived") from None
        overrides = {}
        for key, value in self.template.items():
            overrides[_filled(key, values)] = _filled(value, values)
        for axis in self.axes:
            for key in axis.keys:
                overrides[_filled(key, values)] = restated(values[axis.name], axis.unit)
        for name in self.derived:
            if not name.isidentifier():
                overrides[_filled(name, values)] = values.pop(name)
        try:
            text = json.dumps(overrides, sort_keys=True, separators=(",", ":"), allow_nan=False)
        except ValueError:
            key = next(key for key, value in overrides.items() if isinstance(value, float) and not math.isfinite(value))
            message = f"member {index}: {key} = {overrides[key]} is no finite number"
            raise InputError(message, file=self.path or None) from None
        identity = hashlib.sha256(self._base_hash.encode() + text.encode()).hexdigest()
        return Member(index, identity, values, overrides)

    @cached_property
    def _base_hash(self) -> str:
        """What all members share: the numbers of the base case, and what its results are compared with."""
        expects = json.dumps(self.base.effective.get("expect", []), sort_keys=True)
        return hashlib.sha256((self.base.sha256 + expects).encode()).hexdigest()

    def case(self, member: Member) -> Case:
        """The checked case of a member."""
        return self.base.with_values(member.overrides)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Content hashes of all members, in order."""
        return tuple(self.member(index).id for index in range(len(self)))

    @cached_property
    def sha256(self) -> str:
        """Hash of the set of members."""
        return hashlib.sha256("".join(sorted(self.ids)).encode()).hexdigest()


def _filled(item: object, values: Mapping[str, object]):
    """`item` with ``{name}`` replaced in all texts; a text that is one name alone becomes its value."""
    if isinstance(item, dict):
        return {_filled(key, values): _filled(value, values) for key, value in item.items()}
    if isinstance(item, list):
        return [_filled(value, values) for value in item]
    if not isinstance(item, str) or "{" not in item:
        return item
    whole = PLACEHOLDER.fullmatch(item)
    if whole and whole.group(1) in values:
        return values[whole.group(1)]
    return PLACEHOLDER.sub(lambda match: _text(values.get(match.group(1), match.group())), item)


def _text(value: object) -> str:
    return value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)
