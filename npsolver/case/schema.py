"""The sections of a case file. Every key, its unit, its default and what it means stand here and nowhere else."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from npsolver.case import fields
from npsolver.case.fields import Name, described


class Section(BaseModel):
    """Unknown keys are refused, numbers are not taken for text nor the other way round."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, defer_build=True, use_attribute_docstrings=False
    )


class About(Section):
    """What the case is and where its numbers come from."""

    title: str = described("One line that names the system.", "")
    description: str = described("What is modelled and which law it must obey.", "")
    source: str = described("Where the numbers come from.", "")


class ModelSection(Section):
    """Which equations are solved, and the temperature."""

    physics: Literal["pnp", "electroneutral", "poisson-boltzmann"] = described(
        "Poisson–Nernst–Planck, Nernst–Planck with local electroneutrality, or Poisson with Boltzmann ions.", "pnp"
    )
    temperature: fields.Temperature = described("Temperature of everything.", 298.15)
    diffusivity_temperature: Literal["viscosity", "none"] = described(
        "How diffusivities of the species library, which hold at 25 °C, follow the temperature: with T/η(T) of water"
        " (Stokes–Einstein, 0 to 100 °C) or not at all. Diffusivities given in the file are used as they are.",
        "viscosity",
    )


class SpeciesSection(Section):
    """A mobile species. Charge and diffusivity come from the species library unless they are given."""

    name: Name = described("Name, e.g. `K+`, `Ca2+`, `SO4^2-`; all spellings of a charge mean the same species.")
    charge: fields.Charge | None = described("Charge number. Default: species library.", None)
    diffusivity: fields.Diffusivity | None = described(
        "Diffusivity at the temperature of the case. Default: species library (water at infinite dilution).", None
    )


class ReactionSection(Section):
    """A reversible mass-action reaction. Give two of forward rate, backward rate and equilibrium constant."""

    name: fields.Label | None = described("Name. Default: the equation.", None)
    equation: fields.Label | None = described(
        "E.g. `HA = H+ + A-` or `2 A = B`. `H2O` need not be a species: as the solvent it has activity 1.", None
    )
    reactants: dict[str, int] = described("Stoichiometric numbers by species, instead of an equation.", {})
    products: dict[str, int] = described("Stoichiometric numbers by species, instead of an equation.", {})
    forward_rate: fields.RawQuantity | None = described(
        "Rate constant of the forward reaction; its unit follows from the reactants, e.g. `1e3 1/s`.", None
    )
    backward_rate: fields.RawQuantity | None = described(
        "Rate constant of the backward reaction; its unit follows from the products, e.g. `1e10 1/M/s`.", None
    )
    equilibrium_constant: fields.RawQuantity | None = described(
        "Products over reactants in concentrations; unit concentration to the power of the change in number.", None
    )
    pKa: fields.Number | None = described(
        "−log10 of the equilibrium constant in mol/L (for water: pKw, 14.00 at 25 °C).", None
    )
    regions: list[str] | None = described("Where it takes place. Default: everywhere.", None)


