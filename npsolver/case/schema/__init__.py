"""The sections of a case file. Every key, its unit, its default and what it means stand here and nowhere else."""

from npsolver.case.schema.document import CaseDocument
from npsolver.case.schema.solve import RangeSection
from npsolver.case.section import Section

__all__ = ["CaseDocument", "RangeSection", "Section"]
