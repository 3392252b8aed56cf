"""The engine and the reference on one database: what both are asked, and by whom."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from graphql import ArgumentNode, DocumentNode, StringValueNode, VariableNode, Visitor, parse, visit

from serai.core.calls import Context
from serai.core.customers.contributions import sources
from serai.core.plugin import plugin as core
from serai.graph.compiling import Compiling
from serai.graph.compose import compose
from serai.graph.execute import Engine
from serai.graph.registry import Registry
from serai.graph.resolve import Contribution, resolve
from serai.storage import OrmApp, Pool, migrate, open_orm
from serai.viewers import ANONYMOUS, Viewer
from serai_booking.plugin import plugin as booking
from serai_sdk import Graph, Storage

from . import echo, world
from .drafts import ODD_WORDS
from .executor import Answer, Reference
from .rows import Tables, read_tables
from .searching import LETTERS, LONGEST, SEARCHED, is_unspaced, words

PLUGINS = (core, booking)
OPERATOR = "operator"
POOL = 4
SEARCHED_TABLES = (
    "core_scenario",
    "core_provider",
    "core_offer",
    "core_customer",
    "core_demand",
    "core_transaction",
)


@dataclass(frozen=True, slots=True)
class House:
    """One database, asked in two ways."""

    pool: Pool
    registry: Registry
    reference: Reference
    engine: Engine
    viewers: Mapping[str, Viewer]

    def new_engine(self) -> Engine:
        """An engine that remembers no plan; it knows the documents that the first one has read."""
        made = Engine(
            self.registry,
            self.engine.schema,
            self.pool,
            mutate=self.engine.mutate,
            call_context=self.engine.call_context,
            row_budget=self.engine.row_budget,
            field_timeout_s=self.engine.running.field_timeout_s,
        )
        made.reading.documents = self.engine.reading.documents
        return made

    async def ask(
        self, engine: Engine, document: str, variables: Mapping[str, Any], viewer: Viewer
    ) -> dict[str, Any]:
        """The engine's whole answer."""
        result = await engine.execute(document, dict(variables), None, viewer)
        answer: dict[str, Any] = json.loads(result.body)
        return answer

    async def expect(
        self, document: str, variables: Mapping[str, Any], viewers: Mapping[str, Viewer]
    ) -> dict[str, Answer]:
        """The reference's answers to several viewers."""
        parsed = parse(document)
        await learn_ranks(self.reference.tables, self.pool, texts_searched(parsed, variables))
        return {name: self.reference.execute(parsed, variables, viewer) for name, viewer in viewers.items()}


async def build(dsn: str) -> None:
    """The tables of the core and of booking, and the small world in them."""
    await migrate(dsn, apps())
    await world.insert(dsn, world.build())


def apps() -> dict[str, OrmApp]:
    """The apps of both plug-ins."""
    return {
        one.id: OrmApp(list(storage.models), storage.migrations)
        for one in PLUGINS
        if isinstance(storage := one.storage(), Storage)
    }


@asynccontextmanager
async def open_house(dsn: str) -> AsyncIterator[House]:
    """Both ways to ask, on a database that ``build`` has filled."""
    orm = await open_orm(dsn, apps(), pool_size=1)
    with orm.active():
        tables = await read_tables()
    await orm.close()
    pool = await Pool.open(dsn, size=POOL, timeout_s=600)
    await learn_stems(tables, pool)
    registry, problems = resolve(
        [*(Contribution(one.id, _graphs(one.graph())) for one in PLUGINS), Contribution("echo", [echo.GRAPH])]
    )
    assert not problems, problems
    schema = compose(registry, federation=True)
    standing, problems = sources(registry, {one.id: _graphs(one.graph()) for one in PLUGINS})
    assert not problems, problems

    def context(viewer: Any) -> Context:
        return Context(viewer, now=datetime.now(UTC), pool=pool, sight=engine, timelines=standing)

    async def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("nothing is changed here")

    engine = Engine(
        registry,
        schema.core,
        pool,
        mutate=refuse,
        call_context=context,
        row_budget=10_000_000,
        field_timeout_s=600,
        cache_size=10_000,
    )
    # every query is new here: that they take turns is not what is tried
    engine.reading.compiling = Compiling(lambda: False, patience_s=60)
    try:
        yield House(
            pool, registry, Reference(schema.sdl + _entities(registry), tables), engine, viewers(tables)
        )
    finally:
        await pool.close()


STEMS = "select word, (ts_lexize('english_stem', word))[1] as stem from unnest($1::text[]) word"


