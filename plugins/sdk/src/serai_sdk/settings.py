"""Settings of a plug-in: typed fields that operators set, described where they are declared, checked before a start."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_core import PydanticUndefined

from .errors import DeclarationError

Secret = SecretStr
"""A text that is never printed, logged or written into JSON; ``get_secret_value()`` is the text."""

NAME = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")


def setting(
    default: Any = PydanticUndefined,
    *,
    description: str,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    pattern: str | None = None,
) -> Any:
    """A field of ``Settings``. Without ``default`` there must be a value, else the plug-in does not start.

    ``ge`` to ``lt`` bound numbers (at least, more than, at most, less than), ``min_length`` and ``max_length`` texts
    and lists; ``pattern`` is a regular expression that a text meets.
    """
    bounds = {"ge": ge, "gt": gt, "le": le, "lt": lt, "min_length": min_length, "max_length": max_length}
    given: dict[str, Any] = {name: value for name, value in bounds.items() if value is not None}
    return Field(default, description=description, pattern=pattern, **given)


class Settings(BaseModel):
    """What operators set for a plug-in: subclass it, and name the class as ``settings`` of the ``Plugin``.

    The value of ``points_per_euro`` of the plug-in ``loyalty`` is found in the environment as
    ``SERAI_LOYALTY__POINTS_PER_EURO``, in ``.env`` under the same name, or in ``serai.toml`` in the table
    ``[plugin_settings.loyalty]``; lists and objects are JSON in the environment. What is not declared is an error.

    Read them by ``ctx.settings(LoyaltySettings)``. Instances are frozen.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        for name, field in cls.model_fields.items():
            if not NAME.fullmatch(name):
                raise DeclarationError(
                    f"{cls.__name__}.{name} is no name of a setting",
                    hint="names are lower case letters, digits and single underscores",
                )
            if not field.description:
                raise DeclarationError(
                    f"{cls.__name__}.{name} is not described",
                    hint=f"write {name}: ... = setting(..., description='what it is for')",
                )
