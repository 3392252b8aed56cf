"""Proposals in the graph."""

from __future__ import annotations

from datetime import datetime

from serai_sdk import Graph, Money, column, connection, count_of, entity, lookup, sql, to_many, to_one

from .access import SEE_PROPOSAL
from .models import Proposal as ProposalRow
from .models import ProposalClosedReason, ProposalStatus
from .mutations import MUTATIONS
from .states import LIFE, STATUS_SQL

BELOW = "proposals are read below their demand or provider, or by state"


@entity(ProposalRow, prefix="ppl", access=SEE_PROPOSAL)
class Proposal:
    """A provider's answer to a demand: price and terms, optionally an offer. Other providers see nothing of it."""

    demand = to_one("Demand", "The demand it answers.")
    provider = to_one("Provider", "Who proposes.")
    offer = to_one("Offer", "The offer it proposes, if it is still to be seen.")
    status: ProposalStatus = sql(
        STATUS_SQL,
        "Where it is in its life.",
        unindexed="filters use the index of the stored state; its order is of small lists",
    )
    next_states: list[ProposalStatus] = sql(LIFE.sql(STATUS_SQL), "The states that may follow.")
    price: Money = column("What it would cost.", unindexed=BELOW)
    terms: str = column("What is proposed, and on which conditions.", unindexed=BELOW)
    valid_until: datetime = column(
        "Until when it can be awarded; after that it reads EXPIRED.", unindexed=BELOW
    )
    closed_reason: ProposalClosedReason | None = column("Why it was closed, if it was.", unindexed=BELOW)
    withdraw_reason: str | None = column("Why its provider withdrew it.", unindexed=BELOW)
    transaction = to_one("Transaction", "What came of it.")
    messages = to_many(
        "ProposalMessage", "What both sides wrote about it, in order.", by="proposal", order=("created_at",)
    )
    message_count: int = count_of("messages", "How many messages there are about it.")
    created_at: datetime = column("When it was submitted.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")


GRAPH = Graph(
    entities=(Proposal,),
    queries=(
        connection("proposals", "Proposal", "All proposals one may see."),
        lookup("proposal", "Proposal", "One proposal by its id."),
    ),
    mutations=MUTATIONS,
)
