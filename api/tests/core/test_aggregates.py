"""Aggregates and groups: exact values, money by currency, time zones, what may not be seen, pages, and errors."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from random import Random
from typing import Any

import pytest
import pytest_asyncio

from serai.graph.tally import half_even
from serai.viewers import ANONYMOUS, SYSTEM, Viewer

from .conftest import Asker, Rows


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest_asyncio.fixture(loop_scope="session")
async def trade(rows: Rows) -> dict[str, Any]:
    """Seven transactions of two customers with two providers, in four currencies."""
    camp, hike = await rows.scenario(), await rows.scenario()
    await rows.connection.execute("update core_scenario set name = '露营' where id = $1", camp)
    await rows.connection.execute("update core_scenario set name = 'Hike' where id = $1", hike)
    ann, bob = await rows.customer(name="Ann"), await rows.customer(name="Bob")
    east, west = await rows.provider(), await rows.provider()
    sold = [
        (ann, east, camp, "web", 1005, "EUR", "2025-03-29T22:59:59.999999"),
        (ann, east, camp, "web", 1006, "EUR", "2025-03-29T23:00:00"),
        (ann, west, hike, "app", 1008, "EUR", "2025-03-30T21:59:59"),
        (bob, west, hike, "app", 1001, "JPY", "2025-03-30T22:00:00"),
        (bob, west, None, "app", 1000, "JPY", "2025-10-26T22:30:00"),
        (bob, east, None, "web", 1001, "KWD", "2025-10-26T23:30:00"),
        (bob, east, None, "desk", 1004, "KWD", "2025-12-31T23:30:00"),
    ]
    ids = [
        await rows.transaction(
            customer, provider, scenario_id=scenario, channel=channel, total_minor=minor,
            total_currency=currency, placed_at=at(placed),
        )
        for customer, provider, scenario, channel, minor, currency, placed in sold
    ]  # fmt: skip
    return {"ann": ann, "bob": bob, "east": east, "west": west, "camp": camp, "hike": hike, "ids": ids}


async def listed(graph: Asker, selection: str, viewer: Viewer = SYSTEM, **variables: Any) -> Any:
    declared = ""
    if variables:
        types = {"by": "[TransactionGroupBy!]!", "zone": "String!", "upTo": "Int", "after": "String"}
        declared = "(" + ", ".join(f"${name}: {types[name]}" for name in variables) + ")"
    data = await graph.ask(f"query {declared} {{ transactions {{ {selection} }} }}", viewer, **variables)
    return data["transactions"]


async def refused(graph: Asker, selection: str, **variables: Any) -> tuple[str, str]:
    answer = await graph.answer(f"{{ transactions {{ {selection} }} }}", SYSTEM, **variables)
    (error,) = answer["errors"]
    return error["message"], error["extensions"]["hint"]


async def test_money_is_added_up_by_currency(graph: Asker, trade: dict[str, Any]) -> None:
    found = await listed(
        graph,
        "aggregate { count sum { total { amount currency } } min { total { amount } } max { total { amount } } }",
    )
    assert found["aggregate"] == {
        "count": 7,
        "sum": {
            "total": [
                {"amount": "30.19", "currency": "EUR"},
                {"amount": "2001", "currency": "JPY"},
                {"amount": "2.005", "currency": "KWD"},
            ]
        },
        "min": {"total": [{"amount": "10.05"}, {"amount": "1000"}, {"amount": "1.001"}]},
        "max": {"total": [{"amount": "10.08"}, {"amount": "1001"}, {"amount": "1.004"}]},
    }


async def test_averages_of_money_are_rounded_half_to_even(graph: Asker, trade: dict[str, Any]) -> None:
    # 3019 / 3 = 1006.33; 2001 / 2 = 1000.5, to the even 1000; 2005 / 2 = 1002.5, to 1002
    found = await listed(graph, "aggregate { avg { total { currency amount } } }")
    assert found["aggregate"]["avg"]["total"] == [
        {"currency": "EUR", "amount": "10.06"},
        {"currency": "JPY", "amount": "1000"},
        {"currency": "KWD", "amount": "1.002"},
    ]


async def test_halves_go_to_the_even_neighbour_exactly(rows: Rows) -> None:
    draw = Random(1)
    pairs = [(total, number) for total in range(-12, 13) for number in range(1, 7)]
    pairs += [(draw.randrange(-(10**24), 10**24), draw.choice((2, 4, 7, 1000))) for _ in range(300)]
    given = "unnest($1::numeric[], $2::bigint[]) as given(total, number)"
    statement = f"select {half_even('total::numeric', 'number')} from {given}"
    found = await rows.connection.fetch(
        statement, [Decimal(one) for one, _ in pairs], [one for _, one in pairs]
    )
    with localcontext(prec=60):
        expected = [(Decimal(one) / number).quantize(Decimal(1), ROUND_HALF_EVEN) for one, number in pairs]
    assert [one[0] for one in found] == expected


async def test_averages_of_numbers_have_six_decimals(graph: Asker, rows: Rows) -> None:
    sale = await rows.transaction(await rows.customer(), await rows.provider())
    for position, quantity in ((2, 3), (3, 3), (4, 3), (5, 3), (6, 3), (7, 1)):
        await rows.connection.execute(
            """insert into core_transaction_line (id, transaction_id, position, quantity, title, unit_price_minor,
            unit_price_currency, amount_minor, amount_currency, snapshot, created_at, updated_at, version)
            values (uuidv7(), $1, $2::int, $3::int, '', 1, 'EUR', $3::int, 'EUR', '{}', now(), now(), 1)""",
            sale,
            position,
            quantity,
        )
    data = await graph.ask(
        """{ transactions { nodes { lines { aggregate {
        sum { quantity } avg { quantity } min { quantity } max { quantity } } } } } }""",
        SYSTEM,
    )
    (node,) = data["transactions"]["nodes"]
    assert node["lines"]["aggregate"] == {
        "sum": {"quantity": "18"},
        "avg": {"quantity": "2.571429"},
        "min": {"quantity": 1},
        "max": {"quantity": 3},
    }


async def test_nothing_has_no_sum(graph: Asker, rows: Rows) -> None:
    found = await listed(
        graph,
        """aggregate { count countDistinct { channel } sum { total { amount } } avg { total { amount } }
        min { placedAt number } } groups(by: [{channel: true}]) { totalCount nodes { keys { channel } } pageInfo
        { hasNextPage hasPreviousPage startCursor endCursor } } totalCount estimate { count low high isExact }""",
    )
    assert found["aggregate"] == {
        "count": 0,
        "countDistinct": {"channel": 0},
        "sum": {"total": []},
        "avg": {"total": []},
        "min": {"placedAt": None, "number": None},
    }
    ends = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    assert found["groups"] == {"totalCount": 0, "nodes": [], "pageInfo": ends}
    assert found["totalCount"] == 0
    assert found["estimate"] == {"count": 0, "low": 0, "high": 0, "isExact": True}


async def test_different_values_are_counted_beside_money(graph: Asker, trade: dict[str, Any]) -> None:
    found = await listed(
        graph,
        """aggregate { countDistinct { customer channel scenario status } sum { total { amount } }
        max { placedAt } }""",
    )
    assert found["aggregate"] == {
        "countDistinct": {"customer": 2, "channel": 3, "scenario": 2, "status": 1},
        "sum": {"total": [{"amount": "30.19"}, {"amount": "2001"}, {"amount": "2.005"}]},
        "max": {"placedAt": "2025-12-31T23:30:00.000000Z"},
    }


async def test_amounts_in_two_columns_are_added_up_in_one_pass(
    graph: Asker, trade: dict[str, Any], rows: Rows
) -> None:
    await rows.connection.execute(
        """update core_transaction_line set unit_price_minor = 7, unit_price_currency = 'JPY', amount_minor = 14,
        amount_currency = 'JPY' where transaction_id = $1""",
        trade["ids"][0],
    )
    data = await graph.ask(
        """{ transactions(first: 2, orderBy: [{placedAt: ASC}]) { nodes { lines { aggregate {
        count sum { amount { amount currency } quantity } max { unitPrice { amount currency } } } } } } }""",
        SYSTEM,
    )
    assert [one["lines"]["aggregate"] for one in data["transactions"]["nodes"]] == [
        {
            "count": 1,
            "sum": {"amount": [{"amount": amount, "currency": currency}], "quantity": "2"},
            "max": {"unitPrice": [{"amount": price, "currency": currency}]},
        }
        for amount, price, currency in (("14", "7", "JPY"), ("10.00", "5.00", "EUR"))
    ]


async def test_groups_have_keys_counts_and_sums(graph: Asker, trade: dict[str, Any]) -> None:
    found = await listed(
        graph,
        """groups(by: [{channel: true}]) { totalCount nodes { keys { channel } aggregate { count sum { total { amount
        currency } } } } }""",
    )
    assert found["groups"]["totalCount"] == 3
    assert [(one["keys"]["channel"], one["aggregate"]["count"]) for one in found["groups"]["nodes"]] == [
        ("app", 3),
        ("desk", 1),
        ("web", 3),
    ]
    assert found["groups"]["nodes"][0]["aggregate"]["sum"]["total"] == [
        {"amount": "10.08", "currency": "EUR"},
        {"amount": "2001", "currency": "JPY"},
    ]


async def test_groups_by_far_names_know_rows_without_them(graph: Asker, trade: dict[str, Any]) -> None:
    found = await listed(
        graph,
        """groups(by: [{scenario: {name: true}}], orderBy: [{keys: {scenario: {name: DESC_NULLS_FIRST}}}])
        { nodes { keys { scenario { name } } aggregate { count countDistinct { channel } } } }""",
    )
    assert [
        (
            one["keys"]["scenario"]["name"],
            one["aggregate"]["count"],
            one["aggregate"]["countDistinct"]["channel"],
        )
        for one in found["groups"]["nodes"]
    ] == [(None, 3, 3), ("露营", 2, 1), ("Hike", 2, 1)]


async def test_groups_by_what_a_link_leads_to_have_its_id(graph: Asker, trade: dict[str, Any]) -> None:
    found = await listed(
        graph,
        """groups(by: [{provider: {id: true}}, {total: {currency: true}}], orderBy: [{count: DESC}])
        { nodes { keys { provider { id } total { currency } } aggregate { count } } }""",
    )
    east, west = f"prv_{trade['east'].hex}", f"prv_{trade['west'].hex}"
    keys = [
        (one["keys"]["provider"]["id"], one["keys"]["total"]["currency"], one["aggregate"]["count"])
        for one in found["groups"]["nodes"]
    ]
    assert keys == [(east, "EUR", 2), (east, "KWD", 2), (west, "JPY", 2), (west, "EUR", 1)]


async def test_days_are_those_of_the_time_zone(graph: Asker, trade: dict[str, Any]) -> None:
    """On 30 March 2025 Berlin's day has 23 hours, on 26 October 25."""
    text = """groups(by: [{placedAt: {bucket: DAY, timeZone: $zone}}])
    { nodes { keys { placedAt } aggregate { count } } }"""

    async def days(zone: str) -> list[tuple[str, int]]:
        found = await listed(graph, text, zone=zone)
        return [(one["keys"]["placedAt"][:16], one["aggregate"]["count"]) for one in found["groups"]["nodes"]]

    assert await days("Europe/Berlin") == [
        ("2025-03-28T23:00", 1),
        ("2025-03-29T23:00", 2),
        ("2025-03-30T22:00", 1),
        ("2025-10-25T22:00", 1),
        ("2025-10-26T23:00", 1),
        ("2025-12-31T23:00", 1),
    ]
    assert await days("UTC") == [
        ("2025-03-29T00:00", 2),
        ("2025-03-30T00:00", 2),
        ("2025-10-26T00:00", 2),
        ("2025-12-31T00:00", 1),
    ]


