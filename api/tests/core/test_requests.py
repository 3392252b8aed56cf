"""What a caller gets for a request that cannot be answered, and that it changes nothing."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from serai.viewers import ANONYMOUS, Viewer
from serai_sdk.orm import new_id

OPERATOR = Viewer(
    kind="staff",
    staff_id=new_id(),
    permissions=frozenset({"customers:read", "transactions:read", "providers:read", "demands:read"}),
)


def code(answer: dict[str, Any]) -> str:
    (error,) = answer["errors"]
    return str(error["extensions"]["code"])


async def refused(graph: Any, selection: str, **variables: Any) -> dict[str, Any]:
    answer: dict[str, Any] = await graph.answer(selection, OPERATOR, **variables)
    (error,) = answer["errors"]
    assert answer.get("data") is None
    assert error["extensions"]["hint"]
    return dict(error)


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("first: 101", "customers: first is 101, more than 100"),
        ("last: 101", "customers: last is 101, more than 100"),
        ("first: -1", "customers: first is -1"),
        ("first: 1, last: 1", "customers: first and last are both given"),
    ],
)
async def test_a_page_that_cannot_be_says_what_can(graph: Any, page: str, message: str) -> None:
    error = await refused(graph, f"{{ customers({page}) {{ totalCount }} }}")
    assert error["message"] == message
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_what_is_too_much_for_one_statement_is_told(graph: Any) -> None:
    many = " ".join(f"a{number}: name" for number in range(3_300))
    error = await refused(graph, f"{{ customers {{ nodes {{ {many} }} }} }}")
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"] == "The operation is more than the database takes in one statement."


async def test_what_is_too_much_to_validate_is_told(graph: Any) -> None:
    many = "demands(first: 1) { totalCount } " * 400
    error = await refused(graph, f"{{ customers {{ nodes {{ {many} }} }} }}")
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_a_page_of_none_is_empty_and_says_whether_there_is_more(graph: Any, rows: Any) -> None:
    await rows.customer()
    data = await graph.ask(
        "{ customers(first: 0) { nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } } }",
        OPERATOR,
    )
    assert data["customers"] == {
        "nodes": [],
        "pageInfo": {"hasNextPage": True, "hasPreviousPage": False, "endCursor": None},
    }


def forged(*parts: Any) -> str:
    return base64.b64encode(json.dumps(parts).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "bm9uc2Vuc2U=",
        forged(),
        forged("x", "y"),
        forged({"a": 1}),
        "\u0000",
        "ключ",
        base64.b64encode(b"[" * 5000).decode(),
    ],
)
async def test_a_forged_cursor_is_named_as_one(graph: Any, cursor: str) -> None:
    answer = await graph.answer(
        "query($c: String) { customers(after: $c) { nodes { id } } }", OPERATOR, c=cursor
    )
    assert code(answer) == "BAD_CURSOR"
    assert answer["data"] is None


async def test_a_cursor_of_another_list_or_order_is_refused(graph: Any, rows: Any) -> None:
    await rows.customer()
    data = await graph.ask(
        "{ customers(orderBy: [{name: ASC}]) { edges { cursor } } providers { nodes { id } } }", OPERATOR
    )
    cursor = data["customers"]["edges"][0]["cursor"]
    for document in (
        "query($c: String) { customers(after: $c) { nodes { id } } }",
        "query($c: String) { customers(after: $c, orderBy: [{name: DESC}]) { nodes { id } } }",
        "query($c: String) { providers(after: $c, orderBy: [{name: ASC}]) { nodes { id } } }",
    ):
        assert code(await graph.answer(document, OPERATOR, c=cursor)) == "BAD_CURSOR"


async def test_a_cursor_whose_parts_were_changed_is_refused_or_means_what_it_says(
    graph: Any, rows: Any
) -> None:
    await rows.customer()
    data = await graph.ask("{ customers(orderBy: [{createdAt: ASC}]) { edges { cursor } } }", OPERATOR)
    mark, _, key = json.loads(base64.b64decode(data["customers"]["edges"][0]["cursor"]))
    document = "query($c: String) { customers(after: $c, orderBy: [{createdAt: ASC}]) { nodes { id } } }"
    for parts in (
        (mark, "yesterday", key),
        (mark, None, key),
        (mark, "2020-01-01", "no uuid"),
        (mark, 5, key),
    ):
        answer = await graph.answer(document, OPERATOR, c=forged(*parts))
        assert "errors" in answer, parts
        assert code(answer) == "BAD_CURSOR"


async def test_more_rows_than_the_budget_are_refused_before_any_statement_runs(graph: Any) -> None:
    sent: list[str] = []
    graph.platform.pool.observers.append(lambda sql, arguments: sent.append(sql))
    error = await refused(
        graph,
        """{ customers(first: 100) { nodes { transactions(first: 100) { nodes {
            lines(first: 100) { nodes { id } } } } } } }""",
    )
    assert error["extensions"]["code"] == "ROW_BUDGET_EXCEEDED"
    assert error["extensions"]["estimate"] > error["extensions"]["budget"] == 10_000
    assert sent == []


async def test_counting_alone_costs_no_rows(graph: Any) -> None:
    await graph.ask(
        "{ customers(first: 100) { nodes { transactions(first: 100) { totalCount } } } }", OPERATOR
    )


async def test_money_is_compared_within_a_currency(graph: Any) -> None:
    error = await refused(graph, '{ transactions(where: {total: {gte: "10"}}) { totalCount } }')
    assert "currency" in error["extensions"]["hint"]


async def test_an_order_names_one_field_an_element(graph: Any) -> None:
    answer = await graph.answer(
        "{ customers(orderBy: [{name: ASC, createdAt: DESC}]) { totalCount nodes { id } } }", OPERATOR
    )
    assert "errors" in answer
    assert answer.get("data") is None


async def test_an_operator_given_null_says_to_use_is_null(graph: Any) -> None:
    error = await refused(graph, "{ customers(where: {name: {contains: null}}) { totalCount } }")
    assert error["extensions"]["hint"] == "leave it out, or use isNull"


@pytest.mark.parametrize(
    "text", ["", "cus", "cus_12", "CUS_" + "0" * 32, "xyz_" + "0" * 32, "cus_" + "g" * 32]
)
async def test_a_malformed_id_is_null_with_an_error_at_its_place(graph: Any, rows: Any, text: str) -> None:
    good = f"cus_{(await rows.customer()).hex}"
    answer = await graph.answer(
        "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", OPERATOR, ids=[good, text, good]
    )
    assert answer["data"]["nodes"] == [{"id": good}, None, {"id": good}]
    (error,) = answer["errors"]
    assert (error["extensions"]["code"], error["path"]) == ("INVALID_ID", ["nodes", 1])


async def test_an_id_of_another_type_is_told_apart_from_one_that_is_nowhere(graph: Any, rows: Any) -> None:
    provider = f"pro_{new_id().hex}"
    answer = await graph.answer("query($id: ID!) { customer(id: $id) { id } }", OPERATOR, id=provider)
    assert answer["data"] == {"customer": None}
    assert code(answer) == "INVALID_ID"
    nowhere = await graph.answer(
        "query($id: ID!) { customer(id: $id) { id } }", OPERATOR, id=f"cus_{new_id().hex}"
    )
    assert nowhere == {"data": {"customer": None}}


async def test_text_no_database_can_hold_is_bad_input(graph: Any) -> None:
    for text in ("a\u0000b", "\ud800"):
        answer = await graph.answer(
            "query($t: String) { customers(where: {name: {contains: $t}}) { totalCount } }", OPERATOR, t=text
        )
        assert code(answer) == "BAD_USER_INPUT"


async def test_wildcards_of_like_are_plain_characters(graph: Any, rows: Any) -> None:
    await rows.customer(name="100 % \\_o")
    await rows.customer(name="100 x yyo")
    document = "query($t: String) { customers(where: {name: {contains: $t}}) { nodes { name } } }"
    for text in ("%", "\\", "_", "% \\_O"):
        assert await graph.ask(document, OPERATOR, t=text) == {
            "customers": {"nodes": [{"name": "100 % \\_o"}]}
        }


async def test_a_mutation_one_may_not_do_says_what_it_takes(graph: Any) -> None:
    document = """mutation { scenarioCreate(input: {name: "x", slug: "x"}) { scenario { id } } }"""
    answer = await graph.answer(document, OPERATOR)
    assert code(answer) == "FORBIDDEN"
    assert "scenarios:write" in answer["errors"][0]["extensions"]["hint"]
    assert code(await graph.answer(document, ANONYMOUS)) == "FORBIDDEN"


async def test_an_input_out_of_bounds_is_a_user_error_at_its_field(graph: Any) -> None:
    payload = await graph.change(
        "customerRegister",
        "customer { id }",
        Viewer(kind="staff", staff_id=new_id(), permissions=frozenset({"customers:write", "customers:read"})),
        {"name": "x" * 100_000},
    )
    assert payload["customer"] is None
    (error,) = payload["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID_INPUT", ["name"])


async def test_introspection_and_data_come_together(graph: Any) -> None:
    data = await graph.ask('{ __typename __type(name: "Customer") { name } viewer { kind } }', OPERATOR)
    assert data == {"__typename": "Query", "__type": {"name": "Customer"}, "viewer": {"kind": "STAFF"}}


async def test_a_variable_in_a_fragment_decides_what_is_included(graph: Any, rows: Any) -> None:
    id = f"cus_{(await rows.customer(name='Li')).hex}"
    document = """query($id: ID!, $more: Boolean!) { node(id: $id) { ...F id @skip(if: $more) } }
    fragment F on Customer { name @include(if: $more) }"""
    assert await graph.ask(document, OPERATOR, id=id, more=True) == {"node": {"name": "Li"}}
    assert await graph.ask(document, OPERATOR, id=id, more=False) == {"node": {"id": id}}


async def test_the_same_document_serves_viewers_with_different_rights(graph: Any, rows: Any) -> None:
    customer = await rows.customer()
    await rows.customer()
    document = "{ customers { totalCount nodes { phone attributes } } }"
    counts = []
    for viewer in (
        OPERATOR,
        ANONYMOUS,
        Viewer(kind="customer", customer_id=customer),
        Viewer(kind="staff", staff_id=new_id()),
        OPERATOR,
        Viewer(kind="app", permissions=frozenset({"customers:read"})),
    ):
        counts.append((await graph.ask(document, viewer))["customers"]["totalCount"])
    assert counts == [2, 0, 1, 0, 2, 2]
