"""Cases without a mesh: evaluates equilibrium laws, cell models, phase diagrams and open-circuit voltages.

Knows `npsolver.equilibrium` only; what to compute comes as plain records, the result is a
:class:`~npsolver.stepping.law_solution.LawSolution`.
"""

from npsolver.laws.run import run

__all__ = ["run"]
