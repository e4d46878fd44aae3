"""Closed forms of electrochemical equilibrium and transport, independent of the transport engine.

Every function takes SI numbers or arrays, broadcasts, and refuses non-physical input with
:class:`npsolver.errors.InputError`.  Modules load on first use, so that importing the package costs nothing:

>>> from npsolver import equilibrium
>>> round(float(equilibrium.nernst_potential(1, 140, 5, 310.15)), 6)
-0.089059
"""

from __future__ import annotations

from importlib import import_module

# module -> its public names; a new module is one new line
_MODULES = {
    "ions": "nernst_potential",
    "bioenergetics": (
        "nernst_slope proton_motive_force ion_motive_force proton_free_energy atp_synthesis_free_energy "
        "maximum_atp_free_energy maximum_atp_ratio atp_stall_force pump_stall_potential symport_accumulation"
    ),
    "reverse_transport": (
        "redox_potential redox_free_energy reverse_transport_threshold ReverseTransportMap reverse_transport_map"
    ),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = sorted(_HOME)  # noqa: PLE0605 - the table above is the list of names


def __getattr__(name: str):
    """Import the module that owns `name` when it is first asked for."""
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME, *_MODULES})
