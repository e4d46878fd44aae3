"""Case files at the edges of what is promised; all must converge from the file alone."""

from __future__ import annotations

from itertools import product

LIBRARY = {"K+": 1, "Cl-": -1, "Ca2+": 2, "SO4^2-": -2, "Na+": 1, "H+": 1}


def debye(molar: float) -> float:
    """Debye length (m) of a 1:1 salt in water."""
    return 0.304e-9 / molar**0.5


def law(name, kind, concentration=None, **keys):
    lines = [f"[boundary.{name}]", f'kind = "{kind}"']
    if concentration:
        inner = ", ".join(f'"{ion}" = "{value!r} M"' for ion, value in concentration.items())
        lines.append(f"concentration = {{ {inner} }}")
    lines += [f'{key} = "{value}"' for key, value in keys.items()]
    return "\n".join(lines)


def region(name, length, **keys):
    lines = ["[[geometry.region]]", f'name = "{name}"', f'length = "{length:.17g} m"']
    for key, value in keys.items():
        lines.append(f"{key} = {value if not isinstance(value, str) else repr(value)}".replace("'", '"'))
    return "\n".join(lines)


def case(ions, regions, laws, physics="pnp", coordinates="cartesian", inner_radius=None, initial=None):
    text = [f'[model]\nphysics = "{physics}"', *(f'[[species]]\nname = "{ion}"' for ion in ions)]
    text.append(f'[geometry]\ncoordinates = "{coordinates}"')
    if inner_radius:
        text[-1] += f'\ninner_radius = "{inner_radius!r} m"'
    text += [*regions, *laws]
    if initial:
        inner = ", ".join(f'"{ion}" = "{value!r} M"' for ion, value in initial.items())
        text.append(f"[initial]\nconcentration = {{ {inner} }}")
    return "\n".join(text) + "\n"


def salt(molar):
    return {"K+": molar, "Cl-": molar}


def driven(concentration, volts):
    return law("left", "bath", concentration, potential=f"{volts} V")


def grounded(concentration):
    return law("right", "bath", concentration, potential="0 V")


def films():
    """Two baths, one film."""
    for physics, (left, right), volts in product(
        ("pnp", "electroneutral"), ((1e-6, 1e-6), (1e-6, 5.0), (5.0, 0.1)), (1.0, -1.0)
    ):
        length = 1e4 * debye(max(left, right))
        laws = [driven(salt(left), volts), grounded(salt(right))]
        yield f"film-{physics}-{left:g}-{right:g}M-{volts:g}V", case(salt(1), [region("film", length)], laws, physics)
    ions = {"Ca2+": 1e-6, "K+": 1e-3, "SO4^2-": 1e-6, "Cl-": 1e-3}
    other = {"Ca2+": 1.0, "K+": 1e-6, "SO4^2-": 0.5, "Cl-": 1.0 + 1e-6}
    for physics, volts, length in product(("pnp", "electroneutral"), (1.0, -1.0), (1e-8, 1e-5)):
        laws = [driven(ions, volts), grounded(other)]
        yield f"mixed-film-{physics}-{volts:g}V-{length:g}m", case(ions, [region("film", length)], laws, physics)


def membranes():
    """Fixed charge up to 3 M between baths from 1e-6 M to 5 M."""
    for physics, x, (left, right), drive in product(
        ("pnp", "electroneutral"), (-3.0, 3.0), ((1e-6, 1e-6), (5.0, 1e-6), (0.1, 0.01)), ("1 V", "-1 V", "0 A/m^2")
    ):
        if (x > 0) != (left == 0.1) and drive == "0 A/m^2":
            continue  # half of the floating ones will do
        length = 1e4 * debye(3.0)
        regions = [
            region("a", length / 4),
            region("m", length / 2, fixed_charge=f"{x} M", relative_permittivity=20),
            region("b", length / 4),
        ]
        key = "current" if drive.endswith("A/m^2") else "potential"
        laws = [
            law("left", "bath", salt(left), **{key: drive}),
            law("right", "bath", salt(right), potential="0 V"),
        ]
        name = f"membrane-{physics}-{x:g}M-{left:g}-{right:g}M-{drive.replace(' ', '').replace('/', '_')}"
        yield name, case(salt(1), regions, laws, physics)
    for physics, volts in product(("pnp", "electroneutral"), (1.0, -1.0)):
        # bipolar: a cation and an anion exchanger back to back
        regions = [
            region("a", 50e-9),
            region("c", 50e-9, fixed_charge="-3 M"),
            region("d", 50e-9, fixed_charge="3 M"),
            region("b", 50e-9),
        ]
        laws = [driven(salt(0.1), volts), grounded(salt(0.1))]
        yield f"bipolar-{physics}-{volts:g}V", case(salt(1), regions, laws, physics)
    for left, right in ((1e-6, 5.0), (0.14, 0.005)):
        regions = [region("a", 50e-9), region("m", 5e-9, excluded_species=["Cl-"]), region("b", 50e-9)]
        laws = [law("left", "bath", salt(left), current="0 A/m^2"), law("right", "bath", salt(right), potential="0 V")]
        yield f"selective-{left:g}-{right:g}M", case(salt(1), regions, laws)
    for volts in (1.0, -1.0):
        regions = [region("a", 20e-9), region("m", 4e-9, relative_permittivity=2.5), region("b", 20e-9)]
        regions[1] += '\npartition = { "K+" = 1e-6, "Cl-" = 1e-8 }'
        laws = [driven(salt(0.1), volts), grounded(salt(0.1))]
        yield f"bilayer-{volts:g}V", case(salt(1), regions, laws)


