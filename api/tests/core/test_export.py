"""A list to its end: which queries can be exported, whose rows come, in which order, and from where it goes on."""

from __future__ import annotations

import json
from itertools import accumulate
from typing import Any

import pytest

from serai.app import Platform
from serai.graph.connection import CURSOR_EACH
from serai.graph.errors import GraphRequestError
from serai.viewers import ANONYMOUS, Viewer

from .conftest import Rows

STAFF = Viewer(kind="staff", permissions=frozenset(("customers:read", "transactions:read")))
NAMES = "{ customers(orderBy: [{name: ASC}]) { nodes { name } } }"


async def exported(
    platform: Platform, query: str, viewer: Viewer = STAFF, after: str | None = None, **variables: Any
) -> tuple[list[Any], list[tuple[int, str]]]:
    """The rows, and the cursors that came with some of them: behind how many rows, and which."""
    plan = platform.engine.export(query, variables, None, viewer, after=after)
    found = [lines async for lines in plan.lines(platform.pool)]
    rows = [json.loads(line) for lines in found for line in lines.text.splitlines()]
    behind = list(accumulate(lines.count for lines in found))
    assert behind[-1:] in ([], [len(rows)])
    return rows, [
        (count, lines.cursor) for count, lines in zip(behind, found, strict=True) if lines.cursor is not None
    ]


async def test_all_rows_come_in_order_however_many_a_page_has(platform: Platform, rows: Rows) -> None:
    await many(rows, 20_000)
    found, _ = await exported(platform, NAMES)
    assert [one["name"] for one in found] == [f"{number:06}" for number in range(1, 20_001)]


async def many(rows: Rows, count: int, *, marked: bool = False) -> None:
    """Customers called by numbers; every other one came by no channel, or ``marked`` ones."""
    await rows.connection.execute(
        "insert into core_customer "
        "(id, name, kind, source_channel, attributes, locale, created_at, updated_at, version) "
        "select id, lpad(g::text, 6, '0'), 'PERSON', case when g % 2 = 0 then 'fair' end, '{}', 'en', now(), "
        "now(), 1 from (select id, row_number() over () as g from "
        "  (select gen_random_uuid() as id from generate_series(1, $1::int * $2::int * 4)) made "
        "  where uuid_hash(id) & ($2::int - 1) = 0 limit $1) one",
        count,
        CURSOR_EACH if marked else 1,
    )


async def test_it_goes_on_after_a_row_whatever_the_order(platform: Platform, rows: Rows) -> None:
    await many(rows, 2_000)
    await many(rows, 5, marked=True)
    query = (
        "{ customers(orderBy: [{sourceChannel: DESC_NULLS_FIRST}, {name: ASC}]) { edges { node { name } } } }"
    )
    whole, cursors = await exported(platform, query)
    assert len(cursors) >= 5
    for count, cursor in cursors:
        rest, _ = await exported(platform, query, after=cursor)
        assert rest == whole[count:]


async def test_values_of_every_type_reach_the_statement(platform: Platform, rows: Rows) -> None:
    await many(rows, 3)
    odd = 'O\'Brien \\\\ $1 "x"'
    id = await rows.customer(name=odd)
    query = """query($n: [String!], $id: ID, $at: DateTime, $search: String) {
      customers(search: $search, where: {name: {in: $n}, id: {eq: $id}, createdAt: {gte: $at}}) { nodes { name } }
    }"""
    given = {"n": ["x", odd], "id": f"cus_{id.hex}", "at": "2020-01-01T00:00:00Z", "search": None}
    assert await exported(platform, query, **given) == ([{"name": odd}], [])


async def test_texts_of_any_characters_are_one_line_each(platform: Platform, rows: Rows) -> None:
    odd = ["a\nb\r\n", "\x01\x02\x03\t", '"', "\\.", "null", "", "\u2028\x85\x0b", "\\N"]
    for name in odd:
        await rows.customer(name=name)
    found, _ = await exported(platform, "{ customers(orderBy: [{createdAt: ASC}]) { nodes { name } } }")
    assert [one["name"] for one in found] == odd


