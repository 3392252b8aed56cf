"""What stands at the root of the graph: connections, look-ups, Python queries and mutations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from .access import Rule
from .declare import Argument, Origin, arg, caller, camel
from .declare import input as input_type
from .errors import DeclarationError

Where = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhereArgument:
    """An argument of a root connection that stands for a condition.

    ``where`` turns the argument's value into a filter of the graph (final names). It is called once, when a query is
    planned, with a stand-in for the value: it may put it, or its attributes, into the filter, and nothing else. The
    condition is evaluated as the system: what it tells (free or not) is public while the rows behind it are not.
    ``are_event_types``: its values are names of types of events, and others are refused with what may have been meant.
    """

    annotation: Any
    description: str
    where: Callable[[Any], Where]
    are_event_types: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A root field that pages through all visible rows of an entity."""

    name: str
    entity: str
    description: str
    arguments: Mapping[str, WhereArgument]
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A root field that finds one visible row of an entity by its id; null if there is none."""

    name: str
    entity: str
    description: str
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A root field answered in Python: ``async def f(ctx, **arguments)``; its value may link to entities by id."""

    name: str
    description: str
    returns: Any
    resolve: Callable[..., Awaitable[Any]]
    arguments: Mapping[str, Argument]
    access: Rule | None
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """A root field that changes something: ``async def f(ctx, input) -> {payload field: id}``.

    It runs inside one change (one transaction, retried on serialisation failures), and its payload's entities are read
    again by id with the viewer's rights. ``payload`` maps payload fields to entities' names; ``errors`` maps the codes
    of ``userErrors`` to their descriptions.
    """

    name: str
    description: str
    input: type
    payload: Mapping[str, str]
    errors: Mapping[str, str]
    resolve: Callable[..., Awaitable[Mapping[str, Any]]]
    access: Rule
    origin: Origin


class BulkErrorPolicy(StrEnum):
    """What becomes of all items when some fail."""

    REJECT_ALL = "REJECT_ALL"
    SKIP_FAILED = "SKIP_FAILED"


BulkErrorPolicy.REJECT_ALL.__doc__ = "Nothing is done if any item fails."
BulkErrorPolicy.SKIP_FAILED.__doc__ = "Items that fail are left out; the others are done."

Locks = Callable[[Any, Sequence[Any]], Awaitable[Mapping[Any, Iterable[UUID]]]]
"""``async def locks(ctx, items) -> {Model: ids}``: all rows that the items lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """A mutation over many inputs of a single one; see ``bulk``."""

    name: str
    description: str
    mutation: Mutation
    input: type
    locks: Locks
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A root field that is answered again and again, each time something of interest has happened; see below."""

    name: str
    entity: str
    description: str
    events: Sequence[str]
    origin: Origin


def subscription(name: str, entity: str, description: str, *, events: Sequence[str]) -> Subscription:
    """A field ``name(id:)`` of ``Subscription``: the row of that id, read again after each of these events about it.

    ``events`` are names of types, or ``demand.*`` for all that begin so. What is told is read by the subscriber's own
    rights at that moment; who may not see the row is told nothing.
    """
    if not events:
        raise DeclarationError(f"subscription({name!r}) names no events", hint="name what it waits for")
    return Subscription(
        name=name, entity=entity, description=description, events=tuple(events), origin=caller()
    )


def feed_subscription(name: str, entity: str, description: str) -> Subscription:
    """A field of ``Subscription`` that tells each event itself, as a row of ``entity``: for what shows the feed."""
    return Subscription(name=name, entity=entity, description=description, events=(), origin=caller())


def connection(
    name: str, entity: str, description: str, *, arguments: Mapping[str, WhereArgument] | None = None
) -> Connection:
    """A root connection over the entity named ``entity``."""
    return Connection(
        name=name, entity=entity, description=description, arguments=arguments or {}, origin=caller()
    )


def lookup(name: str, entity: str, description: str) -> Lookup:
    """A root field ``name(id:)`` over the entity named ``entity``."""
    return Lookup(name=name, entity=entity, description=description, origin=caller())


