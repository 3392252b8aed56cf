"""From what a token says to who asks today, and from what an operator types to what a token should say."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from serai.errors import SeraiError
from serai.storage import Pool
from serai.viewers import ACTING_KINDS, Acting, Viewer
from serai_sdk.access import ViewerKind

__all__ = ["NobodyToActAs", "ViewerLoader", "find_acting"]

TYPED_ID = re.compile(r"(?:[a-z][a-z0-9]*_)?([0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")

VIEWERS: dict[ViewerKind, str] = {
    "customer": """
        select c.principal_id, c.id as customer_id, null::uuid as provider_id, null::uuid as staff_id,
               array[]::text[] as permissions
        from core_customer c
        left join core_principal p on p.id = c.principal_id
        where c.id = $1
          and c.forgotten_at is null
          and p.is_active is not false
    """,
    "provider": """
        select m.principal_id, null::uuid as customer_id, m.provider_id, null::uuid as staff_id,
               array[]::text[] as permissions
        from core_provider_member m
        left join core_principal p on p.id = m.principal_id
        where m.id = $1
          and p.is_active is not false
    """,
    "staff": """
        select s.principal_id, null::uuid as customer_id, null::uuid as provider_id, s.id as staff_id,
               array(select jsonb_array_elements_text(r.permissions)) as permissions,
               r.name as role
        from core_staff s
        join core_role r on r.id = s.role_id
        left join core_principal p on p.id = s.principal_id
        where s.id = $1
          and s.is_active
          and p.is_active is not false
    """,
    "app": """
        select p.id as principal_id, null::uuid as customer_id, null::uuid as provider_id, null::uuid as staff_id,
               array(select jsonb_array_elements_text(p.granted)) as permissions
        from core_principal p
        where p.id = $1
          and p.kind = 'APP'
          and p.is_active
    """,
}

ACTING: dict[ViewerKind, str] = {
    "customer": """
        select id, principal_id
        from core_customer
        where forgotten_at is null
          and ($1::uuid is null or id = $1)
        order by id
        limit 1
    """,
    "provider": """
        select id, principal_id
        from core_provider_member
        where $1::uuid is null or $1 in (provider_id, id)
        order by array_position(array['OWNER', 'MANAGER', 'MEMBER'], role::text), id
        limit 1
    """,
    "staff": """
        select s.id, s.principal_id
        from core_staff s
        join core_role r on r.id = s.role_id
        where s.is_active
          and ($1::uuid is null or s.id = $1)
          and ($2::text is null or lower(r.name) = lower($2))
        order by s.id
        limit 1
    """,
    "app": """
        select id, id as principal_id
        from core_principal
        where kind = 'APP'
          and is_active
          and ($1::uuid is null or id = $1)
          and ($2::text is null or login = $2)
        order by id
        limit 1
    """,
}

ROLES_HELD = """
    select distinct r.name
    from core_role r
    join core_staff s on s.role_id = r.id
    where s.is_active
    order by r.name
"""

NAMED: tuple[ViewerKind, ...] = ("staff", "app")


class NobodyToActAs(SeraiError):
    """There is nobody by that description."""

    code = "NOBODY_TO_ACT_AS"


class ViewerLoader:
    """Finds who acts, with today's permissions.

    These are the granted ones, those that plug-ins declare for the role (``by_role``), and what all of them imply
    (``implied`` by name of permission).
    """

    def __init__(
        self,
        pool: Pool,
        *,
        implied: Mapping[str, Collection[str]] | None = None,
        by_role: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        self._pool = pool
        self._implied = dict(implied or {})
        self._by_role = dict(by_role or {})

    async def __call__(self, kind: ViewerKind, id: UUID) -> Viewer | None:
        """The viewer, or ``None`` if there is none by that id or it may not act (any more)."""
        statement = VIEWERS.get(kind)
        rows = await self._pool.fetch(statement, id) if statement else []
        if not rows:
            return None
        row = rows[0]
        return Viewer(
            kind=kind,
            principal_id=row["principal_id"],
            customer_id=row["customer_id"],
            provider_id=row["provider_id"],
            staff_id=row["staff_id"],
            permissions=self._with_implied(
                [*row["permissions"], *self._by_role.get(row.get("role") or "", ())]
            ),
        )

    def _with_implied(self, granted: Collection[str]) -> frozenset[str]:
        found: set[str] = set()
        waiting = list(granted)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(self._implied.get(name, ()))
        return frozenset(found)


async def find_acting(pool: Pool, wanted: str) -> Acting:
    """What ``customer:<id>``, ``provider:<id>``, ``staff:<role or id>`` or ``app:<login or id>`` stands for.

    A provider stands for its member of the highest role; a role for the first of the staff who holds it; a kind
    without anything after it for the first there is. Raises ``NobodyToActAs``.
    """
    kind, _, who = wanted.partition(":")
    if kind not in ACTING_KINDS:
        raise NobodyToActAs(
            f"{kind!r} is nothing a token can be for",
            hint="Use customer:<id>, provider:<id>, staff:<role> or app:<login>; anonymous needs no token.",
        )
    typed = TYPED_ID.fullmatch(who)
    name = who if who and not typed else None
    if name is not None and kind not in NAMED:
        raise NobodyToActAs(f"{who!r} is no id", hint="Ids are as the graph shows them, or UUIDs.")
    arguments: list[Any] = [UUID(typed[1]) if typed else None]
    if kind in NAMED:
        arguments.append(name)
    rows = await pool.fetch(ACTING[kind], *arguments)
    if not rows:
        raise NobodyToActAs(f"There is no {wanted}", hint=await _roles(pool) if kind == "staff" else None)
    return Acting(kind=kind, id=rows[0]["id"], principal_id=rows[0]["principal_id"])


async def _roles(pool: Pool) -> str:
    rows = await pool.fetch(ROLES_HELD)
    roles = ", ".join(row["name"] for row in rows)
    return f"Roles that somebody holds: {roles}." if roles else "Nobody is on the staff yet."
