"""Amounts of money: how they are written, and filters over them, rounded such that a comparison means what it says."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final

from serai_sdk.values import EXPONENTS

from .arguments import Tree, is_null
from .comparisons import COMPARE, guarded, null_condition
from .errors import GraphRequestError
from .registry import MoneyField
from .statement import Statement, conjunction, literal

BIGINT: Final = 2**63 - 1


UNUSUAL: Final = ", ".join(literal(code) for code in sorted(EXPONENTS))
"""The currencies whose exponent is not 2."""


def amount_sql(minor: str, currency: str) -> str:
    """An amount of minor units in the major unit, with the currency's own digits, as text.

    One look into a hashed list spares most rows the function.
    """
    exponent = f"case serai_exponent({currency}) when 0 then 1 when 3 then 0.001 else 0.0001 end"
    return f"({minor} * case when {currency} in ({UNUSUAL}) then {exponent} else 0.01 end)::text"


def money_condition(
    statement: Statement, alias: str, one: MoneyField, guard: str, tree: dict[str, Tree]
) -> str:
    """The condition of a filter over an amount; ``guard`` is that of the field."""
    minor = guarded(guard, statement.column(alias, one.minor))
    currency = guarded(guard, statement.column(alias, one.currency))
    named = tree.get("currency")
    parts: list[str] = []
    for operator, given in tree.items():
        if operator == "currency":
            if not is_null(given):
                parts.append(f"{currency} = {statement.param(given, 'text')}")
            continue
        if operator == "isNull":
            parts.append(null_condition(statement, minor, given))
            continue
        if is_null(given):
            raise GraphRequestError(
                f"the operator {operator!r} was given null", hint="leave it out, or use isNull"
            )
        if is_null(named):
            raise GraphRequestError(
                f"{one.name} is compared without a currency",
                hint=f'amounts compare within one currency only: {one.name}: {{currency: EUR, {operator}: "10.00"}}',
            )
        assert named is not None
        both: Tree = [given, named]
        if operator == "ne":
            parts.append(f"{minor} is distinct from {statement.param(both, 'bigint', minor_units(operator))}")
        else:
            compared = COMPARE.get(operator, "=")
            parts.append(f"{minor} {compared} {statement.param(both, 'bigint', minor_units(operator))}")
    return conjunction(parts)


def minor_units(operator: str) -> Callable[[Any], int | None]:
    """Amount and currency as minor units, rounded such that the comparison means what it says; null never compares."""

    def encode(both: Any) -> int | None:
        amount, currency = both
        scaled = Decimal(amount).scaleb(EXPONENTS.get(currency, 2))
        up = operator in ("gte", "lt")
        whole = int(scaled.to_integral_value(ROUND_CEILING if up else ROUND_FLOOR))
        if operator in ("eq", "ne") and whole != scaled:
            return None
        return max(-BIGINT, min(BIGINT, whole))

    return encode
