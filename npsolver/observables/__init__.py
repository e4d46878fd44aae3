"""Numbers and fields in SI from a system and a state."""

from npsolver.exports import exports
from npsolver.observables.baths import baths_of_other_activity, restless_baths
from npsolver.observables.conservation import (
    LARGEST_DEFECT,
    amounts,
    closed_species,
    drowned_fluxes,
    steady_defects,
)
from npsolver.observables.consistency import inconsistent_activities
from npsolver.observables.fields import Frame, frame, measure_of
from npsolver.observables.round_off import stated_values
from npsolver.observables.terminals import TerminalValues, terminal_currents, terminal_values, total_current

__getattr__ = exports(__name__, {"probes": "probe_unit probe_value"})

__all__ = [
    "LARGEST_DEFECT",
    "Frame",
    "TerminalValues",
    "amounts",
    "baths_of_other_activity",
    "closed_species",
    "drowned_fluxes",
    "frame",
    "inconsistent_activities",
    "measure_of",
    "probe_unit",
    "probe_value",
    "restless_baths",
    "stated_values",
    "steady_defects",
    "terminal_currents",
    "terminal_values",
    "total_current",
]
