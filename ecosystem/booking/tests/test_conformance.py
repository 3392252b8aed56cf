"""Everything that Serai asks of a plug-in: this one is gold."""

from __future__ import annotations

from pathlib import Path

import pytest

from serai_testkit import Conformance


@pytest.mark.slow
class TestConformance(Conformance):
    project = Path(__file__).parents[1]
