"""The feed in the graph: events in the order they have for good, and the types there are."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from serai_sdk import (
    JSON,
    CallCtx,
    EventParty,
    Graph,
    column,
    connection,
    entity,
    feed_subscription,
    lookup,
    part,
    query,
    value,
    where_argument,
)

from .access import READ, SEE_EVENT
from .models import Event as EventRow


@entity(
    EventRow,
    prefix="evt",
    access=SEE_EVENT,
    order=("position",),
    unindexed="a view: the outbox below it has indexes by position, type, aggregate and whom it concerns",
)
class Event:
    """Something that happened: to what, when, and what of it is worth telling. It never changes, and names nobody."""

    position: Decimal = column(
        "Its place among all events, for good: 1, 2, 3 and so on. Of one aggregate, what happened first comes first."
    )
    type: str = column("What happened, such as `demand.opened`; see `eventTypes`.")
    type_version: int = column("The version of the type it was written under.")
    aggregate_id: str | None = column(
        "The id of what it happened to; null if what declares that is not loaded."
    )
    aggregate_version: int = column("The version of what it happened to, after it.")
    payload: JSON = column("What its type says it tells; see `eventTypes`.")
    actor: JSON | None = column("Who did it and as what: ids. For staff and apps that may.", access=READ)
    at: datetime = column(
        "When it happened: the time of its change, which may be before that of an earlier one."
    )


@value
class EventTypeField:
    """A field of the payload of a type of event."""

    name: str = part("Its name in `payload`.")
    description: str = part("What it holds.")


@value
class EventTypeInfo:
    """A type of event that something here emits."""

    name: str = part("Its name, such as `demand.opened`.")
    version: int = part("Goes up when what it tells changes its meaning.")
    description: str = part("What has happened then.")
    payload: list[EventTypeField] = part("What it tells, besides to what it happened and when.")
    told_to: list[EventParty] = part("Who reads those about itself, besides staff and apps that may.")


def _types(names: Any) -> dict[str, Any]:
    return {"type": {"in": names}}


def _aggregate(id: Any) -> dict[str, Any]:
    return {"aggregateId": {"eq": id}}


@query(
    "All types of events, of the core and of plug-ins, by name.",
    returns=list[EventTypeInfo],
    name="eventTypes",
)
async def event_types(ctx: CallCtx) -> list[EventTypeInfo]:
    return [
        EventTypeInfo(
            name=one.name,
            version=one.version,
            description=one.description,
            payload=[
                EventTypeField(name=name, description=description)
                for name, description in one.payload.items()
            ],
            told_to=list(one.told_to),
        )
        for _, one in sorted(ctx.event_types.items())
    ]


GRAPH = Graph(
    entities=(Event,),
    subscriptions=(
        feed_subscription(
            "events", "Event", "What happens, one event after the other, as far as you may see it."
        ),
    ),
    queries=(
        connection(
            "events",
            "Event",
            "The feed: what happened, the earliest first. Keep `pageInfo.endCursor`, and go on `after` it.",
            arguments={
                "types": where_argument(
                    list[str], "Only of these types, such as `demand.opened`.", _types, are_event_types=True
                ),
                "aggregate": where_argument(str, "Only what happened to what has this id.", _aggregate),
            },
        ),
        lookup("event", "Event", "One event by its id."),
        event_types,
    ),
)
