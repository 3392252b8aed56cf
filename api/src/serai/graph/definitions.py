"""What a schema is made of, in our own words: named types with fields whose types are written as in SDL (``[Stay!]!``).

All that is derived from the registry is written down like this; ``strawberry_schema`` makes Strawberry's types of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, NamedTuple

from serai_sdk import Origin

Kind = Literal["object", "interface", "input", "enum"]


class Missing(Enum):
    """The type of ``NO_DEFAULT``."""

    NO_DEFAULT = "NO_DEFAULT"


NO_DEFAULT: Final = Missing.NO_DEFAULT


class InputDef(NamedTuple):
    """An argument, or a field of an input type; ``default`` is what coercion would give, as ``scalars`` has it."""

    name: str
    type: str
    description: str
    default: Any = NO_DEFAULT
    deprecated: str | None = None


class FieldDef(NamedTuple):
    """A field of an object or interface type."""

    name: str
    type: str
    description: str
    arguments: Sequence[InputDef] = ()
    deprecated: str | None = None


class ValueDef(NamedTuple):
    """A value of an enum."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class TypeDef:
    """A named type; its fields are made when a schema reaches it.

    ``origin`` is where the declaration stands that it is derived from. ``is_entity`` gives it a key in federation,
    ``is_shareable`` lets other subgraphs have it too.
    """

    kind: Kind
    name: str
    description: str
    fields: Callable[[], Sequence[FieldDef | InputDef | ValueDef]]
    interfaces: tuple[str, ...] = ()
    origin: Origin | None = None
    is_one_of: bool = False
    is_entity: bool = False
    is_shareable: bool = False
