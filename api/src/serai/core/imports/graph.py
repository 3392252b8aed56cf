"""Imports and saved mappings in the graph."""

from __future__ import annotations

from datetime import datetime

from serai_sdk import JSON, Graph, column, connection, entity, lookup

from .access import SEE_IMPORT
from .models import Import as ImportRow
from .models import ImportMapping as ImportMappingRow


@entity(ImportRow, prefix="imp", access=SEE_IMPORT, unindexed="one row a run of an import")
class Import:
    """A run of an import that changed something: its counts, never its rows."""

    noun: str = column("What was imported, such as `customers`.")
    source: str = column("The system the external ids belong to.")
    rows: int = column("How many rows the file had.")
    new: int = column("How many were new.")
    changed: int = column("How many were there and were changed.")
    unchanged: int = column("How many were there and were the same.")
    forgotten: int = column("How many were of customers who were deleted, and stayed out.")
    failed: int = column("How many had problems, and were left out.")
    created_at: datetime = column("When it began.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")


@entity(ImportMappingRow, prefix="map", access=SEE_IMPORT, unindexed="a few dozen rows")
class ImportMapping:
    """How the columns of a file are read, under a name to use again."""

    name: str = column("Its name, unique among those of the noun.")
    noun: str = column("What it is for, such as `customers`.")
    source: str | None = column("The system the external ids belong to.")
    columns: JSON = column("Which column holds which field.")
    settings: JSON = column("How cells are written: dates, decimals, words for values.")
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")


GRAPH = Graph(
    entities=(Import, ImportMapping),
    queries=(
        connection("imports", "Import", "Imports that changed something."),
        connection("importMappings", "ImportMapping", "Saved mappings."),
        lookup("import", "Import", "One import by its id."),
    ),
)
