"""The operation a request asks for (document, variables, name), read from a JSON body or a query string."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from .bodies import nesting_exceeds, parse_json
from .problems import Problem

__all__ = ["MAX_NESTING", "Operation", "from_body", "from_query_string", "from_request"]

MAX_NESTING = 64
MAX_PARAMETERS = 32


class Operation(NamedTuple):
    """One GraphQL request, well-formed but not yet parsed."""

    document: str
    variables: dict[str, Any] | None
    name: str | None


def from_body(body: bytes) -> Operation:
    """The operation in a JSON body (GraphQL over HTTP, "POST"); a 400 says what is wrong with it."""
    request = parse_json(body, what="The body")
    if isinstance(request, list):
        raise Problem(400, "BAD_REQUEST", "The body holds a list: send one operation per request")
    if not isinstance(request, dict):
        raise Problem(400, "BAD_REQUEST", "The body is not a JSON object with a 'query'")
    # The nesting of JSON can be no deeper than it has opening brackets: most bodies need no walk.
    may_be_deep = body.count(b"{") + body.count(b"[") > MAX_NESTING
    return _operation(request, may_be_deep=may_be_deep)


def from_request(request: Any) -> Operation:
    """The operation in JSON that is parsed already; a 400 says what is wrong with it."""
    if not isinstance(request, dict):
        raise Problem(400, "BAD_REQUEST", "The payload is not a JSON object with a 'query'")
    return _operation(request, may_be_deep=True)


def from_query_string(query_string: bytes) -> Operation:
    """The operation in a query string (GraphQL over HTTP, "GET"); a 400 says what is wrong with it."""
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError:
        raise Problem(400, "BAD_REQUEST", "The query string is not percent-encoded UTF-8") from None
    parameters: dict[str, Any] = dict(pairs)
    if len(parameters) != len(pairs):
        raise Problem(400, "BAD_REQUEST", "A parameter of the query string is given twice")
    for name in ("variables", "extensions"):
        text = parameters.get(name)
        parameters[name] = parse_json(text, what=f"'{name}'") if text else None
    parameters["operationName"] = parameters.get("operationName") or None
    return _operation(parameters, may_be_deep=True)


def _operation(request: dict[str, Any], *, may_be_deep: bool) -> Operation:
    document = request.get("query")
    if not isinstance(document, str) or not document:
        raise Problem(400, "BAD_REQUEST", "'query' must be a GraphQL document, as a string")
    name = request.get("operationName")
    if name is not None and not isinstance(name, str):
        raise Problem(400, "BAD_REQUEST", "'operationName' must be a string or null")
    for key in ("variables", "extensions"):
        if (value := request.get(key)) is None:
            continue
        if not isinstance(value, dict):
            raise Problem(400, "BAD_REQUEST", f"'{key}' must be an object or null")
        if may_be_deep and nesting_exceeds(value, MAX_NESTING):
            raise Problem(400, "BAD_REQUEST", f"'{key}' is nested deeper than {MAX_NESTING} levels")
    return Operation(document, request.get("variables"), name or None)
