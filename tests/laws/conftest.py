"""Every kind of case without a mesh, once."""

from __future__ import annotations

import pytest
from law_texts import TEXTS


@pytest.fixture(params=TEXTS)
def text(request):
    return TEXTS[request.param]
