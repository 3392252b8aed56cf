"""Operations over web sockets, by the letter of graphql-transport-ws, through the server as it is run."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from serai.app import Platform, create_app
from serai.http import create_server
from serai.http.server import settle

from .conftest import OpenPlatform
from .test_feed import extend
from .test_subscriptions import CHANGED, EVENTS, Stream, customer_of, token_of
from .town import Town

PROTOCOL = Subprotocol("graphql-transport-ws")


@pytest.fixture(autouse=True)
def settled() -> None:
    """As a server does before it serves."""
    settle()


@asynccontextmanager
async def served(platform: Platform) -> AsyncIterator[tuple[str, uvicorn.Server]]:
    """The address of the platform's socket, and what serves it."""
    server = create_server(
        create_app(platform), host="127.0.0.1", port=0, shutdown_grace_s=20, on_stop=platform.hub.stop
    )
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(60):
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"ws://127.0.0.1:{port}/graphql", server
    finally:
        server.should_exit = True
        async with asyncio.timeout(60):
            await serving


async def tell(socket: ClientConnection, **message: Any) -> None:
    await socket.send(orjson.dumps(message).decode())


async def told(socket: ClientConnection) -> Any:
    async with asyncio.timeout(30):
        return orjson.loads(await socket.recv())


async def closed(socket: ClientConnection) -> tuple[int, str]:
    """With which code and reason the other side closes it, whatever it says before."""
    async with asyncio.timeout(30):
        with contextlib.suppress(ConnectionClosed):
            while True:
                await socket.recv()
    assert socket.close_code is not None
    return socket.close_code, socket.close_reason or ""


@asynccontextmanager
async def introduced(address: str, token: str | None) -> AsyncIterator[ClientConnection]:
    async with connect(address, subprotocols=[PROTOCOL]) as socket:
        payload = {"Authorization": f"Bearer {token}"} if token is not None else None
        await tell(socket, type="connection_init", payload=payload)
        assert await told(socket) == {"type": "connection_ack"}
        yield socket


async def subscribe(socket: ClientConnection, operation: str, document: str, /, **variables: Any) -> None:
    await tell(socket, type="subscribe", id=operation, payload={"query": document, "variables": variables})


async def test_events_are_told_over_a_socket_beside_queries_and_mutations_until_it_is_completed(
    open_here: OpenPlatform, town: Town
) -> None:
    platform = await open_here()
    ada, acting = await customer_of(town)
    demand = await town.demand(ada, await town.scenario())
    async with served(platform) as (address, _), introduced(address, token_of(platform, acting)) as socket:
        await tell(socket, type="ping", payload={"at": 7})
        assert await told(socket) == {"type": "pong", "payload": {"at": 7}}
        await subscribe(socket, "feed", EVENTS, after="0")
        for number in range(2):
            await extend(platform, demand, str(number))
        for number in range(2):
            message = await told(socket)
            assert (message["type"], message["id"]) == ("next", "feed")
            event = message["payload"]["data"]["events"]
            assert (event["position"], event["payload"]) == (str(number + 1), {"windowEnd": str(number)})
        await subscribe(socket, "one", "{ viewer { kind } }")
        answer = {"data": {"viewer": {"kind": "CUSTOMER"}}}
        assert await told(socket) == {"id": "one", "type": "next", "payload": answer}
        assert await told(socket) == {"id": "one", "type": "complete"}
        cancel = "mutation($id: ID!) { demandCancel(input: {id: $id}) { demand { status } } }"
        await subscribe(socket, "two", cancel, id=f"dem_{demand.hex}")
        said = {}
        while (message := await told(socket)) != {"id": "two", "type": "complete"}:
            said[message["id"]] = message["payload"]["data"]
        assert said["two"] == {"demandCancel": {"demand": {"status": "CANCELLED"}}}
        await tell(socket, type="complete", id="feed")
        await subscribe(socket, "feed", "{ __typename }")
        while (message := await told(socket))["type"] != "complete":
            assert message["id"] == "feed"


async def test_what_cannot_be_run_is_an_error_of_its_own_and_the_socket_goes_on(
    open_here: OpenPlatform,
) -> None:
    platform = await open_here()
    async with served(platform) as (address, _), introduced(address, None) as socket:
        for document, variables, said in (
            ("{ nothing }", {}, "nothing"),
            ("{", {}, "Syntax Error"),
            (CHANGED, {"id": "cus_1"}, "is not the id of a Demand"),
            (
                'subscription { events(types: ["demand.opend"]) { id } }',
                {},
                "no type of event 'demand.opend'",
            ),
            (
                'subscription { events(aggregate: "dem") { id } }',
                {},
                "is not an id that events are told under",
            ),
        ):
            await subscribe(socket, "x", document, **variables)
            message = await told(socket)
            assert (message["id"], message["type"]) == ("x", "error")
            assert said in message["payload"][0]["message"]


WRONG: tuple[tuple[list[Any], int], ...] = (
    ([b"\x00"], 4400),
    (["{"], 4400),
    (["[]"], 4400),
    (['{"type":"hello"}'], 4400),
    (['{"type":"subscribe","id":"1","payload":{"query":"{ __typename }"}}'], 4401),
    (['{"type":"connection_init","payload":{"Authorization":"Bearer x"}}'], 4403),
    (['{"type":"connection_init","payload":[]}'], 4400),
    (['{"type":"connection_init"}', '{"type":"connection_init"}'], 4429),
    (['{"type":"connection_init"}', '{"type":"subscribe","payload":{"query":"{ __typename }"}}'], 4400),
    (['{"type":"connection_init"}', '{"type":"subscribe","id":"1","payload":{}}'], 4400),
    (
        [
            '{"type":"connection_init"}',
            *2 * ['{"type":"subscribe","id":"1","payload":{"query":"subscription { events { id } }"}}'],
        ],
        4409,
    ),
    (["x" * (1024 * 1024 + 1)], 1009),
)
"""What is sent, and the code of the protocol it is closed with."""


async def test_who_does_not_keep_to_the_protocol_is_told_by_the_code_it_has_for_that(
    open_here: OpenPlatform,
) -> None:
    platform = await open_here()
    async with served(platform) as (address, _):
        for messages, code in WRONG:
            async with connect(address, subprotocols=[PROTOCOL]) as socket:
                for message in messages:
                    await socket.send(message)
                assert (await closed(socket))[0] == code, messages
        for protocols in (None, [Subprotocol("graphql-ws")]):
            async with connect(address, subprotocols=protocols) as socket:
                assert await closed(socket) == (4406, "Subprotocol not acceptable")


async def test_subscriptions_end_in_an_orderly_way_when_the_server_stops(
    open_here: OpenPlatform, town: Town
) -> None:
    platform = await open_here()
    _, acting = await customer_of(town)
    token = token_of(platform, acting)
    async with served(platform) as (address, server), introduced(address, token) as socket:
        await subscribe(socket, "feed", EVENTS)
        stream = Stream(create_app(platform), EVENTS, {}, token)
        assert await stream.text() == ":\n\n"
        server.should_exit = True
        assert await closed(socket) == (1012, "Service Restart")
        [error] = (await stream.told())["errors"]
        await stream.task
        assert error["extensions"]["code"] == "STOPPING"
        assert error["extensions"]["retriable"]
