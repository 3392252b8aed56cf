"""R: what a plug-in does while Serai runs with it, on some demo data."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from serai.app import JobHost
from serai.engines.jobs.once import do_once
from serai_sdk import Origin

from .asking import documents, statements
from .check import Finding, Tier, check
from .subject import Subject

JOB_LIMIT_S: Final = 20
FEW: Final = 1
MANY: Final = 20


@check("R01", Tier.GOLD, needs_tables=True)
async def answers(subject: Subject) -> AsyncIterator[Finding]:
    """Each of its fields answers.

    Serai runs with the plug-in and some demo data, and asks for every field that it declares, as the system. A field
    that raises here raises for somebody; it is null then, with an error that names the plug-in.
    """
    platform = await subject.platform()
    for field, document in documents(platform, subject.id, first=MANY):
        _, errors = await statements(platform, document)
        for error in errors:
            yield Finding(
                f"{field.name} does not answer: {error}",
                "ask it yourself, and see the log",
                _at(field.origin),
            )


@check("R02", Tier.GOLD, needs_tables=True)
async def by_the_page(subject: Subject) -> AsyncIterator[Finding]:
    """Twenty rows cost as many statements as one.

    Serai answers a question by one statement, however many rows there are. A Python field is called once for all rows
    of an answer: one that asks the database for each of them makes a page of fifty cost fifty statements more. Ask once
    for all parents:

    ```text
    rows = await ctx.fetch("select ... where customer_id = any($1::uuid[])", [one["id"] for one in parents])
    ```
    """
    platform = await subject.platform()
    few = {one.name: document for one, document in documents(platform, subject.id, first=FEW)}
    for field, document in documents(platform, subject.id, first=MANY):
        (one, _), (many, _) = (
            await statements(platform, few[field.name]),
            await statements(platform, document),
        )
        if many > one:
            yield Finding(
                f"{field.name} takes {one} statements for one row, and {many} for {MANY}",
                "read for all parents by one statement",
                _at(field.origin),
            )


@check("R03", Tier.GOLD, needs_tables=True)
async def jobs(subject: Subject) -> AsyncIterator[Finding]:
    """Its jobs by the clock can be done, and done twice.

    A job is begun at least once: a worker that dies takes none with it, another begins it anew. Each job with a
    schedule is done here twice in a row, on some demo data, within twenty seconds each.
    """
    platform = await subject.platform()
    for job in subject.loaded.records.jobs:
        for which in ("", " a second time") if job.schedule is not None else ():
            try:
                async with asyncio.timeout(JOB_LIMIT_S):
                    await do_once(JobHost(platform), job, {})
            except Exception as error:  # a job may raise anything
                told = (
                    "it takes too long"
                    if isinstance(error, TimeoutError)
                    else f"{type(error).__name__}: {error}"
                )
                what = f"the job {job.name} fails{which}: {told}"
                yield Finding(what, "make it bear being done twice", _at(job.origin))
                break


@check("R04", Tier.GOLD, needs_tables=True)
async def demo(subject: Subject) -> AsyncIterator[Finding]:
    """Its demo data can be built.

    `serai run` shows a platform that looks alive, with data of every plug-in that has some: one whose builder fails
    keeps all of them from being there. The builder gets a seed, a scale and the time; the same give the same rows.
    """
    problem = await subject.demo_problem()
    if problem is not None:
        yield Finding(f"its demo data cannot be built: {problem}", "run it by itself: serai demo")


def _at(origin: Origin) -> str:
    return f"{origin.file}:{origin.line}"