@pytest.mark.parametrize(
    ("unit", "starts"),
    [
        ("YEAR", ["2024-12-31T23:00", "2025-12-31T23:00"]),
        ("QUARTER", ["2024-12-31T23:00", "2025-09-30T22:00", "2025-12-31T23:00"]),
        ("MONTH", ["2025-02-28T23:00", "2025-09-30T22:00", "2025-12-31T23:00"]),
        (
            "WEEK",
            [
                "2025-03-23T23:00",
                "2025-03-30T22:00",
                "2025-10-19T22:00",
                "2025-10-26T23:00",
                "2025-12-28T23:00",
            ],
        ),
    ],
)
async def test_units_of_time_begin_in_the_time_zone(
    graph: Asker, trade: dict[str, Any], unit: str, starts: list[str]
) -> None:
    found = await listed(
        graph,
        "groups(by: $by) { nodes { keys { placedAt } } }",
        by=[{"placedAt": {"bucket": unit, "timeZone": "Europe/Berlin"}}],
    )
    assert [one["keys"]["placedAt"][:16] for one in found["groups"]["nodes"]] == starts


async def test_hours_that_come_twice_are_two(graph: Asker, rows: Rows) -> None:
    customer, provider = await rows.customer(), await rows.provider()
    for placed in ("2025-10-26T00:30:00", "2025-10-26T01:30:00"):
        await rows.transaction(customer, provider, placed_at=at(placed))
    found = await listed(
        graph, "groups(by: [{placedAt: {bucket: HOUR, timeZone: $zone}}]) { nodes { keys { placedAt } } }",
        zone="Europe/Berlin",
    )  # fmt: skip
    assert [one["keys"]["placedAt"] for one in found["groups"]["nodes"]] == [
        "2025-10-26T00:00:00.000000Z",
        "2025-10-26T01:00:00.000000Z",
    ]


