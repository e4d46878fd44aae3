"""The look of every picture, in one place: a journal's single column, colour-blind-safe, Agg only."""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager

WIDTH = 3.4  # inch, one column of a journal
PANEL_HEIGHT = 2.3
PANEL_WIDTH = 2.75  # inch, of the axes inside, about

# Okabe & Ito (2008), without yellow, which is too faint for lines on white
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (7, 2)), (0, (1, 1)))
REFERENCE_COLOUR = "#000000"
REGION_SHADES = ("#FFFFFF", "#ECEFF3")

_SETTINGS = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.0,
    "axes.labelsize": 8.0,
    "axes.titlesize": 8.0,
    "xtick.labelsize": 7.0,
    "ytick.labelsize": 7.0,
    "legend.fontsize": 7.0,
    "legend.frameon": False,
    "legend.handlelength": 2.2,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "lines.linewidth": 1.2,
    "axes.formatter.useoffset": False,
    "figure.dpi": 100,
    "savefig.dpi": 300,
    "svg.fonttype": "none",  # text stays text: searchable and editable
    "svg.hashsalt": "npsolver",  # the same picture gives the same file
}


@contextmanager
def paper_style():
    """Settings of matplotlib for the pictures drawn inside, whatever the user's own file says."""
    import matplotlib

    # as matplotlib.rcdefaults, which would load all styles; the backend is none of a figure's looks
    defaults = {key: value for key, value in matplotlib.rcParamsDefault.items() if not key.startswith("backend")}
    with matplotlib.rc_context():
        with warnings.catch_warnings():  # some settings only exist to be warned about
            warnings.simplefilter("ignore")
            matplotlib.rcParams.update(defaults | _SETTINGS)
        yield


def new_figure(rows: int = 1, columns: int = 1, *, height: float = PANEL_HEIGHT, **options):
    """Figure on the Agg canvas with `rows` x `columns` axes; no pyplot, hence no global state and no display."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH * columns, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def species_label(name: str, charge: float) -> str:
    """Species name with typographic charge and indices (mathtext); other names stay as they are.

    >>> species_label("Ca2+", 2), species_label("HCO3-", -1), species_label("V_O^2+", 2)
    ('$\\\\mathrm{Ca^{2+}}$', '$\\\\mathrm{HCO_{3}^{-}}$', '$\\\\mathrm{V_{O}^{\\\\bullet\\\\bullet}}$')
    """
    sign, number = ("+" if charge > 0 else "-"), f"{abs(charge):g}"
    if charge == 0:
        suffixes = [""]
    elif number == "1":
        suffixes = ["^" + sign, "1" + sign, sign + "1", sign]
    else:
        suffixes = [prefix + text for prefix in ("^", "") for text in (number + sign, sign + number)]
    suffix = next((suffix for suffix in suffixes if name.endswith(suffix)), None)
    formula = None if suffix is None else name[: len(name) - len(suffix)]
    site = re.fullmatch(r"([A-Z][a-z]?[A-Z]?|[a-z])_([A-Z][a-z]?|i)", formula or "")
    if site and charge == round(charge):  # Kroeger-Vink: dots and primes for effective charges
        marks = (r"\bullet" if charge > 0 else r"\prime") * round(abs(charge)) or r"\times"
        return rf"$\mathrm{{{site[1]}_{{{site[2]}}}^{{{marks}}}}}$"
    if formula in ("e", "h"):
        return rf"$\mathrm{{{formula}^{{{sign}}}}}$"
    if not formula or not re.fullmatch(r"[A-Z][A-Za-z0-9()]*", formula):
        return name.replace("$", r"\$")
    body = re.sub(r"(?<=[A-Za-z)])(\d+)", r"_{\1}", formula)
    power = "" if charge == 0 else "^{" + ("" if number == "1" else number) + sign + "}"
    return rf"$\mathrm{{{body}{power}}}$"


def step_colours(number: int):
    """`number` colours from dark to light for an ordered quantity such as time."""
    import matplotlib

    colours = matplotlib.colormaps["viridis"]
    return [colours(0.9 * index / max(number - 1, 1)) for index in range(number)]
