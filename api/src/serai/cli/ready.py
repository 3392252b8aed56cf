"""The block that `serai run` prints when it is ready: where things are, tokens to paste, a query to try."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serai.app import Banner

__all__ = ["ready_text"]

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}


def ready_text(banner: Banner, *, host: str, port: int) -> str:
    """One block of plain text; tokens stand alone on their lines, so that a double click selects them."""
    shown = EVERYWHERE.get(host, f"[{host}]" if ":" in host else host)
    address = f"http://{shown}:{port}"
    lines = [
        "",
        "Serai is ready.",
        "",
        f"  graph and IDE  {address}/graphql",
        f"  health         {address}/health/ready",
    ]
    if banner.warnings:
        lines += ["", *(f"  ! {one}" for one in banner.warnings)]
    if banner.tokens:
        lines += ["", "Tokens, for the header `Authorization: Bearer ...`:"]
        for bearer, token in banner.tokens.items():
            lines += ["", f"  {bearer}", f"  {token}"]
    if banner.first_query:
        lines += ["", "A first query:", "", indent(banner.first_query.strip(), "  ")]
    return "\n".join([*lines, "", "Ctrl-C stops everything.", ""])
