"""The change seam on real connections: locks, versions, events, retries."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from tortoise import connections
from tortoise.exceptions import IntegrityError

from serai.core.customers.models import Customer
from serai.core.demands.models import Demand
from serai.core.principals.models import Principal
from serai.engines import Busy, Change, ChangeMisused, LockOrderError, Outcome, changing
from serai.storage.orm import Orm
from serai.viewers import Viewer
from serai_sdk import EventType, UserError, UserErrors
from serai_sdk.orm import new_id

pytestmark = pytest.mark.usefixtures("orm")

VIEWER = Viewer(kind="customer", customer_id=UUID(int=7), principal_id=UUID(int=8))


async def change(body: Any, **more: Any) -> Outcome:
    return await changing(VIEWER, body, mutation="test", input={}, **more)


async def add_customer(name: str = "Zoë") -> UUID:
    async def body(change: Change) -> Mapping[str, Any]:
        customer = Customer(name=name)
        await change.add(customer)
        return {"customer": customer.id}

    id = (await change(body)).payload["customer"]
    assert isinstance(id, UUID)
    return id


async def outbox() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = await connections.get("default").execute_query_dict(
        "select * from core_outbox order by seq"
    )
    return rows


async def test_a_change_is_visible_when_it_has_ended_and_has_one_time(orm: Orm) -> None:
    async def body(change: Change) -> Mapping[str, Any]:
        customer = Customer(name="李伟")
        await change.add(customer)
        assert customer.created_at == customer.updated_at == change.now
        return {"customer": customer.id}

    outcome = await change(body)
    customer = await Customer.get(id=outcome.payload["customer"])
    assert (customer.name, customer.version) == ("李伟", 1)


async def test_the_version_goes_up_once_a_change_however_often_it_is_saved() -> None:
    id = await add_customer()

    async def body(change: Change) -> Mapping[str, Any]:
        customer = await change.get(Customer, id)
        assert customer is not None
        customer.name = "A"
        await change.save(customer)
        customer.phone = "1"
        await change.save(customer)
        return {}

    await change(body)
    assert (await Customer.get(id=id)).version == 2


async def test_forty_changes_of_one_row_lose_none() -> None:
    id = await add_customer()

    async def body(change: Change) -> Mapping[str, Any]:
        customer = await change.get(Customer, id)
        assert customer is not None
        customer.attributes = {"n": customer.attributes.get("n", 0) + 1}
        await change.save(customer)
        return {}

    await asyncio.gather(*(change(body) for _ in range(40)))
    customer = await Customer.get(id=id)
    assert (customer.attributes, customer.version) == ({"n": 40}, 41)


async def test_user_errors_change_nothing() -> None:
    async def body(change: Change) -> Mapping[str, Any]:
        await change.add(Customer(name="gone"))
        raise UserErrors([UserError("A", "first", field="name"), UserError("B", "second")])

    outcome = await change(body)
    assert [(one.code, str(one), one.field) for one in outcome.user_errors] == [
        ("A", "first", ("name",)),
        ("B", "second", None),
    ]
    assert await Customer.all().count() == 0


async def test_another_error_goes_through_and_changes_nothing() -> None:
    async def body(change: Change) -> Mapping[str, Any]:
        await change.add(Customer(name="gone"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change(body)
    assert await Customer.all().count() == 0


async def test_going_back_in_the_lock_order_is_refused() -> None:
    first, second = sorted([await add_customer(), await add_customer()])

    async def lower_id(change: Change) -> Mapping[str, Any]:
        await change.get(Customer, second)
        await change.get(Customer, first)
        return {}

    async def lower_table(change: Change) -> Mapping[str, Any]:
        await change.get(Demand, new_id())
        await change.get(Customer, first)
        return {}

    async def in_order(change: Change) -> Mapping[str, Any]:
        await change.get(Customer, first)
        await change.lock({Demand: [new_id()], Customer: [second, first]})
        await change.get(Customer, first)
        return {}

    for body in (lower_id, lower_table):
        with pytest.raises(LockOrderError, match="core_customer"):
            await change(body)
    await change(in_order)


async def test_rows_of_one_call_are_locked_in_order_whatever_order_they_are_named_in() -> None:
    ids = [await add_customer() for _ in range(6)]

    def body(order: list[UUID]) -> Any:
        async def run(change: Change) -> Mapping[str, Any]:
            rows = await change.lock({Customer: order})
            assert set(rows) == set(ids)
            for row in rows.values():
                await change.save(row)
            return {}

        return run

    await asyncio.gather(*(change(body(ids if n % 2 else ids[::-1])) for n in range(30)))
    assert {one.version for one in await Customer.all()} == {31}


async def test_an_id_without_a_row_is_missing_from_the_answer() -> None:
    id, nothing = await add_customer(), new_id()

    async def body(change: Change) -> Mapping[str, Any]:
        assert set(await change.lock({Customer: [id, nothing]})) == {id}
        assert await change.get(Customer, nothing) is None
        return {}

    await change(body)


async def test_what_was_not_locked_is_not_saved() -> None:
    id = await add_customer()

    async def body(change: Change) -> Mapping[str, Any]:
        await change.get(Customer, id)
        await change.save(await Customer.get(id=id))
        return {}

    with pytest.raises(ChangeMisused, match="was not locked in this change"):
        await change(body)


async def test_a_row_that_refers_to_a_locked_one_can_be_added_meanwhile() -> None:
    id = await add_customer()
    locked, added = asyncio.Event(), asyncio.Event()

    async def holds(change: Change) -> Mapping[str, Any]:
        await change.get(Customer, id)
        locked.set()
        await asyncio.wait_for(added.wait(), 5)
        return {}

    async def adds(change: Change) -> Mapping[str, Any]:
        await locked.wait()
        await change.add(Customer(name="invited", inviter_id=id))
        return {}

    holding = asyncio.create_task(change(holds))
    await change(adds)
    added.set()
    await holding


async def test_events_carry_the_version_their_aggregate_ends_with_and_who_did_it() -> None:
    async def body(change: Change) -> Mapping[str, Any]:
        customer = Customer(name="secret")
        await change.add(customer)
        await change.emit("customer.registered", customer, {"kind": "PERSON", "inviterId": UUID(int=1)})
        return {"customer": customer.id}

    id = (await change(body)).payload["customer"]

    async def again(change: Change) -> Mapping[str, Any]:
        customer = await change.get(Customer, id)
        assert customer is not None
        await change.emit("customer.updated", customer)
        await change.save(customer)
        return {}

    await change(again)
    first, second = await outbox()
    assert (first["event"], first["aggregate_type"], first["aggregate_id"]) == (
        "customer.registered",
        "core.Customer",
        id,
    )
    assert (first["aggregate_version"], second["aggregate_version"]) == (1, 2)
    assert first["seq"] < second["seq"]
    assert "secret" not in str(first)
    assert first["actor"] == (
        f'{{"kind": "customer", "customerId": "{VIEWER.customer_id}", "principalId": "{VIEWER.principal_id}"}}'
    )


async def test_seq_follows_the_versions_of_an_aggregate_under_race() -> None:
    id = await add_customer()

    async def body(change: Change) -> Mapping[str, Any]:
        customer = await change.get(Customer, id)
        assert customer is not None
        await change.save(customer)
        await change.emit("customer.updated", customer)
        return {}

    await asyncio.gather(*(change(body) for _ in range(40)))
    assert [row["aggregate_version"] for row in await outbox()] == list(range(2, 42))


async def test_events_are_held_to_their_types() -> None:
    known = {"a.made": EventType(name="a.made", version=3, description="Made.", payload={"n": "how many"})}

    def emitting(name: str, **payload: Any) -> Any:
        async def body(change: Change) -> Mapping[str, Any]:
            row = Principal(login=f"{uuid4()}", display_name="x")
            await change.add(row)
            await change.emit(name, row, payload)
            return {}

        return body

    await change(emitting("a.made", n=1), events=known)
    assert (await outbox())[0]["event_version"] == 3
    with pytest.raises(ChangeMisused, match=r"'a\.lost' is not declared"):
        await change(emitting("a.lost"), events=known)
    with pytest.raises(ChangeMisused, match="has no field 'email'"):
        await change(emitting("a.made", email="x@example.org"), events=known)
    assert await Principal.all().count() == 1


async def test_a_refused_change_leaves_no_event() -> None:
    async def body(change: Change) -> Mapping[str, Any]:
        customer = Customer(name="x")
        await change.add(customer)
        await change.emit("a.b", customer)
        raise UserError("A", "no")

    await change(body)
    assert await outbox() == []


async def test_what_is_deferred_is_there_for_the_next_statement(orm: Orm) -> None:
    sent: list[str] = []

    async def body(change: Change) -> Mapping[str, Any]:
        await change.add(Customer(name="one"), deferred=True)
        await change.add(Customer(name="two"), deferred=True)
        [found] = await change.execute("select count(*) as several from core_customer")
        sent.append(found["several"])
        return {}

    await change(body)
    assert sent == [2]


async def test_what_is_deferred_and_emitted_goes_as_one_statement(orm: Orm) -> None:
    sent: list[str] = []

    def tell(sql: str, _: Any) -> None:
        sent.append(sql)

    async def body(change: Change) -> Mapping[str, Any]:
        customer = Customer(name="one")
        await change.add(customer, deferred=True)
        await change.later("update core_customer set name = $1 where name = $2", "later", "nobody")
        await change.emit("a.b", customer)
        return {}

    orm.observers.append(tell)
    await change(body)
    await asyncio.sleep(0)
    orm.observers.remove(tell)
    assert len(sent) == 3, sent  # the beginning, what is written, the end
    assert await Customer.filter(name="one").count() == 1
    assert len(await outbox()) == 1


async def test_what_is_deferred_in_a_failed_attempt_is_not_written() -> None:
    async def body(change: Change) -> Mapping[str, Any]:
        await change.add(Customer(name="before"), deferred=True)
        with suppress(UserError):
            async with change.attempt():
                await change.add(Customer(name="within"), deferred=True)
                raise UserError("A", "no")
        async with change.attempt():
            await change.add(Customer(name="after"), deferred=True)
        return {}

    await change(body)
    assert {one.name for one in await Customer.all()} == {"before", "after"}


async def test_what_a_constraint_says_against_a_deferred_row_undoes_the_change() -> None:
    known = new_id()

    async def body(change: Change) -> Mapping[str, Any]:
        await change.add(Customer(name="first"), deferred=True)
        await change.execute("select 1")
        await change.add(Customer(id=known, name="second"), deferred=True)
        await change.execute("select 1")
        await change.add(Customer(id=known, name="again"), deferred=True)
        return {}

    with pytest.raises(IntegrityError):
        await change(body)
    assert await Customer.all().count() == 0


async def test_models_used_within_a_change_find_its_transaction() -> None:
    async def body(change: Change) -> Mapping[str, Any]:
        await change.add(Customer(name="within"))
        assert await Customer.filter(name="within").count() == 1
        raise UserError("A", "no")

    await change(body)
    assert await Customer.all().count() == 0


async def test_a_deadlock_is_tried_again() -> None:
    first, second = await add_customer(), await add_customer()
    runs = 0
    both = asyncio.Barrier(2)

    def crossing(a: UUID, b: UUID) -> Any:
        async def body(change: Change) -> Mapping[str, Any]:
            nonlocal runs
            runs += 1
            await change.execute("select 1 from core_customer where id = $1 for update", a)
            if runs <= 2:
                await both.wait()
            await change.execute("select 1 from core_customer where id = $1 for update", b)
            await change.add(Customer(name="done"))
            return {}

        return body

    await asyncio.gather(change(crossing(first, second)), change(crossing(second, first)))
    assert runs > 2
    assert await Customer.filter(name="done").count() == 2


async def test_what_cannot_succeed_is_given_up_with_an_answer() -> None:
    runs = 0

    async def body(change: Change) -> Mapping[str, Any]:
        nonlocal runs
        runs += 1
        await change.execute("do $$ begin raise serialization_failure; end $$")
        return {}

    with pytest.raises(Busy):
        await change(body, attempts=3)
    assert runs == 3


async def test_a_row_held_for_too_long_is_an_answer() -> None:
    id = await add_customer()
    held, release = asyncio.Event(), asyncio.Event()

    async def holds(change: Change) -> Mapping[str, Any]:
        await change.get(Customer, id)
        held.set()
        await release.wait()
        return {}

    async def wants(change: Change) -> Mapping[str, Any]:
        await change.get(Customer, id)
        return {}

    holding = asyncio.create_task(change(holds))
    await held.wait()
    with pytest.raises(Busy):
        await change(wants, lock_timeout_s=0.05)
    release.set()
    await holding


@pytest.mark.parametrize("turns", range(3))
async def test_a_session_that_ended_before_a_change_costs_it_nothing(database: str, turns: int) -> None:
    """Also where the server's farewell was read, and the end of the connection was not yet."""
    await add_customer()

    async def end_others() -> None:
        watcher = await asyncpg.connect(database)
        await watcher.execute(
            "select pg_terminate_backend(pid, 2000) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
        )
        await watcher.close()

    # in a thread that is waited for: this loop reads nothing meanwhile
    thread = Thread(target=lambda: asyncio.run(end_others()))
    thread.start()
    thread.join()
    for _ in range(turns):
        await asyncio.sleep(0)
    await add_customer()


async def test_time_is_the_databases_and_can_be_moved() -> None:
    [read] = await connections.get("default").execute_query_dict("select now() as now")
    seen = []

    async def body(change: Change) -> Mapping[str, Any]:
        await change.execute("select set_config('serai.clock_offset', '3 days', true)")
        [row] = await change.execute("select serai_now() - now() as moved")
        seen.append((change.now - read["now"], row["moved"]))
        return {}

    await change(body)
    [(passed, moved)] = seen
    assert 0 <= passed.total_seconds() < 5
    assert moved.days == 3
