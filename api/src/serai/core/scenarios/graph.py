"""Scenarios in the graph."""

from __future__ import annotations

from datetime import datetime

from serai_sdk import (
    Graph,
    column,
    connection,
    count_of,
    entity,
    external_refs,
    lookup,
    sql,
    to_many,
    to_one,
)

from .access import READ, SEE_SCENARIO
from .models import Scenario as ScenarioRow
from .models import ScenarioStatus
from .mutations import MUTATIONS
from .states import LIFE


@entity(
    ScenarioRow,
    prefix="scn",
    access=SEE_SCENARIO,
    search={"name": "A", "description": "B", "success": "C"},
    unindexed="a few hundred rows",
)
class Scenario:
    """A situation in which a need arises and is served: a weekend camping, a home visit. Published ones are public."""

    name: str = column("Its name.", translatable=True)
    slug: str = column("Its name in addresses, unique.")
    description: str | None = column("What it is about.", translatable=True)
    status: ScenarioStatus = column("Where it is in its life.")
    next_states: list[ScenarioStatus] = sql(LIFE.sql(), "The states that may follow.")
    form = to_one("Form", "What a demand in it answers; null if nothing is asked.")
    success: str | None = column("What counts as success in it.")
    refs = external_refs(access=READ)
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")

    servings = to_many("ScenarioProvider", "Who serves it.", by="scenario")
    offers = to_many("Offer", "What is offered in it.", by="scenario")
    demands = to_many("Demand", "What is needed in it.", by="scenario")
    transactions = to_many(
        "Transaction", "What was sold in it, latest first.", by="scenario", order=("-placed_at",)
    )
    provider_count: int = count_of("servings", "How many providers serve it.")
    offer_count: int = count_of("offers", "How many offers there are in it.")
    demand_count: int = count_of("demands", "How many demands there are in it.")
    open_demand_count: int = count_of(
        "demands", "How many of its demands are still open.", where={"status": {"in": ["OPEN", "PROPOSED"]}}
    )


GRAPH = Graph(
    entities=(Scenario,),
    queries=(
        connection("scenarios", "Scenario", "All scenarios one may see: published ones, for staff all."),
        lookup("scenario", "Scenario", "One scenario by its id."),
    ),
    mutations=MUTATIONS,
)
