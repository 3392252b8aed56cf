"""Rules with one thing changed: taken away whole, or less one of their parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from serai.graph.registry import Entity, Registry
from serai_sdk import Rule, anyone
from serai_sdk.access import AllOf, AnyOf, Not, Via, When


@dataclass(frozen=True, slots=True)
class Mutant:
    """A registry whose ``entity`` (or its ``field``) has another rule."""

    entity: str
    field: str | None
    change: str
    rule: Rule | None

    def __str__(self) -> str:
        return f"{self.entity}{f'.{self.field}' if self.field else ''}: {self.change}"


def mutants(entity: Entity) -> Iterator[Mutant]:
    """The rule of an entity and those of its fields: each away, and less each of its parts."""
    yield Mutant(entity.name, None, "no rule", anyone())
    for change, rule in less_a_part(entity.rule):
        yield Mutant(entity.name, None, change, rule)
    for one in entity.fields.values():
        if one.guard is not None:
            yield Mutant(entity.name, one.name, "no guard", None)
            for change, rule in less_a_part(one.guard):
                yield Mutant(entity.name, one.name, change, rule)


def less_a_part(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """A rule without each of its parts, at whatever depth, and without each of the values it names."""
    match rule:
        case AllOf(parts) | AnyOf(parts):
            for index, part in enumerate(parts):
                rest = (*parts[:index], *parts[index + 1 :])
                yield f"without {part}", type(rule)(rest) if len(rest) > 1 else rest[0]
                for change, made in less_a_part(part):
                    yield change, type(rule)((*parts[:index], made, *parts[index + 1 :]))
        case Not(part):
            for change, made in less_a_part(part):
                yield change, Not(made)
        case Via(link, inner) if inner is not None:
            yield f"via {link} whatever it is", Via(link, anyone())
            for change, made in less_a_part(inner):
                yield f"via {link}: {change}", Via(link, made)
        case When(column, values) if len(values) > 1:
            for value in values:
                rest = tuple(one for one in values if one != value)
                yield f"when {column} without {value}", When(column, rest)


@contextmanager
def changed(registry: Registry, mutant: Mutant) -> Iterator[None]:
    """The registry with that change, and as it was afterwards."""
    entity = registry.entities[mutant.entity]
    if mutant.field is None:
        before = entity.rule
        assert mutant.rule is not None
        entity.rule = mutant.rule
        try:
            yield
        finally:
            entity.rule = before
        return
    held = entity.fields[mutant.field]
    entity.fields[mutant.field] = replace(held, guard=mutant.rule)
    try:
        yield
    finally:
        entity.fields[mutant.field] = held
