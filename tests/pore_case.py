"""A straight pore between two baths, with a charged wall that leaves its mouths bare, in two or three dimensions."""

from __future__ import annotations


def charged_pore(
    *, dimension: int, length: float, height: float, wall: tuple[float, float], salt: str, voltage: str, charge: str, mesh: str
) -> str:
    """Text of the case; lengths in nm, `mesh` is the line of that section."""
    z = f'z = ["0 nm", "{height} nm"]' if dimension == 3 else ""
    bath = f'kind = "bath"\nconcentration = {{ "K+" = "{salt}", "Cl-" = "{salt}" }}'
    return f"""
[model]
physics = "pnp"
[[species]]
name = "K+"
[[species]]
name = "Cl-"
[geometry]
dimension = {dimension}
[[geometry.region]]
name = "pore"
x = ["0 nm", "{length} nm"]
y = ["0 nm", "{height} nm"]
{z}
[[geometry.surface]]
name = "wall"
side = "top"
x = ["{wall[0]} nm", "{wall[1]} nm"]
[boundary.left]
{bath}
potential = "{voltage}"
[boundary.right]
{bath}
potential = "0 V"
[boundary.wall]
kind = "wall"
surface_charge = "{charge}"
[mesh]
{mesh}
"""
