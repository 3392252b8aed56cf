"""The compose file names commands, options, settings and files that there are; and what it starts is one platform."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import typer
import yaml

from serai.cli import app
from serai.http import open_tokens
from serai.settings import Settings, load_settings
from serai.viewers import Acting
from serai_testkit.servers import ValkeyServer

from .retrying import READY_TIMEOUT_S, ApiProcess
from .town import Town

DEPLOY = Path(__file__).parents[1] / "deploy"
VARIABLE = re.compile(r"\$\{(\w+)(?::[-?]([^}]*))?\}")
GIVEN = {"POSTGRES_PASSWORD": "secret1"}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    return found


def ours(services: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in services.items() if one["image"] == "serai"}


def filled(text: str) -> str:
    return VARIABLE.sub(lambda found: GIVEN.get(found[1], found[2] or ""), text)


def test_every_command_and_option_is_there(services: dict[str, Any]) -> None:
    commands: Any = typer.main.get_command(app)
    context = commands.make_context("serai", [], resilient_parsing=True)
    assert {one["command"][0] for one in ours(services).values()} == {"migrate", "run", "worker"}
    for one in ours(services).values():
        name, *arguments = one["command"]
        command = commands.get_command(context, name)
        assert command is not None, name
        command.make_context(name, list(arguments))


def test_every_variable_is_a_setting_and_its_value_is_right(
    services: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, one in ours(services).items():
        environment = one["environment"]
        known = {f"SERAI_{field.upper()}" for field in Settings.model_fields}
        assert set(environment) <= known, name
        with monkeypatch.context() as patched:
            for variable, value in environment.items():
                patched.setenv(variable, filled(value))
            settings = load_settings(tmp_path)
        assert settings.environment == "production"
        assert settings.database_url is not None
        assert settings.database_url.get_secret_value() == "postgresql://serai:secret1@postgres:5432/serai"
        assert settings.data_dir == Path("/data")
        assert settings.jobs is (name != "api")


def test_every_name_it_refers_to_is_there(services: dict[str, Any]) -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    told = set(re.findall(r"^(\w+)=", (DEPLOY / "env.example").read_text(), re.MULTILINE))
    assert {found[1] for found in VARIABLE.finditer(text)} == told
    for one in services.values():
        assert set(one.get("depends_on", {})) <= set(services)
        for volume in one.get("volumes", []):
            assert volume.partition(":")[0] in yaml.safe_load(text)["volumes"]
    for one in ours(services).values():
        assert one["build"] == {"context": "..", "dockerfile": "deploy/Dockerfile"}
        assert one["volumes"] == ["data:/data"]
        assert one["environment"]["SERAI_REDIS_URL"].startswith("redis://valkey:")
    assert services["postgres"]["image"] == "postgres:18"
    assert services["valkey"]["image"] == "valkey/valkey:9"


def test_the_image_is_built_of_what_there_is() -> None:
    """The wheels `make wheels` builds, and the versions that are locked."""
    makefile = (DEPLOY.parent / "Makefile").read_text()
    text = (DEPLOY / "Dockerfile").read_text()
    built = re.search(r"--wheel-dir dist \\\n\t\t(.+)", makefile)
    assert built is not None
    names = {
        re.search(r'^name = "(.+)"', (DEPLOY.parent / one / "pyproject.toml").read_text(), re.MULTILINE)[1]  # type: ignore[index]  # each has a name
        for one in built[1].split()
    }
    copied = set(re.findall(r"dist/(\w+)-\*\.whl", text))
    assert copied == {one.replace("-", "_") for one in names} - {"serai_testkit"}
    assert (DEPLOY.parent / "requirements/run.txt").is_file()
    assert 'ENTRYPOINT ["serai"]' in text


EVENTS = "subscription($after: Decimal) { events(after: $after) { position type } }"
OPEN = (
    "mutation ($name: String!) { tagCreate(input: {name: $name}) { tag { id } userErrors { code message } } }"
)
EXPORT = """
mutation { bulkExport(input: {query: "{ tags(orderBy: [{name: ASC}]) { nodes { name } } }"}) { export { id } } }
"""


STATE = "query ($id: ID!) { export(id: $id) { state } }"


@asynccontextmanager
async def working(folder: Path, environment: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """A `serai worker`, told to stop at the end unless it was killed before."""
    with (folder / "worker.log").open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "serai", "worker"),
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
            stdout=out,
            stderr=asyncio.subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.slow
async def test_what_it_starts_is_one_platform_whichever_process_is_killed(
    town: Town, database: str, valkey_server: ValkeyServer, tmp_path: Path
) -> None:
    """Two processes that answer, two that work, one folder: a reader of the feed and an export miss nothing."""
    data = tmp_path / "data"
    environment = {
        "SERAI_ENVIRONMENT": "production",
        "SERAI_DATABASE_URL": database,
        "SERAI_REDIS_URL": valkey_server.url,
        "SERAI_DATA_DIR": str(data),
        "SERAI_JOB_LOST_AFTER_S": "2",
    }
    staff = await town.operator()
    principal = await town.connection.fetchval("select principal_id from core_staff where id = $1", staff)
    token = open_tokens(data, audience="serai").issue(Acting(kind="staff", id=staff, principal_id=principal))
    headers = {"authorization": f"Bearer {token}"}
    apis = [ApiProcess(tmp_path, **environment, SERAI_JOBS="false") for _ in range(2)]
    made, read, kills = 30, list[tuple[int, str]](), 0
    await asyncio.gather(*(one.start() for one in apis))
    try:
        async with (
            working(tmp_path, environment) as first,
            working(tmp_path, environment),
            httpx.AsyncClient(headers=headers, timeout=60, trust_env=False) as http,
        ):

            async def ask(document: str, **variables: Any) -> Any:
                answer = await http.post(
                    f"http://127.0.0.1:{apis[0].port}/graphql",
                    json={"query": document, "variables": variables},
                )
                assert "errors" not in orjson.loads(answer.content), answer.text
                return orjson.loads(answer.content)["data"]

            async def follow() -> None:
                """On the second process; behind the last that was seen whenever it was cut off."""
                while len(read) < made:
                    given = {"query": EVENTS, "variables": {"after": str(read[-1][0] if read else 0)}}
                    try:
                        async with http.stream(
                            "POST",
                            f"http://127.0.0.1:{apis[1].port}/graphql",
                            json=given,
                            headers={"accept": "text/event-stream"},
                        ) as stream:
                            async for line in stream.aiter_lines():
                                if line.startswith("data: {"):
                                    event = orjson.loads(line.removeprefix("data: "))["data"]["events"]
                                    read.append((int(event["position"]), event["type"]))
                                if len(read) >= made:
                                    return
                    except httpx.TransportError:
                        await asyncio.sleep(0.05)

            following = asyncio.create_task(follow())
            for number in range(made):
                await ask(OPEN, name=f"tag {number:02}")
                if number in (9, 19):
                    await apis[1].kill()
                    kills += 1
                    await apis[1].start()
            async with asyncio.timeout(READY_TIMEOUT_S):
                await following
            assert [one for _, one in read] == ["tag.created"] * made
            assert [one for one, _ in read] == list(range(read[0][0], read[0][0] + made))

            id = (await ask(EXPORT))["bulkExport"]["export"]["id"]
            first.kill()
            async with asyncio.timeout(READY_TIMEOUT_S * 2):
                while (await ask(STATE, id=id))["export"]["state"] != "DONE":  # noqa: ASYNC110 - workers tell nobody
                    await asyncio.sleep(0.1)
            for one in apis:
                file = await http.get(f"http://127.0.0.1:{one.port}/exports/{id}")
                assert file.text == "".join(f'{{"name":"tag {number:02}"}}\n' for number in range(made))
            ready = (await http.get(f"http://127.0.0.1:{apis[1].port}/health/ready")).json()
            assert ready["status"] == "ready", ready
    finally:
        await asyncio.gather(*(one.kill() for one in apis))
    print(f"\n{made} events followed over {kills} kills of who told them: each once, in order")
