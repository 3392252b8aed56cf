"""Arguments and input types as the graph shows them, from what their author declared."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any

from serai_sdk import UNSET, Money
from serai_sdk.declare import REQUIRED, Argument, InputRecord, is_optional, without_none
from serai_sdk.operations import WhereArgument

from .definitions import NO_DEFAULT, InputDef, TypeDef
from .leaves import LEAVES
from .registry import EntityShape, LeafShape, ListShape, Shape, ValueShape, ValueType


def argument_defs(arguments: Iterable[Argument]) -> tuple[InputDef, ...]:
    """Arguments of a field, or the fields of an input type, in their author's order."""
    return tuple(_argument(one) for one in arguments)


def where_argument_defs(arguments: Mapping[str, WhereArgument]) -> tuple[InputDef, ...]:
    """Arguments of a root connection that stand for conditions: each may be left out."""
    return tuple(
        InputDef(name, input_type(without_none(one.annotation)), one.description)
        for name, one in sorted(arguments.items())
    )


def input_def(record: InputRecord) -> TypeDef:
    """A declared input type."""
    return TypeDef(
        "input", record.name, record.description, lambda: argument_defs(record.fields), origin=record.origin
    )


def value_input(value: ValueType) -> TypeDef:
    """The input type of a value type."""

    def fields() -> Iterator[InputDef]:
        for part in value.parts.values():
            bang = "" if part.shape.nullable else "!"
            yield InputDef(part.name, _shape_type(part.shape) + bang, part.description)

    return TypeDef(
        "input", f"{value.name}Input", value.description, lambda: tuple(fields()), origin=value.origin
    )


def input_type(annotation: Any, ref: str | None = None) -> str:
    """The type of an annotation without ``None``, without ``!`` at its end."""
    if typing.get_origin(annotation) in (list, tuple, Sequence):
        item = typing.get_args(annotation)[0]
        bang = "" if is_optional(item) else "!"
        return f"[{input_type(without_none(item), ref)}{bang}]"
    if ref is not None:
        return "ID"
    if annotation is Money:
        return "MoneyInput"
    if annotation in LEAVES:
        return LEAVES[annotation].graphql
    for mark, suffix in (("__serai_input__", ""), ("__serai_value__", "Input")):
        record = getattr(annotation, mark, None)
        if record is not None:
            return f"{record.name}{suffix}"
    return str(annotation.__name__)


def _argument(one: Argument) -> InputDef:
    type_ = input_type(without_none(one.annotation), one.ref)
    left_out = one.default is UNSET or is_optional(one.annotation)
    default = NO_DEFAULT if one.default is REQUIRED or one.default is UNSET else _plain(one.default)
    return InputDef(
        one.final_name,
        type_ if left_out else f"{type_}!",
        _bounded(one),
        NO_DEFAULT if default is None else default,
        one.deprecated,
    )


def _bounded(one: Argument) -> str:
    """The description with the bounds that are checked."""
    bounds: list[str] = []
    if one.minimum is not None and one.maximum is not None:
        bounds.append(f"From {one.minimum} to {one.maximum}.")
    elif one.minimum is not None:
        bounds.append(f"At least {one.minimum}.")
    elif one.maximum is not None:
        bounds.append(f"At most {one.maximum}.")
    if one.max_length is not None:
        bounds.append(f"At most {one.max_length} long.")
    return " ".join([one.description, *bounds])


def _plain(default: Any) -> Any:
    """A default as coercion would give it."""
    match default:
        case Enum():
            return default.value
        case Money():
            return {"amount": Decimal(default.amount), "currency": default.currency}
        case list() | tuple():
            return [_plain(one) for one in default]
        case dict():
            return {key: _plain(one) for key, one in default.items()}
    record = getattr(type(default), "__serai_value__", None) or getattr(
        type(default), "__serai_input__", None
    )
    if record is None:
        return default
    parts = record.parts if hasattr(record, "parts") else record.fields
    given = {part.final_name: _plain(getattr(default, part.name)) for part in parts}
    return {name: value for name, value in given.items() if value is not UNSET}


def _shape_type(shape: Shape) -> str:
    match shape:
        case LeafShape(leaf=leaf):
            return leaf.graphql
        case ValueShape(value=value):
            return f"{value.name}Input"
        case EntityShape():
            return "ID"
        case ListShape(item=item):
            bang = "" if item.nullable else "!"
            return f"[{_shape_type(item)}{bang}]"
