"""Sixty-four guests want the same night at the same moment, fifty times over."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date, timedelta
from time import perf_counter

import asyncpg
import pytest

from .conftest import RACERS, House, Rows, as_customer, offer_id

ROUNDS = [pytest.param(8, id="short"), pytest.param(50, id="long", marks=pytest.mark.slow)]
DAYS_BETWEEN_ROUNDS = 12

PLACE = """
mutation ($input: BookingPlaceInput!) {
  bookingPlace(input: $input) { booking { id } userErrors { code } }
}
"""


@pytest.mark.parametrize("rounds", ROUNDS)
async def test_one_of_many_gets_the_night_and_the_others_are_told(
    house: House, rows: Rows, rounds: int, capfd: pytest.CaptureFixture[str]
) -> None:
    stay = await rows.stay()
    guests = [await rows.customer() for _ in range(RACERS)]
    outcomes: list[Counter[str]] = []
    times: list[float] = []

    async def race(number: int, night: date) -> str:
        wanted = {
            "stay": offer_id(stay),
            "checkIn": (night - timedelta(days=number % 4)).isoformat(),
            "checkOut": (night + timedelta(days=1 + number % 5)).isoformat(),
            "guests": 1 + number % 2,
        }
        answer = (await house.ask(PLACE, as_customer(guests[number]), input=wanted))["bookingPlace"]
        return "booked" if answer["booking"] else str([one["code"] for one in answer["userErrors"]])

    for turn in range(rounds):
        night = date.today() + timedelta(days=10 + turn * DAYS_BETWEEN_ROUNDS)
        started = perf_counter()
        outcomes.append(Counter(await asyncio.gather(*(race(number, night) for number in range(RACERS)))))
        times.append(perf_counter() - started)

    with capfd.disabled():
        print(f"\n{rounds} rounds of {RACERS}: mean {sum(times) / rounds:.3f} s, slowest {max(times):.3f} s")
    assert outcomes == [Counter({"booked": 1, "['UNAVAILABLE']": RACERS - 1})] * rounds
    assert await rows.connection.fetchval("select count(*) from booking_booking") == rounds
    assert await rows.connection.fetchval("select count(*) from core_transaction") == rounds

    await house.close()
    assert await deadlocks(rows.connection) == 0


async def deadlocks(connection: asyncpg.Connection[asyncpg.Record]) -> int:
    """Deadlocks the server counted in this database; complete once all other sessions have ended."""
    for _ in range(100):
        others = await connection.fetchval(
            "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        )
        if others == 0:
            break
        await asyncio.sleep(0.05)
    await connection.execute("select pg_stat_clear_snapshot()")
    return int(
        await connection.fetchval("select deadlocks from pg_stat_database where datname = current_database()")
    )
