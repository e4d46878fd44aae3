"""What a case file becomes: plain records in SI units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from npsolver.case.quantities import restated
from npsolver.errors import InputError

if TYPE_CHECKING:
    from npsolver.case.expression import Profile
    from npsolver.mesh.coordinates import Domain
    from npsolver.mesh.geometry import Geometry
    from npsolver.model import Model


@dataclass(frozen=True)
class MeshOptions:
    """How the mesh is graded.

    Attributes
    ----------
    nodes : int, tuple of int or None
        Number of nodes, in two and three dimensions along every axis; None means as many as the grading needs.
    grading : str
        ``"auto"`` or ``"uniform"``.
    refine : float
        Factor on the number of nodes.
    smallest : float or None
        Length of the smallest cells, m.
    growth : float
        Largest ratio of neighbouring cells.
    """

    nodes: int | tuple[int, ...] | None = None
    grading: str = "auto"
    refine: float = 1.0
    smallest: float | None = None
    growth: float = 1.025


@dataclass(frozen=True)
class Initial:
    """Initial concentrations, mol/m³: ``concentration[region][species]`` is a float or a `Profile` in x (m).

    Species that are missing start from straight lines between the concentrations held at the boundaries.
    """

    concentration: Mapping[str, Mapping[str, float | Profile]] = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
    """At `time` (s) the key, e.g. ``"boundary.left.potential"``, takes `value` (SI)."""

    time: float
    key: str
    value: float


@dataclass(frozen=True)
class SolveOptions:
    """What is computed.

    Attributes
    ----------
    kind : str
        ``"steady"``, ``"transient"`` or ``"sweep"``.
    accuracy, tolerance, rtol : float or None
        Relative accuracy wanted of the observables, tolerance of Newton's method, error per time step.
    end_time : float or None
        s.
    output_times : tuple of float
        s, increasing, within 0 and `end_time`; none means these two.
    events : tuple of Event
        In order of time.
    parameter, unit : str
        Swept key and the SI unit of its values.
    values : tuple of float
        Swept values, SI.
    """

    kind: str = "steady"
    accuracy: float | None = None
    tolerance: float | None = None
    rtol: float | None = None
    end_time: float | None = None
    output_times: tuple[float, ...] = ()
    events: tuple[Event, ...] = ()
    parameter: str = ""
    unit: str = ""
    values: tuple[float, ...] = ()

    def __post_init__(self):
        if self.kind == "transient" and self.end_time is not None and not self.output_times:
            object.__setattr__(self, "output_times", (0.0, self.end_time))


@dataclass(frozen=True)
class OutputOptions:
    """Whether plots are drawn (None: at a terminal only), in which formats, along which lines and on which planes.

    Lines are (name, from, to in m); sections are (name, {axis: position, or from and to, in m}).
    """

    plots: bool | None = None
    formats: tuple[str, ...] = ("png",)
    lines: tuple[tuple[str, tuple[float, ...], tuple[float, ...]], ...] = ()
    sections: tuple[tuple[str, Mapping[str, float | tuple[float, float]]], ...] = ()


@dataclass(frozen=True)
class ObservableSpec:
    """A number the user asks for; `at` is a position in m, `boundary` the name of a surface."""

    name: str
    kind: str
    species: str | None = None
    at: float | tuple[float, ...] | None = None
    region: str | None = None
    boundary: str | None = None
    unit: str = ""
    to: str | None = None
    gas: str | None = None


@dataclass(frozen=True)
class Expect:
    """What an observable must be.

    Attributes
    ----------
    observable : str
    value : float or None
        SI; None where `reference` names a closed form.
    reference : str or None
        E.g. ``"nernst(K+, left, right)"``.
    rtol, atol : float or None
        At least one is given; `atol` in SI.
    time, at : float or None
        Time (s) in a transient, swept value (SI) in a sweep; None means the last.
    source : str
    """

    observable: str
    value: float | None = None
    reference: str | None = None
    rtol: float | None = None
    atol: float | None = None
    time: float | None = None
    at: float | None = None
    source: str = ""


@dataclass(frozen=True)
class Case:
    """A checked case.

    Attributes
    ----------
    title, description, source : str
    model : Model
    geometry : Geometry or Domain
    mesh : MeshOptions
    initial : Initial
    solve : SolveOptions
    output : OutputOptions
    observables : tuple of ObservableSpec
    expects : tuple of Expect
    path : str
        As the user gave it; ``""`` for a case without a file.
    species_sources : mapping of str to str
        Where charge and diffusivity come from, for species taken from the library.
    document : dict
        What the file says, with overrides; empty for a case put together from objects.
    activity : tuple of dict
        Sections ``[[activity]]`` of the file.
    mesh_sha256 : str
        Hash of the mesh file, if there is one.
    """

    title: str
    model: Model
    geometry: Geometry | Domain
    mesh: MeshOptions = MeshOptions()
    initial: Initial = Initial()
    solve: SolveOptions = SolveOptions()
    output: OutputOptions = OutputOptions()
    observables: tuple[ObservableSpec, ...] = ()
    expects: tuple[Expect, ...] = ()
    description: str = ""
    source: str = ""
    path: str = ""
    species_sources: Mapping[str, str] = field(default_factory=dict, repr=False)
    document: dict = field(default_factory=dict, repr=False, compare=False)
    activity: tuple[dict, ...] = field(default=(), repr=False)
    mesh_sha256: str = ""

    @cached_property
    def effective(self) -> dict:
        """The case after defaults and overrides, numbers in SI; it can be loaded as a case again.

        Empty for a case put together from objects.
        """
        from npsolver.case.effective import effective_document

        return effective_document(self) if self.document else {}

    @cached_property
    def sha256(self) -> str:
        """Hash of what determines the numbers: `effective` without the sections case, output and expect.

        Of a mesh file what it holds counts, not where it lies.
        """
        from npsolver.case.effective import sha256

        effective = self.effective
        if self.mesh_sha256:
            effective = effective | {"geometry": effective["geometry"] | {"mesh": self.mesh_sha256}}
        return sha256(effective) if effective else ""

    @property
    def name(self) -> str:
        """Name of the file without folder and ending, otherwise the title."""
        stem = self.path.replace("\\", "/").rsplit("/", 1)[-1]
        return stem.removesuffix(".toml") or self.title or "case"

    def with_values(self, overrides: Mapping[str, object]) -> Case:
        """The same case with dotted keys set to other values, checked again as a whole.

        Numbers are in SI, texts carry units: ``case.with_values({"boundary.left.potential": 0.1})``.
        """
        from npsolver.case.load import from_document

        if not self.document:
            raise InputError(
                f"a case put together from objects has no keys such as {next(iter(overrides), 'model.temperature')!r}; change"
                " the objects with dataclasses.replace and Model.with_boundary, or load it with npsolver.from_document"
            )
        changed = from_document(self.document, self.path, overrides)
        return replace(changed, path=self.path)

    def check(self) -> None:
        """Check what the objects say together, as for a case from a file; InputError with everything that is wrong."""
        from npsolver.case.objects import check_objects

        check_objects(self)

    def with_swept_value(self, value: float) -> Case:
        """The same case with the swept key set to `value` (SI)."""
        return self.with_values({self.solve.parameter: restated(value, self.solve.unit)})
