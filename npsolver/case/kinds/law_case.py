"""A checked case without a mesh, and what it expects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from npsolver.case.case import OutputOptions


@dataclass(frozen=True)
class LawModel:
    """What all parts of the case share: the temperature, K."""

    temperature: float


@dataclass(frozen=True)
class LawSolve:
    """``"steady"``, ``"sweep"`` or ``"transient"``: how the frames of the result are told apart."""

    kind: str = "steady"
    accuracy: None = None
    end_time: float | None = None


@dataclass(frozen=True)
class LawExpect:
    """What an observable must be.

    Attributes
    ----------
    observable : str
    value, atol : str or float or None
        As in the file; their unit is that of the observable.
    reference : str or None
        A formula in inputs and observables, SI.
    formula : callable or None
        ``formula(values) -> float`` of `reference`.
    rtol : float or None
    at : tuple
        Where on the axis (and on the second one), as in the file; empty means the last.
    source : str
    """

    observable: str
    value: str | float | None = None
    reference: str | None = None
    formula: object = None
    rtol: float | None = None
    atol: str | float | None = None
    at: tuple = ()
    source: str = ""


@dataclass(frozen=True)
class Reduction:
    """A number made from a curve.

    Attributes
    ----------
    name, kind, of : str
        What, how, and of which observable.
    start, stop : (float, str) or None
        Part of the axis: value and SI unit, ``""`` where the file gives a plain number.
    value : (float, str) or None
        Level that ``"crossing"`` looks for.
    """

    name: str
    kind: str
    of: str
    start: tuple[float, str] | None = None
    stop: tuple[float, str] | None = None
    value: tuple[float, str] | None = None


@dataclass(frozen=True)
class PlotSpec:
    """A picture the user asks for.

    Attributes
    ----------
    name : str
        Of the file.
    y : tuple of str
        Observables.
    x : str or None
        Observable along the abscissa; the axis by default.
    x_scale, y_scale : str
        ``"linear"`` or ``"log"``.
    kind : str
        ``"lines"`` or ``"map"``.
    x_label, y_label : str
    levels : tuple of float
        Contours drawn on a map, in the SI unit of the observable.
    """

    name: str
    y: tuple[str, ...]
    x: str | None = None
    x_scale: str = "linear"
    y_scale: str = "linear"
    kind: str = "lines"
    x_label: str = ""
    y_label: str = ""
    levels: tuple[float, ...] = ()


@dataclass(frozen=True)
class LawCase:
    """A checked case without a mesh.

    Attributes
    ----------
    kind : str
        ``"equilibrium"``, ``"cell"``, ``"pourbaix"`` or ``"ocv"``.
    spec : object
        What is computed; see the modules of this package.
    reductions : tuple of Reduction
    plots : tuple of PlotSpec
    title, description, source, path, sha256, effective, expects, output
        As for :class:`npsolver.case.Case`.
    """

    kind: str
    title: str
    model: LawModel
    spec: object
    solve: LawSolve = LawSolve()
    reductions: tuple[Reduction, ...] = ()
    plots: tuple[PlotSpec, ...] = ()
    output: OutputOptions = field(default_factory=OutputOptions)
    expects: tuple[LawExpect, ...] = ()
    description: str = ""
    source: str = ""
    path: str = ""
    sha256: str = ""
    effective: dict = field(default_factory=dict, repr=False)
    document: dict = field(default_factory=dict, repr=False, compare=False)

    @property
    def name(self) -> str:
        """Name of the file without folder and ending, otherwise the title."""
        stem = self.path.replace("\\", "/").rsplit("/", 1)[-1]
        return stem.removesuffix(".toml") or self.title or "case"

    def with_values(self, overrides: Mapping[str, object]) -> LawCase:
        """The same case with dotted keys set to other values, checked again as a whole."""
        from npsolver.case.load import from_document

        return replace(from_document(self.document, self.path, overrides), path=self.path)
