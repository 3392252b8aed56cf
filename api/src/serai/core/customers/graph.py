"""Customers in the graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from serai_sdk import (
    JSON,
    CallCtx,
    Graph,
    arg,
    batched,
    column,
    connection,
    count_of,
    entity,
    external_refs,
    lookup,
    to_many,
    to_one,
)
from serai_sdk import Timeline as Standing

from .access import READ, SEE_CUSTOMER, SEE_PROFILE
from .models import Customer as CustomerRow
from .models import CustomerKind
from .mutations import MUTATIONS
from .timeline import MOST, Timeline, timelines

FEW = "a few values: each has too many rows for an index"


@entity(
    CustomerRow,
    prefix="cus",
    access=SEE_CUSTOMER,
    search={"name": "A", "email": "B", "phone": "C", "phone_e164": "C"},
)
class Customer:
    """A person or company with needs. Providers see name and contact of those they have a live transaction with."""

    name: str | None = column(
        "The full name of the person or company; null once it was forgotten.",
        personal=True,
        unindexed="found by search, ordered by an index of code points",
    )
    email: str | None = column("The address mails go to.", personal=True)
    phone: str | None = column(
        "The telephone number, as people write it.",
        personal=True,
        unindexed="as people write it: found by search and by phone_e164",
    )
    phone_e164: str | None = column(
        "The telephone number in one form (E.164, such as `+41446681800`), to look it up by; null if it is none "
        "that is assigned in its region.",
        personal=True,
        unindexed="looked up by an index; its order means nothing",
    )
    kind: CustomerKind | None = column("A person or a company.", access=SEE_PROFILE, unindexed=FEW)
    attributes: JSON | None = column(
        "What forms taught about it, by name.", access=SEE_PROFILE, personal=True
    )
    locale: str | None = column(
        "The language it reads, as a BCP 47 tag such as `de-CH`.", access=SEE_PROFILE, unindexed=FEW
    )
    source_channel: str | None = column("The channel it came from.", access=SEE_PROFILE, unindexed=FEW)
    inviter = to_one("Customer", "Who invited it.", access=SEE_PROFILE)
    principal = to_one("Principal", "Who signs in as it.", access=SEE_PROFILE)
    refs = external_refs(access=SEE_PROFILE)
    account_manager = to_one("Staff", "Who of the staff looks after it; for the staff only.")
    forgotten_at: datetime | None = column(
        "When all personal data was deleted, if it was; the row stays for the sums that refer to it.",
        access=READ,
        unindexed="few are, and an index would slow every customer",
    )
    created_at: datetime | None = column("When it was registered.", access=SEE_PROFILE)
    updated_at: datetime | None = column("When it was last changed.", access=SEE_PROFILE)
    version: int | None = column("Goes up by one with every change.", access=SEE_PROFILE)

    invitees = to_many("Customer", "Whom it invited.", by="inviter")
    demands = to_many("Demand", "What it needs, or needed.", by="customer")
    transactions = to_many(
        "Transaction", "What it bought, latest first.", by="customer", order=("-placed_at",)
    )
    invitee_count: int = count_of("invitees", "How many it invited.")
    demand_count: int = count_of("demands", "How many demands it has opened.")
    transaction_count: int = count_of("transactions", "How many transactions it has placed.")

    @batched(
        "What happened with it, the latest first, as far as you may see it.",
        needs=(),
        access=SEE_PROFILE,
        arguments={
            "first": arg("At most how many.", annotation=int, default=20, minimum=1, maximum=MOST),
            "after": arg("Only what comes after this cursor.", annotation=str | None, default=None),
            "kinds": arg(
                "Only these kinds, such as `transaction.placed`.", annotation=list[str] | None, default=None
            ),
            "before": arg("Only what happened before.", annotation=datetime | None, default=None),
        },
    )
    async def timeline(
        ctx: CallCtx,
        parents: Sequence[Mapping[str, Any]],
        *,
        first: int,
        after: str | None,
        kinds: list[str] | None,
        before: datetime | None,
    ) -> list[Timeline]:
        customers = [parent["id"] for parent in parents]
        return await timelines(ctx, customers, first=first, after=after, kinds=kinds, before=before)


TIMELINES = (
    Standing("Customer", customer="id", at="created_at", kind="customer.registered", title="Was registered"),
)


GRAPH = Graph(
    entities=(Customer,),
    queries=(
        connection("customers", "Customer", "All customers one may see."),
        lookup("customer", "Customer", "One customer by its id."),
    ),
    mutations=MUTATIONS,
    timelines=TIMELINES,
)
