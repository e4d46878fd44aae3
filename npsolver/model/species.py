"""A mobile species."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Species:
    """An ion, defect or neutral molecule that moves down its electrochemical potential.

    Attributes
    ----------
    name : str
        As in the case file, e.g. ``"K+"``.
    charge : float
        Charge number z.
    diffusivity : float
        m²/s, at the temperature of the model.
    """

    name: str
    charge: float
    diffusivity: float
