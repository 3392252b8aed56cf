"""The telephone numbers there were before they had a form to look them up by."""

from __future__ import annotations

from typing import Any

from serai.core.phones import e164
from serai.settings import load_settings

CHUNK = 5_000

NEXT = """
select id, phone, locale
from core_customer
where phone is not null
  and ($1::uuid is null or id > $1)
order by id
limit $2
"""

WRITE = """
update core_customer c
set phone_e164 = n.phone_e164
from unnest($1::uuid[], $2::text[]) n (id, phone_e164)
where c.id = n.id
"""


async def fill_numbers(_: Any, editor: Any) -> None:
    """Write the E.164 form of every customer's number that has one."""
    default = load_settings().default_region
    after = None
    while rows := await editor.client.execute_query_dict(NEXT, [after, CHUNK]):
        after = rows[-1]["id"]
        found = [(row["id"], e164(row["phone"], locale=row["locale"], default=default)) for row in rows]
        known = [(id, number) for id, number in found if number is not None]
        if known:
            await editor.client.execute_query(WRITE, [[id for id, _ in known], [one for _, one in known]])


def leave(_: Any, __: Any) -> None:
    """Nothing to undo: the column goes."""
