"""Plug-ins made up for measuring: each has an entity of its own and adds fields to customers and transactions."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

MODELS = '''"""Table of things."""

from serai_sdk.orm import Model, fields


class Thing(Model):
    title = fields.TextField()
    customer_id = fields.UUIDField()

    class Meta:
        table = "{id}_thing"
'''
PLUGIN = '''"""Made up."""

from serai_sdk import Graph, Plugin, Storage, anyone, batched, column, count_of, entity, extend, hookimpl
from serai_sdk import to_many, to_one

from . import models


@entity(models.Thing, prefix="{prefix}", access=anyone)
class {type}Thing:
    """A thing that was made up."""

    title: str = column("Its title.")
    customer = to_one("Customer", "Whose it is.")


@extend("Customer")
class {type}Customer:
    {id}_things = to_many("{type}Thing", "Things of it.", by="customer", order=("id",))
    {id}_thing_count: int | None = count_of("{id}_things", "How many there are.")

    @batched("Made up.", needs=("name",))
    async def {id}_word(ctx, parents) -> list[str | None]:
        return [one["name"] for one in parents]


class {type}(Plugin):
    id = "{id}"
    title = "{type}"

    @hookimpl
    def graph(self) -> Graph:
        return Graph(entities=({type}Thing,), extends=({type}Customer,))

    @hookimpl
    def storage(self) -> Storage:
        return Storage(models=("serai_{id}.models",), migrations="serai_{id}.migrations")


plugin = {type}()
'''
METADATA = "Metadata-Version: 2.1\nName: serai-{id}\nVersion: 1.0.0\nRequires-Dist: serai-sdk>=1.0,<2\n"


@contextmanager
def dummies(count: int) -> Iterator[None]:
    """So many plug-ins are installed for platforms opened in the block, which ask for none of their tables."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(count):
            _install(folder, number)
        sys.path.insert(0, name)
        importlib.invalidate_caches()
        try:
            yield
        finally:
            sys.path.remove(name)
            importlib.invalidate_caches()
            for module in [one for one in sys.modules if one.startswith("serai_dummy")]:
                del sys.modules[module]


def _install(folder: Path, number: int) -> None:
    letters = chr(ord("a") + number // 26) + chr(ord("a") + number % 26)
    words = {"id": f"dummy{letters}", "type": f"Dummy{letters}", "prefix": f"z{letters}"}
    package = folder / f"serai_dummy{letters}"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "migrations").mkdir()
    (package / "migrations" / "__init__.py").write_text("")
    (package / "models.py").write_text(MODELS.format(**words))
    (package / "plugin.py").write_text(PLUGIN.format(**words))
    info = folder / f"serai_dummy{letters}-1.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA.format(**words))
    (info / "entry_points.txt").write_text(
        f"[serai.plugins]\ndummy{letters} = serai_dummy{letters}.plugin:plugin\n"
    )
