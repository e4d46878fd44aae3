"""Cases whose laws of activity differ from phase to phase, as documents."""

from __future__ import annotations

import copy

from npsolver.case import from_document
from npsolver.runner.problem import build_problem

BRINE = {"Na+": "2 M", "Cl-": "2 M"}
WEAK = {"Na+": "0.5 M", "Cl-": "0.5 M"}


def membrane(physics="pnp", left=BRINE, right=WEAK, dimension=1, **model) -> dict:
    """A charged membrane between two brines: Pitzer's equations outside, Davies' and partition inside."""
    places = [("left solution", 0, 10), ("membrane", 10, 20), ("right solution", 20, 30)]
    regions = []
    for name, start, end in places:
        size = {"x": [f"{start} nm", f"{end} nm"], "y": ["0 nm", "4 nm"], "z": ["0 nm", "4 nm"]}
        size = {"length": "10 nm"} if dimension == 1 else dict(list(size.items())[:dimension])
        own = {"fixed_charge": "-2 M", "partition": {"Na+": 0.5, "Cl-": 0.7}} if name == "membrane" else {}
        regions.append({"name": name, **size, **own})
    return {
        "model": {"physics": physics, **model},
        "species": [{"name": "Na+"}, {"name": "Cl-"}],
        "activity": [
            {"model": "pitzer", "salt": "NaCl", "regions": ["left solution", "right solution", "left", "right"]},
            {"model": "davies", "regions": ["membrane"]},
        ],
        "geometry": {"region": regions},
        "boundary": {
            "left": {"kind": "bath", "concentration": dict(left), "potential": "0 V"},
            "right": {"kind": "bath", "concentration": dict(right), "potential": "0 V"},
        },
    }


def bare_membrane(**changes) -> dict:
    """The same without solution films: the membrane borders on the baths."""
    document = membrane("electroneutral", **changes)
    document["geometry"]["region"] = document["geometry"]["region"][1:2]
    document["activity"][0]["regions"] = ["left", "right"]
    return document


def heterojunction(voltage="0.1 V", holes=False) -> dict:
    """Degenerate electrons (and holes) on both sides of a step of the band edges; without a voltage at rest."""
    document = {
        "model": {"temperature": "300 K"},
        "species": [{"name": "e-", "diffusivity": "1e-2 m^2/s"}],
        "activity": [
            {"model": "fermi-dirac", "species": "e-", "density_of_states": "1.2e24 1/m^3", "regions": ["wide"]},
            {"model": "fermi-dirac", "species": "e-", "density_of_states": "4.4e23 1/m^3", "regions": ["narrow"]},
        ],
        "geometry": {
            "region": [
                {
                    "name": "wide",
                    "length": "40 nm",
                    "relative_permittivity": 12,
                    "fixed_charge": "5e24 1/m^3",
                    "standard_potential": {"e-": "0.25 eV"},
                },
                {"name": "narrow", "length": "40 nm", "relative_permittivity": 13, "fixed_charge": "1e24 1/m^3"},
            ]
        },
        "boundary": {"left": {"kind": "ohmic", "potential": voltage}, "right": {"kind": "ohmic", "potential": "0 V"}},
    }
    if voltage is None:
        document["boundary"]["left"] = {"kind": "ohmic", "current": 0}
    if holes:
        document["species"].append({"name": "h+", "diffusivity": 1e-3})
        document["activity"].append(
            {"model": "fermi-dirac", "species": "h+", "density_of_states": "9e24 1/m^3", "regions": ["narrow"]}
        )
        document["geometry"]["region"][0]["standard_potential"]["h+"] = "0.1 eV"
        document["defect_equilibrium"] = [
            {"equation": "nil = e- + h+", "prefactor": "4e48 1/m^6", "enthalpy": "0.3 eV", "everywhere": True}
        ]
    return document


