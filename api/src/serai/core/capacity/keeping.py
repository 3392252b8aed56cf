"""What time has ended of capacity is written down, and what ended long ago is forgotten."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

from serai_sdk import CallCtx

__all__ = ["KEPT_DAYS", "expire_due", "forget_over"]

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
    done = 0
    while done < limit:
        size = min(10 * BATCH, limit - done)
        found = len(await fetch(OVER, size))
        done += found
        if found < size:
            break
    return done
