"""Table of what listeners have to do; their places in the feed are in `core_listener`, which the engine alone reads."""

from __future__ import annotations

from datetime import datetime

from serai.core.constraints import condition, one_of
from serai_sdk.orm import Index, Model, StrEnum, fields


class ListenerCallState(StrEnum):
    """Whether an event is still to be done by a listener."""

    WAITING = "WAITING"
    DEAD = "DEAD"


ListenerCallState.WAITING.__doc__ = "It waits for its turn, is being done, or waits to be tried again."
ListenerCallState.DEAD.__doc__ = "It was tried as often as the listener wants, and given up."


class ListenerCall(Model):
    """An event that a listener has to do; what is done is removed."""

    listener = fields.CharField(100)
    event_id = fields.UUIDField()
    position = fields.DecimalField(max_digits=20, decimal_places=0)
    event_type = fields.TextField()
    aggregate_id: str | None = fields.TextField(null=True)
    sequence = fields.TextField()
    state = fields.CharEnumField(ListenerCallState, max_length=16)
    attempts = fields.IntField(default=0)
    error: str | None = fields.TextField(null=True)
    not_before: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "core_listener_call"
        indexes = (
            Index(fields=("listener", "state", "position"), name="core_listener_call_next"),
            Index(fields=("listener", "sequence", "position"), name="core_listener_call_order"),
            Index(fields=("created_at", "id"), name="core_listener_call_created"),
            Index(fields=("event_id",), name="core_listener_call_event"),
        )
        constraints = (
            one_of("core_listener_call", "state", ListenerCallState),
            condition("core_listener_call", "counted", '"attempts" >= 0'),
        )
