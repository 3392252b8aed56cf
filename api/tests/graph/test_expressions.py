"""``sql(...)``: what an expression may say, and that nothing gets past its own row."""

from __future__ import annotations

from typing import Any

import pytest

from serai.graph.expressions import ROW, ExpressionError, compile_expression, stored_cases
from serai.graph.registry import ColumnRef

COLUMNS = {
    **{name: ColumnRef(name) for name in ("check_in", "check_out", "status", "price", "guests")},
    "capacity": ColumnRef("capacity", "inn_room"),
}


def compiled(text: str) -> str:
    return compile_expression(text, COLUMNS).replace(ROW, "row")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("check_out - check_in", '(row."check_out" - row."check_in")'),
        ("capacity * guests", '(row_inn_room."capacity" * row."guests")'),
        ("lower(status)", '(LOWER(row."status"))'),
        (
            "coalesce(price, 0) > 10 and not guests = 1",
            '(COALESCE(row."price", 0) > 10 AND NOT row."guests" = 1)',
        ),
        ("status in ('A', 'B')", "(row.\"status\" IN ('A', 'B'))"),
        ("'a $1 '' \" b'", "('a $1 '' \" b')"),
    ],
)
def test_columns_are_tied_to_their_row(text: str, expected: str) -> None:
    assert compiled(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "(select 1)",
        "exists (select 1 from core_customer)",
        "array(select name from core_customer)",
        "1) from core_customer where (1 = 1",
        "1; drop table core_customer",
        "1) union select (2",
        "core_customer.name",
        "*",
        "count(*)",
        "sum(guests) over ()",
        "$1",
        ":name",
        "pg_sleep(1)",
        "pg_read_file('/etc/passwd')",
        "current_setting('serai.clock_offset')",
        "query_to_xml('select 1', true, false, '')",
        "guests::regclass",
        "cast(status as core_customer)",
        'status collate "C" ; --',
        "guests -- comment",
        "unknown_column",
        "",
        "   ",
        "case when exists (select 1) then 1 end",
        "(table core_customer)",
        "lateral (select 1)",
        "row(guests)",
        "generate_series(1, 10)",
        "lo_import('/etc/passwd')",
        "status ~ pg_sleep(1)::text",
    ],
)
def test_what_reaches_beyond_the_row_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(text, COLUMNS)


def test_the_refusal_of_a_function_lists_those_allowed() -> None:
    with pytest.raises(ExpressionError, match=r"pg_sleep\(\) is not among those allowed: .*coalesce.*lower"):
        compile_expression("pg_sleep(1)", COLUMNS)


def test_the_refusal_of_a_column_lists_those_there_are() -> None:
    with pytest.raises(ExpressionError, match="no column 'nights'; there are capacity, check_in"):
        compile_expression("nights + 1", COLUMNS)


def test_the_platform_s_time_may_be_asked_for() -> None:
    text = "case when status = 'OPEN' and check_out <= serai_now() then 'LAPSED' else status end"
    expected = (
        '(CASE WHEN row."status" = \'OPEN\' AND row."check_out" <= SERAI_NOW() '
        "THEN 'LAPSED' ELSE row.\"status\" END)"
    )
    assert compiled(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "case when status = 'OPEN' and guests > 3 then 'FULL' when price > 1 then 'DEAR' else status end",
            (
                '\x00."status"',
                [('\x00."status" = \'OPEN\' AND \x00."guests" > 3', "FULL"), ('\x00."price" > 1', "DEAR")],
            ),
        ),
        ("case when guests > 3 then 'FULL' end", None),
        ("case when guests > 3 then status else 'FREE' end", None),
        ("case status when 'OPEN' then 'FULL' else status end", None),
        ("lower(status)", None),
    ],
)
def test_a_column_with_exceptions_is_known_as_one(text: str, expected: Any) -> None:
    found = stored_cases(text, COLUMNS)
    assert (found and (found.otherwise, list(found.cases))) == expected
