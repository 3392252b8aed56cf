"""The page browsers get at ``/graphql``: one file, which asks nobody but this service for anything."""

from __future__ import annotations

import secrets
from importlib.resources import files

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

__all__ = ["Ide"]

POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Ide:
    """Serves the page under a content security policy that lets nothing run but its own script."""

    def __init__(self) -> None:
        self._page = files(__package__).joinpath("ide.html").read_text(encoding="utf-8")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        nonce = secrets.token_urlsafe(16)
        headers = {
            "content-type": "text/html; charset=utf-8",
            "content-security-policy": POLICY.format(nonce=nonce),
            "cache-control": "no-store",
            "vary": "accept, authorization",
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
        }
        page = self._page.replace("{{nonce}}", nonce)
        await Response(page, headers=headers)(scope, receive, send)
