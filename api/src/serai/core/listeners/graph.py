"""Listeners in the graph: which there are, how far they are, what they could not do; for operators."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from serai.core.calls import Context
from serai_sdk import CallCtx, Graph, column, connection, entity, lookup, part, query, value

from .access import READ, SEE_CALL
from .models import ListenerCall as ListenerCallRow
from .models import ListenerCallState
from .mutations import MUTATIONS

HOW_FAR = """
select listener.name, listener.position, head.position - listener.position as behind,
       (select count(*) from core_listener_call one where one.listener = listener.name and one.state = 'WAITING')
         as waiting,
       (select count(*) from core_listener_call one where one.listener = listener.name and one.state = 'DEAD')
         as dead
from core_listener listener, core_feed_head head
"""


@entity(
    ListenerCallRow,
    prefix="lcl",
    access=SEE_CALL,
    unindexed="what is still to be done or could not be done: few rows, listed by age",
)
class ListenerCall:
    """An event that a listener has still to do, or could not do. What is done is no longer told of."""

    listener: str = column("Whose it is, such as `booking.remind`.")
    state: ListenerCallState = column("Whether it is still to be done or was given up.")
    position: Decimal = column("The place of the event in the feed.")
    event_type: str = column("What happened, such as `demand.opened`; see `eventTypes`.")
    aggregate_id: str | None = column("To what it happened: its id in the graph.")
    attempts: int = column("How often it was tried.")
    error: str | None = column("What went wrong the last time, in the words of the listener.")
    not_before: datetime | None = column("It is not tried before.")
    created_at: datetime = column("When the listener was handed it.")
    updated_at: datetime = column("When it was last tried.")
    version: int = column("Goes up by one with every change, for `expectedVersion`.")


@value
class ListenerInfo:
    """A listener that is loaded in this process."""

    name: str = part("Its name, such as `booking.remind`.")
    description: str = part("What it does.")
    events: list[str] = part("The types of events it is told of; `demand.*` is all that begin so.")
    attempts: int = part("How often it is tried before it is given up.")
    position: Decimal | None = part(
        "Up to which position of the feed it has taken events; null before its first work."
    )
    behind: Decimal | None = part("How many events of the feed it has not looked at yet.")
    waiting: int = part("How many events it has taken and not done.")
    dead: int = part("How many it could not do.")


@query("All listeners, of the core and of plug-ins, by name.", returns=list[ListenerInfo], access=READ)
async def listeners(ctx: CallCtx) -> list[ListenerInfo]:
    known = ctx.listeners if isinstance(ctx, Context) else {}
    found = {row["name"]: row for row in await ctx.fetch(HOW_FAR)}
    told = []
    for name, one in sorted(known.items()):
        row = found.get(name)
        told.append(
            ListenerInfo(
                name=name,
                description=one.description,
                events=list(one.events),
                attempts=one.attempts,
                position=row["position"] if row else None,
                behind=row["behind"] if row else None,
                waiting=row["waiting"] if row else 0,
                dead=row["dead"] if row else 0,
            )
        )
    return told


GRAPH = Graph(
    entities=(ListenerCall,),
    queries=(
        listeners,
        connection("listenerCalls", "ListenerCall", "What listeners have still to do, or could not do."),
        lookup("listenerCall", "ListenerCall", "One of them by its id."),
    ),
    mutations=MUTATIONS,
)
