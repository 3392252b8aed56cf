"""The nouns that can be imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .customers import CUSTOMERS
from .noun import Noun
from .offers import OFFERS
from .providers import PROVIDERS
from .transactions import TRANSACTIONS

NOUNS: Final[Mapping[str, Noun]] = {one.name: one for one in (CUSTOMERS, PROVIDERS, OFFERS, TRANSACTIONS)}
"""By name."""
