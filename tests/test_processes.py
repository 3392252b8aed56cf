"""Several processes on one database behave as one platform: what one changes, the others know."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import pytest
from structlog.testing import capture_logs
from tortoise.migrations.executor import MigrationTarget

import serai
from serai.app import Assembly, Platform, create_app
from serai.core.neighbours import Neighbours
from serai.http import Authenticator, open_tokens
from serai.http.server import settle
from serai.http.tokens import AuthenticationError
from serai.storage.migrations import Executor
from serai.storage.orm import open_orm, orm_config
from serai.viewers import SYSTEM, Acting
from serai_testkit.pytest_plugin import CloneDatabase

from .conftest import OpenPlatform
from .test_feed import extend
from .test_sockets import introduced, served, subscribe, told
from .test_subscriptions import CHANGED, EVENTS, customer_of, streaming, token_of
from .town import Town


@pytest.fixture(autouse=True)
def settled() -> None:
    """As a server does before it serves."""
    settle()


@asynccontextmanager
async def awake(*platforms: Platform) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for one in platforms:
            await stack.enter_async_context(one.awake())
        yield


async def test_a_change_in_one_process_is_told_to_subscribers_of_another_without_valkey(
    open_here: OpenPlatform, assembled: Assembly, town: Town
) -> None:
    here, there = [await open_here(assembly=assembled) for _ in range(2)]
    assert (here.redis, there.redis) == (None, None)
    ada, acting = await customer_of(town)
    demand = await town.demand(ada, await town.scenario())
    token = token_of(there, acting)
    async with (
        served(there) as (address, _),
        introduced(address, token) as socket,
        streaming(create_app(there), EVENTS, {}, token) as stream,
    ):
        await subscribe(socket, "one", CHANGED, id=f"dem_{demand.hex}")
        assert await stream.text() == ":\n\n"
        while len(there.hub._inboxes) != 2:  # noqa: ASYNC110 - a socket does not tell when nothing is missed
            await asyncio.sleep(0.01)
        async with here.awake():
            await extend(here, demand, "2027")
            event = (await stream.told())["data"]["events"]
            assert event["aggregateId"] == f"dem_{demand.hex}"
            message = await told(socket)
            assert message["payload"]["data"]["told"] == {"id": f"dem_{demand.hex}", "version": 2}


async def test_a_worker_alone_gives_events_their_places(
    open_here: OpenPlatform, assembled: Assembly, town: Town
) -> None:
    """While no process answers requests, listeners and webhooks go on."""
    platform = await open_here(assembly=assembled)
    demand = await town.demand(await town.customer(), await town.scenario())
    await extend(platform, demand, "2027")
    assert await town.connection.fetchval("select count(*) from core_event") == 0
    work = platform.worker()
    working = asyncio.create_task(work.run())
    try:
        async with asyncio.timeout(30):
            while await town.connection.fetchval("select count(*) from core_event") != 1:  # noqa: ASYNC110 - as it is
                await asyncio.sleep(0.02)
    finally:
        work.stop()
        await working


async def test_what_one_changes_the_other_reads_though_it_has_read_it_before(
    open_here: OpenPlatform, assembled: Assembly, town: Town
) -> None:
    """Plans, documents and statements are kept in each process; what they answer is not."""
    here, there = [await open_here(assembly=assembled) for _ in range(2)]
    tag = 'mutation { tagCreate(input: {name: "vip", description: "a"}) { tag { id } userErrors { code } } }'
    created = (await ask(here, tag))["data"]["tagCreate"]
    id, read = (
        created["tag"]["id"],
        "query ($id: ID!) { node(id: $id) { ... on Tag { name description version } } }",
    )
    assert (await ask(there, read, id=id))["data"]["node"]["description"] == "a"
    change = """mutation ($id: ID!) {
      tagUpdate(input: {id: $id, description: "b"}) { tag { version } userErrors { code } }
    }"""
    for platform, other in ((here, there), (there, here)):
        answer = await ask(platform, change, id=id)
        assert answer["data"]["tagUpdate"]["userErrors"] == [], answer
        found = (await ask(other, read, id=id))["data"]["node"]
        assert found["version"] == answer["data"]["tagUpdate"]["tag"]["version"]
        assert found["description"] == "b"


async def test_rights_taken_away_in_one_process_are_gone_in_the_others_after_three_seconds(
    open_here: OpenPlatform, assembled: Assembly, town: Town
) -> None:
    platforms = [await open_here(assembly=assembled) for _ in range(2)]
    staff = await town.operator()
    principal = await town.connection.fetchval("select principal_id from core_staff where id = $1", staff)
    token = token_of(platforms[0], Acting(kind="staff", id=staff, principal_id=principal))
    now = 1_000.0
    tokens = open_tokens(platforms[0].settings.data_dir, audience=platforms[0].settings.token_audience)
    processes = [Authenticator(tokens, one.load_viewer, clock=lambda: now) for one in platforms]
    for process in processes:
        assert "customers:read" in (await process(f"Bearer {token}")).permissions
    await town.connection.execute("update core_staff set is_active = false")
    now += 2.99
    for process in processes:
        assert "customers:read" in (await process(f"Bearer {token}")).permissions
    now += 0.01
    for process in processes:
        with pytest.raises(AuthenticationError) as refused:
            await process(f"Bearer {token}")
        assert refused.value.reason == "VIEWER_UNKNOWN"


async def ask(platform: Platform, document: str, **variables: Any) -> Any:
    return orjson.loads((await platform.engine.execute(document, variables, None, SYSTEM)).body)


async def test_a_process_with_other_plug_ins_is_told_so_and_so_are_the_others(
    open_here: OpenPlatform, assembled: Assembly, town: Town
) -> None:
    whole = await open_here(assembly=assembled)
    bare = await open_here(plugins={})
    names = {one.id for one in whole.assembly.report.ready} - {one.id for one in bare.assembly.report.ready}
    assert names == {"booking"}
    async with awake(whole):
        await until_seen(town, 1)
        assert await whole.neighbours.differences() is None
        async with awake(bare):
            await until_seen(town, 2)
            told = "processes on this database run another Serai or other plug-ins"
            assert await whole.neighbours.differences() == f"{told}; see what they say"
            assert await bare.neighbours.differences() == f"{told}: booking is not loaded here"
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(app=create_app(bare)), base_url="http://test"
            ) as client:
                ready = await client.get("/health/ready")
            assert ready.status_code == 200
            assert ready.json()["status"] == "degraded"
            assert ready.json()["checks"]["processes"]["message"] == f"{told}: booking is not loaded here"
            known = {one.id: one.version for one in bare.assembly.report.ready}
            with capture_logs() as logs:
                watching = Neighbours(
                    bare.pool, bare.neighbours.sign, {**known, "booking": "0.0"}, on_change=bare._learn_absent
                )
                for _ in range(2):
                    await watching.look()
            version = next(one.version for one in whole.assembly.report.ready if one.id == "booking")
            assert [one["message"] for one in logs if one["event"] == "processes differ"] == [
                f"{told}: booking is 0.0 here, {version} there"
            ]


async def until_seen(town: Town, count: int) -> None:
    """Until so many processes have named their sessions."""
    query = """
    select count(*)
    from pg_stat_activity
    where datname = current_database()
      and application_name ~ '^serai-feed '
    """
    async with asyncio.timeout(30):
        while await town.connection.fetchval(query) != count:  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.02)


async def test_a_plug_in_that_another_process_brings_is_known_to_be_absent(
    open_here: OpenPlatform, assembled: Assembly, town: Town
) -> None:
    bare = await open_here(plugins={})
    await town.connection.execute("delete from core_plugin where id = 'booking'")
    await bare.meet()
    ask_one = '{ node(id: "bok_0190a0b0c0d07000800000000000000a") { id } }'
    prefix = next(
        one.prefix
        for one in assembled.registry.entities.values()
        if one.origin.plugin == "booking" and one.base is None
    )
    ask_one = ask_one.replace("bok_", f"{prefix}_")
    before = await ask(bare, ask_one)
    assert before["errors"][0]["extensions"]["code"] != "PLUGIN_ABSENT"
    whole = await open_here(assembly=assembled)
    async with awake(whole):
        await until_seen(town, 1)
        await bare.neighbours.look()
    after = await ask(bare, ask_one)
    assert after["errors"][0]["extensions"]["code"] == "PLUGIN_ABSENT"


@pytest.mark.parametrize("upto", [None, "0009_indexes"])
async def test_processes_that_start_at_once_migrate_once(
    clone_database: CloneDatabase, open_here: OpenPlatform, assembled: Assembly, upto: str | None
) -> None:
    """On a database without tables, and on one that an older version has made."""
    empty = await clone_database()
    older = await open_here(assembly=assembled, database_url=empty)
    if upto is not None:
        orm = await open_orm(empty, older.apps, pool_size=2, is_fallback=False)
        with orm.active():
            config = orm_config(empty, older.apps)["apps"]
            await Executor(orm.context.connections.get("default"), config).migrate(
                [MigrationTarget("core", upto)]
            )
        await orm.close()
    platforms = [await open_here(assembly=assembled, database_url=empty) for _ in range(3)]
    applied = await asyncio.gather(*(one.migrate() for one in platforms))
    done = [one for one in applied if one]
    assert len(done) == 1
    assert ("core.0001_initial" in done[0]) is (upto is None)
    assert [await one.pending() for one in platforms] == [[], [], []]
    connection = await asyncpg.connect(empty)
    twice = await connection.fetch(
        "select app, name from tortoise_migrations group by 1, 2 having count(*) > 1"
    )
    met = await connection.fetch("select id from core_plugin order by id")
    await connection.close()
    assert twice == []
    assert {row["id"] for row in met} >= {"booking"}


CACHES = {
    # what is kept, and why no other process has to be told
    "core/phones.py": "what libraries and constants say",
    "core/places.py": "time zones of the installed database of zones",
    "engines/jobs/queue.py": "names of tables",
    "engines/writes.py": "statements by model",
    "graph/documents.py": "the cache itself",
    "graph/group_keys.py": "functions by type",
    "graph/introspection.py": "answers about the schema, which changes with the plug-ins: at a start",
    "graph/planning.py": "plans by document and permissions held: none depends on rows",
    "graph/reading.py": "documents, parsed and checked against the schema",
    "graph/sight.py": "statements by entity and outlook",
    "graph/slow.py": "what was logged within the last minute",
    "http/authentication.py": "viewers, for three seconds",
    "http/lane.py": "what headers mean",
    "http/logs.py": "how times and words are written",
    "http/media.py": "what headers mean",
    "http/tokens.py": "claims of tokens, until they expire; whom they name is looked up again after three seconds",
    "storage/pool.py": "prepared statements of a connection: the database plans them again when tables change",
    "storage/postgres.py": "paths of programs",
    "storage/valkey.py": "paths of programs",
}
KEEPERS = frozenset(("cache", "lru_cache", "OrderedDict", "Recent", "TTLCache", "WeakValueDictionary"))


def test_every_cache_of_a_process_says_how_it_stays_true() -> None:
    """A new one makes this fail, until it is said what tells it of changes that other processes make."""
    root = Path(serai.__file__).parent
    found = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if "conform" not in path.parts and any(_keeps(node) for node in ast.walk(ast.parse(path.read_text())))
    }
    assert found == set(CACHES)


def _keeps(node: ast.AST) -> bool:
    match node:
        case ast.FunctionDef(decorator_list=[*decorators]):
            return any(_name(one) in KEEPERS for one in decorators)
        case ast.Call():
            return _name(node) in KEEPERS
        case _:
            return False


def _name(node: ast.expr) -> str:
    match node:
        case ast.Call(func=func) | ast.Subscript(value=func):
            return _name(func)
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""
