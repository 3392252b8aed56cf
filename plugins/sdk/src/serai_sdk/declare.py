"""The parts an author's class is made of: columns, links, expressions, Python fields; and value and input types.

Every function here returns a frozen record where a class attribute is declared; a decorator (``value``, ``input``,
and ``entity``, ``extend``, ``offer_kind`` of the next module) gathers them with their annotations.
"""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, make_dataclass, replace
from enum import Enum
from functools import lru_cache
from types import FrameType
from typing import Any, Final, TypeVar, dataclass_transform

from .access import Rule
from .errors import DeclarationError

T = TypeVar("T", bound=type)


class Unset(Enum):
    """The type of ``UNSET``."""

    UNSET = "UNSET"

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset.UNSET
"""What an input field holds that was not given at all (``None`` means: given as null)."""


class Required(Enum):
    """The type of ``REQUIRED``."""

    REQUIRED = "REQUIRED"


REQUIRED: Final = Required.REQUIRED
"""The default of an input field that has none."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record was written: for messages a stranger can act on."""

    file: str
    line: int
    plugin: str = ""
    version: str = ""

    def __str__(self) -> str:
        owner = f"{self.plugin} {self.version}".strip()
        place = f"{self.file}:{self.line}"
        return f"{owner} ({place})" if owner else place


