"""Fields of a row as SQL values: a column, or an expression over the row's columns."""

from __future__ import annotations

from .registry import ColumnField, ExpressionField
from .statement import Statement


def leaf_sql(statement: Statement, alias: str, one: ColumnField | ExpressionField) -> str:
    """The SQL value of a leaf field of the row ``alias``."""
    if isinstance(one, ColumnField):
        return statement.column(alias, one.column)
    return tied(statement, alias, one.template)


def tied(statement: Statement, alias: str, template: str) -> str:
    """A template of an expression with its columns tied to the row ``alias``."""
    for kind in {part.split(".")[0] for part in template.split("\x00_")[1:]}:
        statement.details.setdefault(alias, set()).add(kind)
    return template.replace("\x00", alias)
