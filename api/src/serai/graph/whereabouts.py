"""Where a part of the graph comes from: which plug-in declared it, in which version, where; and who may see it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from serai_sdk import Origin, Rule

from .registry import Registry
from .rule_words import Words


@dataclass(frozen=True, slots=True)
class Part:
    """A type, a field or a root field of the graph, by its name as in ``Customer.bookings``."""

    name: str
    description: str
    origin: Origin
    rules: tuple[str, ...] = ()
    """Who may see or use it, in words; each is asked besides the others."""


def parts(registry: Registry) -> dict[str, Part]:
    """Everything that plug-ins declare, by name."""
    return {one.name: one for one in _declared(registry)}


def _declared(registry: Registry) -> Iterator[Part]:
    words = Words(registry)
    for entity in registry.entities.values():
        yield Part(entity.name, entity.description, entity.origin, (words.sentence(entity.rule, entity),))
        for field in entity.fields.values():
            yield Part(
                f"{entity.name}.{field.name}",
                field.description,
                field.origin,
                tuple(
                    words.sentence(rule, entity) for rule in (entity.rule, field.guard) if rule is not None
                ),
            )
    for value in registry.values.values():
        yield Part(value.name, value.description, value.origin)
    for query in registry.queries.values():
        yield Part(
            f"Query.{query.name}",
            query.description,
            query.origin,
            _asked(words, getattr(query, "access", None)),
        )
    for mutation in registry.mutations.values():
        yield Part(
            f"Mutation.{mutation.name}", mutation.description, mutation.origin, _asked(words, mutation.access)
        )
    for subscription in registry.subscriptions.values():
        yield Part(f"Subscription.{subscription.name}", subscription.description, subscription.origin)


def find(found: Mapping[str, Part], name: str) -> Part | None:
    """The part of that name; a root field also by its own name alone."""
    return found.get(name) or next(
        (
            found[f"{root}.{name}"]
            for root in ("Query", "Mutation", "Subscription")
            if f"{root}.{name}" in found
        ),
        None,
    )


def meant(found: Mapping[str, Part], name: str) -> list[str]:
    """Names that may have been meant by one that is none."""
    return difflib.get_close_matches(name, found, n=3)


def _asked(words: Words, rule: Rule | None) -> tuple[str, ...]:
    return () if rule is None else (words.sentence(rule, None),)
