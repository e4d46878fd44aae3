"""The sections of a case file. Every key, its unit, its default and what it means stand here and nowhere else."""

from npsolver.case.schema.document import CaseDocument
from npsolver.case.schema.section import Section
from npsolver.case.schema.solve import RangeSection

__all__ = ["CaseDocument", "RangeSection", "Section"]
