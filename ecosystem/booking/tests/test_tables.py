"""What the database itself refuses, whatever the code above it does."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from serai_booking.models import NO_OVERLAP
from serai_sdk.orm import violated_constraint

from .conftest import APPS, Rows

MONDAY, WEDNESDAY, FRIDAY = date(2027, 3, 1), date(2027, 3, 3), date(2027, 3, 5)


async def refused(rows: Rows, **values: Any) -> str | None:
    stay = values.pop("stay", None) or await rows.stay()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as raised:
        await rows.booking(stay, values.pop("check_in", MONDAY), values.pop("check_out", FRIDAY), **values)
    return violated_constraint(raised.value)


async def test_two_bookings_of_a_stay_share_no_night(rows: Rows) -> None:
    stay = await rows.stay()
    await rows.booking(stay, MONDAY, FRIDAY)
    assert await refused(rows, stay=stay, check_in=WEDNESDAY) == NO_OVERLAP


async def test_the_next_guest_may_come_when_the_first_leaves(rows: Rows) -> None:
    stay = await rows.stay()
    await rows.booking(stay, MONDAY, WEDNESDAY)
    await rows.booking(stay, WEDNESDAY, FRIDAY)


async def test_another_stay_is_free(rows: Rows) -> None:
    await rows.booking(await rows.stay(), MONDAY, FRIDAY)
    await rows.booking(await rows.stay(), MONDAY, FRIDAY)


async def test_a_cancelled_booking_holds_no_nights(rows: Rows) -> None:
    stay = await rows.stay()
    await rows.booking(stay, MONDAY, FRIDAY, status="CANCELLED", cancelled_at=datetime.now(UTC))
    await rows.booking(stay, MONDAY, FRIDAY)


async def test_a_cancelled_booking_cannot_come_back_over_another(rows: Rows) -> None:
    stay = await rows.stay()
    gone = await rows.booking(stay, MONDAY, FRIDAY, status="CANCELLED", cancelled_at=datetime.now(UTC))
    await rows.booking(stay, MONDAY, FRIDAY)
    with pytest.raises(asyncpg.ExclusionViolationError):
        await rows.connection.execute(
            "update booking_booking set status = 'PLACED', cancelled_at = null where id = $1", gone
        )


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"check_out": MONDAY}, "booking_booking_dates_valid"),
        ({"guests": 0}, "booking_booking_guests_positive"),
        ({"status": "LOST"}, "booking_booking_status_valid"),
        ({"status": "CANCELLED"}, "booking_booking_times_fit_status"),
        ({"total_minor": -1}, "booking_booking_total_valid"),
        ({"customer_id": uuid4()}, "booking_booking_customer_exists"),
        ({"transaction_id": uuid4()}, "booking_booking_transaction_exists"),
    ],
)
async def test_a_booking_that_cannot_be_is_refused(
    rows: Rows, values: dict[str, Any], constraint: str
) -> None:
    assert await refused(rows, **values) == constraint


async def test_a_transaction_has_one_booking(rows: Rows) -> None:
    stay = await rows.stay()
    first = await rows.booking(stay, MONDAY, WEDNESDAY)
    shared = await rows.connection.fetchval("select transaction_id from booking_booking where id = $1", first)
    assert (
        await refused(rows, stay=stay, check_in=WEDNESDAY, transaction_id=shared)
        == "booking_booking_transaction"
    )


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"capacity": 0}, "booking_stay_capacity_positive"),
        ({"stay_type": "TENT"}, "booking_stay_stay_type_valid"),
        ({"weekend_percent": -101}, "booking_stay_percents_valid"),
    ],
)
async def test_a_stay_that_cannot_be_is_refused(rows: Rows, values: dict[str, Any], constraint: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError) as raised:
        await rows.stay(**values)
    assert violated_constraint(raised.value) == constraint


async def test_a_nights_price_is_not_negative(rows: Rows) -> None:
    stay = await rows.stay()
    with pytest.raises(asyncpg.CheckViolationError) as raised:
        await rows.connection.execute(
            "update booking_stay set price_per_night_minor = -1 where id = $1", stay
        )
    assert violated_constraint(raised.value) == "booking_stay_price_per_night_valid"


async def test_a_stay_is_an_offer(rows: Rows) -> None:
    stay = await rows.stay()
    with pytest.raises(asyncpg.ForeignKeyViolationError) as raised:
        await rows.connection.execute("update booking_stay set id = $1 where id = $2", uuid4(), stay)
    assert violated_constraint(raised.value) == "booking_stay_offer"


async def test_the_migrations_make_what_the_models_say(database: str) -> None:
    from tortoise.migrations.autodetector import MigrationAutodetector

    from serai.storage.orm import open_orm, orm_config

    orm = await open_orm(database, APPS, is_fallback=False)
    try:
        with orm.active():
            detector = MigrationAutodetector(orm.context.apps, orm_config(database, APPS)["apps"])
            changed = [one for one in await detector.changes() if one.app_label == "booking"]
    finally:
        await orm.close()
    assert [str(operation.describe()) for one in changed for operation in one.operations] == []
