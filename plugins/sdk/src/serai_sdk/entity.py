"""Entities: what has an id, a table and an access rule; what is added to other people's; kinds of offer; interfaces."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tortoise.models import Model as TortoiseModel

from .access import Rule
from .declare import Declared, Origin, caller, declarations, description_of, stated
from .errors import DeclarationError

T = TypeVar("T", bound=type)
_PREFIX = re.compile(r"^[a-z][a-z0-9]{1,7}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityRecord:
    """An entity: a type of the graph, its table, its rule and its fields.

    ``kind_of`` names the interface entity whose table this one shares its key with (a kind of ``Offer``), and ``kind``
    the value of the interface's discriminator column; ``discriminator`` is set on the interface itself.
    """

    name: str
    description: str
    model: type[TortoiseModel]
    prefix: str
    access: Rule | None
    fields: tuple[Declared, ...]
    origin: Origin
    discriminator: str | None = None
    kind_of: str | None = None
    kind: str | None = None
    order: tuple[str, ...] = ()
    search: Mapping[str, str] = field(default_factory=dict)
    unindexed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendRecord:
    """Fields added to an entity that somebody else owns."""

    target: str
    fields: tuple[Declared, ...]
    origin: Origin


def entity(
    model: type[TortoiseModel],
    *,
    prefix: str,
    access: Rule | None = None,
    name: str | None = None,
    order: tuple[str, ...] = (),
    search: Mapping[str, str] | None = None,
    unindexed: str | None = None,
) -> Callable[[T], T]:
    """Make a class an entity over ``model``.

    ``prefix`` tags its ids (``cus_0192...``); without an ``access`` rule it does not load. ``order`` is that of its
    connections when the caller gives none (default: by id, that is by time of creation). Every entity gets ``id``.

    ``search`` makes its connections searchable: names of columns of text declared in the class, each with its weight,
    from ``"A"`` (a title) to ``"D"``. Whoever sees the row sees them: none has an access rule of its own. The table
    keeps its words in a column that a migration makes with ``serai_sdk.orm.search_column``.

    ``unindexed`` says why its columns need no index each, such as ``"a few dozen rows"``; links always need one.
    """
    return _declare(
        model,
        prefix=prefix,
        access=access,
        name=name,
        order=order,
        search=search or {},
        unindexed=stated(unindexed),
    )


def interface(
    model: type[TortoiseModel],
    *,
    prefix: str,
    discriminator: str,
    access: Rule | None = None,
    name: str | None = None,
    order: tuple[str, ...] = (),
    search: Mapping[str, str] | None = None,
    unindexed: str | None = None,
) -> Callable[[T], T]:
    """Make a class an interface entity: one table, several kinds, told apart by the column ``discriminator``.

    Its kinds are searched by what ``search`` names, too: one search finds rows of all of them.
    """
    return _declare(
        model,
        prefix=prefix,
        access=access,
        name=name,
        order=order,
        search=search or {},
        discriminator=discriminator,
        unindexed=stated(unindexed),
    )


def offer_kind(
    model: type[TortoiseModel],
    *,
    kind: str,
    access: Rule | None = None,
    name: str | None = None,
    order: tuple[str, ...] = (),
    unindexed: str | None = None,
) -> Callable[[T], T]:
    """Make a class a kind of ``Offer``: ``model`` is the detail table, its primary key is the offer's id.

    The kind has all fields of ``Offer``, obeys its access rule (and ``access``, if given); its ids are offers' ids.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,31}", kind):
        raise DeclarationError(
            f"kind {kind!r} is not of the form [a-z][a-z0-9_]*", hint='write it like "booking_stay"'
        )
    return _declare(
        model,
        prefix="ofr",
        access=access,
        name=name,
        order=order,
        kind_of="Offer",
        kind=kind,
        unindexed=stated(unindexed),
    )


def extend(target: str) -> Callable[[T], T]:
    """Add the fields of a class to the entity ``target``; they must be nullable, since their owner may be absent."""
    origin = caller()

    def decorate(cls: T) -> T:
        fields = tuple(declarations(cls))
        if not fields:
            raise DeclarationError(
                f"{cls.__name__} adds nothing to {target}", hint="declare at least one field in it"
            )
        cls.__serai_extend__ = ExtendRecord(  # type: ignore[attr-defined]  # the record rides on the class
            target=target, fields=fields, origin=origin
        )
        return cls

    return decorate


def _declare(
    model: type[TortoiseModel],
    *,
    prefix: str,
    access: Rule | None,
    name: str | None,
    order: tuple[str, ...],
    **more: Any,
) -> Callable[[T], T]:
    origin = caller()
    wrong = sorted(
        key for key, weight in more.get("search", {}).items() if weight not in ("A", "B", "C", "D")
    )
    if wrong:
        raise DeclarationError(
            f"search gives {', '.join(wrong)} no weight", hint='give each column "A", "B", "C" or "D"'
        )
    if not _PREFIX.fullmatch(prefix):
        raise DeclarationError(
            f"id prefix {prefix!r} is not of the form [a-z][a-z0-9]{{1,7}}", hint='such as "cus"'
        )

    def decorate(cls: T) -> T:
        cls.__serai_entity__ = EntityRecord(  # type: ignore[attr-defined]  # the record rides on the class
            name=name or cls.__name__,
            description=description_of(cls),
            model=model,
            prefix=prefix,
            access=access,
            fields=tuple(declarations(cls)),
            origin=origin,
            order=order,
            **more,
        )
        return cls

    return decorate
