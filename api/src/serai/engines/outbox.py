"""The outbox: events written in the changing transaction, in the order the aggregate's row lock gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from tortoise.models import Model

from serai.storage import new_id
from serai_sdk import EventParty, EventType, Viewer

from .errors import ChangeMisused

INSERT = """
insert into core_outbox
  (id, event, event_version, aggregate_type, aggregate_id, aggregate_version, payload, customer_id, provider_id,
   actor, at)
select id, event, event_version, aggregate_type, aggregate_id, aggregate_version, payload::jsonb, customer_id,
       provider_id, $10::jsonb, $11
from unnest(
       $1::uuid[], $2::text[], $3::int[], $4::text[], $5::uuid[], $6::int[], $7::text[], $8::uuid[], $9::uuid[]
     ) with ordinality
  as one (id, event, event_version, aggregate_type, aggregate_id, aggregate_version, payload, customer_id, provider_id,
          place)
order by place
"""
"""All events of a change at once: each draws its ``seq`` in the order in which they were emitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to an aggregate whose row is locked."""

    name: str
    version: int
    aggregate: Model
    payload: Mapping[str, Any]
    told_to: Sequence[EventParty] = ()
    customer_id: UUID | None = None

    def party(self, party: EventParty) -> UUID | None:
        """Who of that kind reads it, as one it is about."""
        if party not in self.told_to:
            return None
        if party is EventParty.CUSTOMER and self.customer_id is not None:
            return self.customer_id
        return getattr(self.aggregate, f"{party.lower()}_id", None)


def event(
    name: str,
    aggregate: Model,
    payload: Mapping[str, Any],
    *,
    known: Mapping[str, EventType] | None,
    customer_id: UUID | None = None,
) -> Event:
    """The event, held to its declared type; without ``known`` types it is taken as it is, at version 1."""
    if known is None:
        return Event(name=name, version=1, aggregate=aggregate, payload=payload)
    declared = known.get(name)
    if declared is None:
        raise ChangeMisused(
            f"the event {name!r} is not declared",
            hint="return an EventType of that name from the hook `events`",
        )
    undeclared = sorted(set(payload) - set(declared.payload))
    if undeclared:
        raise ChangeMisused(
            f"the event {name!r} has no field {undeclared[0]!r}",
            hint="declare it in the payload of its EventType, if it holds no personal data",
        )
    return Event(
        name=name,
        version=declared.version,
        aggregate=aggregate,
        payload=payload,
        told_to=declared.told_to,
        customer_id=customer_id,
    )


def statement(events: Sequence[Event], *, viewer: Viewer, now: datetime) -> tuple[Any, ...]:
    """What writes the events, and its values: sent while the locks of their aggregates are still held."""
    rows: list[tuple[Any, ...]] = [
        (
            new_id(),
            one.name,
            one.version,
            f"{one.aggregate._meta.app}.{type(one.aggregate).__name__}",
            one.aggregate.pk,
            getattr(one.aggregate, "version", 1),
            orjson.dumps(dict(one.payload), default=str).decode(),
            one.party(EventParty.CUSTOMER),
            one.party(EventParty.PROVIDER),
        )
        for one in events
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    by = orjson.dumps(actor(viewer)).decode()
    return (INSERT, *columns, by, now)


def actor(viewer: Viewer) -> dict[str, str]:
    """Who did it, and as what: ids only."""
    ids = {
        "principalId": viewer.principal_id,
        "customerId": viewer.customer_id,
        "providerId": viewer.provider_id,
        "staffId": viewer.staff_id,
    }
    return {"kind": viewer.kind} | {name: str(id) for name, id in ids.items() if id is not None}
