"""Onsager coefficients: from `[onsager]` to a table of matrices over composition."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from npsolver.case.expression import CONSTANTS, FUNCTIONS, ExpressionError
from npsolver.case.onsager_range import check_range
from npsolver.case.problems import Problems, listed, nearest
from npsolver.case.resolve_activity import ActivityFunction
from npsolver.case.resolve_onsager_forms import Place, friction_species, limiting_law, salt, salt_ions, stefan_maxwell
from npsolver.errors import InputError
from npsolver.model import Coupling, Friction, MatrixFunctions, Region, Species

EXPRESSION_POINTS = 201
_FORMS = ("matrix", "expression", "point", "salt", "stefan_maxwell", "limiting_law")
_KEYS = ("species", "weights", "range", "variables")
# what forms name their species themselves or give compositions of their own, and what is nevertheless left to a case
_TAKES = {
    "matrix": ("species",),
    "point": ("species", "weights"),
    "expression": ("species", "weights", "range", "variables"),
}


def resolve_onsager(
    document, species: tuple[Species, ...], regions: tuple[Region, ...], excess: tuple, local, names, problems: Problems
) -> Coupling | None:
    """The coupling of a case.

    Parameters
    ----------
    document : CaseDocument
    species : tuple of Species
    regions : tuple of Region
    excess : tuple of ExcessLaw
        Of all places.
    local : mapping of str to tuple of ExcessLaw
        Further ones by region.
    names : Names
    problems : Problems
    """
    if document.model.physics == "poisson-boltzmann":
        problems.add("onsager", "physics = 'poisson-boltzmann' has no fluxes; use 'pnp' or 'electroneutral'")
        return None
    section, by_name = document.onsager, {region.name: region for region in regions}
    for name in section.region:
        if name not in by_name:
            hint = nearest(name, by_name)
            problems.add("onsager: region", f"no region {name!r}{hint} (regions: {listed(by_name)})")
    before, built, made = len(problems), {}, {}  # coefficients by region, and by all that they depend on
    for region in regions:
        own = section.region.get(region.name)
        diffusivity = tuple(region.diffusivity.get(item.name, item.diffusivity) for item in species)
        laws = (*excess, *local.get(region.name, ()))
        key = (own is not None and region.name, diffusivity, tuple(map(id, laws)), region.relative_permittivity)
        if key not in made:
            place = Place(document, own or section, species, diffusivity, laws, region.relative_permittivity, names)
            reports = problems if own is None else _InRegion(problems, region.name)
            coupling = _coupling(place, own is None and bool(section.region), region, reports)
            if len(problems) > before:
                return None
            made[key] = next((item for item in made.values() if _equal(item, coupling)), coupling)
        built[region.name] = made[key]
    first = built[regions[0].name]
    apart = {name: item for name, item in built.items() if item is not first}
    coupling = replace(first, regions=apart) if apart else first
    check_range(document, coupling, species, regions, names, problems)
    return coupling


def _equal(a: Coupling, b: Coupling) -> bool:
    same = (np.array_equal(getattr(a, name), getattr(b, name)) for name in ("composition", "matrices", "weights"))
    return a.law == b.law and all(same)


def with_diagonal(species: tuple[Species, ...], regions: tuple[Region, ...], coupling: Coupling) -> tuple[Species, ...]:
    """Species whose diffusivity is their constant diagonal element, so that a diagonal matrix is Nernst-Planck to the bit."""
    if coupling.regions or coupling.law is not None or any(region.diffusivity for region in regions):
        return species
    diagonals = coupling.matrices.diagonal(axis1=1, axis2=2)
    constant = (diagonals > 0.0).all(axis=0) & (diagonals == diagonals[0]).all(axis=0)
    return tuple(
        replace(item, diffusivity=float(diagonals[0, i]))
        if constant[i] and diagonals[0, i] != item.diffusivity
        else item
        for i, item in enumerate(species)
    )


class _InRegion:
    """Problems of `[onsager.region.NAME]`, reported as such."""

    def __init__(self, problems: Problems, region: str):
        self._problems, self._where = problems, f"onsager: region {region!r}"

    def __len__(self) -> int:
        return len(self._problems)

    def add(self, location: str, message: str) -> None:
        self._problems.add(location.replace("onsager", self._where, 1), message)


def _coupling(place: Place, may_lack: bool, region: Region, problems: Problems) -> Coupling | None:
    """Coefficients of one region; those of Nernst-Planck where nothing is given and nothing need be."""
    section, species, before = place.section, place.species, len(problems)
    names, diagonal = tuple(item.name for item in species), np.diag(place.diffusivity)
    given = [form for form in _FORMS if getattr(section, form) not in (None, [])]
    if may_lack and not given and not section.coupling:
        for key in _KEYS:
            if getattr(section, key):
                problems.add(f"onsager: {key}", "means nothing without coefficients; only those of regions are given")
        return Coupling(np.zeros(1), diagonal[None], np.zeros(len(species)), names)
    if len(given) > 1 or (given and section.coupling) or not (given or section.coupling):
        found = ", ".join([*given, *(["coupling"] if section.coupling else [])]) or "none of them"
        problems.add("onsager", f"expected one of {', '.join(_FORMS)} or coupling, got {found}")
    form = given[0] if given else "coupling"
    own = _rows(section, form, species, place.names, problems)
    if len(problems) > before or own is None:
        return None
    replaced = [names[i] for k, i in enumerate(own) if names[i] in region.diffusivity and not _same(place, form, k, i)]
    if replaced:
        problems.add(
            f"geometry: region {region.name!r}: diffusivity: {replaced[0]!r}",
            f"the coefficients of {replaced[0]} are those of [onsager]; use porosity and tortuosity, or give this region"
            f" coefficients of its own in [onsager.region.{region.name}]",
        )
        return None
    build = {"salt": salt, "stefan_maxwell": stefan_maxwell, "limiting_law": limiting_law, "coupling": _cross}
    try:
        found = build.get(form, _table)(place, own, problems)
        if found is None or len(problems) > before:
            return None
        if not isinstance(found, tuple):
            return Coupling(np.zeros(1), found.evaluate(_example(place))[0], np.zeros(len(species)), names, law=found)
        composition, matrices, weights = found
        full = np.broadcast_to(diagonal, (len(composition), *diagonal.shape)).copy()
        full[np.ix_(range(len(composition)), own, own)] = matrices
        return Coupling(np.asarray(composition, dtype=float), full, weights, names)
    except InputError as error:
        problems.add("onsager", error.message)
        return None


def _example(place: Place) -> np.ndarray:
    """Infinite dilution for friction, for functions a composition of the case, or else 1 mol/m³ of every species."""
    if place.section.stefan_maxwell is not None:
        return np.zeros((1, len(place.species)))
    ends = place.document.boundary
    given = [item.concentration for item in (ends.left, ends.right, *ends.named.values()) if item and item.concentration]
    own = {place.names.spelling(name): value for name, value in (given or [{}])[0].items()}
    return np.array([[own.get(item.name) or 1.0 for item in place.species]])


def _same(place: Place, form: str, k: int, i: int) -> bool:
    """Whether the coefficients of species i, in row k, contain its diffusivity in this region."""
    if form != "matrix":
        return form == "coupling"
    matrix = place.section.matrix
    return k < min(len(matrix), *map(len, matrix)) and matrix[k][k] == place.diffusivity[i]


def _rows(section, form: str, species, names, problems: Problems) -> list[int] | None:
    """Indices of the species to which rows and columns belong."""
    index = {item.name: i for i, item in enumerate(species)}
    if form == "coupling":
        given = [name for pair in section.coupling for name in pair.between]
        given = list(dict.fromkeys(given))
    elif form == "salt":
        given = salt_ions(section.salt, problems)
    elif form == "stefan_maxwell":
        given = friction_species(section.stefan_maxwell, names, problems)
    elif form == "limiting_law":
        given = list(section.limiting_law.concentration)
    else:
        given = section.species
        if not given:
            problems.add("onsager: species", "missing; expected the species of rows and columns, in their order")
            return None
    for key in _KEYS:
        if getattr(section, key) and key not in _TAKES.get(form, ()):
            why = (
                "which holds at every composition" if form == "matrix" else "whose compositions are those of its points"
            )
            why = why if form in _TAKES else "which names its species"
            problems.add(f"onsager: {key}", f"means nothing with {form}, {why}")
    if not given and form == "limiting_law":
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


def _table(place: Place, own: list[int], problems: Problems):
    """A constant matrix, expressions or a table."""
    section, species, n = place.section, place.species, len(own)
    if section.matrix:
        good = _square(section.matrix, n, "onsager: matrix", problems)
        return ([0.0], np.array([section.matrix]), np.zeros(len(species))) if good else None
    weights = _weights(section, own, species, place.names, problems)
    if section.point:
        good = [_square(p.matrix, n, f"onsager: point {k}", problems) for k, p in enumerate(section.point, start=1)]
        if not all(good):
            return None
        return [p.composition for p in section.point], np.array([p.matrix for p in section.point]), weights
    if not _square(section.expression, n, "onsager: expression", problems):
        return None
    if section.variables:
        return _functions(place, own, problems)
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


def _functions(place: Place, own: list[int], problems: Problems) -> MatrixFunctions | None:
    """Expressions in several concentrations."""
    section, index = place.section, {item.name: i for i, item in enumerate(place.species)}
    for key in ("weights", "range"):
        if getattr(section, key):
            problems.add(f"onsager: {key}", "belongs to expressions in s; with variables there is none")
    arguments = {}
    for name, who in section.variables.items():
        if not name.isidentifier() or name in FUNCTIONS or name in (*CONSTANTS, "L"):
            problems.add("onsager: variables", f"expected a name such as k, got {name!r}")
            return None
        found = place.names.resolve(who, f"onsager: variables: {name}")
        if found is None:
            return None
        arguments[name] = index[found]
    functions, before = [], len(problems)
    for i, row in enumerate(section.expression, start=1):
        functions.append([])
        for j, text in enumerate(row, start=1):
            try:
                functions[-1].append(ActivityFunction(text, tuple(arguments)))
            except ExpressionError as error:
                problems.add(f"onsager: expression, row {i}, column {j}", str(error))
    if len(problems) > before:
        return None
    law = MatrixFunctions(tuple(own), tuple(arguments.values()), tuple(map(tuple, functions)), place.diffusivity)
    return law if len(problems) == before else None


def _cross(place: Place, own: list[int], problems: Problems):
    """Cross coefficients beside the diffusivities."""
    section, species, names = place.section, place.species, place.names
    matrix = np.diag(np.array(place.diffusivity)[own])
    position = {species[i].name: k for k, i in enumerate(own)}
    seen = set()
    for pair in section.coupling:
        i, j = (position[names.resolve(name, "onsager: coupling")] for name in pair.between)
        if i == j or frozenset((i, j)) in seen:
            wrong = "expected two different species, got" if i == j else "expected every pair once, got again"
            problems.add("onsager: coupling", f"{wrong} {', '.join(pair.between)}")
            return None
        seen.add(frozenset((i, j)))
        if abs(pair.q) == 1.0:
            names_of = " and ".join(pair.between)
            problems.add(
                "onsager: coupling: q",
                f"{pair.q:g} leaves {names_of} no way to move apart, so that nothing determines their difference; expected a"
                " number between -1 and 1",
            )
            return None
        matrix[i, j] = matrix[j, i] = pair.q * math.sqrt(matrix[i, i] * matrix[j, j])
    return [0.0], matrix[None], np.zeros(len(species))


def effective_onsager(coupling: Coupling) -> dict:
    """`[onsager]` as a table in SI, as it can be loaded again."""
    result = _stated(coupling)
    if coupling.regions:
        result["region"] = {name: _stated(own) for name, own in coupling.regions.items()}
    return result


def _stated(coupling: Coupling) -> dict:
    names = list(coupling.names)
    if isinstance(coupling.law, MatrixFunctions):
        return _stated_functions(coupling.law, names)
    if coupling.law is not None:
        return {"stefan_maxwell": _stated_friction(coupling.law, names)}
    result: dict = {"species": names}
    if len(coupling.composition) == 1:
        return result | {"matrix": coupling.matrices[0].tolist()}
    result["weights"] = dict(zip(names, coupling.weights.tolist()))
    points = zip(coupling.composition.tolist(), coupling.matrices.tolist())
    return result | {"point": [{"composition": s, "matrix": matrix} for s, matrix in points]}


def _stated_friction(law: Friction, names: list[str]) -> dict:
    labels = [*(names[i] for i in law.members), "solvent"]
    pairs = {
        f"{labels[i]}, {labels[j]}": law.pairs[i][j] for i in range(len(labels)) for j in range(i + 1, len(labels))
    }
    own = {"solvent": law.solvent} if law.total is None else {"total": law.total}
    return own | {"diffusivity": pairs}


def _stated_functions(law: MatrixFunctions, names: list[str]) -> dict:
    return {
        "species": [names[i] for i in law.members],
        "expression": [[function.expression for function in row] for row in law.functions],
        "variables": dict(zip(law.functions[0][0].variables, (names[k] for k in law.arguments))),
    }
