"""Expectations of a case, checked against closed forms that know nothing of the engine."""

from npsolver.validation.checks import Check, check, prepare
from npsolver.validation.references import references, references_markdown

__all__ = ["Check", "check", "prepare", "references", "references_markdown"]
