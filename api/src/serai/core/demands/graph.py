"""Demands in the graph."""

from __future__ import annotations

from datetime import datetime

from serai_sdk import (
    Answers,
    Graph,
    Money,
    Place,
    Timeline,
    column,
    connection,
    count_of,
    entity,
    external_refs,
    lookup,
    sql,
    subscription,
    to_many,
    to_one,
)

from .access import SEE_DEMAND, SEE_IN_FULL
from .contact import Contact
from .models import Demand as DemandRow
from .models import DemandStatus
from .mutations import MUTATIONS
from .states import LIFE, STATUS_SQL

DETAIL = "demands are found by customer, scenario, state or age; each index more slows opening one"


@entity(DemandRow, prefix="dem", access=SEE_DEMAND, search={"note": "A"})
class Demand:
    """One need of one customer in one scenario."""

    customer = to_one("Customer", "Whose need it is.", access=SEE_IN_FULL)
    scenario = to_one("Scenario", "The scenario it arises in.")
    form_version = to_one("FormVersion", "What its answers were given to; null if nothing was asked.")
    awarded_provider = to_one("Provider", "Who it was awarded to.")
    status: DemandStatus = sql(
        STATUS_SQL,
        "Where it is in its life: LAPSED once its window has ended.",
        unindexed="filters use the index of the stored state; its order is of small lists",
    )
    next_states: list[DemandStatus] = sql(LIFE.sql(STATUS_SQL), "The states that may follow.")
    answers: Answers = column("Answers to the form's questions by key, those to personal ones left out.")
    personal_answers: Answers | None = column(
        "Answers to the questions marked personal, by key.",
        access=SEE_IN_FULL,
        personal=True,
        unindexed=DETAIL,
    )
    budget: Money | None = column("What it may cost.", unindexed=DETAIL)
    window_start: datetime | None = column("Not before.", unindexed=DETAIL)
    window_end: datetime | None = column("Not after.", unindexed=DETAIL)
    place: Place | None = column(
        "Roughly where: what every provider that serves the scenario may know.",
        personal=True,
        unindexed=DETAIL,
    )
    contact: Contact | None = column(
        "How to reach the customer.", access=SEE_IN_FULL, personal=True, unindexed=DETAIL
    )
    note: str | None = column(
        "What the customer wants to add for every provider to read.", personal=True, unindexed=DETAIL
    )
    cancel_reason: str | None = column(
        "Why it was cancelled.", access=SEE_IN_FULL, personal=True, unindexed=DETAIL
    )
    refs = external_refs(access=SEE_IN_FULL)
    created_at: datetime = column("When it was opened.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")

    transactions = to_many(
        "Transaction", "What came of it, latest first.", by="demand", order=("-placed_at",)
    )
    proposals = to_many("Proposal", "What providers answered: for each viewer those it may see.", by="demand")
    history = to_many("DemandEvent", "What happened to it, in order.", by="demand", order=("at",))
    transaction_count: int = count_of("transactions", "How many transactions came of it.")
    proposal_count: int = count_of("proposals", "How many proposals it has that one may see.")


GRAPH = Graph(
    entities=(Demand,),
    subscriptions=(
        subscription(
            "demandChanged",
            "Demand",
            "The demand, again after each time something happened to it, as far as you may see it.",
            events=("demand.*",),
        ),
    ),
    queries=(
        connection("demands", "Demand", "All demands one may see."),
        lookup("demand", "Demand", "One demand by its id."),
    ),
    mutations=MUTATIONS,
    timelines=(
        Timeline(
            "Demand", customer="customer", at="created_at", kind="demand.opened", title="Opened a demand"
        ),
    ),
)
