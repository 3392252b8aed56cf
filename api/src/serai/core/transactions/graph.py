"""Transactions and their lines in the graph."""

from __future__ import annotations

from datetime import datetime

from serai.core.offers.models import ServiceUnit
from serai_sdk import (
    JSON,
    Graph,
    Money,
    Timeline,
    attribute,
    column,
    connection,
    count_of,
    entity,
    external_refs,
    lookup,
    sql,
    subscription,
    sum_of,
    to_many,
    to_one,
)

from .access import SEE_LINE, SEE_TRANSACTION
from .models import Transaction as TransactionRow
from .models import TransactionLine as TransactionLineRow
from .models import TransactionStatus
from .mutations import MUTATIONS
from .states import LIFE

LATER = "lists are by status and placed_at; an index of each instant would slow every transaction"


@entity(TransactionRow, prefix="trx", access=SEE_TRANSACTION, search={"number": "A"})
class Transaction:
    """What a customer and a provider agreed: lines, money and a strict life cycle."""

    number: str = column("The number people use, unique.")
    customer = to_one(
        "Customer", "Who buys. A provider sees it while the transaction is placed or confirmed."
    )
    provider = to_one("Provider", "Who sells.")
    scenario = to_one("Scenario", "The scenario it belongs to.")
    demand = to_one("Demand", "The demand it answers.")
    status: TransactionStatus = column("Where it is in its life.")
    next_states: list[TransactionStatus] = sql(LIFE.sql(), "The states that may follow.")
    total: Money = column("The sum of its lines.")
    channel: str = column(
        "Where it was placed, such as `web`.", unindexed="a few channels: each has too many rows for an index"
    )
    placed_at: datetime = column("When it was placed.")
    confirmed_at: datetime | None = column("When the provider confirmed it.", unindexed=LATER)
    fulfilled_at: datetime | None = column("When it was fulfilled.", unindexed=LATER)
    cancelled_at: datetime | None = column("When it was cancelled.", unindexed=LATER)
    cancel_reason: str | None = column(
        "Why it was cancelled.", personal=True, unindexed="free text of a few rows"
    )
    refs = external_refs()
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")

    lines = to_many("TransactionLine", "What was sold, in order.", by="transaction", order=("position",))
    line_count: int = count_of("lines", "How many lines it has.")
    quantity: int = sum_of("lines", "quantity", "How many units its lines have in all.")


@entity(
    TransactionLineRow,
    prefix="lin",
    access=SEE_LINE,
    unindexed="lines are read below their transaction or offer",
)
class TransactionLine:
    """One thing sold, kept as it was when it was sold."""

    transaction = to_one("Transaction", "The transaction it belongs to.")
    position: int = column("Its place in the transaction, from 1.")
    title: str = column("What was sold.")
    quantity: int = column("How many units.")
    unit_price: Money = column("What one unit cost.")
    amount: Money = column("What the line cost: quantity times price of a unit.")
    offer = to_one("Offer", "The offer that was sold, if it is still to be seen.")
    offer_kind: str | None = column("Which kind of offer was sold.")
    snapshot: JSON = column("The offer as it was then.")
    sold_unit: ServiceUnit | None = attribute("snapshot", "unit", "What one unit of it was, of a service.")
    sold_duration_minutes: int | None = attribute(
        "snapshot", "durationMinutes", "How long one unit took, of a service."
    )
    offer_version: int | None = attribute("snapshot", "offerVersion", "Which version of the offer was sold.")
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")


TIMELINES = tuple(
    Timeline("Transaction", customer="customer", at=at, kind=f"transaction.{what}", title=title)
    for what, at, title in (
        ("placed", "placed_at", "Placed a transaction"),
        ("confirmed", "confirmed_at", "A transaction was confirmed"),
        ("fulfilled", "fulfilled_at", "A transaction was fulfilled"),
        ("cancelled", "cancelled_at", "A transaction was cancelled"),
    )
)

GRAPH = Graph(
    entities=(Transaction, TransactionLine),
    subscriptions=(
        subscription(
            "transactionChanged",
            "Transaction",
            "The transaction, again after each time something happened to it, as far as you may see it.",
            events=("transaction.*",),
        ),
    ),
    queries=(
        connection("transactions", "Transaction", "All transactions one may see."),
        lookup("transaction", "Transaction", "One transaction by its id."),
    ),
    mutations=MUTATIONS,
    timelines=TIMELINES,
)