async def test_what_hangs_below_comes_along_and_nested_lists_keep_their_pages(
    platform: Platform, rows: Rows
) -> None:
    customer, provider = await rows.customer(name="Ada"), await rows.provider()
    for _ in range(3):
        await rows.transaction(customer, provider)
    query = """query($n: Int!, $name: String!) {
      customers(where: {name: {eq: $name}}) {
        nodes { ...Named transactions(first: $n) { totalCount nodes { status customer { name } } } }
      }
    }
    fragment Named on Customer { called: name email @skip(if: true) }"""
    found, _ = await exported(platform, query, n=2, name="Ada")
    below = {"status": "PLACED", "customer": {"name": "Ada"}}
    assert found == [{"called": "Ada", "transactions": {"totalCount": 3, "nodes": [below, below]}}]


async def test_everybody_gets_the_rows_they_may_see(platform: Platform, rows: Rows) -> None:
    ada = await rows.customer(name="Ada")
    await rows.customer(name="Bo")
    assert await exported(platform, NAMES, Viewer(kind="customer", customer_id=ada)) == (
        [{"name": "Ada"}],
        [],
    )
    assert await exported(platform, NAMES, ANONYMOUS) == ([], [])
    assert len((await exported(platform, NAMES))[0]) == 2


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("{ customers { nodes { nam } } }", "Cannot query field 'nam' on type 'Customer'"),
        ("{ customers(", "Syntax Error"),
        ('mutation { demandCancel(input: {id: "x"}) { demand { id } } }', "this is no query"),
        ("{ customers { nodes { id } } demands { nodes { id } } }", "the query asks for customers, demands"),
        ("{ viewer { permissions } }", "the query asks for viewer"),
        ("{ customers { totalCount nodes { id } } }", "of customers the query asks for totalCount, nodes"),
        ("{ customers(first: 5) { nodes { id } } }", "customers has the argument first"),
        ("{ customers { nodes { id duplicates { id } } } }", "Customer.duplicates is answered by Python"),
        (
            "query A { customers { nodes { id } } } query B { customers { nodes { id } } }",
            "several operations",
        ),
        ("query($n: Int!) { customers { nodes { transactions(first: $n) { nodes { id } } } } }", "$n"),
    ],
)
async def test_what_is_no_list_to_its_end_is_told(platform: Platform, query: str, words: str) -> None:
    with pytest.raises(GraphRequestError) as refused:
        platform.engine.export(query, {}, None, STAFF)
    assert words in refused.value.message


async def test_a_cursor_of_another_order_is_told(platform: Platform, rows: Rows) -> None:
    await many(rows, 1, marked=True)
    _, [(_, cursor)] = await exported(platform, NAMES)
    with pytest.raises(GraphRequestError, match="another order"):
        await exported(platform, NAMES.replace("ASC", "DESC"), after=cursor)


def test_columns_are_those_of_the_selection(platform: Platform) -> None:
    query = """{ transactions { nodes {
      number placedAt quantity total { amount currency } customer { id who: name } nextStates
      lines { nodes { title } } __typename
    } } }"""
    columns = platform.engine.export(query, {}, None, STAFF).columns
    assert [(one.name, one.type) for one in columns] == [
        ("number", "String"),
        ("placedAt", "DateTime"),
        ("quantity", "Int"),
        ("total.amount", "Decimal"),
        ("total.currency", "CurrencyCode"),
        ("customer.id", "ID"),
        ("customer.who", "String"),
        ("nextStates", "JSON"),
        ("lines", "JSON"),
        ("__typename", "String"),
    ]
    kinds = "{ offers { nodes { id ... on Stay { capacity } ... on Service { title } } } }"
    assert [one.name for one in platform.engine.export(kinds, {}, None, STAFF).columns] == [
        "id",
        "title",
        "capacity",
    ]
