"""``report.html``: one file with the plots and tables of a run, nothing loaded from elsewhere."""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Iterable
from html import escape
from pathlib import Path

import numpy as np

from npsolver.observables import measure_of
from npsolver.output.atomic import replacing
from npsolver.output.html_table import table
from npsolver.output.quantities import display_unit, format_error, format_number, format_quantity, typeset
from npsolver.output.result_file import Result
from npsolver.stepping.law_solution import LawSolution

_ENTROPY_UNITS = {"cartesian": "W/K/m^2", "cylindrical": "W/K/m", "spherical": "W/K", "plane": "W/K/m", "space": "W/K"}
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1c2733; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
p.meta { color: #5b6875; margin-top: 0; }
table { border-collapse: collapse; } th { text-align: left; font-weight: 600; border-bottom: 1.5px solid #1c2733; }
td, th { padding: .2rem .9rem .2rem 0; } td.number { text-align: right; font-variant-numeric: tabular-nums; }
tr + tr td { border-top: 1px solid #e3e8ed; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(24rem, 1fr)); gap: 1.2rem; align-items: start; }
figure { margin: 0; } figcaption { color: #5b6875; font-size: .85rem; } img { width: 100%; }
.failed { color: #b42318; font-weight: 600; } .warning { background: #fff6e0; padding: .5rem .8rem; }
pre { background: #f5f7f9; padding: .8rem; overflow: auto; font-size: .8rem; max-height: 30rem; }
"""


def write_report(directory: str | os.PathLike, result: Result, output: str | os.PathLike | None = None) -> Path:
    """Write the report of `result` to `output` (default ``report.html`` in `directory`)."""
    path = Path(output) if output is not None else Path(directory) / "report.html"
    with replacing(path.parent) as files:
        files.write_text(path.name, report_html(result))
    return path


def report_html(result: Result) -> str:
    """The whole page."""
    title = escape(result.title or result.case_name)
    parts = [
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        f"<style>{_STYLE}</style></head><body>",
        f"<h1>{title}</h1>",
        f'<p class="meta">{escape(_line(result))}</p>',
        *(f'<p class="warning">{escape(text)}</p>' for text in result.solution.warnings),
    ]
    if result.checks:
        parts += ["<h2>Checks</h2>", _checks(result.checks)]
    parts += ["<h2>Observables</h2>", _observables(result)]
    parts += ["<h2>Plots</h2>", '<div class="plots">', *_plots(result), "</div>"]
    if isinstance(result.solution, LawSolution):
        for name, (header, *rows) in result.solution.tables.items():
            parts += [f"<h2>{escape(name.replace('_', ' ').capitalize())}</h2>", table(header, rows)]
    else:
        from npsolver.output.report_model import law_sections

        parts += ["<h2>Species</h2>", _species(result), "<h2>Regions</h2>", _regions(result), *law_sections(result)]
    if result.solution.conservation:
        parts += ["<h2>Conservation</h2>", _pairs(result.solution.conservation)]
    work = dict(result.solution.stats)
    if verification := work.pop("verification", None):
        from npsolver.output.report_model import verification_section

        parts.append(verification_section(verification))
    parts += ["<h2>Work</h2>", _pairs(work), "<h2>Provenance</h2>", _pairs(result.provenance)]
    parts += [
        "<h2>Case as solved</h2>",
        f"<pre>{escape(json.dumps(result.effective, indent=1, ensure_ascii=False))}</pre>",
    ]
    return "\n".join([*parts, "</body></html>", ""])


def _line(result: Result) -> str:
    if isinstance(result.solution, LawSolution):
        return f"{result.solution.case_kind}, case {result.case_name}, sha256 {result.sha256[:12]}"
    model, mesh = result.solution.model, result.solution.mesh
    temperature = format_number(model.temperature)
    words = [result.solution.status, result.solution.kind, model.physics, mesh.coordinates, f"{temperature} K"]
    return ", ".join([*words, f"{mesh.n_nodes} nodes", f"case {result.case_name}, sha256 {result.sha256[:12]}"])


def _checks(checks: list[dict]) -> str:
    rows = []
    for item in checks:
        value, reference = item["value"], item["reference"]
        factor, unit = display_unit(reference or value or 0.0, item["unit"])
        scale = 1.0 if item["kind"] == "relative" else factor
        rows.append(
            [
                item["name"],
                *(_scaled(number, factor, 8) for number in (value, reference)),
                unit,
                *(_scaled(number, scale, 2) for number in (item["error"], item["tolerance"])),
                item["kind"],
                "pass" if item["passed"] else "FAIL",
            ]
        )
    header = ["Check", "Value", "Reference", "Unit", "Error", "Tolerance", "", ""]
    return table(header, rows, (1, 2, 4, 5)).replace("<td>FAIL</td>", '<td class="failed">FAIL</td>')


def _observables(result: Result) -> str:
    solution = result.solution
    rows = []
    for item in solution.observables.values():
        values = np.asarray(item.value, dtype=float)
        value = float(values.reshape(-1)[-1])
        factor, unit = display_unit(value, item.unit)
        row = [item.label, format_number(value * factor, 8), unit]
        rows.append(
            [*row, format_error(value, item.error_estimate, item.round_off, item.unit)]
        )
    entropy = getattr(solution, "entropy_production", None)
    if entropy is not None and np.isfinite(entropy[-1]):
        unit = _ENTROPY_UNITS[measure_of(solution.mesh)]
        rows.append(["entropy production", format_number(float(entropy[-1]), 8), typeset(unit), ""])
    note = ""
    if solution.kind != "steady":
        last = format_quantity(float(solution.axis[-1]), solution.axis_unit, 6)
        note = f"<p>At the last frame, {escape(solution.axis_name)} = {escape(last)}.</p>"
    return note + table(["Observable", "Value", "Unit", "Error"], rows, (1, 3))


def _plots(result: Result) -> Iterable[str]:
    from npsolver.output.figure_files import save_figure
    from npsolver.output.write import all_figures

    for name, figure in all_figures(result.solution, result.checks, result.effective):
        stream = io.BytesIO()
        save_figure(figure, stream, "png", resolution=220)
        data = base64.b64encode(stream.getvalue()).decode("ascii")
        caption = name.replace("_", " ").capitalize()
        image = f'<img alt="{caption}" src="data:image/png;base64,{data}">'
        yield f"<figure>{image}<figcaption>{caption}</figcaption></figure>"


def _species(result: Result) -> str:
    rows = [
        [item.name, f"{item.charge:+g}" if item.charge else "0", f"{item.diffusivity:.4g}"]
        for item in result.solution.model.species
    ]
    return table(["Name", "Charge", f"Diffusivity ({typeset('m^2/s')})"], rows, (1, 2))


def _regions(result: Result) -> str:
    rows = []
    for item in result.solution.model.regions:
        charge = format_quantity(item.fixed_charge, "mol/m^3", 4) if item.fixed_charge else "0"
        excluded = ", ".join(sorted(item.excluded_species))
        rows.append([item.name, f"{item.relative_permittivity:g}", f"{item.porosity:g}", f"{item.tortuosity:g}"])
        rows[-1] += [charge, excluded]
    header = ["Name", "Relative permittivity", "Porosity", "Tortuosity", "Fixed charge", "Excluded species"]
    return table(header, rows, (1, 2, 3, 4))


def _pairs(record: dict) -> str:
    rows = []
    for key, value in record.items():
        text = format_number(value, 4) if isinstance(value, float) else str(value)
        if isinstance(value, list | tuple):
            text = "; ".join(map(str, value))
        rows.append([key.replace("_", " "), text])
    return table(["", ""], rows) if rows else "<p>Nothing recorded.</p>"


def _scaled(value: float | None, factor: float, digits: int) -> str:
    return "–" if value is None else format_number(value * factor, digits)
