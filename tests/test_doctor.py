"""`serai doctor` finds what is amiss, says what to do, and has nothing to say of links of the core and of booking."""

from __future__ import annotations

import pytest

from serai.cli.doctor import Remark, remarks
from serai.graph.paths import Need, index_paths
from serai.storage.inspection import inspect_database

from .conftest import OpenPlatform
from .town import Town

INDEXES_OF = """
select c.relname
from pg_index x
join pg_class c on c.oid = x.indexrelid
join pg_attribute a on a.attrelid = x.indrelid and a.attnum = x.indkey[0]
where x.indrelid = $1::text::regclass and a.attname = $2 and not x.indisprimary
"""
LARGE = "update pg_class set reltuples = 20000 where relname = any($1)"


async def found(
    open_here: OpenPlatform, town: Town, *, has_redis: bool = True, free: int = 1 << 40
) -> list[Remark]:
    platform = await open_here()
    inspection = await inspect_database(town.connection)
    return remarks(platform, inspection, has_redis=has_redis, free_bytes=free)


async def test_every_path_of_the_core_and_of_booking_has_an_index_or_a_stated_reason(
    open_here: OpenPlatform, town: Town
) -> None:
    platform = await open_here()
    inspection = await inspect_database(town.connection)
    paths = index_paths(platform.assembly.registry)
    assert {one.need for one in paths} == set(Need)
    missing = [one for one in paths if one.reason is None and not one.is_served(inspection)]
    assert "\n".join(f"{one.entity}.{one.field}: {one.need.value}" for one in missing) == ""


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


async def test_a_missing_index_is_named_for_every_kind_of_path(open_here: OpenPlatform, town: Town) -> None:
    """A link, a column, a part of a value, money, a column of a kind, answers, searched words, an order of text."""
    platform, rows = await open_here(), town.connection
    kinds = {
        ("Booking.customer", Need.LINK),
        ("Customer.createdAt", Need.FILTER),
        ("Offer.place.cityCode", Need.FILTER),
        ("Transaction.total", Need.FILTER),
        ("Stay.capacity", Need.FILTER),
        ("Demand.answers", Need.WORDS),
        ("Scenario.search", Need.WORDS),
        ("Customer.email", Need.ORDER),
    }
    planted = [
        one
        for one in index_paths(platform.assembly.registry)
        if (f"{one.entity}.{one.field}", one.need) in kinds
    ]
    assert len(planted) == len(kinds)
    before = await inspect_database(rows)
    assert [one.statement for one in planted if not one.is_served(before)] == []
    for one in planted:
        for index in await rows.fetch(INDEXES_OF, one.table, one.columns[0]):
            await rows.execute(f"drop index {index[0]}")
    await rows.execute(LARGE, [one.table for one in planted])
    after = await inspect_database(rows)
    assert [one.statement for one in planted if one.is_served(after)] == []

    told = {one.hint: one.message for one in await found(open_here, town) if one.about == "index"}
    assert told["create index booking_booking_customer_id on booking_booking (customer_id)"] == (
        "Booking.customer (booking) is a link without an index"
    )
    assert {
        message for hint, message in told.items() if hint and hint.startswith("if it is asked for often: ")
    } == {
        f"{what} alone reads all of {table}, about 20,000 rows"
        for what, table in (
            ("a filter by Customer.createdAt (core)", "core_customer"),
            ("a filter by Customer.email (core)", "core_customer"),
            ("an order by Customer.email (core)", "core_customer"),
            ("a filter by Transaction.total (core)", "core_transaction"),
            ("a filter by Stay.capacity (booking)", "booking_stay"),
            ("a search in Demand.answers (core)", "core_demand"),
            ("a search in Scenario.search (core)", "core_scenario"),
        )
    }


async def test_what_has_a_stated_reason_gets_no_advice(open_here: OpenPlatform, town: Town) -> None:
    await town.connection.execute(LARGE, ["core_transaction", "core_demand", "core_customer"])
    assert {one.level for one in await found(open_here, town)} == {"fine"}


@pytest.mark.parametrize(
    "columns", ["(reason, name)", "(name) where name <> ''", "using hash (name)", "(lower(name))"]
)
async def test_an_index_that_does_not_begin_with_the_column_is_none(town: Town, columns: str) -> None:
    rows = town.connection
    await rows.execute(f"create table public.shelf (name text, reason text); create index on shelf {columns}")
    inspection = await inspect_database(rows)
    assert not inspection.has_index("shelf", ["name"])
    await rows.execute("create index on shelf (name) where name is not null")
    assert (await inspect_database(rows)).has_index("shelf", ["name"])
