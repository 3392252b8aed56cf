"""Jobs of exports: one makes a file, the other removes what is not kept any more."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast
from uuid import UUID

import orjson

from serai.settings import Settings
from serai_sdk.jobs import Job, JobCtx

from .errors import ExportFailed
from .files import folder_of, write_rows
from .formats import Format
from .mutations import JOB

KEPT_H: Final = 24
"""How many hours a file can be fetched."""
DAYS: Final = 30
"""How long an export is told of once it is over."""
FILE: Final = re.compile(r"([0-9a-f]{32})(?:\.(\d+))?\..+")

ASKED: Final = """
select query, variables::text as variables, operation, format, staff_id, app_id
from core_export
where id = $1
  and query is not null
"""

DONE: Final = f"""
update core_export
set
  size = $2,
  rights = cast($3 as text)::jsonb,
  expires_at = serai_now() + interval '{KEPT_H} hours',
  updated_at = serai_now(),
  version = version + 1
where id = $1
  and ended_at is null
returning 1
"""

KEPT: Final = """
select e.id, e.state, j.attempts
from core_export e
left join core_job j on j.id = e.job_id
where e.id = any($1)
  and (e.state in ('QUEUED', 'RUNNING') or e.state = 'DONE' and e.expires_at > serai_now())
"""

FORGET: Final = f"""
delete from core_export
where id in (
  select id
  from core_export
  where ended_at < serai_now() - interval '{DAYS} days'
  order by ended_at
  limit 10000
)
returning 1
"""


async def export(ctx: JobCtx, given: Mapping[str, Any]) -> None:
    """Write the file of one export; begun again, it is written anew."""
    id = UUID(given["export"])
    found = await ctx.fetch(ASKED, id)
    if not found:
        return
    [asked] = found
    settings = ctx.settings(Settings)
    rows = await ctx.export(
        asked["query"],
        orjson.loads(asked["variables"]),
        operation=asked["operation"],
        kind="staff" if asked["staff_id"] else "app",
        id=asked["staff_id"] or asked["app_id"],
    )
    if rows is None:
        raise ExportFailed("Whoever asked for it may not act any more")
    size = await write_rows(
        rows,
        folder_of(settings.data_dir),
        id,
        cast(Format, str(asked["format"]).lower()),
        attempt=ctx.attempt,
        space_mb=settings.export_space_mb,
        told=ctx,
    )
    await ctx.fetch(DONE, id, size, orjson.dumps(sorted(rows.rights)).decode())


async def forget(ctx: JobCtx, given: Mapping[str, Any]) -> None:
    """Remove files that can no longer be fetched, what was left of workers that died, and exports over long ago."""
    settings = ctx.settings(Settings)
    folder = folder_of(settings.data_dir)
    files = [
        (one, UUID(named[1]), named[2])
        for one in await asyncio.to_thread(_files, folder)
        if (named := FILE.fullmatch(one.name))
    ]
    kept = {row["id"]: row for row in await ctx.fetch(KEPT, [id for _, id, _ in files])}
    removed = 0
    for file, id, attempt in files:
        row = kept.get(id)
        is_left = attempt is not None and row is not None and not _is_at_it(row, int(attempt))
        if row is None or is_left:
            await asyncio.to_thread(file.unlink, missing_ok=True)
            removed += 1
    await ctx.progress(removed + len(await ctx.fetch(FORGET)))


def _is_at_it(row: Mapping[str, Any], attempt: int) -> bool:
    """Whether a worker is at that attempt, as far as is known."""
    return bool(row["state"] != "DONE" and row["attempts"] == attempt)


def _files(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


JOBS = (
    Job(
        JOB,
        export,
        description="Writes a list into a file, for whoever asked for it by `bulkExport`.",
        concurrency=2,
        attempts=3,
    ),
    Job(
        "core.forget_exports",
        forget,
        description=f"Removes files of exports after {KEPT_H} hours, and exports that ended {DAYS} days ago.",
        schedule="7 * * * *",
        concurrency=1,
    ),
)
