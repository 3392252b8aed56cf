"""Databases that grow: each holds ten times the customers and transactions of the one before, made by SQL from it."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

import asyncpg

from serai.app import Assembly

from . import reference

SMALLEST = 10_000
"""Transactions in the first; the reference database at a twentieth of its size."""

# Rows are copied under ids in which three digits are replaced, so that a copy of a transaction finds the copy of its
# customer. Two ids that differ in nothing else do not occur: the rest is 62 random bits.
COPY_CUSTOMERS = """
insert into core_customer (id, created_at, updated_at, version, name, kind, attributes, locale, source_channel)
select overlay(c.id::text placing '8' || tag.digits from 20 for 4)::uuid,
       c.created_at + tag.shift, c.created_at + tag.shift, 1, c.name, c.kind, '{}', c.locale, c.source_channel
from core_customer c cross join (%s) tag
on conflict do nothing
"""
COPY_TRANSACTIONS = """
insert into core_transaction (id, created_at, updated_at, version, customer_id, provider_id, scenario_id, number,
                              status, total_minor, total_currency, channel, placed_at, confirmed_at, fulfilled_at,
                              cancelled_at)
select overlay(t.id::text placing '8' || tag.digits from 20 for 4)::uuid,
       t.created_at + tag.shift, t.created_at + tag.shift, 1,
       overlay(t.customer_id::text placing '8' || tag.digits from 20 for 4)::uuid,
       t.provider_id, t.scenario_id, t.number || '-' || tag.digits, t.status, t.total_minor, t.total_currency,
       t.channel, t.placed_at + tag.shift, t.confirmed_at, t.fulfilled_at, t.cancelled_at
from core_transaction t cross join (%s) tag
on conflict do nothing
"""
TAGS = """
select lpad(to_hex(%d * 16 + n), 3, '0') as digits, n * interval '7 minutes' / %d as shift from generate_series(1, 9) n
"""


async def growing_database(server_url: str, assembly: Assembly, *, transactions: int) -> str:
    """The URL of the database with about so many transactions: 10,000 times a power of ten; it is kept."""
    url = await reference.reference_database(server_url, assembly, scale=0.05)
    name, size, step = urlsplit(url).path.lstrip("/"), SMALLEST, 0
    maintenance = await asyncpg.connect(server_url)
    try:
        wanted = await _comment(maintenance, name)
        while size < transactions:
            size, step = size * 10, step + 1
            larger = f"growth_{size}"
            url = urlunsplit(urlsplit(url)._replace(path=f"/{larger}"))
            if await _comment(maintenance, larger) != wanted:
                await maintenance.execute(f'drop database if exists "{larger}"')
                await maintenance.execute(f'create database "{larger}" template "{name}"')
                await _grow(url, step)
                await maintenance.execute(f"comment on database \"{larger}\" is '{wanted}'")
            name = larger
    finally:
        await maintenance.close()
    return url


async def _comment(connection: asyncpg.Connection[asyncpg.Record], name: str) -> str | None:
    found: str | None = await connection.fetchval(
        "select shobj_description(oid, 'pg_database') from pg_database where datname = $1", name
    )
    return found


async def _grow(url: str, step: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        tags = TAGS % (step, 10**step)
        for copy in (COPY_CUSTOMERS, COPY_TRANSACTIONS):
            await connection.execute(copy % tags, timeout=3600)
        await connection.execute("vacuum analyze core_customer, core_transaction", timeout=3600)
    finally:
        await connection.close()
