"""Texts of valid cases as fixtures."""

from __future__ import annotations

import pytest
from case_texts import CELL, GOOD


@pytest.fixture
def good() -> str:
    return GOOD


@pytest.fixture
def cell() -> str:
    return CELL
