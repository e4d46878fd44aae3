"""Activity coefficients and finite size: from `[[activity]]` to excess chemical potentials."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from npsolver.case.activity_range import check_activities
from npsolver.case.expression import CONSTANTS, FUNCTIONS, ExpressionError, compile_expression
from npsolver.case.problems import Problems, listed, nearest
from npsolver.errors import InputError
from npsolver.model import (
    Boundary,
    FermiDiracLaw,
    FunctionLaw,
    IonicStrengthLaw,
    PitzerLaw,
    RegularSolutionLaw,
    Species,
    StericLaw,
    TableLaw,
    debye_hueckel_slope,
)
from npsolver.units import AVOGADRO, GAS_CONSTANT, VACUUM_PERMITTIVITY

# keys that each model takes: needed, then allowed
_KEYS = {
    "debye-hueckel": ((), ("relative_permittivity",)),
    "extended-debye-hueckel": (("ion_size",), ("relative_permittivity",)),
    "davies": ((), ("relative_permittivity",)),
    "pitzer": ((), ("species", "salt", "beta", "c_phi", "slope", "solvent_density", "apparent_volume")),
    "steric": ((), ("species", "ion_size", "largest")),
    "site-limited": (("species", "sites"), ()),
    "fermi-dirac": (("species", "density_of_states"), ()),
    "regular-solution": (("species", "sites", "interaction"), ("gradient_energy",)),
    "expression": (("species", "expression"), ("variables",)),
    "table": (("species", "concentration", "ln_gamma"), ()),
}


_ELECTROSTATIC = ("debye-hueckel", "extended-debye-hueckel", "davies", "pitzer")
# m; ions are a few angstrom large
LARGEST_ION = 1e-8


@dataclass(frozen=True)
class ActivityFunction:
    """An expression in concentrations (mol/m³) that takes real and complex arrays; it can be pickled and compared.

    Attributes
    ----------
    expression : str
    variables : tuple of str
    """

    expression: str
    variables: tuple[str, ...]
    _code: object = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self):
        object.__setattr__(self, "_code", compile_expression(self.expression, self.variables))

    def __reduce__(self):
        return ActivityFunction, (self.expression, self.variables)

    def __call__(self, *c: np.ndarray) -> np.ndarray:
        """Value, (n,), at concentrations (n,) of the variables in turn."""
        values = dict(zip(self.variables, c))
        names = {**FUNCTIONS, **_COMPLEX, **CONSTANTS, **values, "__builtins__": {}}
        with np.errstate(all="ignore"):  # values that are not finite end in a refused state
            value = eval(self._code, names)  # only what compile_expression lets pass
        return np.broadcast_to(value, np.shape(c[0]))


def _erf(x):
    """Error function; along an imaginary step by its derivative."""
    real = FUNCTIONS["erf"](np.real(x))
    return (
        real + 1j * np.imag(x) * 2.0 / math.sqrt(math.pi) * np.exp(-(np.real(x) ** 2)) if np.iscomplexobj(x) else real
    )


_COMPLEX = {
    "erf": _erf,
    "abs": lambda x: np.where(np.real(x) < 0.0, -x, x),
    "heaviside": lambda x: np.heaviside(np.real(x), 0.5),
    "minimum": lambda a, b: np.where(np.real(a) <= np.real(b), a, b),
    "maximum": lambda a, b: np.where(np.real(a) >= np.real(b), a, b),
    "_power": np.power,
    "_divide": np.true_divide,
}


def resolve_activity(
    document, species: tuple[Species, ...], boundaries: Mapping[str, Boundary], names, problems: Problems
) -> tuple[tuple, dict[str, tuple]]:
    """Laws that hold everywhere, and those of single regions and boundaries by their names, in the order of the case."""
    laws: list = []
    local: dict[str, tuple] = {}
    for number, section in enumerate(document.activity, start=1):
        location = f"activity {number} ({section.model})"
        before = len(problems)
        _check_keys(section, location, problems)
        members = _members(section, species, names, location, problems)
        places = _places(section, document, boundaries, location, problems)
        if len(problems) > before or members is None:
            continue
        try:
            law = _LAWS[section.model](section, members, species, document, names, location, problems)
        except InputError as error:
            problems.add(location, error.message)
            continue
        if law is None or len(problems) > before:
            continue
        if places is None:
            laws.append(law)
        for place in places or ():
            local[place] = (*local.get(place, ()), law)
    _check_electrostatics(document, problems)
    if not len(problems):
        check_activities(tuple(laws), local, species, boundaries, problems)
    return tuple(laws), local


def _check_electrostatics(document, problems: Problems) -> None:
    """Debye-Hueckel, Davies and Pitzer all contain the whole interaction of the charges: one of them at a time."""
    seen: list[tuple[int, object]] = []
    for number, section in enumerate(document.activity, start=1):
        if section.model not in _ELECTROSTATIC:
            continue
        own = None if section.regions is None else set(section.regions)
        for before, other in seen:
            if own is None or other.regions is None or own & set(other.regions):
                problems.add(
                    f"activity {number} ({section.model})",
                    f"counts the interaction of the charges again, after activity {before} ({other.model}); expected one of"
                    f" {', '.join(_ELECTROSTATIC)} in one place",
                )
                return
        seen.append((number, section))


def _places(section, document, boundaries: Mapping[str, Boundary], location: str, problems: Problems) -> list | None:
    """Regions and boundaries where a law holds; None: everywhere."""
    if section.regions is None:
        return None
    regions = [region.name for region in document.geometry.region]
    outside = [name for name, law in boundaries.items() if law.kind == "bath" or law.concentration]
    for name in section.regions:
        if name in boundaries and name not in outside:
            problems.add(
                f"{location}: regions",
                f"boundary {name!r} ({boundaries[name].kind}) holds no solution outside; name the region beside it",
            )
        elif name not in regions and name not in boundaries:
            valid = [*regions, *outside]
            problems.add(f"{location}: regions", f"unknown {name!r}{nearest(name, valid)} (valid: {listed(valid)})")
    if not section.regions or len(set(section.regions)) < len(section.regions):
        problems.add(f"{location}: regions", "expected each name once, at least one; leave the key out for everywhere")
    own = set(section.regions) & set(regions)
    if own == set(regions) and set(outside) <= set(section.regions):
        return None
    return list(section.regions)


def _check_keys(section, location: str, problems: Problems) -> None:
    needed, allowed = _KEYS[section.model]
    for key in section.fields:
        if key in ("model", "regions"):
            continue
        given = getattr(section, key) not in (None, [], {})
        if given and key not in (*needed, *allowed):
            problems.add(f"{location}: {key}", f"means nothing for model {section.model!r}")
        if not given and key in needed:
            problems.add(f"{location}: {key}", f"missing; model {section.model!r} needs it")


def _members(section, species, names, location: str, problems: Problems) -> tuple[int, ...] | None:
    """Indices of the species concerned."""
    given = [section.species] if isinstance(section.species, str) else section.species
    if given is None:
        return tuple(range(len(species)))
    found = [names.resolve(name, f"{location}: species") for name in given]
    if None in found:
        return None
    if len(set(found)) < len(found) or not found:
        problems.add(f"{location}: species", "expected each species once")
        return None
    if section.model in ("fermi-dirac", "regular-solution", "expression", "table") and len(found) != 1:
        problems.add(f"{location}: species", f"model {section.model!r} is for one species")
        return None
    index = {item.name: i for i, item in enumerate(species)}
    return tuple(index[name] for name in found) if set(found) <= set(index) else None


def _ionic(section, members, species, document, names, location, problems):
    own = [region for region in document.geometry.region if section.regions is None or region.name in section.regions]
    first = (own or document.geometry.region)[0]
    permittivity = section.relative_permittivity or first.relative_permittivity
    temperature = document.model.temperature
    slope = debye_hueckel_slope(temperature, permittivity)
    if section.ion_size is not None and section.ion_size > LARGEST_ION:
        problems.add(f"{location}: ion_size", f"expected a few angstrom, got {section.ion_size:g} m")
    if section.model == "davies":
        return IonicStrengthLaw(slope, 1.0, 0.3)
    if section.model == "debye-hueckel":
        return IonicStrengthLaw(slope, 0.0, 0.0)
    from npsolver.units import FARADAY

    # kappa = sqrt(2 F² I/(eps RT)) with I = 1 mol/L
    kappa = math.sqrt(2e3 * FARADAY**2 / (permittivity * VACUUM_PERMITTIVITY * GAS_CONSTANT * temperature))
    return IonicStrengthLaw(slope, kappa * section.ion_size, 0.0)


def _pitzer(section, members, species, document, names, location, problems):
    from npsolver.equilibrium.activity import PITZER_SALTS

    if (section.salt is None) == (not section.beta):
        problems.add(location, "expected either salt (of the library) or beta, c_phi and species")
        return None
    if section.salt is not None:
        if section.salt not in PITZER_SALTS:
            problems.add(
                f"{location}: salt",
                f"unknown salt {section.salt!r}{nearest(section.salt, PITZER_SALTS)} (valid: {listed(PITZER_SALTS, 40)})",
            )
            return None
        salt = PITZER_SALTS[section.salt]
        charges, beta, c_phi = (salt.z_cation, salt.z_anion), (salt.beta0, salt.beta1, salt.beta2), salt.c_phi
        for ion in _ions(section.salt, *charges):
            names.resolve(ion, f"{location}: salt")
        ions = {item.charge for item in species if item.charge != 0.0}
        if not ions <= {float(charges[0]), float(charges[1])}:
            problems.add(location, f"{section.salt} has ions of charge {charges[0]:+d} and {charges[1]:+d} only")
    else:
        if len(section.beta) not in (2, 3) or section.c_phi is None:
            problems.add(location, "expected beta = [beta0, beta1] or [beta0, beta1, beta2], and c_phi")
            return None
        own = sorted((species[i].charge for i in members if species[i].charge), reverse=True)
        if len(own) != 2 or not own[0] > 0 > own[1] or not all(z == int(z) for z in own):
            problems.add(f"{location}: species", "expected the cation and the anion of the salt")
            return None
        charges, beta, c_phi = (int(own[0]), int(own[1])), (*section.beta, 0.0)[:3], section.c_phi
    if abs(document.model.temperature - 298.15) > 0.5 and (section.slope is None or section.salt is not None):
        problems.add(
            location,
            f"the parameters hold at 298.15 K, not {document.model.temperature:g} K; give slope, and species with beta and"
            " c_phi instead of salt",
        )
    volumes = ()
    if section.apparent_volume:
        # of the salt, shared by the squares of the charges: nu_+ z_+² + nu_- z_-² = (z_+ - z_-) nu_+ z_+
        plus, minus = charges
        whole = (plus - minus) * plus * minus // -math.gcd(plus, minus)
        volumes = tuple(section.apparent_volume * item.charge**2 / whole for item in species)
    return PitzerLaw(charges, tuple(beta), c_phi, section.slope or 0.3915, section.solvent_density or 997.05, volumes)


def _ions(salt: str, plus: int, minus: int) -> tuple[str, str]:
    """Names of cation and anion of a salt such as Na2SO4."""
    cation, anion = re.fullmatch(r"(NH4|[A-Z][a-z]?)\d?([A-Z].*?)", salt).groups()
    anion = anion.removesuffix(str(plus)) if plus > 1 else anion
    charges = ("+" if plus == 1 else f"{plus}+", "-" if minus == -1 else f"^{-minus}-")
    return cation + charges[0], anion + charges[1]


def _steric(section, members, species, document, names, location, problems):
    if (section.ion_size is None) == (section.largest is None):
        problems.add(location, "expected either ion_size or largest")
        return None
    if section.ion_size is not None:
        return StericLaw.from_size(members, section.ion_size)
    return _lattice(members, section.largest, f"{location}: largest", problems)


def _lattice(members, largest: float, location: str, problems: Problems):
    if not 0.0 < largest < 1.0 / (AVOGADRO * 1e-33):
        problems.add(location, f"expected a concentration > 0 below 1 per (0.1 angstrom)^3, got {largest:g} mol/m^3")
        return None
    return StericLaw(members, largest)


def _sites(section, members, species, document, names, location, problems):
    return _lattice(members, section.sites, f"{location}: sites", problems)


def _fermi_dirac(section, members, species, document, names, location, problems):
    if not 0.0 < section.density_of_states < math.inf:
        problems.add(f"{location}: density_of_states", "expected a concentration > 0, e.g. '2.86e25 1/m^3'")
        return None
    return FermiDiracLaw(members[0], section.density_of_states)


def _regular(section, members, species, document, names, location, problems):
    if not section.sites > 0.0:
        problems.add(f"{location}: sites", "expected a concentration > 0")
        return None
    thermal = GAS_CONSTANT * document.model.temperature
    if section.gradient_energy is not None:
        _check_gradient(document, species[members[0]].name, location, problems)
    return RegularSolutionLaw(
        members[0], section.sites, section.interaction / thermal, (section.gradient_energy or 0.0) / thermal
    )


def _check_gradient(document, name: str, location: str, problems: Problems) -> None:
    """What a gradient energy cannot be combined with: rates and equilibria take mu from the composition of a place."""
    where = f"{location}: gradient_energy"
    if document.model.physics == "poisson-boltzmann":
        problems.add(where, "has no place in physics = 'poisson-boltzmann'; use 'pnp'")
    sections = [getattr(document.boundary, side) for side in ("left", "right")] + list(document.boundary.named.values())
    if (
        document.reaction
        or document.defect_equilibrium
        or any(item.reaction or item.transfer for item in sections if item is not None)
    ):
        problems.add(
            where,
            f"does not go together with reactions: their rates take the activity of {name!r} from the composition of one"
            " place, and with a gradient energy it depends on the surroundings",
        )


def _expression(section, members, species, document, names, location, problems):
    variables = {"c": species[members[0]].name}
    for name, who in section.variables.items():
        if not name.isidentifier() or name in FUNCTIONS or name in (*CONSTANTS, "c", "L"):
            problems.add(f"{location}: variables", f"expected a new name such as k, got {name!r}")
            return None
        variables[name] = names.resolve(who, f"{location}: variables")
    index = {item.name: i for i, item in enumerate(species)}
    if not set(variables.values()) <= set(index):
        return None
    try:
        function = ActivityFunction(section.expression, tuple(variables))
    except ExpressionError as error:
        problems.add(f"{location}: expression", str(error))
        return None
    probe = function(*(np.logspace(0.0, 4.0, 9) for _ in variables))
    if not np.any(np.isfinite(np.asarray(probe, dtype=complex))):
        problems.add(f"{location}: expression", "has no finite value at concentrations from 1 to 1e4 mol/m^3")
    return FunctionLaw(members[0], tuple(index[name] for name in variables.values()), function)


def _table(section, members, species, document, names, location, problems):
    c, values = section.concentration, section.ln_gamma
    if len(c) != len(values) or len(c) < 2:
        problems.add(location, f"expected as many values of ln_gamma as concentrations, at least 2, got {len(values)}")
    elif any(b <= a for a, b in zip(c, c[1:])):
        problems.add(f"{location}: concentration", "expected increasing concentrations")
    return TableLaw(members[0], tuple(c), tuple(values))


_LAWS = {
    "debye-hueckel": _ionic,
    "extended-debye-hueckel": _ionic,
    "davies": _ionic,
    "pitzer": _pitzer,
    "steric": _steric,
    "site-limited": _sites,
    "fermi-dirac": _fermi_dirac,
    "regular-solution": _regular,
    "expression": _expression,
    "table": _table,
}
