"""The file of an export for who asks for it: seen by the rule of exports, and by all rights it was made with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import UUID

import orjson

from serai.storage import Pool
from serai_sdk import Viewer

from .errors import Elsewhere, Gone, NotFetchable, NotReady, NotYours
from .files import file_of

ID: Final = re.compile(r"exp_([0-9a-f]{32})")
MEDIA: Final = {
    "JSONL": "application/jsonl",
    "CSV": "text/csv; charset=utf-8",
    "PARQUET": "application/vnd.apache.parquet",
}

ROW: Final = """
select name, format, state, rights::text as rights, created_at, expires_at > serai_now() as is_kept
from core_export
where id = $1
"""


class Sees(Protocol):
    """What tells which rows a viewer may see."""

    async def visible(
        self, viewer: Viewer, entity: str, keys: Iterable[UUID], where: Mapping[str, Any] | None = None
    ) -> set[UUID]:
        """Which of these rows of that entity the viewer may see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file to be sent, under which name and as what."""

    path: Path
    name: str
    media_type: str


async def find_file(sight: Sees, pool: Pool, folder: Path, viewer: Viewer, wanted: str) -> File:
    """The file of the export with that id of the graph; ``NotFetchable`` says why there is none for this viewer."""
    named = ID.fullmatch(wanted)
    id = UUID(named[1]) if named else None
    if id is None or not await sight.visible(viewer, "Export", (id,)):
        raise NotFetchable("There is no such export, or it is not yours to see.")
    [row] = await pool.fetch(ROW, id)
    if row["state"] in ("QUEUED", "RUNNING"):
        raise NotReady(
            "The export is not done yet.", hint="ask for its state, and come again when it is DONE"
        )
    if row["state"] != "DONE" or not row["is_kept"]:
        raise Gone("There is no file of this export (any more).", hint="export again")
    missing = set(orjson.loads(row["rights"])) - viewer.permissions
    if missing:
        raise NotYours(
            f"The file was made with rights you do not hold: {', '.join(sorted(missing))}.",
            hint="export again, with your own",
        )
    path = file_of(folder, id, row["format"])
    if not path.is_file():
        raise Elsewhere(
            "The file is not where this process looks.",
            hint="all processes, workers too, need one folder for SERAI_DATA_DIR",
        )
    name = f"{row['name']}-{row['created_at']:%Y%m%d-%H%M%S}{path.suffix}"
    return File(path=path, name=name, media_type=MEDIA[row["format"]])
