"""`serai customer export`: everything held on a customer, as JSON."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Annotated, Any, TextIO
from uuid import UUID

import typer

from .opened import with_platform

if TYPE_CHECKING:
    from pathlib import Path

    from serai.app import Platform

__all__ = ["customer"]

customer = typer.Typer(help="What is held on customers.", no_args_is_help=True)

ID = re.compile(r"(?:cus_)?([0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


@customer.callback()
def _group() -> None:
    """What is held on customers."""


@customer.command()
def export(
    id: Annotated[str, typer.Argument(metavar="ID", help="The customer: its id in the graph, or a UUID.")],
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="FILE", help="Where to write it; without it, to the screen."),
    ] = None,
    without_internal: Annotated[
        bool,
        typer.Option("--without-internal", help="Leave out what staff keeps to itself, such as its notes."),
    ] = False,
) -> None:
    """Export everything held on a customer: each table, absent plug-ins' included, with what it is for.

    It is written row by row, however much it is; whoever can reach the database may do this.
    """
    from pathlib import Path

    match = ID.fullmatch(id)
    if match is None:
        raise typer.BadParameter(f"{id!r} is no id of a customer: it looks like cus_0192...")
    customer_id = UUID(match[1])

    async def run(platform: Platform) -> None:
        if to is None:
            await write(platform, customer_id, sys.stdout, with_internal=not without_internal)
            return
        await write_file(platform, customer_id, Path(to), with_internal=not without_internal)

    with_platform(run)


async def write_file(platform: Platform, customer_id: UUID, path: Path, *, with_internal: bool) -> None:
    """The same into a file."""
    with path.open("w", encoding="utf-8") as file:
        await write(platform, customer_id, file, with_internal=with_internal)


async def write(platform: Platform, customer_id: UUID, out: TextIO, *, with_internal: bool) -> None:
    """One JSON object: the customer, and its tables with their rows."""
    import orjson

    from serai.core.personal.exporting import read_all
    from serai_sdk import SafeError

    async def fetch(statement: str, *values: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in await platform.pool.fetch(statement, *values)]

    if not await platform.pool.fetchval(
        "select exists (select from core_customer where id = $1)", customer_id
    ):
        raise SafeError(
            f"There is no customer cus_{customer_id.hex}.", hint="ids are as the graph shows them"
        )
    out.write(f'{{"customer": "cus_{customer_id.hex}", "tables": [')
    before = ""
    async for head, rows in read_all(fetch, customer_id, with_internal=with_internal):
        out.write(f'{before}\n{orjson.dumps(head).decode()[:-1]}, "rows": [')
        comma = ""
        async for row in rows:
            out.write(f"{comma}\n  {orjson.dumps(row).decode()}")
            comma = ","
        out.write("]}")
        before = ","
    out.write("\n]}\n")
