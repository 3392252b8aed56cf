"""Capacity: what is held, confirmed, extended and let go, and what the database itself refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from tortoise import connections

from serai.engines import Change, changing
from serai.engines.capacity.service import Capacity
from serai.engines.errors import LockOrderError
from serai.viewers import Viewer
from serai_sdk import UserError
from serai_sdk.capacity import CapacityError, CapacityTaken, Claim, Hold, HoldState, Measure

pytestmark = pytest.mark.usefixtures("orm")

MONDAY = date(2027, 3, 1)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
BRIEFLY = timedelta(milliseconds=60)


async def within(do: Callable[[Capacity], Awaitable[Any]]) -> Any:
    """What ``do`` returns of a change of its own, or the user error that it ended with."""
    kept: list[Any] = []

    async def body(change: Change) -> dict[str, Any]:
        try:
            kept[:] = [await do(Capacity(change))]
        except UserError as error:
            kept[:] = [error]
            raise
        return {}

    await changing(Viewer(kind="system"), body, mutation="test", input={})
    return kept[0]


async def opened(**more: Any) -> UUID:
    id = uuid4()
    more.setdefault("measure", Measure.DATE)
    await within(lambda capacity: capacity.open(id, kind="test.thing", **more))
    return id


async def hold(*claims: Claim, id: UUID | None = None, ttl: timedelta | None = HOUR, **more: Any) -> Any:
    wanted = id or uuid4()
    return await within(lambda capacity: capacity.hold(claims, id=wanted, ttl=ttl, **more))


async def left(*claims: Claim) -> list[int | None]:
    found: list[int | None] = await within(lambda capacity: capacity.left(claims))
    return found


async def sql(statement: str, *values: Any) -> Any:
    return await connections.get("default").execute_query_dict(statement, list(values))


def nights(resource: UUID, first: int, last: int, quantity: int = 1) -> Claim:
    return Claim(resource, MONDAY + first * DAY, MONDAY + last * DAY, quantity)


# -- units


async def test_a_unit_is_held_by_one_at_a_time() -> None:
    cabin = await opened()
    held = await hold(nights(cabin, 0, 3))
    assert (held.state, held.claims) == (HoldState.HELD, (nights(cabin, 0, 3),))
    refused = await hold(nights(cabin, 2, 4))
    assert isinstance(refused, CapacityTaken)
    assert (refused.code, refused.resource, refused.left) == ("CAPACITY_TAKEN", cabin, 0)
    assert refused.next_free == MONDAY + 3 * DAY
    assert isinstance(await hold(nights(cabin, 3, 4)), Hold)
    assert await left(nights(cabin, 0, 1), nights(cabin, 3, 4), nights(cabin, 4, 5)) == [0, 0, 1]


async def test_when_it_is_next_free_is_where_the_whole_range_fits() -> None:
    cabin = await opened()
    for first, last in ((0, 2), (3, 5), (5, 6), (8, 9)):
        await hold(nights(cabin, first, last))
    refused = await hold(nights(cabin, 1, 3))
    assert refused.next_free == MONDAY + 6 * DAY


async def test_hours_of_an_expert_are_held_by_instants() -> None:
    expert = await opened(measure=Measure.SLOT)
    assert isinstance(await hold(Claim(expert, NOON, NOON + HOUR)), Hold)
    half = timedelta(minutes=30)
    refused = await hold(Claim(expert, NOON + half, NOON + HOUR + half))
    assert refused.next_free == NOON + HOUR


async def test_a_range_of_dates_is_one_of_dates() -> None:
    cabin = await opened()
    with pytest.raises(TypeError, match="measured by dates"):
        await hold(Claim(cabin, NOON, NOON + HOUR))
    assert (await hold(nights(cabin, 1, 1))).code == "CAPACITY_RANGE_INVALID"
    assert (await hold(nights(cabin, 1, 2, quantity=2))).code == "CAPACITY_RANGE_INVALID"
    assert (await hold(nights(cabin, 1, 3), nights(cabin, 2, 4))).code == "CAPACITY_RANGE_INVALID"


# -- pools


async def test_a_pool_is_counted_night_by_night() -> None:
    dormitory = await opened(capacity=4)
    await hold(nights(dormitory, 0, 2, 3))
    await hold(nights(dormitory, 1, 3, 1))
    refused = await hold(nights(dormitory, 0, 4, 1))
    assert (refused.left, refused.next_free) == (0, MONDAY + 2 * DAY)
    assert (await hold(nights(dormitory, 0, 1, 2))).left == 1
    assert await left(nights(dormitory, 0, 1), nights(dormitory, 1, 2), nights(dormitory, 2, 9)) == [1, 0, 3]


async def test_a_pool_in_total_runs_out() -> None:
    shirts = await opened(measure=Measure.TOTAL, capacity=10)
    first = await hold(Claim(shirts, quantity=8))
    refused = await hold(Claim(shirts, quantity=3))
    assert (refused.left, refused.next_free, refused.message) == (
        2,
        None,
        "2 of the 3 asked for are left.",
    )
    await within(lambda capacity: capacity.release(first.id))
    assert isinstance(await hold(Claim(shirts, quantity=10)), Hold)


async def test_a_pool_of_slots_takes_whole_slots() -> None:
    tour = await opened(measure=Measure.SLOT, capacity=2, slot=HOUR)
    await hold(Claim(tour, NOON, NOON + 2 * HOUR, 2))
    assert (await hold(Claim(tour, NOON + HOUR, NOON + 2 * HOUR))).next_free == NOON + 2 * HOUR
    assert (await hold(Claim(tour, NOON, NOON + HOUR / 2))).code == "CAPACITY_RANGE_INVALID"


async def test_several_claims_of_one_pool_count_together() -> None:
    dormitory = await opened(capacity=4)
    assert (await hold(nights(dormitory, 0, 2, 3), nights(dormitory, 1, 3, 2))).code == "CAPACITY_TAKEN"
    assert isinstance(await hold(nights(dormitory, 0, 2, 2), nights(dormitory, 1, 3, 2)), Hold)
    assert await left(*(nights(dormitory, night, night + 1) for night in range(3))) == [2, 0, 2]


async def test_a_range_too_long_to_be_counted_is_refused() -> None:
    dormitory = await opened(capacity=4)
    assert (await hold(nights(dormitory, 0, 2_001))).code == "CAPACITY_RANGE_INVALID"


# -- several resources


async def test_several_resources_are_held_all_or_none() -> None:
    cabin, bikes = await opened(), await opened(capacity=2)
    await hold(nights(bikes, 1, 2, 2))
    refused = await hold(nights(cabin, 0, 2), nights(bikes, 0, 2))
    assert refused.resource == bikes
    assert await left(nights(cabin, 0, 2), nights(bikes, 0, 1)) == [1, 2]
    both = await hold(nights(cabin, 2, 4), nights(bikes, 2, 4))
    assert await left(nights(cabin, 2, 4), nights(bikes, 2, 4)) == [0, 1]
    await within(lambda capacity: capacity.release(both.id))
    assert await left(nights(cabin, 2, 4), nights(bikes, 2, 4)) == [1, 2]


async def test_resources_locked_out_of_order_are_a_mistake_that_is_told() -> None:
    one, other = sorted((await opened(), await opened()))

    async def both(capacity: Capacity) -> None:
        await capacity.hold((nights(other, 0, 1),), id=uuid4(), ttl=HOUR)
        await capacity.hold((nights(one, 0, 1),), id=uuid4(), ttl=HOUR)

    with pytest.raises(LockOrderError):
        await within(both)


async def test_an_unknown_resource_is_told() -> None:
    unknown = uuid4()
    assert (await hold(nights(unknown, 0, 1))).code == "RESOURCE_NOT_FOUND"
    assert await left(nights(unknown, 0, 1)) == [None]


# -- a hold's life


async def test_the_same_hold_again_is_the_same() -> None:
    cabin, id = await opened(), uuid4()
    first = await hold(nights(cabin, 0, 3), id=id)
    assert await hold(nights(cabin, 0, 3), id=id) == first
    assert (await hold(nights(cabin, 0, 4), id=id)).code == "HOLD_ID_REUSED"
    assert (await hold(nights(cabin, 5, 6), id=id)).code == "HOLD_ID_REUSED"
    [row] = await sql("select count(*)::int as holds from core_capacity_log where hold_id = $1", id)
    assert row["holds"] == 1


async def test_what_is_confirmed_stays() -> None:
    cabin = await opened()
    held = await hold(nights(cabin, 0, 3), ttl=timedelta(seconds=5))
    for _ in range(2):
        confirmed = await within(lambda capacity: capacity.confirm(held.id))
        assert (confirmed.state, confirmed.expires_at) == (HoldState.CONFIRMED, None)
    assert (await within(lambda capacity: capacity.extend(held.id, HOUR))).state is HoldState.CONFIRMED
    assert (await hold(nights(cabin, 0, 1))).code == "CAPACITY_TAKEN"
    for _ in range(2):
        assert (await within(lambda capacity: capacity.release(held.id))).state is HoldState.RELEASED
    assert (await within(lambda capacity: capacity.confirm(held.id))).code == "HOLD_RELEASED"
    assert isinstance(await hold(nights(cabin, 0, 1)), Hold)


async def test_without_an_end_a_hold_is_confirmed_at_once() -> None:
    cabin = await opened()
    assert (await hold(nights(cabin, 0, 3), ttl=None)).state is HoldState.CONFIRMED


async def test_what_has_expired_is_free_though_nothing_ran() -> None:
    cabin, seats = await opened(), await opened(capacity=2)
    late = await hold(nights(cabin, 0, 3), nights(seats, 0, 3, 2), ttl=BRIEFLY)
    assert await left(nights(cabin, 0, 1), nights(seats, 0, 1)) == [0, 0]
    await asyncio.sleep(BRIEFLY.total_seconds() + 0.02)
    assert await left(nights(cabin, 0, 1), nights(seats, 0, 1)) == [1, 2]
    assert isinstance(await hold(nights(seats, 0, 3, 2)), Hold)
    refused = await within(lambda capacity: capacity.confirm(late.id))
    assert (refused.code, refused.hint) == ("HOLD_EXPIRED", "hold again")
    assert (await within(lambda capacity: capacity.extend(late.id, HOUR))).code == "HOLD_EXPIRED"
    assert (await within(lambda capacity: capacity.release(late.id))).state is HoldState.EXPIRED
    assert isinstance(await hold(nights(cabin, 0, 3)), Hold)


async def test_expiry_is_written_down_by_who_comes_by() -> None:
    cabin = await opened()
    for night in range(3):
        await hold(nights(cabin, night, night + 1), ttl=BRIEFLY)
    await hold(nights(cabin, 3, 4))
    await asyncio.sleep(BRIEFLY.total_seconds() + 0.02)
    assert await within(lambda capacity: capacity.expire(most=2)) == 2
    assert await within(lambda capacity: capacity.expire()) == 1
    assert await within(lambda capacity: capacity.expire()) == 0
    rows = await sql(
        "select state, count(*)::int as holds from core_capacity_hold group by state order by state"
    )
    assert [tuple(row.values()) for row in rows] == [("EXPIRED", 3), ("HELD", 1)]


async def test_an_extended_hold_lasts_longer_and_never_shorter() -> None:
    cabin = await opened()
    held = await hold(nights(cabin, 0, 3), ttl=HOUR)
    longer = await within(lambda capacity: capacity.extend(held.id, 2 * HOUR))
    assert longer.expires_at > held.expires_at + HOUR / 2
    assert await within(lambda capacity: capacity.extend(held.id, HOUR)) == longer
    assert await within(lambda capacity: capacity.find(held.id)) == longer


async def test_a_hold_that_is_not_there_is_told() -> None:
    for name in ("confirm", "release"):
        assert (
            await within(lambda capacity, name=name: getattr(capacity, name)(uuid4()))
        ).code == "HOLD_NOT_FOUND"
    assert await within(lambda capacity: capacity.find(uuid4())) is None


async def test_who_waited_for_the_lock_goes_by_the_time_it_has_become() -> None:
    cabin = await opened()
    held = await hold(nights(cabin, 0, 3), ttl=timedelta(milliseconds=250))
    waiting = asyncio.Event()

    async def slow(capacity: Capacity) -> None:
        await capacity.extend(held.id, timedelta(milliseconds=1))
        waiting.set()
        await asyncio.sleep(0.3)

    async def quick() -> Any:
        await waiting.wait()
        return await hold(nights(cabin, 0, 3))

    _, then = await asyncio.gather(within(slow), quick())
    assert isinstance(then, Hold)


async def test_a_hold_is_undone_with_its_change() -> None:
    cabin, id = await opened(), uuid4()

    async def fails(capacity: Capacity) -> None:
        await capacity.hold((nights(cabin, 0, 1),), id=id, ttl=HOUR)
        raise CapacityError("TEST", "no", hint="")

    await within(fails)
    assert await within(lambda capacity: capacity.find(id)) is None
    assert await left(nights(cabin, 0, 1)) == [1]


# -- resources


async def test_a_resource_is_opened_once() -> None:
    id = await opened(capacity=3)
    await within(lambda capacity: capacity.open(id, kind="test.thing", measure=Measure.DATE, capacity=3))
    with pytest.raises(ValueError, match="another one"):
        await within(lambda capacity: capacity.open(id, kind="test.thing", measure=Measure.DATE))
    with pytest.raises(ValueError, match="pool of one"):
        await opened(measure=Measure.TOTAL)
    with pytest.raises(ValueError, match="how long"):
        await opened(measure=Measure.SLOT, capacity=1)


async def test_a_pool_is_resized_to_no_less_than_is_held() -> None:
    dormitory = await opened(capacity=4)
    await hold(nights(dormitory, 0, 2, 3))
    refused = await within(lambda capacity: capacity.resize(dormitory, 2))
    assert (refused.code, refused.message) == ("CAPACITY_IN_USE", "3 are held already.")
    await within(lambda capacity: capacity.resize(dormitory, 3))
    assert await left(nights(dormitory, 0, 1), nights(dormitory, 5, 6)) == [0, 3]
    await within(lambda capacity: capacity.resize(dormitory, 6))
    assert await left(nights(dormitory, 0, 1), nights(dormitory, 5, 6)) == [3, 6]


async def test_what_is_over_does_not_keep_a_pool_from_shrinking() -> None:
    dormitory = await opened(capacity=4)
    then = date(2020, 1, 1)
    await hold(Claim(dormitory, then, then + DAY, 4), ttl=None)
    await within(lambda capacity: capacity.resize(dormitory, 2))
    assert await left(Claim(dormitory, then, then + DAY), nights(dormitory, 0, 1)) == [0, 2]


async def test_some_dates_have_other_seats() -> None:
    dormitory = await opened(capacity=4)
    await within(lambda capacity: capacity.seats(dormitory, 6, MONDAY, MONDAY + 2 * DAY))
    await within(lambda capacity: capacity.resize(dormitory, 3))
    assert isinstance(await hold(nights(dormitory, 0, 2, 6)), Hold)
    assert (await hold(nights(dormitory, 1, 3, 1))).next_free == MONDAY + 2 * DAY
    refused = await within(lambda capacity: capacity.seats(dormitory, None, MONDAY, MONDAY + DAY))
    assert refused.code == "CAPACITY_IN_USE"
    await within(lambda capacity: capacity.seats(dormitory, None, MONDAY + 5 * DAY, MONDAY + 6 * DAY))
    assert await left(nights(dormitory, 5, 6)) == [3]


@pytest.mark.parametrize("pooled", [True, False])
async def test_nothing_new_is_held_in_a_blackout(pooled: bool) -> None:
    thing, blackout = await opened(capacity=2 if pooled else None), uuid4()
    before = await hold(nights(thing, 0, 2))

    async def black_out(capacity: Capacity) -> Any:
        until = MONDAY + 5 * DAY
        return await capacity.blackout(thing, MONDAY + DAY, until, id=blackout, reason="repairs")

    assert await within(black_out) == [before.id]
    refused = await hold(nights(thing, 4, 6))
    assert (refused.code, refused.message) == (
        "CAPACITY_CLOSED",
        "It is not to be had in this time: repairs.",
    )
    assert await left(nights(thing, 4, 6)) == [0]
    assert isinstance(await within(lambda capacity: capacity.confirm(before.id)), Hold)
    for _ in range(2):
        await within(lambda capacity: capacity.reopen(blackout))
    assert isinstance(await hold(nights(thing, 4, 6)), Hold)


# -- what the database itself refuses

HOLD = """
insert into core_capacity_hold (id, state, expires_at, content, at, moved_at)
values ($1, $2::varchar, case $2::varchar when 'HELD' then now() + interval '1 hour' end, '', now(), now())
"""
CLAIM = """
insert into core_capacity_claim (hold_id, number, resource_id, starts_at, ends_at, quantity)
values ($1, 1, $2, $3, $4, $5)
"""


async def past_the_service(connection: Any, claim: Claim, state: str = "HELD") -> UUID:
    id = uuid4()
    await connection.execute(HOLD, id, state)
    times = [
        datetime.combine(one, datetime.min.time(), UTC) if one else None for one in (claim.starts, claim.ends)
    ]
    await connection.execute(CLAIM, id, claim.resource, *times, claim.quantity)
    return id


async def refusal(connection: Any, statement: str, *values: Any) -> str | None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as raised:
        await connection.execute(statement, *values)
    name: str | None = raised.value.constraint_name
    return name


async def test_the_database_refuses_what_is_too_much(database: str) -> None:
    cabin, dormitory = await opened(), await opened(capacity=2)
    connection = await asyncpg.connect(database)
    await past_the_service(connection, nights(cabin, 0, 3))
    await past_the_service(connection, nights(dormitory, 0, 3, 2))
    with pytest.raises(asyncpg.ExclusionViolationError, match="core_capacity_claim_alone"):
        await past_the_service(connection, nights(cabin, 2, 4), "CONFIRMED")
    with pytest.raises(asyncpg.CheckViolationError, match="core_capacity_counter_covered"):
        await past_the_service(connection, nights(dormitory, 2, 4))
    with pytest.raises(asyncpg.CheckViolationError, match="range"):
        await past_the_service(connection, Claim(cabin))
    assert (
        await refusal(connection, "update core_capacity_resource set capacity = 1 where id = $1", dormitory)
        == "core_capacity_counter_covered"
    )
    await within(lambda capacity: capacity.blackout(cabin, MONDAY + 7 * DAY, MONDAY + 9 * DAY, id=uuid4()))
    with pytest.raises(asyncpg.CheckViolationError, match="blacked out"):
        await past_the_service(connection, nights(cabin, 8, 9))
    await connection.close()


async def test_the_database_lets_nobody_write_the_past_anew(database: str) -> None:
    seats = await opened(capacity=2)
    held = await hold(nights(seats, 0, 1))
    connection = await asyncpg.connect(database)
    for statement, name in (
        ("update core_capacity_claim set is_live = false", "core_capacity_unaltered"),
        ("update core_capacity_claim set quantity = 2", "core_capacity_unaltered"),
        ("update core_capacity_claim set expires_at = now() - interval '1 hour'", "core_capacity_unaltered"),
        ("delete from core_capacity_claim", "core_capacity_unaltered"),
        ("update core_capacity_counter set used = 0", "core_capacity_unaltered"),
        ("delete from core_capacity_counter", "core_capacity_unaltered"),
        ("update core_capacity_log set at = now()", "core_capacity_unaltered"),
        ("delete from core_capacity_log", "core_capacity_unaltered"),
        ("delete from core_capacity_hold", "core_capacity_hold_forward"),
        ("update core_capacity_hold set moved_at = now() + interval '1 day'", "core_capacity_hold_forward"),
        ("update core_capacity_hold set state = 'EXPIRED'", "core_capacity_hold_in_time"),
        ("update core_capacity_resource set is_unit = true, capacity = 1", "core_capacity_unaltered"),
    ):
        assert await refusal(connection, statement) == name, statement
    await within(lambda capacity: capacity.release(held.id))
    assert (
        await refusal(
            connection,
            "update core_capacity_hold set state = 'CONFIRMED', expires_at = null, moved_at = now()",
        )
        == "core_capacity_hold_forward"
    )
    await connection.close()


async def test_what_was_let_go_is_not_confirmed_by_any_trick(database: str) -> None:
    cabin = await opened()
    held = await hold(nights(cabin, 0, 3), ttl=BRIEFLY)
    await asyncio.sleep(BRIEFLY.total_seconds() + 0.02)
    await hold(nights(cabin, 0, 3))
    connection = await asyncpg.connect(database)
    assert (
        await refusal(
            connection,
            "update core_capacity_hold set state = 'CONFIRMED', expires_at = null where id = $1",
            held.id,
        )
        == "core_capacity_hold_in_time"
    )
    await connection.close()
