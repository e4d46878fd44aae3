"""Tables and progress for a terminal, plain text for a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import click

PATIENCE = 0.4  # s; shorter runs need no progress bar, nor the time to import one
SHOWN = 14  # observables in the table after a run


def counted(number: int, word: str) -> str:
    """``1 case``, ``2 cases``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def table(rows: Iterable[Iterable[str]], *, right: tuple[int, ...] = (), indent: str = "  ") -> str:
    """`rows` in aligned columns; those listed in `right` are flushed right."""
    rows = [list(row) for row in rows]
    if not rows:
        return ""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ]
        lines.append((indent + "  ".join(cells)).rstrip())
    return "\n".join(lines)


def observables_table(solution) -> str:
    """Observables with units that read well; those of single boundaries only where there are few."""
    from npsolver.output import display_unit, format_error, format_quantity

    items = list(solution.observables.values())
    if len(items) > SHOWN:
        items = [item for item in items if "[" not in item.name][:SHOWN]
    rows = []
    for item in items:
        value = _last(item.value)
        unit = display_unit(value, item.unit)[1]
        error = format_error(value, item.error_estimate, item.round_off, item.unit)
        rows.append([item.label, format_quantity(value, item.unit).split(" ", 1)[0], error, unit])
    text = table(rows, right=(1,))
    hidden = len(solution.observables) - len(items)
    return text + (f"\n  and {hidden} more in observables.csv" if hidden else "")


def checks_table(checks: Iterable) -> str:
    """Name, value, reference, error, tolerance and verdict of each check."""
    from npsolver.output import display_unit, format_number

    rows = [["check", "value", "reference", "", "error", "tolerance", ""]]
    for item in checks:
        factor, unit = display_unit(item.reference or item.value, item.unit)
        value, reference = (format_number(number * factor, 8) for number in (item.value, item.reference))
        scale = 1.0 if item.kind == "relative" else factor
        error, tolerance = (format_number(number * scale, 2) for number in (item.error, item.tolerance))
        shown = f"  {unit}" if item.kind == "absolute" and unit else ""
        verdict = "pass" if item.passed else "FAIL"
        rows.append([item.name, value, reference, unit, error, tolerance + shown, verdict])
    lines = table(rows, right=(1, 2, 4)).split("\n")
    styled = [
        click.style(line, fg=None if item.passed else "red") for line, item in zip(lines[1:], checks, strict=True)
    ]
    return "\n".join([click.style(lines[0], dim=True), *styled])


def work_line(solution) -> str:
    """``converged, 7 Newton iterations, 303 unknowns, 0.005 s``."""
    stats = solution.stats
    words = [
        (counted(stats["steps"], "step") if solution.kind == "transient" and "steps" in stats else None),
        (counted(solution.n_frames, "value") if solution.kind == "sweep" else None),
        (counted(stats["newton_iterations"], "Newton iteration") if stats.get("newton_iterations") else None),
        (f"{stats['unknowns']} unknowns" if "unknowns" in stats else None),
        (f"{stats['time_total_s']:.3g} s" if "time_total_s" in stats else None),
    ]
    return ", ".join([solution.status, *(word for word in words if word)])


@contextmanager
def progress_bar(title: str, *, quiet: bool) -> Iterator[Callable[[float, str], None] | None]:
    """Callback ``(fraction, text)`` that draws a bar on a terminal once a run takes longer than a moment."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    bar = _Bar(title)
    try:
        yield bar.update
    finally:
        bar.close()


class _Bar:
    """A bar of rich, made when it is first needed."""

    def __init__(self, title: str):
        self._title, self._start, self._progress, self._task = title, time.monotonic(), None, None

    def update(self, fraction: float, text: str) -> None:
        if self._progress is None:
            if time.monotonic() - self._start < PATIENCE or fraction >= 1.0:
                return
            self._open()
        self._progress.update(self._task, completed=fraction, text=text)

    def close(self) -> None:
        if self._progress is not None:
            self._progress.stop()

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = [
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[text]}"),
        ]
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._progress.start()
        self._task = self._progress.add_task(self._title[:40], total=1.0, text="")


def _last(value) -> float:
    import numpy as np

    return float(np.asarray(value, dtype=float).reshape(-1)[-1])
