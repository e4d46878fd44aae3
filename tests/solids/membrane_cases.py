"""Texts of cases of oxide membranes between two oxygen pressures."""

from __future__ import annotations

import json
import re
from pathlib import Path

from npsolver.units import FARADAY, GAS_CONSTANT

DATA = Path(__file__).parents[1] / "data" / "solid_state_reference.json"  # closed forms and quadrature
ITEMS = {
    item["id"]: item
    for item in json.loads(DATA.read_text(encoding="utf-8"))["items"]
}
ATM = 101325.0


def oxide(*, T, L, dopant, mobile, K_red, left, right, K_i=None, physics="electroneutral", extra=""):
    """A membrane with vacancies and electrons (and holes if K_i is given).

    Parameters
    ----------
    T, L : float
        K, m.
    dopant : float
        Fixed charge, mol/m³.
    mobile : tuple of float
        Diffusivities of vacancies, electrons and holes, m²/s.
    K_red, K_i : float
        In mol/m³ and Pa.
    left, right : str
        Keys of the two boundaries.
    """
    names = ["V_O^2+", "e-", "h+"][: 2 if K_i is None else 3]
    species = "".join(f'[[species]]\nname = "{name}"\ndiffusivity = "{D!r} m^2/s"\n' for name, D in zip(names, mobile))
    holes = "" if K_i is None else f'[[defect_equilibrium]]\nequation = "nil = e- + h+"\nconstant = {K_i!r}\n'
    return f"""
[case]
title = "oxide"
[model]
physics = "{physics}"
temperature = {T!r}
{species}
[[defect_equilibrium]]
equation = "O_O = V_O^2+ + 2 e- + 1/2 O2"
constant = {K_red!r}
{holes}
[geometry]
[[geometry.region]]
name = "oxide"
length = {L!r}
fixed_charge = {dopant!r}
relative_permittivity = 30
[boundary.left]
{left}
[boundary.right]
{right}
[[observable]]
name = "voltage"
kind = "voltage"
species = "e-"
{extra}"""


def gas(pressure: float, rest: str) -> str:
    """Keys of a boundary at an oxygen pressure in Pa."""
    return f'kind = "gas"\npressure = {{ O2 = {pressure!r} }}\n{rest}'


def wagner_case(item: dict, low=None, high=None, extra="") -> str:
    """A reference membrane: electrons so mobile that their number never disturbs the vacancies."""
    p = item["parameters"]
    T, dopant, mobility = p["T_K"], 5000.0, 1.0
    ionic = p["sigma_ion_S_m"] * GAS_CONSTANT * T / (4 * FARADAY**2 * dopant / 2)
    per = GAS_CONSTANT * T / (FARADAY**2 * mobility)
    n0, p0 = p["sigma_n0_S_m"] * per, p.get("sigma_p0_S_m", 0.0) * per
    return oxide(
        T=T,
        L=p.get("L_m", 1e-4),
        dopant=-dopant,
        mobile=(ionic, mobility, mobility),
        K_red=dopant / 2 * n0**2 * ATM**0.5,
        K_i=n0 * p0 if p0 else None,
        left=gas((low or p["p1_atm"]) * ATM, "current = 0"),
        right=gas((high or p["p2_atm"]) * ATM, "potential = 0"),
        extra=extra,
    )


def box_membrane(text: str, dimension: int) -> str:
    """The same membrane as a box (its thickness along x) in two or three dimensions; faces "fuel" and "air"."""
    length = float(re.search(r"length = (\S+)", text).group(1))
    sides = [f"{axis} = [0, {length / 4!r}]" for axis in "yz"[: dimension - 1]]
    text = re.sub(r"length = \S+", "\n".join([f"x = [0, {length!r}]", *sides]), text)
    surfaces = ""
    for name, x in (("fuel", 0.0), ("air", length)):
        surfaces += "\n".join(["[[geometry.surface]]", f'name = "{name}"', f"x = {x!r}", *sides, ""])
    text = text.replace("[boundary.left]", surfaces + "[boundary.fuel]").replace("[boundary.right]", "[boundary.air]")
    return text.replace('name = "voltage"\n', 'name = "voltage"\nboundary = "fuel"\nto = "air"\n')