async def test_having_keeps_groups_by_their_sums(graph: Asker, trade: dict[str, Any]) -> None:
    async def channels(having: str) -> list[str]:
        found = await listed(
            graph,
            f"groups(by: [{{channel: true}}], having: {having}) {{ totalCount nodes {{ keys {{ channel }} }} }}",
        )
        assert found["groups"]["totalCount"] == len(found["groups"]["nodes"])
        return [one["keys"]["channel"] for one in found["groups"]["nodes"]]

    assert await channels("{count: {gte: 3}}") == ["app", "web"]
    assert await channels('{sum: {total: {currency: "EUR", gte: "20.11"}}}') == ["web"]
    assert await channels('{sum: {total: {currency: "EUR", gt: "20.11"}}}') == []
    assert await channels('{not: {sum: {total: {currency: "EUR", gt: "0"}}}}') == ["desk"]
    assert await channels('{sum: {total: {currency: "JPY"}}}') == ["app"]
    assert await channels('{avg: {total: {currency: "KWD", eq: "1.004"}}}') == ["desk"]
    assert await channels('{max: {placedAt: {lt: "2025-12-01T00:00:00Z"}}, count: {gt: 1}}') == ["app", "web"]
    assert await channels('{or: [{count: {eq: 1}}, {max: {total: {currency: "JPY", eq: "1001"}}}]}') == [
        "app",
        "desk",
    ]
    assert await channels("{or: []}") == []


