"""`serai <id> <command>`: the commands of plug-ins, looked for only where no command of Serai has that name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

if TYPE_CHECKING:
    from serai.app import Platform
    from serai_sdk import Command

__all__ = ["Commands"]


class Commands(TyperGroup):
    """Serai's own commands, then those of plug-ins."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, or the group of the plug-in of that id if it has any."""
        own = super().get_command(ctx, cmd_name)
        return own if own is not None or not cmd_name.isalnum() else _of_plugin(cmd_name)


def _of_plugin(id: str) -> Any:
    from serai.loading import examine
    from serai.settings import load_settings

    loaded = examine(load_settings()).plugin(id)
    if loaded is None or not loaded.records.commands:
        return None
    group = typer.Typer(name=id, help=loaded.title, no_args_is_help=True, add_completion=False)
    group.callback()(lambda: None)
    for command in loaded.records.commands:
        _add(group, command)
    return get_command(group)


def _add(group: typer.Typer, command: Command) -> None:
    @group.command(
        command.name,
        help=command.help,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
    def call(context: typer.Context) -> None:
        from serai.core.calls import AppContext

        from .opened import with_platform

        async def run(platform: Platform) -> Any:
            with platform.orm.active():
                return await command.run(AppContext(platform.assembly.settings, platform.pool), context.args)

        answer = with_platform(run)
        if answer is not None:
            typer.echo(answer)
