"""The page of the documentation on salts, written from their library."""

from __future__ import annotations

import math

import numpy as np

from npsolver.case.salts import SaltData, salt_library
from npsolver.case.species import REFERENCE_TEMPERATURE

_WATER_DENSITY = 997.05  # kg/m³, as in [[activity]]

_INTRODUCTION = """\
# Transport of salts

Nernst–Planck holds at infinite dilution. What ions do to each other enters `[onsager]` from measurements, from theory
or as a matrix of your own; all give the symmetric matrix L of `J_i = −Σ_j L_ij grad mu~_j`, whose symmetry and positive
semidefiniteness are checked at every tabulated composition when a case is loaded (in between the matrix is interpolated
linearly, which keeps both).

## Salts by name

```toml
[[activity]]
model = "pitzer"
salt = "NaCl"
apparent_volume = "20.5 cm^3/mol"

[onsager.salt]
data = "NaCl"
```

takes molar conductivity Λ, transference number t+ and diffusivity D of the salt from the tables below (water, 25 °C)
and turns them into ionic coefficients by Miller's equations (J. Phys. Chem. 70 (1966) 2639),

    l_ij = Λ c t_i t_j/(F² z_i z_j) + nu_i nu_j D c/(nu R T G),      G = 1 + d ln gamma/d ln m.

D is measured in the frame of the volume; with the molal G the coefficients come out in the frame of the solvent without
a further correction. G is that of the `[[activity]]` of the case, so that conductivity, transference number and
diffusivity are met in any case; give the Pitzer activity of the salt, as above, and the cross coefficient l_12 is the
measured one, too. Concentrations beyond the data are refused. `concentration`, `molar_conductivity`, `transference` and
`diffusivity` instead of `data` take measurements of your own.

Coefficients are in 1e-13 mol m²/(J s). Where the numbers come from is said with each table. Conductivities of NaCl and
KCl, and of MgCl2 up to 50 mol/m³, are measured ones; the others are values of a published fit, diffusivities those of
smooth curves through published measurements, and the rows in italics, where such curves are less exact than theory,
follow from the law below. The uncertainty of l_12 is what those of Λ, t+ and D leave: it is the difference of two terms
and much less certain than the data. `npsolver info` lists the salts.

Activities are known against molality, which is c/(997 kg/m³) times 1/(1 − c V) with the apparent molar volume V of the
salt. `apparent_volume` in `[[activity]]` is this V; leave it out below 1 M. Conductivity, t+ and D are met either way,
potentials of brines are not: without it that of 4 M against 1 M NaCl is 7 % low
(`cases/onsager/nacl-brine.toml`). G, l_11, l_12 and l_22 in the tables belong to the molality of the solution. With
`apparent_volume` mu grows by the factor 1/(1 − c V) faster with c; the chemical part of the coefficients of a case is
smaller by it, so that D is met: they are those relative to the volume.
"""