def core(voltage="0.05 V", carriers=False) -> dict:
    """Oxygen vacancies in two grains and the core between them, each with its own sites and energy."""
    document = {
        "model": {"temperature": "900 K"},
        "species": [{"name": "V_O^2+", "diffusivity": 1e-11}],
        "activity": [
            {"model": "site-limited", "species": "V_O^2+", "sites": "20 M", "regions": ["grain", "other grain"]},
            {"model": "site-limited", "species": "V_O^2+", "sites": "8 M", "regions": ["core"]},
        ],
        "geometry": {
            "region": [
                {"name": name, "length": length, "relative_permittivity": 35, "fixed_charge": "-4 M"}
                for name, length in (("grain", "10 nm"), ("core", "0.8 nm"), ("other grain", "10 nm"))
            ]
        },
        "boundary": {"left": {"kind": "ohmic", "potential": voltage}, "right": {"kind": "ohmic", "potential": "0 V"}},
    }
    document["geometry"]["region"][1]["standard_potential"] = {"V_O^2+": "-0.4 eV"}
    if carriers:
        document["species"].append({"name": "e-", "diffusivity": 1e-8})
        document["geometry"]["region"][1]["standard_potential"]["e-"] = "-0.1 eV"
        document["defect_equilibrium"] = [
            {"equation": "O_O = V_O^2+ + 2 e- + 1/2 O2", "constant": "2e-4 mol^3/m^9*atm^0.5"}
        ]
        document["boundary"] = {
            "left": {"kind": "gas", "pressure": {"O2": "1e-15 atm"}, "current": 0},
            "right": {"kind": "gas", "pressure": {"O2": "0.21 atm"}, "potential": "0 V"},
        }
    return document


def acid(partition=0.02) -> dict:
    """A weak acid that a membrane takes up more than its ions, with activities of its own."""
    bath = {"Na+": "0.1 M", "H+": "1e-4 M", "HA": "1.001 M"}
    names = [("Na+", 1.3e-9), ("H+", 9.3e-9), ("A-", 1.1e-9), ("HA", 1.2e-9)]
    charge = {"Na+": 1, "H+": 1, "A-": -1, "HA": 0}
    return {
        "model": {"physics": "electroneutral"},
        "species": [{"name": name, "diffusivity": d, "charge": charge[name]} for name, d in names],
        "reaction": [{"equation": "HA = H+ + A-", "backward_rate": 1e4, "equilibrium_constant": "1e-5 mol/L"}],
        "activity": [{"model": "davies", "regions": ["membrane"]}],
        "geometry": {
            "region": [
                {"name": "left film", "length": "10 um"},
                {"name": "membrane", "length": "10 um", "fixed_charge": "-0.2 M", "partition": {"HA": 1 / partition}},
                {"name": "right film", "length": "10 um"},
            ]
        },
        "boundary": {
            "left": {"kind": "bath", "concentration": dict(bath), "balance": "A-", "potential": "0 V"},
            "right": {"kind": "bath", "concentration": dict(bath), "balance": "A-", "potential": "0 V"},
        },
    }


def closed(physics="pnp") -> dict:
    """The membrane between two films without outlets, from concentrations that are not in equilibrium."""
    document = membrane(physics)
    document["activity"][0]["regions"] = ["left solution", "right solution"]
    document["boundary"] = {"left": {"kind": "wall", "potential": "0 V"}, "right": {"kind": "wall"}}
    document["solve"] = {"kind": "transient", "end_time": "3 us", "output_times": ["0 s", "30 ns", "3 us"]}
    start = {"Na+": "2.3 M", "Cl-": "0.3 M"}
    document["initial"] = {
        "region": {
            "left solution": {"concentration": dict(BRINE)},
            "membrane": {"concentration": start},
            "right solution": {"concentration": dict(WEAK)},
        }
    }
    return document


def problem(document: dict, **changes):
    """Model, system and start of a case; `changes` are those of the mesh."""
    document = copy.deepcopy(document)
    if changes:
        document["mesh"] = {**document.get("mesh", {}), **changes}
    return build_problem(from_document(document))
