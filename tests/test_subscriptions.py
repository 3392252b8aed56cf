"""Subscriptions over server-sent events: told once, in order, by today's rights, from where one was; cut when slow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from serai.app import Platform, create_app
from serai.engines.feed import Hub, TooSlow, Wanted
from serai.http import Authenticator, open_tokens
from serai.http.graphql import GraphQLEndpoint
from serai.http.requests import LastResort, RequestLog
from serai.http.server import settle
from serai.http.streams import Streams
from serai.http.subscriptions import Subscriptions
from serai.viewers import Acting

from .conftest import OpenPlatform
from .test_feed import ask, extend
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
        (
            'subscription { events(types: "demand.opend") { id } }',
            {},
            "BAD_USER_INPUT",
            "mean 'demand.opened'?",
        ),
        ('subscription { events(types: "demnd.*") { id } }', {}, "BAD_USER_INPUT", "mean 'demand.*'?"),
        ('subscription { events(aggregate: "demand") { id } }', {}, "BAD_USER_INPUT", "give the id of what"),
    ):
        stream = Stream(app, document, variables, None)
        answer = await stream.told()
        await stream.task
        [error] = answer["errors"]
        assert error["extensions"]["code"] == code, answer
        assert said in error["message"] + str(error["extensions"].get("hint"))


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


async def test_a_customer_is_told_of_the_proposals_to_its_demand(open_here: OpenPlatform, town: Town) -> None:
    platform = await open_here()
    ada, acting = await customer_of(town)
    demand = await town.demand(ada, await town.scenario())
    proposal = await town.add(
        "core_proposal", demand_id=demand, provider_id=await town.provider(), status="SUBMITTED", price_minor=5,
        price_currency="EUR", terms="", valid_until=datetime.now(UTC) + timedelta(days=1),
    )  # fmt: skip
    document = 'subscription { events(after: 0, types: "proposal.*") { type aggregateId } }'
    cancel = "mutation($id: ID!) { demandCancel(input: {id: $id}) { userErrors { message } } }"
    viewer = await platform.load_viewer("customer", ada)
    assert viewer is not None
    assert await ask(platform, cancel, viewer, id=f"dem_{demand.hex}") == {
        "data": {"demandCancel": {"userErrors": []}}
    }
    await platform.stamp()
    async with streaming(create_app(platform), document, {}, token_of(platform, acting)) as stream:
        assert (await stream.told())["data"]["events"] == {
            "type": "proposal.closed", "aggregateId": f"ppl_{proposal.hex}",
        }  # fmt: skip


async def test_a_viewer_has_so_many_streams_and_another_s_are_not_counted(
    open_here: OpenPlatform, town: Town
) -> None:
    platform = await open_here()
    (_, hers), (_, theirs) = await customer_of(town), await customer_of(town)
    app = streams_of(platform, per_viewer=2, in_all=3)
    async with AsyncExitStack() as stack:
        for acting in (hers, hers, theirs):
            one = await stack.enter_async_context(streaming(app, EVENTS, {}, token_of(platform, acting)))
            assert await one.text() == ":\n\n"
        for acting in (hers, theirs):
            refused = Stream(app, EVENTS, {}, token_of(platform, acting))
            [error] = orjson.loads(await refused.text())["errors"]
            assert (refused.status, error["extensions"]["code"]) == (429, "TOO_MANY_SUBSCRIPTIONS")
    async with streaming(app, EVENTS, {}, token_of(platform, hers)) as again:
        assert await again.text() == ":\n\n"


async def test_a_stream_on_which_nothing_happens_is_kept_by_comments(
    open_here: OpenPlatform, town: Town
) -> None:
    platform = await open_here()
    _, acting = await customer_of(town)
    app = streams_of(platform, ping_s=0.01)
    async with streaming(app, EVENTS, {}, token_of(platform, acting)) as stream:
        assert [await stream.text() for _ in range(4)] == [":\n\n"] * 4


async def test_who_is_told_while_the_database_is_gone_is_sent_away_and_goes_on_where_it_was(
    open_here: OpenPlatform, town: Town
) -> None:
    platform = await open_here()
    ada, acting = await customer_of(town)
    demand = await town.demand(ada, await town.scenario())
    is_gone = False

    async def fetch(*given: Any) -> Any:
        if is_gone:
            raise asyncpg.ConnectionDoesNotExistError("gone")
        return await platform.pool.fetch(*given)

    hub = Hub(fetch)
    app = streams_of(platform, hub=hub)
    token = token_of(platform, acting)
    await extend(platform, demand, "a", "b")
    await platform.stamp()
    async with streaming(app, EVENTS, {"after": "0"}, token) as stream:
        assert (await stream.told())["data"]["events"]["position"] == "1"
    is_gone = True
    stream = Stream(app, EVENTS, {"after": "1"}, token)
    [error] = (await stream.told())["errors"]
    await stream.task
    assert error["extensions"]["code"] == "SUBSCRIPTION_INTERRUPTED"
    assert error["extensions"]["retriable"]
    is_gone = False
    async with streaming(app, EVENTS, {"after": "1"}, token) as stream:
        assert (await stream.told())["data"]["events"]["position"] == "2"
    await hub.close()


def streams_of(platform: Platform, *, hub: Hub | None = None, ping_s: float = 12.0, **limits: int) -> Any:
    """What answers streams of a platform within other limits than it has when it is run."""
    tokens = open_tokens(platform.settings.data_dir, audience=platform.settings.token_audience)
    authenticate = Authenticator(tokens, platform.load_viewer)

    def follow(asked: Any) -> Any:
        wanted = Wanted(types=asked.types, aggregate=asked.aggregate)
        return (hub or platform.hub).follow(wanted, after=asked.after)

    subscriptions = Subscriptions(platform.engine, follow, endings={}, **limits)
    streams = Streams(subscriptions, authenticate, ping_s=ping_s)
    return RequestLog(LastResort(GraphQLEndpoint(platform.engine, authenticate, streams=streams)))