class ActivitySection(Section):
    """What the chemical potential of species has beyond RT ln c. Several entries add up; none means ideal solutions."""

    model: Literal[
        "debye-hueckel",
        "extended-debye-hueckel",
        "davies",
        "pitzer",
        "steric",
        "site-limited",
        "regular-solution",
        "expression",
        "table",
    ] = described(
        "`debye-hueckel` (limiting law), `extended-debye-hueckel`, `davies`: all ions by the ionic strength. `pitzer`: one"
        " salt. `steric`: finite size (Bikerman; Kilic, Bazant, Ajdari). `site-limited`: species that share the sites of a"
        " lattice, mu = RT ln(c/(sites − Σc)). `regular-solution`: interaction·(1 − 2c/sites). `expression`, `table`: ln"
        " gamma of one species."
    )
    species: str | list[str] | None = described(
        "Species concerned. Default: all of them (steric); the ions of the salt (pitzer).", None
    )
    relative_permittivity: fields.Permittivity | None = described(
        "Debye–Hückel, Davies: of the solvent. Default: that of the first region.", None
    )
    ion_size: fields.Length | None = described(
        "extended-debye-hueckel: distance of closest approach. steric: edge of the cell of one ion.", None
    )
    largest: fields.Concentration | None = described("steric: largest total concentration, instead of ion_size.", None)
    sites: fields.Concentration | None = described("site-limited, regular-solution: concentration of sites.", None)
    interaction: fields.Interaction | None = described(
        "regular-solution: Omega, a molar energy or in `RT`; at most 2 RT (above, the solid demixes).", None
    )
    expression: str | None = described(
        "expression: ln gamma in `c`, the concentration of the species in mol/m^3, and in the names of `variables`; the"
        " functions are those of profiles.",
        None,
    )
    variables: dict[str, str] = described('expression: concentrations by name, e.g. `{ k = "K+" }`, in mol/m^3.', {})
    concentration: list[fields.Concentration] = described("table: concentrations of the species, increasing.", [])
    ln_gamma: list[float] = described("table: ln gamma there; a cubic spline in between, straight beyond.", [])
    salt: str | None = described("pitzer: a salt of the library, e.g. `NaCl`.", None)
    beta: list[float] = described("pitzer: beta0, beta1 (and beta2) in kg/mol of a salt that the library lacks.", [])
    c_phi: float | None = described("pitzer: C_phi in (kg/mol)^2.", None)
    slope: fields.Positive | None = described("pitzer: A_phi in (kg/mol)^(1/2). Default: water at 25 °C, 0.3915.", None)
    solvent_density: fields.Positive | None = described("pitzer: kg/m^3. Default: water at 25 °C, 997.05.", None)


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


class BoxSection(Section):
    """An axis-parallel box."""

    x: fields.Interval | None = described("From and to, along x.", None)
    y: fields.Interval | None = described("From and to, along y.", None)
    z: fields.Interval | None = described("From and to, along z (also in axisymmetric coordinates).", None)
    r: fields.Interval | None = described("From and to, along the radius of axisymmetric coordinates.", None)


class HoleSection(BoxSection):
    """A part without solution, cut out: a polygon, or a box (over the whole domain along keys left out)."""

    corners: list[fields.Point] = described("Corners of a polygon, instead of a box.", [])


class SurfaceSection(Section):
    """A named surface in two or three dimensions; [boundary.NAME] says what holds on it.

    Everything else on the outside is called after its side: left, right along the first axis, bottom, top along the
    second, front, back along the third, inner on holes. Without a [boundary] section it blocks and carries no charge.
    """

    name: Name = described("Name. Several entries of one name are one surface.")
    side: Literal["left", "right", "bottom", "top", "front", "back"] | None = described(
        "Side of the domain on which it lies, instead of its position along that axis.", None
    )
    x: fields.Span | None = described("Position along x, or from and to. Default: all.", None)
    y: fields.Span | None = described("Position along y, or from and to. Default: all.", None)
    z: fields.Span | None = described("Position along z, or from and to. Default: all.", None)
    r: fields.Span | None = described("Radius, or from and to. Default: all.", None)
    line: list[fields.Point] = described("With polygons: points of the line on which it lies.", [])


class DefectEquilibriumSection(Section):
    """An equilibrium between the defects of a solid, its lattice and a gas. Lattice constituents have activity 1."""

    name: fields.Label | None = described("Name. Default: the equation.", None)
    equation: fields.Label = described("E.g. `O_O = V_O^2+ + 2 e- + 1/2 O2` or `nil = e- + h+`.")
    constant: fields.RawQuantity | None = described(
        "Equilibrium constant: concentrations in mol/m^3 (or 1/m^3), pressures in Pa, with its unit.", None
    )
    prefactor: fields.RawQuantity | None = described("Instead: K = prefactor · exp(−enthalpy/RT).", None)
    enthalpy: fields.MolarEnergy | None = described("Enthalpy of the reaction. Also in eV.", None)
    everywhere: bool | None = described(
        "Whether it holds at every place in the solid. Default: yes, if no gas takes part.", None
    )


