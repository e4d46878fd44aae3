"""Onsager coefficients from data of a salt, from friction and from the theory of dilute electrolytes.

Every builder takes (place, rows, problems) and gives (compositions, matrices in m²/s, weights), or a law of the whole
composition, or None after reporting why not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from npsolver.case.problems import Problems, listed, nearest
from npsolver.case.salts import SaltData, holds_at, salt_library
from npsolver.case.species import BOILING, FREEZING, water_viscosity
from npsolver.errors import InputError
from npsolver.model import Friction, Species, check_onsager, total_excess
from npsolver.model.excess import StericLaw
from npsolver.units import GAS_CONSTANT

COMPOSITION_POINTS = 101
# relative, of totals given with a few digits
TOTAL_TOLERANCE = 1e-6
# points inserted between two measured concentrations of a salt, even in sqrt(c), in which its data are nearly straight
SALT_SUBDIVISIONS = 16
_COLUMNS = ("molar_conductivity", "transference", "diffusivity")
# of a thermodynamic factor from 1
IDEAL = 1e-3
# transference numbers beyond are percentages; those of complexing electrolytes leave 0 to 1, but not as far
LARGEST_TRANSFERENCE = 10.0


@dataclass(frozen=True)
class Place:
    """Where coefficients hold, and what they follow from there.

    Attributes
    ----------
    document : CaseDocument
    section : OnsagerLawSection
    species : tuple of Species
    diffusivity : tuple of float
        Of the species here, m²/s.
    excess : tuple of ExcessLaw
    relative_permittivity : float
    names : Names
    """

    document: object
    section: object
    species: tuple[Species, ...]
    diffusivity: tuple[float, ...]
    excess: tuple
    relative_permittivity: float
    names: object

    @property
    def temperature(self) -> float:
        return self.document.model.temperature


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


def salt(place: Place, own: list[int], problems: Problems):
    """Conductivity, transference number, diffusivity and thermodynamic factor by Miller's equations."""
    from npsolver.equilibrium.onsager import onsager_from_salt

    section, species, excess = place.section.salt, place.species, place.excess
    z = tuple(int(species[i].charge) for i in own)
    if not z[0] > 0 > z[1]:
        problems.add("onsager: salt", "expected a cation and an anion")
        return None
    divisor = math.gcd(z[0], -z[1])
    nu = np.array([-z[1] // divisor, z[0] // divisor])
    data = section
    if section.data is not None:
        data = salt_library()[section.data]
        _check_setting(data, place.temperature, problems)
    c = np.array(data.concentration)
    factor = section.thermodynamic_factor
    for name in _COLUMNS:
        if len(getattr(data, name)) != c.size:
            problems.add(f"onsager: salt: {name}", f"expected {c.size} values, one for each concentration")
    if factor and not excess and any(abs(value - 1.0) > IDEAL for value in factor):
        problems.add(
            "onsager: salt: thermodynamic_factor",
            "the solution of this case is ideal, so that the salt would diffuse with its diffusivity over this factor; add"
            " the [[activity]] to which the factor belongs, or leave the factor out",
        )
    if factor and len(factor) != c.size:
        problems.add("onsager: salt: thermodynamic_factor", f"expected {c.size} values, one for each concentration")
    if c.size == 0 or c[0] <= 0.0 or np.any(np.diff(c) <= 0.0):
        problems.add("onsager: salt: concentration", "expected increasing concentrations > 0")
    for k, value in enumerate(data.transference, start=1):
        if abs(value) > LARGEST_TRANSFERENCE:
            problems.add(
                f"onsager: salt: transference {k}", f"expected a share of the current such as 0.39, got {value:g}"
            )
    for k, value in enumerate(factor, start=1):
        if not value > 0.0:
            problems.add(
                f"onsager: salt: thermodynamic_factor {k}",
                f"expected a number > 0, got {value:g}: below, the solution separates into two",
            )
    if len(problems):
        return None
    factor = factor or _thermodynamic_factor(own, nu, c, species, excess)
    if np.min(factor) <= 0.0:
        k = int(np.argmin(factor))
        problems.add(
            "onsager: salt",
            f"1 + d ln gamma/d ln c of [[activity]] is {factor[k]:.3g} at {c[k]:g} mol/m^3; expected more than 0, give"
            " another activity or thermodynamic_factor",
        )
        return None
    matrices = np.empty((c.size, 2, 2))
    for k, value in enumerate(c):
        kappa = data.molar_conductivity[k] * value
        measured = onsager_from_salt(
            kappa, data.transference[k], data.diffusivity[k], factor[k], value, place.temperature, *z
        )
        ions = nu * value
        matrices[k] = GAS_CONSTANT * place.temperature * measured / np.sqrt(np.outer(ions, ions))
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
    return *_from_zero(dense**2, table), weights


def _from_zero(composition, matrices) -> tuple[np.ndarray, np.ndarray]:
    """The table with its first matrix at 0, too: towards infinite dilution the coefficients become constant."""
    return np.concatenate([[0.0], composition]), np.concatenate([matrices[:1], matrices])


def _check_setting(data: SaltData, temperature: float, problems: Problems) -> None:
    """The library holds at one temperature."""
    if not holds_at(temperature):
        problems.add(
            "onsager: salt: data",
            f"the data of {data.name} hold at 298.15 K, this case is at {temperature:g} K; give columns",
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


def stefan_maxwell(place: Place, own: list[int], problems: Problems) -> Friction | None:
    """Friction coefficients, relative to a solvent or in a mixture."""
    before, data, where = len(problems), place.section.stefan_maxwell, "onsager: stefan_maxwell"
    if (data.solvent is None) == (data.total is None):
        problems.add(where, "expected the concentration of the solvent or the total, one of them")
        return None
    D = _pairs(data, own, place.species, place.names, problems)
    for key in ("solvent", "total"):
        value = getattr(data, key)
        if value is not None and not value > 0.0:
            problems.add(f"{where}: {key}", "expected a concentration > 0")
    if D is None or len(problems) > before:
        return None
    if data.total is not None and not any(_fills(law, own, data.total) for law in place.excess):
        problems.add(
            f"{where}: total",
            f"the chemical potentials are those of a mixture; add [[activity]] with model = 'steric' and"
            f" largest = {data.total:g}",
        )
        return None
    return Friction(tuple(own), tuple(map(tuple, D.tolist())), data.solvent, data.total, place.diffusivity)


def friction_species(section, names, problems: Problems) -> list[str]:
    """Species of the pairs, in the order in which they are named first."""
    found = []
    for pair in section.diffusivity:
        ends, location = [part.strip() for part in pair.split(",")], f"onsager: stefan_maxwell: diffusivity {pair!r}"
        if len(ends) != 2:
            problems.add(location, "expected a pair such as 'Na+, Cl-' or 'Na+, solvent'")
            return []
        for end in ends:
            name = end if end == "solvent" else names.resolve(end, location)
            if name is None:
                return []
            found += [name] if name != "solvent" else []
    if not found:
        problems.add(
            "onsager: stefan_maxwell: diffusivity", "expected those of all pairs, e.g. { 'Na+, Cl-' = '1e-10 m^2/s', ... }"
        )
    return list(dict.fromkeys(found))


def _pairs(data, own, species, names, problems: Problems) -> np.ndarray | None:
    """Stefan-Maxwell diffusivities as a symmetric matrix, the solvent last; the keys are pairs of these."""
    labels = [*(species[i].name for i in own), "solvent"]
    position = {label: k for k, label in enumerate(labels)}
    D = np.zeros((len(labels), len(labels)))
    for pair, value in data.diffusivity.items():
        location = f"onsager: stefan_maxwell: diffusivity {pair!r}"
        ends = [part.strip() for part in pair.split(",")]
        i, j = (position[end if end == "solvent" else names.resolve(end, location)] for end in ends)
        if i == j:
            problems.add(location, "expected a pair of two components, such as 'Na+, Cl-' or 'Na+, solvent'")
            return None
        if D[i, j] != 0.0:
            problems.add(location, "given twice; expected every pair once, in either order")
            return None
        D[i, j] = D[j, i] = value
    missing = [f"{labels[j]}, {labels[i]}" for i in range(len(labels)) for j in range(i) if D[i, j] == 0.0]
    if missing:
        problems.add("onsager: stefan_maxwell: diffusivity", f"missing or zero: {missing[0]!r}")
        return None
    return D


def _fills(law, own: list[int], total: float) -> bool:
    """Whether an excess potential is that of species whose solvent fills up to a total."""
    return (
        isinstance(law, StericLaw)
        and set(law.members) == set(own)
        and abs(law.largest - total) <= TOTAL_TOLERANCE * total
    )


def limiting_law(place: Place, own: list[int], problems: Problems):
    """The law of Onsager and Fuoss at multiples of the given composition."""
    from npsolver.equilibrium.onsager_fuoss import onsager_limiting_law

    data, species, temperature = place.section.limiting_law, place.species, place.temperature
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
    permittivity = data.relative_permittivity or place.relative_permittivity
    z, D = [item.charge for item in ions], [place.diffusivity[i] for i in own]
    matrices, half = [], 0.5 * c.sum()
    try:
        onsager_limiting_law(z, D, c, temperature, permittivity, viscosity, data.ion_size or 0.0)
    except InputError as error:
        problems.add("onsager: limiting_law: concentration", error.message)
        return None
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
    return *_from_zero(_multiples() * half, np.array(matrices)), weights
