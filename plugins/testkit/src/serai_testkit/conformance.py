"""The numbered checks of a plug-in as tests: `class TestConformance(Conformance): project = ...`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

import pytest
import pytest_asyncio

from serai.conform import Verdict, check_ids, look_at
from serai.core.plugin import plugin as core
from serai.storage import OrmApp, migrate

from .databases import Databases

__all__ = ["Conformance"]


class Conformance:
    """Subclass it and name the folder of the plug-in, or its wheel, as ``project``: each check is a test.

    They are those that `serai plugin check` makes, all in one process of their own, on a database of their own.
    """

    project: ClassVar[Path]

    came: ClassVar[Verdict | None] = None

    @pytest_asyncio.fixture(loop_scope="session")
    async def verdict(self, databases: Databases) -> Verdict:
        """What came of all checks; they are made once for a class."""
        cls = type(self)
        if cls.came is None:
            template = await databases.template("tables of the core alone", _build)
            async with databases.clone(template) as dsn:
                cls.came = await asyncio.to_thread(look_at, self.project, dsn=dsn)
        return cls.came

    @pytest.mark.parametrize("check", check_ids())
    def test_check(self, check: str, verdict: Verdict) -> None:
        """One of them; docs/reference/checks says why it is made, and how to mend what it finds."""
        [result] = [one for one in verdict.results if one.id == check]
        told = "\n".join(f"{one.what}\n  mend: {one.mend}" for one in result.findings)
        assert result.state == "passed", f"{check} {result.title}: {result.state} {result.reason}\n{told}"


async def _build(dsn: str) -> None:
    storage = core.storage()
    await migrate(dsn, {"core": OrmApp(list(storage.models), storage.migrations)})
