"""`serai doctor`: what is wrong with this installation or will be, in plain words, with what to do about it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from serai.app import Platform
    from serai.storage.inspection import Inspection

__all__ = ["Remark", "doctor", "remarks"]

LARGE = 10_000
"""From how many rows on a filter without an index is worth a word; below, reading the table is as fast."""
LEAST_FREE = 1 << 30
MANY_DEAD = 0.3

DONE = {"FILTER": "a filter by", "ORDER": "an order by", "WORDS": "a search in"}
COLOURS = {"problem": "red", "advice": "yellow", "fine": "green"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing that was found; only a ``problem`` makes the command fail."""

    level: Literal["problem", "advice", "fine"]
    about: str
    message: str
    hint: str | None = None


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Look over the database, its indexes, the settings, Valkey, the plug-ins and the disk; exit 1 on a problem."""
    from .opened import with_platform

    found = with_platform(_examine, with_redis=True)
    if as_json:
        typer.echo(json.dumps({"remarks": [asdict(one) for one in found]}, indent=2))
    else:
        for one in found:
            typer.secho(f"{one.level:8}{one.about}: {one.message}", fg=COLOURS[one.level])
            if one.hint:
                typer.echo(f"        {one.hint}")
    if any(one.level == "problem" for one in found):
        raise typer.Exit(1)


async def _examine(platform: Platform) -> list[Remark]:
    from serai.storage.inspection import inspect_database

    pending = await platform.pending()
    if pending:
        return [
            Remark(
                level="problem",
                about="migrations",
                message=f"{len(pending)} are pending: {', '.join(pending)}",
                hint="serai migrate",
            )
        ]
    async with platform.pool.acquire() as connection:
        inspection = await inspect_database(connection)
    return remarks(
        platform,
        inspection,
        has_redis=await platform.has_redis(),
        free_bytes=shutil.disk_usage(platform.settings.data_dir.parent).free,
    )


def remarks(platform: Platform, inspection: Inspection, *, has_redis: bool, free_bytes: int) -> list[Remark]:
    """Everything worth saying, the problems first."""
    found = [
        *_of_server(platform, inspection),
        *_of_paths(platform, inspection),
        *_of_indexes(inspection),
        *_of_tables(inspection),
        *_of_surroundings(platform, has_redis=has_redis, free_bytes=free_bytes),
    ]
    return sorted(found, key=lambda one: list(COLOURS).index(one.level))


def _of_server(platform: Platform, inspection: Inspection) -> Iterator[Remark]:
    settings = platform.settings
    megabytes = inspection.bytes // (1 << 20)
    yield Remark(
        level="fine", about="database", message=f"PostgreSQL {inspection.version}, {megabytes:,} MiB"
    )
    each = settings.pool_size + settings.orm_pool_size
    needed = settings.workers * each
    told = f"{settings.workers} workers of {each} need {needed} of {inspection.max_connections}"
    if needed > inspection.max_connections:
        yield Remark(
            level="problem",
            about="connections",
            message=told,
            hint="Lower SERAI_POOL_SIZE, SERAI_ORM_POOL_SIZE or SERAI_WORKERS, or raise max_connections.",
        )
    else:
        yield Remark(
            level="fine", about="connections", message=f"{told}; {inspection.used_connections} are open now"
        )


def _of_paths(platform: Platform, inspection: Inspection) -> Iterator[Remark]:
    from serai.graph.paths import Need, index_paths

    paths = [one for one in index_paths(platform.assembly.registry) if one.table in inspection.tables]
    missing = [one for one in paths if not one.is_served(inspection)]
    for path in missing:
        table = inspection.tables[path.table]
        rows = max(table.rows, table.live)
        what = f"{path.entity}.{path.field} ({path.plugin})"
        if path.need is Need.LINK:
            message = f"{what} is a link without an index"
            yield Remark(level="advice", about="index", message=message, hint=path.statement)
        elif path.reason is None and rows >= LARGE:
            yield Remark(
                level="advice",
                about="index",
                message=f"{DONE[path.need.name]} {what} alone reads all of {path.table}, about {rows:,} rows",
                hint=f"if it is asked for often: {path.statement or 'make an index of its expression'}; "
                "else its author says why not: unindexed=",
            )
    stated = sum(one.reason is not None for one in missing)
    yield Remark(
        level="fine",
        about="index",
        message=f"of {len(paths)} ways to link, filter, order and search {len(paths) - len(missing)} have an index, "
        f"{stated} a reason to have none",
    )


def _of_indexes(inspection: Inspection) -> Iterator[Remark]:
    for one in inspection.indexes:
        if not one.is_valid:
            yield Remark(
                level="problem",
                about="index",
                message=f"{one.name} on {one.table} is invalid: it is kept up and never used",
                hint=f"reindex index concurrently {one.name}",
            )
        elif one.scans == 0 and not one.is_unique and one.bytes > 10 << 20:
            yield Remark(
                level="advice",
                about="index",
                message=f"{one.name} on {one.table} was never used and takes {one.bytes >> 20:,} MiB",
            )


def _of_tables(inspection: Inspection) -> Iterator[Remark]:
    for name, table in inspection.tables.items():
        if table.live >= LARGE and not table.is_analysed and not table.rows:
            yield Remark(
                level="advice",
                about="statistics",
                message=f"{name} was never analysed: plans are guesses",
                hint=f"analyze {name}",
            )
        if table.dead > LARGE and table.dead > MANY_DEAD * table.live:
            yield Remark(
                level="advice",
                about="vacuum",
                message=f"{name} has {table.dead:,} dead rows beside {table.live:,}",
                hint=f"vacuum (analyze) {name}",
            )


def _of_surroundings(platform: Platform, *, has_redis: bool, free_bytes: int) -> Iterator[Remark]:
    if has_redis:
        yield Remark(level="fine", about="valkey", message="answers, or is not set")
    else:
        yield Remark(
            level="problem",
            about="valkey",
            message="does not answer: Serai goes on without it",
            hint="Start it, or set SERAI_REDIS_URL.",
        )
    for one in platform.assembly.report.plugins:
        if one.state in ("ready", "disabled"):
            yield Remark(level="fine", about="plug-in", message=f"{one.id} {one.version} is {one.state}")
        else:
            yield Remark(
                level="problem",
                about="plug-in",
                message=f"{one.id} {one.version} is {one.state}: {one.reason}",
                hint=one.hint,
            )
    if free_bytes < LEAST_FREE:
        yield Remark(
            level="problem", about="disk", message=f"{free_bytes >> 20:,} MiB are free where the data is"
        )