def caller() -> Origin:
    """The first place outside this package up the stack."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").split(".")[0] == "serai_sdk":
        frame = frame.f_back
    if frame is None:
        return Origin("<unknown>", 0)
    return Origin(frame.f_code.co_filename, frame.f_lineno)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What all declarations of one attribute have in common; ``name`` and ``annotation`` come from the class."""

    name: str = ""
    graphql_name: str | None = None
    description: str
    annotation: Any = None
    access: Rule | None = None
    deprecated: str | None = None
    origin: Origin = field(default_factory=caller)

    @property
    def final_name(self) -> str:
        """The name in the graph."""
        return self.graphql_name or camel(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Declared):
    """A column of the entity's own table (or, for ``Money`` and value types, the columns prefixed with its name)."""

    column: str | None = None
    personal: bool = False
    translatable: bool = False
    filterable: bool = True
    orderable: bool = True
    unindexed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToOne(Declared):
    """A link to one row of another entity, over a column of the own table."""

    target: str
    column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToMany(Declared):
    """A connection to the rows of another entity whose to-one link ``by`` points here, or where ``through`` leads."""

    target: str
    by: str
    order: tuple[str, ...] = ()
    through: str | None = None
    where: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalRefs(Declared):
    """What other systems call the row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlExpression(Declared):
    """A value computed by the database from columns of the own row."""

    expression: str
    unindexed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute(Declared):
    """A typed value in a column of JSON objects; ``of`` is the Python name that column is declared under."""

    of: str
    key: str
    unindexed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountOf(Declared):
    """How many rows a to-many link reaches, as far as the viewer may see them."""

    link: str
    where: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SumOf(Declared):
    """The sum of a numeric column over a to-many link, as far as the viewer may see the rows; 0 for none."""

    link: str
    of: str
    where: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batched(Declared):
    """A Python field that gets all its parents at once and returns one value for each, in their order."""

    resolve: Callable[..., Awaitable[Sequence[Any]]]
    needs: tuple[str, ...]
    entity: str | None = None
    many: bool = False
    arguments: Mapping[str, Argument] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument(Declared):
    """A field of an input type, a part of a value type, or an argument of a field."""

    default: Any = REQUIRED
    ref: str | None = None
    minimum: Any = None
    maximum: Any = None
    max_length: int | None = None
    personal: bool = False


def stated(reason: str | None) -> str | None:
    """A reason, which has words where there is one."""
    if reason is not None and not reason.strip():
        raise DeclarationError(
            "unindexed gives no reason", hint="say why there need be no index, or leave it out"
        )
    return reason


def column(
    description: str,
    *,
    name: str | None = None,
    column: str | None = None,
    access: Rule | None = None,
    personal: bool = False,
    translatable: bool = False,
    filterable: bool = True,
    orderable: bool = True,
    unindexed: str | None = None,
    deprecated: str | None = None,
) -> Any:
    """A column of the entity's table; the annotation says its type and whether it may be null.

    What is filtered and ordered by has an index, or says in ``unindexed`` why it needs none; ``serai doctor`` looks.
    """
    return Column(
        graphql_name=name, description=description, column=column, access=access, personal=personal,
        translatable=translatable, filterable=filterable, orderable=orderable, deprecated=deprecated,
        unindexed=stated(unindexed),
    )  # fmt: skip


def to_one(
    target: str,
    description: str,
    *,
    name: str | None = None,
    column: str | None = None,
    access: Rule | None = None,
    deprecated: str | None = None,
) -> Any:
    """A link to one row of ``target`` over ``column`` (default: the attribute's name with ``_id``).

    In a value type it holds the row's id; there ``target`` may be ``"Node"``, for a row of any entity: a ``Ref``.
    """
    return ToOne(
        graphql_name=name,
        description=description,
        target=target,
        column=column,
        access=access,
        deprecated=deprecated,
    )


def to_many(
    target: str,
    description: str,
    *,
    by: str,
    through: str | None = None,
    where: Mapping[str, Any] | None = None,
    name: str | None = None,
    order: Sequence[str] = (),
    access: Rule | None = None,
    deprecated: str | None = None,
) -> Any:
    """A connection to the rows of ``target`` whose to-one link ``by`` (its Python name) points at this row.

    ``through`` is a to-many link of this entity (its Python name) whose rows have a to-one link ``by``, too: then the
    rows of ``target`` that share it are reached, each once, as far as all three are visible. ``where`` always holds, as
    in the graph and by final names. ``order`` is what holds when the caller gives none: Python names of columns, ``-``
    before one for descending.
    """
    return ToMany(
        graphql_name=name, description=description, target=target, by=by, through=through, where=where,
        order=tuple(order), access=access, deprecated=deprecated,
    )  # fmt: skip


def external_refs(
    description: str = "What other systems call it.",
    *,
    access: Rule | None = None,
    deprecated: str | None = None,
) -> Any:
    """The ids the row has in other systems, as a field ``externalRefs``; none if there are none.

    They are kept in one table for all entities, by the entity's prefix, and written by imports. Within one entity an id
    of a source names one row; a row may have several.
    """
    return ExternalRefs(
        graphql_name="externalRefs", description=description, access=access, deprecated=deprecated
    )


def sql(
    expression: str,
    description: str,
    *,
    name: str | None = None,
    access: Rule | None = None,
    unindexed: str | None = None,
    deprecated: str | None = None,
) -> Any:
    """An SQL expression over the row's own columns; parsed and checked when the schema is composed.

    ``unindexed`` says why rows are found by it without an index, or which index over the expression there is.
    """
    return SqlExpression(
        graphql_name=name,
        description=description,
        expression=expression,
        access=access,
        unindexed=stated(unindexed),
        deprecated=deprecated,
    )


def attribute(
    of: str,
    key: str,
    description: str,
    *,
    name: str | None = None,
    access: Rule | None = None,
    unindexed: str | None = None,
    deprecated: str | None = None,
) -> Any:
    """What stands under ``key`` in a column of JSON objects, as a field of its own, filtered and ordered by as others.

    ``of`` is the Python name under which the entity declares that column with ``column()``, above it; the column's
    access rule holds for the attribute, too. The annotation ``X | None`` says the type: text, a boolean, ``int``,
    ``float``, ``Decimal``, a date, an instant (both as ISO 8601) or an enum. What is of another type, or not there, is
    null. ``unindexed`` as for ``sql``.
    """
    if not 1 <= len(key) <= 100 or not key.isprintable():
        raise DeclarationError(
            f"{key!r} cannot be the key of an attribute", hint="give 1 to 100 letters that can be printed"
        )
    return Attribute(
        graphql_name=name, description=description, of=of, key=key, access=access, deprecated=deprecated,
        unindexed=stated(unindexed),
    )  # fmt: skip


def count_of(
    link: str,
    description: str,
    *,
    where: Mapping[str, Any] | None = None,
    name: str | None = None,
    access: Rule | None = None,
) -> Any:
    """How many rows the to-many link ``link`` (its Python name) reaches; ``where`` as in the graph, by final names."""
    return CountOf(graphql_name=name, description=description, link=link, where=where, access=access)


def sum_of(
    link: str,
    of: str,
    description: str,
    *,
    where: Mapping[str, Any] | None = None,
    name: str | None = None,
    access: Rule | None = None,
) -> Any:
    """The sum of the numeric column ``of`` over ``link`` (Python names); 0 where there is none."""
    return SumOf(graphql_name=name, description=description, link=link, of=of, where=where, access=access)


def batched(
    description: str,
    *,
    needs: Sequence[str],
    entity: str | None = None,
    many: bool = False,
    name: str | None = None,
    arguments: Mapping[str, Any] | None = None,
    access: Rule | None = None,
) -> Callable[[Callable[..., Awaitable[Sequence[Any]]]], Any]:
    """Make ``async def f(ctx, parents, **arguments) -> list[X]`` a field: one call for all parents of a selection.

    ``parents`` are mappings of the columns named in ``needs`` (Python names of columns and links; a link gives its
    id) and ``id``. The list returned has one element for each parent, in order. ``entity`` names the entity whose
    ids are returned (``many``: a list of ids for each parent), ``"Node"`` any of them by ``Ref``; otherwise the element
    type is the annotation's.

    The field is null, and its row no parent, where the viewer may not see one of the columns needed. What takes longer
    than ``SERAI_FIELD_TIMEOUT_S`` is cancelled; what raises or does not fit is null, with an error that names it.
    """

    def decorate(function: Callable[..., Awaitable[Sequence[Any]]]) -> Any:
        code = function.__code__
        hints = typing.get_type_hints(function) if entity is None else {}
        returned = typing.get_args(hints.get("return"))
        if entity is None and len(returned) != 1:
            raise DeclarationError(
                f"batched field {function.__name__!r} does not say what it returns",
                hint="annotate it with -> list[X], where X is the type of one parent's value, or give entity=",
            )
        return Batched(
            name=function.__name__, graphql_name=name, description=description, resolve=function, needs=tuple(needs),
            entity=entity, many=many, annotation=returned[0] if returned else None, access=access,
            arguments={key: replace(one, name=key) for key, one in (arguments or {}).items()},
            origin=Origin(code.co_filename, code.co_firstlineno),
        )  # fmt: skip

    return decorate


def arg(
    description: str,
    *,
    default: Any = REQUIRED,
    ref: str | None = None,
    name: str | None = None,
    minimum: Any = None,
    maximum: Any = None,
    max_length: int | None = None,
    personal: bool = False,
    annotation: Any = None,
) -> Any:
    """A field of an input type (or an argument of a batched field, which then gives its ``annotation``).

    ``ref`` names the entity whose id is expected: the caller sends an opaque id, the code gets a ``UUID``. A default of
    ``UNSET`` tells a field that was not given from one given as null. Bounds are inclusive.
    """
    return Argument(
        description=description, default=default, ref=ref, graphql_name=name, minimum=minimum, maximum=maximum,
        max_length=max_length, personal=personal, annotation=annotation,
    )  # fmt: skip


def part(description: str, *, name: str | None = None, personal: bool = False) -> Any:
    """A part of a value type."""
    return Argument(description=description, graphql_name=name, personal=personal)


@dataclass(frozen=True, slots=True)
class ValueRecord:
    """A type of several parts without an identity of its own."""

    name: str
    description: str
    parts: tuple[Declared, ...]
    python: type
    origin: Origin


@dataclass(frozen=True, slots=True)
class InputRecord:
    """An input type; ``python`` is the frozen dataclass an argument arrives as."""

    name: str
    description: str
    fields: tuple[Argument, ...]
    python: type
    origin: Origin


@lru_cache(maxsize=16_384)
def camel(name: str) -> str:
    """``checked_in_at`` as ``checkedInAt``."""
    head, *tail = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in tail)


def description_of(cls: type) -> str:
    """The docstring with its indentation taken off."""
    text = inspect.getdoc(cls) if "__doc__" in cls.__dict__ else None
    if not text:
        raise DeclarationError(
            f"{cls.__name__} has no docstring", hint="its docstring is its description in the graph"
        )
    return text


def declarations(cls: type) -> list[Declared]:
    """The declarations of a class body in their order, each with its name and resolved annotation."""
    hints = hints_of(cls)
    found: list[Declared] = []
    for name, one in cls.__dict__.items():
        if isinstance(one, Declared):
            found.append(replace(one, name=name, annotation=hints.get(name, one.annotation)))
    undeclared = [name for name in inspect.get_annotations(cls) if name not in cls.__dict__]
    if undeclared:
        raise DeclarationError(
            f"{cls.__name__}.{undeclared[0]} has a type but no declaration",
            hint=f'write {undeclared[0]}: ... = column("what it is")',
        )
    return found


def hints_of(cls: type) -> dict[str, Any]:
    """The class's own annotations, resolved in its module."""
    try:
        return typing.get_type_hints(cls, include_extras=True)
    except NameError as error:
        raise DeclarationError(
            f"an annotation of {cls.__name__} names {error.name!r}, which its module does not know",
            hint="import the type outside of `if TYPE_CHECKING`, or declare a link with to_one/to_many",
        ) from error


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(part, to_one))
def value(cls: T) -> T:
    """Make a class a value type: a frozen dataclass, an object in the graph, stored as columns or as ``jsonb``."""
    origin = caller()
    parts = declarations(cls)
    made = _dataclass(cls, parts)
    made.__serai_value__ = ValueRecord(  # type: ignore[attr-defined]  # the record rides on the class
        cls.__name__, description_of(cls), tuple(parts), made, origin
    )
    return made


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(arg,))
def input(cls: T) -> T:  # the field's own word, as in GraphQL
    """Make a class an input type: a frozen dataclass whose instances the resolver receives, already coerced."""
    origin = caller()
    fields = declarations(cls)
    made = _dataclass(cls, fields)
    made.__serai_input__ = InputRecord(  # type: ignore[attr-defined]  # the record rides on the class
        cls.__name__,
        description_of(cls),
        tuple(one for one in fields if isinstance(one, Argument)),
        made,
        origin,
    )
    return made


