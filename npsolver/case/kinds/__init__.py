"""Cases without a mesh: equilibrium laws, cell models, phase diagrams, open-circuit voltages.

``[case] kind`` chooses; without it a case is one of transport, described in `npsolver.case.schema`.
"""

from npsolver.case.kinds.law_case import LawCase

__all__ = ["LawCase"]
