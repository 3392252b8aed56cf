"""Coerced arguments as what Python code receives: ids as uuids, enums as members, input types as their dataclasses.

Bounds an input type declares are checked here; what breaks them is collected, so that a form can show it all at once.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from serai_sdk import UNSET, Money
from serai_sdk.declare import REQUIRED, Argument, Declared, InputRecord, ValueRecord, without_none

from .errors import GraphRequestError, InvalidId
from .leaves import id_parts
from .registry import Registry


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with one field of an input."""

    field: tuple[str, ...]
    message: str


class InputReader:
    """Builds Python values from coerced ones; ``complaints`` holds what is wrong with them."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.complaints: list[Complaint] = []

    def record(self, record: InputRecord, data: Mapping[str, Any], path: tuple[str, ...] = ()) -> Any:
        """An instance of an input type's dataclass; ``None`` if there are complaints."""
        before = len(self.complaints)
        values = self.fields(record.fields, data, path)
        return None if len(self.complaints) > before else record.python(**values)

    def fields(
        self,
        declared: tuple[Argument, ...] | list[Argument],
        data: Mapping[str, Any],
        path: tuple[str, ...] = (),
    ) -> dict[str, Any]:
        """Values by Python name."""
        values: dict[str, Any] = {}
        for one in declared:
            name = one.final_name
            if name not in data:
                if one.default is not REQUIRED:
                    values[one.name] = one.default
                continue
            values[one.name] = self.one(one, data[name], (*path, name))
        return values

    def one(self, declared: Argument, value: Any, path: tuple[str, ...]) -> Any:
        if value is None or value is UNSET:
            return value
        made = self.value(without_none(declared.annotation), declared.ref, value, path)
        self.bounds(declared, made, path)
        return made

    def value(self, annotation: Any, ref: str | None, value: Any, path: tuple[str, ...]) -> Any:
        if value is None:
            return None
        if typing.get_origin(annotation) in (list, tuple):
            (item, *_) = typing.get_args(annotation)
            return [
                self.value(without_none(item), ref, one, (*path, str(index)))
                for index, one in enumerate(value)
            ]
        if ref is not None:
            return self.key(ref, value, path)
        if annotation is Money:
            try:
                return Money.of(value["amount"], value["currency"])
            except ValueError as error:
                self.complaints.append(Complaint(path, str(error)))
                return None
        record: InputRecord | None = getattr(annotation, "__serai_input__", None)
        if record is not None:
            return self.record(record, value, path)
        stored: ValueRecord | None = getattr(annotation, "__serai_value__", None)
        if stored is not None:
            return self.stored(stored, value, path)
        if isinstance(annotation, type) and issubclass(annotation, Enum):
            return value if isinstance(value, annotation) else annotation(value)
        fault = _unstorable(value)
        if fault is not None:
            self.complaints.append(Complaint(path, f"contains {fault}, which cannot be stored"))
        return value

    def stored(self, record: ValueRecord, value: Mapping[str, Any], path: tuple[str, ...]) -> Any:
        """An instance of a value type."""
        made: dict[str, Any] = {}
        part: Declared
        for part in record.parts:
            if part.final_name in value:
                made[part.name] = self.value(
                    without_none(part.annotation), None, value[part.final_name], (*path, part.final_name)
                )
        return record.python(**made)

    def key(self, ref: str, value: Any, path: tuple[str, ...]) -> Any:
        entity = self.registry.entities.get(ref)
        try:
            prefix, key = id_parts(str(value))
        except ValueError as error:
            raise InvalidId(
                f"{'.'.join(path)}: {error}", hint="pass an id as the graph gave it out"
            ) from None
        if entity is not None and prefix != entity.prefix:
            raise InvalidId(
                f"{'.'.join(path)}: {value!r} is not the id of a {ref}",
                hint=f"its ids begin with {entity.prefix}_",
            )
        return key

    def bounds(self, declared: Argument, value: Any, path: tuple[str, ...]) -> None:
        if value is None:
            return
        if declared.max_length is not None and len(value) > declared.max_length:
            self.complaints.append(
                Complaint(path, f"is {len(value)} long; {declared.max_length} is the most that is taken")
            )
        if declared.minimum is not None and value < declared.minimum:
            self.complaints.append(
                Complaint(path, f"is {value}; {declared.minimum} is the least that is taken")
            )
        if declared.maximum is not None and value > declared.maximum:
            self.complaints.append(
                Complaint(path, f"is {value}; {declared.maximum} is the most that is taken")
            )


def read_arguments(
    registry: Registry, declared: Mapping[str, Argument], data: Mapping[str, Any]
) -> dict[str, Any]:
    """Arguments of a Python field by Python name; what is wrong with them ends the request."""
    reader = InputReader(registry)
    values = reader.fields(list(declared.values()), data)
    if reader.complaints:
        first = reader.complaints[0]
        raise GraphRequestError(f"{'.'.join(first.field)} {first.message}")
    return values


def _unstorable(value: Any) -> str | None:
    """What PostgreSQL does not take of a text or of a JSON value, wherever in it."""
    if isinstance(value, str):
        return "a NUL character" if "\x00" in value else None
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return "a whole number of more than 64 bits"
    if isinstance(value, Mapping):
        value = [*value, *value.values()]
    if isinstance(value, list):
        return next((fault for one in value if (fault := _unstorable(one)) is not None), None)
    return None
