"""The case-file reference and the JSON Schema, both written from the schema itself."""

from __future__ import annotations

from typing import get_args, get_origin

from npsolver.case.keys import child_section, find_marker
from npsolver.case.section import document_schema
from npsolver.case.species import library

_ARRAYS = ("species", "reaction", "defect_equilibrium", "activity", "observable", "expect")
_INNER = {
    "geometry.region": "[[geometry.region]]",
    "geometry.hole": "[[geometry.hole]]",
    "geometry.surface": "[[geometry.surface]]",
    "onsager.point": "[[onsager.point]]",
    "onsager.salt": "[onsager.salt]",
    "onsager.stefan_maxwell": "[onsager.stefan_maxwell]",
    "onsager.limiting_law": "[onsager.limiting_law]",
    "onsager.coupling": "[[onsager.coupling]]",
    "output.line": "[[output.line]]",
    "output.section": "[[output.section]]",
    "solve.event": "[[solve.event]]",
    "initial.region": "[initial.region.NAME]",
    "boundary.left": "[boundary.left] and [boundary.right], or [boundary.NAME] of any surface",
    "solve.values": "Ranges, for `output_times` and `values`",
    "boundary.left.stern": "stern, in a boundary",
    "boundary.left.reaction": "[[boundary.NAME.reaction]]",
    "boundary.left.transfer": "[boundary.NAME.transfer.SPECIES]",
}

# Keys with a table of their own that stand in the table above it, too.
_ALSO_ROWS = (
    "boundary.left.stern",
    "boundary.left.reaction",
    "boundary.left.transfer",
    "solve.values",
    "solve.output_times",
    "geometry.region.box",
    "onsager.region",
)

_INTRODUCTION = """\
# Case files

A case file is TOML. A quantity is a text with a unit (`"50 nm"`, `"140 mM"`, `"1.96e-9 m^2/s"`, `"25 degC"`,
`"-50 mC/m^2"`, `"4 kT/e"`) or a plain number in the SI unit of the table; its dimension is checked. A plain
temperature below 150, a plain voltage from 20, a length from 0.1 and a diffusivity from 0.01 are refused, for they are more
likely in degrees Celsius, millivolts and so on; with their units `"25 K"` and `"50 V"` are taken. Unknown keys are refused
with the nearest valid name. `npsolver new NAME --template T` writes a case to start from, `npsolver schema` prints the JSON
Schema for editors.

Any key can be set from the command line: `--set boundary.left.potential="0.1 V"`; tables in arrays are addressed by
their name, as in `--set species.K+.diffusivity="2e-9 m^2/s"` or `--set geometry.region.membrane.length="4 nm"`, or by
their position from 0 (`expect.0.rtol`); an empty value removes the key.

Species are found in the [species library](species.md) under any spelling: `Ca2+`, `Ca++`, `Ca^2+`, `SO4--`, `SO4 2-`.
A concentration profile is an expression in the position `x` (m) and the total length `L` (m) with `+ - * / **`,
comparisons, `pi`, `e` and the functions exp, log, log10, sqrt, sin, cos, tan, sinh, cosh, tanh, arctan, erf, abs,
minimum, maximum, heaviside and `where(condition, a, b)`.
"""


def json_schema(kind: str = "transport") -> dict:
    """JSON Schema of a case file of a kind: ``"transport"`` or one of `npsolver.case.kinds`."""
    if kind == "transport":
        from npsolver.case.schema import CaseDocument as document  # noqa: N813
    else:
        from npsolver.case.kinds.load import document_class

        document = document_class(kind)
    schema = document_schema(document)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "npsolver case"}


def case_reference_markdown() -> str:
    """Reference of every section and key, in Markdown."""
    from npsolver.case.schema import CaseDocument

    parts = [_INTRODUCTION]
    for name, info in CaseDocument.fields.items():
        header = f"[[{name}]]" if name in _ARRAYS else f"[{name}]"
        parts += _section(header, name, child_section(info.annotation), info.is_required, level=2)
    return "\n".join(parts).rstrip() + "\n"


