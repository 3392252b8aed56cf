"""The endpoint ``/graphql``: GraphQL over HTTP by POST and GET, and the IDE for browsers."""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.types import Receive, Scope, Send

from .bodies import BodyGone, read_body
from .engine import Authenticate, Engine, ExecutionResult
from .headers import Headers
from .ide import Ide
from .media import GRAPHQL, HTML, JSON, MediaType, preferred
from .operations import Operation, from_body, from_query_string
from .problems import Problem
from .streams import EVENT_STREAM, Streams

__all__ = ["GraphQLEndpoint", "answer", "read_key", "status_of"]

DEFAULT_BODY_LIMIT = 1024 * 1024
DEFAULT_BODY_DEADLINE_S = 20.0
PLAN_HEADER = b"x-serai-plan"
"""In development ``X-Serai-Plan: 1`` puts the statements and their times into ``extensions.plan``."""
CONTENT_TYPES: Mapping[MediaType, tuple[bytes, bytes]] = {
    media: (b"content-type", f"{media}; charset=utf-8".encode()) for media in (JSON, GRAPHQL)
}
ANSWER_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
MAX_QUERY_STRING = 16 * 1024
PREFLIGHT_HEADERS = (
    b"authorization",
    b"x-serai-preflight",
    b"apollo-require-preflight",
    b"x-apollo-operation-name",
)
GRAPHQL_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,99}")
IDEMPOTENCY_KEY = re.compile(r'"?([\x21\x23-\x5b\x5d-\x7e]{1,255})"?')


class GraphQLEndpoint:
    """An ASGI application that answers one operation per request.

    Follows the GraphQL over HTTP draft: ``application/graphql-response+json`` when asked for, with 400 for
    what was not executed; ``application/json`` otherwise, with 200 for the same.
    """

    def __init__(
        self,
        engine: Engine,
        authenticate: Authenticate,
        *,
        ide: Ide | None = None,
        body_limit: int = DEFAULT_BODY_LIMIT,
        body_deadline_s: float = DEFAULT_BODY_DEADLINE_S,
        streams: Streams | None = None,
    ) -> None:
        self._streams = streams
        self._engine = engine
        self._authenticate = authenticate
        self._ide = ide
        self._body_limit = body_limit
        self._body_deadline_s = body_deadline_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope)
        media: MediaType = JSON
        is_stream = (
            self._streams is not None
            and scope["method"] == "POST"
            and EVENT_STREAM in (headers.get(b"accept") or "").lower()
        )
        try:
            if not is_stream:
                media = self._media(scope["method"], headers)
            if media == HTML and self._ide is not None:
                await self._ide(scope, receive, send)
                return
            # Who asks is settled before the body is read: a stranger's megabyte is not worth reading.
            viewer = await self._authenticate(headers.get(b"authorization"))
            operation = await self._operation(scope, receive, headers)
            key = read_key(headers.get(b"idempotency-key"))
            state = scope["state"]
            facts = state["facts"]
            facts["viewer"] = viewer.kind
            if operation.name is not None and GRAPHQL_NAME.fullmatch(operation.name):
                facts["operation"] = operation.name
            if is_stream and self._streams is not None:
                await self._streams(
                    scope,
                    receive,
                    send,
                    operation,
                    viewer,
                    headers.get(b"authorization"),
                    idempotency_key=key,
                    allow_mutations=True,
                    request_id=state["request_id"],
                    with_plan=False,
                )
                return
            result = await self._engine.execute(
                operation.document,
                operation.variables,
                operation.name,
                viewer,
                idempotency_key=key,
                allow_mutations=scope["method"] == "POST",
                request_id=state["request_id"],
                with_plan=headers.get(PLAN_HEADER) == "1",
            )
            if result.errors:
                facts["errors"] = result.errors
        except Problem as problem:
            await problem(scope, receive, send, media)
            return
        except BodyGone:
            return
        await answer(send, result, media, status_of(result, media))

    def _media(self, method: str, headers: Headers) -> MediaType:
        if method not in ("GET", "POST"):
            raise Problem(
                405,
                "METHOD_NOT_ALLOWED",
                "Send operations by POST, or queries by GET",
                headers={"allow": "GET, POST"},
            )
        offered = (JSON, GRAPHQL, HTML) if method == "GET" and self._ide is not None else (JSON, GRAPHQL)
        media = preferred(headers.get(b"accept") or "*/*", offered)
        if media is None:
            raise Problem(406, "NOT_ACCEPTABLE", f"Answers come as {', '.join(offered)}: accept one of them")
        return media

    async def _operation(self, scope: Scope, receive: Receive, headers: Headers) -> Operation:
        if scope["method"] == "GET":
            _require_own_page_or_preflight(headers)
            if len(scope["query_string"]) > MAX_QUERY_STRING:
                raise Problem(414, "URI_TOO_LONG", "The query string is too long: send the operation by POST")
            return from_query_string(scope["query_string"])
        _require_plain_json(headers)
        body = await read_body(
            receive,
            content_length=_content_length(headers),
            limit=self._body_limit,
            deadline_s=self._body_deadline_s,
        )
        return from_body(body)