class RegionSection(Section):
    """One part of the geometry and what fills it: a layer in one dimension, boxes or a polygon in two or three."""

    name: Name = described("Name.")
    length: fields.Length | None = described("Thickness of the layer (one dimension).", None)
    x: fields.Interval | None = described("From and to, along x (two and three dimensions).", None)
    y: fields.Interval | None = described("From and to, along y.", None)
    z: fields.Interval | None = described("From and to, along z (also in axisymmetric coordinates).", None)
    r: fields.Interval | None = described("From and to, along the radius of axisymmetric coordinates.", None)
    box: list[BoxSection] = described("Several boxes, instead of x, y, z, r.", [], max_length=1000)
    corners: list[fields.Point] = described(
        "Two dimensions: corners of a polygon, instead of boxes; the domain is then triangulated.", []
    )
    relative_permittivity: fields.Permittivity = described(
        "Relative permittivity; the default is water at 25 °C.", 78.5
    )
    porosity: fields.Porosity = described("Volume fraction open to the species.", 1.0)
    tortuosity: fields.Tortuosity = described(
        "Tortuosity factor: effective diffusivity = diffusivity · porosity / tortuosity.", 1.0
    )
    fixed_charge: fields.FixedCharge = described(
        "Immobile charge: concentration times charge number, per total volume. Also in C/m^3.", 0.0
    )
    partition: dict[str, fields.Partition] = described(
        "Partition coefficient of a species, exp(−mu0/RT): its concentration here over that in solution at equal"
        " potential.",
        {},
    )
    standard_potential: dict[str, fields.MolarEnergy] = described(
        "Standard potential mu0 of a species here relative to solution, instead of `partition`. Also in eV.", {}
    )
    excluded_species: list[str] = described("Species that cannot enter.", [])
    diffusivity: dict[str, fields.Diffusivity] = described("Diffusivity of a species where it differs here.", {})


class GeometrySection(Section):
    """Layers side by side from left to right or from the inside to the outside, or boxes, polygons or a mesh file."""

    coordinates: Literal["cartesian", "cylindrical", "spherical", "axisymmetric"] = described(
        "Coordinate system; axisymmetric has the coordinates r and z.", "cartesian"
    )
    dimension: Literal[1, 2, 3] | None = described(
        "Number of dimensions. Default: that of the regions, 1 where they have a length.", None
    )
    mesh: str | None = described(
        "Gmsh file (.msh), relative to the case file: its physical groups are the regions and boundaries.", None
    )
    scale: fields.Length = described("Length of one unit of the mesh file.", 1.0)
    repair: bool = described("Make a triangulation from the mesh file boundary-conforming Delaunay.", False)
    inner_radius: fields.Radius = described(
        "Radius at which the first region begins; 0 is the axis or centre, where no boundary is.", 0.0
    )
    region: list[RegionSection] = described("The layers or parts.", min_length=1, max_length=1000)
    hole: list[HoleSection] = described("Parts cut out (two and three dimensions).", [], max_length=1000)
    surface: list[SurfaceSection] = described("Named surfaces (two and three dimensions).", [], max_length=1000)


class SternSection(Section):
    """Compact layer between the electrode and the solution: a thickness and a permittivity, or a capacitance."""

    thickness: fields.Length | None = described("Thickness.", None)
    relative_permittivity: fields.Permittivity | None = described("Relative permittivity.", None)
    capacitance: fields.Capacitance | None = described("Capacitance per area, instead of the two.", None)


