"""The names of a new plug-in, all made of the one that its author chose, and those that cannot be."""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from serai_sdk.errors import SafeError
from serai_sdk.plugin import ID

DISTRIBUTION: Final = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
LONGEST: Final = 60
PREFIX_LENGTH: Final = 8
TAKEN: Final = frozenset(
    (
        "build dist docs graphql pluggy pydantic pytest serai serai_sdk serai_testkit site "
        "src strawberry test tests tortoise"
    ).split()
)
"""Packages that others have, and folders that would stand in their way."""


class BadName(SafeError):
    """A name that a plug-in cannot have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """``acme-loyalty`` is installed as ``distribution``, imported as ``package``, and is the plug-in ``id``.

    ``prefix`` tags the ids of its rows.
    """

    distribution: str
    package: str
    id: str
    prefix: str

    @property
    def type(self) -> str:
        """What the names of its types begin with: the id, as ``Loyalty``."""
        return self.id[:1].upper() + self.id[1:]


def names_of(
    name: str, *, id: str | None = None, ids: Collection[str] = (), prefixes: Collection[str] = ()
) -> Names:
    """The names that follow from ``acme-loyalty``; its id is the last word unless one is given.

    ``ids`` and ``prefixes`` are those that others have. Raises ``BadName`` with what to do instead.
    """
    if not DISTRIBUTION.fullmatch(name) or len(name) > LONGEST:
        raise BadName(
            f"{name!r} cannot be the name of a plug-in",
            hint="write words of small letters and digits with hyphens between them, such as acme-loyalty",
        )
    package = name.replace("-", "_")
    if package in sys.stdlib_module_names or package in TAKEN or keyword.iskeyword(package):
        raise BadName(
            f"a package called {package} is Python's own or somebody else's",
            hint=f"put your own name in front: acme-{name}",
        )
    id = name.rpartition("-")[2] if id is None else id
    if not ID.fullmatch(id):
        raise BadName(
            f"{id!r} cannot be the id of a plug-in",
            hint="give another by --id: 2 to 24 small letters and digits, a letter first",
        )
    if id in ids:
        raise BadName(
            f"the id {id!r} belongs to Serai, or to a plug-in that is installed",
            hint="give another by --id: tables, types, permissions and events begin with it",
        )
    return Names(distribution=name, package=package, id=id, prefix=_prefix(id, prefixes))


def _prefix(id: str, taken: Collection[str]) -> str:
    """A beginning of the id that no ids of rows begin with, with a digit after it where there is none."""
    beginnings = [id[:length] for length in range(3, PREFIX_LENGTH + 1)]
    numbered = [f"{id[: PREFIX_LENGTH - 1]}{digit}" for digit in range(10)]
    return next(one for one in (*beginnings, *numbered) if len(one) > 1 and one not in taken)
