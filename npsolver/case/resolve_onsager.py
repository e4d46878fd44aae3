"""Onsager coefficients: from `[onsager]` to a table of matrices over composition."""

from __future__ import annotations

import math

import numpy as np

from npsolver.case.expression import ExpressionError
from npsolver.case.problems import Problems
from npsolver.case.resolve_activity import ActivityFunction
from npsolver.errors import InputError
from npsolver.model import Coupling, Species, total_excess
from npsolver.units import GAS_CONSTANT

EXPRESSION_POINTS = 201
FRICTION_POINTS = 101
# points inserted between two measured concentrations of a salt, even in sqrt(c), in which its data are nearly straight
SALT_SUBDIVISIONS = 16
_FORMS = ("matrix", "expression", "point", "salt", "stefan_maxwell")


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
    if document.convection.velocity:
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
    build = {"salt": _salt, "stefan_maxwell": _stefan_maxwell, "coupling": _cross}.get(form, _table)
    try:
        found = build(section, own, species, excess, document.model.temperature, names, problems)
        if found is None or len(problems) > before:
            return None
        composition, matrices, weights = found
        full = np.broadcast_to(
            np.diag([item.diffusivity for item in species]), (len(composition), len(species), len(species))
        ).copy()
        full[np.ix_(range(len(composition)), own, own)] = matrices
        return Coupling(np.asarray(composition, dtype=float), full, weights, tuple(item.name for item in species))
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
        given = [section.salt.cation, section.salt.anion]
    elif form == "stefan_maxwell":
        given = list(section.stefan_maxwell.concentration)
    else:
        given = section.species
        if not given:
            problems.add("onsager: species", "missing; expected the species of rows and columns, in their order")
            return None
    if section.species and form in ("coupling", "salt", "stefan_maxwell"):
        problems.add("onsager: species", f"means nothing with {form}, which names its species")
    found = [names.resolve(name, f"onsager: {form if form != 'matrix' else 'species'}") for name in given]
    if None in found or not set(found) <= set(index):
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


def _table(section, own, species, excess, temperature, names, problems):
    """A constant matrix, expressions or a table."""
    n = len(own)
    weights = _weights(section, own, species, names, problems)
    if section.matrix:
        return (
            ([0.0], np.array([section.matrix]), weights)
            if _square(section.matrix, n, "onsager: matrix", problems)
            else None
        )
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
    matrices = np.empty((s.size, n, n))
    for i, row in enumerate(section.expression):
        for j, text in enumerate(row):
            try:
                matrices[:, i, j] = np.real(ActivityFunction(text, ("s",))(s))
            except ExpressionError as error:
                problems.add(f"onsager: expression, row {i + 1}, column {j + 1}", str(error))
    return s, matrices, weights


def _cross(section, own, species, excess, temperature, names, problems):
    """Cross coefficients beside the diffusivities."""
    matrix = np.diag([species[i].diffusivity for i in own])
    position = {species[i].name: k for k, i in enumerate(own)}
    seen = set()
    for pair in section.coupling:
        i, j = (position[names.resolve(name, "onsager: coupling")] for name in pair.between)
        if i == j or frozenset((i, j)) in seen:
            problems.add("onsager: coupling", f"expected two different species once, got {', '.join(pair.between)}")
            return None
        seen.add(frozenset((i, j)))
        matrix[i, j] = matrix[j, i] = pair.q * math.sqrt(matrix[i, i] * matrix[j, j])
    return [0.0], matrix[None], _weights(section, own, species, names, problems)


