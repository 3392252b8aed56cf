"""Notes in the graph."""

from __future__ import annotations

from datetime import datetime

from serai_sdk import Graph, Timeline, column, entity, extend, to_many, to_one

from .access import SEE_NOTE
from .models import CustomerNote as CustomerNoteRow
from .mutations import MUTATIONS


@entity(
    CustomerNoteRow, prefix="not", access=SEE_NOTE, unindexed="notes are read below their customer or author"
)
class CustomerNote:
    """What somebody of the staff noted down about a customer; only staff sees it."""

    customer = to_one("Customer", "About whom it is.")
    author = to_one("Staff", "Who wrote it.")
    text: str = column("What was noted down.", personal=True)
    created_at: datetime = column("When it was written.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")


@extend("Customer")
class CustomerNotes:
    notes = to_many(
        "CustomerNote",
        "What staff noted down about it, latest first; for staff only.",
        by="customer",
        order=("-created_at", "-id"),
    )


GRAPH = Graph(
    entities=(CustomerNote,),
    extends=(CustomerNotes,),
    mutations=MUTATIONS,
    timelines=(
        Timeline(
            "CustomerNote",
            customer="customer",
            at="created_at",
            kind="note.added",
            title="Staff noted something down",
        ),
    ),
)
