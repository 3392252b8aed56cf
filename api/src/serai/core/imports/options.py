"""What an import is asked to do, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from .problems import Problem

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is (0 where nobody knows)."""

Report: TypeAlias = Callable[[Sequence[Problem]], None]
"""Given the problems in the order of their lines, some at a time: all of them, however many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How cells are written: what is not written like that is a problem of its row."""

    date_format: str | None = None
    decimal_comma: bool = False
    time_zone: str = "UTC"
    default_region: str | None = None
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By field, what words in the file stand for: ``{"status": {"erledigt": "FULFILLED"}}``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """That a column of the file holds a field."""

    column: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to do with a file."""

    source: str
    """The system the external ids belong to."""
    pairs: Sequence[Pair] = ()
    """Which column holds which field; a column may hold several."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """By field, what every row has."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """By field, the system its external ids belong to, where that is another one."""
    format: Format = field(default_factory=Format)
    dry_run: bool = False
    skip_errors: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an import did, or would have done; every row of the file is counted once."""

    noun: str
    source: str
    rows: int = 0
    """Rows of the noun: of several lines of one transaction, one."""
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    forgotten: int = 0
    """Rows of customers who were deleted: they do not come back."""
    failed: int = 0
    """Rows with at least one problem."""
    problems: int = 0
    applied: bool = False
    """Whether something was written."""
    import_id: UUID | None = None
