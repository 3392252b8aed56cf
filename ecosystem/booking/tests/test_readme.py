"""The queries of the README are queries of the graph."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from .conftest import House, Rows, as_customer, offer_id

README = Path(__file__).parents[1] / "README.md"


def queries() -> list[str]:
    return re.findall(r"```graphql\n(.*?)```", README.read_text(), flags=re.DOTALL)


async def test_what_the_readme_asks_is_answered(house: House, rows: Rows) -> None:
    guest, stay = as_customer(await rows.customer()), await rows.stay()
    year = str(date.today().year + 1)
    free, book = (one.replace("2027", year) for one in queries())
    found = await house.ask(free, guest, between={"start": f"{year}-07-02", "end": f"{year}-07-05"})
    assert [one["quote"]["total"]["amount"] for one in found["stays"]["nodes"]] == ["300.00"]
    wanted = {"stay": offer_id(stay), "checkIn": f"{year}-07-02", "checkOut": f"{year}-07-05", "guests": 4}
    booked = (await house.ask(book, guest, input=wanted))["bookingPlace"]
    assert booked["userErrors"] == []
    assert booked["booking"]["nights"] == 3
