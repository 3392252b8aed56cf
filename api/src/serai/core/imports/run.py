"""Running an import: one function, for the command line and for whoever else has rows."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Final, cast

import asyncpg

from serai.engines import Change as EngineChange
from serai_sdk import Change

from .checking import Checked, Checker, split
from .mapping import check_complete
from .models import Import
from .noun import Noun
from .nouns import NOUNS
from .options import Options, Progress, Report, Result
from .problems import ImportRefused, Problem
from .reading import Table
from .resolving import resolve
from .work import Work
from .workers import checking
from .writing import count, write

__all__ = ["Undone", "import_rows", "noun_of"]

CHUNK: Final = 5_000
REPORTED: Final = 2_000
LOCK = "select pg_advisory_xact_lock(hashtext('serai import'), hashtext($1))"
TRY_LOCK = "select pg_try_advisory_xact_lock(hashtext('serai import'), hashtext($1))"

PROBLEMS = """
select line, "column", value, expected, code
from import_problem
order by line, "column", code
"""


class Undone(Exception):
    """Nothing is to be kept: it was a dry run, or there were problems. Carries what would have been."""

    def __init__(self, result: Result) -> None:
        super().__init__(result)
        self.result = result


def noun_of(name: str) -> Noun:
    """The noun of that name; ``ImportRefused`` if it cannot be imported."""
    if name not in NOUNS:
        listed = ", ".join(NOUNS)
        raise ImportRefused(f"{name} cannot be imported", hint=f"What can: {listed}.")
    return NOUNS[name]


async def import_rows(
    change: Change,
    noun: Noun,
    table: Table,
    options: Options,
    *,
    progress: Progress = lambda stage, done, total: None,
    report: Report = lambda problems: None,
    place: Any = None,
    workers: int = 0,
) -> Result:
    """Import the rows of ``table`` within a change; the caller commits.

    Raises ``Undone`` where nothing is to be kept, so that the change is rolled back, and ``ImportRefused`` where the
    file cannot be read. ``place`` tells how much of how much has been read. Rows are checked in as many processes of
    their own as there are ``workers``, or in a thread.
    """
    check_complete(options.pairs, noun.fields, noun=noun.name, constants=options.constants)
    seam = cast(EngineChange, change)
    work = Work(
        noun=noun,
        options=options,
        connection=seam.driver,
        now=seam.now,
        progress=progress,
    )
    key = f"{noun.name} {options.source}"
    if not await work.connection.fetchval(TRY_LOCK, key):
        progress(f"waiting for another import of {noun.name} from {options.source}", 0, 0)
        await work.connection.execute(LOCK, key)
    await work.prepare()
    await _read(work, table, place, workers)
    try:
        return await _keep(work, change, report)
    except asyncpg.UniqueViolationError as error:
        raise ImportRefused(
            f"Somebody else wrote the same at this moment ({error.constraint_name}); nothing was imported",
            hint="Run the import again.",
        ) from error


async def _keep(work: Work, change: Change, report: Report) -> Result:
    noun, options, progress = work.noun, work.options, work.progress
    progress(f"matching {noun.name}", 0, 1)
    await resolve(work)
    counts = await count(work)
    progress(f"matching {noun.name}", 1, 1)
    result = Result(
        noun=noun.name,
        source=options.source,
        rows=work.rows,
        new=counts.new,
        changed=counts.changed,
        unchanged=counts.unchanged,
        forgotten=counts.forgotten,
        failed=work.failed,
        problems=work.problems,
    )
    await _tell(work, report)
    if options.dry_run or (work.problems and not options.skip_errors):
        raise Undone(result)
    if not (counts.new or counts.changed):
        return result
    await write(work, counts)
    row = Import(
        noun=noun.name,
        source=options.source,
        rows=result.rows,
        new=result.new,
        changed=result.changed,
        unchanged=result.unchanged,
        forgotten=result.forgotten,
        failed=result.failed,
    )
    await change.add(row)
    await change.emit(
        "import.completed",
        row,
        {"noun": noun.name, "source": options.source, "new": result.new, "changed": result.changed},
    )
    return Result(
        **{name: getattr(result, name) for name in result.__slots__} | {"applied": True, "import_id": row.id}
    )


async def _read(work: Work, table: Table, place: Any, workers: int) -> None:
    """Read and check some rows at a time while the rows before them are copied; a few chunks are under way at most."""
    early: list[Problem] = []
    id_place = Checker(work.noun, work.options, table.headers, typed=table.typed).id_place
    chunks = split(table.rows(early.append), place=id_place if work.noun.lines else None, size=CHUNK)
    with checking(work.noun, work.options, table, workers=workers) as (pool, check):
        loop = asyncio.get_running_loop()
        under_way: deque[asyncio.Future[Checked]] = deque()
        is_over = False
        try:
            while True:
                while not is_over and len(under_way) <= 2 * workers:
                    chunk = await asyncio.to_thread(next, chunks, None)
                    if chunk is None:
                        is_over = True
                    else:
                        under_way.append(loop.run_in_executor(pool, check, chunk))
                await _told(work, early)
                if not under_way:
                    return
                await work.stage(await under_way.popleft())
                if place is not None:
                    work.progress(f"reading {work.noun.name}", *place())
        finally:
            await asyncio.gather(*under_way, return_exceptions=True)


async def _told(work: Work, early: list[Problem]) -> None:
    """Note rows that could not be read as such."""
    count = len(early)
    if count:
        problems = early[:count]
        del early[:count]
        work.rows += count
        work.failed += count
        await work.tell(problems)


async def _tell(work: Work, report: Report) -> None:
    if not work.problems:
        return
    problems = await work.connection.cursor(PROBLEMS)
    while rows := await problems.fetch(REPORTED):
        report([Problem(**dict(row)) for row in rows])
