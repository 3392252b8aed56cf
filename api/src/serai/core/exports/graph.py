"""Exports in the graph: each its own, with how far it is and where its file is fetched."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from serai_sdk import Graph, column, connection, entity, lookup, sql, to_one

from .access import SEE_EXPORT
from .models import Export as ExportRow
from .models import ExportFormat, ExportState
from .mutations import MUTATIONS
from .states import PATH_SQL, STATE_SQL


@entity(
    ExportRow,
    prefix="exp",
    access=SEE_EXPORT,
    unindexed="exports are listed by who asked for them, and told of until 30 days after their end",
)
class Export:
    """A whole list, written into a file by a job with the rights of whoever asked for it."""

    staff = to_one("Staff", "The member of the staff who asked for it.")
    app = to_one("Principal", "The app that asked for it.")
    name: str = column("Which list it is of, such as `transactions`.")
    format: ExportFormat = column("How its rows are written.")
    state: ExportState = sql(
        STATE_SQL, "Where it is in its life: EXPIRED once its time is over.", unindexed="few rows a day"
    )
    rows: int = column("How many rows are written.")
    size: Decimal | None = column("How large its file is, in bytes; null until it is done.")
    download_path: str | None = sql(
        PATH_SQL,
        "Where its file is fetched, below the address of the graph's server; null unless it can be fetched now.",
        unindexed="few rows a day",
    )
    error: str | None = column("What went wrong the last time.")
    ended_at: datetime | None = column("When it was done, given up or cancelled.")
    expires_at: datetime | None = column("Until when its file can be fetched; null until it is done.")
    created_at: datetime = column("When it was asked for.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")


GRAPH = Graph(
    entities=(Export,),
    queries=(
        connection("exports", "Export", "Lists written into files."),
        lookup("export", "Export", "One export by its id."),
    ),
    mutations=MUTATIONS,
)
