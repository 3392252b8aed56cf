"""Filters that a plug-in wrote into a declaration, checked when the schema is composed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from .answers import is_answers
from .filters import EQUALITY, FILTERS
from .leaves import Leaf
from .registry import (
    ColumnField,
    CompositeField,
    Entity,
    ExpressionField,
    Field,
    IdField,
    ManyField,
    MoneyField,
    OneField,
    RefsField,
    Registry,
)

QUANTIFIERS = ("some", "none", "every")


def wrong_filter(registry: Registry, entity: Entity, where: Any) -> str | None:
    """What is wrong with a filter over an entity, or ``None``."""
    return _fields(registry, entity.name, entity.fields, where)


def _fields(registry: Registry, name: str, fields: Mapping[str, Field], where: Any) -> str | None:
    if not isinstance(where, Mapping):
        return f"{where!r} is not a dict of conditions"
    for key, given in where.items():
        if key in ("and", "or"):
            if not isinstance(given, list | tuple):
                return f"{key!r} takes a list of conditions"
            wrong = _first(_fields(registry, name, fields, one) for one in given)
        elif key == "not":
            wrong = _fields(registry, name, fields, given)
        elif key not in fields or not fields[key].filterable:
            known = sorted(one.name for one in fields.values() if one.filterable)
            return f"there is no {name}.{key} to filter by; there are {', '.join(known)}"
        else:
            wrong = _field(registry, f"{name}.{key}", fields[key], given)
        if wrong is not None:
            return wrong
    return None


def _field(registry: Registry, name: str, one: Field, given: Any) -> str | None:
    if is_answers(one):
        return _answers(name, given)
    if not isinstance(given, Mapping):
        return f"{name} takes a dict of operators"
    match one:
        case OneField(target=target):
            return (
                wrong_filter(registry, registry.entities[target], given)
                if target in registry.entities
                else None
            )
        case ManyField(target=target):
            return _one_of(name, given, QUANTIFIERS) or _first(
                wrong_filter(registry, registry.entities[target], inner)
                for inner in given.values()
                if target in registry.entities
            )
        case CompositeField(parts=parts):
            return _fields(registry, name, parts, given)
        case MoneyField():
            return _one_of(name, given, ("currency", "eq", "ne", "gt", "gte", "lt", "lte", "isNull"))
        case RefsField():
            return _one_of(name, given, ("source", "id"))
        case IdField():
            return _one_of(name, given, (*EQUALITY, "isNull"))
        case ColumnField(leaf=leaf, many=False) | ExpressionField(leaf=leaf, many=False):
            if leaf.enum is None and leaf.graphql not in FILTERS:
                return f"{name} cannot be filtered by"
            known = (*EQUALITY, "isNull") if leaf.enum is not None else FILTERS[leaf.graphql][2]
            return _one_of(name, given, known) or _first(
                _value(name, leaf, operator, value) for operator, value in given.items()
            )
    return f"{name} cannot be filtered by"


def _answers(name: str, given: Any) -> str | None:
    items = [given] if isinstance(given, Mapping) else given
    if not isinstance(items, list | tuple):
        return f"{name} takes a list of conditions on answers"
    for one in items:
        if not isinstance(one, Mapping) or not isinstance(one.get("question"), str):
            return f"{name}: {one!r} does not name its 'question'"
        wrong = _one_of(
            name, one, ("question", "answered", "text", "number", "flag", "date", "choice", "choices")
        )
        if wrong is not None:
            return wrong
    return None


def _one_of(name: str, given: Mapping[str, Any], known: Iterable[str]) -> str | None:
    for operator in given:
        if operator not in known:
            return f"{name} has no operator {operator!r}; it has {', '.join(known)}"
    return None


def _value(name: str, leaf: Leaf, operator: str, value: Any) -> str | None:
    if operator in ("in", "notIn"):
        if not isinstance(value, list | tuple):
            return f"{name}: {operator!r} takes a list"
        return _first(_value(name, leaf, "eq", one) for one in value)
    if operator == "isNull":
        return None if isinstance(value, bool) else f"{name}: 'isNull' takes True or False"
    if value is None and operator in ("eq", "ne"):
        return None
    if leaf.enum is not None:
        known = [one.value for one in leaf.enum]
        given = value.value if isinstance(value, Enum) else value
        return None if given in known else f"{name}: {given!r} is none of {', '.join(known)}"
    if not isinstance(value, leaf.python) or (isinstance(value, bool) and leaf.python is not bool):
        return f"{name}: {value!r} is not of the type {leaf.python.__name__}"
    return None


def _first(found: Iterable[str | None]) -> str | None:
    return next((one for one in found if one is not None), None)
