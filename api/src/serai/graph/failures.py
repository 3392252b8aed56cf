"""What went wrong in a field, as callers may know it."""

from __future__ import annotations

import uuid
from typing import Any

import asyncpg
import structlog

from serai.errors import PoolTimeout, SeraiError, StorageError
from serai.redaction import redact
from serai.storage.losing import is_lost
from serai_sdk import SafeError

from .batches import Failure
from .errors import GraphRequestError
from .plan import RootPlan
from .responses import error_json, of_serai

log = structlog.get_logger("serai.graph")


def described(
    error: BaseException, *, failure: Failure | None = None, root: RootPlan | None = None
) -> dict[str, Any]:
    """An error as it may be told: the plug-in's or the platform's own are masked, and logged under an id."""
    plugin = failure.plugin if failure else None
    if plugin is None and root is not None and root.source is not None:
        plugin = root.source.origin.plugin or None
    extra: dict[str, Any] = {"plugin": plugin} if plugin else {}
    if failure is not None and failure.field:
        extra["field"] = failure.field
        extra["count"] = failure.count if failure.count > 1 else None
    if isinstance(error, GraphRequestError):
        return of_serai(error, **extra)
    if isinstance(error, SafeError):
        if error.retriable:
            extra["retriable"] = True
        return error_json(redact(error.message), error.code, hint=error.hint and redact(error.hint), **extra)
    if isinstance(error, (asyncpg.DataError, UnicodeError)):
        return error_json(
            "A value cannot be stored or compared: it is out of range or not valid text.",
            "BAD_USER_INPUT",
            **extra,
        )
    if isinstance(error, asyncpg.ProgramLimitExceededError):
        return error_json(
            "The operation is more than the database takes in one statement.",
            "BAD_USER_INPUT",
            hint="ask for fewer fields and conditions, or in several operations",
            **extra,
        )
    if isinstance(error, PoolTimeout):
        return error_json("The platform is busy; try again.", "OVERLOADED", retriable=True, **extra)
    if isinstance(error, (StorageError, OSError)) or is_lost(error):
        log.warning("database_unavailable", error=type(error).__name__)
        return error_json("The database cannot be reached; try again.", "UNAVAILABLE", retriable=True)
    safe = getattr(error, "client_code", None)
    if isinstance(error, SeraiError) and safe:
        return error_json(error.message, str(safe), hint=error.hint)
    number = uuid.uuid4().hex
    log.error("field_failed", id=number, exc_info=error, **{"plugin": plugin, **extra})
    message = (
        f"The plug-in {plugin} failed." if plugin and isinstance(error, Exception) else "Internal error."
    )
    return error_json(message, "PLUGIN_FAILED" if failure else "INTERNAL", id=number, **extra)
