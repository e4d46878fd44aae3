"""Onsager coefficients from data of a salt, from friction and from the theory of dilute electrolytes.

Every builder takes (document, rows, species, excess, names, problems) and gives (compositions, matrices in m²/s, weights),
or None after reporting why not.
"""

from __future__ import annotations

import math

import numpy as np

from npsolver.case.problems import Problems, listed, nearest
from npsolver.case.salts import SaltData, holds_at, salt_library
from npsolver.case.species import BOILING, FREEZING, water_viscosity
from npsolver.errors import InputError
from npsolver.model import check_onsager, total_excess
from npsolver.units import GAS_CONSTANT

COMPOSITION_POINTS = 101
# points inserted between two measured concentrations of a salt, even in sqrt(c), in which its data are nearly straight
SALT_SUBDIVISIONS = 16
_COLUMNS = ("molar_conductivity", "transference", "diffusivity")


def salt_ions(section, problems: Problems) -> list[str]:
    """Cation and anion, from the case or from the library of salts; nothing after reporting what is wrong."""
    own = ("cation", "anion", "concentration", *_COLUMNS)
    if section.data is None:
        missing = [key for key in own if not getattr(section, key)]
        for key in missing:
            problems.add(f"onsager: salt: {key}", f"missing; give it or data = {next(iter(salt_library()))!r}")
        return [] if missing else [section.cation, section.anion]
    known = salt_library()
    if section.data not in known:
        hint = nearest(section.data, known)
        problems.add("onsager: salt: data", f"no salt {section.data!r}{hint} (valid: {listed(known)}); or give columns")
        return []
    superfluous = [key for key in (*own, "thermodynamic_factor") if getattr(section, key)]
    for key in superfluous:
        problems.add(f"onsager: salt: {key}", f"comes from data = {section.data!r} already; remove one of the two")
    data = known[section.data]
    return [] if superfluous else [data.cation, data.anion]


