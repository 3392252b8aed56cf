"""Mutations under a key: done once, told again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from tortoise import connections

from serai.core.customers.models import Customer
from serai.engines import Change, IdempotencyInProgress, IdempotencyKeyReused, Outcome, changing, idempotency
from serai.engines.idempotency import input_hash, viewer_key
from serai.engines.turns import Key, Turns
from serai.storage import open_orm
from serai.viewers import ANONYMOUS, Viewer
from serai_sdk import UNSET, Money, SafeError, UserError

from .conftest import APPS

SOMEBODY = Viewer(kind="customer", customer_id=UUID(int=1))
SOMEBODY_ELSE = Viewer(kind="customer", customer_id=UUID(int=2))


async def add(change: Change) -> Mapping[str, Any]:
    customer = Customer(name="Zoë")
    await change.add(customer)
    return {"customer": customer.id, "nobody": None, "everybody": [customer.id]}


async def refuse(change: Change) -> Mapping[str, Any]:
    await add(change)
    raise UserError("TAKEN", "Somebody has it.", field=("name",))


@pytest.mark.usefixtures("orm")
async def test_a_repeated_request_is_told_the_first_outcome() -> None:
    key = str(uuid4())
    first = await changing(SOMEBODY, add, mutation="m", input={"n": 1}, idempotency_key=key)
    second = await changing(SOMEBODY, add, mutation="m", input={"n": 1}, idempotency_key=key)
    assert second.payload == first.payload
    assert (first.replayed, second.replayed) == (False, True)
    assert await Customer.all().count() == 1


@pytest.mark.usefixtures("orm")
async def test_a_refusal_is_stored_too_and_undoes_the_rest() -> None:
    key = str(uuid4())
    outcomes = [
        await changing(SOMEBODY, refuse, mutation="m", input={}, idempotency_key=key) for _ in range(2)
    ]
    for outcome in outcomes:
        assert [(one.code, str(one), one.field) for one in outcome.user_errors] == [
            ("TAKEN", "Somebody has it.", ("name",))
        ]
    assert [one.replayed for one in outcomes] == [False, True]
    assert await Customer.all().count() == 0


@pytest.mark.usefixtures("orm")
async def test_a_refusal_after_a_database_error_is_stored_too() -> None:
    async def body(change: Change) -> Mapping[str, Any]:
        try:
            await change.execute("select 1 / 0")
        except Exception as error:
            raise UserError("BROKEN", "It broke.") from error
        return {}

    outcomes = [await changing(SOMEBODY, body, mutation="m", input={}, idempotency_key="k") for _ in range(2)]
    assert [one.replayed for one in outcomes] == [False, True]


@pytest.mark.usefixtures("orm")
@pytest.mark.parametrize(("mutation", "input"), [("m", {"n": 2}), ("other", {"n": 1})])
async def test_a_key_is_not_for_another_request(mutation: str, input: Any) -> None:
    await changing(SOMEBODY, add, mutation="m", input={"n": 1}, idempotency_key="k")
    with pytest.raises(IdempotencyKeyReused) as raised:
        await changing(SOMEBODY, add, mutation=mutation, input=input, idempotency_key="k")
    assert raised.value.code == "IDEMPOTENCY_KEY_REUSED"
    assert await Customer.all().count() == 1


@pytest.mark.usefixtures("orm")
async def test_keys_of_different_viewers_never_meet() -> None:
    key = str(uuid4())
    for viewer in (SOMEBODY, SOMEBODY_ELSE, ANONYMOUS):
        await changing(viewer, add, mutation="m", input={}, idempotency_key=key)
    assert await Customer.all().count() == 3


async def test_who_is_nobody_known_needs_a_key_that_nobody_guesses() -> None:
    with pytest.raises(SafeError) as raised:
        await changing(ANONYMOUS, add, mutation="m", input={}, idempotency_key="order-1")
    assert raised.value.message == "Without signing in, an idempotency key is a UUID."


@pytest.mark.usefixtures("orm")
async def test_forty_at_once_do_it_once() -> None:
    outcomes = await asyncio.gather(
        *(changing(SOMEBODY, add, mutation="m", input={}, idempotency_key="k") for _ in range(40))
    )
    assert len({one.payload["customer"] for one in outcomes}) == 1
    assert sum(not one.replayed for one in outcomes) == 1
    assert await Customer.all().count() == 1


@pytest.mark.usefixtures("orm")
async def test_an_error_leaves_the_key_free() -> None:
    async def fails(change: Change) -> Mapping[str, Any]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await changing(SOMEBODY, fails, mutation="m", input={}, idempotency_key="k")
    outcome = await changing(SOMEBODY, add, mutation="m", input={}, idempotency_key="k")
    assert not outcome.replayed


@pytest.mark.usefixtures("orm")
async def test_who_comes_while_the_first_is_at_it_waits_only_so_long() -> None:
    begun, release = asyncio.Event(), asyncio.Event()

    async def slow(change: Change) -> Mapping[str, Any]:
        begun.set()
        await release.wait()
        return {}

    first = asyncio.create_task(changing(SOMEBODY, slow, mutation="m", input={}, idempotency_key="k"))
    await begun.wait()
    with pytest.raises(IdempotencyInProgress):
        await changing(SOMEBODY, slow, mutation="m", input={}, idempotency_key="k", lock_timeout_s=0.05)
    release.set()
    await first


@pytest.mark.parametrize("turns", [Turns(), None], ids=["one process", "several"])
async def test_who_waits_holds_no_connection(database: str, turns: Turns | None) -> None:
    """Forty repeats over a pool of four, while the first is at it: others go on as if they were not there."""
    small = await open_orm(database, APPS, pool_size=4, is_fallback=False)
    begun, release = asyncio.Event(), asyncio.Event()
    runs = 0

    async def slow(change: Change) -> Mapping[str, Any]:
        nonlocal runs
        runs += 1
        begun.set()
        await release.wait()
        return await add(change)

    async def send() -> Outcome:
        return await changing(SOMEBODY, slow, mutation="m", input={}, idempotency_key="k", turns=turns)

    with small.active():
        repeats = [asyncio.create_task(send()) for _ in range(40)]
        await begun.wait()
        others = [
            await changing(
                SOMEBODY_ELSE, add, mutation="m", input={}, idempotency_key=f"{number}", turns=turns
            )
            for number in range(20)
        ]
        assert not any(one.done() for one in repeats)
        seen = await sessions(database)
        assert seen["waiting"] == []
        assert turns is None or seen["in_transactions"] == 1
        release.set()
        outcomes = await asyncio.gather(*repeats)
    await small.close()
    assert runs == 1
    assert len(others) == 20
    assert len({one.payload["customer"] for one in outcomes}) == 1
    assert sum(not one.replayed for one in outcomes) == 1
    assert turns is None or len(turns) == 0


async def test_when_the_first_fails_the_next_is_first() -> None:
    turns, order = Turns(), list[int]()
    key = Key(viewer="v", key="k", mutation="m", hash="h")

    async def send(number: int) -> Outcome:
        async def run() -> Outcome:
            order.append(number)
            await asyncio.sleep(0)
            if number == 0:
                raise ZeroDivisionError
            if number == 1:
                raise asyncio.CancelledError
            return Outcome(payload={"number": UUID(int=number)})

        return await turns.take(key, run=run, within_s=5)

    outcomes = await asyncio.gather(*(send(number) for number in range(4)), return_exceptions=True)
    assert order == [0, 1, 2]
    assert [type(one) for one in outcomes[:2]] == [ZeroDivisionError, asyncio.CancelledError]
    assert outcomes[2:] == [
        Outcome(payload={"number": UUID(int=2)}),
        Outcome(payload={"number": UUID(int=2)}, replayed=True),
    ]
    assert len(turns) == 0


async def test_who_waits_for_another_request_is_told_so() -> None:
    turns, begun, release = Turns(), asyncio.Event(), asyncio.Event()

    async def run() -> Outcome:
        begun.set()
        await release.wait()
        return Outcome()

    key = Key(viewer="v", key="k", mutation="m", hash="one")
    first = asyncio.create_task(turns.take(key, run=run, within_s=5))
    await begun.wait()
    with pytest.raises(IdempotencyInProgress):
        await turns.take(key, run=run, within_s=0)
    other = asyncio.create_task(turns.take(replace(key, hash="other"), run=run, within_s=5))
    await asyncio.sleep(0)
    release.set()
    with pytest.raises(IdempotencyKeyReused):
        await other
    assert await first == Outcome()


@pytest.mark.usefixtures("orm")
async def test_keys_are_kept_for_a_day_and_forgotten_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "BATCH", 4)
    connection = connections.get("default")
    statements: list[int] = []

    async def fetch(statement: str, *values: Any) -> list[Any]:
        found = await connection.execute_query_dict(statement, list(values))
        statements.append(len(found))
        return found

    for number in range(12):
        await changing(SOMEBODY, add, mutation="m", input={}, idempotency_key=str(number))
    age = "update core_idempotency set at = now() - $1::interval where key = any($2::text[])"
    young, old = timedelta(hours=23, minutes=59), timedelta(hours=24, minutes=1)
    await connection.execute_query(age, [young, ["0"]])
    await connection.execute_query(age, [old, [str(number) for number in range(1, 11)]])
    assert await idempotency.forget_old(fetch, limit=6) == 6
    assert statements == [4, 2]
    assert await idempotency.forget_old(fetch, limit=100) == 4
    left = await connection.execute_query_dict("select key from core_idempotency order by key")
    assert [row["key"] for row in left] == ["0", "11"]
    assert (await changing(SOMEBODY, add, mutation="m", input={}, idempotency_key="0")).replayed


SESSIONS = """
select count(*) filter (where xact_start is not null) as in_transactions,
       coalesce(array_agg(wait_event) filter (where wait_event_type = 'Lock'), '{}') as waiting
