"""Coupled diffusion."""

from __future__ import annotations

from npsolver.case import fields
from npsolver.case.section import Section, described


class OnsagerPointSection(Section):
    """The matrix at one composition."""

    composition: fields.Concentration = described("Value of the measure of composition, see `weights`.")
    matrix: list[list[fields.OnsagerCoefficient]] = described("Matrix in m^2/s.")


class OnsagerSaltSection(Section):
    """Measured transport of a binary salt against its concentration, converted to Onsager coefficients (Miller).

    Either `data`, a salt of the [library](transport-data.md), or columns of your own.
    """

    data: str | None = described("Salt of the library in water at 25 °C: NaCl, KCl, LiCl or MgCl2.", None)
    cation: str | None = described("Cation.", None)
    anion: str | None = described("Anion.", None)
    file: str | None = described(
        "CSV file next to the case with the columns below by name, with units in brackets where they are not SI, e.g."
        " `concentration [mM]`.",
        None,
    )
    concentration: list[fields.Concentration] = described("Concentrations of the salt, increasing.", [])
    molar_conductivity: list[fields.MolarConductivity] = described("Molar conductivity, per mole of salt.", [])
    transference: list[fields.Real] = described("Transference number of the cation (Hittorf).", [])
    diffusivity: list[fields.Diffusivity] = described("Diffusivity of the salt (in the frame of the solvent).", [])
    thermodynamic_factor: list[fields.Real] = described(
        "1 + d ln gamma/d ln c, if it is other than that of the activity of the case at these concentrations, which is the"
        " default.",
        [],
    )


class StefanMaxwellSection(Section):
    """Friction between all species and the solvent, inverted to Onsager coefficients at every composition.

    With the concentration of the `solvent`, fluxes are relative to the solvent. With the `total` of a gas, melt or liquid
    mixture, the solvent is the component that is left over, and fluxes are relative to the mean molar velocity, which is
    zero; add `[[activity]] model = "steric"` with `largest` equal to the total.
    """

    solvent: fields.Concentration | None = described("Concentration of the solvent, instead of total.", None)
    total: fields.Concentration | None = described("Concentration of all components together, instead of solvent.", None)
    diffusivity: dict[str, fields.SignedDiffusivity] = described(
        'Stefan–Maxwell diffusivities of pairs: `{ "Na+, Cl-" = ..., "Na+, solvent" = ... }`; pairs of ions may be negative.'
    )


class LimitingLawSection(Section):
    """The law of Onsager and Fuoss (1932) for dilute electrolytes of any composition: no data but diffusivities and charges.

    The coefficients are tabulated from zero to twice the given composition in its proportions; between a salt and a mixture
    they change little, so the mean composition of a case will do.
    """

    concentration: dict[str, fields.Concentration] = described("Composition, electroneutral.")
    ion_size: fields.Length | None = described(
        "Distance of closest approach; both terms are divided by 1 + kappa a. Default: 0, good to about 1 mM of a 1:1 salt;"
        " 4 angstrom to about 0.1 M.",
        None,
    )
    viscosity: fields.Viscosity | None = described("Of the solvent. Default: water at the temperature of the case.", None)
    relative_permittivity: fields.Permittivity | None = described("Default: that of the region.", None)


class CrossCoefficientSection(Section):
    """A coupling between two species added to Nernst–Planck, L_ij = q sqrt(L_ii L_jj)."""

    between: list[str] = described("The two species.", min_length=2, max_length=2)
    q: fields.Number = described("Coupling coefficient between −1 and 1.")


class OnsagerLawSection(Section):
    """Onsager coefficients of one region."""

    species: list[str] = described("Species of rows and columns. Others diffuse by themselves.", [])
    matrix: list[list[fields.OnsagerCoefficient]] = described("Constant matrix in m^2/s.", [])
    expression: list[list[str]] = described(
        "Matrix of expressions in m^2/s, in `s` (mol/m^3), see `weights`, or in the concentrations of `variables`.", []
    )
    variables: dict[str, str] = described(
        'expression: concentrations by name, e.g. `{ k = "K+", cl = "Cl-" }`, in mol/m^3, in place of `s`: the matrix then'
        " follows the whole composition.",
        {},
    )
    range: list[fields.Concentration] = described("expression: lowest and highest s.", [])
    weights: dict[str, fields.Number] = described(
        "Measure of composition s = Σ weight_i c_i. Default: half the sum of `species`.", {}
    )
    point: list[OnsagerPointSection] = described("Table of matrices; linear in between.", [], max_length=2000)
    file: str | None = described(
        "The same from a CSV file next to the case: a column `composition` and one for every pair of species, such as"
        " `Na+:Cl-`, with units in brackets where they are not SI, e.g. `composition [mM]`.",
        None,
    )
    salt: OnsagerSaltSection | None = described("Data of a binary salt.", None)
    stefan_maxwell: StefanMaxwellSection | None = described("Friction coefficients.", None)
    limiting_law: LimitingLawSection | None = described("Theory of dilute electrolytes.", None)
    coupling: list[CrossCoefficientSection] = described("Cross coefficients.", [], max_length=500)


class OnsagerSection(OnsagerLawSection):
    """Coupled fluxes, J_i = −Σ_j L_ij grad mu~_j, relative to the solvent, with L_ij = matrix_ij sqrt(c_i c_j)/RT.

    Give one of `matrix`, `expression`, `point`, `salt`, `stefan_maxwell`, `limiting_law`, or `coupling` alone. Nernst–Planck
    is the diagonal matrix of the diffusivities. The matrix must be symmetric and positive semidefinite at every composition.
    Baths and initial states must lie within the compositions of a table or the range of an expression; what leaves them
    inside (a depleted electrode, a charged wall) gets the coefficients of the nearest end, with a warning. An imposed flow
    (`[convection]`) carries every species besides: its velocity is that of the frame of the coefficients.
    """

    region: dict[str, OnsagerLawSection] = described(
        "Regions with other coefficients: `[onsager.region.NAME]` has the same keys as `[onsager]`. If only regions have"
        " coefficients, the rest is Nernst–Planck.",
        {},
    )
