"""The checks made, one after another, in this process: `python -m serai.conform.child`, started by its overseer.

Each is announced before it begins, so that whoever watches knows which one never ended.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Collection
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import orjson

from serai.redaction import redact
from serai.settings import load_settings

from .check import CHECKS, Check, Finding, Result
from .project import Staged, staged
from .subject import NotThere, Subject

__all__ = ["look", "results"]

for _name in ("packaging", "configuring", "graph", "events", "data", "running", "order"):
    import_module(f"serai.conform.{_name}")  # each declares its checks; they are made in this order


async def results(
    subject: Subject, only: Collection[str] | None = None
) -> AsyncIterator[tuple[Check, Result | None]]:
    """Each check before it is made, with ``None``, and after it, with what came of it; ``only`` those of these ids."""
    async with subject.open():
        if only is None or "O02" in only:
            subject.before  # noqa: B018 - what is there before anything is imported
        for check in CHECKS.values():
            if only is None or check.id in only:
                yield check, None
                yield check, await look(check, subject)


async def look(check: Check, subject: Subject) -> Result:
    """Makes a check; what it looks at may be missing, and what it calls may raise anything."""
    try:
        made = check.run(subject)
        found = [one async for one in made] if isinstance(made, AsyncIterator) else list(made)
    except NotThere as error:
        return check.came("skipped", reason=str(error))
    except Exception as error:  # a plug-in's code may raise anything, and what raises has failed
        found = [Finding(f"it raised {type(error).__name__}: {error}", "see where it is raised")]
    told = [Finding(redact(one.what), one.mend, one.place) for one in found]
    return check.came("failed" if told else "passed", *told)


async def _tell(made: Staged, given: dict[str, Any], told: IO[bytes]) -> None:
    subject = Subject(made, settings=load_settings(), dsn=given["dsn"])
    async for check, result in results(subject, given["only"]):
        told.write(orjson.dumps({"begun": check.id} if result is None else {"result": result}) + b"\n")
        told.flush()


def _main(given: dict[str, Any]) -> None:
    with staged(Path(given["project"])) as made, Path(given["told"]).open("ab") as told:
        asyncio.run(_tell(made, given, told))


if __name__ == "__main__":
    _main(orjson.loads(sys.argv[1]))
