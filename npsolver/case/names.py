"""Spellings of species names: ``Ca++``, ``Ca2+``, ``Ca^2+`` and ``Ca²⁺`` are one species."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Formulae in which the digit before a single sign counts atoms although it follows one element symbol.
_COUNTS_ATOMS = {"I3", "N3", "Br3"}


@lru_cache(maxsize=4096)
def split_name(name: str) -> tuple[str, int | None]:
    """Formula and charge number that a name states; the charge is None where it states none.

    Examples
    --------
    >>> split_name("SO4--"), split_name("SO4^2-"), split_name("SO4 2-")
    (('SO4', -2), ('SO4', -2), ('SO4', -2))
    >>> split_name("NO3-"), split_name("Ca2+"), split_name("glucose")
    (('NO3', -1), ('Ca', 2), ('glucose', None))
    """
    text = unicodedata.normalize("NFKC", name).replace("\u2212", "-").strip()
    text = re.sub(r"\((aq|l|g)\)$", "", text).strip()
    match = re.fullmatch(r"(.+?)\s*\^\s*\{?\s*(\d*)\s*([+-])\s*(\d*)\s*\}?", text)
    if match and not (match.group(2) and match.group(4)):
        return _bare(match.group(1)), _signed(match.group(2) or match.group(4), match.group(3))
    match = re.fullmatch(r"(.+?)\s*(\++|-+)", text)
    if match is None:
        return _bare(text), None
    body, signs = match.groups()
    if len(signs) > 1:
        return _bare(body), _signed(str(len(signs)), signs[0])
    spaced = re.fullmatch(r"(.+?)\s+(\d+)", body)
    if spaced:
        return _bare(spaced.group(1)), _signed(spaced.group(2), signs)
    formula, digits = re.fullmatch(r"(.*?)(\d*)", body).groups()
    if not digits:
        return _bare(body), _signed("", signs)
    if _bare(body) in _COUNTS_ATOMS:
        return _bare(body), _signed("", signs)
    element = re.fullmatch(r"[A-Z][a-z]?", formula) or "_" in formula or formula.endswith("]")
    if element and len(digits) == 1:
        return _bare(formula), _signed(digits, signs)
    if len(digits) > 1:  # "SO42-": the last digit is the charge
        return _bare(formula + digits[:-1]), _signed(digits[-1], signs)
    return _bare(body), _signed("", signs)


def _signed(digits: str, sign: str) -> int:
    return int(sign + (digits or "1"))


def _bare(formula: str) -> str:
    formula = formula.strip()
    if formula.startswith("[") and formula.endswith("]"):
        formula = formula[1:-1]
    return formula.replace(" ", "")


def canonical(name: str) -> str:
    """One spelling for all names of a species: ``"Ca^2+"``, ``"Cl-"``, ``"O2"``."""
    formula, charge = split_name(name)
    if charge is None or charge == 0:
        return formula
    number = "" if abs(charge) == 1 else f"^{abs(charge)}"
    return f"{formula}{number}{'+' if charge > 0 else '-'}"


def same_name(first: str, second: str) -> bool:
    """Whether two names mean one species."""
    return first == second or canonical(first) == canonical(second)
