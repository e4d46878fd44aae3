"""From the sections of a file to hosts, electrodes, cells and measured curves."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from npsolver.case.kinds.columns import read_columns
from npsolver.case.kinds.fields import kind_of_unit
from npsolver.case.kinds.resolve_cell import reported_at
from npsolver.case.problems import Problems, listed, nearest
from npsolver.case.quantities import KINDS, QuantityError, parse_quantity
from npsolver.case.resolve_solve import value_list
from npsolver.equilibrium import (
    Electrode,
    FullCell,
    InterphaseGrowth,
    MultiSite,
    Polarisation,
    RedlichKister,
    RegularSolution,
    Site,
    StabilityWindow,
    TabulatedHost,
    balanced_cell,
)

_KEYS = {
    "regular-solution": ("standard_potential", "interaction", "standard_slope", "interaction_slope"),
    "redlich-kister": ("standard_potential", "coefficients", "standard_slope", "coefficient_slopes"),
    "multi-site": ("site",),
    "table": ("file", "x", "potential", "chemical_potential", "entropy"),
}
_NEEDED = {
    "regular-solution": ("standard_potential", "interaction"),
    "redlich-kister": ("standard_potential", "coefficients"),
    "multi-site": ("site",),
    "table": ("x",),
}


@dataclass(frozen=True)
class OcvSpec:
    """What is computed.

    Attributes
    ----------
    temperature : float
        K.
    host, capacity, polarisation
        Of a single electrode; `capacity` in C.
    cell : FullCell or None
        With its capacity in C.
    window : StabilityWindow or None
    ageing_temperatures : tuple of float
    growth : InterphaseGrowth or None
    storage_time : float
        s.
    measured : dict or None
        ``capacity`` (C) and ``potential`` (V) as arrays, and the options of the differentiation.
    axis : (n,) float64
        Composition, or state of charge.
    spectrum_points : int
    data : dict
        What was read from other files; part of what the hash covers.
    """

    temperature: float
    axis: np.ndarray
    spectrum_points: int
    host: object = None
    capacity: float = 3600.0
    polarisation: Polarisation | None = None
    cell: FullCell | None = None
    window: StabilityWindow | None = None
    ageing_temperatures: tuple[float, ...] = ()
    growth: InterphaseGrowth | None = None
    storage_time: float = 0.0
    measured: dict | None = None
    data: dict = field(default_factory=dict)
    frames: str = field(default="sweep", init=False)

    def effective(self, document: dict) -> dict:
        """Sections of the effective case that this spec knows better than the schema."""
        if not self.ageing_temperatures:
            return {}
        return {"ageing": document["ageing"] | {"temperatures": list(self.ageing_temperatures)}}


def resolve_ocv(document, problems: Problems, path: str = "") -> OcvSpec | None:
    """The spec, or None after a report."""
    given = [key for key in ("electrode", "cell", "measured") if getattr(document, key) is not None]
    if len(given) != 1:
        problems.add("", f"expected exactly one of [electrode], [cell] and [measured], got {listed(given) or 'none'}")
        return None
    for key in ("window", "ageing"):
        if getattr(document, key) is not None and document.cell is None:
            problems.add(key, "is for a case with a section [cell]")
    if document.ageing is not None and document.window is None:
        problems.add("window", "missing; [ageing] needs the stability window of the electrolyte")
    data: dict = {}
    hosts = _hosts(document, path, data, problems)
    if len(problems):
        return None
    options: dict = {"temperature": document.model.temperature, "spectrum_points": document.solve.spectrum_points}
    if document.electrode is not None:
        options |= _electrode(document, hosts, problems)
    elif document.cell is not None:
        options |= _cell(document, hosts, problems)
    else:
        options |= _measured(document.measured, path, data, problems)
    return None if len(problems) else OcvSpec(**options, data=data)


def _hosts(document, path: str, data: dict, problems: Problems) -> dict:
    hosts = {}
    for item in document.host:
        here = f"host {item.name!r}"
        if item.name in hosts:
            problems.add(here, "is defined twice")
        for model, keys in _KEYS.items():
            for key in keys:
                if key not in _KEYS[item.model] and _is_given(item, key):
                    problems.add(f"{here}: {key}", f"is for model = {model!r}, but model = {item.model!r}")
        for key in _NEEDED[item.model]:
            if getattr(item, key) in (None, []):
                problems.add(f"{here}: {key}", f"missing; model = {item.model!r} needs it")
        before = len(problems)
        if before:
            continue
        with reported_at(here, problems):
            hosts[item.name] = _host(item, here, path, data, problems)
    return hosts


def _is_given(item, key: str) -> bool:
    return getattr(item, key) != type(item).fields[key].default_value()


def _host(item, here: str, path: str, data: dict, problems: Problems):
    common = {"reference_temperature": item.reference_temperature, "charge": item.ion_charge}
    if item.model == "regular-solution":
        numbers = {key: getattr(item, key) for key in _KEYS[item.model]}
        return RegularSolution(**numbers, **common)
    if item.model == "redlich-kister":
        numbers = {key: getattr(item, key) for key in _KEYS[item.model]}
        return RedlichKister(
            **numbers | {k: tuple(numbers[k]) for k in ("coefficients", "coefficient_slopes")}, **common
        )
    if item.model == "multi-site":
        sites = tuple(Site(one.fraction, one.potential, one.width, one.slope) for one in item.site)
        return MultiSite(sites, item.ion_charge, item.reference_temperature)
    return _tabulated(item, here, path, data, problems, common)


def _tabulated(item, here: str, path: str, data: dict, problems: Problems, common: dict):
    columns = {key: getattr(item, key) for key in ("x", "potential", "entropy") if isinstance(getattr(item, key), str)}
    lists = {key: getattr(item, key) for key in ("x", "potential", "entropy") if isinstance(getattr(item, key), list)}
    if columns and item.file is None:
        problems.add(f"{here}: file", f"missing; {next(iter(columns))} names a column of it")
        return None
    if item.file is not None:
        found = read_columns(item.file, path, columns, here, problems)
        if found is None:
            return None
        data[item.name] = found
        lists |= found
    if item.chemical_potential is not None:
        if "potential" in lists:
            problems.add(f"{here}: potential", "follows from chemical_potential; leave one of the two out")
            return None
        options = {key: lists[key] for key in ("entropy",) if key in lists}
        return TabulatedHost.from_chemical_potential(lists["x"], item.chemical_potential, **options, **common)
    if "potential" not in lists:
        problems.add(f"{here}: potential", "missing; a table needs potentials or chemical potentials")
        return None
    return TabulatedHost(lists["x"], lists["potential"], lists.get("entropy"), **common)


def _named(name: str, hosts: dict, location: str, problems: Problems):
    if name not in hosts:
        problems.add(f"{location}: host", f"there is no host {name!r}{nearest(name, hosts)} (hosts: {listed(hosts)})")
    return hosts.get(name)


def _electrode(document, hosts: dict, problems: Problems) -> dict:
    section, solve = document.electrode, document.solve
    host = _named(section.host, hosts, "electrode", problems)
    low, high = (*solve.limits, 0.0, 0.0)[:2]
    if len(solve.limits) != 2 or not low < high:
        problems.add("solve: limits", f"expected two increasing numbers such as [0.01, 0.99], got {solve.limits}")
    if len(problems):
        return {}
    if not _is_given(solve, "limits"):
        low, high = max(low, host.range[0]), min(high, host.range[1])
    axis = np.linspace(low, high, solve.points)
    with reported_at("solve: limits", problems):
        host.filling(axis)
    polarisation = None
    if section.polarisation is not None:
        values = {key: getattr(section.polarisation, key) for key in type(section.polarisation).fields}
        if values["exchange_current"] is None:
            values["exchange_current"] = math.inf
        with reported_at("electrode: polarisation", problems):
            polarisation = Polarisation(**values)
    return {"host": host, "capacity": section.capacity, "polarisation": polarisation, "axis": axis}


def _cell(document, hosts: dict, problems: Problems) -> dict:
    section, result = document.cell, {"axis": np.linspace(0.0, 1.0, document.solve.points)}
    halves = {key: getattr(section, key) for key in ("positive", "negative")}
    chosen = {key: _named(half.host, hosts, f"cell: {key}", problems) for key, half in halves.items()}
    balanced = section.cyclable_charge is not None or section.voltage_limits is not None
    for key, half in halves.items():
        for name in ("discharged", "charged"):
            if balanced != (getattr(half, name) is None):
                word = "follows from cyclable_charge and voltage_limits" if balanced else "missing"
                problems.add(f"cell: {key}: {name}", word)
        if balanced != (half.capacity is not None):
            word = "missing; a balanced cell needs it" if balanced else "is for a balanced cell"
            problems.add(f"cell: {key}: capacity", word)
    if balanced:
        for name in ("cyclable_charge", "voltage_limits"):
            if getattr(section, name) is None:
                problems.add(f"cell: {name}", "missing; a balanced cell needs it")
        if section.capacity is not None:
            problems.add("cell: capacity", "follows from the balance; leave it out")
        if section.voltage_limits is not None and len(section.voltage_limits) != 2:
            problems.add("cell: voltage_limits", "expected two voltages such as ['3 V', '4.2 V']")
    if len(problems):
        return {}
    with reported_at("cell", problems):
        if balanced:
            result["cell"] = balanced_cell(
                chosen["positive"],
                chosen["negative"],
                section.positive.capacity,
                section.negative.capacity,
                section.cyclable_charge,
                tuple(section.voltage_limits),
                document.model.temperature,
            )
        else:
            halves = {key: Electrode(chosen[key], half.discharged, half.charged) for key, half in halves.items()}
            result["cell"] = FullCell(**halves, capacity=section.capacity or 3600.0)
    if document.window is not None:
        with reported_at("window", problems):
            result["window"] = StabilityWindow(document.window.reduction, document.window.oxidation)
    if document.ageing is not None:
        result |= _ageing(document.ageing, problems)
    return result


def _ageing(section, problems: Problems) -> dict:
    temperatures = value_list(section.temperatures, KINDS["temperature"], "ageing: temperatures", problems)
    if len(temperatures) < 2:
        problems.add("ageing: temperatures", "expected at least two temperatures")
    if section.growth is None:
        return {"ageing_temperatures": temperatures}
    values = {key: getattr(section.growth, key) for key in type(section.growth).fields}
    time = values.pop("time")
    if values["growth"] is None:
        values["growth"] = math.inf
    growth = None
    with reported_at("ageing: growth", problems):
        growth = InterphaseGrowth(**values)
    return {"ageing_temperatures": temperatures, "growth": growth, "storage_time": time}


def _measured(section, path: str, data: dict, problems: Problems) -> dict:
    wanted = {"capacity": section.capacity, "potential": section.potential}
    found = read_columns(section.file, path, wanted, "measured", problems)
    factor = 1.0
    try:
        factor = parse_quantity(f"1 {section.capacity_unit}", kind_of_unit("C"))
    except QuantityError as error:
        problems.add("measured: capacity_unit", str(error))
    if section.resolution <= 0:
        problems.add("measured: resolution", "expected a potential > 0, such as '5 mV'")
    if found is None or len(problems):
        return {}
    data["measured"] = found
    measured = {"capacity": factor * np.array(found["capacity"]), "potential": np.array(found["potential"])}
    if measured["capacity"].size < 8:
        problems.add("measured: file", f"expected at least 8 rows, got {measured['capacity'].size}")
        return {}
    measured |= {key: getattr(section, key) for key in ("resolution", "method", "smoothing", "window")}
    return {"measured": measured, "axis": np.sort(measured["capacity"])}
