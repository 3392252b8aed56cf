"""`serai plugin remove`: what of a plug-in is in the database, and how it goes."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from .opened import settings_on

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serai.app import Assembly

__all__ = ["remove"]


class Data(StrEnum):
    """What becomes of a plug-in's rows."""

    KEEP = "keep"
    DROP = "drop"


def remove(
    id: Annotated[str, typer.Argument(help="The plug-in's id.")],
    data: Annotated[
        Data,
        typer.Option(
            help="keep: its tables stay for the day it comes back, nothing is changed. "
            "drop: its tables go, with its permissions, listeners and waiting jobs."
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Drop without asking.")] = False,
) -> None:
    """Say what a plug-in has in the database, and drop it if that is wanted; then say how to take the plug-in away.

    It is run while the plug-in is still installed, since its migrations say how its tables go, and while no other
    process of Serai uses the database. All of it goes, or nothing.
    """
    import asyncio

    from serai.app import assemble
    from serai.core.leaving import forgetting
    from serai.loading import CORE
    from serai.settings import load_settings
    from serai.storage.embedded import connect_or_start
    from serai.storage.removal import remove_app

    settings = load_settings()
    assembly = assemble(settings)
    known = [one.id for one in assembly.report.ready if one.id != CORE]
    if id not in known:
        raise typer.BadParameter(
            f"{id!r} is no plug-in that is loaded; there are {', '.join(known) or 'none'}"
        )
    needing = [
        one.id for one in assembly.report.ready if one.plugin is not None and id in one.plugin.requires
    ]
    if needing:
        raise typer.BadParameter(f"{', '.join(needing)} requires {id}: remove that first")
    with connect_or_start(settings, with_redis=False) as urls:
        dsn = settings_on(settings, urls).database_url
        assert dsn is not None
        url = dsn.get_secret_value()
        held = asyncio.run(_held(url, assembly, id))
        for table, count in held.items():
            typer.echo(f"{table}: {count:,} rows {'stay' if data is Data.KEEP else 'go'}")
        if data is Data.DROP:
            if not yes and typer.prompt(f"To drop them, type {id}") != id:
                raise typer.Abort
            names = asyncio.run(remove_app(url, assembly.apps, id, forgetting(id)))
            typer.echo(f"Undone: {', '.join(names) or 'no migration'}.")
    distribution = next(one.distribution for one in assembly.report.ready if one.id == id)
    typer.echo(
        f"Now take it away: pip uninstall {distribution}, or leave {id} out of SERAI_PLUGINS. "
        + (
            "Its rows are there again when it is."
            if data is Data.KEEP
            else "If it is still there at the next start, its empty tables come back."
        )
    )


async def _held(dsn: str, assembly: Assembly, id: str) -> Mapping[str, int]:
    """The plug-in's tables that are there, with how many rows each has."""
    from importlib import import_module

    from serai.storage.migrations import session
    from serai_sdk.orm import TortoiseModel

    app = assembly.apps.get(id)
    tables = {
        model._meta.db_table
        for name in (app.models if app is not None else ())
        for model in vars(import_module(name)).values()
        if isinstance(model, type) and issubclass(model, TortoiseModel) and not model._meta.abstract
    }
    async with session(dsn) as connection:
        there = [
            row["name"]
            for row in await connection.fetch(
                "select name from unnest($1::text[]) name where to_regclass(quote_ident(name)) is not null",
                sorted(tables),
            )
        ]
        counts = [await connection.fetchval(f'select count(*) from "{table}"') for table in there]
        return dict(zip(there, counts, strict=True))
