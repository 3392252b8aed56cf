"""What two answers have in common: all of it, or the first place where they differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .executor import Answer
from .pages import MARK

IsCursor = Callable[[str, Any], bool]
"""Whether a cursor is the one of a mark."""


def difference(expected: Answer, actual: dict[str, Any], is_cursor: IsCursor) -> str | None:
    """Where the engine's answer is not what the reference expects; ``None`` if it is.

    JSON has one kind of number, so 1 and 1.0 are the same; nothing else is. Members stand in the order of the
    selection. Cursors are opaque: each must stand for one mark, always the same.
    """
    errors = [(one.get("path", []), one["extensions"]["code"]) for one in actual.get("errors", ())]
    if sorted(errors, key=repr) != sorted(expected.errors, key=repr):
        return f"errors: expected {expected.errors}, found {actual.get('errors')}"
    return _difference(expected.data, actual.get("data"), "data", is_cursor)


def _difference(expected: Any, actual: Any, path: str, is_cursor: IsCursor) -> str | None:
    if isinstance(expected, str) and expected.startswith(MARK):
        return None if is_cursor(expected, actual) else f"{path}: {actual!r} is not the cursor {expected[1:]}"
    if isinstance(expected, dict) and isinstance(actual, dict):
        if list(expected) != list(actual):
            return f"{path}: expected members {list(expected)}, found {list(actual)}"
        pairs = [(expected[name], actual[name], f"{path}.{name}") for name in expected]
    elif isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            return f"{path}: expected {len(expected)} elements, found {len(actual)}"
        pairs = [(*one, f"{path}[{index}]") for index, one in enumerate(zip(expected, actual, strict=True))]
    else:
        both = (expected, actual)
        is_number = all(isinstance(one, int | float) and not isinstance(one, bool) for one in both)
        same = expected == actual and (is_number or type(expected) is type(actual))
        return None if same else f"{path}: expected {expected!r}, found {actual!r}"
    for one, other, where in pairs:
        if (found := _difference(one, other, where, is_cursor)) is not None:
            return found
    return None
