"""Coupled diffusion."""

from __future__ import annotations

from npsolver.case import fields
from npsolver.case.section import Section, described


class OnsagerPointSection(Section):
    """The matrix at one composition."""

    composition: fields.Concentration = described("Value of the measure of composition, see `weights`.")
    matrix: list[list[fields.SignedDiffusivity]] = described("Matrix in m^2/s.")


class OnsagerSaltSection(Section):
    """Measured transport of a binary salt against its concentration, converted to Onsager coefficients (Miller)."""

    cation: str = described("Cation.")
    anion: str = described("Anion.")
    concentration: list[fields.Concentration] = described("Concentrations of the salt, increasing.")
    molar_conductivity: list[fields.MolarConductivity] = described("Molar conductivity, per mole of salt.")
    transference: list[float] = described("Transference number of the cation (Hittorf).")
    diffusivity: list[fields.Diffusivity] = described("Diffusivity of the salt (in the frame of the solvent).")
    thermodynamic_factor: list[float] = described(
        "1 + d ln gamma/d ln c. Default: that of the activity of the case at these concentrations.", []
    )


class StefanMaxwellSection(Section):
    """Friction between all species and the solvent, inverted to Onsager coefficients relative to the solvent."""

    solvent: fields.Concentration = described("Concentration of the solvent.")
    concentration: dict[str, fields.Concentration] = described(
        "Composition; the coefficients are tabulated from zero to twice these concentrations."
    )
    diffusivity: dict[str, fields.SignedDiffusivity] = described(
        'Stefan–Maxwell diffusivities of pairs: `{ "Na+, Cl-" = ..., "Na+, solvent" = ... }`; pairs of ions may be negative.'
    )


class CrossCoefficientSection(Section):
    """A coupling between two species added to Nernst–Planck, L_ij = q sqrt(L_ii L_jj)."""

    between: list[str] = described("The two species.", min_length=2, max_length=2)
    q: fields.Number = described("Coupling coefficient, −1 to 1.")


class OnsagerSection(Section):
    """Coupled fluxes, J_i = −Σ_j L_ij grad mu~_j, relative to the solvent, with L_ij = matrix_ij sqrt(c_i c_j)/RT.

    Give one of `matrix`, `expression`, `point`, `salt`, `stefan_maxwell`, or `coupling` alone. Nernst–Planck is the diagonal
    matrix of the diffusivities. The matrix must be symmetric and positive semidefinite at every composition.
    """

    species: list[str] = described("Species of rows and columns. Others diffuse by themselves.", [])
    matrix: list[list[fields.SignedDiffusivity]] = described("Constant matrix in m^2/s.", [])
    expression: list[list[str]] = described("Matrix of expressions in m^2/s in `s` (mol/m^3), see `weights`.", [])
    range: list[fields.Concentration] = described("expression: lowest and highest s; its ends hold beyond.", [])
    weights: dict[str, fields.Number] = described(
        "Measure of composition s = Σ weight_i c_i. Default: half the sum of `species`.", {}
    )
    point: list[OnsagerPointSection] = described("Table of matrices; linear in between.", [], max_length=2000)
    salt: OnsagerSaltSection | None = described("Data of a binary salt.", None)
    stefan_maxwell: StefanMaxwellSection | None = described("Friction coefficients.", None)
    coupling: list[CrossCoefficientSection] = described("Cross coefficients.", [], max_length=500)
