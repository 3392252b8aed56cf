"""The same parts of the schema written the usual way: Strawberry resolvers and data loaders over Tortoise.

It is written with care, so that the comparison is fair: one statement per loader and level, pages cut in the database,
nothing loaded twice in a request. It is spared what Serai does besides: tokens, access rules, logs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info
from tortoise.functions import Count, Sum
from tortoise.queryset import QuerySet

from serai.core.customers.models import Customer as CustomerRow
from serai.core.demands.models import Demand as DemandRow
from serai.core.demands.models import DemandStatus
from serai.core.scenarios.models import Scenario as ScenarioRow
from serai.core.transactions.models import Transaction as TransactionRow
from serai.core.transactions.models import TransactionStatus

CENTS = {"JPY": 0}

strawberry.enum(DemandStatus)
strawberry.enum(TransactionStatus)


def instant(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def typed(prefix: str, id: UUID) -> strawberry.ID:
    return strawberry.ID(f"{prefix}_{id.hex}")


@dataclass
class Loaders:
    """One request's loaders."""

    scenarios: DataLoader[UUID, ScenarioRow | None]
    customers: DataLoader[UUID, CustomerRow | None]
    transactions_of_customer: DataLoader[tuple[UUID, int], list[TransactionRow]]
    transactions_of_demand: DataLoader[tuple[UUID, int], list[TransactionRow]]
    demands_of_customer: DataLoader[tuple[UUID, int], list[DemandRow]]
    count_of_transactions_of_demand: DataLoader[UUID, int]
    count_of_demands_of_customer: DataLoader[UUID, int]


def make_loaders() -> Loaders:
    return Loaders(
        scenarios=DataLoader(by_id(ScenarioRow)),
        customers=DataLoader(by_id(CustomerRow)),
        transactions_of_customer=DataLoader(pages(TransactionRow, "customer_id", "placed_at desc, id desc")),
        transactions_of_demand=DataLoader(pages(TransactionRow, "demand_id", "placed_at desc, id desc")),
        demands_of_customer=DataLoader(pages(DemandRow, "customer_id", "id")),
        count_of_transactions_of_demand=DataLoader(counts(TransactionRow, "demand_id")),
        count_of_demands_of_customer=DataLoader(counts(DemandRow, "customer_id")),
    )


def by_id(model: Any) -> Callable[[list[UUID]], Awaitable[list[Any]]]:
    async def load(ids: list[UUID]) -> list[Any]:
        found = {row.id: row for row in await model.filter(id__in=ids)}
        return [found.get(id) for id in ids]

    return load


def pages(
    model: Any, link: str, order: str
) -> Callable[[list[tuple[UUID, int]]], Awaitable[list[list[Any]]]]:
    """The first rows of each parent, in SQL: the ORM has no words for it, and loading all of them would be slow."""

    async def load(keys: list[tuple[UUID, int]]) -> list[list[Any]]:
        wanted = ", ".join(f"('{id}'::uuid, {size})" for id, size in keys)
        rows = await model.raw(
            f"select found.* from (values {wanted}) as parent(id, size) cross join lateral ("
            f"select * from {model._meta.db_table} row where row.{link} = parent.id "
            f"order by {order} limit parent.size) found"
        )
        found: dict[UUID, list[Any]] = defaultdict(list)
        for row in rows:
            found[getattr(row, link)].append(row)
        return [found[id] for id, _ in keys]

    return load


def counts(model: Any, link: str) -> Callable[[list[UUID]], Awaitable[list[int]]]:
    async def load(ids: list[UUID]) -> list[int]:
        rows = await (
            model.filter(**{f"{link}__in": ids})
            .annotate(rows=Count("id"))
            .group_by(link)
            .values_list(link, "rows")
        )
        found = dict(rows)
        return [found.get(id, 0) for id in ids]

    return load


def loaders(info: Info[Any, Any]) -> Loaders:
    found: Loaders = info.context["loaders"]
    return found


@strawberry.type
class Money:
    amount: Decimal
    currency: str


def money(minor: int, currency: str) -> Money:
    return Money(amount=Decimal(minor).scaleb(-CENTS.get(currency, 2)), currency=currency)


@strawberry.type
class Scenario:
    id: strawberry.ID
    name: str

    @classmethod
    def of(cls, row: ScenarioRow) -> Scenario:
        return cls(id=typed("scn", row.id), name=row.name)


