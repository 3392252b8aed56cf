"""Many items in one mutation: all or those that can be, in one transaction, under one key, with what became of each."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from serai.viewers import Viewer
from serai_sdk.orm import new_id

STAFF = Viewer(
    kind="staff",
    staff_id=new_id(),
    permissions=frozenset(
        {
            "transactions:read",
            "transactions:write",
            "demands:read",
            "demands:write",
            "providers:read",
            "providers:review",
        }
    ),
)
TOLD = "results { index transaction { id status version } userErrors { code field } } succeeded failed"


def ids(*transactions: UUID) -> list[dict[str, Any]]:
    return [{"id": f"trx_{one.hex}"} for one in transactions]


async def made(rows: Any, count: int, *, status: str = "PLACED") -> list[UUID]:
    customer, provider = await rows.customer(), await rows.provider()
    return [await rows.transaction(customer, provider, status=status) for _ in range(count)]


async def confirm(
    graph: Any, items: list[dict[str, Any]], viewer: Viewer = STAFF, *, key: str | None = None, **more: Any
) -> dict[str, Any]:
    payload: dict[str, Any] = await graph.change(
        "transactionsConfirm", TOLD, viewer, {"items": items, **more}, key
    )
    return payload


async def statuses(rows: Any) -> dict[str, int]:
    found = await rows.connection.fetch("select status, count(*) from core_transaction group by status")
    return {row[0]: row[1] for row in found}


async def events(rows: Any) -> list[tuple[str, UUID, int]]:
    found = await rows.connection.fetch(
        "select event, aggregate_id, aggregate_version from core_outbox order by seq"
    )
    return [(row[0], UUID(bytes=row[1].bytes), row[2]) for row in found]


async def test_all_items_are_done_in_their_order(graph: Any, rows: Any) -> None:
    transactions = await made(rows, 5)
    payload = await confirm(graph, ids(*transactions))
    assert payload == {
        "results": [
            {
                "index": index,
                "transaction": {"id": f"trx_{one.hex}", "status": "CONFIRMED", "version": 2},
                "userErrors": [],
            }
            for index, one in enumerate(transactions)
        ],
        "succeeded": 5,
        "failed": 0,
        "userErrors": [],
    }
    assert await events(rows) == [("transaction.confirmed", one, 2) for one in transactions]


async def test_an_item_that_fails_undoes_all(graph: Any, rows: Any) -> None:
    good, [bad] = await made(rows, 3), await made(rows, 1, status="FULFILLED")
    payload = await confirm(graph, ids(good[0], bad, good[1]))
    assert payload["succeeded"] == 0
    assert payload["failed"] == 1
    assert [one["transaction"] for one in payload["results"]] == [None, None, None]
    error = {"code": "ILLEGAL_STATE", "field": ["items", "1", "id"]}
    assert [one["userErrors"] for one in payload["results"]] == [[], [error], []]
    assert [{"code": one["code"], "field": one["field"]} for one in payload["userErrors"]] == [error]
    assert await statuses(rows) == {"PLACED": 3, "FULFILLED": 1}
    assert await events(rows) == []


async def test_items_that_fail_are_left_out(graph: Any, rows: Any) -> None:
    good, [bad] = await made(rows, 2), await made(rows, 1, status="FULFILLED")
    items = [*ids(good[0], bad, new_id()), {"id": f"trx_{good[1].hex}", "expectedVersion": 7}, *ids(good[1])]
    payload = await confirm(graph, items, errorPolicy="SKIP_FAILED")
    assert payload["userErrors"] == []
    assert (payload["succeeded"], payload["failed"]) == (2, 3)
    assert [(one["userErrors"] or [{"code": None}])[0]["code"] for one in payload["results"]] == [
        None,
        "ILLEGAL_STATE",
        "NOT_FOUND",
        "CONFLICT",
        None,
    ]
    assert [one["transaction"] and one["transaction"]["version"] for one in payload["results"]] == [
        2,
        None,
        None,
        None,
        2,
    ]
    assert await statuses(rows) == {"CONFIRMED": 2, "FULFILLED": 1}
    assert await events(rows) == [("transaction.confirmed", one, 2) for one in good]


async def test_an_item_sees_what_those_before_it_did(graph: Any, rows: Any) -> None:
    """The same row twice: the second finds it confirmed."""
    [one] = await made(rows, 1)
    payload = await confirm(graph, ids(one, one), errorPolicy="SKIP_FAILED")
    assert [each["userErrors"] for each in payload["results"]] == [
        [],
        [{"code": "ILLEGAL_STATE", "field": ["items", "1", "id"]}],
    ]
    assert [each["transaction"] and each["transaction"]["version"] for each in payload["results"]] == [
        2,
        None,
    ]
    assert await events(rows) == [("transaction.confirmed", one, 2)]


async def test_what_an_item_did_before_it_failed_is_undone_in_memory_too(graph: Any, rows: Any) -> None:
    """Cancelling changes the demand first and the transaction then: a version that is wrong undoes both."""
    customer, provider, scenario = await rows.customer(), await rows.provider(), await rows.scenario()
    demand = await rows.demand(customer, scenario, status="AWARDED", awarded_provider_id=provider)
    first = await rows.transaction(customer, provider, demand_id=demand)
    payload = await graph.change(
        "transactionsCancel",
        "succeeded failed results { userErrors { code } }",
        STAFF,
        {
            "items": [
                {"id": f"trx_{first.hex}", "expectedVersion": 9},
                {"id": f"trx_{first.hex}"},
            ],
            "errorPolicy": "SKIP_FAILED",
        },
    )
    assert (payload["succeeded"], payload["failed"]) == (1, 1)
    assert await rows.value("select status || version from core_demand") == "OPEN2"
    assert await rows.value("select status || version from core_transaction") == "CANCELLED2"


async def test_who_may_see_a_row_and_not_change_it_is_told_so_item_by_item(graph: Any, rows: Any) -> None:
    customer, provider = await rows.customer(), await rows.provider()
    own, others = (
        await rows.transaction(customer, provider),
        await rows.transaction(customer, await rows.provider()),
    )
    member = Viewer(kind="provider", provider_id=provider)
    payload = await confirm(graph, ids(own, others), member, errorPolicy="SKIP_FAILED")
    assert [[each["code"] for each in one["userErrors"]] for one in payload["results"]] == [[], ["NOT_FOUND"]]
    seer = Viewer(kind="provider", provider_id=provider, permissions=frozenset({"transactions:read"}))
    payload = await confirm(graph, ids(others), seer, errorPolicy="SKIP_FAILED")
    assert [one["userErrors"] for one in payload["results"]] == [
        [{"code": "FORBIDDEN", "field": ["items", "0"]}]
    ]


async def test_who_may_not_call_the_single_mutation_may_not_call_the_bulk(graph: Any, rows: Any) -> None:
    transactions = await made(rows, 1)
    answer = await graph.answer(
        "mutation($i: TransactionsConfirmInput!) { transactionsConfirm(input: $i) { succeeded } }",
        Viewer(kind="customer", customer_id=new_id()),
        i={"items": ids(*transactions)},
    )
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await statuses(rows) == {"PLACED": 1}


@pytest.mark.parametrize(
    ("count", "message"), [(0, "is empty"), (1001, "has 1001 elements; 1000 is the most")]
)
async def test_none_and_too_many_items_are_refused(graph: Any, rows: Any, count: int, message: str) -> None:
    payload = await graph.change(
        "transactionsConfirm",
        "succeeded failed results { index }",
        STAFF,
        {"items": ids(*(new_id() for _ in range(count)))},
    )
    [error] = payload.pop("userErrors")
    assert (error["code"], error["field"]) == ("INVALID_INPUT", ["items"])
    assert message in error["message"]
    assert payload == {"succeeded": 0, "failed": 0, "results": []}


async def test_a_value_out_of_bounds_is_named_by_its_item(graph: Any, rows: Any) -> None:
    [one] = await made(rows, 1)
    payload = await confirm(graph, [*ids(one), {"id": f"trx_{one.hex}", "expectedVersion": 0}])
    assert [(each["code"], each["field"]) for each in payload["userErrors"]] == [
        ("INVALID_INPUT", ["items", "1", "expectedVersion"])
    ]
    assert await statuses(rows) == {"PLACED": 1}


async def test_a_repeat_under_the_key_tells_the_same_and_does_nothing(graph: Any, rows: Any) -> None:
    good, [bad] = await made(rows, 2), await made(rows, 1, status="FULFILLED")
    for policy, items in (("SKIP_FAILED", ids(*good, bad)), ("REJECT_ALL", ids(bad))):
        first = await confirm(graph, items, key=policy, errorPolicy=policy)
        before = await events(rows)
        again = await confirm(graph, items, key=policy, errorPolicy=policy)
        assert again == first
        assert await events(rows) == before
    assert await rows.value("select count(*) from core_idempotency") == 2


async def test_all_results_are_read_by_one_statement(graph: Any, rows: Any) -> None:
    transactions = await made(rows, 50)
    sent: list[str] = []

    def seen(sql: str, _: object) -> None:
        sent.append(sql)

    graph.platform.pool.observers.append(seen)
    try:
        await confirm(graph, ids(*transactions))
        await asyncio.sleep(0)
    finally:
        graph.platform.pool.observers.remove(seen)
    assert len(sent) == 1, sent


async def test_more_rows_than_the_budget_are_refused_before_anything_is_done(graph: Any, rows: Any) -> None:
    transactions = await made(rows, 150)
    answer = await graph.answer(
        "mutation($i: TransactionsConfirmInput!) { transactionsConfirm(input: $i) { "
        "results { transaction { lines(first: 100) { nodes { id } } } } } }",
        STAFF,
        i={"items": ids(*transactions)},
    )
    assert answer["errors"][0]["extensions"]["code"] == "ROW_BUDGET_EXCEEDED"
    assert await statuses(rows) == {"PLACED": 150}


async def test_bulks_over_the_same_rows_in_opposite_orders_do_not_deadlock(graph: Any, rows: Any) -> None:
    transactions = await made(rows, 200)
    deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"
    before = await rows.value(deadlocks)
    answers = await asyncio.gather(
        *(
            confirm(graph, ids(*order), errorPolicy="SKIP_FAILED")
            for order in (transactions, transactions[::-1], transactions, transactions[::-1])
        )
    )
    assert sorted(one["succeeded"] for one in answers) == [0, 0, 0, 200]
    assert await statuses(rows) == {"CONFIRMED": 200}
    assert len(await events(rows)) == 200
    assert await rows.value("select max(version) from core_transaction") == 2
    await asyncio.sleep(1.1)  # the statistics are written once a second
    assert await rows.value(deadlocks) == before


async def test_a_bulk_whose_connection_dies_midway_leaves_nothing(graph: Any, rows: Any) -> None:
    """All is one transaction: the server ends it when all items are done and nothing is committed."""
    transactions = await made(rows, 100)
    holder = rows.connection
    kill = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and pid <> pg_backend_pid()
    """
    async with holder.transaction():
        # all items are done by then, and their events wait for the table
        await holder.execute("lock table core_outbox in access exclusive mode")
        running = asyncio.create_task(
            graph.answer(
                "mutation($i: TransactionsConfirmInput!) { transactionsConfirm(input: $i) { succeeded } }",
                STAFF,
                i={"items": ids(*transactions)},
            )
        )
        while not await holder.fetch(kill):  # noqa: ASYNC110 - the database offers no event
            await asyncio.sleep(0.02)
        answer = await running
    assert "errors" in answer
    assert await statuses(rows) == {"PLACED": 100}
    assert await events(rows) == []


async def test_demands_and_providers_in_bulk(graph: Any, rows: Any) -> None:
    customer, scenario = await rows.customer(), await rows.scenario()
    demands = [await rows.demand(customer, scenario) for _ in range(3)]
    payload = await graph.change(
        "demandsCancel",
        "succeeded results { demand { status } }",
        Viewer(kind="customer", customer_id=customer),
        {"items": [{"id": f"dem_{one.hex}", "reason": "Found it."} for one in reversed(demands)]},
    )
    assert payload == {
        "succeeded": 3,
        "results": [{"demand": {"status": "CANCELLED"}}] * 3,
        "userErrors": [],
    }
    providers = [await rows.provider(status="APPLIED") for _ in range(3)]
    payload = await graph.change(
        "providersReview",
        "succeeded results { provider { status } }",
        STAFF,
        {"items": [{"id": f"prv_{one.hex}", "status": "APPROVED"} for one in providers]},
    )
    assert payload == {
        "succeeded": 3,
        "results": [{"provider": {"status": "APPROVED"}}] * 3,
        "userErrors": [],
    }
