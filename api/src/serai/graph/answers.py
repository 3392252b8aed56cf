"""Filters over answers to questions that are set up at run time, kept as JSON by the question's key.

An answer of another type than the one asked for counts as none. What is compared for equality is also asked of the
whole column, so that an index on it can find it.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from .arguments import Tree, is_null
from .comparisons import compared
from .errors import GraphRequestError
from .leaves import ANSWERS, BOOLEAN, DATE, FLOAT, STRING, Leaf
from .registry import ColumnField, Field
from .statement import FALSE, TRUE, Statement, conjunction

_DATE: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def is_answers(one: Field) -> bool:
    """Whether a field holds answers by key."""
    return isinstance(one, ColumnField) and one.leaf is ANSWERS


def answers_condition(statement: Statement, column: str, guard: str, tree: dict[str, Tree]) -> str:
    """The condition on the answer to one question; whom ``guard`` keeps from the column, for them there is none."""
    question = statement.param(tree["question"], "text")
    given = {key: one for key, one in tree.items() if key != "question" and not is_null(one)}
    if guard == FALSE:
        answer = "null::jsonb"
    else:
        answer = f"({column} -> {question})"
        answer = answer if guard == TRUE else f"(case when {guard} then {answer} end)"
    parts: list[str] = []
    for key, operators in given.items():
        if key == "answered":
            is_there = f"coalesce(jsonb_typeof({answer}), 'null') <> 'null'"
            parts.append(f"({is_there}) = {statement.param(operators, 'boolean')}")
            continue
        assert isinstance(operators, dict)
        if key == "choices":
            parts.extend(_listed(statement, answer, operator, one) for operator, one in operators.items())
            continue
        leaf, sql, encode, value = _typed(key, answer)
        parts.append(compared(statement, value, leaf, operators, encode=encode, sql=sql, nullable=True))
        if guard != FALSE and not is_null(operators.get("eq")):
            operand = statement.param(operators["eq"], sql, encode)
            parts.append(_contains(guard, column, question, operand))
    return conjunction(parts)


def _typed(key: str, answer: str) -> tuple[Leaf, str, Callable[[Any], Any] | None, str]:
    """Leaf, SQL type, encoding and value of an answer of that type; null where it is of another."""
    text = f"({answer} #>> '{{}}')"
    match key:
        case "number":
            value = f"(case when jsonb_typeof({answer}) = 'number' then {answer}::numeric end)"
            return FLOAT, "numeric", _exact, value
        case "flag":
            value = f"(case when jsonb_typeof({answer}) = 'boolean' then {answer}::boolean end)"
            return BOOLEAN, "boolean", None, value
        case "date":
            is_date = f"{text} ~ '{_DATE}' and pg_input_is_valid({text}, 'date')"
            value = f"(case when jsonb_typeof({answer}) = 'string' and {is_date} then {text}::date end)"
            return DATE, "date", None, value
        case _:
            value = f"(case when jsonb_typeof({answer}) = 'string' then {text} end)"
            return STRING, "text", None, value


def _contains(guard: str, column: str, question: str, operand: str) -> str:
    """What an index on the whole column answers: it has that answer to the question."""
    return conjunction([guard, f"{column} @> jsonb_build_object({question}, {operand})"])


def _listed(statement: Statement, answer: str, operator: str, given: Tree) -> str:
    if is_null(given):
        raise GraphRequestError(f"the operator {operator!r} was given null", hint="leave it out")
    sign, type_ = {"has": ("?", "text"), "hasSome": ("?|", "text[]"), "hasEvery": ("?&", "text[]")}[operator]
    return (
        f"coalesce(case when jsonb_typeof({answer}) = 'array' then {answer} {sign} "
        f"{statement.param(given, type_)} end, false)"
    )


def _exact(value: Any) -> Any:
    """Numbers as they are written: 0.1 is a tenth."""
    return [_exact(one) for one in value] if isinstance(value, list) else Decimal(str(value))
