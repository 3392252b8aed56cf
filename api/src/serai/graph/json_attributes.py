"""Typed values out of a column of JSON: expressions that read what is of another type as null, and never fail.

``\\x00`` stands where the alias of the row belongs, as in ``expressions``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from .expressions import ROW
from .leaves import BOOLEAN, DATE, DECIMAL, FLOAT, INSTANT, INT, STRING, Leaf
from .registry import ColumnRef
from .statement import literal

MOST: Final = 2**31 - 1
LARGEST: Final = "1e300"
DAY: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
MOMENT: Final = (
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})$"
)


def attribute_template(column: ColumnRef, key: str, leaf: Leaf) -> str | None:
    """The value of a key of a column of JSON objects; ``None`` if values of that type are not kept in JSON."""
    row = ROW if column.detail is None else f"{ROW}_{column.detail}"
    held, text = (f'({row}."{column.name}" {arrow} {literal(key)})' for arrow in ("->", "->>"))

    def kept(kind: str, value: str, *conditions: str) -> str:
        # a case is worked out from the front: nothing is read as what it is not
        inner = f"case when {' and '.join(conditions)} then {value} end" if conditions else value
        return f"(case when jsonb_typeof({held}) = '{kind}' then {inner} end)"

    if leaf.enum is not None:
        known = ", ".join(literal(str(one.value)) for one in leaf.enum)
        return kept("string", text, f"{text} in ({known})")
    made: Mapping[Leaf, Callable[[], str]] = {
        STRING: lambda: kept("string", text),
        BOOLEAN: lambda: kept("boolean", f"{text}::boolean"),
        DECIMAL: lambda: kept("number", f"{text}::numeric"),
        FLOAT: lambda: kept("number", f"{text}::double precision", f"abs({text}::numeric) <= {LARGEST}"),
        INT: lambda: kept(
            "number",
            f"{text}::numeric::bigint",
            f"{text}::numeric % 1 = 0",
            f"abs({text}::numeric) <= {MOST}",
        ),
        DATE: lambda: kept(
            "string", f"{text}::date", f"{text} ~ '{DAY}'", f"pg_input_is_valid({text}, 'date')"
        ),
        INSTANT: lambda: kept(
            "string",
            f"{text}::timestamptz",
            f"{text} ~ '{MOMENT}'",
            f"pg_input_is_valid({text}, 'timestamptz')",
        ),
    }
    return made[leaf]() if leaf in made else None
