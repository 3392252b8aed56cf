"""Offers in the graph: the interface all kinds share, and the core's own kind."""

from __future__ import annotations

from datetime import datetime

from serai_sdk import (
    Graph,
    Money,
    Place,
    column,
    connection,
    count_of,
    external_refs,
    interface,
    lookup,
    offer_kind,
    to_many,
    to_one,
)

from .access import SEE_INTERNALS, SEE_OFFER
from .models import Offer as OfferRow
from .models import OfferStatus, ServiceUnit
from .models import Service as ServiceRow

AGE = "the default order, by id, is that of creation"


@interface(
    OfferRow, prefix="ofr", discriminator="kind", access=SEE_OFFER, search={"title": "A", "description": "B"}
)
class Offer:
    """What a provider can sell: a good, a slot, a night, an hour. What has been published is public."""

    kind: str = column(
        "Which kind of offer it is, such as `core_service`.",
        unindexed="looked up by an index; its order is of small lists",
    )
    provider = to_one("Provider", "Who sells it.")
    scenario = to_one("Scenario", "The scenario it serves.")
    title: str = column(
        "What it is called.",
        translatable=True,
        unindexed="found by search, ordered by an index of code points",
    )
    description: str | None = column("What it is.", translatable=True, unindexed="prose: found by search")
    status: OfferStatus = column(
        "Where it is in its life.", unindexed="looked up with its kind; its order is of small lists"
    )
    place: Place | None = column(
        "Where it is, or where it is done.",
        unindexed="filtered by city, which has an index, or within a scenario or provider",
    )
    from_price: Money | None = column("What the least of it costs.")
    published_at: datetime | None = column("When it was last published.", unindexed=AGE)
    refs = external_refs(access=SEE_INTERNALS)
    created_at: datetime = column("When it was made.", unindexed=AGE)
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")

    lines = to_many("TransactionLine", "Lines of transactions that sold it.", by="offer")
    line_count: int = count_of("lines", "How many lines sold it.")


@offer_kind(
    ServiceRow,
    kind="core_service",
    unindexed="filtered together with provider, scenario or words; a list of offers is small beside sales",
)
class Service:
    """An offer of somebody's time: by the hour, the visit or the session."""

    unit: ServiceUnit = column("What one of it is.")
    duration_minutes: int | None = column("How long one of it takes.")
    unit_price: Money = column("What one of it costs.")


GRAPH = Graph(
    entities=(Offer, Service),
    queries=(
        connection("offers", "Offer", "All offers one may see, of every kind."),
        lookup("offer", "Offer", "One offer by its id, of whatever kind."),
        connection("services", "Service", "The offers that are services."),
    ),
)
