"""Subscriptions over server-sent events: told once, in order, by today's rights, from where one was; cut when slow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import orjson
import pytest

from serai.app import Platform, create_app
from serai.engines.feed import Hub, TooSlow, Wanted
from serai.http import open_tokens
from serai.http.server import settle
from serai.viewers import Acting

from .conftest import OpenPlatform
from .test_feed import extend
from .town import Town


@pytest.fixture(autouse=True)
def settled() -> None:
    """As a server does before it serves: else all that other tests left behind is collected while it compiles."""
    settle()


EVENTS = "subscription($after: Decimal) { events(after: $after) { position aggregateId payload } }"
CHANGED = """
subscription Changed($id: ID!) { told: demandChanged(id: $id) { ...Seen } }
fragment Seen on Demand { id version }
"""


class Stream:
    """One request that is answered as a stream, over ASGI."""

    def __init__(self, app: Any, document: str, variables: dict[str, Any], token: str | None) -> None:
        body = orjson.dumps({"query": document, "variables": variables})
        headers = [(b"content-type", b"application/json"), (b"accept", b"text/event-stream")]
        if token is not None:
            headers.append((b"authorization", f"Bearer {token}".encode()))
        self._scope = {
            "type": "http", "method": "POST", "path": "/graphql", "raw_path": b"/graphql", "query_string": b"",
            "headers": headers, "http_version": "1.1", "scheme": "http", "client": ("test", 1), "server": ("test", 1),
        }  # fmt: skip
        self._incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._incoming.put_nowait({"type": "http.request", "body": body, "more_body": False})
        self._outgoing: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.task = asyncio.ensure_future(app(self._scope, self._incoming.get, self._outgoing.put))

    async def text(self) -> str:
        """What is sent next; empty when all was."""
        async with asyncio.timeout(30):
            while True:
                message = await self._outgoing.get()
                if message["type"] == "http.response.start":
                    self.status = message["status"]
                elif message["body"] or not message.get("more_body"):
                    return str(message["body"].decode())

    async def told(self) -> Any:
        """The answer that comes next; what only keeps the connection is passed over."""
        while (text := await self.text()).startswith(":"):
            pass
        assert text.startswith("event: next\ndata: "), text
        return orjson.loads(text.removeprefix("event: next\ndata: ").partition("\n")[0])

    async def leave(self) -> None:
        """Go away, as a client does."""
        self._incoming.put_nowait({"type": "http.disconnect"})
        async with asyncio.timeout(30):
            await self.task


@asynccontextmanager
async def streaming(
    app: Any, document: str, variables: dict[str, Any], token: str | None
) -> AsyncIterator[Stream]:
    stream = Stream(app, document, variables, token)
    try:
        yield stream
    finally:
        await stream.leave()


def token_of(platform: Platform, acting: Acting) -> str:
    settings = platform.settings
    return open_tokens(settings.data_dir, audience=settings.token_audience).issue(acting)


async def customer_of(town: Town) -> tuple[UUID, Acting]:
    principal = await town.principal()
    customer = await town.customer(principal_id=principal)
    return customer, Acting(kind="customer", id=customer, principal_id=principal)


async def test_a_customer_is_told_of_its_own_and_again_from_where_it_was(
    open_here: OpenPlatform, town: Town
) -> None:
    platform = await open_here()
    app = create_app(platform)
    scenario = await town.scenario()
    ada, acting = await customer_of(town)
    mine, other = await town.demand(ada, scenario), await town.demand(await town.customer(), scenario)
    token = token_of(platform, acting)
    platform.stamper.start()
    async with streaming(app, EVENTS, {}, token) as stream:
        assert await stream.text() == ":\n\n"
        for number, demand in enumerate((mine, other, mine)):
            await extend(platform, demand, str(number))
        told = [(await stream.told())["data"]["events"] for _ in range(2)]
    assert [(one["position"], one["payload"]["windowEnd"]) for one in told] == [("1", "0"), ("3", "2")]
    async with streaming(app, EVENTS, {"after": "1"}, token) as stream:
        assert (await stream.told())["data"]["events"] == told[1]
    await platform.stamper.stop()


async def test_a_changed_row_is_told_to_who_sees_it_and_to_nobody_else(
    open_here: OpenPlatform, town: Town
) -> None:
    platform, elsewhere = await open_here(), await open_here()
    app = create_app(platform)
    (ada, hers), (_, theirs) = await customer_of(town), await customer_of(town)
    demand = await town.demand(ada, await town.scenario(), status="CANCELLED")
    id = f"dem_{demand.hex}"
    platform.stamper.start()
    async with (
        streaming(app, CHANGED, {"id": id}, token_of(platform, hers)) as seeing,
        streaming(app, CHANGED, {"id": id}, token_of(platform, theirs)) as blind,
    ):
        for one in (seeing, blind):
            assert await one.text() == ":\n\n"
        # what another process does is told here as well
        await extend(elsewhere, demand, "x")
        assert await seeing.told() == {"data": {"told": {"id": id, "version": 2}}}
        assert blind._outgoing.empty()
    await platform.stamper.stop()


async def test_what_cannot_be_waited_for_is_told_at_once(open_here: OpenPlatform, town: Town) -> None:
    platform = await open_here()
    app = create_app(platform)
    for document, variables, code, said in (
        (CHANGED, {"id": "cus_1"}, "BAD_USER_INPUT", "is not the id of a Demand"),
        (EVENTS, {"after": "-3"}, "BAD_USER_INPUT", "is not a position"),
        ("subscription { events { nothing } }", {}, "GRAPHQL_VALIDATION_FAILED", "nothing"),
    ):
        stream = Stream(app, document, variables, None)
        answer = await stream.told()
        await stream.task
        [error] = answer["errors"]
        assert error["extensions"]["code"] == code, answer
        assert said in error["message"]


async def test_a_query_is_answered_as_a_stream_of_one(open_here: OpenPlatform) -> None:
    platform = await open_here()
    stream = Stream(create_app(platform), "{ __typename }", {}, None)
    text = await stream.text()
    await stream.task
    assert text == 'event: next\ndata: {"data":{"__typename":"Query"}}\n\nevent: complete\ndata:\n\n'


async def test_who_is_no_longer_allowed_is_told_so_and_cut_off(open_here: OpenPlatform, town: Town) -> None:
    platform = await open_here()
    app = create_app(platform)
    ada, acting = await customer_of(town)
    demand = await town.demand(ada, await town.scenario())
    platform.stamper.start()
    stream = Stream(app, EVENTS, {}, token_of(platform, acting))
    assert await stream.text() == ":\n\n"
    await town.connection.execute(
        "update core_principal set is_active = false where id = $1", acting.principal_id
    )
    answer: dict[str, Any] = {}
    async with asyncio.timeout(30):
        for number in range(100):
            await extend(platform, demand, str(number))
            answer = await stream.told()
            if "errors" in answer:
                break
            await asyncio.sleep(0.2)
        await stream.task
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    await platform.stamper.stop()


async def test_who_takes_less_than_happens_is_cut_off(open_here: OpenPlatform, town: Town) -> None:
    platform = await open_here()
    hub = Hub(platform.pool.fetch, room=3)
    demand = await town.demand(await town.customer(), await town.scenario())
    async with hub.follow(Wanted(types=["demand.*"]), after=0) as following:
        await extend(platform, demand, *"abcde")
        await platform.stamp()
        hub.news()
        async with asyncio.timeout(30):
            while not any(one.is_over for one in hub._inboxes):  # noqa: ASYNC110 - nobody is told of it before
                await asyncio.sleep(0.01)
        assert len([await anext(following) for _ in range(3)]) == 3
        with pytest.raises(TooSlow):
            await anext(following)
    await hub.close()
