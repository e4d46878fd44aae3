"""Activity coefficients and finite size."""

from __future__ import annotations

from typing import Literal

from npsolver.case import fields
from npsolver.case.section import Section, described


class ActivitySection(Section):
    """What the chemical potential of species has beyond RT ln c. Several entries add up; none means ideal solutions."""

    model: Literal[
        "debye-hueckel",
        "extended-debye-hueckel",
        "davies",
        "pitzer",
        "steric",
        "site-limited",
        "fermi-dirac",
        "regular-solution",
        "expression",
        "table",
    ] = described(
        "`debye-hueckel` (limiting law), `extended-debye-hueckel`, `davies`: all ions by the ionic strength. `pitzer`: one"
        " salt. `steric`: finite size (Bikerman; Kilic, Bazant, Ajdari). `site-limited`: species that share the sites of a"
        " lattice, mu = RT ln(c/(sites − Σc)). `fermi-dirac`: degenerate electrons or holes, mu = RT F_1/2⁻¹(c/N)."
        " `regular-solution`: interaction·(1 − 2c/sites). `expression`, `table`: ln"
        " gamma of one species."
    )
    species: str | list[str] | None = described(
        "Species concerned. Default: all of them (steric); the ions of the salt (pitzer).", None
    )
    regions: list[str] | None = described(
        "Where it holds: names of regions, and of boundaries (baths) for the solution outside. Default: everywhere, inside"
        " and outside. Where laws differ, mu~ is continuous and concentrations jump.",
        None,
    )
    relative_permittivity: fields.Permittivity | None = described(
        "Debye–Hückel, Davies: of the solvent. Default: that of the first of its regions.", None
    )
    ion_size: fields.Length | None = described(
        "extended-debye-hueckel: distance of closest approach. steric: edge of the cell of one ion.", None
    )
    largest: fields.Concentration | None = described("steric: largest total concentration, instead of ion_size.", None)
    sites: fields.Concentration | None = described("site-limited, regular-solution: concentration of sites.", None)
    density_of_states: fields.Concentration | None = described(
        "fermi-dirac: effective density of states N of the band, e.g. `2.86e25 1/m^3`.", None
    )
    interaction: fields.Interaction | None = described(
        "regular-solution: Omega, a molar energy or in `RT`; above 2 RT the solid demixes, which needs a gradient_energy.", None
    )
    gradient_energy: fields.GradientEnergy | None = described(
        "regular-solution: kappa of the free energy kappa/2 (grad x)² per mole of sites, x = c/sites (Cahn and Hilliard):"
        " mu contains −kappa div grad x, and the interface of two phases is sqrt(kappa/(2 Omega − 4 RT)) wide.",
        None,
    )
    expression: str | None = described(
        "expression: ln gamma in `c`, the concentration of the species in mol/m^3, and in the names of `variables`; the"
        " functions are those of profiles.",
        None,
    )
    variables: dict[str, str] = described('expression: concentrations by name, e.g. `{ k = "K+" }`, in mol/m^3.', {})
    concentration: list[fields.Concentration] = described("table: concentrations of the species, increasing.", [])
    file: str | None = described(
        "table: CSV file next to the case with the columns `concentration`, with its unit in brackets where that is not SI"
        " (`concentration [mM]`), and `ln_gamma`.",
        None,
    )
    ln_gamma: list[fields.Real] = described("table: ln gamma there; a cubic spline in between, straight beyond.", [])
    salt: str | None = described("pitzer: a salt of the library, e.g. `NaCl`.", None)
    beta: list[fields.Real] = described("pitzer: beta0, beta1 (and beta2) in kg/mol of a salt that the library lacks.", [])
    c_phi: fields.Real | None = described("pitzer: C_phi in (kg/mol)^2.", None)
    slope: fields.Positive | None = described("pitzer: A_phi in (kg/mol)^(1/2). Default: water at 25 °C, 0.3915.", None)
    solvent_density: fields.Positive | None = described("pitzer: kg/m^3. Default: water at 25 °C, 997.05.", None)
    apparent_volume: fields.MolarVolume | None = described(
        "pitzer: apparent molar volume V of the salt, e.g. `20 cm^3/mol` for NaCl: the molality is c/(solvent_density"
        " (1 − c V)). Default: 0. It matters beyond 1 M.",
        None,
    )
