"""The pool: who gets which connection, what happens when there is none, and when one has died."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from threading import Thread
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from serai.errors import DatabaseUnavailable, PoolTimeout, StorageError
from serai.storage import Pool

PID = "select pg_backend_pid()"


@pytest_asyncio.fixture(loop_scope="session")
async def pool(database: str) -> AsyncIterator[Pool]:
    pool = await Pool.open(database, size=2, timeout_s=0.2)
    yield pool
    await pool.close()


async def test_the_connection_used_last_is_taken_first(pool: Pool) -> None:
    async with pool.acquire() as one, pool.acquire() as two:
        first, second = await one.fetchval(PID), await two.fetchval(PID)
    assert first != second
    # `one` was given back last.
    assert [await pool.fetchval(PID) for _ in range(3)] == [first] * 3


async def test_connections_are_opened_only_when_needed(pool: Pool) -> None:
    for _ in range(5):
        await pool.fetchval("select 1")
    assert pool.open_connections == 1


async def test_whoever_waits_too_long_is_told_so(pool: Pool) -> None:
    async with pool.acquire(), pool.acquire():
        with pytest.raises(PoolTimeout) as caught:
            await pool.fetchval("select 1")
    assert caught.value.code == "OVERLOADED"
    assert await pool.fetchval("select 1") == 1


async def test_those_who_wait_are_served_in_order(pool: Pool) -> None:
    served: list[int] = []

    async def take(number: int) -> None:
        async with pool.acquire():
            served.append(number)

    async with pool.acquire(), pool.acquire():
        waiting = [asyncio.create_task(take(number)) for number in range(5)]
        await asyncio.sleep(0.02)
    await asyncio.gather(*waiting)
    assert served == [0, 1, 2, 3, 4]


async def test_many_at_once_share_a_few_connections(pool: Pool) -> None:
    sums = await asyncio.gather(*(pool.fetchval("select $1::int + 1", number) for number in range(200)))
    assert sums == list(range(1, 201))
    assert (pool.open_connections, pool.idle_connections) == (2, 2)


async def test_a_connection_that_died_idle_is_replaced(pool: Pool, database: str) -> None:
    died = await pool.fetchval(PID)
    await end_backend(database, died)
    assert await pool.fetchval(PID) != died
    assert pool.open_connections == 1


async def test_a_connection_that_dies_unnoticed_costs_a_read_nothing(pool: Pool) -> None:
    async with pool.acquire() as connection:
        died = await connection.fetchval(PID)
        with pytest.raises(asyncpg.PostgresConnectionError):
            await connection.fetchval("select pg_terminate_backend(pg_backend_pid())")
    assert await pool.fetchval(PID) != died
    assert pool.open_connections == 1


@pytest.mark.parametrize("turns", range(4))
async def test_a_session_that_ends_while_nobody_looks_costs_a_read_nothing(
    pool: Pool, database: str, turns: int
) -> None:
    """Also where the server's farewell was read, and the end of the connection was not yet."""
    for _ in range(3):
        died = await pool.fetchval(PID)
        # in a thread that is waited for: this loop reads nothing meanwhile
        await_nothing(end_backend, database, died)
        for _ in range(turns):
            await asyncio.sleep(0)
        assert await pool.fetchval(PID) != died
    assert pool.open_connections == 1


async def test_a_session_that_ends_while_nobody_looks_is_not_handed_on(pool: Pool, database: str) -> None:
    died = await pool.fetchval(PID)
    await_nothing(end_backend, database, died)
    await asyncio.sleep(0)
    connection = await pool.take()
    with pytest.raises(
        (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError)
    ):
        await connection.fetchval(PID)
    await pool.give_back(connection)
    assert await pool.fetchval(PID) != died


