"""Adding people to the staff, as `serai staff add` does."""

from __future__ import annotations

from typing import Any

from serai.app import Platform
from serai.core.staff import service
from serai.engines.outcome import Outcome

from .conftest import Rows

HELD = """
select s.name, s.email, s.is_active, r.name as role, p.login, p.kind
from core_staff s
join core_role r on r.id = s.role_id
join core_principal p on p.id = s.principal_id
"""


async def add(platform: Platform, **given: str) -> Outcome:
    async def body(ctx: Any) -> dict[str, Any]:
        return {"staff": await service.add(ctx, **given)}

    return await platform.change(body)


async def test_who_is_added_signs_in_and_holds_the_role(platform: Platform, rows: Rows) -> None:
    outcome = await add(platform, name=" Ada ", login="Ada@Example.org", role="operator")
    assert outcome.user_errors == ()
    [held] = await rows.connection.fetch(HELD)
    assert dict(held) == {
        "name": "Ada", "email": "ada@example.org", "is_active": True, "role": "operator",
        "login": "ada@example.org", "kind": "PERSON",
    }  # fmt: skip
    [event] = await rows.connection.fetch("select event, aggregate_id, payload::text from core_outbox")
    assert (event["event"], event["aggregate_id"]) == ("staff.added", outcome.payload["staff"])
    assert "ada" not in event["payload"].lower()


async def test_a_login_that_is_taken_adds_nobody(platform: Platform, rows: Rows) -> None:
    await add(platform, name="Ada", login="ada@example.org", role="operator")
    [error] = (await add(platform, name="Ida", login="ADA@example.org", role="support")).user_errors
    assert (error.code, error.field) == ("LOGIN_TAKEN", ("login",))
    assert await rows.connection.fetchval("select count(*) from core_staff") == 1
    assert await rows.connection.fetchval("select count(*) from core_principal") == 1


async def test_a_role_that_is_not_there_is_told_with_those_that_are(platform: Platform, rows: Rows) -> None:
    [error] = (await add(platform, name="Ada", login="ada@example.org", role="boss")).user_errors
    assert (error.code, error.field) == ("NOT_FOUND", ("role",))
    assert str(error) == "There is no such role; there are analyst, operator, reviewer, support."
    assert await rows.connection.fetchval("select count(*) from core_principal") == 0
