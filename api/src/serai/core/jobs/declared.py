"""The core's own jobs: what time has ended is written down, what is kept for a time only is removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from serai.core.capacity.keeping import KEPT_DAYS, expire_due, forget_over, forget_past
from serai.core.demands.sweeping import sweep
from serai.core.webhooks.keeping import DEAD_DAYS, DELIVERED_DAYS
from serai.core.webhooks.keeping import forget_old as forget_old_deliveries
from serai.engines.idempotency import forget_old
from serai_sdk.jobs import Job, JobCtx

AT_ONCE: Final = 10_000
"""Rows a run writes or removes at most; the next goes on."""
DAYS: Final = 30
"""How long jobs that are over are told of."""

OVER = f"""
delete from core_job
where id in (
  select id
  from core_job
  where ended_at < serai_now() - interval '{DAYS} days'
  order by ended_at
  limit $1
)
returning 1
"""

LOGGED = f"""
delete from core_pgqueuer_log
where id in (
  select id
  from core_pgqueuer_log
  where created < now() - interval '{DAYS} days'
  order by created
  limit $1
)
returning 1
"""


async def end_demands(ctx: JobCtx, given: Mapping[str, Any]) -> None:
    """Demands that have lapsed, proposals that have expired."""
    done = await sweep(ctx.change, limit=AT_ONCE)
    await ctx.progress(done.lapsed + done.expired)


async def forget_keys(ctx: JobCtx, given: Mapping[str, Any]) -> None:
    """Idempotency keys that were kept for long enough."""
    await ctx.progress(await forget_old(ctx.fetch, limit=10 * AT_ONCE))


async def end_holds(ctx: JobCtx, given: Mapping[str, Any]) -> None:
    """Holds that have expired."""
    await ctx.progress(await expire_due(ctx.change, limit=AT_ONCE))


async def forget_holds(ctx: JobCtx, given: Mapping[str, Any]) -> None:
    """Holds that were let go long ago, blackouts that ended then, sizes of dates long past."""
    done = await forget_over(ctx.fetch, limit=10 * AT_ONCE)
    await ctx.progress(done + await forget_past(ctx.fetch, limit=10 * AT_ONCE))


async def forget_deliveries(ctx: JobCtx, given: Mapping[str, Any]) -> None:
    """Deliveries that ended long ago."""
    await ctx.progress(await forget_old_deliveries(ctx.fetch, limit=10 * AT_ONCE))


async def forget_jobs(ctx: JobCtx, given: Mapping[str, Any]) -> None:
    """Jobs that were over long ago, and the queue's own log of them."""
    over = len(await ctx.fetch(OVER, AT_ONCE))
    await ctx.progress(over + len(await ctx.fetch(LOGGED, AT_ONCE)))


JOBS = (
    Job(
        "core.end_demands",
        end_demands,
        description="Writes down which demands have lapsed and which proposals have expired.",
        schedule="*/5 * * * *",
        concurrency=1,
    ),
    Job(
        "core.end_holds",
        end_holds,
        description="Writes down which holds of capacity have expired; what they held is free without it.",
        schedule="*/5 * * * *",
        concurrency=1,
    ),
    Job(
        "core.forget_holds",
        forget_holds,
        description=f"Removes holds and blackouts that ended more than {KEPT_DAYS} days ago, and sizes of dates past.",
        schedule="23 3 * * *",
        concurrency=1,
    ),
    Job(
        "core.forget_keys",
        forget_keys,
        description="Removes idempotency keys that are older than a day.",
        schedule="17 * * * *",
        concurrency=1,
    ),
    Job(
        "core.forget_deliveries",
        forget_deliveries,
        description=f"Removes what webhooks were told: {DELIVERED_DAYS} days after it, {DEAD_DAYS} if it was given up.",
        schedule="29 * * * *",
        concurrency=1,
    ),
    Job(
        "core.forget_jobs",
        forget_jobs,
        description=f"Removes what is told of jobs that ended more than {DAYS} days ago.",
        schedule="41 3 * * *",
        concurrency=1,
    ),
)
