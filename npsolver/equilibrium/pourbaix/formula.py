"""Chemical formulas: elements, charge and phase from the usual ways of writing them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from npsolver.errors import InputError

_PERIODIC_TABLE = """
H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc
Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi
Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og
"""
ELEMENTS = frozenset(_PERIODIC_TABLE.split())
PHASES = ("s", "l", "aq", "g")

_PHASE = re.compile(r"\((s|l|aq|g)\)$")
_CHARGES = (
    re.compile(r"\[(?P<n>\d*)(?P<sign>[+-])\]$"),  # Fe[2+]
    re.compile(r"\^(?P<n>\d*)(?P<sign>[+-])$"),  # CrO4^2-
    re.compile(r"(?P<sign>[+-])(?P<n>\d+)$"),  # CrO4-2
)
_SIGNS = re.compile(r"(\++|-+)$")  # CrO4--
_BARE_CATION = re.compile(r"([A-Z][a-z]?)(\d+)$")
_TOKEN = re.compile(r"([A-Z][a-z]?)|(\d+(?:\.\d+)?)|([()])")


@dataclass(frozen=True)
class Formula:
    """What a formula says.

    Attributes
    ----------
    elements : Mapping[str, float]
        Atoms per formula unit.
    charge : int
        Charge number.
    phase : str or None
        ``"s"``, ``"l"``, ``"aq"``, ``"g"``; None where the formula does not say.
    body : str
        The formula as written, without charge and phase.
    """

    elements: Mapping[str, float]
    charge: int
    phase: str | None
    body: str


def parse_formula(text: str) -> Formula:
    """Read a chemical formula.

    Parameters
    ----------
    text : str
        E.g. ``Fe2O3``, ``Fe(OH)3(s)``, ``LiOH*H2O``, ``Fe0.947O``, ``CO2(aq)``.  A charge is written ``CrO4^2-``,
        ``CrO4--``, ``CrO4-2`` or ``CrO4[2-]``; after a single element ``Fe2+`` means Fe with charge 2, after anything
        longer the digits belong to the last element (``MnO4-`` has charge −1).

    Returns
    -------
    Formula

    >>> parse_formula("Cu2(OH)2CO3").elements
    {'Cu': 2.0, 'O': 5.0, 'H': 2.0, 'C': 1.0}
    >>> parse_formula("CrO4^2-").charge, parse_formula("Fe3+").charge, parse_formula("HFeO2-").charge
    (-2, 3, -1)
    """
    body = text.strip()
    phase = None
    if match := _PHASE.search(body):
        phase, body = match[1], body[: match.start()]
    body, charge = _split_charge(body)
    elements: dict[str, float] = {}
    for part in re.split("[*·]", body):
        match = re.match(r"\d+", part)
        factor = int(match[0]) if match else 1
        for element, count in _atoms(part[match.end() :] if match else part, text).items():
            elements[element] = elements.get(element, 0.0) + factor * count
    return Formula(elements, charge, phase, body)


def _split_charge(body: str) -> tuple[str, int]:
    """Formula without its charge, and the charge."""
    for pattern in _CHARGES:
        if match := pattern.search(body):
            size = int(match["n"] or 1)
            return body[: match.start()], size if match["sign"] == "+" else -size
    match = _SIGNS.search(body)
    if not match:
        return body, 0
    signs, body = match[1], body[: match.start()]
    size = len(signs)
    bare = _BARE_CATION.fullmatch(body)
    if size == 1 and bare:
        body, size = bare[1], int(bare[2])
    return body, size if signs[0] == "+" else -size


def _atoms(part: str, text: str) -> dict[str, float]:
    """Atoms of one formula without charge, e.g. ``Cu2(OH)2CO3``."""
    stack: list[dict[str, float]] = [{}]
    group: dict[str, float] | None = None  # what a following number multiplies
    position = 0
    while position < len(part):
        match = _TOKEN.match(part, position)
        if not match:
            raise InputError(f"character {part[position]!r} is no part of a chemical formula", key=f"formula {text!r}")
        symbol, number, bracket = match.groups()
        if symbol:
            if symbol not in ELEMENTS:
                raise InputError(f"{symbol!r} is not a chemical element", key=f"formula {text!r}")
            group = {symbol: 1.0}
            _add(stack[-1], group, 1.0)
        elif number:
            if group is None:
                raise InputError(f"the number {number} follows no element or bracket", key=f"formula {text!r}")
            _add(stack[-1], group, float(number) - 1.0)
            group = None
        elif bracket == "(":
            stack.append({})
            group = None
        else:
            if len(stack) == 1:
                raise InputError("a bracket closes that was never opened", key=f"formula {text!r}")
            group = stack.pop()
            _add(stack[-1], group, 1.0)
        position = match.end()
    if len(stack) > 1:
        raise InputError("a bracket is not closed", key=f"formula {text!r}")
    if not stack[0]:
        raise InputError("no elements found", key=f"formula {text!r}")
    return stack[0]


def _add(total: dict[str, float], group: dict[str, float], factor: float) -> None:
    for element, count in group.items():
        total[element] = total.get(element, 0.0) + factor * count
