"""What ``report.html`` says of the laws of a model beyond Nernst-Planck, and of refined meshes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

import numpy as np

from npsolver.model import Coupling
from npsolver.output.html_table import table
from npsolver.output.quantities import format_number, format_quantity, typeset
from npsolver.output.result_file import Result

# tabulated matrices that are shown
MATRICES = 3


def law_sections(result: Result) -> Iterator[str]:
    """Activity laws and Onsager coefficients, where the model has any."""
    laws = result.effective.get("activity") or []
    if laws:
        rows = [[law["model"], _stated({k: v for k, v in law.items() if k != "model"})] for law in laws]
        yield "<h2>Activity</h2>" + table(["Law", "Parameters"], rows)
    coupling = result.solution.model.coupling
    if coupling is not None:
        yield "<h2>Onsager coefficients</h2>"
        yield "<p>J<sub>i</sub> = −Σ<sub>j</sub> Λ<sub>ij</sub> √(c<sub>i</sub> c<sub>j</sub>) grad μ̃<sub>j</sub>/RT</p>"
        names, section = [region.name for region in result.solution.model.regions], result.effective.get("onsager") or {}
        apart = [name for name in names if name in coupling.regions]
        if len(apart) < len(names):
            where = ", ".join(name for name in names if name not in apart) if apart else ""
            yield from _matrices(coupling, where, section)
        for name in apart:
            yield from _matrices(coupling.regions[name], name, section.get("region", {}).get(name, {}))


def _matrices(coupling: Coupling, where: str, section: Mapping) -> Iterator[str]:
    points = len(coupling.composition)
    shown = np.unique(np.linspace(0, points - 1, min(points, MATRICES)).round().astype(int))
    place = f"In {where}: " if where else ""
    if section.get("variables") or section.get("stefan_maxwell"):
        where = "a composition of the case" if section.get("variables") else "infinite dilution"
        yield f"<p>{escape(place)}coefficients follow the whole composition; at {where}:</p>"
    for k in shown.tolist():
        at = (
            f"at {coupling.measure} = {format_quantity(float(coupling.composition[k]), 'mol/m^3', 4)}, "
            if points > 1
            else ""
        )
        rows = [[name, *(f"{value:.4g}" for value in row)] for name, row in zip(coupling.names, coupling.matrices[k])]
        numbers = tuple(range(1, len(coupling.names) + 1))
        yield f"<p>{escape(place)}{escape(at)}{typeset('m^2/s')}</p>" + table(["", *coupling.names], rows, numbers)
    if points > len(shown):
        yield f"<p>{points} compositions are tabulated; all of them are in the case below.</p>"


def _stated(parameters: Mapping) -> str:
    return ", ".join(f"{key.replace('_', ' ')} {_words(value)}" for key, value in parameters.items())


def _words(value: object) -> str:
    if isinstance(value, float):
        return format_number(value, 6)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {_words(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return " ".join(_words(item) for item in value)
    return str(value)


def verification_section(record: Mapping) -> str:
    """Values on every mesh, the observed order and the estimated error of what was verified."""
    rows = [
        [name, *(format_number(_last(v), 8) for v in item["values"]), _order(item), f"{_last(item['error_estimate']):.2g}"]
        for name, item in record["observables"].items()
    ]
    header = ["Observable (SI)", *(f"{nodes} nodes" for nodes in record["nodes"]), "Observed order", "Estimated error"]
    return "<h2>Verification</h2>" + table(header, rows, tuple(range(1, len(header))))


def _order(item: Mapping) -> str:
    order = _last(item["observed_order"])
    return "–" if order != order else f"{order:.2f}"


def _last(value: object) -> float:
    """A number, or that of the last frame; NaN where there is none."""
    flat = np.ravel(np.nan if value is None else value)
    return float(flat[-1]) if flat.size and flat[-1] is not None else float("nan")