async def test_groups_are_ordered_by_amounts_of_one_currency(graph: Asker, trade: dict[str, Any]) -> None:
    async def channels(direction: str) -> list[str]:
        found = await listed(
            graph,
            f"""groups(by: [{{channel: true}}],
            orderBy: [{{sum: {{total: {{currency: "EUR", direction: {direction}}}}}}}])
            {{ nodes {{ keys {{ channel }} }} }}""",
        )
        return [one["keys"]["channel"] for one in found["groups"]["nodes"]]

    assert await channels("DESC") == ["web", "app", "desk"]
    assert await channels("ASC") == ["app", "web", "desk"]
    assert await channels("ASC_NULLS_FIRST") == ["desk", "app", "web"]


@pytest.mark.parametrize(
    "order", ["[]", "[{count: DESC}]", '[{avg: {total: {currency: "EUR", direction: ASC_NULLS_FIRST}}}]']
)
async def test_pages_of_groups_meet_from_both_ends(graph: Asker, trade: dict[str, Any], order: str) -> None:
    by = 'by: [{scenario: {name: true}}, {placedAt: {bucket: DAY, timeZone: "Europe/Berlin"}}]'
    shown = """pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { keys { scenario { name } placedAt } } }"""
    everything = (await listed(graph, f"groups({by}, orderBy: {order}) {{ {shown} }}"))["groups"]["edges"]
    assert len(everything) == 7
    for argument, edge in (("first", "after"), ("last", "before")):
        found: list[Any] = []
        more = ""
        for page in range(4):
            one = (await listed(graph, f"groups({by}, orderBy: {order}, {argument}: 2{more}) {{ {shown} }}"))[
                "groups"
            ]
            info = one["pageInfo"]
            onward, back = ("hasNextPage", "hasPreviousPage")[:: 1 if argument == "first" else -1]
            assert (info[onward], info[back]) == (page < 3, page > 0)
            assert [info["startCursor"], info["endCursor"]] == [
                one["edges"][0]["cursor"],
                one["edges"][-1]["cursor"],
            ]
            found = [*found, *one["edges"]] if argument == "first" else [*one["edges"], *found]
            more = f', {edge}: "{info["endCursor" if argument == "first" else "startCursor"]}"'
        assert found == everything