class BoundarySection(Section):
    """What holds at one end. At most one of potential, current and surface charge; none means an uncharged surface."""

    kind: Literal["bath", "wall", "gas"] = described(
        "`bath`: every species is held at a concentration. `wall`: every species is blocked unless `concentration`"
        " (an ideally selective contact) or `flux` lets it pass. `gas`: the defects of a solid are held in equilibrium"
        " with a gas."
    )
    pressure: dict[str, fields.Pressure] = described('gas: partial pressures, e.g. `{ O2 = "0.21 atm" }`.', {})
    exchange: list[str] | None = described(
        "gas: species that can pass, e.g. the ions at an electrode that blocks electrons. Default: all.", None
    )
    concentration: dict[str, fields.Concentration] = described("Concentration held outside the boundary.", {})
    balance: str | None = described("Ion of a bath whose concentration follows from electroneutrality.", None)
    flux: dict[str, fields.Flux] = described("Molar flux into the domain.", {})
    potential: fields.Potential | None = described("Electric potential. Also in `kT/e`.", None)
    current: fields.Current | None = described(
        "Total current into the domain; the potential floats. A/m^2, in cylindrical coordinates and in a plane A/m,"
        " in spherical and axisymmetric coordinates and in three dimensions A.",
        None,
    )
    surface_charge: fields.SurfaceCharge | None = described("Charge on a wall. Also in e/nm^2.", None)
    stern: SternSection | None = described("Compact layer in front of a wall.", None)