def _section(header: str, path: str, section: type, required: bool, level: int) -> list[str]:
    lines = [f"{'#' * level} {header}", "", section.__doc__.strip() + (" Required." if required else ""), ""]
    rows, children = [], []
    for name, info in section.fields.items():
        child = child_section(info.annotation)
        key = f"{path}.{name}"
        if child is not None and key in _INNER:
            children += _section(_INNER[key], key, child, info.is_required, level + 1)
        if child is None or key in _ALSO_ROWS:
            rows.append(f"| `{info.key}` | {_type(info)} | {_default(info)} | {info.description} |")
    if rows:
        lines += ["| key | value | default | meaning |", "|---|---|---|---|", *rows, ""]
    return lines + children


def _type(info) -> str:
    """What stands behind the `=`, with its SI unit."""
    marker = find_marker(info)
    mapping = get_origin(info.annotation) is dict
    if marker is not None:
        kind = marker.kind("cartesian")
        unit = "m/s" if "velocity" in marker.name else kind.unit
        text = unit or "number"
    else:
        text = _plain_type(info.annotation)
    return f"name = {text}" if mapping else text


def _plain_type(annotation) -> str:
    if hasattr(annotation, "word"):  # Parsed
        return annotation.word
    arguments = [item for item in get_args(annotation) if item is not type(None)]
    literals = [item for item in arguments if isinstance(item, str)]
    if literals:
        return " or ".join(f"`{item}`" for item in literals)
    if get_origin(annotation) is list:
        return f"list of {_plain_type(arguments[0])}"
    if get_origin(annotation) is dict:
        return _plain_type(arguments[1])
    if child_section(annotation) is not None:
        return "list or range" if any(get_origin(item) is list for item in arguments) else "table"
    names = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    if annotation in names:
        return names[annotation]
    return _plain_type(arguments[0]) if arguments else "text"


def _default(info) -> str:
    if info.is_required:
        return "required"
    if info.default_factory is not None:
        return ""
    value = info.default
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"`{value}`" if isinstance(value, str) else f"{value:g}"


def species_markdown() -> str:
    """The species library as a Markdown page."""
    entries = library().values()
    sources = list(dict.fromkeys(entry.source for entry in entries))
    lines = [
        "# Species library",
        "",
        f"{len(library())} entries. Diffusivities hold at 25 °C in water at infinite dilution; give `diffusivity` in"
        " the case file for other solvents and for solids. Every spelling of a charge is understood (`Ca2+`, `Ca++`,"
        " `Ca^2+`, `SO4 2-`), and so are the English names and aliases.",
        "",
        "At another temperature a value of the library becomes",
        "",
        "    D(T) = D(298.15 K) · (T / 298.15 K) · eta(298.15 K) / eta(T),      273.15 K <= T <= 373.15 K,",
        "",
        "with the viscosity eta of water at 0.1 MPa after Huber et al., J. Phys. Chem. Ref. Data 38 (2009) 101 (IAPWS"
        " SR6-08(2011), eq. (7)). H+ and OH- move by proton hopping and depend on temperature less than that."
        ' `diffusivity_temperature = "none"` in `[model]` keeps the 25 °C values; a diffusivity given in the case is'
        " never changed.",
        "",
    ]
    titles = {"cation": "Cations", "anion": "Anions", "molecule": "Neutral molecules", "defect": "Defects of solids"}
    for group, title in titles.items():
        lines += [f"## {title}", ""]
        lines += ["| name | meaning | charge | D / 1e-9 m²/s | source | also |", "|---|---|---|---|---|---|"]
        for entry in entries:
            if entry.group == group:
                value = "given in the case" if entry.diffusivity is None else f"{entry.diffusivity * 1e9:.4g}"
                also = ", ".join(f"`{alias}`" for alias in entry.aliases)
                source = sources.index(entry.source) + 1
                charge = f"{entry.charge:+d}" if entry.charge else "0"
                lines.append(f"| `{entry.name}` | {entry.title} | {charge} | {value} | {source} | {also} |")
        lines.append("")
    lines += ["## Sources", "", *(f"{number}. {source}" for number, source in enumerate(sources, start=1))]
    return "\n".join(lines) + "\n"


def write_pages(folder: str) -> None:
    """Write ``case-file.md``, ``species.md`` and ``transport-data.md`` into a folder of documentation."""
    from pathlib import Path

    from npsolver.case.salts_page import salts_markdown

    pages = {
        "case-file.md": case_reference_markdown(),
        "species.md": species_markdown(),
        "transport-data.md": salts_markdown(),
    }
    for name, text in pages.items():
        Path(folder, name).write_text(text, encoding="utf-8")
