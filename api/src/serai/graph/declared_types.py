"""Types that declarations name: leaves, enums, value types, input types, and the shapes of what Python returns."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any

from serai_sdk import Money, Origin
from serai_sdk.declare import Argument, InputRecord, ToOne, ValueRecord, is_optional, without_none

from .findings import Findings
from .leaves import CURRENCY, DECIMAL, LEAVES, UUID_KEY, Leaf, enum_leaf
from .registry import EntityShape, LeafShape, ListShape, Shape, ValuePart, ValueShape, ValueType


class TypeResolver(Findings):
    """Finds the type of an annotation, and registers those that are met for the first time."""

    def leaf(self, annotation: Any) -> Leaf | None:
        try:
            known = LEAVES.get(annotation)
        except TypeError:
            return None
        if known is not None:
            return known
        if isinstance(annotation, type) and issubclass(annotation, Enum):
            return self.enum(annotation)
        return None

    def enum(self, enum: type[Enum]) -> Leaf:
        known = self.registry.enums.get(enum.__name__)
        if known is not None and known.enum is enum:
            return known
        leaf = enum_leaf(enum)
        if self.claim(enum.__name__, Origin(enum.__module__, 0, self.plugin)):
            self.registry.enums[enum.__name__] = leaf
            wrong = [one.name for one in enum if one.value != one.name]
            if wrong:
                self.problem(
                    f"{enum.__name__}.{wrong[0]} has another value than its name",
                    "an enum of the graph stores its names",
                    Origin(enum.__module__, 0),
                )
        return leaf

    def value(self, record: ValueRecord) -> ValueType:
        known = self.registry.values.get(record.name)
        if known is not None and known.python is record.python:
            return known
        made = ValueType(record.name, record.description, record.origin, python=record.python)
        if self.claim(record.name, record.origin):
            self.registry.values[record.name] = made
        for one in record.parts:
            if isinstance(one, ToOne):
                shape: Shape | None = EntityShape(one.target, True)
            else:
                ref = one.ref if isinstance(one, Argument) else None
                shape = self.shape(one.annotation, record.origin, ref=ref)
            if shape is not None:
                made.parts[one.final_name] = ValuePart(one.final_name, one.name, one.description, shape)
        return made

    def shape(self, annotation: Any, origin: Origin, *, ref: str | None = None) -> Shape | None:
        nullable = is_optional(annotation)
        bare = without_none(annotation)
        inner, many = list_item(bare)
        if many:
            item = self.shape(inner, origin, ref=ref)
            return None if item is None else ListShape(item, nullable)
        if bare is Money:
            return ValueShape(self.money(), nullable)
        record: ValueRecord | None = getattr(bare, "__serai_value__", None)
        if record is not None:
            return ValueShape(self.value(record), nullable)
        leaf = UUID_KEY if ref is not None else self.leaf(bare)
        if leaf is None:
            self.problem(
                f"the type {annotation!r} has no place in the graph",
                "use a scalar, an Enum, Money, JSON, a value type, or a list of these",
                origin,
            )
            return None
        return LeafShape(leaf, nullable, ref)

    def money(self) -> ValueType:
        known = self.registry.values.get("Money")
        if known is None:
            known = ValueType("Money", "An amount of one currency.", Origin("serai_sdk", 0), python=Money)
            known.parts["amount"] = ValuePart(
                "amount",
                "amount",
                "The amount, with as many decimals as the currency has.",
                LeafShape(DECIMAL, False),
            )
            known.parts["currency"] = ValuePart(
                "currency", "currency", "The ISO 4217 code.", LeafShape(CURRENCY, False)
            )
            self.registry.values["Money"] = known
        return known

    def inputs_of(self, arguments: Iterable[Argument]) -> None:
        for one in arguments:
            self.input_type(one.annotation)

    def input_type(self, annotation: Any) -> None:
        inner, _ = list_item(without_none(annotation))
        if inner is not without_none(annotation):
            self.input_type(inner)
            return
        record: InputRecord | None = getattr(inner, "__serai_input__", None)
        if record is not None:
            if self.registry.inputs.get(record.name, record).python is not record.python or (
                record.name not in self.registry.inputs and not self.claim(record.name, record.origin)
            ):
                return
            if record.name not in self.registry.inputs:
                self.registry.inputs[record.name] = record
                self.inputs_of(record.fields)
        elif isinstance(inner, type) and issubclass(inner, Enum):
            self.enum(inner)
        elif inner is Money:
            self.money()
        elif (value := getattr(inner, "__serai_value__", None)) is not None:
            self.value(value)


def list_item(annotation: Any) -> tuple[Any, bool]:
    if typing.get_origin(annotation) in (list, tuple, Sequence):
        return typing.get_args(annotation)[0], True
    return annotation, False