class BoundariesSection(Section):
    """The two ends; `inner` and `outer` mean `left` and `right`. In two and three dimensions any named surface."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, BoundarySection] = Field(init=False)

    left: BoundarySection | None = described("The left or inner end.", None)
    right: BoundarySection | None = described("The right or outer end.", None)


class InitialRegionSection(Section):
    """Initial state of one region."""

    concentration: dict[str, fields.Profile] = described("Initial concentration, a quantity or a profile.", {})


class InitialSection(Section):
    """Initial state. Species that are not given start from straight lines between the baths."""

    concentration: dict[str, fields.Profile] = described(
        'Initial concentration everywhere: a quantity, or a profile such as `{ expression = "1 + 0.1*cos(pi*x/L)",'
        ' unit = "mM" }` in the position x (m; also y, z or r, z) and the total length L (m).',
        {},
    )
    region: dict[str, InitialRegionSection] = described("The same for one region, by its name.", {})


class ConvectionSection(Section):
    """Imposed flow of the solvent."""

    velocity: fields.Velocity = described(
        "Velocity to the right (m/s); in cylindrical and spherical coordinates the outward volume flow (m^2/s, m^3/s).",
        0.0,
    )


class MeshSection(Section):
    """The mesh sizes itself to the Debye lengths and interfaces; these keys override it."""

    nodes: fields.Nodes | None = described(
        "Number of nodes; in two and three dimensions along every axis, one number or a list. Default: as many as the"
        " grading needs.",
        None,
    )
    grading: Literal["auto", "uniform"] = described("Refined towards boundaries and interfaces, or even.", "auto")
    refine: fields.Positive = described("Factor on the number of nodes.", 1.0)
    smallest: fields.Length | None = described("Length of the smallest cells. Default: from the Debye length.", None)
    growth: fields.Positive = described("Largest ratio of neighbouring cells, above 1.", 1.025)


class EventSection(Section):
    """A step in boundary values during a transient."""

    time: fields.Time = described("When.")
    set: dict[str, fields.RawQuantity] = described('E.g. `{ "boundary.left.potential" = "0.1 V" }`.')


class RangeSection(Section):
    """Evenly spaced values, both ends included."""

    start: fields.RawQuantity = described("First value.", alias="from")
    stop: fields.RawQuantity = described("Last value.", alias="to")
    points: int = described("Number of values.", ge=2, le=fields.MAX_ITEMS)
    spacing: Literal["linear", "log"] = described("Even steps, or even ratios.", "linear")


class SolveSection(Section):
    """What is computed."""

    kind: Literal["steady", "transient", "sweep"] = described(
        "Steady state, evolution, or steady states in a row.", "steady"
    )
    accuracy: fields.Tolerance | None = described(
        "Relative accuracy wanted of the observables; sets mesh and tolerances that are not given.", None
    )
    tolerance: fields.Tolerance | None = described("Relative tolerance of the nonlinear solver.", None)
    end_time: fields.Duration | None = described("Transient: when it ends.", None)
    output_times: list[fields.RawQuantity] | RangeSection | None = described(
        "Transient: when fields are kept, a list or a range. Default: 0 and the end.", None
    )
    rtol: fields.Tolerance | None = described("Transient: relative error allowed per step.", None)
    event: list[EventSection] = described("Transient: steps in boundary values.", [], max_length=fields.MAX_ITEMS)
    parameter: str | None = described("Sweep: the key that varies, e.g. `boundary.left.potential`.", None)
    values: list[fields.RawQuantity] | RangeSection | None = described("Sweep: its values, a list or a range.", None)


class LineSection(Section):
    """A straight cut through two or three dimensions."""

    name: Name = described("Name.")
    start: fields.Point = described("First position.", alias="from")
    stop: fields.Point = described("Last position.", alias="to")


class OutputSection(Section):
    """What is drawn. Results are always written."""

    plots: bool | None = described("Whether to draw plots. Default: at a terminal only.", None)
    formats: list[Literal["png", "svg", "pdf"]] = described("Formats of the plots. Default: png.", [])
    line: list[LineSection] = described(
        "Lines through a plane or space along which fields are drawn.", [], max_length=20
    )


class ObservableSection(Section):
    """A number to report besides the standard ones."""

    name: Name = described("Name.")
    kind: Literal[
        "concentration",
        "potential",
        "field",
        "flux",
        "flow",
        "current",
        "amount",
        "charge",
        "average",
        "minimum",
        "maximum",
        "surface_charge",
        "conductance",
        "equilibrium_defect",
        "conductivity",
        "transference",
        "ambipolar_diffusivity",
        "chemical_capacitance",
        "voltage",
        "gas_pressure",
    ] = described("What it is.")
    species: str | None = described(
        "Of which species; average, minimum and maximum without one are of the potential.", None
    )
    at: fields.Place | None = described(
        "Position, in the coordinate of the geometry; a list in two and three dimensions.", None
    )
    region: str | None = described("In which region; at an interface, on which side. Default: everywhere.", None)
    boundary: str | None = described("At which end or surface, instead of a position.", None)
    gas: str | None = described("gas_pressure: of which gas, at which the solid would be in equilibrium.", None)
    to: str | None = described("conductance: the second surface, if `boundary` is the first.", None)


class ExpectSection(Section):
    """What the answer must be, with the tolerance that counts as a pass."""

    observable: str = described("Name of an observable, e.g. `membrane_potential` or `flux[K+, left]`.")
    value: fields.RawQuantity | None = described("Expected value.", None)
    reference: str | None = described("Closed form instead of a value, e.g. `nernst(K+, left, right)`.", None)
    rtol: fields.Tolerance | None = described("Relative tolerance.", None)
    atol: fields.RawQuantity | None = described("Absolute tolerance, in the unit of the observable.", None)
    time: fields.Time | None = described("Transient: when. Default: at the end.", None)
    at: fields.RawQuantity | None = described("Sweep: at which value. Default: at the last.", None)
    source: str = described("Where the expected value comes from.", "")


class CaseDocument(Section):
    """A whole case file."""

    case: About = described("What the case is.", About)
    model: ModelSection = described("The equations.", ModelSection)
    species: list[SpeciesSection] = described("Mobile species.", min_length=1, max_length=200)
    reaction: list[ReactionSection] = described("Homogeneous reactions.", [], max_length=1000)
    defect_equilibrium: list[DefectEquilibriumSection] = described("Defect chemistry of solids.", [], max_length=100)
    activity: list[ActivitySection] = described("Activity coefficients and finite size.", [], max_length=100)
    onsager: OnsagerSection | None = described("Coupled diffusion.", None)
    geometry: GeometrySection = described("Layers.")
    boundary: BoundariesSection = described("Ends.")
    initial: InitialSection = described("Initial state.", InitialSection)
    convection: ConvectionSection = described("Flow.", ConvectionSection)
    mesh: MeshSection = described("Mesh.", MeshSection)
    solve: SolveSection = described("What is computed.", SolveSection)
    output: OutputSection = described("What is drawn.", OutputSection)
    observable: list[ObservableSection] = described("Further observables.", [], max_length=fields.MAX_ITEMS)
    expect: list[ExpectSection] = described("Expected results.", [], max_length=fields.MAX_ITEMS)
