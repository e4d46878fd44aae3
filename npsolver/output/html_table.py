"""Tables of ``report.html``."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


def table(header: Iterable[str], rows: Iterable[Iterable[object]], numbers: tuple[int, ...] = ()) -> str:
    """`rows` as a table; cells of the columns `numbers` are flushed right."""
    head = "".join(f"<th>{escape(text)}</th>" for text in header)
    body = []
    for row in rows:
        cells = [
            f"<td{' class=number' if column in numbers else ''}>{escape(str(cell))}</td>"
            for column, cell in enumerate(row)
        ]
        body.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table><tr>{head}</tr>{''.join(body)}</table>"
