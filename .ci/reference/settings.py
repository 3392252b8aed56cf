"""Settings: of Serai and of the plug-ins that have some, read from their pydantic classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from serai.loading.report import Loaded
from serai.settings import ENV_PREFIX, Settings

from .tables import table

INTRODUCTION = """# Settings

Each is read from the environment first, then from `.env`, then from `serai.toml` in the working directory (there under
its name in lower case, without `SERAI_`), and is otherwise the default. `serai config show` prints what holds here, and
where each value came from. A value that cannot be right stops the start with all mistakes at once.

What a plug-in can be set to is told below Serai's own; in `serai.toml` it stands in the table `[plugin_settings.<id>]`
under its name in lower case. A plug-in whose settings are not right does not start, and says what is wrong.

"""

PLAIN: dict[Any, str] = {
    Any: "anything",
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Path: "path",
}
BOUNDS = {Ge: ("ge", "at least"), Gt: ("gt", "more than"), Le: ("le", "at most"), Lt: ("lt", "less than")}


def page(plugins: Iterable[Loaded]) -> str:
    """Serai's settings, then those of each plug-in."""
    parts = [INTRODUCTION, _table(Settings, ENV_PREFIX)]
    for one in plugins:
        settings = one.plugin.settings if one.plugin is not None else None
        if settings is not None and issubclass(settings, BaseModel):
            parts.append(f"\n## {one.title}\n\n" + _table(settings, f"{ENV_PREFIX}{one.id.upper()}__"))
    return "".join(parts)


def _table(settings: type[BaseModel], prefix: str) -> str:
    fields = settings.model_fields.items()
    rows = (
        (f"`{prefix}{name.upper()}`", _kind(one), _default(one), one.description or "")
        for name, one in fields
    )
    return table(("variable", "type", "default", "what it is for"), rows)


def _kind(field: FieldInfo) -> str:
    return ", ".join([_type(field.annotation), *_bounds(field)])


def _type(annotation: Any) -> str:
    match get_origin(annotation):
        case origin if origin in (UnionType, Union):
            return " or ".join(_type(one) for one in get_args(annotation) if one is not NoneType)
        case origin if origin is Literal:
            return " or ".join(f"`{one}`" for one in get_args(annotation))
        case origin if origin is dict:
            key, value = get_args(annotation)
            return f"JSON object: {_type(key)} to {_type(value)}"
        case origin if origin in (list, tuple):
            return f"JSON list of {_type(get_args(annotation)[0])}"
    if annotation is SecretStr:
        return "text, never shown"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(f"`{one.value}`" for one in annotation)
    return PLAIN[annotation]


def _bounds(field: FieldInfo) -> Iterator[str]:
    for one in field.metadata:
        if type(one) in BOUNDS:
            attribute, words = BOUNDS[type(one)]
            yield f"{words} {getattr(one, attribute)}"
        elif isinstance(one, MinLen):
            yield "not empty" if one.min_length == 1 else f"at least {one.min_length} characters"


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    return "-" if value is None else f"`{value}`"
