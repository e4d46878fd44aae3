"""The reference of cases without a mesh, written from their schemas and from the catalogue of laws."""

from __future__ import annotations

from typing import get_origin

from npsolver.case.keys import child_section
from npsolver.case.kinds.load import KIND_NAMES, document_class
from npsolver.case.reference import _default, _type
from npsolver.equilibrium.catalogue import laws

_INTRODUCTION = """\
# Cases without a mesh

`[case] kind` chooses what a file is: `"transport"` (the default, see [case files](case-file.md)), or one of the kinds
here, which evaluate equilibrium laws (`equilibrium`), integrate cells and excitable membranes in time (`cell`), find
stable phases in water (`pourbaix`), or describe insertion electrodes and cells of two (`ocv`). Quantities, species,
`--set`, `[[expect]]`, results, plots and exit codes are those of all cases. An expectation may be a formula in SI,
`reference = "R*T/F*log(outside/inside)"`, in inputs, observables, `T`, `R`, `F` and `pi`.
"""


def law_reference_markdown() -> str:
    """The page ``docs/law-cases.md``."""
    parts, seen = [_INTRODUCTION], set()
    for kind in KIND_NAMES:
        document = document_class(kind)
        parts += [f'## kind = "{kind}"', "", document.__doc__.strip(), ""]
        for name, info in document.fields.items():
            parts += _section(name, info, seen, required=info.is_required)
    parts += [
        "## Laws",
        "",
        "For `law` in a case of kind `equilibrium`. `[...]` is a table by ion, `{...}` one by name;",
    ]
    parts += ["what has a question mark may be left out, and temperatures come from `[model]`.", ""]
    topic = ""
    for law in laws().values():
        if law.topic != topic:
            topic = law.topic
            parts += [f"### {topic}", "", "| law | takes | gives |", "|---|---|---|"]
        parts.append(f"| `{law.name}` | {_takes(law)} | {_gives(law)} |")
    return "\n".join(parts).rstrip() + "\n"


def _section(path: str, info, seen: set, *, required: bool) -> list[str]:
    """Headline, keys and the sections inside."""
    child = child_section(info.annotation)
    if child is None:
        return [f"`[{path}]`: {info.description}", ""]
    array = "list" in str(info.annotation).partition("|")[0] and get_origin(info.annotation) is list
    header = f"[[{path}]]" if array else f"[{path}]"
    if child in seen:
        return []
    seen.add(child)
    lines = [f"### {header}", "", child.__doc__.strip() + (" Required." if required else ""), ""]
    lines += ["| key | value | default | meaning |", "|---|---|---|---|"]
    inner = []
    for name, item in child.fields.items():
        below = child_section(item.annotation)
        if below is not None and below.__name__ != "RangeSection":
            inner += _section(f"{path}.{name}", item, seen, required=False)
        lines.append(f"| `{item.key}` | {_type(item)} | {_default(item)} | {item.description} |")
    return [*lines, "", *inner]


def _takes(law) -> str:
    words = []
    for item in law.parameters.values():
        kind = {"a": "activity or concentration", "z": "charge number", "D": "m^2/s"}.get(item.kind, item.kind)
        kind = {"ions": f"[{kind}]", "table": f"{{{kind}}}"}.get(item.form, kind)
        words.append(f"`{item.name}`{'?' if item.optional else ''} ({kind})")
    return ", ".join(words)


def _gives(law) -> str:
    words = []
    for part, (unit, vector) in law.outputs.items():
        kind = f"[{unit or 1}]" if vector else unit or "1"
        words.append(f"`_{part}` ({kind})" if part else kind)
    return ", ".join(words)
