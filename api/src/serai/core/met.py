"""Which plug-ins a database has met, so that what belongs to an absent one can be told from what never was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from serai.graph.registry import Registry
from serai.storage import Pool

__all__ = ["Met", "absent_prefixes", "met", "remember"]

KNOWN = "select id, version, prefixes, kinds from core_plugin"

REMEMBER = """
insert into core_plugin (id, version, prefixes, kinds, seen_at)
values ($1, $2, $3::text[], $4::text[], serai_now())
on conflict (id) do update
  set version = excluded.version,
      prefixes = excluded.prefixes,
      kinds = excluded.kinds,
      seen_at = excluded.seen_at
"""

ABSENT = "select id, prefixes from core_plugin where id <> all($1::text[]) order by seen_at"


@dataclass(frozen=True, slots=True)
class Met:
    """A plug-in that is loaded: the prefixes of its ids, the kinds of offer it brings."""

    id: str
    version: str
    prefixes: Sequence[str]
    kinds: Sequence[str]


def met(registry: Registry, versions: Mapping[str, str]) -> list[Met]:
    """The plug-ins that are loaded, by id; ``versions`` by id too."""
    entities = registry.entities.values()
    return [
        Met(
            id,
            version,
            sorted(one.prefix for one in entities if one.origin.plugin == id and one.base is None),
            sorted(one.kind for one in entities if one.origin.plugin == id and one.kind is not None),
        )
        for id, version in sorted(versions.items())
    ]


async def remember(pool: Pool, loaded: Sequence[Met]) -> bool:
    """Note the plug-ins loaded now, writing only what changed; ``False`` while the table is not there yet."""
    if not await pool.fetchval("select to_regclass('core_plugin') is not null"):
        return False
    rows = await pool.fetch(KNOWN)
    known = {row["id"]: Met(row["id"], row["version"], row["prefixes"], row["kinds"]) for row in rows}
    async with pool.acquire() as connection:
        for one in loaded:
            if known.get(one.id) != one:
                await connection.execute(REMEMBER, one.id, one.version, one.prefixes, one.kinds)
    return True


async def absent_prefixes(pool: Pool, loaded: Sequence[Met]) -> Mapping[str, str]:
    """The plug-in each prefix belongs to, for plug-ins met before and not loaded now."""
    rows = await pool.fetch(ABSENT, [one.id for one in loaded])
    return {prefix: row["id"] for row in rows for prefix in row["prefixes"]}
