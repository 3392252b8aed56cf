"""What happens to forms."""

from __future__ import annotations

from serai_sdk import EventType

EVENTS = (
    EventType(
        name="form.created", version=1, description="A form was made.", payload={"key": "the form's key"}
    ),
    EventType(
        name="form.revised",
        version=1,
        description="A form got a new version.",
        payload={"number": "the number of the version"},
    ),
    EventType(name="form.archived", version=1, description="A form was archived."),
    EventType(name="form.restored", version=1, description="An archived form was taken up again."),
)