async def test_pages_by_keys_are_exact_under_inserts(graph: Asker, trade: dict[str, Any], rows: Rows) -> None:
    text = "groups(by: [{channel: true}], first: 1%s) { pageInfo { endCursor hasNextPage } nodes { keys { channel } } }"
    first = (await listed(graph, text % ""))["groups"]
    for channel in ("aaa", "app", "bot"):
        await rows.transaction(trade["ann"], trade["east"], channel=channel)
    second = (await listed(graph, text % f', after: "{first["pageInfo"]["endCursor"]}"'))["groups"]
    assert [one["nodes"][0]["keys"]["channel"] for one in (first, second)] == ["app", "bot"]


async def test_a_cursor_of_other_groups_is_refused(graph: Asker, trade: dict[str, Any]) -> None:
    found = await listed(graph, "groups(by: [{channel: true}]) { pageInfo { endCursor } }")
    cursor = found["groups"]["pageInfo"]["endCursor"]
    for text in (
        f'by: [{{status: true}}], after: "{cursor}"',
        f'by: [{{channel: true}}], orderBy: [{{count: ASC}}], after: "{cursor}"',
    ):
        text = f"groups({text}) {{ nodes {{ aggregate {{ count }} }} }}"
        message, _ = await refused(graph, text)
        assert message == "the cursor belongs to another list or another order"


async def test_customers_are_filtered_and_ordered_by_what_they_bought(
    graph: Asker, trade: dict[str, Any]
) -> None:
    async def names(arguments: str) -> list[str]:
        data = await graph.ask(f"{{ customers({arguments}) {{ nodes {{ name }} }} }}", SYSTEM)
        return [one["name"] for one in data["customers"]["nodes"]]

    assert await names("where: {transactions: {aggregate: {count: {gte: 4}}}}") == ["Bob"]
    assert await names("where: {transactions: {aggregate: {count: {eq: 0}}}}") == []
    assert await names(
        'where: {transactions: {aggregate: {sum: {total: {currency: "EUR", gte: "30.19"}}}}}'
    ) == ["Ann"]
    assert await names(
        'where: {not: {transactions: {aggregate: {sum: {total: {currency: "EUR", gte: "1"}}}}}}'
    ) == ["Bob"]
    assert await names("orderBy: [{transactions: {count: DESC}}]") == ["Bob", "Ann"]
    assert await names('orderBy: [{transactions: {sum: {total: {currency: "EUR", direction: ASC}}}}]') == [
        "Ann",
        "Bob",
    ]
    assert await names(
        'orderBy: [{transactions: {sum: {total: {currency: "EUR", direction: ASC_NULLS_FIRST}}}}]'
    ) == [
        "Bob",
        "Ann",
    ]
    assert await names("orderBy: [{transactions: {max: {placedAt: ASC}}}]") == ["Ann", "Bob"]


async def test_pages_by_sums_of_links_meet(graph: Asker, trade: dict[str, Any]) -> None:
    order = 'orderBy: [{transactions: {avg: {total: {currency: "JPY", direction: DESC}}}}]'
    text = "{ customers(%s, first: 1%s) { pageInfo { endCursor hasNextPage } nodes { name } } }"
    first = (await graph.ask(text % (order, ""), SYSTEM))["customers"]
    second = (await graph.ask(text % (order, f', after: "{first["pageInfo"]["endCursor"]}"'), SYSTEM))[
        "customers"
    ]
    assert [one["nodes"][0]["name"] for one in (first, second)] == ["Bob", "Ann"]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)


async def test_counting_stops_where_it_is_told(graph: Asker, trade: dict[str, Any]) -> None:
    assert (
        await listed(graph, "a: totalCount(upTo: 3) b: totalCount(upTo: 100) c: totalCount(upTo: null)")
    ) == {
        "a": 3,
        "b": 7,
        "c": 7,
    }
    for given, expected in ((1, 1), (7, 7), (8, 7)):
        assert await listed(graph, "totalCount(upTo: $upTo)", upTo=given) == {"totalCount": expected}
    assert await refused(graph, "totalCount(upTo: 0)") == (
        "totalCount: upTo is 0",
        "upTo counts rows: 1 or more",
    )


