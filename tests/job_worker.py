"""A worker in a process of its own, to be killed: `python job_worker.py <database> <folder>`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from serai.app import JobHost, open_platform
from serai.engines.jobs.work import Worker
from serai.settings import load_settings
from serai_sdk import CallCtx, Job, JobCtx

STEPS = 5


async def mark(ctx: JobCtx, given: Mapping[str, Any]) -> None:
    """Something that takes a while and leaves a row, which is the job's own however often it is begun."""
    for step in range(STEPS):
        await ctx.progress(step, STEPS)
        await asyncio.sleep(0.02)

    async def body(call: CallCtx) -> Mapping[str, Any]:
        await call.change.execute(
            "insert into mark (job, number) values ($1, $2) on conflict (job) do nothing",
            ctx.id,
            given["number"],
        )
        return {}

    await ctx.change(body)
    await ctx.progress(STEPS, STEPS)


JOBS = {"test.mark": Job("test.mark", mark, description="Leaves a row.", attempts=50)}


async def main(database: str, folder: str) -> None:
    platform = await open_platform(load_settings(Path(folder), database_url=database))
    print("ready", flush=True)
    worker = Worker(JobHost(platform), JOBS, dsn=database, at_once=8, lost_after_s=2)
    await worker.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
