"""@dryRun: a mutation is checked to its end and undone; its errors are those of the real one, nothing of it remains."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from serai.viewers import Viewer

STAFF = Viewer(
    kind="staff",
    staff_id=uuid4(),
    permissions=frozenset(
        {"customers:read", "customers:write", "customers:pii", "transactions:read", "transactions:write"}
    ),
)
TABLES = """
select table_name
from information_schema.tables
where table_schema = 'public' and table_type = 'BASE TABLE'
"""
ERRORS = "userErrors { code field message currentVersion }"


async def counts(rows: Any) -> dict[str, int]:
    names = [one["table_name"] for one in await rows.connection.fetch(TABLES)]
    return {name: await rows.value(f'select count(*) from "{name}"') for name in names}


async def placed(rows: Any, count: int = 1, status: str = "PLACED") -> list[str]:
    customer, provider = await rows.customer(), await rows.provider()
    return [f"trx_{(await rows.transaction(customer, provider, status=status)).hex}" for _ in range(count)]


async def test_a_row_that_would_be_made_is_not_there(graph: Any, rows: Any) -> None:
    before = await counts(rows)
    answer = await graph.answer(
        'mutation { customerRegister(input: {name: "Zoë"}) @dryRun { customer { id } userErrors { code } } }',
        STAFF,
    )
    assert answer == {
        "data": {"customerRegister": {"customer": None, "userErrors": []}},
        "extensions": {"dryRun": True},
    }
    assert await counts(rows) == before


async def test_no_key_is_kept_or_looked_at(graph: Any, rows: Any) -> None:
    def register(directives: str) -> str:
        return (
            f'mutation {{ customerRegister(input: {{name: "Zoë"}}) {directives} {{ customer {{ name }} }} }}'
        )

    before = await counts(rows)
    tried = await graph.answer(register('@dryRun @idempotent(key: "k")'), STAFF)
    assert tried["data"] == {"customerRegister": {"customer": None}}
    assert await counts(rows) == before
    done = await graph.answer(register('@idempotent(key: "k")'), STAFF)
    assert done == {"data": {"customerRegister": {"customer": {"name": "Zoë"}}}}
    tried = await graph.answer(register('@dryRun @idempotent(key: "k")'), STAFF)
    assert tried == {"data": {"customerRegister": {"customer": None}}, "extensions": {"dryRun": True}}


async def test_a_transition_is_undone_with_its_event(graph: Any, rows: Any) -> None:
    [id] = await placed(rows)
    before = await counts(rows)
    document = f"mutation ($id: ID!) {{ transactionCancel(input: {{id: $id}}) @dryRun {{ {ERRORS} }} }}"
    assert (await graph.answer(document, STAFF, id=id))["data"] == {"transactionCancel": {"userErrors": []}}
    assert await counts(rows) == before
    assert await rows.value("select status from core_transaction") == "PLACED"
    assert await rows.value("select version from core_transaction") == 1


@pytest.mark.parametrize("version", [1, 7])
async def test_user_errors_are_those_of_the_real_run(graph: Any, rows: Any, version: int) -> None:
    [id] = await placed(rows, status="FULFILLED")

    async def cancel(directive: str) -> Any:
        return (
            await graph.answer(
                f"mutation ($id: ID!, $version: Int!) {{ transactionCancel(input: "
                f"{{id: $id, expectedVersion: $version}}) {directive} {{ {ERRORS} }} }}",
                STAFF,
                id=id,
                version=version,
            )
        )["data"]["transactionCancel"]["userErrors"]

    tried, done = await cancel("@dryRun"), await cancel("")
    assert len(tried) == 1
    assert tried == done


async def test_a_bulk_tells_what_would_become_of_each_item(graph: Any, rows: Any) -> None:
    good, bad = *(await placed(rows)), *(await placed(rows, status="CANCELLED"))
    before = await counts(rows)
    document = """
        mutation ($input: TransactionsConfirmInput!) {
          transactionsConfirm(input: $input) DIRECTIVE {
            results { index userErrors { code field } } succeeded failed userErrors { code }
          }
        }
    """
    given = {"items": [{"id": good}, {"id": bad}], "errorPolicy": "SKIP_FAILED"}
    tried = await graph.answer(document.replace("DIRECTIVE", "@dryRun"), STAFF, input=given)
    assert await counts(rows) == before
    assert await rows.value("select count(*) from core_transaction where status = 'PLACED'") == 1
    done = await graph.answer(document.replace("DIRECTIVE", ""), STAFF, input=given)
    assert tried["data"] == done["data"]
    assert (tried["data"]["transactionsConfirm"]["succeeded"], tried["extensions"]) == (1, {"dryRun": True})


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{ customers @dryRun { totalCount } }", "@dryRun stands on customers, which is no mutation"),
        (
            'mutation { a: customerRegister(input: {name: "A"}) @dryRun { userErrors { code } } '
            'b: customerRegister(input: {name: "B"}) { userErrors { code } } }',
            "some mutations of this operation have @dryRun and some have not; nothing was done",
        ),
    ],
)
async def test_where_it_would_mislead_it_is_refused(
    graph: Any, rows: Any, document: str, message: str
) -> None:
    before = await counts(rows)
    [error] = (await graph.answer(document, STAFF))["errors"]
    assert error["message"] == message
    assert await counts(rows) == before
