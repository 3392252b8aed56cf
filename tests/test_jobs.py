"""Jobs: there when the change is committed, done at least once, tried again, bounded, begun by the clock once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import orjson
import pytest

from serai.app import JobHost, Platform
from serai.engines.change import Change, changing
from serai.engines.jobs.queue import Queue
from serai.engines.jobs.work import Worker
from serai.viewers import SYSTEM, Viewer
from serai_sdk import Job, JobCtx, SdkError, UserError
from serai_sdk.errors import DeclarationError

from . import job_worker
from .conftest import OpenPlatform
from .town import Town

PATIENCE_S = 60
Handler = Callable[[JobCtx, Mapping[str, Any]], Awaitable[None]]


def job(handler: Handler, **more: Any) -> dict[str, Job]:
    return {"test.it": Job("test.it", handler, description="What the test does.", **more)}


async def put(platform: Platform, known: Mapping[str, Job], *numbers: int, **more: Any) -> list[UUID]:
    """Jobs with these numbers, in one change."""
    ids: list[UUID] = []

    async def body(change: Change) -> Mapping[str, Any]:
        queue = Queue(change, known)
        for number in numbers:
            id = await queue.enqueue(next(iter(known)), {"number": number}, **more)
            assert id is not None
            ids.append(id)
        return {}

    with platform.orm.active():
        await changing(SYSTEM, body, mutation="", input=None)
    return ids


@asynccontextmanager
async def at_work(platform: Platform, known: Mapping[str, Job], workers: int = 1) -> AsyncIterator[None]:
    """Workers that do these jobs, within the block."""
    all_of_them = [
        Worker(JobHost(platform), known, dsn=platform.dsn, at_once=4, lost_after_s=30) for _ in range(workers)
    ]
    running = [asyncio.create_task(one.run()) for one in all_of_them]
    try:
        yield
    finally:
        for one in all_of_them:
            one.stop()
        await asyncio.gather(*running)


async def until(town: Town, condition: str, *, count: int = 1) -> None:
    """Waits until so many jobs meet a condition."""
    async with asyncio.timeout(PATIENCE_S):
        while await town.connection.fetchval(f"select count(*) from core_job where {condition}") < count:  # noqa: ASYNC110 - workers in other processes tell nobody else
            await asyncio.sleep(0.05)


async def states(town: Town) -> list[str]:
    rows = await town.connection.fetch("select state from core_job order by created_at, id")
    return [row["state"] for row in rows]


async def test_a_job_is_there_when_its_change_is_committed_and_only_then(
    town: Town, open_here: OpenPlatform
) -> None:
    platform, given = await open_here(), list[Any]()

    async def handler(ctx: JobCtx, with_what: Mapping[str, Any]) -> None:
        given.append((ctx.id, ctx.attempt, dict(with_what)))

    known = job(handler)

    async def refused(change: Change) -> Mapping[str, Any]:
        await Queue(change, known).enqueue("test.it", {"number": 1})
        raise UserError("NO", "No.")

    with platform.orm.active():
        await changing(SYSTEM, refused, mutation="", input=None)
    [id] = await put(platform, known, 2)
    async with at_work(platform, known):
        await until(town, "state = 'DONE'")
    assert given == [(id, 1, {"number": 2})]
    assert await states(town) == ["DONE"]
    assert await town.connection.fetchval("select count(*) from core_pgqueuer") == 0


async def test_what_fails_is_tried_again_and_then_given_up(town: Town, open_here: OpenPlatform) -> None:
    platform, attempts = await open_here(), list[int]()

    async def handler(ctx: JobCtx, given: Mapping[str, Any]) -> None:
        attempts.append(ctx.attempt)
        await asyncio.sleep(0.3)  # the worker has nothing to do meanwhile, and is to hear that there is again
        raise ZeroDivisionError("by nothing")

    known = job(handler, attempts=3, pause=timedelta(milliseconds=50))
    await put(platform, known, 1)
    async with at_work(platform, known):
        await until(town, "state = 'FAILED'")
    assert attempts == [1, 2, 3]
    row = await town.connection.fetchrow("select error, attempts, ended_at from core_job")
    assert row is not None
    assert (row["error"], row["attempts"]) == ("ZeroDivisionError: by nothing", 3)
    assert row["ended_at"] is not None


async def test_no_more_run_at_once_than_may_and_urgent_ones_come_first(
    town: Town, open_here: OpenPlatform
) -> None:
    platform, at_once, most, order = await open_here(), 0, 0, list[int]()

    async def handler(ctx: JobCtx, given: Mapping[str, Any]) -> None:
        nonlocal at_once, most
        order.append(given["number"])
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.05)
        at_once -= 1

    known = job(handler, concurrency=1)
    await put(platform, known, 1, 2, 3)
    await put(platform, known, 4, priority=10)
    async with at_work(platform, known, workers=2):
        await until(town, "state = 'DONE'", count=4)
    assert (most, order) == (1, [4, 1, 2, 3])


async def test_under_a_key_there_is_one_at_a_time(town: Town, open_here: OpenPlatform) -> None:
    platform = await open_here()

    async def handler(ctx: JobCtx, given: Mapping[str, Any]) -> None:
        return

    known, found = job(handler), list[bool]()

    async def body(change: Change) -> Mapping[str, Any]:
        found.extend([await Queue(change, known).enqueue("test.it", key=key) is not None for key in "aab"])
        return {}

    with platform.orm.active():
        await changing(SYSTEM, body, mutation="", input=None)
    assert found == [True, False, True]
    assert await states(town) == ["QUEUED", "QUEUED"]


async def test_what_is_cancelled_is_not_begun_and_what_runs_ends(town: Town, open_here: OpenPlatform) -> None:
    platform, begun, ended = await open_here(), list[int](), list[int]()

    async def handler(ctx: JobCtx, given: Mapping[str, Any]) -> None:
        begun.append(given["number"])
        await ctx.progress(1, 2)
        await asyncio.sleep(PATIENCE_S)
        ended.append(given["number"])

    known = job(handler, concurrency=1)
    running, waiting = await put(platform, known, 1, 2)

    async def cancel(id: UUID) -> bool:
        done: list[bool] = []

        async def body(change: Change) -> Mapping[str, Any]:
            done.append(await Queue(change, known).cancel(id))
            return {}

        with platform.orm.active():
            await changing(SYSTEM, body, mutation="", input=None)
        return done[0]

    async with at_work(platform, known):
        await until(town, "state = 'RUNNING' and done = 1 and total = 2")
        assert await cancel(waiting)
        assert await cancel(running)
        async with asyncio.timeout(PATIENCE_S / 2):
            while await town.connection.fetchval("select count(*) from core_pgqueuer") > 0:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)
    assert not await cancel(running)
    assert (begun, ended) == ([1], [])
    assert await states(town) == ["CANCELLED", "CANCELLED"]


async def test_the_clock_begins_a_job_once_whatever_the_number_of_workers(
    town: Town, open_here: OpenPlatform
) -> None:
    platform = await open_here()

    async def handler(ctx: JobCtx, given: Mapping[str, Any]) -> None:
        return

    known = job(handler, schedule="* * * * * *")  # every second: cron's sixth field
    platform.assembly = replace(platform.assembly, jobs=known)
    async with at_work(platform, known, workers=3):
        await until(town, "state = 'DONE'", count=2)
    queued = await town.connection.fetch("select date_trunc('second', created_at) as at from core_job")
    assert len({row["at"] for row in queued}) == len(queued)


async def test_an_undeclared_job_is_refused(open_here: OpenPlatform) -> None:
    platform = await open_here()
    with pytest.raises(SdkError, match=r"the job 'test.it' is not declared"):
        await _enqueue_unknown(platform)
    with pytest.raises(DeclarationError):
        Job("nodots", job_worker.mark, description="A name without its plug-in.")


async def _enqueue_unknown(platform: Platform) -> None:
    async def body(change: Change) -> Mapping[str, Any]:
        await Queue(change, platform.assembly.jobs).enqueue("test.it")
        return {}

    with platform.orm.active():
        await changing(SYSTEM, body, mutation="", input=None)


@pytest.mark.parametrize(
    ("count", "kills"),
    [pytest.param(30, 1, id="short"), pytest.param(1_000, 10, id="long", marks=pytest.mark.slow)],
)
async def test_a_killed_worker_takes_no_job_with_it(
    town: Town, open_here: OpenPlatform, database: str, tmp_path: Path, count: int, kills: int
) -> None:
    """Two workers, killed while they are at it and started again: each job is done, its mark is there once."""
    await town.connection.execute("create table mark (job uuid primary key, number int not null)")
    platform, draw = await open_here(), Random(5)
    ids: list[UUID] = []
    reading: list[asyncio.Task[bytes]] = []

    async def start() -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(Path(job_worker.__file__)), database, str(tmp_path)),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        # what it logs is read, or it would wait with its work, and we for its end
        reading.append(asyncio.create_task(process.stdout.read()))
        return process

    workers = list(await asyncio.gather(start(), start()))
    try:
        for killed in range(kills):
            # for each kill its share: while a worker is started again, the other has little left to do
            ids += await put(platform, job_worker.JOBS, *range(len(ids), count * (killed + 1) // kills))
            await until(town, "state = 'RUNNING'")
            # where it is done once, whoever is at it must be among the killed
            numbers = (0, 1) if kills == 1 else (draw.randrange(2),)
            for number in numbers:
                workers[number].kill()
            for number in numbers:
                await workers[number].wait()
                workers[number] = await start()
        await until(town, "state = 'DONE'", count=count)
    finally:
        for process in workers:
            if process.returncode is None:
                process.kill()
            await process.wait()
        await asyncio.gather(*reading)
    rows = await town.connection.fetch("select job, number from mark order by number")
    assert [(row["job"], row["number"]) for row in rows] == list(zip(ids, range(count), strict=True))
    assert set(await states(town)) == {"DONE"}
    again = await town.connection.fetchval("select count(*) from core_job where attempts > 1")
    print(f"\n{count:,} jobs, killed {kills} times: {again} begun again, each done, each mark there once")
    assert again >= 1


async def test_operators_see_jobs_and_cancel_them(town: Town, open_here: OpenPlatform) -> None:
    platform = await open_here()
    [id] = await put(platform, platform.assembly.jobs, 1)

    async def ask(document: str, *permissions: str, **variables: Any) -> Any:
        viewer = Viewer(kind="staff", staff_id=id, permissions=frozenset(permissions))
        result = await platform.engine.execute(document, variables, None, viewer)
        return orjson.loads(result.body)

    listed = "{ jobs { totalCount nodes { id name state attempts done total error version } } }"
    assert (await ask(listed))["data"]["jobs"] == {"totalCount": 0, "nodes": []}
    [name] = list(platform.assembly.jobs)[:1]
    assert (await ask(listed, "jobs:read"))["data"]["jobs"]["nodes"] == [
        {
            "id": f"job_{id.hex}", "name": name, "state": "QUEUED", "attempts": 0, "done": 0, "total": None,
            "error": None, "version": 1,
        }
    ]  # fmt: skip
    cancel = """
        mutation ($input: JobCancelInput!) {
          jobCancel(input: $input) { job { state version } userErrors { code currentVersion } }
        }
    """
    [refused] = (await ask(cancel, "jobs:read", input={"id": f"job_{id.hex}"}))["errors"]
    assert refused["extensions"]["code"] == "FORBIDDEN"
    may = ("jobs:read", "jobs:write")
    told = [
        (await ask(cancel, *may, input={"id": f"job_{id.hex}"} | more))["data"]["jobCancel"]
        for more in ({"expectedVersion": 7}, {}, {})
    ]
    assert told == [
        {"job": None, "userErrors": [{"code": "CONFLICT", "currentVersion": 1}]},
        {"job": {"state": "CANCELLED", "version": 2}, "userErrors": []},
        {"job": None, "userErrors": [{"code": "ILLEGAL_STATE", "currentVersion": None}]},
    ]
    assert await town.connection.fetchval("select count(*) from core_pgqueuer") == 0


async def test_the_core_forgets_and_ends_by_itself(town: Town, open_here: OpenPlatform) -> None:
    """The core's own jobs, as the clock begins them."""
    platform = await open_here()
    customer, scenario = await town.customer(), await town.scenario()
    await town.demand(customer, scenario, window_end=town.began)
    await town.connection.execute(
        "insert into core_idempotency (viewer, key, mutation, input_hash, outcome, at) values "
        "('v', 'old', 'm', 'h', '{}', now() - interval '25 hours'), ('v', 'young', 'm', 'h', '{}', now())"
    )
    for name, one in platform.assembly.jobs.items():
        if name.startswith("core.") and one.schedule is not None:
            await put(platform, {name: platform.assembly.jobs[name]}, 1)
    async with at_work(platform, platform.assembly.jobs):
        await until(town, "state = 'DONE'", count=7)
    rows = await town.connection.fetch("select name, done, error from core_job order by name")
    assert [tuple(row) for row in rows] == [
        ("core.end_demands", 1, None),
        ("core.end_holds", 0, None),
        ("core.forget_deliveries", 0, None),
        ("core.forget_exports", 0, None),
        ("core.forget_holds", 0, None),
        ("core.forget_jobs", 0, None),
        ("core.forget_keys", 1, None),
    ]
    assert await town.connection.fetchval("select status from core_demand") == "LAPSED"
    assert await town.connection.fetchval("select string_agg(key, ',') from core_idempotency") == "young"