_OWN = """\
## A matrix of your own

`L_ij = Λ_ij √(c_i c_j)/RT` with a matrix Λ in m²/s, whose diagonal elements are diffusivities where nothing is coupled:

```toml
[onsager]
species = ["Na+", "Cl-"]
matrix = [["1.25e-9 m^2/s", "0.1e-9 m^2/s"], ["0.1e-9 m^2/s", "1.9e-9 m^2/s"]]
```

is constant; a diagonal one is Nernst–Planck bit for bit. Against composition it is a table, here `lambda.csv` next to the case,

```
composition [mM], Na+:Na+ [cm^2/s], Na+:Cl- [cm^2/s], Cl-:Cl- [cm^2/s]
1,    1.30e-5, 0.02e-5, 2.0e-5
1000, 1.10e-5, 0.22e-5, 1.7e-5
```

```toml
[onsager]
file = "lambda.csv"            # or [[onsager.point]] with composition and matrix
```

or expressions in `s`:

```toml
[onsager]
species = ["Na+", "Cl-"]
expression = [
    ["1.33e-9/(1 + 0.2*sqrt(s/1000))", "2e-10*sqrt(s/1000)"],
    ["2e-10*sqrt(s/1000)", "2.03e-9/(1 + 0.2*sqrt(s/1000))"],
]
range = ["0 M", "1 M"]
```

The composition s is one number, `Σ weight_i c_i` with `weights`, by default half the sum of the species: the concentration
of a 1:1 salt. In mixtures whose proportions change, the matrix may follow all concentrations,

```toml
[onsager]
species = ["K+", "Cl-"]
expression = [["1.9e-9*(1 - k/2000)", "1e-10*na/(k + na)"], ["1e-10*na/(k + na)", "2e-9"]]
variables = { k = "K+", na = "Na+" } # mol/m^3
```

with exact derivatives; it is tried at mixtures of all baths and initial states
(`cases/onsager/mobility-by-another.toml`).
With s, baths and initial states must lie within the table; a run that leaves it inside says where. `[[onsager.coupling]]`
adds single cross coefficients to Nernst–Planck, `L_ij = q √(L_ii L_jj)`.

`[onsager.region.NAME]` gives a region other coefficients (`cases/onsager/solution-and-gel.toml`); porosity and tortuosity
of a region scale all of them. With `[convection]` the flow carries every species besides
(`cases/onsager/flow.toml`): its velocity is that of the frame to which the coefficients belong, the solvent as a rule.

An asymmetric or indefinite matrix is refused with the pair, the composition and the size of the violation.
`npsolver reciprocity CASE` measures symmetry on the solved system, and every result holds the entropy production, which
`[[observable]]` of kind `entropy_production` gives to `[[expect]]`.

"""

_THEORY = """\
## Dilute electrolytes of any composition

```toml
[onsager.limiting_law]
concentration = { "Na+" = "10 mM", "Mg2+" = "10 mM", "Cl-" = "30 mM" }
ion_size = "4 angstrom"
```

needs no data but diffusivities and charges. After Onsager and Fuoss (J. Phys. Chem. 36 (1932) 2689) the solvent that
one ion drags along carries the others (electrophoresis), and the ionic atmosphere of an ion that overtakes others lags
behind and holds it back (relaxation); both grow with the square root of the ionic strength. For one salt the
conductivity is the limiting law of Debye, Hückel and Onsager. Mixtures get their full matrix, ions of equal sign
included; diffusion without current follows from

    D = (L − L z z^T L/(z^T L z)) dmu/dc,

whose off-diagonal elements make a salt diffuse in the gradient of another one, against its own gradient if need be:
`cases/onsager/uphill-kcl-hcl.toml`, `cases/onsager/ternary-nacl-mgcl2.toml`. In Python:
`npsolver.equilibrium.onsager_limiting_law` and `diffusion_matrix`.

Without `ion_size` this is the limiting law, good to about 1 mM of a 1:1 salt. With 4 angstrom conductivities of NaCl,
KCl and LiCl are met within 0.4 % up to 0.1 M, cross coefficients of NaCl within 10 % and of KCl within 20 %. The matrix is
tabulated along the given proportions; where they differ within a case, give the mean composition. Add the activity: the
theory is about L alone. Mixtures beyond are not in the library: measured coefficients of mixtures are given with
[`[[onsager.point]]`](case-file.md#onsagerpoint).

## Gases and liquid mixtures

```toml
[[activity]]
model = "steric"
species = ["H2", "N2"]
largest = "39.52 mol/m^3"

[onsager.stefan_maxwell]
total = "39.52 mol/m^3"
diffusivity = { "H2, N2" = "0.833 cm^2/s", "H2, solvent" = "0.680 cm^2/s", "N2, solvent" = "0.168 cm^2/s" }
```

In a mixture of constant total concentration one component, the `solvent`, is what the others leave over; its chemical
potential is that of the room left, which `steric` counts. Friction between all components is inverted relative to the
mean molar velocity, which is zero in a closed vessel (R. Krishna and J. A. Wesselingh, Chem. Eng. Sci. 52 (1997) 861).
It is inverted on every edge, at the composition there. `cases/onsager/duncan-toor.toml` compares with the two-bulb
experiment of Duncan and Toor (AIChE J. 8 (1962) 38), a ternary with measured compositions: hydrogen and carbon dioxide
pass each other, nitrogen is dragged against its gradient until this stops it. In Python:
`npsolver.equilibrium.stefan_maxwell_mixture`.
"""


