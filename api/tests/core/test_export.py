"""A list to its end: which queries can be exported, whose rows come, in which order, and from where it goes on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from serai.app import Platform
from serai.graph.errors import GraphRequestError
from serai.graph.export import PREFETCH
from serai.viewers import ANONYMOUS, Viewer

from .conftest import Rows

STAFF = Viewer(kind="staff", permissions=frozenset(("customers:read", "transactions:read")))
NAMES = "{ customers(orderBy: [{name: ASC}]) { nodes { name } } }"


async def exported(
    platform: Platform, query: str, viewer: Viewer = STAFF, after: str | None = None, **variables: Any
) -> tuple[list[Any], list[str]]:
    """The rows, and their cursors."""
    found = [
        row
        async for row in platform.engine.export(query, variables, None, viewer, after=after).rows(
            platform.pool
        )
    ]
    return [json.loads(row) for _, row in found], [cursor for cursor, _ in found]


async def test_all_rows_come_in_order_however_many_a_page_has(platform: Platform, rows: Rows) -> None:
    for number in range(PREFETCH + 30):
        await rows.customer(name=f"{number:04}")
    found, _ = await exported(platform, NAMES)
    assert [one["name"] for one in found] == [f"{number:04}" for number in range(PREFETCH + 30)]


async def test_it_is_one_statement_and_goes_on_after_any_row(platform: Platform, rows: Rows) -> None:
    for number in range(7):
        await rows.customer(name=f"{number:04}", source_channel=None if number % 2 else "fair")
    query = (
        "{ customers(orderBy: [{sourceChannel: DESC_NULLS_FIRST}, {name: ASC}]) { edges { node { name } } } }"
    )
    whole, cursors = await exported(platform, query)
    assert len(whole) == 7
    for place, cursor in enumerate(cursors):
        rest, _ = await exported(platform, query, after=cursor)
        assert rest == whole[place + 1 :]


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
        (await exported(platform, NAMES))[1][:1],
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
    await rows.customer()
    _, [cursor] = await exported(platform, NAMES)
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
