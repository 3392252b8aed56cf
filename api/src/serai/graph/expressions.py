"""``sql(...)`` expressions: parsed when the schema is composed, so that none can reach beyond its own row.

An expression may name the row's own columns, literals, operators, ``CASE``, casts and the functions listed here. What
it is written back as has ``\\x00`` where the alias of the row belongs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from .registry import ColumnRef, StoredCases

ROW: Final = "\x00"

FUNCTIONS: Final = frozenset(
    (
        "abs",
        "array_length",
        "ceil",
        "ceiling",
        "char_length",
        "coalesce",
        "concat",
        "concat_ws",
        "date_part",
        "date_trunc",
        "extract",
        "floor",
        "greatest",
        "initcap",
        "jsonb_array_length",
        "least",
        "left",
        "length",
        "lower",
        "lpad",
        "ltrim",
        "make_date",
        "nullif",
        "position",
        "replace",
        "right",
        "round",
        "rtrim",
        "serai_now",
        "sign",
        "split_part",
        "starts_with",
        "strpos",
        "substring",
        "to_char",
        "trim",
        "trunc",
        "upper",
    )
)

CASTS: Final = frozenset(
    (
        "bigint",
        "boolean",
        "date",
        "decimal",
        "double",
        "int",
        "integer",
        "interval",
        "numeric",
        "smallint",
        "text",
        "timestamp",
        "timestamptz",
        "varchar",
    )
)

_ALLOWED: Final = (
    exp.Column,
    exp.Identifier,
    exp.Literal,
    exp.Boolean,
    exp.Null,
    exp.Paren,
    exp.Binary,
    exp.Connector,
    exp.Unary,
    exp.Case,
    exp.If,
    exp.Cast,
    exp.DataType,
    exp.DataTypeParam,
    exp.Between,
    exp.In,
    exp.Array,
    exp.Interval,
    exp.Var,
    exp.Bracket,
    exp.Is,
    exp.AtTimeZone,
)


class ExpressionError(ValueError):
    """The expression is not one a row may have."""


def compile_expression(text: str, columns: Mapping[str, ColumnRef]) -> str:
    """The expression with every column tied to the row; ``ExpressionError`` says what is not allowed and where."""
    return _tied(_parse(text, columns), columns)


def stored_cases(text: str, columns: Mapping[str, ColumnRef]) -> StoredCases | None:
    """What the expression is made of if it is a column, or in some cases a constant text; ``None`` otherwise."""
    inner = _parse(text, columns).unnest()
    if not isinstance(inner, exp.Case) or inner.this is not None:
        return None
    default = inner.args.get("default")
    branches = inner.args["ifs"]
    if not isinstance(default, exp.Column) or not all(_is_text(one.args["true"]) for one in branches):
        return None
    return StoredCases(
        _tied(default, columns),
        tuple((_tied(one.this, columns), one.args["true"].this) for one in branches),
    )


def _is_text(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and bool(node.is_string)


def _parse(text: str, columns: Mapping[str, ColumnRef]) -> exp.Paren:
    try:
        statements = sqlglot.parse(f"SELECT ({text})", read="postgres")
    except SqlglotError as error:
        raise ExpressionError(f"it does not parse: {str(error).splitlines()[0]}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Select):
        raise ExpressionError("it is not a single expression")
    select = statements[0]
    others = [key for key, part in select.args.items() if part and key != "expressions"]
    if others or len(select.expressions) != 1:
        raise ExpressionError("it is not a single expression")
    root = select.expressions[0]
    if not isinstance(root, exp.Paren):
        raise ExpressionError("it is not a single expression")
    for node in root.walk():
        _check(node, columns)
    return root


def _tied(root: exp.Expr, columns: Mapping[str, ColumnRef]) -> str:
    def tie(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column):
            ref = columns[node.name]
            alias = ROW if ref.detail is None else f"{ROW}_{ref.detail}"
            return exp.column(ref.name, table=alias, quoted=True)
        return node

    return re.sub(f'"({ROW}\\w*)"', r"\1", root.transform(tie).sql(dialect="postgres"))


def _check(node: exp.Expr, columns: Mapping[str, ColumnRef]) -> None:
    if isinstance(node, exp.Query | exp.Subquery | exp.Star | exp.Placeholder | exp.Parameter | exp.Window):
        raise ExpressionError(
            f"{node.sql(dialect='postgres')!r} is not allowed: it may name its own row's columns only"
        )
    if isinstance(node, exp.Column):
        if node.table:
            raise ExpressionError(f"{node.sql()!r} names a table: it may name its own row's columns only")
        if node.name not in columns:
            raise ExpressionError(f"there is no column {node.name!r}; there are {', '.join(sorted(columns))}")
        return
    if isinstance(node, exp.DataType):
        words = node.sql(dialect="postgres").lower()
        if words.removesuffix("[]").split("(")[0].split(" ")[0] not in CASTS:
            raise ExpressionError(
                f"a cast to {words} is not allowed; to these it is: {', '.join(sorted(CASTS))}"
            )
        return
    if isinstance(node, exp.Func) and not isinstance(
        node, exp.Connector | exp.Case | exp.If | exp.Cast | exp.Array
    ):
        name = node.name.lower() if type(node) is exp.Anonymous else node.sql_name().lower()
        aliases = {alias.lower() for alias in getattr(node, "sql_names", list)()}
        if (
            name in FUNCTIONS
            or aliases & FUNCTIONS
            or type(node).__name__ in ("TimestampTrunc", "TimeToStr", "StrPosition")
        ):
            return
        raise ExpressionError(
            f"the function {name}() is not among those allowed: {', '.join(sorted(FUNCTIONS))}"
        )
    if not isinstance(node, _ALLOWED):
        raise ExpressionError(f"{node.sql(dialect='postgres')!r} is not allowed in an expression")
