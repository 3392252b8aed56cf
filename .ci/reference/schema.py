"""The schema, a page a noun: types, what is asked and changed, who may see it, permissions and events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLScalarType,
    Undefined,
    ast_from_value,
    get_named_type,
    print_ast,
)

from serai.app import Assembly
from serai.graph.registry import Entity, FieldInfo, ManyField, RootMutation
from serai.graph.rule_words import Words
from serai_sdk import Rule

from .tables import table

SHARED, INDEX = "shared", "README"
PAGE_ARGUMENTS = {"first", "last", "after", "before", "where", "orderBy"}
FIELDS = ("field", "type", "what it is")
GIVEN = ("argument", "type", "what it is")
ANYONE = "Everybody may see it."

INTRODUCTION = """# The schema

What [`schema.graphql`](../../../schema.graphql) says, by noun, with what it cannot say: who may see what,
permissions and events. A type ends with `!` where it is never null. How to filter, order, page and repeat:
[ask the graph](../../howto/ask-the-graph.md).
"""
LISTS = """## Lists

Every list with pages takes these, `where` and `orderBy` those of its type; here for `customers`.
"""
TOTALS = """## Totals of lists

What every list tells of all its rows, whatever page is asked for; here `transactions`. How to use it:
[count and group](../../howto/count-and-group.md).
"""
DERIVED = ("AggregateFilter", "NumbersFilter", "ExtremesFilter")
"""Filters over aggregates, which every type has its own of."""


def pages(assembly: Assembly) -> Iterator[tuple[str, str]]:
    """Names and texts of the pages."""
    reference = Reference(assembly)
    names = sorted({*reference.homes.values(), *map(reference.home_of, assembly.registry.mutations.values())})
    yield INDEX, _index(reference, names)
    for name in names:
        yield name, "\n".join(one for one in _page(reference, name) if one)


class Reference:
    """Where everything is described, and how it is referred to."""

    def __init__(self, assembly: Assembly) -> None:
        self.assembly = assembly
        self.registry = assembly.registry
        self.types: Mapping[str, Any] = assembly.schema.core.type_map
        self.words = Words(assembly.registry)
        ready = assembly.report.ready
        self.titles = {one.id: one.title for one in ready} | {
            SHARED: "What nouns share",
            "plugins": "Plug-ins",
        }
        self.modules = {
            type(one.plugin).__module__.partition(".")[0]: one.id for one in ready if one.id != "core"
        }
        self.homes = dict(self._homes())

    def _homes(self) -> Iterator[tuple[str, str]]:
        for name, leaf in self.registry.enums.items():
            yield name, self._home(leaf.enum.__module__ if leaf.enum else "")
        for group in (self.registry.values, self.registry.inputs, self.registry.entities):
            for name, one in group.items():
                yield name, self.home_of(one)
        yield "Money", SHARED

    def home_of(self, one: Any) -> str:
        """The page of what has an origin."""
        return self._home(one.origin.file)

    def _home(self, place: str) -> str:
        """The page of what is declared in a file or a module: of its noun in the core, of its plug-in."""
        if noun := re.search(r"serai[./]core[./](\w+)[./](\w+)", place):
            return SHARED if noun[2] == "py" else noun[1]
        return next((id for module, id in self.modules.items() if module in re.split(r"[./]", place)), SHARED)

    def at_home(self, group: Mapping[str, Any], page: str) -> list[Any]:
        """Those of a group that are described on a page, by name."""
        return [one for name, one in sorted(group.items()) if self.home_of(one) == page]

    def title(self, page: str) -> str:
        return self.titles.get(page, page.capitalize())

    def type(self, one: Any) -> str:
        """A type, with a link to where it is described."""
        subject = get_named_type(one).name.removesuffix("Connection")
        home = self.homes.get(subject)
        return f"[`{one}`]({home}.md#{subject.lower()})" if home else f"`{one}`"

    def field(self, name: str, one: Any, told: str) -> tuple[str, str, str]:
        """A field's row, with its arguments, but not with those that all lists have."""
        given = {key: value for key, value in one.args.items() if key not in PAGE_ARGUMENTS}
        typed = ", ".join(f"{key}: {value.type}" for key, value in given.items())
        arguments = "".join(f" `{key}`: {value.description}" for key, value in given.items())
        return f"`{name}`", self.type(one.type) + (f" `({typed})`" if given else ""), told + arguments


