"""`serai plugin new`: writes a whole plug-in, tests and all, to go on from."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["new"]


class Kind(StrEnum):
    """What a new plug-in is an example of."""

    FIELDS = "fields"
    LISTENER = "listener"


def new(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(help="What it is to be installed as: small letters and hyphens, as acme-loyalty.")
    ],
    kind: Annotated[
        Kind,
        typer.Option(
            help="What it is an example of: fields on customers that staff fill, or a listener that keeps count."
        ),
    ] = Kind.FIELDS,
    id: Annotated[
        str | None,
        typer.Option(help="The plug-in's id; the last word of its name unless given.", show_default=False),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option("--into", help="The folder to write it to; one of its name here.", show_default=False),
    ] = None,
) -> None:
    """Write a plug-in with a table, fields, a mutation, an event, a listener, a job, a setting and their tests."""
    from serai.errors import ConfigurationError
    from serai.loading import examine
    from serai.settings import load_settings
    from serai_sdk.template import names_of, render

    report = examine(load_settings())
    own = report.registry.entities.values()
    commands = context.find_root().command
    names = names_of(
        name,
        id=id,
        ids={
            *(one.id for one in report.plugins if one.distribution != name),
            *(one.name.lower() for one in own if one.origin.plugin == "core"),
            *getattr(commands, "commands", ()),
        },
        prefixes={one.prefix for one in own if one.origin.plugin != name.rpartition("-")[2]},
    )
    folder = into if into is not None else Path(name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigurationError(
            f"{folder} is there already, and is not an empty folder",
            hint="Move it away, or write the plug-in elsewhere: --into FOLDER.",
        )
    for path, text in render(names, kind).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    typer.echo(f"{folder}: the plug-in {names.id}, in the package {names.package}.")
    typer.echo("Its README.md says what is in it. Next:")
    typer.echo(f"  serai plugin check {folder}   what Serai asks of a plug-in, and the tier it has")
    typer.echo(f"  pip install {folder}          so that Serai finds it")
