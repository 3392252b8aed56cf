"""Demo data: believable, without double bookings, and the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID

import pytest_asyncio

from serai_booking import demo

NOW = datetime(2026, 7, 1, 10, tzinfo=UTC)
ZONES = {"DEBER": "Europe/Berlin", "JPTYO": "Asia/Tokyo", "CNHGH": "Asia/Shanghai"}


class Collected:
    """What a builder of demo data gets, keeping the rows instead of writing them."""

    def __init__(self, seed: int, scale: float = 1) -> None:
        self.random = Random(seed)
        self.scale = scale
        self.now = NOW
        self.tables: dict[str, list[Mapping[str, Any]]] = {}

    def new_id(self, at: datetime) -> UUID:
        return UUID(int=(int(at.timestamp() * 1_000) << 80) | self.random.getrandbits(62))

    async def insert(self, model: Any, rows: Iterable[Mapping[str, Any]]) -> None:
        await self.insert_into(model._meta.db_table, rows)

    async def insert_into(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        self.tables.setdefault(table, []).extend(rows)

    async def insert_all(
        self, rows: Iterable[tuple[Any, Mapping[str, Any]]], *, order: Sequence[Any]
    ) -> None:
        for table, row in rows:
            assert table in order
            await self.insert_into(table if isinstance(table, str) else table._meta.db_table, [row])

    async def fetch(self, statement: str, *values: Any) -> list[Mapping[str, Any]]:
        if "core_provider" in statement:
            return [
                {
                    "id": UUID(int=number + 1),
                    "place_point_latitude": None,
                    "place_point_longitude": None,
                    "place_city_code": city,
                    "place_address": None,
                    "place_time_zone": ZONES[city],
                }
                for number, city in enumerate([*ZONES] * 12)
            ]
        if "core_customer" in statement:
            joined = NOW - timedelta(days=800)
            return [
                {"id": UUID(int=number + 1), "created_at": joined + timedelta(hours=9 * number)}
                for number in range(2_000)
            ]
        return []

    @property
    def progress(self) -> Callable[..., None]:
        return lambda what, done, total=None: None


async def built(seed: int, scale: float = 1) -> dict[str, list[Mapping[str, Any]]]:
    collected = Collected(seed, scale)
    await demo.build(collected)
    return collected.tables


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def tables() -> dict[str, list[Mapping[str, Any]]]:
    return await built(1)


Tables = dict[str, list[Mapping[str, Any]]]


async def test_the_same_seed_gives_the_same_rows(tables: Tables) -> None:
    assert await built(1) == tables
    assert await built(2) != tables


def test_there_are_as_many_as_announced(tables: Tables) -> None:
    assert len(tables["booking_stay"]) == len(tables["core_offer"]) == 150
    assert 3_000 <= len(tables["booking_booking"]) <= 5_000
    assert len(tables["booking_booking"]) == len(tables["core_transaction"])


async def test_there_are_more_at_a_larger_scale(tables: Tables) -> None:
    more = await built(1, scale=3)
    assert len(more["booking_stay"]) == 3 * len(tables["booking_stay"])
    assert 2.5 < len(more["booking_booking"]) / len(tables["booking_booking"]) < 3.5


def test_no_night_is_sold_twice(tables: Tables) -> None:
    by_stay: dict[UUID, list[tuple[Any, Any]]] = {}
    for one in tables["booking_booking"]:
        if one["status"] != "CANCELLED":
            by_stay.setdefault(one["stay_id"], []).append((one["check_in"], one["check_out"]))
    for periods in by_stay.values():
        ordered = sorted(periods)
        assert all(earlier[1] <= later[0] for earlier, later in pairwise(ordered))


def test_live_bookings_hold_their_nights(tables: Tables) -> None:
    live = {one["id"]: one for one in tables["booking_booking"] if one["status"] != "CANCELLED"}
    assert {one["id"] for one in tables["core_capacity_hold"]} == live.keys()
    for one in tables["core_capacity_claim"]:
        booking = live.pop(one["hold_id"])
        assert one["resource_id"] == booking["stay_id"]
        assert (one["starts_at"].date(), one["ends_at"].date()) == (booking["check_in"], booking["check_out"])
    assert not live
    assert {one["id"] for one in tables["core_capacity_resource"]} == {
        one["id"] for one in tables["booking_stay"]
    }


def test_a_transactions_lines_add_up_to_its_total(tables: Tables) -> None:
    sums: dict[UUID, int] = {}
    for line in tables["core_transaction_line"]:
        assert line["amount_minor"] == line["quantity"] * line["unit_price_minor"]
        sums[line["transaction_id"]] = sums.get(line["transaction_id"], 0) + line["amount_minor"]
    assert sums == {one["id"]: one["total_minor"] for one in tables["core_transaction"]}
    assert sums == {one["transaction_id"]: one["total_minor"] for one in tables["booking_booking"]}


def test_nothing_is_placed_in_the_future_or_after_it_began(tables: Tables) -> None:
    for one in tables["booking_booking"]:
        assert one["created_at"] <= one["updated_at"] <= NOW
        assert one["created_at"].date() <= one["check_in"]


def test_summer_is_fuller_than_winter(tables: Tables) -> None:
    months = [one["check_in"].month for one in tables["booking_booking"]]
    assert sum(month in (6, 7, 8) for month in months) > 2 * sum(month in (12, 1, 2) for month in months)