def walls():
    """Charged and polarised walls in front of a bath, box 1e4 Debye lengths."""
    for molar, sigma in product((1e-6, 0.1, 5.0), (0.5, -0.5)):
        laws = [driven(salt(molar), 0.0), law("right", "wall", surface_charge=f"{sigma} C/m^2")]
        yield f"charged-wall-{molar:g}M-{sigma:g}", case(salt(1), [region("a", 1e4 * debye(molar))], laws)
    for molar, volts in product((1e-6, 0.1, 5.0), (1.0, -1.0)):
        laws = [law("left", "bath", salt(molar), potential="0 V"), law("right", "wall", potential=f"{volts} V")]
        yield f"polarised-wall-{molar:g}M-{volts:g}V", case(salt(1), [region("a", 1e4 * debye(molar))], laws)
    for volts in (1.0, -1.0):
        text = law("right", "wall", potential=f"{volts} V") + '\nstern = { capacitance = "0.2 F/m^2" }'
        laws = [law("left", "bath", {"Ca2+": 0.01, "Cl-": 0.02}, potential="0 V"), text]
        yield f"stern-{volts:g}V", case({"Ca2+": 1, "Cl-": 1}, [region("a", 1e-6)], laws)
    for coordinates in ("cylindrical", "spherical"):
        laws = [law("left", "wall", surface_charge="-0.5 C/m^2"), law("right", "bath", salt(1e-3), potential="0 V")]
        yield f"{coordinates}-rod", case(salt(1), [region("a", 1e-6)], laws, coordinates=coordinates, inner_radius=1e-9)


def contacts():
    """Ideally selective contacts driven far beyond the limiting current, and closed cells."""
    for physics, volts, length in product(("pnp", "electroneutral"), (1.0, -1.0), (1e3, 1e4)):
        if physics == "electroneutral" and volts < 0:
            continue  # beyond the limiting current there is no electroneutral solution
        laws = [
            law("left", "wall", {"K+": 0.01}, potential=f"{volts} V"),
            law("right", "bath", salt(0.01), potential="0 V"),
        ]
        yield f"contact-{physics}-{volts:g}V-{length:g}", case(
            salt(1), [region("a", length * debye(0.01))], laws, physics
        )
    for volts, molar in product((0.5, 1.0), (1e-3, 0.1)):
        laws = [law("left", "wall", potential=f"{-volts / 2} V"), law("right", "wall", potential=f"{volts / 2} V")]
        yield f"closed-{volts:g}V-{molar:g}M", case(
            salt(1), [region("a", 1e3 * debye(molar))], laws, initial=salt(molar)
        )


def combined():
    """Several of them at once."""
    for volts, x in product((1.0, -1.0), (-3.0, 3.0)):
        regions = [region("a", 1e-6), region("m", 1e-7, fixed_charge=f"{x} M"), region("b", 1e-6)]
        left = {"Ca2+": 1e-6, "Na+": 1e-6, "Cl-": 3e-6}
        right = {"Ca2+": 0.5, "Na+": 4.0, "Cl-": 5.0}
        laws = [driven(left, volts), grounded(right)]
        yield f"combined-{x:g}M-{volts:g}V", case(left, regions, laws)
        wall = law("left", "wall", surface_charge=f"{-0.5 if volts < 0 else 0.5} C/m^2")
        yield f"combined-wall-{x:g}M-{volts:g}", case(left, regions, [wall, laws[1]])


ALL = {name: text for group in (films, membranes, walls, contacts, combined) for name, text in group()}