def salt(document, own, species, excess, names, problems: Problems):
    """Conductivity, transference number, diffusivity and thermodynamic factor by Miller's equations."""
    from npsolver.equilibrium.onsager import onsager_from_salt

    section, temperature = document.onsager.salt, document.model.temperature
    z = tuple(int(species[i].charge) for i in own)
    if not z[0] > 0 > z[1]:
        problems.add("onsager: salt", "expected a cation and an anion")
        return None
    divisor = math.gcd(z[0], -z[1])
    nu = np.array([-z[1] // divisor, z[0] // divisor])
    data = section
    if section.data is not None:
        data = salt_library()[section.data]
        _check_setting(data, nu, document, names, problems)
    c = np.array(data.concentration)
    factor = section.thermodynamic_factor
    for name in _COLUMNS:
        if len(getattr(data, name)) != c.size:
            problems.add(f"onsager: salt: {name}", f"expected {c.size} values, one for each concentration")
    if factor and len(factor) != c.size:
        problems.add("onsager: salt: thermodynamic_factor", f"expected {c.size} values, one for each concentration")
    if c.size == 0 or c[0] <= 0.0 or np.any(np.diff(c) <= 0.0):
        problems.add("onsager: salt: concentration", "expected increasing concentrations > 0")
    if len(problems):
        return None
    factor = factor or _thermodynamic_factor(own, nu, c, species, excess)
    matrices = np.empty((c.size, 2, 2))
    for k, value in enumerate(c):
        kappa = data.molar_conductivity[k] * value
        measured = onsager_from_salt(
            kappa, data.transference[k], data.diffusivity[k], factor[k], value, temperature, *z
        )
        ions = nu * value
        matrices[k] = GAS_CONSTANT * temperature * measured / np.sqrt(np.outer(ions, ions))
    weights = np.zeros(len(species))
    weights[own] = 0.5 / nu
    root = np.sqrt(c)
    fine = [root[:1]]
    for low, high in zip(root[:-1], root[1:]):
        fine.append(np.linspace(low, high, SALT_SUBDIVISIONS + 1)[1:])
    dense = np.concatenate(fine)
    table = np.empty((dense.size, 2, 2))
    for i in range(2):
        for j in range(2):
            table[:, i, j] = np.interp(dense, root, matrices[:, i, j])
    return dense**2, table, weights


def _check_setting(data: SaltData, nu: np.ndarray, document, names, problems: Problems) -> None:
    """The library holds at one temperature and up to a concentration."""
    if not holds_at(document.model.temperature):
        problems.add(
            "onsager: salt: data",
            f"the data of {data.name} hold at 298.15 K, this case is at {document.model.temperature:g} K; give columns",
        )
    stoichiometry = {names.spelling(data.cation): nu[0], names.spelling(data.anion): nu[1]}
    ends = {"left": document.boundary.left, "right": document.boundary.right, **document.boundary.named}
    places = {f"boundary: {name}": section.concentration for name, section in ends.items() if section is not None}
    places["initial"] = document.initial.concentration
    for name, section in document.initial.region.items():
        places[f"initial: region {name!r}"] = section.concentration
    for place, values in places.items():
        spelled = {names.spelling(name): value for name, value in values.items()}
        given = [spelled[ion] / count for ion, count in stoichiometry.items() if isinstance(spelled.get(ion), float)]
        if given and sum(given) / len(given) > data.largest * (1.0 + 1e-9):
            problems.add(
                f"{place}: concentration",
                f"{sum(given) / len(given):g} mol/m^3 of {data.name} is beyond the data of [onsager.salt], which end at"
                f" {data.largest:g} mol/m^3; give columns that reach further",
            )


def _thermodynamic_factor(own, nu, c, species, excess) -> np.ndarray:
    """1 + d ln gamma±/d ln c of the activity that the case states."""
    if not excess:
        return np.ones(c.size)
    state = np.zeros((c.size, len(species)))
    state[:, own] = np.outer(c, nu)
    _, slope = total_excess(excess, state, np.array([item.charge for item in species]))
    return 1.0 + np.einsum("i,nij,j->n", nu, slope[:, own][:, :, own], nu) * c / nu.sum()


def _multiples() -> np.ndarray:
    """Multiples of a composition from nearly 0 to 2, even in the square root."""
    return np.linspace(1e-3, math.sqrt(2.0), COMPOSITION_POINTS) ** 2


def stefan_maxwell(document, own, species, excess, names, problems: Problems):
    """Friction coefficients inverted at multiples of the given composition."""
    from npsolver.equilibrium.onsager import onsager_from_stefan_maxwell

    data, temperature, n = document.onsager.stefan_maxwell, document.model.temperature, len(own)
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
    multiple = _multiples()
    matrices = []
    for t in multiple:
        L = onsager_from_stefan_maxwell(c * t, data.solvent, D, temperature)
        L = 0.5 * (L + L.T)  # what inversion leaves is round-off
        matrices.append(GAS_CONSTANT * temperature * L / (t * np.sqrt(np.outer(c, c))))
    weights = np.zeros(len(species))
    weights[own] = 1.0 / c.sum()
    return multiple, np.array(matrices), weights


def limiting_law(document, own, species, excess, names, problems: Problems):
    """The law of Onsager and Fuoss at multiples of the given composition."""
    from npsolver.equilibrium.onsager_fuoss import onsager_limiting_law

    data, temperature = document.onsager.limiting_law, document.model.temperature
    c = np.array(list(data.concentration.values()))
    ions = [species[i] for i in own]
    neutral = [item.name for item in ions if item.charge == 0]
    if neutral:
        problems.add("onsager: limiting_law: concentration", f"{neutral[0]} is neutral; expected ions only")
    if np.any(c <= 0.0):
        problems.add("onsager: limiting_law: concentration", "expected concentrations > 0")
    if data.viscosity is None and not FREEZING <= temperature <= BOILING:
        problems.add("onsager: limiting_law: viscosity", f"missing; that of water is not known at {temperature:g} K")
    if len(problems):
        return None
    viscosity = data.viscosity if data.viscosity is not None else water_viscosity(temperature)
    permittivity = data.relative_permittivity or document.geometry.region[0].relative_permittivity
    z, D = [item.charge for item in ions], [item.diffusivity for item in ions]
    matrices, half = [], 0.5 * c.sum()
    for t in _multiples():
        try:
            L = onsager_limiting_law(z, D, t * c, temperature, permittivity, viscosity, data.ion_size or 0.0)
            matrices.append(GAS_CONSTANT * temperature * L / (t * np.sqrt(np.outer(c, c))))
            check_onsager(matrices[-1], tuple(item.name for item in ions), f" at {t * half:.4g} mol/m^3")
        except InputError as error:
            failed = "; the limiting law fails there, give ion_size or less of the salts"
            problems.add("onsager: limiting_law", error.message + (failed if error.key == "onsager" else ""))
            return None
    weights = np.zeros(len(species))
    weights[own] = 0.5
    return _multiples() * half, np.array(matrices), weights
