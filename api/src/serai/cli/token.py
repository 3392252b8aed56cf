"""`serai token`: a bearer token for somebody, to try things out or to hand to a script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from .opened import with_platform

if TYPE_CHECKING:
    from serai.app import Platform
    from serai.viewers import Acting

__all__ = ["token"]

UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def lifetime_s(text: str) -> int:
    """Seconds from ``90s``, ``30m``, ``12h`` or ``7d``."""
    match = re.fullmatch(r"([1-9][0-9]{0,8})([smhd])", text)
    if match is None:
        raise typer.BadParameter(f"{text!r} is no time: write 90s, 30m, 12h or 7d")
    return int(match[1]) * UNITS_S[match[2]]


def token(
    wanted: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="WHO",
            help="customer:<id>, provider:<id>, staff:<role> or app:<login>; without <...> the first there is.",
            show_default=False,
        ),
    ],
    lasting: Annotated[
        int,
        typer.Option(
            "--for", metavar="TIME", help="How long it lasts: 90s, 30m, 12h, 7d.", parser=lifetime_s
        ),
    ] = "12h",  # type: ignore[assignment]  # typer parses the default too
) -> None:
    """Print a bearer token by which one acts as somebody; whoever can read the signing key may do this."""
    from serai.core.viewers import find_acting
    from serai.http.tokens import open_tokens
    from serai.settings import load_settings

    if wanted == "anonymous":
        raise typer.BadParameter("Whoever sends no token is anonymous: there is none to print")

    async def find(platform: Platform) -> Acting:
        return await find_acting(platform.pool, wanted)

    settings = load_settings()
    acting = with_platform(find, settings=settings)
    tokens = open_tokens(settings.data_dir, audience=settings.token_audience)
    typer.echo(tokens.issue(acting, lifetime_s=lasting))
