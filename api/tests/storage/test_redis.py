"""The Redis client: it works where there is a server and gives up quickly where there is none."""

from __future__ import annotations

from pathlib import Path

from serai.storage import is_alive, open_redis
from serai_testkit.servers import ValkeyServer


async def test_a_live_server_answers(valkey_server: ValkeyServer) -> None:
    client = open_redis(valkey_server.url)
    assert await is_alive(client)
    await client.set("serai:test", "1", ex=5)
    assert await client.get("serai:test") == b"1"
    await client.aclose()


async def test_a_dead_server_is_noticed_and_no_error(tmp_path: Path) -> None:
    client = open_redis(f"unix://{tmp_path}/nobody.sock")
    assert not await is_alive(client)
    await client.aclose()
