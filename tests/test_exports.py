"""`bulkExport`: a list in a file, with the rights of who asked; fetched by them alone, for a day, in bounded room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
import pyarrow.parquet as pq
import pytest

from serai.app import Assembly, JobHost, Platform, create_app
from serai.core.exports.making import JOBS
from serai.engines.jobs.once import do_once
from serai.http import open_tokens
from serai.viewers import Acting
from serai_sdk import Job

from .conftest import OpenPlatform
from .test_jobs import at_work
from .town import Town

KNOWN = {one.name: one for one in JOBS}
NAMES = "query($from: String!) { customers(where: {name: {gte: $from}}, orderBy: [{name: ASC}]) { nodes { name } } }"
ASK = """
mutation ($input: BulkExportInput!) {
  bulkExport(input: $input) { export { id state name format downloadPath } userErrors { code field message } }
}
"""
CANCEL = "mutation ($id: ID!) { exportCancel(input: {id: $id}) { export { state downloadPath } userErrors { code } } }"
ONE = "query ($id: ID!) { export(id: $id) { state rows size error downloadPath expiresAt } }"


@pytest.fixture
def open_here(open_here: OpenPlatform, assembled: Assembly) -> OpenPlatform:
    """With what is installed, composed once."""
    return partial(open_here, assembly=assembled)


class House:
    """The platform over HTTP, asked by members of the staff."""

    def __init__(self, platform: Platform, client: httpx.AsyncClient, town: Town) -> None:
        self.platform, self.client, self.town = platform, client, town
        self.tokens = open_tokens(platform.settings.data_dir, audience=platform.settings.token_audience)

    async def member(self, *permissions: str) -> tuple[UUID, dict[str, str]]:
        """A member of the staff with a role of their own, and the header to ask with."""
        id = await self.town.connection.fetchval(
            "with role as (insert into core_role (id, created_at, updated_at, version, name, title, permissions) "
            "values (uuidv7(), now(), now(), 1, left(md5(random()::text), 20), 'R', to_jsonb($1::text[])) "
            "returning id) "
            "insert into core_staff (id, created_at, updated_at, version, name, is_active, role_id) "
            "select uuidv7(), now(), now(), 1, 'S', true, id from role returning id",
            list(permissions),
        )
        token = self.tokens.issue(Acting(kind="staff", id=id, principal_id=None))
        return id, {"authorization": f"Bearer {token}"}

    async def ask(self, who: Mapping[str, str], document: str, **variables: Any) -> Any:
        answer = await self.client.post(
            "/graphql", json={"query": document, "variables": variables}, headers=who
        )
        return orjson.loads(answer.content)

    async def export(self, who: Mapping[str, str], **given: Any) -> str:
        given = {"query": NAMES, "variables": {"from": "B"}} | given
        told = (await self.ask(who, ASK, input=given))["data"]["bulkExport"]
        assert told["userErrors"] == [], told
        return str(told["export"]["id"])

    async def state(self, who: Mapping[str, str], id: str) -> Any:
        return (await self.ask(who, ONE, id=id))["data"]["export"]

    async def until(self, who: Mapping[str, str], id: str, *states: str) -> Any:
        async with asyncio.timeout(60):
            while (told := await self.state(who, id))["state"] not in states:  # noqa: ASYNC110 - workers tell nobody else
                await asyncio.sleep(0.05)
        return told

    async def fetch(self, who: Mapping[str, str], id: str, **more: str) -> httpx.Response:
        return await self.client.get(f"/exports/{id}", headers={**who, **more})

    async def code(self, who: Mapping[str, str], id: str) -> tuple[int, str]:
        answer = await self.fetch(who, id)
        return answer.status_code, orjson.loads(answer.content)["errors"][0]["extensions"]["code"]

    @property
    def files(self) -> list[Path]:
        folder = self.platform.settings.data_dir / "exports"
        return sorted(folder.iterdir()) if folder.is_dir() else []


@asynccontextmanager
async def house(open_here: OpenPlatform, town: Town, **settings: Any) -> AsyncIterator[House]:
    platform = await open_here(**settings)
    transport = httpx.ASGITransport(app=create_app(platform))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield House(platform, client, town)


def tried_once() -> Job:
    return replace(KNOWN["core.export"], attempts=1)


RIGHTS = ("customers:read", "exports:write")


async def test_a_list_is_written_as_who_asked_may_see_it_and_fetched_by_them_alone(
    town: Town, open_here: OpenPlatform
) -> None:
    async with house(open_here, town) as here:
        for name in ("A", "B", "C"):
            await town.customer(name=name)
        _, mine = await here.member(*RIGHTS)
        _, other = await here.member(*RIGHTS)
        _, reader = await here.member("exports:read", "customers:read")
        _, blind = await here.member("exports:read")
        ids = [await here.export(mine, format=one) for one in ("JSONL", "CSV", "PARQUET")]
        assert await here.code(mine, ids[0]) == (409, "EXPORT_NOT_READY")
        async with at_work(here.platform, KNOWN):
            told = [await here.until(mine, id, "DONE", "FAILED") for id in ids]
        assert [(one["state"], one["rows"], one["error"]) for one in told] == [("DONE", 2, None)] * 3
        assert [one["downloadPath"] for one in told] == [f"/exports/{id}" for id in ids]
        lines, table, parquet = [await here.fetch(mine, id) for id in ids]
        assert lines.content == b'{"name":"B"}\n{"name":"C"}\n'
        assert table.content == b"name\r\nB\r\nC\r\n"
        assert [one["size"] for one in told] == [str(len(one.content)) for one in (lines, table, parquet)]
        (here.platform.settings.data_dir / "got").write_bytes(parquet.content)
        assert pq.read_table(here.platform.settings.data_dir / "got").to_pylist() == [
            {"name": "B"},
            {"name": "C"},
        ]
        assert table.headers["content-disposition"].startswith('attachment; filename="customers-')
        assert (table.headers["content-type"], table.headers["cache-control"]) == (
            "text/csv; charset=utf-8",
            "no-store",
        )
        part = await here.fetch(mine, ids[0], range="bytes=13-")
        assert (part.status_code, part.content) == (206, b'{"name":"C"}\n')
        # nobody else: not even that it is there
        for who in (other, {}):
            assert await here.code(who, ids[0]) == (404, "EXPORT_NOT_FOUND")
            assert await here.state(who, ids[0]) is None
        assert await here.code(mine, "exp_nonsense") == (404, "EXPORT_NOT_FOUND")
        assert (await here.fetch(reader, ids[0])).content == lines.content
        assert await here.code(blind, ids[0]) == (403, "FORBIDDEN")
        assert (await here.fetch({"authorization": "Bearer x"}, ids[0])).status_code == 401
        # what was asked is not kept
        kept = await town.connection.fetch("select query, variables, operation from core_export")
        assert {tuple(row) for row in kept} == {(None, None, None)}


async def test_rows_are_those_one_may_see_when_the_job_runs(town: Town, open_here: OpenPlatform) -> None:
    async with house(open_here, town) as here:
        await town.customer(name="B")
        id, mine = await here.member(*RIGHTS)
        gone, theirs = await here.member(*RIGHTS)
        export, never = await here.export(mine), await here.export(theirs)
        await town.connection.execute(
            "update core_role set permissions = '[\"exports:write\"]' "
            "where id = (select role_id from core_staff where id = $1)",
            id,
        )
        await town.connection.execute("update core_staff set is_active = false where id = $1", gone)
        known = {**KNOWN, "core.export": tried_once()}
        async with at_work(here.platform, known):
            told = await here.until(mine, export, "DONE", "FAILED")
            await _until_over(town)
        assert (told["state"], told["rows"]) == ("DONE", 0)
        assert (await here.fetch(mine, export)).content == b""
        failed = await town.connection.fetchrow(
            "select state, error from core_export where id = $1", UUID(never[4:])
        )
        assert failed is not None
        assert tuple(failed) == ("FAILED", "ExportFailed: Whoever asked for it may not act any more")


async def _until_over(town: Town) -> None:
    async with asyncio.timeout(60):
        while await town.connection.fetchval("select count(*) from core_export where ended_at is null"):  # noqa: ASYNC110 - workers tell nobody else
            await asyncio.sleep(0.05)


async def test_who_lost_a_right_it_was_made_with_does_not_get_it(town: Town, open_here: OpenPlatform) -> None:
    async with house(open_here, town) as here:
        await town.customer(name="B")
        id, mine = await here.member(*RIGHTS, "demands:read")
        export = await here.export(mine)
        async with at_work(here.platform, KNOWN):
            await here.until(mine, export, "DONE")
        for left, found in (
            (["customers:read", "exports:write"], 200),
            (["exports:write"], 403),
            (["customers:read"], 404),
        ):
            await town.connection.execute(
                "update core_role set permissions = to_jsonb($2::text[]) "
                "where id = (select role_id from core_staff where id = $1)",
                id,
                left,
            )
            async with house(open_here, town) as fresh:  # whose viewers are not remembered
                assert (await fresh.fetch(mine, export)).status_code == found, left


WRONG = (
    ({"query": "{ customers { nodes { nam } } }"}, "NOT_EXPORTABLE", "Cannot query field 'nam'"),
    ({"query": "{ customers(first: 5) { nodes { id } } }"}, "NOT_EXPORTABLE", "leave out first"),
    ({"query": "{ customers { totalCount } }"}, "NOT_EXPORTABLE", "ask for its nodes"),
    ({"variables": {}}, "NOT_EXPORTABLE", "$from"),
    ({"variables": [1]}, "INVALID", "an object"),
)


async def test_what_cannot_be_exported_is_told_at_once(town: Town, open_here: OpenPlatform) -> None:
    async with house(open_here, town) as here:
        _, mine = await here.member(*RIGHTS)
        for given, code, words in WRONG:
            asked = {"query": NAMES, "variables": {"from": "B"}} | given
            [error] = (await here.ask(mine, ASK, input=asked))["data"]["bulkExport"]["userErrors"]
            assert error["code"] == code
            assert words in error["message"]
        assert await town.connection.fetchval("select count(*) from core_export") == 0
        assert await town.connection.fetchval("select count(*) from core_job") == 0


async def test_nobody_may_ask_who_was_not_granted_it_and_nobody_for_many_at_once(
    town: Town, open_here: OpenPlatform
) -> None:
    async with house(open_here, town) as here:
        _, other = await here.member("customers:read")
        asked = {"query": NAMES, "variables": {"from": "B"}}
        [error] = (await here.ask(other, ASK, input=asked))["errors"]
        assert error["extensions"]["code"] == "FORBIDDEN"
        _, mine = await here.member(*RIGHTS)
        for _ in range(5):
            await here.export(mine)
        told = (await here.ask(mine, ASK, input=asked))["data"]["bulkExport"]
        assert (told["export"], [one["code"] for one in told["userErrors"]]) == (None, ["TOO_MANY"])


async def test_a_cancelled_one_is_not_made_and_a_file_taken_back_is_gone(
    town: Town, open_here: OpenPlatform
) -> None:
    async with house(open_here, town) as here:
        await town.customer(name="B")
        _, mine = await here.member(*RIGHTS)
        _, other = await here.member(*RIGHTS)
        waiting, export = await here.export(mine), await here.export(mine)
        [error] = (await here.ask(other, CANCEL, id=waiting))["data"]["exportCancel"]["userErrors"]
        assert error["code"] == "NOT_FOUND"
        told = (await here.ask(mine, CANCEL, id=waiting))["data"]["exportCancel"]
        assert told == {"export": {"state": "CANCELLED", "downloadPath": None}, "userErrors": []}
        async with at_work(here.platform, KNOWN):
            await here.until(mine, export, "DONE")
        assert await here.code(mine, waiting) == (410, "EXPORT_GONE")
        assert len(here.files) == 1
        told = (await here.ask(mine, CANCEL, id=export))["data"]["exportCancel"]
        assert told == {"export": {"state": "EXPIRED", "downloadPath": None}, "userErrors": []}
        assert await here.code(mine, export) == (410, "EXPORT_GONE")
        [error] = (await here.ask(mine, CANCEL, id=export))["data"]["exportCancel"]["userErrors"]
        assert error["code"] == "ILLEGAL_STATE"


async def test_files_are_removed_when_nobody_can_fetch_them_and_nothing_else_is(
    town: Town, open_here: OpenPlatform
) -> None:
    """Also what workers that died have left behind."""
    async with house(open_here, town) as here:
        await town.customer(name="B")
        _, mine = await here.member(*RIGHTS)
        expired, kept = await here.export(mine), await here.export(mine)
        async with at_work(here.platform, KNOWN):
            for id in (expired, kept):
                await here.until(mine, id, "DONE")
        await town.connection.execute(
            "update core_export set expires_at = now() - interval '1 second' where id = $1", UUID(expired[4:])
        )
        running = await here.export(mine)
        await town.connection.execute(
            "update core_job set state = 'RUNNING', attempts = 2 where ended_at is null"
        )
        folder = here.platform.settings.data_dir / "exports"
        for name in (
            f"{running[4:]}.1.part",
            f"{running[4:]}.2.part",
            f"{kept[4:]}.1.part",
            f"{'0' * 32}.csv",
            "mine",
        ):
            (folder / name).write_text("x")
        await do_once(JobHost(here.platform), KNOWN["core.forget_exports"], {})
        assert {one.name for one in here.files} == {f"{kept[4:]}.jsonl", f"{running[4:]}.2.part", "mine"}
        assert (await here.fetch(mine, kept)).status_code == 200
        (folder / f"{kept[4:]}.jsonl").unlink()
        assert await here.code(mine, kept) == (503, "EXPORT_ELSEWHERE")
        await town.connection.execute(
            "update core_export set ended_at = now() - interval '31 days' where ended_at is not null"
        )
        await do_once(JobHost(here.platform), KNOWN["core.forget_exports"], {})
        assert await town.connection.fetchval("select array_agg(id) from core_export") == [UUID(running[4:])]


async def test_files_take_no_more_space_than_they_may(town: Town, open_here: OpenPlatform) -> None:
    async with house(open_here, town, export_space_mb=1) as here:
        await town.customer(name="B")
        folder = here.platform.settings.data_dir / "exports"
        folder.mkdir()
        (folder / "other").write_bytes(bytes(1024 * 1024 + 1))
        _, mine = await here.member(*RIGHTS)
        export = await here.export(mine)
        async with at_work(here.platform, {**KNOWN, "core.export": tried_once()}):
            told = await here.until(mine, export, "FAILED")
        assert told["error"] == "ExportFailed: Files of exports take more than 1 MB"
        assert [one.name for one in here.files] == ["other"]
