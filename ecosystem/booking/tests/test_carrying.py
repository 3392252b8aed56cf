"""A database from before capacity was: its bookings hold their nights once it is migrated."""

from __future__ import annotations

from datetime import UTC, date, datetime
from importlib import import_module

import asyncpg
import pytest

from .conftest import Rows

CARRY = import_module("serai_booking.migrations.0002_capacity").CARRY
CANCEL = import_module("serai_booking.migrations.0003_cancelled").CANCEL
MONDAY, FRIDAY = date(2027, 3, 1), date(2027, 3, 5)


async def test_live_bookings_are_carried_over_and_once(rows: Rows) -> None:
    stay = await rows.stay()
    live = await rows.booking(stay, MONDAY, FRIDAY, is_held=False)
    await rows.booking(stay, MONDAY, FRIDAY, status="CANCELLED", cancelled_at=datetime.now(UTC))
    for _ in range(2):
        await rows.connection.execute(CARRY)
    [claim] = await rows.connection.fetch("select * from core_capacity_claim")
    assert (claim["hold_id"], claim["resource_id"], claim["is_live"]) == (live, stay, True)
    assert (claim["starts_at"], claim["ends_at"]) == (
        datetime(2027, 3, 1, tzinfo=UTC),
        datetime(2027, 3, 5, tzinfo=UTC),
    )
    with pytest.raises(asyncpg.ExclusionViolationError):
        await rows.held(await rows.customer(), stay, MONDAY, FRIDAY)


async def test_what_was_cancelled_meanwhile_is_let_go(rows: Rows) -> None:
    stay = await rows.stay()
    booking = await rows.booking(stay, MONDAY, FRIDAY, is_held=False)
    await rows.connection.execute(CARRY)
    await rows.connection.execute(
        "update booking_booking set status = 'CANCELLED', cancelled_at = now() where id = $1", booking
    )
    await rows.connection.execute(CARRY)
    assert await rows.connection.fetchval("select is_live from core_capacity_claim") is False


async def test_bookings_of_cancelled_transactions_are_cancelled(rows: Rows) -> None:
    stay = await rows.stay()
    booking, other = (
        await rows.booking(stay, MONDAY, FRIDAY),
        await rows.booking(await rows.stay(), MONDAY, FRIDAY),
    )
    await rows.connection.execute(
        "update core_transaction set status = 'CANCELLED', cancelled_at = '2027-01-01Z' "
        "where id = (select transaction_id from booking_booking where id = $1)",
        booking,
    )
    await rows.connection.execute(CANCEL)
    found = await rows.connection.fetch(
        "select b.id, b.status, b.cancelled_at, b.version, h.state "
        "from booking_booking b join core_capacity_hold h using (id) order by b.status"
    )
    then = datetime(2027, 1, 1, tzinfo=UTC)
    assert [tuple(row) for row in found] == [
        (booking, "CANCELLED", then, 2, "RELEASED"),
        (other, "PLACED", None, 1, "CONFIRMED"),
    ]
