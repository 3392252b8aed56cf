"""The demo data: the same for the same seed, as much as promised, and possible."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import asyncpg

from serai.core.demo.build import build
from serai.core.demo.context import DemoContext
from serai.core.forms.answers import check
from serai.core.forms.questions import read
from serai_testkit.pytest_plugin import CloneDatabase

TABLES = """
select relname
from pg_class
where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not in ('tortoise_migrations', 'core_role')
"""

ANSWERED = """
select d.answers || d.personal_answers as answers, d.personal_answers, v.questions
from core_demand d
join core_form_version v on v.id = d.form_version_id
join core_scenario s on s.id = d.scenario_id and s.form_id = v.form_id
"""

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)

COUNTS = {
    "core_provider": (40, 40), "core_customer": (2_000, 2_000), "core_offer": (150, 150), "core_service": (150, 150),
    "core_demand": (5_000, 5_000), "core_transaction": (16_000, 16_000), "core_transaction_line": (24_000, 64_000),
    "core_staff": (4, 20), "core_scenario": (8, 10), "core_form": (8, 10), "core_form_version": (8, 30),
    "core_proposal": (5_000, 9_000), "core_proposal_message": (2_000, 9_000), "core_demand_event": (15_000, 25_000),
    "core_customer_address": (1_000, 2_000), "core_customer_consent": (3_000, 5_000),
    "core_customer_tag": (700, 2_000), "core_customer_note": (50, 200),
}  # fmt: skip

IMPOSSIBLE = {
    "a total that is not the sum of its lines": """
        select t.id from core_transaction t join core_transaction_line l on l.transaction_id = t.id
        group by t.id having t.total_minor <> sum(l.amount_minor)
    """,
    "a purchase before the customer joined": """
        select t.id from core_transaction t join core_customer c on c.id = t.customer_id
        where t.placed_at < c.created_at
    """,
    "a sale before the offer was made, or of somebody else's": """
        select l.id from core_transaction_line l
        join core_transaction t on t.id = l.transaction_id
        join core_offer o on o.id = l.offer_id
        where o.created_at > t.placed_at or o.provider_id <> t.provider_id
    """,
    "a demand answered by another's transaction": """
        select t.id from core_transaction t join core_demand d on d.id = t.demand_id
        where d.customer_id <> t.customer_id or d.awarded_provider_id <> t.provider_id
           or (d.status = 'FULFILLED') <> (t.status = 'FULFILLED')
    """,
    "an award without a transaction": """
        select d.id from core_demand d left join core_transaction t on t.demand_id = d.id
        where d.status in ('AWARDED', 'FULFILLED') and t.id is null
    """,
    "something of the future": f"""
        select id from core_transaction where greatest(placed_at, confirmed_at, fulfilled_at, cancelled_at, updated_at)
        > '{NOW.isoformat()}'
        union all
        select id from core_demand where greatest(created_at, updated_at) > '{NOW.isoformat()}'
        union all
        select id from core_customer where greatest(created_at, updated_at) > '{NOW.isoformat()}'
    """,
    "a proposal to a demand of another time, or beyond its window": """
        select p.id from core_proposal p join core_demand d on d.id = p.demand_id
        where p.created_at < d.created_at or p.valid_until <= p.created_at or p.valid_until > d.window_end
    """,
    "an awarded proposal that is not what was bought": """
        select p.id from core_proposal p join core_transaction t on t.id = p.transaction_id
        where t.demand_id <> p.demand_id or t.provider_id <> p.provider_id
           or (t.total_minor, t.total_currency) <> (p.price_minor, p.price_currency)
    """,
    "a proposal that is open though its demand is over": """
        select p.id from core_proposal p join core_demand d on d.id = p.demand_id
        where p.status = 'SUBMITTED' and d.status not in ('OPEN', 'PROPOSED')
    """,
    "a demand that is proposed by nobody, or open and proposed": """
        select d.id from core_demand d
        where (d.status = 'PROPOSED') <> (
          d.status in ('OPEN', 'PROPOSED')
          and exists (select from core_proposal p where p.demand_id = d.id)
          and not exists (select from core_transaction t where t.demand_id = d.id)
        )
    """,
    "a message from before its proposal": """
        select m.id from core_proposal_message m join core_proposal p on p.id = m.proposal_id
        where m.created_at < p.created_at
    """,
    "a history that does not begin with its beginning": """
        select demand_id from core_demand_event group by demand_id
        having (array_agg(kind order by at))[1] <> 'OPENED'
    """,
    "a demand whose history ends otherwise": """
        select d.id from core_demand d
        join (select demand_id, (array_agg(kind order by at))[count(*)] as kind from core_demand_event group by 1) e
          on e.demand_id = d.id
        where d.status in ('AWARDED', 'FULFILLED', 'LAPSED', 'CANCELLED') and d.status <> e.kind
    """,
    "an order of times that cannot be": """
        select id from core_transaction
        where confirmed_at < placed_at or fulfilled_at < confirmed_at or cancelled_at < placed_at
    """,
}


BY_CUSTOMER = """
select count(t.id) as bought
from core_customer c left join core_transaction t on t.customer_id = c.id
group by c.id
"""

LIVES = {
    "the share of purchases made by the one in a hundred that buys most": (
        f"""
        select (select sum(bought) from (select * from ({BY_CUSTOMER}) order by 1 desc limit 20)) / 16000.0
        """,
        0.15, 0.4,
    ),
    "customers that never bought": (f"select count(*) from ({BY_CUSTOMER}) where bought = 0", 50, 300),
    "the share that was refunded: cancelled after it was confirmed": (
        "select avg((confirmed_at is not null and cancelled_at is not null)::int) from core_transaction", 0.03, 0.12,
    ),
    "how much more a provider cancels in the three months before it is suspended": (
        """
        select avg((t.status = 'CANCELLED')::int) filter (where t.placed_at >= now_ - interval '120 days')
          / avg((t.status = 'CANCELLED')::int) filter (where t.placed_at < now_ - interval '300 days')
        from core_transaction t
        join core_provider p on p.id = t.provider_id and p.status = 'SUSPENDED',
        (select max(placed_at) as now_ from core_transaction)
        """,
        2, 20,
    ),
    "how much later it confirms": (
        """
        select extract(epoch from avg(confirmed_at - placed_at) filter (where placed_at >= now_ - interval '120 days'))
          / extract(epoch from avg(confirmed_at - placed_at) filter (where placed_at < now_ - interval '300 days'))
        from core_transaction t
        join core_provider p on p.id = t.provider_id and p.status = 'SUSPENDED',
        (select max(placed_at) as now_ from core_transaction)
        """,
        2, 10,
    ),
    "offers with a Chinese title": ("select count(*) from core_offer where title ~ '[一-龥]'", 20, 90),
    "demands noted in Chinese": ("select count(*) from core_demand where note ~ '[一-龥]'", 100, 800),
}  # fmt: skip
"""Life in it: a statement, and what its answer is between."""


async def fill(database: str, seed: int, **more: Any) -> dict[str, str]:
    """Fill a database; returns a digest of each table."""
    connection = await asyncpg.connect(database)
    async with connection.transaction():
        await build(DemoContext(connection, seed=seed, now=NOW, **more))
    digests = {
        row["relname"]: await connection.fetchval(
            f"select md5(string_agg(t::text, '|' order by t::text)) from {row['relname']} t"
        )
        for row in await connection.fetch(TABLES)
    }
    await connection.close()
    return digests


async def test_the_same_seed_and_scale_give_the_same_rows_whatever_is_in_memory_at_once(
    clone_database: CloneDatabase, database_template: str
) -> None:
    first, second, third, fourth = [await clone_database(database_template) for _ in range(4)]
    digests = await fill(first, 1, scale=0.1)
    assert await fill(second, 1, scale=0.1, chunk_rows=333) == digests
    assert await fill(third, 2, scale=0.1) != digests
    assert await fill(fourth, 1, scale=0.11) != digests


async def test_what_is_there_at_scale_1_is_as_much_as_promised_and_possible(
    clone_database: CloneDatabase, database_template: str
) -> None:
    database = await clone_database(database_template)
    await fill(database, 1)
    connection = await asyncpg.connect(database)
    for table, (least, most) in COUNTS.items():
        assert least <= await connection.fetchval(f"select count(*) from {table}") <= most, table
    for what, statement in IMPOSSIBLE.items():
        assert await connection.fetch(statement) == [], what
    for table, column in (
        ("core_demand", "status"),
        ("core_proposal", "status"),
        ("core_transaction", "status"),
        ("core_provider", "status"),
    ):
        found = {row[0] for row in await connection.fetch(f"select distinct {column} from {table}")}
        assert (
            len(found)
            == {"core_demand": 6, "core_proposal": 5, "core_transaction": 4, "core_provider": 6}[table]
        ), table
    assert await connection.fetchval("select count(distinct total_currency) from core_transaction") >= 6
    summer, winter = [
        await connection.fetchval(
            "select count(*) from core_transaction where extract(month from placed_at) = any($1::int[])",
            months,
        )
        for months in ([6, 7, 8], [12, 1, 2])
    ]
    assert summer > 1.4 * winter
    old, new = [
        await connection.fetchval(
            "select count(*) from core_transaction where placed_at between $1 and $2", *years
        )
        for years in ((NOW.replace(year=2024), NOW.replace(year=2025)), (NOW.replace(year=2025), NOW))
    ]
    assert new > 1.3 * old
    assert await connection.fetchval("select nextval('core_transaction_number')") == 16_001
    numbers = await connection.fetch("select number from core_transaction order by placed_at, number")
    assert [row["number"] for row in numbers] == [f"T-{number:08}" for number in range(1, 16_001)]
    for what, (statement, least, most) in LIVES.items():
        assert least <= await connection.fetchval(statement) <= most, what
    for row in await connection.fetch(ANSWERED):
        answers = json.loads(row["answers"])
        checked = check(read(json.loads(row["questions"])), answers)
        assert {**checked.plain, **checked.personal} == answers
        assert checked.personal == json.loads(row["personal_answers"])
    await connection.close()


def test_ids_are_version_7_and_of_their_time() -> None:
    nothing: Any = None
    id = DemoContext(nothing, seed=1, now=NOW).new_id(NOW)
    assert id != DemoContext(nothing, seed=2, now=NOW).new_id(NOW)
    assert (id.version, id.variant) == (7, "specified in RFC 4122")
    assert id.int >> 80 == int(NOW.timestamp() * 1000)