def _dataclass(cls: T, parts: Sequence[Declared]) -> T:
    """A frozen, keyword-only dataclass with the parts of ``cls`` and its other attributes."""
    rest = {
        key: attribute
        for key, attribute in cls.__dict__.items()
        if not isinstance(attribute, Declared) and key not in ("__dict__", "__weakref__", "__annotations__")
    }
    specified: list[Any] = []
    for one in parts:
        default = _default(one)
        if default is REQUIRED:
            specified.append((one.name, one.annotation))
        elif isinstance(default, list | dict):
            specified.append((one.name, one.annotation, field(default_factory=default.copy)))
        else:
            specified.append((one.name, one.annotation, field(default=default)))
    made = make_dataclass(
        cls.__name__, specified, bases=cls.__bases__, namespace=rest, frozen=True, slots=True, kw_only=True
    )
    made.__module__ = cls.__module__
    made.__qualname__ = cls.__qualname__
    return typing.cast(T, made)


def _default(one: Declared) -> Any:
    if isinstance(one, Argument) and one.default is not REQUIRED:
        return one.default
    return None if is_optional(one.annotation) else REQUIRED


def is_optional(annotation: Any) -> bool:
    """Whether ``None`` is one of the annotation's alternatives."""
    return type(None) in typing.get_args(annotation)


@lru_cache(maxsize=4_096)
def without_none(annotation: Any) -> Any:
    """The annotation without ``None`` and ``UNSET`` among its alternatives."""
    kept = [one for one in typing.get_args(annotation) if one is not type(None) and one is not Unset]
    if not is_optional(annotation) and Unset not in typing.get_args(annotation):
        return annotation
    if len(kept) != 1:
        raise DeclarationError(
            f"{annotation} has more than one type", hint="a field has one type, or that and None"
        )
    return kept[0]
