"""Nights held for a while before they are booked, through the graph."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from serai.viewers import Viewer
from serai_booking import holding

from .conftest import House, Rows, as_customer, as_provider, as_staff, customer_id, offer_id

START = date.today() + timedelta(days=30)
HOLD = """
mutation ($input: StayHoldInput!) {
  stayHold(input: $input) {
    hold { id status isLive expiresAt checkIn checkOut guests stay { id } customer { id } }
    userErrors { code field }
  }
}
"""
BOOK = """
mutation ($hold: ID!) {
  stayBook(input: {hold: $hold}) {
    booking { id checkIn checkOut guests status total { amount } transaction { status } customer { id } }
    userErrors { code field message }
  }
}
"""
MOVE = """
mutation ($hold: ID!) {{
  stayHold{what}(input: {{hold: $hold{more}}}) {{ hold {{ status isLive }} userErrors {{ code field }} }}
}}
"""


def nights(first: int, last: int) -> dict[str, str]:
    return {
        "checkIn": str(START + timedelta(days=first)),
        "checkOut": str(START + timedelta(days=last)),
    }


async def hold(
    house: House, viewer: Viewer, stay: UUID, first: int, last: int, **more: Any
) -> dict[str, Any]:
    wanted = {"stay": offer_id(stay), **nights(first, last), "guests": 2, **more}
    answer: dict[str, Any] = (await house.ask(HOLD, viewer, input=wanted))["stayHold"]
    return answer


async def book(house: House, viewer: Viewer, hold: str) -> dict[str, Any]:
    answer: dict[str, Any] = (await house.ask(BOOK, viewer, hold=hold))["stayBook"]
    return answer


async def move(house: House, viewer: Viewer, what: str, hold: str, more: str = "") -> dict[str, Any]:
    data = await house.ask(MOVE.format(what=what, more=more), viewer, hold=hold)
    answer: dict[str, Any] = data[f"stayHold{what}"]
    return answer


def codes(answer: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(one["code"], one["field"]) for one in answer["userErrors"]]


async def free(house: House, first: int, last: int) -> int:
    """How many stays are free, by the list that anybody may ask."""
    dates = {"start": nights(first, last)["checkIn"], "end": nights(first, last)["checkOut"]}
    asked = "query ($between: DateRange!) { stays(availableBetween: $between) { totalCount } }"
    return int((await house.ask(asked, as_customer(uuid4()), between=dates))["stays"]["totalCount"])


async def forward(rows: Rows, by: timedelta) -> None:
    """As if it were that much later, to a hold: nothing runs that would write it down."""
    await rows.connection.execute("set session_replication_role = replica")
    for statement in (
        "update core_capacity_hold set at = at - $1::interval, moved_at = moved_at - $1::interval, "
        "expires_at = expires_at - $1::interval",
        "update core_capacity_claim set expires_at = expires_at - $1::interval",
        "update booking_hold set created_at = created_at - $1::interval, expires_at = expires_at - $1::interval",
    ):
        await rows.connection.execute(statement, by)
    await rows.connection.execute("set session_replication_role = default")


async def test_nights_are_held_and_then_booked_under_the_same_number(house: House, rows: Rows) -> None:
    stay, guest, other = await rows.stay(price_minor=8_000), await rows.customer(), await rows.customer()
    held = (await hold(house, as_customer(guest), stay, 0, 3))["hold"]
    assert (held["status"], held["isLive"], held["guests"]) == ("HELD", True, 2)
    assert (held["stay"]["id"], held["customer"]["id"]) == (offer_id(stay), customer_id(guest))
    assert await free(house, 2, 4) == 0
    assert await free(house, 3, 4) == 1
    assert codes(await hold(house, as_customer(other), stay, 2, 4)) == [("UNAVAILABLE", ["checkIn"])]
    answer = await book(house, as_customer(guest), held["id"])
    assert answer["userErrors"] == []
    booking = answer["booking"]
    assert booking["id"].removeprefix("bkg_") == held["id"].removeprefix("shd_")
    assert (booking["status"], booking["total"]["amount"]) == ("PLACED", "240.00")
    assert booking["transaction"] == {"status": "PLACED"}
    seen = await house.ask("{ stayHolds { nodes { status isLive } } }", as_customer(guest))
    assert seen["stayHolds"]["nodes"] == [{"status": "BOOKED", "isLive": False}]
    assert codes(await book(house, as_customer(guest), held["id"])) == [("HOLD_OVER", ["hold"])]
    assert codes(await move(house, as_customer(guest), "Release", held["id"])) == [("HOLD_OVER", ["hold"])]
    await forward(rows, timedelta(hours=3))
    assert await free(house, 0, 3) == 0


async def test_what_has_expired_is_free_though_nothing_ran(house: House, rows: Rows) -> None:
    stay, guest, other = await rows.stay(), await rows.customer(), await rows.customer()
    held = (await hold(house, as_customer(guest), stay, 0, 3, minutes=10))["hold"]
    await forward(rows, timedelta(minutes=11))
    assert await free(house, 0, 3) == 1
    seen = await house.ask("{ stayHolds { nodes { status isLive } } }", as_customer(guest))
    assert seen["stayHolds"]["nodes"] == [{"status": "EXPIRED", "isLive": False}]
    assert codes(await book(house, as_customer(guest), held["id"])) == [("HOLD_OVER", ["hold"])]
    assert codes(await move(house, as_customer(guest), "Extend", held["id"])) == [("HOLD_OVER", ["hold"])]
    taken = await hold(house, as_customer(other), stay, 1, 2)
    assert taken["userErrors"] == []
    assert (await book(house, as_customer(other), taken["hold"]["id"]))["userErrors"] == []


async def test_a_hold_is_extended_up_to_two_hours_in_all(house: House, rows: Rows) -> None:
    stay, guest = await rows.stay(), await rows.customer()
    held = (await hold(house, as_customer(guest), stay, 0, 3, minutes=50))["hold"]
    await forward(rows, timedelta(minutes=45))
    answer = await move(house, as_customer(guest), "Extend", held["id"], ", minutes: 60")
    assert answer == {"hold": {"status": "HELD", "isLive": True}, "userErrors": []}
    await forward(rows, timedelta(minutes=40))
    answer = await move(house, as_customer(guest), "Extend", held["id"], ", minutes: 40")
    assert codes(answer) == [("HELD_FOR_LONG", ["minutes"])]
    assert (await book(house, as_customer(guest), held["id"]))["userErrors"] == []


async def test_what_is_released_is_free_at_once(house: House, rows: Rows) -> None:
    stay, guest = await rows.stay(), await rows.customer()
    held = (await hold(house, as_customer(guest), stay, 0, 3))["hold"]
    for _ in range(2):
        answer = await move(house, as_customer(guest), "Release", held["id"])
        assert answer == {"hold": {"status": "RELEASED", "isLive": False}, "userErrors": []}
    assert await free(house, 0, 3) == 1
    assert codes(await book(house, as_customer(guest), held["id"])) == [("HOLD_OVER", ["hold"])]


async def test_a_hold_is_its_customers_and_of_staff_that_may(house: House, rows: Rows) -> None:
    provider = await rows.provider()
    stay, guest, other = await rows.stay(provider=provider), await rows.customer(), await rows.customer()
    held = (await hold(house, as_customer(guest), stay, 0, 3))["hold"]["id"]
    for stranger in (as_customer(other), as_staff("booking:read")):
        if stranger.kind == "customer":
            assert codes(await book(house, stranger, held)) == [("NOT_FOUND", ["hold"])]
            assert codes(await move(house, stranger, "Release", held)) == [("NOT_FOUND", ["hold"])]
            assert codes(await move(house, stranger, "Extend", held)) == [("NOT_FOUND", ["hold"])]
    count = "{ stayHolds { totalCount } stays { nodes { holds { totalCount } } } }"
    for viewer, seen in ((as_customer(other), 0), (as_provider(provider), 0), (as_staff("booking:read"), 1)):
        data = await house.ask(count, viewer)
        assert data["stayHolds"]["totalCount"] == seen
        assert data["stays"]["nodes"] == [{"holds": {"totalCount": seen}}]
    staff = as_staff("booking:write", "booking:read", "customers:read", "offers:read")
    booked = await book(house, staff, held)
    assert (booked["userErrors"], booked["booking"]["customer"]) == ([], {"id": customer_id(guest)})


async def test_a_customer_has_five_holds_and_no_more_at_once(house: House, rows: Rows) -> None:
    stay, guest = await rows.stay(), await rows.customer()
    answers = await asyncio.gather(
        *(hold(house, as_customer(guest), stay, number, number + 1) for number in range(8))
    )
    told = Counter("held" if one["hold"] else one["userErrors"][0]["code"] for one in answers)
    assert told == {"held": 5, "TOO_MANY_HOLDS": 3}
    held = next(one["hold"]["id"] for one in answers if one["hold"])
    await move(house, as_customer(guest), "Release", held)
    assert (await hold(house, as_customer(guest), stay, 20, 21))["userErrors"] == []


async def test_what_is_held_is_booked_by_one_of_many_and_released_by_none_of_them(
    house: House, rows: Rows
) -> None:
    stay, guest = await rows.stay(), await rows.customer()
    held = (await hold(house, as_customer(guest), stay, 0, 3))["hold"]["id"]
    answers = await asyncio.gather(*(book(house, as_customer(guest), held) for _ in range(16)))
    assert Counter(bool(one["booking"]) for one in answers) == {True: 1, False: 15}
    assert await rows.connection.fetchval("select count(*) from core_transaction") == 1


async def test_a_stay_taken_off_sale_is_not_booked_but_stays_held(house: House, rows: Rows) -> None:
    stay, guest = await rows.stay(), await rows.customer()
    held = (await hold(house, as_customer(guest), stay, 0, 3))["hold"]["id"]
    await rows.connection.execute("update core_offer set status = 'DRAFT' where id = $1", stay)
    assert codes(await book(house, as_customer(guest), held)) == [("UNAVAILABLE", ["hold"])]
    await rows.connection.execute("update core_offer set status = 'PUBLISHED' where id = $1", stay)
    assert (await book(house, as_customer(guest), held))["userErrors"] == []


async def test_holds_over_long_ago_are_forgotten(house: House, rows: Rows) -> None:
    stay, guest = await rows.stay(), await rows.customer()
    await hold(house, as_customer(guest), stay, 0, 3)
    assert len(await rows.connection.fetch(holding.OVER, 10)) == 0
    await forward(rows, timedelta(days=holding.KEPT_DAYS, hours=2))
    assert len(await rows.connection.fetch(holding.OVER, 10)) == 1
