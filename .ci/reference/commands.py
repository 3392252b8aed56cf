"""Commands: of Serai and of the plug-ins, read from the command line's own declarations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import typer
from typer.main import get_command

from serai.cli import app
from serai.loading.report import Loaded

from .tables import table

INTRODUCTION = """# Commands

After `make run` they are at `.venv/bin/serai`. Each prints its own help with `--help`. A mistake ends with a message,
a hint and an exit code that is not 0.

"""


def page(plugins: Iterable[Loaded]) -> str:
    """Serai's commands, then those of each plug-in."""
    root: Any = get_command(app)
    parts = [INTRODUCTION, *(_section(path, one) for path, one in _commands("serai", root))]
    for one in plugins:
        if one.records.commands:
            parts.append(f"## `serai {one.id}`\n\n{one.title} (a plug-in).\n\n")
            rows = ((f"`serai {one.id} {command.name}`", command.help) for command in one.records.commands)
            parts.append(table(("command", "what it does"), rows))
    return "".join(parts)


def _commands(path: str, group: Any) -> Iterator[tuple[str, Any]]:
    for name in group.list_commands(typer.Context(group)):
        command = group.get_command(typer.Context(group), name)
        if hasattr(command, "list_commands"):
            yield from _commands(f"{path} {name}", command)
        else:
            yield f"{path} {name}", command


def _section(path: str, command: Any) -> str:
    context = typer.Context(command, info_name=path)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    rows = [
        (f"`{names}`", told)
        for names, told in (one.get_help_record(context) or ("", "") for one in command.params)
        if names
    ]
    parameters = table(("argument or option", "what it is for"), rows)
    told = "\n\n".join(" ".join(part.split()) for part in (command.help or "").split("\n\n"))
    return f"## `{path}`\n\n{told}\n\n```text\n{usage}\n```\n\n{parameters}\n"
