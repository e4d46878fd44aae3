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

from npsolver.model.boundary import Boundary
from npsolver.model.boundary_values import with_boundary_value
from npsolver.model.composition import activities, from_activities
from npsolver.model.coupling import Coupling, check_onsager
from npsolver.model.defects import DefectChemistry, DefectEquilibrium
from npsolver.model.excess import (
    FunctionLaw,
    IonicStrengthLaw,
    PitzerLaw,
    RegularSolutionLaw,
    StericLaw,
    TableLaw,
    debye_hueckel_slope,
    total_excess,
)
from npsolver.model.fermi_dirac import FermiDiracLaw
from npsolver.model.flow import Flow
from npsolver.model.model import PHYSICS, Model
from npsolver.model.reaction import Reaction
from npsolver.model.region import Region
from npsolver.model.species import Species
from npsolver.model.surface_reaction import (
    STANDARD_CONCENTRATION,
    STANDARD_PRESSURE,
    SurfaceReaction,
    reaction_orders,
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
    "FunctionLaw",
    "IonicStrengthLaw",
    "Model",
    "PitzerLaw",
    "Reaction",
    "Region",
    "RegularSolutionLaw",
    "Species",
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