async def learn_stems(tables: Tables, pool: Pool) -> None:
    """The stems of all words that rows are searched by, and of their beginnings."""
    found = {
        word[:length]
        for noun, columns in SEARCHED.items()
        for row in tables.all(noun)
        for column in columns
        if row.columns.get(column)
        for word in words(row[column])
        for length in range(1, min(len(word), LONGEST) + 1)
        if not is_unspaced(word)
    }
    rows = await pool.fetch(
        STEMS, [*found, *(word[:LONGEST] for one in ODD_WORDS for word in words(one[:LETTERS]))]
    )
    tables.stems.known |= {row["word"]: row["stem"] for row in rows}


def texts_searched(document: DocumentNode, variables: Mapping[str, Any]) -> set[str]:
    """What a document searches for."""
    found: set[str] = set()

    class Searches(Visitor):
        def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
            if node.name.value != "search":
                return
            given: Any = node.value
            text = variables.get(given.name.value) if isinstance(given, VariableNode) else None
            text = given.value if isinstance(given, StringValueNode) else text
            if isinstance(text, str):
                found.add(text)

    visit(document, Searches())
    return found


RANKS = """
select row.id, (1000000::float8 * ts_rank(row.search_vector, asked.query, 1)
       * case when row.search_vector @@ asked.exact then 2 else 1 end)::bigint as rank
from {table} row cross join (select serai_search_query($1) as query, serai_search_exact($1) as exact) asked
"""


async def learn_ranks(tables: Tables, pool: Pool, texts: set[str]) -> None:
    """How well each row that can be searched matches: what PostgreSQL says of it, twice that if it is as written."""
    for text in texts - tables.ranked:
        asked = text[:LETTERS].replace("\x00", " ")
        for name in SEARCHED_TABLES:
            for row in await pool.fetch(RANKS.format(table=name), asked):
                tables.ranks[text, row["id"]] = row["rank"]
        tables.ranked.add(text)


def viewers(tables: Tables) -> dict[str, Viewer]:
    """One viewer of each kind, staff of each role."""
    customer = next(iter(tables.all("Customer")))
    member = next(iter(tables.all("ProviderMember")))
    found = {
        "anonymous": ANONYMOUS,
        "customer": Viewer(kind="customer", customer_id=customer.id, principal_id=customer["principal_id"]),
        "provider": Viewer(
            kind="provider", provider_id=member["provider_id"], principal_id=member["principal_id"]
        ),
    }
    for staff in tables.all("Staff"):
        role = tables.get("Role", staff["role_id"])
        assert role is not None
        found.setdefault(
            role["name"],
            Viewer(
                kind="staff",
                staff_id=staff.id,
                principal_id=staff["principal_id"],
                permissions=frozenset(role["permissions"]),
            ),
        )
    app = next(one for one in tables.all("Principal") if one["kind"] == "APP")
    found["app"] = Viewer(kind="app", principal_id=app.id, permissions=frozenset(app["granted"]))
    return found


def other_viewers(tables: Tables, draw: Random) -> dict[str, Viewer]:
    """An operator, and seven viewers as they come: any customer, any member, apps and staff with any permissions."""
    found = {name: one for name, one in viewers(tables).items() if name in (OPERATOR, "anonymous")}
    permissions = sorted({one for given in world.PERMISSIONS.values() for one in given})
    customers, members = list(tables.all("Customer")), list(tables.all("ProviderMember"))
    for number in range(2):
        customer, member = draw.choice(customers), draw.choice(members)
        found[f"customer {number}"] = Viewer(
            kind="customer", customer_id=customer.id, principal_id=customer["principal_id"]
        )
        found[f"provider {number}"] = Viewer(
            kind="provider", provider_id=member["provider_id"], principal_id=member["principal_id"]
        )
        staff = draw.choice(list(tables.all("Staff")))
        found[f"staff {number}"] = Viewer(
            kind="staff",
            staff_id=staff.id,
            principal_id=staff["principal_id"],
            permissions=frozenset(draw.sample(permissions, draw.randrange(len(permissions)))),
        )
    return found


def _entities(registry: Registry) -> str:
    """What a subgraph has besides."""
    types = " | ".join(sorted(name for name, one in registry.entities.items() if not one.kinds))
    return f"""
      scalar _Any
      union _Entity = {types}
      extend type Query {{ _entities(representations: [_Any!]!): [_Entity]! }}
    """


def _graphs(given: Any) -> list[Graph]:
    return [given] if isinstance(given, Graph) else list(given)
