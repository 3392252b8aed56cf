"""Structured logs: for people on a console, as JSON for machines; what must stay secret never gets in."""

from __future__ import annotations

import asyncio
import atexit
import logging
import re
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from functools import lru_cache, partial
from typing import Any, Final, Literal, TextIO, cast

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from serai.redaction import MASK, redact

__all__ = ["REQUEST_ID", "configure_logs", "log_request", "mask", "mask_secrets"]

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The request that is being answered: every line that is logged meanwhile has its id."""

TOGETHER_S: Final = 0.02
AT_ONCE: Final = 4
"""Of the requests of so many seconds so many lines are written at once; the others together, at the end of it."""
REQUESTS = "serai.http"
SECRET_NAME = re.compile(
    r"authorization|cookie|password|passwd|secret|token|api_?key|private_?key|dsn", re.IGNORECASE
)
SECRET_TEXT: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?"), MASK),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {MASK}"),
    (re.compile(r"(?<=://)[^/\s@]*:[^/\s@]*@"), f"{MASK}@"),
    # PostgreSQL quotes the values of the offending row here: they may be anybody's.
    (re.compile(r"(?m)^(\s*DETAIL: ).*$"), rf"\1 {MASK}"),
)

SUSPECT = re.compile(r"eyJ|://|DETAIL|[Bb][Ee][Aa][Rr][Ee][Rr]|[Bb][Aa][Ss][Ii][Cc]")


def configure_logs(
    *,
    format: Literal["console", "json"] = "console",
    level: Literal["debug", "info", "warning", "error"] = "info",
) -> None:
    """Sends what is logged, by structlog or by the standard library, to standard error in one form."""
    global _requests
    numeric = getattr(logging, level.upper())
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _add_request_id,
        structlog.processors.add_log_level,
        structlog.stdlib.add_logger_name,
        stamp,
        structlog.processors.format_exc_info,
        mask_secrets,
    ]
    rendering: Processor
    if format == "json":
        rendering = structlog.processors.JSONRenderer(serializer=_dumps)
    else:
        rendering = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    processors = [*shared, rendering]
    _requests = _Requests(
        processors,
        rendering if format == "console" else None,
        Lines(sys.stderr, REQUESTS),
        is_on=numeric <= logging.INFO,
    )
    structlog.configure(
        processors=processors,
        logger_factory=partial(Lines, sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, rendering],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(numeric)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # uvicorn tells its own life, of which `serai run` says what matters; the others would log every call with its whole
    # URL, which may hold what is nobody's business.
    for name in ("uvicorn", "uvicorn.error", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(max(numeric, logging.WARNING))
    # Each request is logged once, by RequestLog.
    logging.getLogger("uvicorn.access").disabled = True


class Lines:
    """Writes structlog's lines straight out: the way through the standard library costs as much as a small read."""

    __slots__ = ("_stream", "_waiting", "_window_ends", "_written", "name")

    def __init__(self, stream: TextIO, name: str = "serai") -> None:
        self.name = name
        self._stream = stream
        self._waiting: list[bytes] = []
        self._window_ends = 0.0
        self._written = 0

    def write(self, line: str) -> None:
        """Write one line, whole; nothing fails because its log does."""
        with suppress(OSError, ValueError):
            self._stream.write(line + "\n")
            self._stream.flush()

    def write_soon(self, line: bytes) -> None:
        """Write one line that is UTF-8 already and ends like one: now, or where there are many, with others."""
        if self._waiting:
            self._waiting.append(line)
            return
        now = time.monotonic()
        if now >= self._window_ends:
            self._window_ends, self._written = now + TOGETHER_S, 0
        self._written += 1
        self._waiting.append(line)
        loop = _running() if self._written > AT_ONCE else None
        if loop is None:
            self.flush()
        else:
            loop.call_later(self._window_ends - now, self.flush)

    def flush(self) -> None:
        """Write what waits."""
        if not self._waiting:
            return
        written, self._waiting = b"".join(self._waiting), []
        with suppress(OSError, ValueError):
            buffer = getattr(self._stream, "buffer", None)
            if buffer is None:
                self._stream.write(written.decode())
            else:
                buffer.write(written)
            self._stream.flush()

    debug = info = warning = error = critical = exception = log = msg = write


def log_request(
    request_id: str, method: str, path: str, status: int | str, took_s: float, facts: Mapping[str, Any]
) -> None:
    """Write the line of a request, at level ``info``.

    The caller's id and path come masked. ``facts`` come from who handled it and hold no text of the caller's; all but
    the operation's name is the platform's own wording. The line is what structlog would write: its chain is only gone
    through where somebody has set up another one.
    """
    requests = _requests
    duration_ms = round(took_s * 1000, 1)
    if requests is not None and structlog.get_config()["processors"] is requests.processors:
        requests.write(request_id, method, path, status, duration_ms, facts)
        return
    structlog.stdlib.get_logger(REQUESTS).info(
        "request", method=method, path=path, status=status, duration_ms=duration_ms, **facts
    )


class _Requests:
    """Writes the lines of requests without the chain of processors, which costs more than a small read."""

    __slots__ = ("_is_on", "_lines", "_render", "processors")

    def __init__(
        self, processors: list[Processor], render: Processor | None, lines: Lines, *, is_on: bool
    ) -> None:
        self.processors = processors
        self._render = render
        self._lines = lines
        self._is_on = is_on

    def write(
        self,
        request_id: str,
        method: str,
        path: str,
        status: int | str,
        duration_ms: float,
        facts: Mapping[str, Any],
    ) -> None:
        if not self._is_on:
            return
        event: EventDict = {
            "request_id": request_id,
            "method": method,
            "path": path,
            "status": status,
            "duration_ms": duration_ms,
            **facts,
            "event": "request",
            "level": "info",
            "logger": REQUESTS,
            "timestamp": _now(),
        }
        if "operation" in event:
            event["operation"] = mask(event["operation"])
        if self._render is None:
            self._lines.write_soon(orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE))
        else:
            self._lines.write(cast(str, self._render(self._lines, "info", event)))

    def flush(self) -> None:
        self._lines.flush()


_requests: _Requests | None = None


@atexit.register
def _flush_requests() -> None:
    if _requests is not None:
        _requests.flush()


def _now() -> str:
    """This instant as structlog stamps it: ISO 8601, in UTC, to the microsecond."""
    second, rest = divmod(time.time_ns(), 1_000_000_000)
    return f"{_second(second)}.{rest // 1_000:06}Z"


@lru_cache(maxsize=2)
def _second(since_epoch: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(since_epoch))


def _add_request_id(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    request_id = REQUEST_ID.get()
    if request_id is not None:
        event.setdefault("request_id", request_id)
    return event


def mask_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blanks values with a secret's name, and inside texts tokens, passwords in URLs and quoted rows."""
    for name, value in event.items():
        event[name] = MASK if _names_a_secret(name) else mask(value)
    return event


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


@lru_cache(maxsize=1024)
def _names_a_secret(name: str) -> bool:
    return SECRET_NAME.search(name) is not None


def mask(value: Any) -> Any:
    """The value without secrets in its texts."""
    if isinstance(value, str):
        value = redact(value)
        if not SUSPECT.search(value):
            return value
        for pattern, replacement in SECRET_TEXT:
            value = pattern.sub(replacement, value)
        return value
    if isinstance(value, Mapping):
        return {
            key: MASK if isinstance(key, str) and _names_a_secret(key) else mask(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [mask(inner) for inner in value]
    return value


def _dumps(value: Any, default: Any) -> str:
    return orjson.dumps(value, default=default, option=orjson.OPT_NON_STR_KEYS).decode()