def _page(reference: Reference, page: str) -> Iterator[str]:
    registry = reference.registry
    yield f"# {reference.title(page)}\n"
    for entity in reference.at_home(registry.entities, page):
        yield _entity(reference, entity, page)
    yield _asked(reference, page)
    for mutation in reference.at_home(registry.mutations, page):
        yield _mutation(reference, mutation)
    of_mutations = {one.input.name for one in registry.mutations.values()}
    values = {*registry.values, "Money", *registry.inputs} - of_mutations
    for name in sorted(name for name in values if reference.homes[name] == page):
        yield _value(reference, reference.types[name])
    for name in sorted(name for name in registry.enums if reference.homes[name] == page):
        one = reference.types[name]
        rows = ((f"`{value}`", told.description) for value, told in one.values.items())
        yield f"## {name}\n\n{one.description}\n\n{table(('value', 'what it means'), rows)}"
    yield _permissions(reference, page)
    yield _events(reference, page)


def _entity(reference: Reference, entity: Entity, page: str) -> str:
    guards: list[Rule] = []
    rows = []
    for name, field in reference.types[entity.name].fields.items():
        info = entity.fields[name]
        if info.guard is not None and info.guard not in guards:
            guards.append(info.guard)
        rows.append(reference.field(name, field, _told(info, guards, page)))
    base = entity.base and f" It is a kind of {reference.type(reference.types[entity.base.name])}."
    notes = "".join(
        f"\n({number}) Null unless {reference.words.sentence(guard, entity)}.\n"
        for number, guard in enumerate(guards, start=1)
    )
    return (
        f"## {entity.name}\n\n{entity.description}{base or ''} Its ids begin with `{entity.prefix}_`.\n\n"
        f"{_seen(reference.words.conditions(entity.rule, entity))}\n{table(FIELDS, rows)}{notes}"
    )


def _seen(conditions: Sequence[str]) -> str:
    match conditions:
        case ["always"]:
            return f"{ANYONE}\n"
        case [only]:
            return f"You may see it if {only}.\n"
    return "You may see it if any of this is so:\n\n" + "".join(f"- {one}\n" for one in conditions)


def _told(info: FieldInfo, guards: Sequence[Rule], page: str) -> str:
    owner = info.origin.plugin
    return " ".join(
        (
            info.description,
            *(["Has pages."] if isinstance(info, ManyField) else []),
            *(["*Personal.*"] if info.personal else []),
            *([f"*Deprecated: {info.deprecated}*"] if info.deprecated else []),
            *([f"*Of the plug-in `{owner}`.*"] if owner not in ("", "core", page) else []),
            *([f"({guards.index(info.guard) + 1})"] if info.guard is not None else []),
        )
    )


def _asked(reference: Reference, page: str) -> str:
    fields = reference.types["Query"].fields
    rows = []
    for one in reference.at_home(reference.registry.queries, page):
        access = getattr(one, "access", None)
        guard = f" Only if {reference.words.sentence(access, None)}." if access is not None else ""
        rows.append(reference.field(one.name, fields[one.name], one.description + guard))
    return f"## To ask\n\n{table(FIELDS, rows)}" if rows else ""


def _mutation(reference: Reference, one: RootMutation) -> str:
    given = reference.types[one.input.name]
    payload = reference.types[f"{one.type_name}Payload"].fields
    codes = reference.types[f"{one.type_name}ErrorCode"].values
    answered = [reference.field(name, part, part.description) for name, part in payload.items()]
    parts = [
        f"## {one.name}\n",
        f"{one.description} Allowed if {reference.words.sentence(one.access, None)}.\n",
        f"It takes one argument, `input: {given.name}!`:\n",
        _fields(reference, given),
        "It answers:\n",
        table(FIELDS, answered),
    ]
    for part in payload.values():
        named = get_named_type(part.type)
        is_own = named.name not in reference.homes and not named.name.endswith("UserError")
        if is_own and isinstance(named, GraphQLObjectType):
            parts += [f"Each `{named.name}` has:\n", _fields(reference, named)]
    rows = ((f"`{code}`", value.description) for code, value in codes.items())
    return "\n".join([*parts, "The codes of its `userErrors`:\n", table(("code", "what happened"), rows)])


