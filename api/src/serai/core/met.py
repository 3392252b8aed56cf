"""Which plug-ins a database has met, so that what belongs to an absent one can be told from what never was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from serai.storage import Pool

__all__ = ["Met", "absent_prefixes", "remember"]

REMEMBER = """
insert into core_plugin as known (id, version, prefixes, kinds, seen_at)
values ($1, $2, $3::text[], $4::text[], serai_now())
on conflict (id) do update
  set version = excluded.version,
      prefixes = excluded.prefixes,
      kinds = excluded.kinds,
      seen_at = excluded.seen_at
  where (known.version, known.prefixes, known.kinds)
    is distinct from (excluded.version, excluded.prefixes, excluded.kinds)
"""

ABSENT = "select id, prefixes from core_plugin where id <> all($1::text[]) order by seen_at"


@dataclass(frozen=True, slots=True)
class Met:
    """A plug-in that is loaded: the prefixes of its ids, the kinds of offer it brings."""

    id: str
    version: str
    prefixes: Sequence[str]
    kinds: Sequence[str]


async def remember(pool: Pool, loaded: Sequence[Met]) -> None:
    """Note the plug-ins loaded now; writes only what changed."""
    async with pool.acquire() as connection:
        for one in sorted(loaded, key=lambda met: met.id):
            await connection.execute(REMEMBER, one.id, one.version, sorted(one.prefixes), sorted(one.kinds))


async def absent_prefixes(pool: Pool, loaded: Sequence[str]) -> Mapping[str, str]:
    """The plug-in each prefix belongs to, for plug-ins met before and not loaded now."""
    if not await pool.fetchval("select to_regclass('core_plugin') is not null"):
        return {}
    rows = await pool.fetch(ABSENT, list(loaded))
    return {prefix: row["id"] for row in rows for prefix in row["prefixes"]}