def status_of(result: ExecutionResult, media: MediaType) -> int:
    """The status of a result that is told in that form."""
    if result.status_hint == "mutation_refused":
        return 405
    return 400 if result.status_hint == "request_error" and media == GRAPHQL else 200


async def answer(
    send: Send, result: ExecutionResult, media: MediaType, status: int, *more: tuple[bytes, bytes]
) -> None:
    """Send a result in that form, with more headers after its own."""
    body = result.body
    headers = [CONTENT_TYPES[media], (b"content-length", b"%d" % len(body)), *ANSWER_HEADERS]
    if status == 405:
        headers.append((b"allow", b"POST"))
    headers += more
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _require_plain_json(headers: Headers) -> None:
    """Other content types are refused also because a page of another site may send them unasked."""
    media, *parameters = (part.strip().lower() for part in (headers.get(b"content-type") or "").split(";"))
    charset = next(
        (part.partition("=")[2].strip('"') for part in parameters if part.startswith("charset=")), "utf-8"
    )
    if media != "application/json" or charset not in ("utf-8", "utf8"):
        raise Problem(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "Send the operation as application/json in UTF-8",
            headers={"accept-post": "application/json; charset=utf-8"},
        )
    if (headers.get(b"content-encoding") or "identity").strip().lower() != "identity":
        raise Problem(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "Send the body as it is, not compressed",
            headers={"accept-encoding": "identity"},
        )


def _require_own_page_or_preflight(headers: Headers) -> None:
    """A GET that a page of another site could make a browser send unasked is refused.

    A header that browsers ask about first (CORS preflight) shows that the service agreed; otherwise the
    request must name a type of answer no image or script asks for, and not be marked as another site's
    (Fetch Metadata).
    """
    if any(headers.has(name) for name in PREFLIGHT_HEADERS):
        return
    if (headers.get(b"content-type") or "").split(";")[0].strip().lower() == "application/json":
        return
    accept = (headers.get(b"accept") or "").lower()
    names_type = JSON in accept or GRAPHQL in accept
    if names_type and (headers.get(b"sec-fetch-site") or "none") in ("none", "same-origin"):
        return
    raise Problem(
        400,
        "PREFLIGHT_REQUIRED",
        "A query by GET needs 'Accept: application/json', or from another site's page 'X-Serai-Preflight: 1'",
    )


def read_key(text: str | None) -> str | None:
    """The key in an ``Idempotency-Key`` header, with or without its quotes."""
    if text is None:
        return None
    match = IDEMPOTENCY_KEY.fullmatch(text)
    if match is None:
        raise Problem(
            400, "BAD_REQUEST", "Idempotency-Key must be 1 to 255 printable ASCII characters without spaces"
        )
    return match[1]


def _content_length(headers: Headers) -> int | None:
    text = headers.get(b"content-length")
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 19 else None
