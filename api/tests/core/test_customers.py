"""Registering and changing customers, through the graph."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from serai.core.plugin import plugin as core
from serai.viewers import ANONYMOUS, Viewer

STAFF = Viewer(kind="staff", staff_id=uuid4(), permissions=frozenset(one.name for one in core.permissions()))
NAMED = "customer { id name email phone kind locale version attributes }"


async def test_registering_and_the_event_it_leaves(graph: Any, rows: Any) -> None:
    inviter = await rows.customer()
    payload = await graph.change(
        "customerRegister",
        NAMED,
        STAFF,
        {"name": "  李伟 ", "email": "li@example.org", "attributes": {"a": [1]}, "sourceChannel": "fair",
         "inviter": f"cus_{inviter.hex}"},
    )  # fmt: skip
    customer = payload["customer"]
    assert payload["userErrors"] == []
    assert customer | {"id": ""} == {
        "id": "", "name": "李伟", "email": "li@example.org", "phone": None, "kind": "PERSON", "locale": "en",
        "version": 1, "attributes": {"a": [1]},
    }  # fmt: skip
    event = json.loads(
        await rows.value("select payload::text from core_outbox where event = 'customer.registered'")
    )
    assert event == {"kind": "PERSON", "sourceChannel": "fair", "inviterId": str(inviter)}


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"email": "Taken@Example.org"}, "EMAIL_TAKEN", ["email"]),
        ({"email": "nobody"}, "INVALID", ["email"]),
        ({"name": "  "}, "INVALID", ["name"]),
        ({"locale": "not a tag"}, "INVALID", ["locale"]),
        ({"attributes": [1]}, "INVALID", ["attributes"]),
        ({"inviter": f"cus_{uuid4().hex}"}, "NOT_FOUND", ["inviter"]),
    ],
)
async def test_what_cannot_be_registered(
    graph: Any, rows: Any, given: dict[str, Any], code: str, field: list[str]
) -> None:
    await rows.customer(email="taken@example.org")
    payload = await graph.change("customerRegister", NAMED, STAFF, {"name": "Zoë"} | given)
    assert payload["customer"] is None
    assert [(one["code"], one["field"]) for one in payload["userErrors"]] == [(code, field)]
    assert await rows.value("select count(*) from core_customer") == 1
    assert await rows.value("select count(*) from core_outbox") == 0


async def test_a_customer_changes_what_it_gives_and_nothing_else(graph: Any, rows: Any) -> None:
    id = await rows.customer(name="Old", phone="1")
    viewer = Viewer(kind="customer", customer_id=id)
    payload = await graph.change(
        "customerUpdate", NAMED, viewer, {"id": f"cus_{id.hex}", "name": "New", "email": None}
    )
    customer = payload["customer"]
    assert (customer["name"], customer["email"], customer["phone"], customer["version"]) == (
        "New",
        None,
        "1",
        2,
    )


async def test_a_customer_changes_nobody_else_and_learns_nothing(graph: Any, rows: Any) -> None:
    mine, other = await rows.customer(), await rows.customer(name="Other")
    viewer = Viewer(kind="customer", customer_id=mine)
    for id in (other, uuid4()):
        payload = await graph.change("customerUpdate", NAMED, viewer, {"id": f"cus_{id.hex}", "name": "Mine"})
        assert [one["code"] for one in payload["userErrors"]] == ["NOT_FOUND"]
        assert payload["customer"] is None
    assert await rows.value("select name from core_customer where id = $1", other) == "Other"


async def test_a_stale_version_is_refused_with_the_one_there_is(graph: Any, rows: Any) -> None:
    id = await rows.customer()
    for expected, code in ((1, []), (1, ["CONFLICT"]), (2, [])):
        payload = await graph.change(
            "customerUpdate", NAMED, STAFF, {"id": f"cus_{id.hex}", "phone": "1", "expectedVersion": expected}
        )
        assert [one["code"] for one in payload["userErrors"]] == code
        assert all("version 2 now" in one["message"] for one in payload["userErrors"])


async def test_the_address_of_another_is_refused_when_changing_too(graph: Any, rows: Any) -> None:
    id = await rows.customer(email="mine@example.org")
    await rows.customer(email="taken@example.org")
    for email, codes in (("TAKEN@example.org", ["EMAIL_TAKEN"]), ("MINE@example.org", [])):
        payload = await graph.change("customerUpdate", NAMED, STAFF, {"id": f"cus_{id.hex}", "email": email})
        assert [one["code"] for one in payload["userErrors"]] == codes


@pytest.mark.parametrize("viewer", [ANONYMOUS, Viewer(kind="customer", customer_id=uuid4())])
async def test_registering_is_for_those_who_may(graph: Any, rows: Any, viewer: Viewer) -> None:
    document = 'mutation { customerRegister(input: {name: "x"}) { customer { id } } }'
    answer = await graph.answer(document, viewer)
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["FORBIDDEN"]
    assert await rows.value("select count(*) from core_customer") == 0


async def test_a_request_repeated_under_its_key_registers_once(graph: Any, rows: Any) -> None:
    input = {"name": "Zoë", "email": "zoe@example.org"}
    first = await graph.change("customerRegister", NAMED, STAFF, input, key="k1")
    again = await graph.change("customerRegister", NAMED, STAFF, input, key="k1")
    assert again == first
    assert await rows.value("select count(*) from core_customer") == 1
    stored = await rows.value("select t::text from core_idempotency t")
    assert "Zoë" not in stored
    assert "zoe@" not in stored


@pytest.mark.parametrize(
    "given",
    [
        {"name": "a\x00b"},
        {"attributes": {"a": ["\x00"]}},
        {"attributes": {"\x00": 1}},
        {"attributes": {"a": 10**30}},
    ],
)
async def test_what_the_database_cannot_store_is_the_callers_to_mend(
    graph: Any, given: dict[str, Any]
) -> None:
    payload = await graph.change("customerRegister", NAMED, STAFF, {"name": "x"} | given)
    assert [(one["code"], one["field"]) for one in payload["userErrors"]] == [
        ("INVALID_INPUT", [next(iter(given))])
    ]