def derived(data: SaltData) -> np.ndarray:
    """G, then l_11/c_1, l_12/sqrt(c_1 c_2), l_22/c_2 (mol m²/(J s)) and the relative error of l_12 that the data leave.

    Returns
    -------
    (n, 5) ndarray
    """
    from npsolver.equilibrium import onsager_from_salt, pitzer
    from npsolver.equilibrium.activity import PITZER_SALTS

    z = PITZER_SALTS[data.name][:2]
    nu = np.array([-z[1], z[0]]) // math.gcd(z[0], -z[1])
    columns = np.array([data.molar_conductivity, data.transference, data.diffusivity])
    rows = []
    for c, (conductivity, t, D) in zip(data.concentration, columns.T):
        molality = c / (_WATER_DENSITY * (1.0 - c * data.apparent_volume))
        G = float(pitzer(data.name, molality).thermodynamic_factor)

        def ions(conductivity, t, D, c=c, G=G):
            return onsager_from_salt(conductivity * c, t, D, G, c, REFERENCE_TEMPERATURE, *z)

        L, error = ions(conductivity, t, D), data.uncertainty
        shifted = (
            ions(conductivity * (1.0 + error["molar_conductivity"]), t, D),
            ions(conductivity, t + error["transference"], D),
            ions(conductivity, t, D * (1.0 + error["diffusivity"])),
        )
        spread = math.sqrt(sum((other[0, 1] - L[0, 1]) ** 2 for other in shifted))
        scaled = L / (np.sqrt(np.outer(nu, nu)) * c)
        rows.append([G, scaled[0, 0], scaled[0, 1], scaled[1, 1], spread / L[0, 1]])
    return np.array(rows)


def salts_markdown() -> str:
    """``transport-data.md``."""
    lines = [_INTRODUCTION]
    for data in salt_library().values():
        error = data.uncertainty
        lines += [
            f"### {data.name}",
            "",
            f"Up to {data.largest:g} mol/m³. Λ ± {100 * error['molar_conductivity']:g} %, t+ ± {error['transference']:g},"
            f" D ± {100 * error['diffusivity']:g} %; apparent volume {data.apparent_volume * 1e6:g} cm³/mol, ion size"
            f" {data.ion_size * 1e10:g} angstrom. {data.note}",
            "",
            "| c, mol/m³ | Λ, 1e-4 S m²/mol | t+ | D, 1e-9 m²/s | G | l_11/c_1 | l_12/√(c_1 c_2) | l_22/c_2 |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for k, (G, first, cross, second, spread) in enumerate(derived(data)):
            c = data.concentration[k]
            measured = c > data.dilute
            value = f"{cross * 1e13:.3f}" + (f" ± {cross * spread * 1e13:.3f}" if measured else "")
            cells = [
                f"{data.molar_conductivity[k] * 1e4:.2f}",
                f"{data.transference[k]:.4f}",
                f"{data.diffusivity[k] * 1e9:.3f}",
                f"{G:.4f}",
                f"{first * 1e13:.3f}",
                value,
                f"{second * 1e13:.3f}",
            ]
            cells = [f"{c:g}", *(cells if measured else [f"*{cell}*" for cell in cells])]
            lines.append(f"| {' | '.join(cells)} |")
        lines += ["", "Sources:", "", *(f"- {source}" for source in data.sources), ""]
    return "\n".join([*lines, _OWN + _THEORY])
