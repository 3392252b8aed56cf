"""A plug-in brought in: imported under guard, timed, and checked to be what its entry point says."""

from __future__ import annotations

import importlib
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from serai.graph.findings import Problem
from serai.redaction import redact
from serai_sdk import Origin, Plugin
from serai_sdk.errors import SdkError

from .discover import Found


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import: the plug-in or a problem, and how long it took."""

    plugin: Plugin | None
    problem: Problem | None
    took_ms: float


def import_plugin(found: Found) -> Imported:
    """Imports what the entry point names; whatever goes wrong becomes a problem."""
    start = time.perf_counter()
    plugin: Plugin | None = None
    problem: Problem | None = None
    try:
        loaded = found.entry_point.load()
    except (Exception, SystemExit) as error:  # a plug-in's module may raise anything; the others go on
        problem = problem_of(found.id, error, "cannot be imported", _import_hint(found))
    else:
        problem = _not_a_plugin(found, loaded)
        plugin = loaded if problem is None else None
    return Imported(plugin, problem, (time.perf_counter() - start) * 1000)


def problem_of(plugin: str, error: BaseException, what: str, hint: str) -> Problem:
    """A plug-in's exception as a problem, placed where it was raised in code that is not ours."""
    if isinstance(error, SdkError):
        message, hint = f"{what}: {error.message}", error.hint or hint
    else:
        text = str(error).strip()
        message = f"{what}: {type(error).__name__}" + (f": {text}" if text else "")
    return Problem(plugin, redact(message), redact(hint), _place(error))


def _place(error: BaseException) -> Origin | None:
    """The innermost line that stands neither in Serai, nor in its SDK or below it, nor in the machinery of imports."""
    if isinstance(error, SyntaxError) and error.filename:
        return Origin(error.filename, error.lineno or 0)
    ours = (__file__, *(importlib.import_module(name).__file__ or "" for name in ("serai_sdk", "pydantic")))
    folders = tuple(str(Path(name).parent) for name in ours)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(("<frozen", *folders)) or "/importlib/" in frame.filename:
            continue
        return Origin(frame.filename, frame.lineno or 0)
    return None


def _import_hint(found: Found) -> str:
    module = found.entry_point.value.partition(":")[0]
    return f"see the whole trace with: python -c 'import {module}'"


def _not_a_plugin(found: Found, loaded: object) -> Problem | None:
    entry = found.entry_point
    if not isinstance(loaded, Plugin):
        hint = "name an instance in the entry point, such as `plugin = Booking()` in plugin.py"
        what = (
            f"the class {loaded.__name__}"
            if isinstance(loaded, type)
            else f"of the type {type(loaded).__name__}"
        )
        return Problem(
            found.id, f"{entry.value} is {what}, not an instance of a serai_sdk.Plugin subclass", hint
        )
    if loaded.id != found.id:
        return Problem(
            found.id,
            f"{entry.value} has the id {loaded.id!r}, and its entry point is named {found.id!r}",
            "give both the same name",
        )
    return None
