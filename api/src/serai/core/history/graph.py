"""The history of demands in the graph."""

from __future__ import annotations

from datetime import datetime

from serai.core.sides import Side
from serai_sdk import Graph, column, entity, to_one

from .access import SEE_EVENT
from .models import DemandEvent as DemandEventRow
from .models import DemandEventKind


@entity(
    DemandEventRow,
    prefix="dev",
    access=SEE_EVENT,
    unindexed="a history is read below its demand, proposal or transaction",
)
class DemandEvent:
    """One thing that happened to a demand, as a sentence; what concerns a proposal is for who may see that."""

    demand = to_one("Demand", "The demand it happened to.")
    at: datetime = column("When it happened; no two entries of a demand have one instant.")
    kind: DemandEventKind = column("What happened.")
    side: Side | None = column("On whose side somebody did it; null where time did.")
    text: str = column("What happened, as a sentence in English.")
    proposal = to_one("Proposal", "The proposal it is about.")
    transaction = to_one("Transaction", "The transaction it is about.")
    created_at: datetime = column("When it was written down.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")


GRAPH = Graph(entities=(DemandEvent,))
