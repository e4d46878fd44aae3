"""Physics without a mesh.

Notation used throughout (symbol, unit, meaning, name in code)

========  ===========  =============================================  ========================
symbol    unit         meaning                                        name
========  ===========  =============================================  ========================
c_i       mol/m³       concentration of species i                     ``concentration``
w_i       mol/m³       c_i exp(mu0_i/RT): concentration referred to   ``w``
                       solution; continuous where mu0 jumps
z_i       1            charge number                                  ``charge``
D_i       m²/s         diffusivity                                    ``diffusivity``
phi       V            electric potential                             ``potential``
mu~_i     J/mol        RT ln w_i + z_i F phi                          ``electrochemical_potential``
X         mol/m³       fixed charge concentration, signed             ``fixed_charge``
eps_r     1            relative permittivity                          ``relative_permittivity``
sigma     C/m²         surface charge                                 ``surface_charge``
J_i       mol/(m² s)   molar flux                                     ``flux``
I         A/m²         electric current density                       ``current``
========  ===========  =============================================  ========================
"""

from npsolver.exports import exports

__getattr__ = exports(
    __name__,
    {
        "boundary": "Boundary",
        "boundary_values": "with_boundary_value",
        "composition": "activities from_activities",
        "coupling": "Coupling check_onsager",
        "defects": "DefectChemistry DefectEquilibrium",
        "excess": (
            "FunctionLaw IonicStrengthLaw PitzerLaw RegularSolutionLaw StandardPotentialLaw StericLaw TableLaw "
            "debye_hueckel_slope total_excess"
        ),
        "fermi_dirac": "FermiDiracLaw",
        "flow": "Flow",
        "friction": "Friction",
        "matrix_functions": "MatrixFunctions",
        "model": "PHYSICS Model",
        "phase_laws": "PhaseLaws",
        "reaction": "Reaction",
        "region": "Region",
        "species": "Species",
        "surface_reaction": "STANDARD_CONCENTRATION STANDARD_PRESSURE SurfaceReaction reaction_orders",
    },
)

__all__ = [
    "PHYSICS",
    "STANDARD_CONCENTRATION",
    "STANDARD_PRESSURE",
    "Boundary",
    "Coupling",
    "DefectChemistry",
    "DefectEquilibrium",
    "FermiDiracLaw",
    "Flow",
    "Friction",
    "FunctionLaw",
    "IonicStrengthLaw",
    "MatrixFunctions",
    "Model",
    "PhaseLaws",
    "PitzerLaw",
    "Reaction",
    "Region",
    "RegularSolutionLaw",
    "Species",
    "StandardPotentialLaw",
    "StericLaw",
    "SurfaceReaction",
    "TableLaw",
    "activities",
    "check_onsager",
    "debye_hueckel_slope",
    "from_activities",
    "reaction_orders",
    "total_excess",
    "with_boundary_value",
]