def _salt(section, own, species, excess, temperature, names, problems):
    """Conductivity, transference number, diffusivity and thermodynamic factor by Miller's equations."""
    from npsolver.equilibrium.onsager import onsager_from_salt

    salt, (cation, anion) = section.salt, own
    z = int(species[cation].charge), int(species[anion].charge)
    c = np.array(salt.concentration)
    columns = ("molar_conductivity", "transference", "diffusivity")
    for name in (*columns, *(("thermodynamic_factor",) if salt.thermodynamic_factor else ())):
        if len(getattr(salt, name)) != c.size:
            problems.add(f"onsager: salt: {name}", f"expected {c.size} values, one for each concentration")
            return None
    if c.size == 0 or c[0] <= 0.0 or np.any(np.diff(c) <= 0.0):
        problems.add("onsager: salt: concentration", "expected increasing concentrations > 0")
        return None
    if not z[0] > 0 > z[1]:
        problems.add("onsager: salt", "expected a cation and an anion")
        return None
    divisor = math.gcd(z[0], -z[1])
    nu = np.array([-z[1] // divisor, z[0] // divisor])
    factor = salt.thermodynamic_factor or _thermodynamic_factor(own, nu, c, species, excess)
    matrices = []
    for k, value in enumerate(c):
        kappa = salt.molar_conductivity[k] * value
        measured = onsager_from_salt(
            kappa, salt.transference[k], salt.diffusivity[k], factor[k], value, temperature, *z
        )
        ions = nu * value
        matrices.append(GAS_CONSTANT * temperature * measured / np.sqrt(np.outer(ions, ions)))
    weights = np.zeros(len(species))
    weights[own] = 0.5 / nu
    root = np.sqrt(c)
    fine = [root[:1]]
    for low, high in zip(root[:-1], root[1:]):
        fine.append(np.linspace(low, high, SALT_SUBDIVISIONS + 1)[1:])
    dense = np.concatenate(fine)
    matrices = np.array(matrices)
    table = np.empty((dense.size, 2, 2))
    for i in range(2):
        for j in range(2):
            table[:, i, j] = np.interp(dense, root, matrices[:, i, j])
    return dense**2, table, weights


def _thermodynamic_factor(own, nu, c, species, excess) -> np.ndarray:
    """1 + d ln gamma±/d ln c of the activity that the case states."""
    if not excess:
        return np.ones(c.size)
    state = np.zeros((c.size, len(species)))
    state[:, own] = np.outer(c, nu)
    _, slope = total_excess(excess, state, np.array([item.charge for item in species]))
    return 1.0 + np.einsum("i,nij,j->n", nu, slope[:, own][:, :, own], nu) * c / nu.sum()


def _stefan_maxwell(section, own, species, excess, temperature, names, problems):
    """Friction coefficients inverted at multiples of the given composition."""
    from npsolver.equilibrium.onsager import onsager_from_stefan_maxwell

    data, n = section.stefan_maxwell, len(own)
    c = np.array(list(data.concentration.values()))
    if np.any(c <= 0.0) or not data.solvent > 0.0:
        problems.add("onsager: stefan_maxwell: concentration", "expected concentrations > 0")
        return None
    position = {species[i].name: k for k, i in enumerate(own)} | {"solvent": n}
    D = np.zeros((n + 1, n + 1))
    for pair, value in data.diffusivity.items():
        location = f"onsager: stefan_maxwell: diffusivity {pair!r}"
        ends = [part.strip() for part in pair.split(",")]
        ends = [end if end == "solvent" else names.resolve(end, location) for end in ends]
        if len(ends) != 2 or not set(ends) <= set(position) or ends[0] == ends[1]:
            problems.add(location, "expected a pair such as 'Na+, Cl-' or 'Na+, solvent'")
            return None
        D[position[ends[0]], position[ends[1]]] = D[position[ends[1]], position[ends[0]]] = value
    labels = [*(species[i].name for i in own), "solvent"]
    missing = [f"{labels[i]}, {labels[j]}" for i in range(n + 1) for j in range(i) if D[i, j] == 0.0]
    if missing:
        problems.add("onsager: stefan_maxwell: diffusivity", f"missing or zero: {missing[0]!r}")
        return None
    multiple = np.linspace(1e-3, math.sqrt(2.0), FRICTION_POINTS) ** 2
    matrices = []
    for t in multiple:
        L = onsager_from_stefan_maxwell(c * t, data.solvent, D, temperature)
        L = 0.5 * (L + L.T)  # what inversion leaves is round-off
        matrices.append(GAS_CONSTANT * temperature * L / (t * np.sqrt(np.outer(c, c))))
    weights = np.zeros(len(species))
    weights[own] = 1.0 / c.sum()
    return multiple, np.array(matrices), weights


def effective_onsager(coupling: Coupling) -> dict:
    """`[onsager]` as a table in SI, as it can be loaded again."""
    names = list(coupling.names)
    result: dict = {"species": names, "weights": dict(zip(names, coupling.weights.tolist()))}
    if len(coupling.composition) == 1:
        return result | {"matrix": coupling.matrices[0].tolist()}
    points = zip(coupling.composition.tolist(), coupling.matrices.tolist())
    return result | {"point": [{"composition": s, "matrix": matrix} for s, matrix in points]}
