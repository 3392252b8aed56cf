"""Listeners: told at least once and in order, their effect once; what fails is tried again, given up, told again."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from serai.app import JobHost, Platform
from serai.core.customers.models import Customer
from serai.core.listeners.declared import LISTENERS
from serai.engines.feed import Listening
from serai.viewers import Viewer
from serai_sdk import CallCtx, Happened, Listener, UserError
from serai_sdk.errors import DeclarationError

from .conftest import OpenPlatform
from .test_feed import ask, extend
from .town import Town

OPERATOR = Viewer(
    kind="staff", staff_id=uuid4(), permissions=frozenset({"listeners:read", "listeners:write"})
)
HEARD = "insert into heard (listener, event, end_at) values ($1, $2, $3)"
PATIENCE_S = 60

Handler = Callable[[CallCtx, Happened], Awaitable[None]]


def listener(name: str, handler: Handler, **more: Any) -> Listener:
    given = {"events": ("demand.*",), "description": "What the test does.", "pause": timedelta()} | more
    return Listener(name, handler, **given)


def known(*listeners: Listener) -> dict[str, Listener]:
    return {one.name: one for one in listeners}


@asynccontextmanager
async def at_work(platform: Platform, *listeners: Listener, processes: int = 1) -> AsyncIterator[None]:
    """Listeners that do their events, within the block; they have met the feed when it begins."""
    all_of_them = [Listening(JobHost(platform), known(*listeners), poll_s=0.02) for _ in range(processes)]
    running = [asyncio.create_task(one.run()) for one in all_of_them]
    try:
        names = [one.name for one in listeners]
        met = "select count(*) from core_listener where name = any ($1::text[])"
        async with asyncio.timeout(PATIENCE_S):
            while await platform.pool.fetchval(met, names) < len(names):  # noqa: ASYNC110 - listeners tell nobody else
                await asyncio.sleep(0.02)
        yield
    finally:
        for one in all_of_them:
            one.stop()
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*running)


async def until(town: Town, condition: str, count: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await town.connection.fetchval(f"select count(*) from {condition}") != count:  # noqa: ASYNC110 - listeners tell nobody else
            await asyncio.sleep(0.02)


@pytest.fixture
async def demands(town: Town) -> list[UUID]:
    await town.connection.execute(
        "create table heard (place bigserial primary key, listener text, event uuid, end_at text)"
    )
    customer, scenario = await town.customer(), await town.scenario()
    return [await town.demand(customer, scenario) for _ in range(3)]


async def put_down(ctx: CallCtx, happened: Happened) -> None:
    await ctx.change.execute(HEARD, "test.it", happened.id, happened.payload.get("windowEnd"))


async def test_what_a_listener_changes_happens_once_and_in_order_however_often_it_is_called(
    open_here: OpenPlatform, town: Town, demands: list[UUID]
) -> None:
    platform = await open_here()
    calls: Counter[UUID] = Counter()

    async def handler(ctx: CallCtx, happened: Happened) -> None:
        calls[happened.id] += 1
        await put_down(ctx, happened)
        if calls[happened.id] <= happened.position % 3:
            raise ValueError("not yet")

    async with at_work(platform, listener("test.it", handler), processes=2):
        for number in range(8):
            for demand in demands:
                await extend(platform, demand, str(number))
            await platform.stamp()
        await until(town, "heard", 24)
        await until(town, "core_listener_call", 0)
    rows = await town.connection.fetch(
        "select aggregate_id, end_at from heard join core_event event on event.id = heard.event order by place"
    )
    told = defaultdict(list)
    for row in rows:
        told[row["aggregate_id"]].append(row["end_at"])
    assert told == {f"dem_{demand.hex}": [str(number) for number in range(8)] for demand in demands}
    assert sum(calls.values()) >= 24 + 16


async def test_it_is_told_of_what_it_names_and_happens_once_it_is_there(
    open_here: OpenPlatform, town: Town, demands: list[UUID]
) -> None:
    platform = await open_here()
    await extend(platform, demands[0], "before")
    await platform.stamp()
    deaf = listener("test.deaf", put_down, events=("demand.opened", "deman.*"))
    hearing = listener("test.it", put_down, events=("demand.opened", "demand.extended"))
    async with at_work(platform, deaf, hearing):
        await extend(platform, demands[0], "after")
        await platform.stamp()
        await until(town, "heard", 1)
        [info] = [
            one
            for one in await town.connection.fetch("select name, position from core_listener order by name")
            if one["name"] == "test.it"
        ]
        await until(town, "core_listener where position = 2", 2)
    assert info["position"] == 2
    assert await town.connection.fetchval("select end_at from heard") == "after"


async def test_what_fails_is_given_up_holds_up_nothing_else_and_is_told_again_when_an_operator_says_so(
    open_here: OpenPlatform, town: Town, demands: list[UUID]
) -> None:
    platform, is_mended = await open_here(), False

    async def handler(ctx: CallCtx, happened: Happened) -> None:
        await put_down(ctx, happened)
        if happened.payload["windowEnd"] == "bad" and not is_mended:
            raise UserError("NO", "No.")
        if happened.payload["windowEnd"] == "worse":
            raise ZeroDivisionError("oh\nsecret")

    async with at_work(platform, listener("test.it", handler, attempts=3)):
        await extend(platform, demands[0], "bad", "good")
        await extend(platform, demands[1], "worse")
        await extend(platform, demands[2], "fine")
        await platform.stamp()
        await until(town, "heard", 2)
        await until(town, "core_listener_call where state = 'DEAD'", 2)
        asked = """
        {
          listenerCalls(where: {state: {eq: DEAD}}, orderBy: [{position: ASC}]) {
            nodes { id listener eventType attempts error }
          }
        }
        """
        nodes = (await ask(platform, asked, OPERATOR))["data"]["listenerCalls"]["nodes"]
        ids = [one.pop("id") for one in nodes]
        assert nodes == [
            {"listener": "test.it", "eventType": "demand.extended", "attempts": 3, "error": error}
            for error in ("NO: No.", "ZeroDivisionError: oh")
        ]
        is_mended = True
        replay = """
        mutation($id: ID!) {
          listenerCallReplay(input: {id: $id}) { listenerCall { state } userErrors { code } }
        }
        """
        told = await ask(platform, replay, OPERATOR, id=ids[0])
        assert told["data"]["listenerCallReplay"]["userErrors"] == [], told
        await until(town, "heard where end_at = 'bad'", 1)
        await until(town, "core_listener_call", 1)
    nobody = Viewer(kind="staff", staff_id=uuid4())
    assert (await ask(platform, asked, nobody))["data"]["listenerCalls"]["nodes"] == []


async def test_who_hangs_is_cut_off_and_holds_up_no_other_listener(
    open_here: OpenPlatform, town: Town, demands: list[UUID]
) -> None:
    platform = await open_here()

    async def hang(ctx: CallCtx, happened: Happened) -> None:
        await put_down(ctx, happened)
        await asyncio.Event().wait()

    hanging = listener("test.hangs", hang, attempts=2, deadline=timedelta(seconds=0.2))
    async with at_work(platform, hanging, listener("test.it", put_down)):
        await extend(platform, demands[0], "a")
        await platform.stamp()
        await until(town, "core_listener_call where state = 'DEAD'", 1)
        await until(town, "heard", 1)
    assert (
        await town.connection.fetchval("select error from core_listener_call") == "it took longer than 0.2 s"
    )


async def test_what_a_worker_was_doing_when_it_ended_is_undone_and_done_by_another(
    open_here: OpenPlatform, town: Town, demands: list[UUID]
) -> None:
    platform, is_doing = await open_here(), asyncio.Event()

    async def begin(ctx: CallCtx, happened: Happened) -> None:
        await put_down(ctx, happened)
        is_doing.set()
        await asyncio.Event().wait()

    async with at_work(platform, listener("test.it", put_down)):
        pass
    await extend(platform, demands[0], "a")
    await platform.stamp()
    ending = asyncio.create_task(Listening(JobHost(platform), known(listener("test.it", begin))).run())
    async with asyncio.timeout(PATIENCE_S):
        await is_doing.wait()
    ending.cancel()
    await asyncio.gather(ending, return_exceptions=True)
    assert await town.connection.fetchval("select count(*) from heard") == 0
    async with at_work(platform, listener("test.it", put_down)):
        await until(town, "heard", 1)


async def test_listeners_are_told_of_in_the_graph(open_here: OpenPlatform) -> None:
    platform = await open_here()
    asked = "{ listeners { name events attempts position waiting dead } }"
    assert (await ask(platform, asked, OPERATOR))["data"]["listeners"] == [
        {
            "name": "core.count_imported",
            "events": ["import.completed"],
            "attempts": 10,
            "position": None,
            "waiting": 0,
            "dead": 0,
        }
    ]


async def test_what_was_imported_is_counted(open_here: OpenPlatform, town: Town) -> None:
    platform = await open_here()
    customers = [await town.customer() for _ in range(7)]
    counted = "select reltuples::int from pg_class where relname = 'core_customer'"

    async def imported(ctx: Any) -> dict[str, Any]:
        row = await ctx.change.get(Customer, customers[0])
        await ctx.change.save(row)
        told = {"noun": "customers", "source": "erp", "new": 7, "changed": 0}
        await ctx.change.emit("import.completed", row, told)
        return {}

    async with at_work(platform, *LISTENERS):
        await platform.change(imported)
        await platform.stamp()
        await until(town, "core_listener where position = 1", 1)
        await until(town, "core_listener_call", 0)
    assert await town.connection.fetchval(counted) == 7


def test_a_listener_that_cannot_be_is_refused_where_it_is_declared() -> None:
    for name, more in (("it", {}), ("test.it", {"events": "demand.*"}), ("test.it", {"attempts": 0})):
        with pytest.raises(DeclarationError):
            listener(name, put_down, **more)
