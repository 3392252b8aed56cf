"""The same parts of the schema written the usual way: Strawberry resolvers and data loaders over Tortoise.

It is written with care, so that the comparison is fair: one statement per loader and level, pages cut in the database,
nothing loaded twice in a request. It is spared what Serai does besides: tokens, access rules, logs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
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
from tortoise.functions import Count

from serai.core.customers.models import Customer as CustomerRow
from serai.core.demands.models import Demand as DemandRow
from serai.core.demands.models import DemandStatus
from serai.core.offers.models import Offer as OfferRow
from serai.core.providers.models import Provider as ProviderRow
from serai.core.scenarios.models import Scenario as ScenarioRow
from serai.core.transactions.models import Transaction as TransactionRow
from serai.core.transactions.models import TransactionStatus
from serai_booking.models import Booking as BookingRow
from serai_booking.models import BookingStatus
from serai_booking.models import Stay as StayRow

CENTS = {"JPY": 0}

strawberry.enum(DemandStatus)
strawberry.enum(TransactionStatus)
strawberry.enum(BookingStatus)


def instant(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def typed(prefix: str, id: UUID) -> strawberry.ID:
    return strawberry.ID(f"{prefix}_{id.hex}")


@dataclass
class Loaders:
    """One request's loaders."""

    scenarios: DataLoader[UUID, ScenarioRow | None]
    providers: DataLoader[UUID, ProviderRow | None]
    stays: DataLoader[UUID, tuple[OfferRow, StayRow] | None]
    transactions_of_customer: DataLoader[tuple[UUID, int], list[TransactionRow]]
    transactions_of_demand: DataLoader[tuple[UUID, int], list[TransactionRow]]
    demands_of_customer: DataLoader[tuple[UUID, int], list[DemandRow]]
    bookings_of_customer: DataLoader[tuple[UUID, int], list[BookingRow]]
    count_of_transactions_of_demand: DataLoader[UUID, int]
    count_of_demands_of_customer: DataLoader[UUID, int]
    count_of_bookings_of_customer: DataLoader[UUID, int]


def make_loaders() -> Loaders:
    return Loaders(
        scenarios=DataLoader(by_id(ScenarioRow)),
        providers=DataLoader(by_id(ProviderRow)),
        stays=DataLoader(stays_by_id),
        transactions_of_customer=DataLoader(pages(TransactionRow, "customer_id", "placed_at desc, id desc")),
        transactions_of_demand=DataLoader(pages(TransactionRow, "demand_id", "placed_at desc, id desc")),
        demands_of_customer=DataLoader(pages(DemandRow, "customer_id", "id")),
        bookings_of_customer=DataLoader(pages(BookingRow, "customer_id", "check_in desc, id")),
        count_of_transactions_of_demand=DataLoader(counts(TransactionRow, "demand_id")),
        count_of_demands_of_customer=DataLoader(counts(DemandRow, "customer_id")),
        count_of_bookings_of_customer=DataLoader(counts(BookingRow, "customer_id")),
    )


def by_id(model: Any) -> Callable[[list[UUID]], Awaitable[list[Any]]]:
    async def load(ids: list[UUID]) -> list[Any]:
        found = {row.id: row for row in await model.filter(id__in=ids)}
        return [found.get(id) for id in ids]

    return load


async def stays_by_id(ids: list[UUID]) -> list[tuple[OfferRow, StayRow] | None]:
    offers = {row.id: row for row in await OfferRow.filter(id__in=ids)}
    stays = {row.id: row for row in await StayRow.filter(id__in=ids)}
    return [(offers[id], stays[id]) if id in stays else None for id in ids]


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
class Provider:
    id: strawberry.ID
    name: str

    @classmethod
    def of(cls, row: ProviderRow) -> Provider:
        return cls(id=typed("prv", row.id), name=row.name)


@strawberry.type
class Stay:
    row: strawberry.Private[OfferRow]
    id: strawberry.ID
    title: str
    capacity: int

    @strawberry.field
    async def provider(self, info: Info[Any, Any]) -> Provider | None:
        row = await loaders(info).providers.load(self.row.provider_id)
        return Provider.of(row) if row else None

    @classmethod
    def of(cls, offer: OfferRow, stay: StayRow) -> Stay:
        return cls(row=offer, id=typed("ofr", offer.id), title=offer.title, capacity=stay.capacity)


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
class Booking:
    row: strawberry.Private[BookingRow]
    id: strawberry.ID
    check_in: date
    check_out: date
    guests: int
    status: BookingStatus

    @strawberry.field
    async def stay(self, info: Info[Any, Any]) -> Stay | None:
        found = await loaders(info).stays.load(self.row.stay_id)
        return Stay.of(*found) if found else None

    @classmethod
    def of(cls, row: BookingRow) -> Booking:
        return cls(
            row=row,
            id=typed("bkg", row.id),
            check_in=row.check_in,
            check_out=row.check_out,
            guests=row.guests,
            status=row.status,
        )


@strawberry.type
class BookingConnection:
    customer_id: strawberry.Private[UUID]
    size: strawberry.Private[int]

    @strawberry.field
    async def nodes(self, info: Info[Any, Any]) -> list[Booking]:
        rows = await loaders(info).bookings_of_customer.load((self.customer_id, self.size))
        return [Booking.of(row) for row in rows]

    @strawberry.field
    async def total_count(self, info: Info[Any, Any]) -> int:
        return await loaders(info).count_of_bookings_of_customer.load(self.customer_id)


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

    @strawberry.field
    def bookings(self, first: int = 20) -> BookingConnection:
        return BookingConnection(customer_id=self.row.id, size=first)

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


@strawberry.input
class CustomerWhere:
    created_at: DateTimeFilter | None = None


@strawberry.input
class CustomerOrderBy:
    created_at: Direction | None = None


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


class Endpoint(GraphQL[Any, Any]):
    async def get_context(self, request: Any, response: Any) -> dict[str, Any]:
        return {"request": request, "response": response, "loaders": make_loaders()}


def create_app() -> Starlette:
    """The ASGI application; the ORM is opened by whoever serves it."""
    schema = strawberry.Schema(
        query=Query,
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
