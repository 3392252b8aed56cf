"""What a client that repeats requests meets in the graph: keys on fields, in fragments, in the header; versions."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from serai.viewers import Viewer

STAFF = Viewer(
    kind="staff",
    staff_id=uuid4(),
    permissions=frozenset({"customers:read", "customers:write", "customers:pii"}),
)
COUNT = "select count(*) from core_customer"

REGISTER = 'customerRegister(input: {name: "Zoë"})'
IN_A_FRAGMENT = f"""
mutation ($under: String!) {{ ...Registering }}
fragment Registering on Mutation {{ {REGISTER} @idempotent(key: $under) {{ customer {{ id }} }} }}
"""
IN_PARTS = f"""
mutation ($under: String!) {{
  {REGISTER} {{ customer {{ id }} }}
  ... on Mutation {{ {REGISTER} @idempotent(key: $under) {{ userErrors {{ code }} }} }}
}}
"""
UPDATE = """
mutation ($input: CustomerUpdateInput!, $under: String!) {
  customerUpdate(input: $input) @idempotent(key: $under) {
    customer { name version }
    userErrors { code field currentVersion }
  }
}
"""


@pytest.mark.parametrize("document", [IN_A_FRAGMENT, IN_PARTS])
async def test_the_key_counts_wherever_the_field_is_selected(graph: Any, rows: Any, document: str) -> None:
    first, second = [await graph.answer(document, STAFF, under="k") for _ in range(2)]
    assert "errors" not in first, first
    assert second["data"] == first["data"]
    assert ("extensions" in first, second["extensions"]) == (False, {"idempotencyHit": True})
    assert await rows.value(COUNT) == 1


async def test_two_fields_have_two_keys_and_two_outcomes(graph: Any, rows: Any) -> None:
    document = f"""
        mutation ($a: String!, $b: String!) {{
          one: {REGISTER} @idempotent(key: $a) {{ customer {{ id }} }}
          two: {REGISTER} @idempotent(key: $b) {{ customer {{ id }} }}
        }}
    """
    first, second = [await graph.answer(document, STAFF, a="a", b="b") for _ in range(2)]
    assert first["data"] == second["data"]
    assert first["data"]["one"] != first["data"]["two"]
    assert await rows.value(COUNT) == 2


async def test_a_field_selected_twice_has_one_key(graph: Any, rows: Any) -> None:
    document = f"""
        mutation {{
          {REGISTER} @idempotent(key: "a") {{ customer {{ id }} }}
          {REGISTER} @idempotent(key: "b") {{ customer {{ id }} }}
        }}
    """
    [error] = (await graph.answer(document, STAFF))["errors"]
    assert error["message"] == "a field that is selected twice has two idempotency keys"
    assert await rows.value(COUNT) == 0


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ('{ customers @idempotent(key: "k") { totalCount } }', "customers"),
        (f'mutation {{ {REGISTER} {{ customer @idempotent(key: "k") {{ id }} }} }}', "customer"),
    ],
)
async def test_a_key_where_it_would_do_nothing_is_refused(
    graph: Any, rows: Any, document: str, field: str
) -> None:
    [error] = (await graph.answer(document, STAFF))["errors"]
    assert error["message"] == f"@idempotent stands on {field}, which is no mutation"
    assert await rows.value(COUNT) == 0


async def test_a_conflict_tells_the_version_it_is_at_and_so_does_its_replay(graph: Any, rows: Any) -> None:
    id = f"cus_{(await rows.customer()).hex}"
    for number in range(3):
        answer = await graph.answer(UPDATE, STAFF, input={"id": id, "name": f"N{number}"}, under=f"{number}")
        assert answer["data"]["customerUpdate"]["customer"] == {"name": f"N{number}", "version": 2 + number}
    stale = {"id": id, "name": "Stale", "expectedVersion": 2}
    first = await graph.answer(UPDATE, STAFF, input=stale, under="stale")
    assert first["data"]["customerUpdate"] == {
        "customer": None,
        "userErrors": [{"code": "CONFLICT", "field": ["expectedVersion"], "currentVersion": 4}],
    }
    await graph.answer(UPDATE, STAFF, input={"id": id, "name": "Later"}, under="later")
    again = await graph.answer(UPDATE, STAFF, input=stale, under="stale")
    assert again["data"] == first["data"]
    assert again["extensions"] == {"idempotencyHit": True}


async def test_a_replay_reads_with_the_rights_of_today(graph: Any, rows: Any) -> None:
    given = {"input": {"id": f"cus_{(await rows.customer()).hex}", "name": "Zoë"}, "under": "k"}
    assert (await graph.answer(UPDATE, STAFF, **given))["data"]["customerUpdate"]["customer"]["name"] == "Zoë"
    fewer = Viewer(kind="staff", staff_id=STAFF.staff_id, permissions=STAFF.permissions - {"customers:read"})
    again = await graph.answer(UPDATE, fewer, **given)
    assert again["extensions"] == {"idempotencyHit": True}
    assert again["data"]["customerUpdate"] == {"customer": None, "userErrors": []}
