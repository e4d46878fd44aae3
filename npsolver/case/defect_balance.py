"""Atoms and lattice sites in an equation between defects and gases, as far as the names of the defects state them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from npsolver.case.names import split_name

_ELEMENT = re.compile(r"([A-Z][a-z]?)(\d*)")
_DEFECT = re.compile(r"((?:[A-Z][a-z]?\d*)+)_([A-Z][a-z]?|i)")
_NO_ATOMS = {"e", "h"}


def unbalanced_element(defects: Mapping[str, int], gases: Mapping[str, float]) -> str | None:
    """What is wrong with the atoms of an equation between a gas and defects named as by Kröger and Vink; None if nothing.

    A crystal adds and takes up sites in the ratio of its elements (Kröger and Vink, Solid State Phys. 3 (1956) 307, sec.
    II), and regular constituents of the lattice need not be written. So the atoms less the sites of one element may
    differ between both sides if those of another do, too: metal vacancies form beside new oxygen sites. Where a single
    element of a gas differs, atoms come from nowhere.

    Parameters
    ----------
    defects, gases : mapping of str to float
        Stoichiometric numbers, positive for products.
    """
    surplus: Counter = Counter()
    for name, number in defects.items():
        found = _atoms_less_sites(name)
        if found is None:
            return None
        for element, count in found.items():
            surplus[element] += number * count
    elements = set()
    for name, number in gases.items():
        for element, count in _ELEMENT.findall(name):
            surplus[element] += number * int(count or 1)
            elements.add(element)
    wrong = [element for element, count in surplus.items() if abs(count) > 1e-9]
    if len(wrong) != 1 or wrong[0] not in elements:
        return None
    count, side = abs(surplus[wrong[0]]), "right" if surplus[wrong[0]] > 0 else "left"
    atoms = "atom" if count == 1 else "atoms"
    return (
        f"{wrong[0]} is not balanced: {count:g} {atoms} too many on the {side} for the sites there; expected e.g. "
        "'O_O = V_O^2+ + 2 e- + 1/2 O2'"
    )


def _atoms_less_sites(name: str) -> dict[str, int] | None:
    """Atoms of every element less its sites; None where the name does not say."""
    formula = split_name(name)[0]
    if formula in _NO_ATOMS:
        return {}
    match = _DEFECT.fullmatch(formula)
    if match is None:
        return None
    content, site = match.groups()
    result: Counter = Counter()
    if content != "V":
        for element, count in _ELEMENT.findall(content):
            result[element] += int(count or 1)
    if site != "i":
        result[site] -= 1
    return dict(result)