@strawberry.type
class Transaction:
    row: strawberry.Private[TransactionRow]
    id: strawberry.ID
    number: str
    status: TransactionStatus
    channel: str
    placed_at: datetime

    @strawberry.field
    def total(self) -> Money:
        return money(self.row.total_minor, self.row.total_currency)

    @strawberry.field
    async def scenario(self, info: Info[Any, Any]) -> Scenario | None:
        if self.row.scenario_id is None:
            return None
        row = await loaders(info).scenarios.load(self.row.scenario_id)
        return Scenario.of(row) if row else None

    @strawberry.field
    async def customer(
        self, info: Info[Any, Any]
    ) -> Annotated[Customer, strawberry.lazy("bench.conventional")] | None:
        row = await loaders(info).customers.load(self.row.customer_id)
        return Customer.of(row) if row else None

    @classmethod
    def of(cls, row: TransactionRow) -> Transaction:
        return cls(
            row=row,
            id=typed("trx", row.id),
            number=row.number,
            status=row.status,
            channel=row.channel,
            placed_at=row.placed_at,
        )


@strawberry.type
class TransactionConnection:
    nodes: list[Transaction]


@strawberry.type
class CountedTransactionConnection:
    demand_id: strawberry.Private[UUID]
    size: strawberry.Private[int]

    @strawberry.field
    async def nodes(self, info: Info[Any, Any]) -> list[Transaction]:
        rows = await loaders(info).transactions_of_demand.load((self.demand_id, self.size))
        return [Transaction.of(row) for row in rows]

    @strawberry.field
    async def total_count(self, info: Info[Any, Any]) -> int:
        return await loaders(info).count_of_transactions_of_demand.load(self.demand_id)


@strawberry.type
class Demand:
    row: strawberry.Private[DemandRow]
    id: strawberry.ID
    status: DemandStatus
    created_at: datetime

    @strawberry.field
    def budget(self) -> Money | None:
        if self.row.budget_minor is None or self.row.budget_currency is None:
            return None
        return money(self.row.budget_minor, self.row.budget_currency)

    @strawberry.field
    async def scenario(self, info: Info[Any, Any]) -> Scenario | None:
        row = await loaders(info).scenarios.load(self.row.scenario_id)
        return Scenario.of(row) if row else None

    @strawberry.field
    def transactions(self, first: int = 20) -> CountedTransactionConnection:
        return CountedTransactionConnection(demand_id=self.row.id, size=first)

    @classmethod
    def of(cls, row: DemandRow) -> Demand:
        return cls(row=row, id=typed("dem", row.id), status=row.status, created_at=row.created_at)


@strawberry.type
class DemandConnection:
    customer_id: strawberry.Private[UUID]
    size: strawberry.Private[int]

    @strawberry.field
    async def nodes(self, info: Info[Any, Any]) -> list[Demand]:
        rows = await loaders(info).demands_of_customer.load((self.customer_id, self.size))
        return [Demand.of(row) for row in rows]

    @strawberry.field
    async def total_count(self, info: Info[Any, Any]) -> int:
        return await loaders(info).count_of_demands_of_customer.load(self.customer_id)


@strawberry.type
class Customer:
    row: strawberry.Private[CustomerRow]
    id: strawberry.ID
    name: str
    email: str | None
    locale: str
    created_at: datetime

    @strawberry.field
    async def transactions(self, info: Info[Any, Any], first: int = 20) -> TransactionConnection:
        rows = await loaders(info).transactions_of_customer.load((self.row.id, first))
        return TransactionConnection(nodes=[Transaction.of(row) for row in rows])

    @strawberry.field
    def demands(self, first: int = 20) -> DemandConnection:
        return DemandConnection(customer_id=self.row.id, size=first)

    @classmethod
    def of(cls, row: CustomerRow) -> Customer:
        return cls(
            row=row,
            id=typed("cus", row.id),
            name=row.name,
            email=row.email,
            locale=row.locale,
            created_at=row.created_at,
        )


@strawberry.type
class CustomerConnection:
    nodes: list[Customer]


@strawberry.enum
class Direction(StrEnum):
    ASC = "ASC"
    DESC = "DESC"


@strawberry.input
class DateTimeFilter:
    gte: datetime | None = None
    lt: datetime | None = None


@strawberry.input
class StatusFilter:
    eq: TransactionStatus | None = None


@strawberry.input
class CustomerWhere:
    created_at: DateTimeFilter | None = None


@strawberry.input
class CustomerOrderBy:
    created_at: Direction | None = None


@strawberry.input
class TransactionWhere:
    status: StatusFilter | None = None
    placed_at: DateTimeFilter | None = None


@strawberry.input
class TransactionOrderBy:
    placed_at: Direction | None = None


@strawberry.type
class Keys:
    channel: str


@strawberry.type
class Sums:
    total: list[Money]


@strawberry.type
class Aggregate:
    count: int
    sum: Sums


@strawberry.type
class Group:
    keys: Keys
    aggregate: Aggregate


@strawberry.type
class Groups:
    nodes: list[Group]


@strawberry.input
class GroupBy:
    channel: bool | None = None


@strawberry.input
class KeysOrderBy:
    channel: Direction | None = None