def _value(reference: Reference, one: Any) -> str:
    is_both = isinstance(one, GraphQLObjectType) and f"{one.name}Input" in reference.types
    as_input = f" `{one.name}Input` gives one, with the same fields." if is_both else ""
    return f"## {one.name}\n\n{one.description}{as_input}\n\n{_fields(reference, one)}"


def _fields(reference: Reference, one: Any) -> str:
    heads = GIVEN if isinstance(one, GraphQLInputObjectType) else FIELDS
    rows = (
        (f"`{name}`", reference.type(field.type), field.description + _default(field))
        for name, field in one.fields.items()
    )
    return table(heads, rows)


def _default(field: Any) -> str:
    value = getattr(field, "default_value", Undefined)
    found = ast_from_value(value, field.type) if value is not Undefined else None
    return f" If left out: `{print_ast(found)}`." if found is not None else ""


def _permissions(reference: Reference, page: str) -> str:
    heads = ("permission", "what it allows", "brings with it", "roles that have it")
    rows = [
        (f"`{one.name}`", one.title, ", ".join(f"`{name}`" for name in one.implies), ", ".join(one.roles))
        for one in reference.assembly.permissions
        if reference.home_of(one) == page
    ]
    return f"## Permissions\n\n{table(heads, rows)}" if rows else ""


def _events(reference: Reference, page: str) -> str:
    heads = ("event", "what happened", "what it tells besides the id")
    rows = [
        (f"`{one.name}`", one.description, ", ".join(f"`{key}`: {told}" for key, told in one.payload.items()))
        for one in reference.assembly.events.values()
        if reference.home_of(one) == page
    ]
    return f"## Events\n\n{table(heads, rows)}" if rows else ""


def _index(reference: Reference, names: Sequence[str]) -> str:
    registry, types = reference.registry, reference.types
    rows = []
    for name in names:
        group = reference.at_home(registry.entities, name) or reference.at_home(registry.values, name)
        described = ", ".join(reference.type(types[one.name]) for one in group)
        rows.append((f"[{reference.title(name)}]({name}.md)", described))
    scalars = [
        (f"`{name}`", one.description)
        for name, one in sorted(types.items())
        if isinstance(one, GraphQLScalarType)
    ]
    arguments = types["Query"].fields["customers"].args.items()
    listed = [(f"`{name}`", f"`{one.type}`", one.description) for name, one in arguments]
    totals = [
        (f"`{name}`", f"`{types['TransactionConnection'].fields[name].type}`", one.description)
        for name, one in types["TransactionConnection"].fields.items()
        if name not in ("edges", "nodes", "pageInfo")
    ]
    aggregates = [
        (f"`{name}`", one.description) for name, one in types["TransactionAggregate"].fields.items()
    ]
    operators: dict[str, list[str]] = {}
    for name, one in sorted(types.items()):
        if name.endswith("Filter") and not name.endswith(DERIVED) and isinstance(one, GraphQLInputObjectType):
            operators.setdefault(" ".join(f"`{key}`" for key in one.fields), []).append(f"`{name}`")
    filters = [(", ".join(of), keys) for keys, of in operators.items()]
    return "\n".join(
        (
            INTRODUCTION,
            table(("page", "what is on it"), rows),
            LISTS,
            table(GIVEN, listed),
            TOTALS,
            table(FIELDS, totals),
            table(("part of an aggregate", "what it is"), aggregates),
            "## Filters\n",
            table(("filter", "its operators"), filters),
            "## Scalars\n",
            table(("scalar", "how it is written"), scalars),
        )
    )
