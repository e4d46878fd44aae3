"""From the sections of a file to a `Cell` or a `HodgkinHuxley` axon, its clamp and its times."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from npsolver.case.kinds.fields import kind_of_unit
from npsolver.case.names import canonical
from npsolver.case.problems import Problems, listed, nearest
from npsolver.case.quantities import KINDS, QuantityError, parse_quantity
from npsolver.case.resolve_solve import value_list
from npsolver.case.species import find
from npsolver.equilibrium import (
    Axoplasm,
    Cell,
    CellIon,
    Cotransporter,
    CurrentClamp,
    EnergySupply,
    HodgkinHuxley,
    Intervention,
    Leak,
    Pump,
    Steps,
    Surroundings,
    VoltageClamp,
    leaks_that_balance,
)
from npsolver.errors import InputError

DEFAULT_FRAMES = 401


@dataclass(frozen=True)
class CellSpec:
    """What is integrated.

    Attributes
    ----------
    cell : Cell or None
    axon : HodgkinHuxley or None
    start : float or None
        Potential of an axon at the start, V.
    interventions : tuple of Intervention
    clamp : VoltageClamp, CurrentClamp or None
    times : (n,) float64
        s.
    resting : bool
        Whether the cell must have come to rest at the end.
    rtol : float
    method : str
    frames : str
        ``"transient"``.
    """

    cell: Cell | None
    axon: HodgkinHuxley | None
    start: float | None
    interventions: tuple
    clamp: object
    times: np.ndarray
    resting: bool
    rtol: float
    method: str
    frames: str = field(default="transient", init=False)

    def effective(self, document: dict) -> dict:
        """Sections of the effective case that this spec knows better than the schema."""
        changed: dict = {
            "intervention": [{"time": one.time, "set": {one.key: one.value}} for one in self.interventions]
        }
        if self.clamp is not None:
            kind = document["clamp"]["kind"]
            steps = self.clamp.potential if kind == "voltage" else self.clamp.current
            rows = [{"time": time, "value": value} for time, value in zip(steps.times, steps.values)]
            changed["clamp"] = {"kind": kind, "holding": steps.before, "step": rows}
            if self.clamp.carrier is not None:
                changed["clamp"]["carrier"] = self.clamp.carrier
        if not self.resting:
            changed["solve"] = document["solve"] | {"output_times": self.times.tolist()}
        return changed


@contextmanager
def reported_at(location: str, problems: Problems):
    """What an object refuses is reported at `location`."""
    try:
        yield
    except InputError as error:
        problems.add(": ".join(part for part in (location, error.key) if part), error.message)


def resolve_cell(document, problems: Problems, path: str = "") -> CellSpec | None:
    """The spec, or None after a report."""
    if (document.cell is None) == (document.axon is None):
        problems.add("", "expected either a section [cell] or a section [axon]")
        return None
    times = _times(document, problems)
    clamp = _clamp(document.clamp, document, problems)
    interventions = _interventions(document, problems)
    cell = axon = None
    if document.axon is not None:
        _only_for_cells(document, problems)
        axon = _axon(document, problems)
    else:
        cell = _cell(document, problems)
        if cell is not None:
            with reported_at("intervention", problems):
                cell.settings(interventions)
    if len(problems):
        return None
    solve, start = document.solve, document.axon.start if document.axon else None
    return CellSpec(cell, axon, start, interventions, clamp, times, solve.kind == "resting", solve.rtol, solve.method)


def _only_for_cells(document, problems: Problems) -> None:
    for key in ("species", "leak", "pump", "cotransporter", "energy", "intervention"):
        if getattr(document, key):
            problems.add(key, "is for a case with a section [cell]")
    if document.solve.kind == "resting":
        problems.add("solve: kind", "'resting' is for a case with a section [cell]")


def _axon(document, problems: Problems) -> HodgkinHuxley | None:
    values = {key: getattr(document.axon, key) for key in type(document.axon).fields}
    values.pop("start")
    section = values.pop("axoplasm")
    with reported_at("axon", problems):
        axoplasm = None
        if section is not None:
            given = {canonical(name): value for name, value in section.outside.items()}
            wanted = ("Na+", "K+", "Cl-")
            if given and set(given) != set(wanted):
                problems.add("axon: axoplasm: outside", f"expected Na+, K+ and Cl-, got {listed(section.outside)}")
                return None
            options = {"outside": tuple(given[name] for name in wanted)} if given else {}
            axoplasm = Axoplasm(section.diameter, **options)
        return HodgkinHuxley(temperature=document.model.temperature, axoplasm=axoplasm, **values)
    return None


def _cell(document, problems: Problems) -> Cell | None:
    ions = []
    for item in document.species:
        entry = find(item.name)
        if item.charge is None and entry is None:
            problems.add(f"species {item.name!r}", "is not in the species library; give its charge")
            continue
        charge = entry.charge if item.charge is None else item.charge
        if charge != int(charge):
            problems.add(f"species {item.name!r}: charge", f"expected a whole number, got {charge:g}")
            continue
        ions.append(CellIon(item.name, int(charge), item.inside, item.outside))
    if not document.species:
        problems.add("species", 'missing; expected [[species]] name = "K+", inside = "140 mM", outside = "5 mM"')
    if len(problems):
        return None
    names = _Names([ion.name for ion in ions], problems)
    active, leaks = _active(document, names, problems), _leaks(document, names, problems)
    if len(problems):
        return None
    section = document.cell
    values = {key: getattr(section, key) for key in type(section).fields}
    energy = None
    with reported_at("energy", problems):
        if document.energy is not None:
            energy = EnergySupply(document.energy.atp, document.energy.supply_rate, document.energy.michaelis)
    with reported_at("leak", problems):
        leaks = [*leaks, *_balancing(document, ions, active, leaks, energy, names)]
    if len(problems):
        return None
    with reported_at("cell", problems):
        return Cell(tuple(ions), (*leaks, *active), temperature=document.model.temperature, energy=energy, **values)
    return None


class _Names:
    """Ions of the cell under any spelling."""

    def __init__(self, names: list[str], problems: Problems):
        self.names, self.problems = names, problems
        self.spelling = {canonical(name): name for name in names}

    def __call__(self, name: str, location: str) -> str:
        found = self.spelling.get(canonical(name))
        if found is None:
            hint = nearest(name, self.names)
            self.problems.add(location, f"unknown species {name!r}{hint} (species: {listed(self.names)})")
        return found or name


def _active(document, names: _Names, problems: Problems) -> list:
    found = []
    for item in document.pump:
        location = f"pump {item.name!r}"
        values = {key: getattr(item, key) for key in type(item).fields}
        for key in ("sodium", "potassium"):
            values[key] = names(values[key], f"{location}: {key}")
        with reported_at(location, problems):
            found.append(Pump(**values))
    for item in document.cotransporter:
        location = f"cotransporter {item.name!r}"
        moves = {names(name, f"{location}: moves"): number for name, number in item.moves.items()}
        with reported_at(location, problems):
            found.append(Cotransporter(moves, item.strength, item.law, item.name))
    return found


def _leaks(document, names: _Names, problems: Problems) -> list[Leak]:
    """Leaks of given size; those that balance are found later."""
    found, seen = [], set()
    for item in document.leak:
        location = f"leak {item.species!r}"
        ion = names(item.species, location)
        if ion in seen:
            problems.add(location, "is given twice")
        seen.add(ion)
        given = [key for key in ("conductance", "permeability") if getattr(item, key) is not None]
        if item.balance and given:
            problems.add(f"{location}: {given[0]}", "follows from balance = true; leave one of the two out")
        elif not item.balance:
            with reported_at(location, problems):
                found.append(Leak(ion, **{key: getattr(item, key) for key in given}))
    return found


def _balancing(document, ions, active, leaks, energy, names: _Names) -> tuple:
    wanted = [names(item.species, "leak") for item in document.leak if item.balance]
    if not wanted:
        return ()
    inside, outside = ({ion.name: getattr(ion, side) for ion in ions} for side in ("inside", "outside"))
    charge = {ion.name: ion.charge for ion in ions}
    at = Surroundings(document.cell.potential, inside, outside, charge, document.model.temperature)
    if energy is not None:
        share = energy.atp / (energy.atp + energy.michaelis)
        active = [_Throttled(one, share) if isinstance(one, Pump) else one for one in active]
    return leaks_that_balance(at, [*active, *leaks], wanted)


@dataclass(frozen=True)
class _Throttled:
    """A pump that runs slower for want of ATP."""

    pump: Pump
    share: float

    @property
    def name(self) -> str:
        return self.pump.name

    @property
    def stoichiometry(self) -> dict[str, float]:
        return self.pump.stoichiometry

    def rate(self, at: Surroundings):
        return self.share * self.pump.rate(at)


def _interventions(document, problems: Problems) -> tuple[Intervention, ...]:
    spelling = {canonical(item.name): item.name for item in document.species}
    found = []
    for number, item in enumerate(document.intervention, 1):
        for key, text in item.set.items():
            here = f"intervention {number}: {key}"
            prefix = next((word for word in ("outside.", "leak ") if key.startswith(word)), "")
            name = prefix + spelling.get(canonical(key.removeprefix(prefix)), key.removeprefix(prefix))
            kind = KINDS["concentration"] if name.startswith("outside") else kind_of_unit("")
            try:
                found.append(Intervention(item.time, name, parse_quantity(text, kind)))
            except QuantityError as error:
                problems.add(here, str(error))
            except InputError as error:
                problems.add(here, error.message)
    return tuple(found)


def _clamp(section, document, problems: Problems):
    if section is None:
        return None
    kind = KINDS["potential"] if section.kind == "voltage" else KINDS["current_cartesian"]

    def value(text, key: str) -> float:
        try:
            return parse_quantity(text, kind, document.model.temperature)
        except QuantityError as error:
            problems.add(f"clamp: {key}", str(error))
            return 0.0

    if section.kind == "voltage" and section.holding is None:
        problems.add("clamp: holding", "missing; a voltage clamp needs a potential to start from, such as '-70 mV'")
    if section.pulses is not None and section.step:
        problems.add("clamp", "expected either steps or pulses")
    before = 0.0 if section.holding is None else value(section.holding, "holding")
    times = [step.time for step in section.step] or [0.0]
    values = [value(step.value, f"step {number}: value") for number, step in enumerate(section.step, 1)] or [before]
    if section.pulses is not None:
        times, values = _pulses(section.pulses, before, value(section.pulses.value, "pulses: value"), problems)
    if section.carrier is not None:
        ions = [item.name for item in document.species] or ["Na+", "K+", "Cl-"]
        names = _Names(ions, problems)
        carrier = names(section.carrier, "clamp: carrier")
    else:
        carrier = None
    if len(problems):
        return None
    with reported_at("clamp: step", problems):
        steps = Steps(tuple(times), tuple(values), before)
        return VoltageClamp(steps, carrier) if section.kind == "voltage" else CurrentClamp(steps, carrier)
    return None


def _pulses(section, before: float, height: float, problems: Problems) -> tuple[list[float], list[float]]:
    if section.count > 1 and (section.period is None or section.period <= section.duration):
        problems.add("clamp: pulses: period", f"expected a time longer than a pulse, {section.duration:g} s")
        return [0.0], [before]
    begins = [section.start + number * (section.period or 0.0) for number in range(section.count)]
    times = [time for begin in begins for time in (begin, begin + section.duration)]
    return times, [height, before] * section.count


def _times(document, problems: Problems) -> np.ndarray:
    solve = document.solve
    moments = [item.time for item in document.intervention]
    late = [time for time in moments if time > solve.end_time]
    if late:
        problems.add("intervention", f"at {late[0]:g} s comes after end_time = {solve.end_time:g} s")
    if solve.kind == "resting":
        return np.concatenate([[0.0], np.geomspace(solve.end_time * 1e-8, solve.end_time / 2, 60), [solve.end_time]])
    if solve.output_times is None:
        return np.unique([*np.linspace(0.0, solve.end_time, DEFAULT_FRAMES), *moments])
    times = np.array(value_list(solve.output_times, KINDS["time"], "solve: output_times", problems))
    if times.size and (np.any(np.diff(times) <= 0) or times[-1] > solve.end_time * (1 + 1e-12)):
        problems.add("solve: output_times", f"expected increasing times up to end_time = {solve.end_time:g} s")
    # the start belongs to every course
    return times if times.size and times[0] == 0.0 else np.concatenate([[0.0], times])
