"""What stands at the root of the graph: connections, look-ups, Python queries and mutations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .access import Rule
from .declare import Argument, Origin, caller, camel
from .errors import DeclarationError

Where = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhereArgument:
    """An argument of a root connection that stands for a condition.

    ``where`` turns the argument's value into a filter of the graph (final names). It is called once, when a query is
    planned, with a stand-in for the value: it may put it, or its attributes, into the filter, and nothing else. The
    condition is evaluated as the system: what it tells (free or not) is public while the rows behind it are not.
    """

    annotation: Any
    description: str
    where: Callable[[Any], Where]


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


def where_argument(annotation: Any, description: str, where: Callable[[Any], Where]) -> WhereArgument:
    """An argument of a root connection that stands for a condition; see ``WhereArgument``."""
    return WhereArgument(annotation=annotation, description=description, where=where)


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
