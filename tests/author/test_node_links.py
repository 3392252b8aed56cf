"""A value type that links to any entity: what the planner goes on from, by how many statements, and what it hides."""

from __future__ import annotations

from serai.viewers import ANONYMOUS, Viewer
from serai_sdk.orm import new_id

from .conftest import Diary

MENTIONS = """
{
  customers(orderBy: [{name: ASC}]) {
    nodes {
      mentions {
        text
        subject {
          __typename
          id
          ... on Customer { name mentions { subject { id } } }
          ... on Transaction { number lines { totalCount } }
          ... on Offer { title }
          ... on Stay { capacity alternatives(first: 1) { title } }
        }
      }
    }
  }
}
"""


OPERATOR = Viewer(
    kind="staff", staff_id=new_id(), permissions=frozenset({"customers:read", "transactions:read"})
)


async def test_the_plan_goes_on_from_whatever_entity_it_is(pages: Diary) -> None:
    town = pages.town
    ada, bob = await town.customer(name="Ada"), await town.customer(name="Bob")
    provider = await town.provider()
    stay, other = await town.stay(provider, title="Cabin"), await town.stay(provider, title="Hut")
    transaction = await town.transaction(bob, provider, lines=2)
    number = await town.connection.fetchval("select number from core_transaction")
    for customer, type, id in (
        (ada, "Customer", bob),
        (ada, "Transaction", transaction),
        (ada, "Stay", stay),
        (bob, "Offer", other),
        (bob, "cus", ada),
        (bob, None, None),
    ):
        await pages.page(customer, type, id)
    answer = await pages.answer(MENTIONS, OPERATOR)
    assert "errors" not in answer, answer["errors"]
    a, b = (one["mentions"] for one in answer["data"]["customers"]["nodes"])
    assert [one["subject"] for one in a] == [
        {
            "__typename": "Customer",
            "id": f"cus_{bob.hex}",
            "name": "Bob",
            "mentions": [
                {"subject": {"id": f"ofr_{other.hex}"}},
                {"subject": {"id": f"cus_{ada.hex}"}},
                {"subject": None},
            ],
        },
        {
            "__typename": "Transaction",
            "id": f"trx_{transaction.hex}",
            "number": number,
            "lines": {"totalCount": 2},
        },
        {
            "__typename": "Stay",
            "id": f"ofr_{stay.hex}",
            "title": "Cabin",
            "capacity": a[2]["subject"]["capacity"],
            "alternatives": [{"title": "Hut"}],
        },
    ]
    assert [one["subject"] and (one["subject"]["__typename"], one["subject"]["id"]) for one in b] == [
        ("Stay", f"ofr_{other.hex}"),
        ("Customer", f"cus_{ada.hex}"),
        None,
    ]


async def test_each_level_is_one_statement_of_the_types_that_came_up(pages: Diary) -> None:
    town = pages.town
    provider = await town.provider()
    customers = [await town.customer() for _ in range(20)]
    for number, customer in enumerate(customers):
        await pages.page(customer, "Customer", customers[number - 1])
        await pages.page(customer, "Transaction", await town.transaction(customer, provider, lines=1))
    answer = await pages.answer(
        "{ customers { nodes { mentions { subject { id ... on Customer { name } ... on Stay { capacity } } } } } }",
        OPERATOR,
    )
    assert "errors" not in answer
    nodes = answer["data"]["customers"]["nodes"]
    assert [len([m for m in one["mentions"] if m["subject"]]) for one in nodes] == [2] * 20
    # the customers; their pages; what those are about
    assert len(pages.sent) == 3, pages.sent
    assert "core_transaction" in pages.sent[2]
    assert "booking_stay" not in pages.sent[2], "no row of that type came up"


async def test_what_may_not_be_seen_is_null_and_leaves_no_trace(pages: Diary) -> None:
    town = pages.town
    ada, bob = await town.customer(name="Ada"), await town.customer(name="Bob")
    transaction = await town.transaction(bob, await town.provider(), lines=1)
    for type, id in (
        ("Customer", bob),
        ("Transaction", transaction),
        ("Customer", ada),
        ("Customer", new_id()),
    ):
        await pages.page(ada, type, id)
    viewer = Viewer(kind="customer", customer_id=ada)
    answer = await pages.answer(
        "{ customers { nodes { mentions { subject { id __typename } } mentioned { id } } } }", viewer
    )
    assert answer == {
        "data": {
            "customers": {
                "nodes": [
                    {
                        "mentions": [
                            {"subject": None},
                            {"subject": None},
                            {"subject": {"id": f"cus_{ada.hex}", "__typename": "Customer"}},
                            {"subject": None},
                        ],
                        "mentioned": [{"id": f"cus_{ada.hex}"}],
                    }
                ]
            }
        }
    }


async def test_rows_of_absent_plugins_are_null_and_said_to_be_theirs(pages: Diary) -> None:
    town = pages.town
    ada, provider = await town.customer(), await town.provider()
    gone = await town.add(
        "core_offer", kind="gone_thing", provider_id=provider, title="Gone", status="PUBLISHED"
    )
    await town.connection.execute(
        "insert into core_plugin (id, version, prefixes, kinds, seen_at) "
        "values ('gone', '1', '{gne}', '{gone_thing}', serai_now())"
    )
    await pages.platform.meet()
    for type, id in (("ofr", gone), ("gne", new_id()), ("nil", new_id()), ("Customer", ada)):
        await pages.page(ada, type, id)
    try:
        answer = await pages.answer("{ diaryMentions { subject { id } } }", OPERATOR)
    finally:
        await town.connection.execute("delete from core_plugin where id = 'gone'")
        await pages.platform.meet()
    assert [one["subject"] for one in answer["data"]["diaryMentions"]] == [
        None,
        None,
        None,
        {"id": f"cus_{ada.hex}"},
    ]
    assert sorted(
        (one["path"], one["extensions"]["code"], one["extensions"].get("plugin")) for one in answer["errors"]
    ) == [
        (["diaryMentions", 0, "subject"], "PLUGIN_ABSENT", None),
        (["diaryMentions", 1, "subject"], "PLUGIN_ABSENT", "gone"),
        (["diaryMentions", 2, "subject"], "INVALID_ID", None),
    ]


async def test_a_reference_to_no_entity_is_the_plugins_mistake(pages: Diary) -> None:
    ada = await pages.town.customer()
    await pages.page(ada, "Costumer", ada)
    answer = await pages.answer("{ customers { nodes { id mentions { subject { id } } } } }", OPERATOR)
    assert answer["data"] == {
        "customers": {"nodes": [{"id": f"cus_{ada.hex}", "mentions": [{"subject": None}]}]}
    }
    (error,) = answer["errors"]
    assert error["message"] == "The plug-in diary failed."
    assert error["path"] == ["customers", "nodes", 0, "mentions", 0, "subject"]
    assert error["extensions"]["code"] == "PLUGIN_FAILED"
    assert error["extensions"]["field"] == "Customer.mentions"


async def test_nobody_else_pays_for_it(pages: Diary) -> None:
    answer = await pages.answer("{ diaryMentions(first: 1) { text } }", ANONYMOUS)
    assert answer == {"data": {"diaryMentions": []}}
    assert len(pages.sent) == 1
