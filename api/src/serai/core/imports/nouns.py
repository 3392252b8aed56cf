"""The nouns that can be imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .customers import CUSTOMERS
from .noun import Noun

NOUNS: Final[Mapping[str, Noun]] = {one.name: one for one in (CUSTOMERS,)}
"""By name."""
