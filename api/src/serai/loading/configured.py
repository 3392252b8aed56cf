"""What operators set for plug-ins, as instances of the classes they declare, or as problems that tell what to set."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from pydantic import ValidationError

from serai.graph.findings import Problem
from serai.redaction import know_settings
from serai.settings import plugin_variable
from serai_sdk import Plugin, Secret, Settings

MISSING = "missing"
UNKNOWN = "extra_forbidden"


def configured(plugin: Plugin, given: Mapping[str, Any]) -> tuple[Settings | None, list[Problem]]:
    """The plug-in's settings out of what is ``given``, or all that is wrong with it; values are never told."""
    declared: Any = plugin.settings
    if declared is None:
        return None, [
            Problem(
                plugin.id, f"has no settings, but {name} is set for it", f"remove {_places(plugin.id, name)}"
            )
            for name in sorted(given)
        ]
    if not (isinstance(declared, type) and issubclass(declared, Settings)):
        return None, [
            Problem(plugin.id, "its settings are no class of settings", "subclass serai_sdk.Settings")
        ]
    try:
        values = declared.model_validate(_decoded(declared, given))
    except ValidationError as error:
        mistakes = error.errors(include_input=False, include_url=False, include_context=False)
        return None, [_problem(plugin.id, declared, one["type"], one["loc"], one["msg"]) for one in mistakes]
    know_settings(values)
    return values, []


def _decoded(declared: type[Settings], given: Mapping[str, Any]) -> dict[str, Any]:
    """Lists and objects come as JSON where they come as text."""
    shapes = declared.model_json_schema()["properties"]
    values = dict(given)
    for name, value in given.items():
        kinds = {one.get("type") for one in (shapes.get(name, {}), *shapes.get(name, {}).get("anyOf", ()))}
        if isinstance(value, str) and kinds & {"array", "object"}:
            try:
                values[name] = orjson.loads(value)
            except orjson.JSONDecodeError:
                continue  # it is told as a text that is no list
    return values


def _problem(
    id: str, declared: type[Settings], kind: str, place: tuple[int | str, ...], said: str
) -> Problem:
    name = str(place[0]) if place else ""
    if kind == MISSING and len(place) == 1:
        what = declared.model_fields[name].description
        return Problem(id, f"its setting {name} is not set: {what}", f"set {_places(id, name)}")
    if kind == UNKNOWN and len(place) == 1:
        return Problem(id, f"has no setting {name}", _suggestion(name, declared.model_fields))
    where = ".".join(map(str, place))
    said = said.removeprefix("Value error, ")
    if declared.model_fields[name].annotation is Secret:
        said = said.replace("items after validation", "characters")
    return Problem(id, f"its setting {where} is not right: {said}", f"mend {_places(id, name)}")


def _places(id: str, name: str) -> str:
    return f"{plugin_variable(id, name)}, or {name} in [plugin_settings.{id}] of serai.toml"


def _suggestion(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {close[0]}?" if close else f"it has {', '.join(sorted(known)) or 'none'}"