from pg_stat_activity
where datname = current_database()
  and application_name = 'serai-orm'
"""


async def sessions(database: str) -> asyncpg.Record:
    """Connections of the ORM: how many are inside a transaction, and what any wait for inside the database."""
    connection = await asyncpg.connect(database)
    try:
        found = await connection.fetchrow(SESSIONS)
        assert found is not None
        return found
    finally:
        await connection.close()


@pytest.mark.usefixtures("orm")
async def test_what_is_stored_is_ids_and_user_errors() -> None:
    await changing(SOMEBODY, add, mutation="m", input={"name": "Zoë"}, idempotency_key="k")
    [row] = await connections.get("default").execute_query_dict("select t::text from core_idempotency t")
    assert "Zoë" not in row["t"]


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb"])
async def test_a_key_is_printable_and_short(key: str) -> None:
    with pytest.raises(SafeError):
        await changing(SOMEBODY, add, mutation="m", input={}, idempotency_key=key)


class Kind(StrEnum):
    A = "A"


@dataclass(frozen=True)
class Given:
    kind: Any = UNSET
    at: Any = UNSET
    price: Any = UNSET
    id: Any = UNSET


def test_equal_inputs_hash_equally_and_different_ones_do_not() -> None:
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    one = Given(kind=Kind.A, at=at, price=Decimal("1.10"), id=UUID(int=5))
    same = Given(
        kind="A", at=at.astimezone(timezone(timedelta(hours=2))), price=Decimal("1.1"), id=UUID(int=5)
    )
    assert input_hash("m", one) == input_hash("m", same)
    others = [
        Given(),
        Given(kind=None),
        Given(price=Money(110, "EUR")),
        Given(price=Money(110, "USD")),
        {"kind": "A"},
        {"kind": ["A"]},
    ]
    hashes = {input_hash("m", other) for other in [one, *others]}
    assert len(hashes) == len(others) + 1
    assert input_hash("m", Given()) != input_hash("n", Given())


def test_a_principal_acting_as_another_is_another() -> None:
    principal = UUID(int=9)
    viewers = [
        ANONYMOUS,
        Viewer(kind="customer", principal_id=principal, customer_id=UUID(int=1)),
        Viewer(kind="provider", principal_id=principal, provider_id=UUID(int=1)),
        Viewer(kind="staff", principal_id=principal, staff_id=UUID(int=1)),
        Viewer(kind="app", principal_id=principal),
    ]
    assert len({viewer_key(one) for one in viewers}) == len(viewers)
