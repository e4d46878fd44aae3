"""Closed forms of a cell between two blocking electrodes, bound to the data of a case.

The electrodes are the boundaries left and right at fixed potentials; charges are those of the left one.
"""

from __future__ import annotations

import numpy as np

from npsolver import equilibrium
from npsolver.errors import InputError
from npsolver.units import FARADAY, VACUUM_PERMITTIVITY, thermal_voltage
from npsolver.validation.context import Context, Layer
from npsolver.validation.references import reference

Time = object  # see `Context.argument`


def _cell(context: Context, region: Layer | None) -> dict[str, object]:
    """Arguments of the closed forms: one layer of uniform initial composition, equal Stern layers."""
    layer = region or context.membrane()
    bath = context.bath(layer.region.name)
    species = [item for item in context.model.species if item.charge != 0]
    capacitances = {wall.stern_capacitance for wall in context.model.boundaries.values()}
    if len(capacitances) != 1:
        raise InputError("both electrodes must have the same Stern layer")
    capacitance = capacitances.pop()
    permittivity = layer.region.relative_permittivity
    return {
        "z": context.charges(species),
        "D": context.diffusivities(species, layer),
        "c": context.concentrations(bath, species),
        "relative_permittivity": permittivity,
        "gap": layer.length,
        "T": context.temperature,
        "stern_length": 0.0 if capacitance is None else permittivity * VACUUM_PERMITTIVITY / capacitance,
    }


def _common_diffusivity(cell: dict[str, object]) -> float:
    D = np.asarray(cell["D"])
    if np.ptp(D) > 1e-12 * D.max():
        raise InputError("holds for ions that share one diffusivity")
    return float(D[0])


@reference("bta_charge", "C/m^2")
def bta_charge(context: Context, t: Time, region: Layer = None) -> float:
    """Charge of the left electrode at time t after a small step of voltage (exact linear response, any ions)."""
    half = 0.5 * context.voltage()
    if half == 0.0 or t == 0.0:
        return 0.0
    return float(equilibrium.step_charge(t, half, **_cell(context, region)))


@reference("bta_charge_nonlinear", "C/m^2")
def bta_charge_nonlinear(context: Context, t: Time, region: Layer = None) -> float:
    """Charge of the left electrode for thin double layers and a z:z salt at any voltage (Bazant et al. 2004)."""
    cell = _cell(context, region)
    z, c = np.asarray(cell["z"]), np.asarray(cell["c"])
    if z.size != 2 or z.sum() != 0:
        raise InputError("holds for a z:z salt")
    D, valence = _common_diffusivity(cell), abs(float(z[0]))
    debye = float(equilibrium.debye_length(z, c, cell["T"], cell["relative_permittivity"]))
    v = 0.5 * context.voltage() * valence / thermal_voltage(context.temperature)
    time = t / (debye * 0.5 * cell["gap"] / D)
    charging = equilibrium.charging_weakly_nonlinear(time, abs(v), cell["stern_length"] / debye)
    return float(np.sign(v) * 2.0 * valence * FARADAY * c[0] * debye * charging.charge)


@reference("rc_time", "s")
def rc_time(context: Context, region: Layer = None) -> float:
    """Charging time of a blocking cell with thin double layers, Debye length times half the gap over D."""
    cell = _cell(context, region)
    debye = float(equilibrium.debye_length(cell["z"], cell["c"], cell["T"], cell["relative_permittivity"]))
    stern = cell["stern_length"] / debye
    return float(equilibrium.charging_time(debye, 0.5 * cell["gap"], _common_diffusivity(cell), stern))


@reference("relaxation_time", "s")
def relaxation_time(context: Context, region: Layer = None) -> float:
    """Slowest relaxation time of a blocking cell, double layers of any thickness."""
    cell = _cell(context, region)
    return float(equilibrium.relaxation_time(**{**cell, "D": _common_diffusivity(cell)}))
