"""Onsager coefficients: from `[onsager]` to a table of matrices over composition."""

from __future__ import annotations

import math

import numpy as np

from npsolver.case.expression import ExpressionError
from npsolver.case.onsager_range import check_range
from npsolver.case.problems import Problems
from npsolver.case.resolve_activity import ActivityFunction
from npsolver.case.resolve_onsager_forms import limiting_law, salt, salt_ions, stefan_maxwell
from npsolver.errors import InputError
from npsolver.model import Coupling, Species

EXPRESSION_POINTS = 201
_FORMS = ("matrix", "expression", "point", "salt", "stefan_maxwell", "limiting_law")
# what forms name their species themselves or give compositions of their own, and what is nevertheless left to a case
_TAKES = {
    "matrix": ("species",),
    "point": ("species", "weights"),
    "expression": ("species", "weights", "range"),
}


def resolve_onsager(
    document, species: tuple[Species, ...], excess: tuple, names, problems: Problems
) -> Coupling | None:
    """The coupling of a case, None for Nernst-Planck."""
    section = document.onsager
    if section is None:
        return None
    before = len(problems)
    given = [form for form in _FORMS if getattr(section, form) not in (None, [])]
    if len(given) > 1 or (given and section.coupling) or not (given or section.coupling):
        found = ", ".join([*given, *(["coupling"] if section.coupling else [])]) or "none of them"
        problems.add("onsager", f"expected one of {', '.join(_FORMS)} or coupling, got {found}")
    flow = document.convection
    if flow.velocity or flow.field or flow.stream_function:
        problems.add("onsager", "coupled diffusion with an imposed flow is not defined here; remove [convection]")
    if document.model.physics == "poisson-boltzmann":
        problems.add("onsager", "physics = 'poisson-boltzmann' has no fluxes; use 'pnp' or 'electroneutral'")
    for region in document.geometry.region:
        if region.diffusivity:
            problems.add(
                f"geometry: region {region.name!r}: diffusivity",
                "with [onsager] the coefficients are those of the matrix, in every region; use porosity and tortuosity",
            )
    form = given[0] if given else "coupling"
    own = _rows(section, form, species, names, problems)
    if len(problems) > before or own is None:
        return None
    build = {"salt": salt, "stefan_maxwell": stefan_maxwell, "limiting_law": limiting_law, "coupling": _cross}
    try:
        found = build.get(form, _table)(document, own, species, excess, names, problems)
        if found is None or len(problems) > before:
            return None
        composition, matrices, weights = found
        full = np.broadcast_to(
            np.diag([item.diffusivity for item in species]), (len(composition), len(species), len(species))
        ).copy()
        full[np.ix_(range(len(composition)), own, own)] = matrices
        coupling = Coupling(np.asarray(composition, dtype=float), full, weights, tuple(item.name for item in species))
        check_range(document, coupling, species, names, problems)
        return coupling
    except InputError as error:
        problems.add("onsager", error.message)
        return None


def _rows(section, form: str, species, names, problems: Problems) -> list[int] | None:
    """Indices of the species to which rows and columns belong."""
    index = {item.name: i for i, item in enumerate(species)}
    if form == "coupling":
        given = [name for pair in section.coupling for name in pair.between]
        given = list(dict.fromkeys(given))
    elif form == "salt":
        given = salt_ions(section.salt, problems)
    elif form in ("stefan_maxwell", "limiting_law"):
        given = list(getattr(section, form).concentration)
    else:
        given = section.species
        if not given:
            problems.add("onsager: species", "missing; expected the species of rows and columns, in their order")
            return None
    for key in ("species", "weights", "range"):
        if getattr(section, key) and key not in _TAKES.get(form, ()):
            why = (
                "which holds at every composition" if form == "matrix" else "whose compositions are those of its points"
            )
            why = why if form in _TAKES else "which names its species"
            problems.add(f"onsager: {key}", f"means nothing with {form}, {why}")
    if not given and form in ("stefan_maxwell", "limiting_law"):
        problems.add(f"onsager: {form}: concentration", 'expected the composition, e.g. { "Na+" = "10 mM", ... }')
    found = [names.resolve(name, f"onsager: {form if form != 'matrix' else 'species'}") for name in given]
    if not found or None in found or not set(found) <= set(index):
        return None
    if len(set(found)) < len(found):
        problems.add("onsager: species", "expected each species once")
        return None
    return [index[name] for name in found]