async def test_renewed_sessions_take_over_what_the_database_keeps_for_them(pool: Pool) -> None:
    shown = "select current_setting('serai.noted', true)"
    keep = "select format('alter database %I set serai.noted = yes', current_database())"
    async with pool.acquire() as busy:
        assert await pool.fetchval(shown) is None
        await busy.execute(await busy.fetchval(keep))
        await pool.renew()
        assert (pool.open_connections, pool.idle_connections) == (1, 0)
        assert await busy.fetchval(shown) != "yes"
        assert await pool.fetchval(shown) == "yes"
    assert (pool.open_connections, pool.idle_connections) == (1, 1)
    assert await asyncio.gather(*(pool.fetchval(shown) for _ in range(8))) == ["yes"] * 8


async def test_a_transaction_left_open_is_rolled_back(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await connection.execute("begin; create table left_open ()")
    assert await pool.fetchval("select to_regclass('left_open')") is None


async def test_a_cancelled_read_gives_its_place_back(pool: Pool) -> None:
    for _ in range(4):
        reading = asyncio.create_task(pool.fetchval("select pg_sleep(10)"))
        await asyncio.sleep(0.02)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    assert await asyncio.gather(*(pool.fetchval("select 1") for _ in range(4))) == [1, 1, 1, 1]


async def test_giving_up_at_the_moment_of_being_served_loses_no_connection(pool: Pool) -> None:
    for _ in range(20):
        async with pool.acquire(), pool.acquire():
            waiting = asyncio.create_task(pool.fetchval("select 1"))
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert pool.open_connections <= 2
    async with pool.acquire() as one, pool.acquire() as two:
        assert await one.fetchval("select 1") + await two.fetchval("select 1") == 2


async def test_nothing_is_sent_between_two_reads(pool: Pool) -> None:
    heard: list[str] = []
    pool.observers.append(lambda statement, _arguments: heard.append(statement))
    await pool.fetchval("select 1")
    await pool.fetchval("select 2")
    await asyncio.sleep(0)
    assert heard == ["select 1", "select 2"]


async def test_observers_hear_arguments_and_can_leave(pool: Pool) -> None:
    heard: list[tuple[object, ...]] = []

    def listen(_statement: str, arguments: tuple[object, ...]) -> None:
        heard.append(arguments)

    pool.observers.append(listen)
    await pool.fetchval("select $1::int", 7)
    await asyncio.sleep(0)
    pool.observers.remove(listen)
    await pool.fetchval("select $1::int", 8)
    await asyncio.sleep(0)
    assert heard == [(7,)]


async def test_a_statement_is_prepared_once(pool: Pool) -> None:
    for number in range(5):
        await pool.fetchval("select $1::int * 3", number)
    prepared = "select count(*) from pg_prepared_statements where statement = 'select $1::int * 3'"
    assert await pool.fetchval(prepared) == 1


async def test_sessions_are_in_utc_and_see_public_only(pool: Pool) -> None:
    assert await pool.fetchval("show timezone") == "UTC"
    assert await pool.fetchval("show search_path") == "public"
    assert await pool.fetchval("show jit") == "off"


async def test_a_closed_pool_refuses(database: str) -> None:
    pool = await Pool.open(database)
    await pool.close()
    with pytest.raises(StorageError, match="closed"):
        await pool.fetchval("select 1")
    assert pool.open_connections == 0


async def test_nobody_at_the_address_is_said_plainly(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DatabaseUnavailable) as caught:
        await Pool.open(f"postgresql://postgres@/x?host={tmp_path}")
    assert caught.value.code == "UNAVAILABLE"


async def end_backend(dsn: str, pid: int) -> None:
    other = await asyncpg.connect(dsn)
    await other.execute("select pg_terminate_backend($1, 2000)", pid)
    await other.close()
    await asyncio.sleep(0.05)


def await_nothing(task: Callable[..., Coroutine[Any, Any, None]], *given: Any) -> None:
    """Runs it to its end on a loop of its own, while this one stands still."""
    thread = Thread(target=lambda: asyncio.run(task(*given)))
    thread.start()
    thread.join()
