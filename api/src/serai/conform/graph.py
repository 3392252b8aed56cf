"""G: what a plug-in puts into the graph."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from serai.graph.permits import holds
from serai.graph.registry import BatchedField, EntityShape, ListShape, RootQuery
from serai.loading import examine
from serai.viewers import ANONYMOUS
from serai_sdk import Origin
from serai_sdk.declare import Argument

from .check import Finding, Tier, check
from .subject import Subject, finding

Text: TypeAlias = tuple[str, str, Origin]
"""What something is called, what is told of it, and where it is declared."""

CODE: Final = re.compile(r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$")
OF_SERAI: Final = frozenset(("CONFLICT",))
"""Codes that Serai itself answers with."""


@check("G01", Tier.BRONZE)
def loads(subject: Subject) -> Iterator[Finding]:
    """It loads, by itself with what it requires.

    Serai puts all declarations together before it answers: types, links, rules, expressions and settings are checked
    then, and a plug-in with a mistake is left out whole. This check tells the same mistakes, those that no other check
    tells.
    """
    yield from subject.problems("G01")


@check("G02", Tier.BRONZE)
def may_be_absent(subject: Subject) -> Iterator[Finding]:
    """What it adds to other people's types may be null.

    A customer has to be shown when the plug-in is switched off, and when its field fails: a field that may not be null
    would take the whole customer with it, and everything around. So fields that are added to somebody else's type are
    declared with `| None`; links and Python fields are nullable by themselves.

    ```text
    @extend("Customer")
    class CustomerLoyalty:
        loyalty_points: int | None = sum_of("loyalty_entries", "points", "How many points they have.")
    ```
    """
    yield from subject.problems("G02")


@check("G03", Tier.BRONZE)
def own_names(subject: Subject) -> Iterator[Finding]:
    """What it owns is called by its id.

    Types (or it claims them), mutations, permissions, events, jobs, listeners and kinds of offer begin with the
    plug-in's id. So no two plug-ins collide by chance, and whoever reads a name knows whose it is. A type that deserves
    a shorter name is claimed: `claims = ("Stay",)` in the plug-in's class; then nobody else may have it.
    """
    yield from subject.problems("G03")


@check("G04", Tier.BRONZE)
def fits(subject: Subject) -> Iterator[Finding]:
    """It fits together with the plug-ins that are installed beside it.

    Names that are claimed, and fields that are added to the same type, may collide. Install what it is to work beside,
    and check again: both are named, and where each was written. An operator would otherwise find out at a start.
    """
    alone = subject.loaded
    ids = [one.id for one in subject.found]
    for one in examine(subject.settings_for(ids), found=subject.found).plugins:
        if one.id == alone.id or one.state == "broken":
            for problem in one.problems:
                concerned = str(problem.others) + problem.message
                if one.id == alone.id or re.search(rf"\b{alone.id}\b", concerned):
                    yield finding(problem)


@check("G05", Tier.SILVER)
def described(subject: Subject) -> Iterator[Finding]:
    """Everything it declares says what it is.

    The descriptions are the documentation: the page that a browser shows at `/graphql`, the reference, `serai plugin
    explain` and code completion in every editor are made of them. A field, an argument, a permission or an event
    without one has to be guessed.
    """
    if subject.examined.state != "ready":
        yield from subject.problems("G05")
    for what, text, origin in _texts(subject):
        if not text.strip():
            yield Finding(
                f"{what} is not described", "say what it is, in the words of whoever asks for it", _at(origin)
            )


def _texts(subject: Subject) -> Iterator[Text]:
    """What is told of all that the plug-in declares; fields of entities have been looked at when it was loaded."""
    registry, records = subject.registry, subject.loaded.records
    told: list[Text] = []
    for entity in registry.entities.values():
        for one in entity.fields.values():
            if isinstance(one, BatchedField):
                told += _arguments(f"{entity.name}.{one.name}", one.arguments.values(), one.origin)
    for value in registry.values.values():
        told += [(f"{value.name}.{one.name}", one.description, value.origin) for one in value.parts.values()]
    for record in registry.inputs.values():
        told += _arguments(record.name, record.fields, record.origin)
    for query in registry.queries.values():
        told.append((query.name, query.description, query.origin))
        if isinstance(query, RootQuery):
            told += _arguments(query.name, query.arguments.values(), query.origin)
    for mutation in registry.mutations.values():
        told.append((mutation.name, mutation.description, mutation.origin))
        told += [
            (f"{mutation.name}: {code}", text, mutation.origin) for code, text in mutation.errors.items()
        ]
    yield from (one for one in told if subject.owns(one[2]))
    for permission in records.permissions:
        yield permission.name, permission.title, permission.origin
    for event in records.events:
        yield event.name, event.description, event.origin
        yield from ((f"{event.name}.{key}", text, event.origin) for key, text in event.payload.items())
    yield from ((job.name, job.description, job.origin) for job in records.jobs)
    yield from ((one.name, one.description, one.origin) for one in records.listeners)


def _arguments(of: str, given: Iterable[Argument], origin: Origin) -> list[Text]:
    return [(f"{of}({one.final_name}:)", one.description, origin) for one in given]


@check("G06", Tier.SILVER)
def lists_have_ends(subject: Subject) -> Iterator[Finding]:
    """Lists that Python fields answer have a bound that the asker knows.

    What a link reaches is a connection: it has pages. A Python field or query that answers a list of rows has none, so
    it takes an argument that says how many at most, with a `maximum`: otherwise one question may bring everything there
    is.

    ```text
    arguments={"first": arg("How many at most.", annotation=int, default=3, minimum=1, maximum=100)}
    ```
    """
    registry = subject.registry
    lists: list[tuple[str, Iterable[Argument], Origin]] = []
    for entity in registry.entities.values():
        for one in entity.fields.values():
            if isinstance(one, BatchedField) and _is_list_of_rows(one.shape):
                lists.append((f"{entity.name}.{one.name}", one.arguments.values(), one.origin))
    for query in registry.queries.values():
        if isinstance(query, RootQuery) and _is_list_of_rows(query.shape):
            lists.append((query.name, query.arguments.values(), query.origin))
    for name, arguments, origin in lists:
        bounds = [one for one in arguments if one.maximum is not None]
        if origin.plugin == subject.id and not bounds:
            yield Finding(
                f"{name} answers a list of rows without a bound",
                "give it an argument `first` with a maximum, or make it a link",
                _at(origin),
            )


def _is_list_of_rows(shape: object) -> bool:
    return isinstance(shape, ListShape) and isinstance(shape.item, EntityShape)


@check("G07", Tier.SILVER)
def guarded(subject: Subject) -> Iterator[Finding]:
    """Nobody changes anything without having signed in.

    A mutation says by `access` who may call it: a permission, or what one acts as. One that is open to anybody is
    called by programs all day long, and the history cannot say who did it. Who is not known yet is let in by an app,
    whose principal is known.

    ```text
    @mutation("...", input=..., payload=..., errors=..., access=acting("customer") | permission("loyalty:write"))
    ```
    """
    registry = subject.registry
    for one in registry.mutations.values():
        if one.origin.plugin == subject.id and holds(one.access, ANONYMOUS):
            yield Finding(
                f"{one.name} may be called by anybody",
                "give it an access rule, such as permission(...) or acting(...)",
                _at(one.origin),
            )


@check("G08", Tier.SILVER)
def codes(subject: Subject) -> Iterator[Finding]:
    """Every code of a user error is declared by a mutation.

    Clients decide by `userErrors { code }`, and the codes of a mutation are an enum of the schema. A code that is
    raised and not declared is an internal error instead of an answer, at the moment when a user made a mistake. Codes
    are written in capitals, and each says in `errors=` what it means.
    """
    registry = subject.registry
    declared = {
        code for one in registry.mutations.values() if one.origin.plugin == subject.id for code in one.errors
    }
    for code in sorted(declared):
        if not CODE.fullmatch(code):
            yield Finding(f"the code {code!r} is not in capitals", "write it like NOT_ENOUGH_POINTS")
    for place, node in subject.nodes():
        match node:
            case ast.Call(func=ast.Name(id="UserError"), args=[ast.Constant(value=str(code)), *_]):
                if code not in declared | OF_SERAI:
                    yield Finding(
                        f"the code {code} is raised, and no mutation declares it",
                        "name it in `errors=` of the mutations that may answer it",
                        place,
                    )


def _at(origin: Origin) -> str:
    return f"{origin.file}:{origin.line}"