def _weights(section, own: list[int], species, names, problems: Problems) -> np.ndarray:
    """s = sum weights_i c_i."""
    weights = np.zeros(len(species))
    if not section.weights:
        weights[own] = 0.5
        return weights
    index = {item.name: i for i, item in enumerate(species)}
    for name, value in names.mapping(section.weights, "onsager: weights").items():
        weights[index[name]] = value
    return weights


def _square(matrix, n: int, location: str, problems: Problems) -> bool:
    if len(matrix) == n and all(len(row) == n for row in matrix):
        return True
    problems.add(location, f"expected {n} rows of {n} numbers, one for each of the species")
    return False


def _table(document, own, species, excess, names, problems):
    """A constant matrix, expressions or a table."""
    section, n = document.onsager, len(own)
    if section.matrix:
        good = _square(section.matrix, n, "onsager: matrix", problems)
        return ([0.0], np.array([section.matrix]), np.zeros(len(species))) if good else None
    weights = _weights(section, own, species, names, problems)
    if section.point:
        good = [_square(p.matrix, n, f"onsager: point {k}", problems) for k, p in enumerate(section.point, start=1)]
        if not all(good):
            return None
        return [p.composition for p in section.point], np.array([p.matrix for p in section.point]), weights
    if not _square(section.expression, n, "onsager: expression", problems):
        return None
    if len(section.range) != 2 or not 0.0 <= section.range[0] < section.range[1]:
        problems.add("onsager: range", "expected the lowest and the highest composition, e.g. ['0 M', '3 M']")
        return None
    low, high = (math.sqrt(value) for value in section.range)
    s = np.linspace(low, high, EXPRESSION_POINTS) ** 2  # denser at low concentration
    s[-1] = section.range[1]
    matrices = np.empty((s.size, n, n))
    for i, row in enumerate(section.expression):
        for j, text in enumerate(row):
            location = f"onsager: expression, row {i + 1}, column {j + 1}"
            try:
                matrices[:, i, j] = np.real(ActivityFunction(text, ("s",))(s))
            except ExpressionError as error:
                problems.add(location, str(error))
                continue
            if not np.all(np.isfinite(matrices[:, i, j])):
                at = int(np.argmin(np.isfinite(matrices[:, i, j])))
                problems.add(
                    location,
                    f"has no finite value at s = {s[at]:.4g} mol/m^3 (got {matrices[at, i, j]:g}), which lies in range",
                )
    return s, matrices, weights


def _cross(document, own, species, excess, names, problems):
    """Cross coefficients beside the diffusivities."""
    section = document.onsager
    matrix = np.diag([species[i].diffusivity for i in own])
    position = {species[i].name: k for k, i in enumerate(own)}
    seen = set()
    for pair in section.coupling:
        i, j = (position[names.resolve(name, "onsager: coupling")] for name in pair.between)
        if i == j or frozenset((i, j)) in seen:
            wrong = "expected two different species, got" if i == j else "expected every pair once, got again"
            problems.add("onsager: coupling", f"{wrong} {', '.join(pair.between)}")
            return None
        seen.add(frozenset((i, j)))
        matrix[i, j] = matrix[j, i] = pair.q * math.sqrt(matrix[i, i] * matrix[j, j])
    return [0.0], matrix[None], np.zeros(len(species))


def effective_onsager(coupling: Coupling) -> dict:
    """`[onsager]` as a table in SI, as it can be loaded again."""
    names = list(coupling.names)
    result: dict = {"species": names}
    if len(coupling.composition) == 1:
        return result | {"matrix": coupling.matrices[0].tolist()}
    result["weights"] = dict(zip(names, coupling.weights.tolist()))
    points = zip(coupling.composition.tolist(), coupling.matrices.tolist())
    return result | {"point": [{"composition": s, "matrix": matrix} for s, matrix in points]}
