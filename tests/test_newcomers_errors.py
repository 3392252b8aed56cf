"""What a newcomer gets wrong, and what they are told: the place, a code, and what to do."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from serai.app import create_app
from serai.viewers import ANONYMOUS, Viewer

from .conftest import OpenPlatform

STAFF = Viewer(
    kind="staff",
    staff_id=uuid4(),
    permissions=frozenset({"customers:read", "transactions:read", "transactions:write"}),
)
NOBODY = f"{0:032x}"

INVALID = "GRAPHQL_VALIDATION_FAILED"

# The operation; the code; what the message says; what the hint says, if there is one.
CASES: list[tuple[str, str, str, str | None]] = [
    ("{ custmers { totalCount } }", INVALID, "Did you mean 'customers'", None),
    ("{ customers { nodes { nam } } }", INVALID, "Did you mean 'name'?", None),
    ("{ customers { pageInfo { zzz } } }", INVALID, "Cannot query field 'zzz'", "it has hasNextPage, "),
    ("{ customers { nodes } }", INVALID, "must have a selection of subfields", None),
    ("{ customers { totalCount ", "GRAPHQL_PARSE_FAILED", "Expected Name, found <EOF>", None),
    ('{ customer(id: "abc") { name } }', "INVALID_ID", "'abc' is not an id", "as the graph gave it out"),
    (
        f'{{ customer(id: "prv_{NOBODY}") {{ name }} }}',
        "INVALID_ID",
        "not the id of a Customer",
        "begin with cus_",
    ),
    (f'{{ node(id: "xyz_{NOBODY}") {{ id }} }}', "INVALID_ID", "begin with xyz_", "as the graph gave it out"),
    (
        "{ transactions(where: {status: {eq: PAID}}) { totalCount } }",
        INVALID,
        "'PAID' does not exist in 'TransactionStatus' enum",
        "one of PLACED, CONFIRMED, FULFILLED, CANCELLED",
    ),
    (
        "{ transactions(where: {status: PLACED}) { totalCount } }",
        INVALID,
        "to be an object, found: PLACED",
        "name an operator: {eq: PLACED}",
    ),
    (
        "{ customers(orderBy: [{name: ASC, createdAt: DESC}]) { totalCount } }",
        INVALID,
        "exactly one field must be specified",
        "a list with one field in each element",
    ),
    (
        '{ customers(orderBy: [{transactions: {sum: {amount: {currency: "EUR", direction: DESC}}}}]) { totalCount } }',
        INVALID,
        "unknown field 'amount'",
        "it takes total",
    ),
    (
        "{ customers(orderBy: [{transactions: {sum: {}}}]) { totalCount } }",
        INVALID,
        "exactly one field must be specified",
        "exactly one of total",
    ),
    (
        "{ transactions { groups(by: [{field: 1}]) { nodes { count } } } }",
        INVALID,
        "unknown field 'field'",
        "it takes ",
    ),
    (
        '{ transactions(where: {placedAt: {gt: "yesterday"}}) { totalCount } }',
        INVALID,
        '"yesterday" is not a DateTime: write ISO 8601 with an offset',
        None,
    ),
    (
        "{ transactions(where: {total: {currency: EUR, gt: 100}}) { totalCount } }",
        INVALID,
        'write an active code of ISO 4217 in quotes, such as "EUR"',
        None,
    ),
    (
        '{ transactions(where: {total: {gt: "100"}}) { totalCount } }',
        "BAD_USER_INPUT",
        "total is compared without a currency",
        "within one currency only",
    ),
    ('{ customers(after: "abc") { nodes { id } } }', "BAD_CURSOR", "malformed", "that this list gave out"),
    (
        "{ customers(first: 101) { nodes { id } } }",
        "BAD_USER_INPUT",
        "first is 101, more than 100",
        "up to 100",
    ),
    ("{ customers(first: -1) { nodes { id } } }", "BAD_USER_INPUT", "first is -1", "0 to 100"),
    ("{ customers(first: 1, last: 1) { nodes { id } } }", "BAD_USER_INPUT", "both given", "give the one"),
    (
        "{ transactions(first: 100) { nodes { lines(first: 100) { nodes { offer { lines { nodes { id } } } } } } } }",
        "ROW_BUDGET_EXCEEDED",
        "of at most 10000",
        "smaller pages",
    ),
    (
        "query A { __typename } query B { __typename }",
        "OPERATION_RESOLUTION_FAILURE",
        "name one of A, B",
        None,
    ),
]


async def test_mistakes_are_told_with_the_way_out(open_here: OpenPlatform) -> None:
    platform = await open_here()
    for document, code, message, hint in CASES:
        answer: dict[str, Any] = orjson.loads((await platform.engine.execute(document, {}, None, STAFF)).body)
        error = answer["errors"][0]
        assert error["extensions"]["code"] == code, (document, error)
        assert message in error["message"], (document, error)
        assert (hint or "") in error["extensions"].get("hint", ""), (document, error)
        assert hint or "hint" not in error["extensions"], (document, error)
        assert "locations" in error or code not in (INVALID, "GRAPHQL_PARSE_FAILED"), (document, error)


async def test_what_is_wrong_with_a_variable_is_told_with_where_it_is_declared(
    open_here: OpenPlatform,
) -> None:
    platform = await open_here()
    document = "query A { __typename }\nquery B($n: Int!) { customers(first: $n) { totalCount } }"
    answers = [
        orjson.loads((await platform.engine.execute(document, {"n": n}, "B", STAFF)).body)
        for n in ("many", None)
    ]
    for answer in answers:
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["locations"] == [{"line": 2, "column": 9}]


async def test_production_does_not_describe_its_schema_in_errors(open_here: OpenPlatform) -> None:
    platform = await open_here(environment="production")
    for document in (
        "{ custmers { totalCount } }",
        "{ transactions(where: {status: {eq: PAID}}) { totalCount } }",
    ):
        body = (await platform.engine.execute(document, {}, None, STAFF)).body
        assert b"Did you mean" not in body
        assert b"hint" not in body


async def test_who_sends_no_token_is_told_when_one_is_needed(open_here: OpenPlatform) -> None:
    platform = await open_here()
    ask = f'mutation {{ transactionConfirm(input: {{id: "trx_{NOBODY}"}}) {{ userErrors {{ code }} }} }}'
    answer = orjson.loads((await platform.engine.execute(ask, {}, None, ANONYMOUS)).body)
    [error] = answer["errors"]
    assert error["message"] == "You have to sign in for this."
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert error["extensions"]["hint"] == "send a bearer token"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("abc", "AUTHORIZATION_MALFORMED"),
        ("Bearer abc", "TOKEN_MALFORMED"),
        ("Basic abc", "AUTHORIZATION_MALFORMED"),
    ],
)
async def test_a_token_that_is_none_is_401_with_a_reason(
    open_here: OpenPlatform, header: str, reason: str
) -> None:
    transport = httpx.ASGITransport(app=create_app(await open_here()))
    async with httpx.AsyncClient(transport=transport, base_url="http://serai") as client:
        answer = await client.post(
            "/graphql", json={"query": "{ __typename }"}, headers={"Authorization": header}
        )
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED", "reason": reason}