def where_argument(
    annotation: Any, description: str, where: Callable[[Any], Where], *, are_event_types: bool = False
) -> WhereArgument:
    """An argument of a root connection that stands for a condition; see ``WhereArgument``."""
    return WhereArgument(
        annotation=annotation, description=description, where=where, are_event_types=are_event_types
    )


def query(
    description: str,
    *,
    returns: Any,
    name: str | None = None,
    arguments: Mapping[str, Any] | None = None,
    access: Rule | None = None,
) -> Callable[[Callable[..., Awaitable[Any]]], Query]:
    """Make an async function a root field of ``Query``; ``returns`` is the annotation of its type."""
    origin = caller()

    def decorate(function: Callable[..., Awaitable[Any]]) -> Query:
        return Query(
            name=name or camel(function.__name__),
            description=description,
            returns=returns,
            resolve=function,
            arguments={key: replace(one, name=key) for key, one in (arguments or {}).items()},
            access=access,
            origin=origin,
        )

    return decorate


def mutation(
    description: str,
    *,
    input: type,  # the argument's name in the graph
    payload: Mapping[str, str],
    errors: Mapping[str, str],
    access: Rule,
    name: str | None = None,
) -> Callable[[Callable[..., Awaitable[Mapping[str, Any]]]], Mutation]:
    """Make ``async def f(ctx, input)`` a mutation; see ``Mutation``."""
    origin = caller()
    if not hasattr(input, "__serai_input__"):
        raise DeclarationError(
            f"{input.__name__} is not an input type", hint="decorate it with @serai_sdk.input"
        )

    def decorate(function: Callable[..., Awaitable[Mapping[str, Any]]]) -> Mutation:
        return Mutation(
            name=name or camel(function.__name__),
            description=description,
            input=input,
            payload=dict(payload),
            errors=dict(errors),
            resolve=function,
            access=access,
            origin=origin,
        )

    return decorate


def bulk(mutation: Mutation, *, name: str, description: str, locks: Locks) -> Bulk:
    """Make a mutation over up to 1,000 inputs of ``mutation``, with a policy for those that fail.

    All is one transaction. ``locks`` names every row that the items lock, by model and id; these are locked first and
    in order, so that two bulks over the same rows never wait for each other in a circle. It may lock rows itself where
    it has to, to find the others. The items then run one after another in their order, each in a savepoint: an item
    sees what those before it did, and one that fails leaves nothing behind.

    Whoever may call ``mutation`` may call this.
    """
    if not isinstance(mutation, Mutation):
        raise DeclarationError(
            f"bulk({name!r}) is given a {type(mutation).__name__}",
            hint="give it what @mutation(...) has made",
        )
    if not callable(locks):
        raise DeclarationError(
            f"bulk({name!r}) does not say what to lock",
            hint="give locks=, an async function (ctx, items) -> {Model: ids}",
        )
    if not name.isidentifier() or not name[:1].islower():
        raise DeclarationError(
            f"bulk(name={name!r}) is no name of a mutation", hint="write it like transactionsConfirm"
        )
    taken = sorted({"index", "userErrors"} & set(mutation.payload))
    if taken:
        raise DeclarationError(
            f"{mutation.name} has {taken[0]!r} in its payload, which results of a bulk have themselves",
            hint="rename that field of its payload",
        )
    body = {
        "__doc__": f"What to do by {name}, item by item.",
        "__module__": mutation.input.__module__,
        "__annotations__": {"items": list[mutation.input], "error_policy": BulkErrorPolicy},  # type: ignore[name-defined]  # a type made at run time
        "items": arg("The inputs, from 1 to 1,000; they run in this order."),
        "error_policy": arg(
            "Whether items that fail undo all, or are left out.", default=BulkErrorPolicy.REJECT_ALL
        ),
    }
    made = input_type(type(f"{name[:1].upper()}{name[1:]}Input", (), body))
    return Bulk(
        name=name,
        description=description,
        mutation=mutation,
        input=made,
        locks=locks,
        origin=caller(),
    )
