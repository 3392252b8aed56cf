"""What belongs to customers as people: addresses, consents, tags, notes, who looks after them; through the graph."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from serai.core.plugin import plugin as core
from serai.viewers import Viewer

ALL = frozenset(one.name for one in core.permissions())
STAFF = Viewer(kind="staff", staff_id=uuid4(), permissions=ALL)
ROLE = UUID("01890000-0000-7000-8000-000000000001")


def cus(id: UUID) -> str:
    return f"cus_{id.hex}"


def codes(payload: Any) -> list[str]:
    return [one["code"] for one in payload["userErrors"]]


async def member_of_staff(rows: Any, **more: Any) -> Viewer:
    id = await rows.add("core_staff", **{"name": "Zoë", "is_active": True, "role_id": ROLE} | more)
    return Viewer(kind="staff", staff_id=id, permissions=ALL)


async def test_of_each_kind_of_address_one_is_the_default(graph: Any, rows: Any) -> None:
    me = Viewer(kind="customer", customer_id=await rows.customer())

    async def add(kind: str, **more: Any) -> dict[str, Any]:
        given = {"kind": kind, "place": {"cityCode": "DEBER", "address": " Road 1 "}} | more
        payload = await graph.change(
            "customerAddressAdd", "address { id isDefault place { address } }", me, given
        )
        assert codes(payload) == []
        assert payload["address"]["place"] == {"address": "Road 1"}
        return dict(payload["address"])

    home, other, billing = await add("HOME"), await add("HOME", label="Parents"), await add("BILLING")
    assert [one["isDefault"] for one in (home, other, billing)] == [True, False, True]
    payload = await graph.change(
        "customerAddressUpdate",
        "address { isDefault label version }",
        me,
        {"id": other["id"], "isDefault": True},
    )
    assert payload["address"] == {"isDefault": True, "label": "Parents", "version": 2}
    data = await graph.ask(
        "query($id: ID!) { customer(id: $id) { addresses(where: {isDefault: {eq: true}}) { nodes { id } } } }",
        me,
        id=cus(me.customer_id),
    )
    assert {one["id"] for one in data["customer"]["addresses"]["nodes"]} == {other["id"], billing["id"]}
    payload = await graph.change(
        "customerAddressRemove", "customer { addresses { totalCount } }", me, {"id": home["id"]}
    )
    assert payload["customer"]["addresses"]["totalCount"] == 2
    assert await rows.value("select count(*) from core_outbox where payload::text like '%Road%'") == 0


async def test_two_defaults_at_once_leave_one(graph: Any, rows: Any) -> None:
    id = await rows.customer()
    given = {"customer": cus(id), "isDefault": True, "place": {"cityCode": "DEBER"}}
    payloads = await asyncio.gather(
        *(graph.change("customerAddressAdd", "address { id }", STAFF, given) for _ in range(8))
    )
    assert [codes(one) for one in payloads] == [[]] * 8
    assert await rows.value("select count(*) from core_customer_address where is_default") == 1


@pytest.mark.parametrize(
    ("mutation", "input"),
    [
        ("customerAddressAdd", {"place": {"timeZone": "Europe/Berlin"}}),
        (
            "customerAddressAdd",
            {"place": {"cityCode": "DEBER", "point": {"latitude": 91.0, "longitude": 0.0}}},
        ),
        ("customerConsentGive", {"purpose": "News!", "textVersion": "1"}),
        ("customerConsentGive", {"purpose": "news", "textVersion": " "}),
        ("customerConsentGive", {"purpose": "news", "textVersion": "1", "locale": "?"}),
    ],
)
async def test_what_is_not_of_the_form_is_refused(
    graph: Any, rows: Any, mutation: str, input: dict[str, Any]
) -> None:
    me = Viewer(kind="customer", customer_id=await rows.customer())
    assert codes(await graph.change(mutation, "", me, input)) == ["INVALID"]
    assert await rows.value("select count(*) from core_outbox") == 0


async def test_nobody_touches_what_is_somebody_elses(graph: Any, rows: Any) -> None:
    other, me = await rows.customer(), Viewer(kind="customer", customer_id=await rows.customer())
    address = await rows.add("core_customer_address", customer_id=other, kind="HOME", is_default=True)
    for mutation, input in (
        ("customerAddressAdd", {"customer": cus(other), "place": {"cityCode": "DEBER"}}),
        ("customerAddressUpdate", {"id": f"adr_{address.hex}", "label": "mine"}),
        ("customerAddressRemove", {"id": f"adr_{address.hex}"}),
        ("customerConsentGive", {"customer": cus(other), "purpose": "news", "textVersion": "1"}),
        ("customerConsentWithdraw", {"customer": cus(other), "purpose": "news"}),
    ):
        assert codes(await graph.change(mutation, "", me, input)) == ["NOT_FOUND"], mutation
    assert await rows.value("select count(*) from core_customer_address where version = 1") == 1
    assert await rows.value("select count(*) from core_outbox") == 0


async def test_consents_are_a_history_with_a_latest_word(graph: Any, rows: Any) -> None:
    id = await rows.customer()
    me = Viewer(kind="customer", customer_id=id)
    steps = (
        ("customerConsentGive", {"purpose": "news", "textVersion": "1", "locale": "de", "source": "app"}),
        ("customerConsentWithdraw", {"purpose": "news"}),
        ("customerConsentGive", {"purpose": "news", "textVersion": "2"}),
        ("customerConsentGive", {"purpose": "profile.ads", "textVersion": "1"}),
    )
    for mutation, input in steps:
        assert codes(await graph.change(mutation, "", me, input)) == []
    nothing = await graph.change("customerConsentWithdraw", "", me, {"purpose": "other"})
    assert codes(nothing) == ["NOT_GIVEN"]
    data = await graph.ask(
        "query($id: ID!) { customer(id: $id) { consents { nodes { purpose textVersion locale granted isCurrent } } } }",
        me,
        id=cus(id),
    )
    told = [tuple(one.values()) for one in data["customer"]["consents"]["nodes"]]
    assert told == [
        ("profile.ads", "1", None, True, True),
        ("news", "2", None, True, True),
        ("news", "1", "de", False, False),
        ("news", "1", "de", True, False),
    ]


async def test_staff_enters_when_it_was_said_and_not_what_cannot_have_been(graph: Any, rows: Any) -> None:
    given = {"customer": cus(await rows.customer()), "purpose": "news", "textVersion": "1"}
    for at, expected in (
        ("2999-01-01T00:00:00Z", ["TIME_INVALID"]),
        ("2026-01-02T00:00:00Z", []),
        ("2026-01-01T00:00:00Z", ["TIME_INVALID"]),
    ):
        assert codes(await graph.change("customerConsentGive", "", STAFF, given | {"at": at})) == expected
    assert str(await rows.value("select max(at)::date from core_customer_consent")) == "2026-01-02"


async def test_tags_are_put_on_by_name_and_customers_are_found_by_them(graph: Any, rows: Any) -> None:
    ada, bob = await rows.customer(), await rows.customer()
    for name in ("VIP", "wholesale"):
        assert codes(await graph.change("tagCreate", "", STAFF, {"name": name})) == []
    assert codes(await graph.change("tagCreate", "", STAFF, {"name": " vip "})) == ["NAME_TAKEN"]
    given = {"customer": cus(ada), "add": ["vip", "VIP ", "wholesale"]}
    payload = await graph.change("customerTag", "customer { tags { nodes { tag { name } } } }", STAFF, given)
    assert sorted(one["tag"]["name"] for one in payload["customer"]["tags"]["nodes"]) == ["VIP", "wholesale"]
    unknown = await graph.change("customerTag", "", STAFF, {"customer": cus(bob), "add": ["vip", "nobody"]})
    assert [(one["code"], one["field"]) for one in unknown["userErrors"]] == [("TAG_UNKNOWN", ["add", "1"])]
    assert (
        codes(await graph.change("customerTag", "", STAFF, {"customer": cus(ada), "remove": ["wholesale"]}))
        == []
    )
    found = await graph.ask(
        '{ vip: customers(where: {tags: {some: {tag: {name: {eq: "VIP"}}}}}) { nodes { id } } '
        "  none: customers(where: {tags: {none: {}}}) { nodes { id } } tags { nodes { name customerCount } } }",
        STAFF,
    )
    assert found["vip"]["nodes"] == [{"id": cus(ada)}]
    assert found["none"]["nodes"] == [{"id": cus(bob)}]
    assert {one["name"]: one["customerCount"] for one in found["tags"]["nodes"]} == {"VIP": 1, "wholesale": 0}
    id = await rows.value("select id from core_tag where name = 'VIP'")
    assert codes(await graph.change("tagRemove", "", STAFF, {"id": f"tag_{id.hex}"})) == []
    assert await rows.value("select count(*) from core_customer_tag") == 0


async def test_notes_are_changed_by_who_wrote_them(graph: Any, rows: Any) -> None:
    zoe, max = await member_of_staff(rows), await member_of_staff(rows)
    less = Viewer(kind="staff", staff_id=max.staff_id, permissions=ALL - {"notes:remove"})
    payload = await graph.change(
        "customerNoteAdd",
        "note { id author { name } }",
        zoe,
        {"customer": cus(await rows.customer()), "text": "Tall."},
    )
    note = payload["note"]["id"]
    assert payload["note"]["author"] == {"name": "Zoë"}
    document = (
        'mutation($id: ID!) { m: customerNoteEdit(input: {id: $id, text: "Small."}) { userErrors { code } } }'
    )
    answer = await graph.answer(document, max, id=note)
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["FORBIDDEN"]
    document = "mutation($id: ID!) { m: customerNoteRemove(input: {id: $id}) { userErrors { code } } }"
    answer = await graph.answer(document, less, id=note)
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["FORBIDDEN"]
    assert await rows.value("select text from core_customer_note") == "Tall."
    assert codes(await graph.change("customerNoteEdit", "", zoe, {"id": note, "text": "Very tall."})) == []
    assert await rows.value("select text || version from core_customer_note") == "Very tall.2"
    assert codes(await graph.change("customerNoteRemove", "", max, {"id": note})) == []
    assert await rows.value("select count(*) from core_customer_note") == 0
    assert await rows.value("select count(*) from core_outbox where payload::text like '%tall%'") == 0


async def test_who_looks_after_a_customer(graph: Any, rows: Any) -> None:
    zoe = await member_of_staff(rows)
    gone = await member_of_staff(rows, is_active=False)
    id = cus(await rows.customer())
    for staff, expected in ((zoe, []), (zoe, []), (gone, ["STAFF_INACTIVE"])):
        given = {"id": id, "staff": f"stf_{staff.staff_id.hex if staff.staff_id else ''}"}
        assert codes(await graph.change("customerAssign", "", zoe, given)) == expected
    unknown = await graph.change("customerAssign", "", zoe, {"id": id, "staff": f"stf_{uuid4().hex}"})
    assert codes(unknown) == ["NOT_FOUND"]
    document = '{ customers(where: {accountManager: {id: {in: ["stf_%s"]}}}) { totalCount } }'
    found = await graph.ask(document % (zoe.staff_id.hex if zoe.staff_id else ""), zoe)
    assert found["customers"]["totalCount"] == 1
    assert await rows.value("select count(*) from core_outbox where event = 'customer.assigned'") == 1
    payload = await graph.change(
        "customerAssign", "customer { accountManager { id } version }", zoe, {"id": id}
    )
    assert payload["customer"] == {"accountManager": None, "version": 3}


async def test_many_are_tagged_and_assigned_at_once(graph: Any, rows: Any) -> None:
    zoe = await member_of_staff(rows)
    ids = [cus(await rows.customer()) for _ in range(3)]
    assert codes(await graph.change("tagCreate", "", zoe, {"name": "vip"})) == []
    tagged = await graph.change(
        "customersTag",
        "succeeded failed results { index userErrors { code } }",
        zoe,
        {
            "items": [{"customer": id, "add": ["vip"]} for id in ids]
            + [{"customer": ids[0], "add": ["nobody"]}],
            "errorPolicy": "SKIP_FAILED",
        },
    )
    assert (tagged["succeeded"], tagged["failed"]) == (3, 1)
    assert [[one["code"] for one in result["userErrors"]] for result in tagged["results"]] == [
        [],
        [],
        [],
        ["TAG_UNKNOWN"],
    ]
    assert await rows.value("select count(*) from core_customer_tag") == 3
    staff = f"stf_{zoe.staff_id.hex if zoe.staff_id else ''}"
    items = [{"id": id, "staff": staff} for id in ids]
    refused = await graph.change(
        "customersAssign", "succeeded", zoe, {"items": [*items, {"id": cus(uuid4()), "staff": staff}]}
    )
    assert codes(refused) == ["NOT_FOUND"]
    assert await rows.value("select count(account_manager_id) from core_customer") == 0
    assigned = await graph.change("customersAssign", "succeeded", zoe, {"items": items})
    assert assigned["succeeded"] == 3
    assert await rows.value("select count(account_manager_id) from core_customer") == 3
