"""`serai staff add`: the first people of an organisation that starts with an empty database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .opened import with_platform

if TYPE_CHECKING:
    from uuid import UUID

    from serai.app import Platform
    from serai.engines.outcome import Outcome
    from serai_sdk import CallCtx

__all__ = ["staff"]

staff = typer.Typer(help="The organisation's own people.", no_args_is_help=True)


@staff.callback()
def about() -> None:
    """The organisation's own people."""


@staff.command()
def add(
    name: Annotated[str, typer.Argument(help="The person's name.")],
    login: Annotated[str, typer.Option(help="What the person signs in with, such as a mail address.")],
    role: Annotated[str, typer.Option(help="The role the person holds.")] = "operator",
) -> None:
    """Add a person to the staff, with a role: operator, analyst, reviewer, support."""
    from serai.core.staff import service
    from serai.errors import SeraiError

    async def change(platform: Platform) -> Outcome:
        async def body(ctx: CallCtx) -> dict[str, UUID]:
            return {"staff": await service.add(ctx, name=name, login=login, role=role)}

        return await platform.change(body)

    outcome = with_platform(change)
    if outcome.user_errors:
        told = (f"--{'/'.join(one.field or ())}: {one}" for one in outcome.user_errors)
        raise SeraiError("Nobody was added: " + "; ".join(told))
    typer.echo(f"{name} is a member of the staff now. A token: serai token --as staff:{role}")
