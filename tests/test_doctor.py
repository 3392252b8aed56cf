"""`serai doctor` finds what is amiss, says what to do, and has nothing to say of links of the core and of booking."""

from __future__ import annotations

from serai.cli.doctor import Remark, remarks
from serai.graph.paths import index_paths
from serai.storage.inspection import inspect_database

from .conftest import OpenPlatform
from .town import Town


async def found(
    open_here: OpenPlatform, town: Town, *, has_redis: bool = True, free: int = 1 << 40
) -> list[Remark]:
    platform = await open_here()
    inspection = await inspect_database(town.connection)
    return remarks(platform, inspection, has_redis=has_redis, free_bytes=free)


async def test_every_link_of_the_core_and_of_booking_has_an_index(
    open_here: OpenPlatform, town: Town
) -> None:
    platform = await open_here()
    inspection = await inspect_database(town.connection)
    links = [one for one in index_paths(platform.assembly.registry) if one.is_link]
    assert len(links) > 20
    missing = [one.statement for one in links if not inspection.leads(one.table, one.column)]
    assert missing == []


async def test_an_installation_in_order_gets_no_advice(open_here: OpenPlatform, town: Town) -> None:
    assert {one.level for one in await found(open_here, town)} == {"fine"}


async def test_what_is_amiss_is_named_with_what_to_do(open_here: OpenPlatform, town: Town) -> None:
    rows = town.connection
    await rows.execute("create index spare on core_customer (name)")
    await rows.execute("update pg_index set indisvalid = false where indexrelid = 'spare'::regclass")
    all_of_it = await found(open_here, town, has_redis=False, free=5 << 20)
    assert [(one.about, one.hint) for one in all_of_it if one.level == "problem"] == [
        ("index", "reindex index concurrently spare"),
        ("valkey", "Start it, or set SERAI_REDIS_URL."),
        ("disk", None),
    ]