@strawberry.input
class GroupOrderBy:
    keys: KeysOrderBy | None = None


@strawberry.type
class FilteredTransactionConnection:
    rows: strawberry.Private[QuerySet[TransactionRow]]
    size: strawberry.Private[int]

    @strawberry.field
    async def nodes(self) -> list[Transaction]:
        return [Transaction.of(row) for row in await self.rows.limit(self.size)]

    @strawberry.field
    async def total_count(self) -> int:
        return await self.rows.count()

    @strawberry.field
    async def groups(
        self,
        by: list[GroupBy],
        order_by: Annotated[list[GroupOrderBy], strawberry.argument(name="orderBy")],
        first: int = 20,
    ) -> Groups:
        rows = await (
            self.rows.annotate(rows=Count("id"), total=Sum("total_minor"))
            .group_by("channel", "total_currency")
            .order_by("channel", "total_currency")
            .values_list("channel", "total_currency", "rows", "total")
        )
        groups: dict[str, Group] = {}
        for channel, currency, count, total in rows:
            group = groups.setdefault(
                channel, Group(keys=Keys(channel=channel), aggregate=Aggregate(count=0, sum=Sums(total=[])))
            )
            group.aggregate.count += count
            group.aggregate.sum.total.append(money(int(total), currency))
        return Groups(nodes=list(groups.values())[:first])


@strawberry.input
class MoneyInput:
    amount: Decimal
    currency: str


@strawberry.input
class DemandOpenInput:
    customer: strawberry.ID
    scenario: strawberry.ID
    budget: MoneyInput


@strawberry.type
class UserError:
    code: str
    message: str


@strawberry.type
class DemandOpenPayload:
    demand: Demand
    user_errors: list[UserError]


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def demand_open(self, input: DemandOpenInput) -> DemandOpenPayload:
        now = datetime.now(UTC)
        row = await DemandRow.create(
            created_at=now,
            updated_at=now,
            customer_id=UUID(input.customer.removeprefix("cus_")),
            scenario_id=UUID(input.scenario.removeprefix("scn_")),
            budget_minor=int(input.budget.amount.scaleb(CENTS.get(input.budget.currency, 2))),
            budget_currency=input.budget.currency,
        )
        return DemandOpenPayload(demand=Demand.of(row), user_errors=[])


@strawberry.type
class Query:
    @strawberry.field
    async def customer(self, id: strawberry.ID) -> Customer | None:
        row = await CustomerRow.get_or_none(id=UUID(id.removeprefix("cus_")))
        return Customer.of(row) if row else None

    @strawberry.field
    async def customers(
        self,
        first: int = 20,
        where: CustomerWhere | None = None,
        order_by: Annotated[list[CustomerOrderBy] | None, strawberry.argument(name="orderBy")] = None,
    ) -> CustomerConnection:
        rows = CustomerRow.all()
        if where and where.created_at and where.created_at.gte:
            rows = rows.filter(created_at__gte=where.created_at.gte)
        for one in order_by or ():
            rows = rows.order_by("created_at" if one.created_at is Direction.ASC else "-created_at", "id")
        return CustomerConnection(nodes=[Customer.of(row) for row in await rows.limit(first)])

    @strawberry.field
    def transactions(
        self,
        first: int = 20,
        where: TransactionWhere | None = None,
        order_by: Annotated[list[TransactionOrderBy] | None, strawberry.argument(name="orderBy")] = None,
    ) -> FilteredTransactionConnection:
        rows = TransactionRow.all()
        if where and where.status and where.status.eq:
            rows = rows.filter(status=where.status.eq)
        if where and where.placed_at and where.placed_at.gte:
            rows = rows.filter(placed_at__gte=where.placed_at.gte)
        if where and where.placed_at and where.placed_at.lt:
            rows = rows.filter(placed_at__lt=where.placed_at.lt)
        for one in order_by or ():
            sign = "" if one.placed_at is Direction.ASC else "-"
            rows = rows.order_by(f"{sign}placed_at", f"{sign}id")
        return FilteredTransactionConnection(rows=rows, size=first)


class Endpoint(GraphQL[Any, Any]):
    async def get_context(self, request: Any, response: Any) -> dict[str, Any]:
        return {"request": request, "response": response, "loaders": make_loaders()}


def create_app() -> Starlette:
    """The ASGI application; the ORM is opened by whoever serves it."""
    schema = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        config=StrawberryConfig(
            scalar_map={
                datetime: strawberry.scalar(
                    name="DateTime", serialize=instant, parse_value=datetime.fromisoformat
                )
            }
        ),
    )
    routes: Sequence[Route] = [Route("/graphql", Endpoint(schema, graphql_ide=None), methods=["POST"])]
    return Starlette(routes=routes)
