"""What time has ended of capacity is written down, and what ended long ago is forgotten."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

from serai_sdk import CallCtx

__all__ = ["KEPT_DAYS", "expire_due", "forget_over", "forget_past"]

BATCH: Final = 100
"""Holds of a change at most: others wait for their resources no longer than that takes."""
KEPT_DAYS: Final = 90
"""How long holds that were let go are told of; the database allows no less."""

Changing: TypeAlias = Callable[[Callable[[CallCtx], Awaitable[Mapping[str, Any]]]], Awaitable[Any]]
Fetch: TypeAlias = Callable[..., Awaitable[Any]]

OVER = f"""
with over as (
  select id
  from core_capacity_hold
  where state in ('RELEASED', 'EXPIRED')
    and moved_at < serai_now() - interval '{KEPT_DAYS} days'
  order by moved_at, id
  limit $1
),
log as (
  delete from core_capacity_log l
  using over o
  where l.hold_id = o.id
  returning 1
),
claim as (
  delete from core_capacity_claim c
  using over o
  where c.hold_id = o.id
  returning 1
)
delete from core_capacity_hold h
using over o, (select count(*) from log) logged, (select count(*) from claim) claimed
where h.id = o.id
returning 1
"""
"""A hold goes last: that it ended long ago is what lets the others go."""


BLACKOUTS_OVER = f"""
delete from core_capacity_blackout
where id in (
  select id
  from core_capacity_blackout
  where ends_at < serai_now() - interval '{KEPT_DAYS} days'
  order by ends_at, id
  limit $1
)
returning 1
"""

COUNTED_OVER = f"""
delete from core_capacity_counter c
using (
  select k.resource_id, k.starts_at
  from core_capacity_counter k
  join core_capacity_resource r on r.id = k.resource_id
  where k.used = 0
    and k.starts_at > '-infinity'
    and k.starts_at < serai_now() - interval '{KEPT_DAYS} days'
    and k.starts_at < serai_now() - interval '{KEPT_DAYS} days' - make_interval(secs => r.step_s)
  order by k.starts_at, k.resource_id
  limit $1
  for update of k skip locked
) over
where c.resource_id = over.resource_id
  and c.starts_at = over.starts_at
returning 1
"""
"""Of which nothing is held: the size that a date or slot had, of a pool, and that nobody asks about any more."""


async def expire_due(changing: Changing, *, limit: int) -> int:
    """Write down which holds have expired, in batches of a change each; how many those were, ``limit`` at most."""
    done = 0
    while done < limit:
        size, found = min(BATCH, limit - done), 0

        async def batch(ctx: CallCtx, size: int = size) -> Mapping[str, Any]:
            nonlocal found
            found = await ctx.capacity.expire(most=size)
            return {}

        await changing(batch)
        done += found
        if found < size:
            break
    return done


async def forget_over(fetch: Fetch, *, limit: int) -> int:
    """Delete holds that were let go long ago, with their claims and their log; how many, ``limit`` at most."""
    return await _in_batches(fetch, OVER, limit=limit)


async def forget_past(fetch: Fetch, *, limit: int) -> int:
    """Delete blackouts that ended long ago, and sizes of dates and slots long past; how many, ``limit`` at most."""
    done = await _in_batches(fetch, BLACKOUTS_OVER, limit=limit)
    return done + await _in_batches(fetch, COUNTED_OVER, limit=limit - done)


async def _in_batches(fetch: Fetch, statement: str, *, limit: int) -> int:
    done = 0
    while done < limit:
        size = min(10 * BATCH, limit - done)
        found = len(await fetch(statement, size))
        done += found
        if found < size:
            break
    return done
