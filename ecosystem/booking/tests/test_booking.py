"""Booking, cancelling and looking for stays, through the graph."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from serai.viewers import ANONYMOUS, Viewer

from .conftest import House, Rows, as_customer, as_provider, as_staff, booking_id, customer_id, offer_id

START = date.today() + timedelta(days=30)

PLACE = """
mutation ($input: BookingPlaceInput!) {
  bookingPlace(input: $input) {
    booking {
      id status checkIn checkOut nights guests version
      total { amount currency }
      stay { id title provider { id } }
      customer { id }
      transaction { id status channel total { amount } lines { nodes { quantity unitPrice { amount } offer { id } } } }
    }
    userErrors { code field message }
  }
}
"""

CANCEL = """
mutation ($input: BookingCancelInput!) {
  bookingCancel(input: $input) {
    booking { id status cancelledAt version transaction { status cancelReason } }
    userErrors { code field message }
  }
}
"""


def day(number: int) -> date:
    return START + timedelta(days=number)


async def place(
    house: House,
    viewer: Viewer,
    stay: UUID,
    check_in: date,
    check_out: date,
    *,
    guests: int = 2,
    customer: UUID | None = None,
) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "stay": offer_id(stay),
        "checkIn": check_in.isoformat(),
        "checkOut": check_out.isoformat(),
        "guests": guests,
    }
    if customer is not None:
        wanted["customer"] = customer_id(customer)
    answer: dict[str, Any] = (await house.ask(PLACE, viewer, input=wanted))["bookingPlace"]
    return answer


async def cancel(house: House, viewer: Viewer, booking: str) -> dict[str, Any]:
    answer: dict[str, Any] = (
        await house.ask(CANCEL, viewer, input={"id": booking, "reason": "changed plans"})
    )["bookingCancel"]
    return answer


def codes(answer: dict[str, Any]) -> list[tuple[str, list[str]]]:
    assert answer["booking"] is None
    return [(one["code"], one["field"]) for one in answer["userErrors"]]


async def cancel_transaction(house: House, viewer: Viewer, transaction: str) -> dict[str, Any]:
    answer: dict[str, Any] = (
        await house.ask(
            "mutation ($id: ID!) { transactionCancel(input: {id: $id}) "
            "{ transaction { status } userErrors { code field } } }",
            viewer,
            id=transaction,
        )
    )["transactionCancel"]
    return answer


async def events(rows: Rows) -> list[str]:
    return [row["event"] for row in await rows.connection.fetch("select event from core_outbox order by seq")]


async def booked(rows: Rows) -> tuple[int, int]:
    """How many bookings and how many transactions there are."""
    found = await rows.connection.fetchrow(
        "select (select count(*) from booking_booking) as bookings, (select count(*) from core_transaction) as made"
    )
    assert found is not None
    return found["bookings"], found["made"]


async def test_a_customer_books_a_stay_and_agrees_on_a_transaction(house: House, rows: Rows) -> None:
    stay, guest = await rows.stay(price_minor=8_050), await rows.customer()
    answer = await place(house, as_customer(guest), stay, day(0), day(3))
    assert answer["userErrors"] == []
    booking = answer["booking"]
    assert (booking["status"], booking["nights"], booking["guests"]) == ("PLACED", 3, 2)
    assert booking["total"] == {"amount": "241.50", "currency": "EUR"}
    assert booking["stay"]["id"] == offer_id(stay)
    assert booking["customer"]["id"] == customer_id(guest)
    transaction = booking["transaction"]
    assert (transaction["status"], transaction["channel"]) == ("PLACED", "booking")
    assert transaction["total"]["amount"] == "241.50"
    assert transaction["lines"]["nodes"] == [
        {"quantity": 3, "unitPrice": {"amount": "80.50"}, "offer": {"id": offer_id(stay)}}
    ]
    assert await booked(rows) == (1, 1)
    assert "booking.placed" in await events(rows)


async def test_a_line_for_each_price_of_a_night(house: House, rows: Rows) -> None:
    stay, guest = await rows.stay(price_minor=10_000, weekend_percent=20), await rows.customer()
    answer = await place(house, as_customer(guest), stay, day(0), day(7))
    lines = answer["booking"]["transaction"]["lines"]["nodes"]
    assert [(one["quantity"], one["unitPrice"]["amount"]) for one in lines] == [(5, "100.00"), (2, "120.00")]
    assert answer["booking"]["total"]["amount"] == "740.00"


async def test_a_quote_says_what_a_booking_then_costs(house: House, rows: Rows) -> None:
    stay, guest = await rows.stay(price_minor=9_999, weekend_percent=15), await rows.customer()
    asked = """
    query ($id: ID!, $in: Date!, $out: Date!) {
      stay(id: $id) {
        quote(checkIn: $in, checkOut: $out, guests: 2) {
          total { amount } isAvailable nights { night price { amount } }
        }
      }
    }
    """
    period = {"id": offer_id(stay), "in": day(0).isoformat(), "out": day(7).isoformat()}
    before = (await house.ask(asked, ANONYMOUS, **period))["stay"]["quote"]
    answer = await place(house, as_customer(guest), stay, day(0), day(7))
    after = (await house.ask(asked, ANONYMOUS, **period))["stay"]["quote"]
    assert before["total"] == {"amount": answer["booking"]["total"]["amount"]}
    assert [one["night"] for one in before["nights"]] == [day(number).isoformat() for number in range(7)]
    assert (before["isAvailable"], after["isAvailable"]) == (True, False)


async def test_a_quote_is_null_where_the_guests_do_not_fit(house: House, rows: Rows) -> None:
    provider = await rows.provider()
    small, large = [await rows.stay(provider=provider, capacity=capacity) for capacity in (2, 6)]
    asked = """
    query ($in: Date!, $out: Date!) {
      stays { nodes { id quote(checkIn: $in, checkOut: $out, guests: 4) { isAvailable } } }
    }
    """
    data = await house.ask(asked, ANONYMOUS, **{"in": day(0).isoformat(), "out": day(1).isoformat()})
    assert {one["id"]: one["quote"] for one in data["stays"]["nodes"]} == {
        offer_id(small): None,
        offer_id(large): {"isAvailable": True},
    }


async def test_alternatives_are_of_the_same_type_and_city_and_large_enough(house: House, rows: Rows) -> None:
    mine = await rows.stay(capacity=4)
    larger = await rows.stay(capacity=6)
    equal = await rows.stay(capacity=4)
    await rows.stay(capacity=2)
    await rows.stay(capacity=4, city="FRPAR")
    await rows.stay(capacity=4, stay_type="PITCH")
    await rows.stay(capacity=4, status="DRAFT")
    data = await house.ask(
        "query ($id: ID!) { stay(id: $id) { alternatives(first: 5) { id } } }", ANONYMOUS, id=offer_id(mine)
    )
    assert [one["id"] for one in data["stay"]["alternatives"]] == [offer_id(equal), offer_id(larger)]


@pytest.mark.parametrize(
    ("first", "last"), [(0, 4), (1, 2), (-2, 1), (3, 6), (-1, 5)], ids=lambda number: str(number)
)
async def test_overlapping_nights_are_refused_and_nothing_is_kept(
    house: House, rows: Rows, first: int, last: int
) -> None:
    stay = await rows.stay()
    await place(house, as_customer(await rows.customer()), stay, day(0), day(4))
    before = (await booked(rows), await events(rows))
    answer = await place(house, as_customer(await rows.customer()), stay, day(first), day(last))
    assert codes(answer) == [("UNAVAILABLE", ["checkIn"])]
    assert (await booked(rows), await events(rows)) == before


async def test_the_constraint_refuses_what_capacity_was_not_told(house: House, rows: Rows) -> None:
    stay = await rows.stay()
    booking = await rows.booking(stay, day(0), day(4), is_held=False)
    answer = await place(house, as_customer(await rows.customer()), stay, day(1), day(2))
    assert codes(answer) == [("UNAVAILABLE", ["checkIn"])]
    assert await booked(rows) == (1, 1)
    assert (await cancel(house, as_staff("booking:write"), booking_id(booking)))["userErrors"] == []
    answer = await place(house, as_customer(await rows.customer()), stay, day(1), day(2))
    assert answer["userErrors"] == []


async def test_nights_that_somebody_else_holds_are_not_to_be_had(house: House, rows: Rows) -> None:
    stay = await rows.stay()
    hold = await rows.held(uuid4(), stay, day(0), day(4))
    answer = await place(house, as_customer(await rows.customer()), stay, day(1), day(2))
    assert codes(answer) == [("UNAVAILABLE", ["checkIn"])]
    await rows.connection.execute(
        "update core_capacity_hold set state = 'RELEASED', moved_at = serai_clock() where id = $1", hold
    )
    answer = await place(house, as_customer(await rows.customer()), stay, day(1), day(2))
    assert answer["userErrors"] == []


async def test_a_booking_holds_its_nights_under_its_own_id(house: House, rows: Rows) -> None:
    stay, guest = await rows.stay(), await rows.customer()
    booking = (await place(house, as_customer(guest), stay, day(0), day(4)))["booking"]
    states = "select state from core_capacity_hold where id = $1::uuid"
    id = UUID(booking["id"].removeprefix("bkg_"))
    assert await rows.connection.fetchval(states, id) == "CONFIRMED"
    await cancel(house, as_customer(guest), booking["id"])
    assert await rows.connection.fetchval(states, id) == "RELEASED"


async def test_adjacent_nights_are_free(house: House, rows: Rows) -> None:
    stay = await rows.stay()
    for first, last in ((0, 4), (4, 6), (-3, 0)):
        answer = await place(house, as_customer(await rows.customer()), stay, day(first), day(last))
        assert answer["userErrors"] == []
    assert (await booked(rows))[0] == 3


async def test_cancelling_frees_the_nights_and_cancels_the_transaction(house: House, rows: Rows) -> None:
    stay, guest = await rows.stay(), await rows.customer()
    booking = (await place(house, as_customer(guest), stay, day(0), day(4)))["booking"]
    answer = await cancel(house, as_customer(guest), booking["id"])
    assert answer["userErrors"] == []
    assert (answer["booking"]["status"], answer["booking"]["version"]) == ("CANCELLED", 2)
    assert answer["booking"]["transaction"] == {"status": "CANCELLED", "cancelReason": "changed plans"}
    again = await place(house, as_customer(await rows.customer()), stay, day(1), day(2))
    assert again["userErrors"] == []
    assert "booking.cancelled" in await events(rows)


async def test_cancelling_what_was_changed_meanwhile_is_refused(house: House, rows: Rows) -> None:
    guest = await rows.customer()
    booking = (await place(house, as_customer(guest), await rows.stay(), day(0), day(4)))["booking"]
    stale = {"id": booking["id"], "expectedVersion": booking["version"] + 1}
    answer = (await house.ask(CANCEL, as_customer(guest), input=stale))["bookingCancel"]
    assert codes(answer) == [("CONFLICT", ["expectedVersion"])]


async def test_cancelling_twice_is_refused(house: House, rows: Rows) -> None:
    stay, guest = await rows.stay(), await rows.customer()
    booking = (await place(house, as_customer(guest), stay, day(0), day(4)))["booking"]
    await cancel(house, as_customer(guest), booking["id"])
    answer = await cancel(house, as_customer(guest), booking["id"])
    assert codes(answer) == [("ILLEGAL_STATE", ["id"])]


async def test_a_booking_whose_transaction_was_cancelled_can_still_be_cancelled(
    house: House, rows: Rows
) -> None:
    stay, guest = await rows.stay(), await rows.customer()
    booking = (await place(house, as_customer(guest), stay, day(0), day(4)))["booking"]
    await rows.connection.execute("update core_transaction set status = 'CANCELLED', cancelled_at = now()")
    assert (await cancel(house, as_customer(guest), booking["id"]))["userErrors"] == []


async def test_cancelling_the_transaction_cancels_its_booking_in_the_same_change(
    house: House, rows: Rows
) -> None:
    stay, guest = await rows.stay(), as_customer(await rows.customer())
    placed = (await place(house, guest, stay, day(0), day(4)))["booking"]
    answer = await cancel_transaction(house, guest, placed["transaction"]["id"])
    assert answer == {"transaction": {"status": "CANCELLED"}, "userErrors": []}
    seen = await rows.connection.fetchrow(
        "select b.status, b.cancelled_at = t.cancelled_at as at_once, b.version, h.state "
        "from booking_booking b join core_transaction t on t.id = b.transaction_id "
        "join core_capacity_hold h on h.id = b.id"
    )
    assert tuple(seen) == ("CANCELLED", True, 2, "RELEASED")
    assert (await events(rows))[-2:] == ["transaction.cancelled", "booking.cancelled"]
    assert (await place(house, as_customer(await rows.customer()), stay, day(0), day(4)))["userErrors"] == []


async def test_a_transaction_that_cannot_be_cancelled_keeps_its_booking(house: House, rows: Rows) -> None:
    stay, guest = await rows.stay(), as_customer(await rows.customer())
    placed = (await place(house, guest, stay, day(0), day(4)))["booking"]
    await rows.connection.execute("update core_transaction set status = 'FULFILLED', fulfilled_at = now()")
    answer = await cancel_transaction(house, guest, placed["transaction"]["id"])
    assert answer["userErrors"] == [{"code": "ILLEGAL_STATE", "field": ["id"]}]
    row = await rows.connection.fetchrow(
        "select b.status, h.state from booking_booking b join core_capacity_hold h on h.id = b.id"
    )
    assert tuple(row) == ("PLACED", "CONFIRMED")


async def test_many_transactions_with_bookings_are_cancelled_at_once(house: House, rows: Rows) -> None:
    staff = as_staff("booking:write", "transactions:write", "customers:read", "transactions:read")
    stays = [await rows.stay() for _ in range(3)]
    for stay in (stays[2], stays[0], stays[1]):
        customer = await rows.customer()
        assert (await place(house, as_customer(customer), stay, day(0), day(2)))["userErrors"] == []
    ids = [row["id"] for row in await rows.connection.fetch("select id from core_transaction order by id")]
    await rows.connection.execute(
        "update core_transaction set status = 'FULFILLED', fulfilled_at = now() where id = $1", ids[1]
    )
    answer = await house.ask(
        "mutation ($items: [TransactionCancelInput!]!) { transactionsCancel(input: "
        "{items: $items, errorPolicy: SKIP_FAILED}) { results { userErrors { code } } } }",
        staff,
        items=[{"id": f"trx_{id.hex}"} for id in reversed(ids)],
    )
    refused = [one["userErrors"] for one in answer["transactionsCancel"]["results"]]
    assert refused == [[], [{"code": "ILLEGAL_STATE"}], []]
    states = await rows.connection.fetch(
        "select b.status from booking_booking b join core_transaction t on t.id = b.transaction_id order by t.id"
    )
    assert [row["status"] for row in states] == ["CANCELLED", "PLACED", "CANCELLED"]


async def test_only_the_parties_and_staff_cancel(house: House, rows: Rows) -> None:
    provider = await rows.provider()
    stay = await rows.stay(provider=provider)
    booking = booking_id(await rows.booking(stay, day(0), day(4)))
    for stranger in (as_customer(await rows.customer()), as_provider(await rows.provider())):
        assert codes(await cancel(house, stranger, booking)) == [("NOT_FOUND", ["id"])]
    assert (await cancel(house, as_provider(provider), booking))["userErrors"] == []


async def test_staff_book_for_a_customer_they_name(house: House, rows: Rows) -> None:
    stay, guest = await rows.stay(), await rows.customer()
    clerk = as_staff("booking:write", "booking:read", "customers:read", "transactions:read")
    assert codes(await place(house, clerk, stay, day(0), day(1))) == [("CUSTOMER_MISSING", ["customer"])]
    answer = await place(house, clerk, stay, day(0), day(1), customer=guest)
    assert answer["userErrors"] == []
    assert answer["booking"]["customer"]["id"] == customer_id(guest)


async def test_a_customer_books_for_nobody_else(house: House, rows: Rows) -> None:
    stay, guest = await rows.stay(), await rows.customer()
    answer = await place(house, as_customer(guest), stay, day(0), day(1), customer=await rows.customer())
    assert codes(answer) == [("NOT_FOUND", ["customer"])]


async def test_nobody_in_particular_books_nothing(house: House, rows: Rows) -> None:
    wanted = {
        "stay": offer_id(await rows.stay()),
        "checkIn": str(day(0)),
        "checkOut": str(day(1)),
        "guests": 1,
    }
    answer = await house.answer(PLACE, ANONYMOUS, input=wanted)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await booked(rows) == (0, 0)


async def test_input_that_cannot_be_is_a_user_error(house: House, rows: Rows) -> None:
    guest = as_customer(await rows.customer())
    stay, draft = await rows.stay(capacity=2), await rows.stay(status="DRAFT")
    suspended = await rows.stay(provider=await rows.provider(status="SUSPENDED"))
    none = UUID(int=7)
    assert codes(await place(house, guest, stay, day(2), day(2))) == [("INVALID_DATES", ["checkOut"])]
    assert codes(await place(house, guest, stay, day(2), day(1))) == [("INVALID_DATES", ["checkOut"])]
    assert codes(await place(house, guest, stay, day(0), day(61))) == [("INVALID_DATES", ["checkOut"])]
    assert codes(await place(house, guest, stay, day(0), day(1), guests=3)) == [
        ("TOO_MANY_GUESTS", ["guests"])
    ]
    for hidden in (draft, suspended, none):
        assert codes(await place(house, guest, hidden, day(0), day(1))) == [("NOT_FOUND", ["stay"])]


async def test_who_sees_a_stay_that_is_not_on_sale_is_told_so(house: House, rows: Rows) -> None:
    desk = as_staff("booking:write", "offers:read", "customers:read")
    customer, draft = await rows.customer(), await rows.stay(status="DRAFT")
    answer = await place(house, desk, draft, day(0), day(1), customer=customer)
    assert codes(answer) == [("UNAVAILABLE", ["stay"])]


async def test_a_stay_begins_on_a_day_of_its_place(house: House, rows: Rows) -> None:
    """Pago Pago is 25 hours behind Kiritimati: what is today in the one is over in the other."""
    guest = as_customer(await rows.customer())
    behind, ahead = (
        await rows.stay(time_zone="Pacific/Pago_Pago"),
        await rows.stay(time_zone="Pacific/Kiritimati"),
    )
    today = datetime.now(ZoneInfo("Pacific/Pago_Pago")).date()
    assert (await place(house, guest, behind, today, today + timedelta(days=1)))["userErrors"] == []
    late = await place(house, guest, ahead, today, today + timedelta(days=1))
    assert codes(late) == [("PAST_DATE", ["checkIn"])]


@pytest.mark.parametrize("month", [3, 10], ids=["an hour lost", "an hour gained"])
async def test_a_night_in_which_the_clocks_change_is_one_night(house: House, rows: Rows, month: int) -> None:
    stay, guest = await rows.stay(price_minor=10_000), await rows.customer()
    last = date(date.today().year + 1, month, 31)
    sunday = last - timedelta(days=(last.weekday() - 6) % 7)
    answer = await place(
        house, as_customer(guest), stay, sunday - timedelta(days=1), sunday + timedelta(days=1)
    )
    assert (answer["booking"]["nights"], answer["booking"]["total"]["amount"]) == (2, "200.00")
    assert answer["booking"]["checkIn"] == (sunday - timedelta(days=1)).isoformat()


async def test_stays_free_between_dates_and_large_enough(house: House, rows: Rows) -> None:
    asked = """
    query ($between: DateRange!, $guests: Int!) {
      stays(availableBetween: $between, guests: $guests) { totalCount nodes { id } }
    }
    """
    taken, free, freed, small = [await rows.stay(capacity=capacity) for capacity in (4, 4, 4, 1)]
    await rows.booking(taken, day(0), day(4))
    await rows.booking(free, day(-2), day(2))
    await rows.booking(free, day(5), day(6))
    now = datetime.now(ZoneInfo("UTC"))
    await rows.booking(freed, day(0), day(6), status="CANCELLED", cancelled_at=now)
    between = {"start": day(2).isoformat(), "end": day(5).isoformat()}
    found = (await house.ask(asked, ANONYMOUS, between=between, guests=2))["stays"]
    assert (found["totalCount"], {one["id"] for one in found["nodes"]}) == (
        2,
        {offer_id(free), offer_id(freed)},
    )
    assert offer_id(small) not in {one["id"] for one in found["nodes"]}


async def test_everybody_sees_only_the_bookings_that_concern_them(house: House, rows: Rows) -> None:
    provider = await rows.provider()
    stay = await rows.stay(provider=provider)
    mine, others = [
        await rows.booking(stay, day(number), day(number + 1), guests=number + 1) for number in (0, 1)
    ]
    await rows.booking(await rows.stay(), day(0), day(1))
    guest = await rows.connection.fetchval("select customer_id from booking_booking where id = $1", mine)
    asked = "{ bookings { nodes { id } } stays { nodes { bookings { totalCount } } } }"

    async def seen(viewer: Viewer) -> tuple[set[str], int]:
        data = await house.ask(asked, viewer)
        total = sum(one["bookings"]["totalCount"] for one in data["stays"]["nodes"])
        return {one["id"] for one in data["bookings"]["nodes"]}, total

    assert await seen(ANONYMOUS) == (set(), 0)
    assert await seen(as_customer(guest)) == ({booking_id(mine)}, 1)
    assert await seen(as_provider(provider)) == ({booking_id(mine), booking_id(others)}, 2)
    for granted in ("transactions:read", "booking:read"):
        assert len((await seen(as_staff(granted)))[0]) == 3
    assert await seen(as_staff("customers:read")) == (set(), 0)


async def test_customers_and_providers_have_bookings_and_stays(house: House, rows: Rows) -> None:
    provider = await rows.provider()
    stay = await rows.stay(provider=provider)
    await rows.stay(provider=provider, status="DRAFT")
    booking = await rows.booking(stay, day(0), day(2))
    guest = await rows.connection.fetchval("select customer_id from booking_booking where id = $1", booking)
    data = await house.ask(
        """
        query ($customer: ID!, $provider: ID!) {
          customer(id: $customer) {
            bookingCount
            bookings { nodes { nights stay { provider { stayCount stays { nodes { title } } } } } }
          }
          provider(id: $provider) { stayCount }
        }
        """,
        as_customer(guest),
        customer=customer_id(guest),
        provider=f"prv_{provider.hex}",
    )
    customer = data["customer"]
    assert (customer["bookingCount"], customer["bookings"]["nodes"][0]["nights"]) == (1, 2)
    host = customer["bookings"]["nodes"][0]["stay"]["provider"]
    assert (host["stayCount"], len(host["stays"]["nodes"])) == (1, 1)
    assert data["provider"]["stayCount"] == 1


async def test_a_booking_that_is_only_tried_leaves_the_nights_free(house: House, rows: Rows) -> None:
    stay, customer = await rows.stay(), await rows.customer()
    tables = await rows.connection.fetch(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
    )

    async def counts() -> dict[str, int]:
        return {one: await rows.connection.fetchval(f'select count(*) from "{one}"') for (one,) in tables}

    before = await counts()
    wanted = {
        "stay": offer_id(stay),
        "checkIn": day(0).isoformat(),
        "checkOut": day(2).isoformat(),
        "guests": 2,
    }
    tried = PLACE.replace("bookingPlace(input: $input) {", "bookingPlace(input: $input) @dryRun {")
    answer = await house.answer(tried, as_customer(customer), input=wanted)
    assert answer["data"] == {"bookingPlace": {"booking": None, "userErrors": []}}
    assert answer["extensions"] == {"dryRun": True}
    assert await counts() == before
    assert (await place(house, as_customer(customer), stay, day(0), day(2)))["userErrors"] == []
    refused = await house.answer(tried, as_customer(customer), input=wanted)
    assert [one["code"] for one in refused["data"]["bookingPlace"]["userErrors"]] == ["UNAVAILABLE"]