async def test_what_is_hidden_is_neither_counted_nor_summed(graph: Asker, trade: dict[str, Any]) -> None:
    selection = """totalCount bounded: totalCount(upTo: 5) estimate { count }
    aggregate { count countDistinct { customer } sum { total { amount } } max { placedAt } }
    groups(by: [{channel: true}]) { totalCount nodes { keys { channel } } }"""
    assert await listed(graph, selection, ANONYMOUS) == {
        "totalCount": 0,
        "bounded": 0,
        "estimate": {"count": 0},
        "aggregate": {
            "count": 0,
            "countDistinct": {"customer": 0},
            "sum": {"total": []},
            "max": {"placedAt": None},
        },
        "groups": {"totalCount": 0, "nodes": []},
    }
    found = await listed(graph, selection, Viewer(kind="customer", customer_id=trade["ann"]))
    assert found["aggregate"] == {
        "count": 3,
        "countDistinct": {"customer": 1},
        "sum": {"total": [{"amount": "30.19"}]},
        "max": {"placedAt": "2025-03-30T21:59:59.000000Z"},
    }
    assert found["groups"] == {
        "totalCount": 2,
        "nodes": [{"keys": {"channel": "app"}}, {"keys": {"channel": "web"}}],
    }


async def test_keys_that_may_not_be_seen_are_null(graph: Asker, trade: dict[str, Any], rows: Rows) -> None:
    """A provider sees whom it deals with while a transaction is open, and no longer."""
    await rows.connection.execute(
        "update core_transaction set status = 'CANCELLED', cancelled_at = now() where customer_id = $1",
        trade["bob"],
    )
    found = await listed(
        graph,
        "groups(by: [{customer: {name: true}}]) { nodes { keys { customer { name } } aggregate { count } } }"
        "aggregate { countDistinct { customer } }",
        Viewer(kind="provider", provider_id=trade["east"]),
    )
    assert found == {
        "groups": {
            "nodes": [
                {"keys": {"customer": {"name": "Ann"}}, "aggregate": {"count": 2}},
                {"keys": {"customer": {"name": None}}, "aggregate": {"count": 2}},
            ]
        },
        "aggregate": {"countDistinct": {"customer": 1}},
    }


@pytest.mark.parametrize(
    ("selection", "message", "hint"),
    [
        ("groups(by: []) { totalCount }", "groups: by names no key", "name a field"),
        (
            "groups(by: [{channel: true}, {channel: true}]) { totalCount }",
            "groups: by names channel twice",
            "name each key once",
        ),
        (
            "groups(by: [{channel: true}, {status: true}, {number: true}, {cancelReason: true}, {version: true}])"
            "{ totalCount }",
            "groups: by names 5 keys",
            "at most 4 are taken",
        ),
        ("groups(by: [{channel: false}]) { totalCount }", "groups: by channel is not true", "leave out"),
        (
            "groups(by: [{channel: true}]) { nodes { keys { status } } }",
            "groups: keys.status is selected, but not grouped by",
            "`by` names channel",
        ),
        (
            "groups(by: [{channel: true}], orderBy: [{keys: {status: ASC}}]) { totalCount }",
            "groups: orderBy keys.status is none of the keys",
            "`by` names channel",
        ),
        (
            'groups(by: [{placedAt: {bucket: DAY, timeZone: "CEST"}}]) { totalCount }',
            "'CEST' is not a time zone",
            "Europe/Berlin",
        ),
        (
            "groups(by: [{channel: true}], first: 101) { totalCount }",
            "groups: first is 101, more than 100",
            "up to 100",
        ),
        (
            'groups(by: [{channel: true}], having: {sum: {total: {gte: "1"}}}) { totalCount }',
            "sum of total is compared without a currency",
            "within one currency",
        ),
    ],
)  # fmt: skip
async def test_what_cannot_be_says_what_to_do(
    graph: Asker, rows: Rows, selection: str, message: str, hint: str
) -> None:
    found = await refused(graph, selection)
    assert found[0] == message
    assert hint in found[1]


async def test_groups_count_against_the_row_budget(graph: Asker, rows: Rows) -> None:
    text = """{ customers(first: 100) { nodes { id transactions(first: 1) { groups(by: [{channel: true}], first: 100)
    { nodes { keys { channel } } } } } } }"""
    answer = await graph.answer(text, SYSTEM)
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "ROW_BUDGET_EXCEEDED"
    assert error["extensions"]["estimate"] == 10_100
