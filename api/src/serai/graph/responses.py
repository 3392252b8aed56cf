"""The JSON of responses: errors in the form all clients know, always with ``extensions.code``."""

from __future__ import annotations

from typing import Any

import orjson
from graphql import GraphQLError

from serai.errors import SeraiError
from serai_sdk import SdkError

__all__ = ["dumps", "error_json", "of_graphql", "of_serai"]


def error_json(message: str, code: str, **extensions: Any) -> dict[str, Any]:
    return {
        "message": message,
        "extensions": {"code": code, **{k: v for k, v in extensions.items() if v is not None}},
    }


def of_serai(error: SeraiError | SdkError, **extra: Any) -> dict[str, Any]:
    code = getattr(error, "code", "INTERNAL")
    return error_json(error.message, code, hint=error.hint, **{**error.data, **extra})


def of_graphql(error: GraphQLError, code: str) -> dict[str, Any]:
    made: dict[str, Any] = {"message": error.message}
    if error.locations:
        made["locations"] = [{"line": one.line, "column": one.column} for one in error.locations]
    return {**made, "extensions": {**(error.extensions or {}), "code": code}}


def dumps(value: Any) -> bytes:
    try:
        return orjson.dumps(value, default=str)
    except TypeError:
        # a lone surrogate quoted back from the request
        return orjson.dumps(cleaned(value), default=str)


def cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: cleaned(one) for key, one in value.items()}
    return [cleaned(one) for one in value] if isinstance(value, list) else value
