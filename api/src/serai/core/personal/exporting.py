"""Exporting what is held on a customer: the rows of every marked table, absent plug-ins' included."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import orjson

from .marks import READ, Mark, mark_of
from .tables import Fetch, Table, present

PAGE = 500

LOGIN = """
select jsonb_build_object('id', p.id, 'login', p.login, 'displayName', p.display_name, 'createdAt', p.created_at)::text
  as row
from core_principal p
join core_customer c on c.principal_id = p.id
where c.id = $1
"""

EXTERNAL_IDS = """
select jsonb_build_object('source', source, 'id', external_id)::text as row
from core_external_ref
where entity = 'cus'
  and row_id = $1
order by source, external_id
limit 1000
"""


async def tables_of(fetch: Fetch, *, with_internal: bool) -> list[Table]:
    """The marked tables that are there; without those the customer itself is not shown."""
    marks: Sequence[Mark] = [mark_of(row) for row in await fetch(READ)]
    return await present(fetch, [one for one in marks if with_internal or not one.is_internal])


async def read_all(
    fetch: Fetch, customer_id: UUID, *, with_internal: bool, most: int | None = None
) -> AsyncIterator[tuple[dict[str, Any], AsyncIterator[Any]]]:
    """Each table with what it holds and why, and its rows page by page; ``most`` rows of each, if given."""
    yield (
        {"table": "core_principal", "plugin": "core", "what": "What it signs in with.", "columns": {}},
        _some(fetch, LOGIN, customer_id),
    )
    yield (
        {
            "table": "core_external_ref",
            "plugin": "core",
            "what": "What other systems of the organisation call it.",
            "columns": {},
        },
        _some(fetch, EXTERNAL_IDS, customer_id),
    )
    for table in await tables_of(fetch, with_internal=with_internal):
        head = {
            "table": table.mark.table,
            "plugin": table.mark.plugin,
            "what": table.mark.what,
            "columns": {one.shown: one.description for one in table.columns},
        }
        yield head, _pages(fetch, table, customer_id, most)


async def personal_data(
    fetch: Fetch, customer_id: UUID, *, with_internal: bool, most: int
) -> list[dict[str, Any]]:
    """Everything at once, tables without rows left out; ``isComplete`` is false where there are more rows."""
    found = []
    async for head, rows in read_all(fetch, customer_id, with_internal=with_internal, most=most + 1):
        listed = [row async for row in rows]
        if listed:
            found.append(head | {"rows": listed[:most], "isComplete": len(listed) <= most})
    return found


async def _some(fetch: Fetch, statement: str, customer_id: UUID) -> AsyncIterator[Any]:
    for row in await fetch(statement, customer_id):
        yield orjson.loads(row["row"])


async def _pages(fetch: Fetch, table: Table, customer_id: UUID, most: int | None) -> AsyncIterator[Any]:
    told = 0
    while most is None or told < most:
        wanted = PAGE if most is None else min(PAGE, most - told)
        rows = await fetch(table.read(), customer_id, told, wanted)
        for row in rows:
            yield orjson.loads(row["row"])
        told += len(rows)
        if len(rows) < wanted:
            return
