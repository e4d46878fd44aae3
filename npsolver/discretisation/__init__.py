"""From a Model on a Mesh to algebraic equations."""

from npsolver.discretisation.coefficients import Coefficients, choose_scales, coefficients
from npsolver.discretisation.floating import behind_surface, towards
from npsolver.discretisation.initial import initial_state, neutralised
from npsolver.discretisation.measures import distance, extrapolate
from npsolver.discretisation.poisson_boltzmann import EQUILIBRIUM, PoissonBoltzmann
from npsolver.discretisation.resolution import MeshOptions, build_mesh, debye_length
from npsolver.discretisation.system import System
from npsolver.exports import exports

__getattr__ = exports(__name__, {"coarser": "CoarserSystem coarser_system"})

__all__ = [
    "EQUILIBRIUM",
    "CoarserSystem",
    "Coefficients",
    "MeshOptions",
    "PoissonBoltzmann",
    "System",
    "behind_surface",
    "build_mesh",
    "choose_scales",
    "coarser_system",
    "coefficients",
    "debye_length",
    "distance",
    "extrapolate",
    "initial_state",
    "neutralised",
    "towards",
]
