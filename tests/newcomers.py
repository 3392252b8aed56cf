"""Plug-ins written for a test: any number of packages, each with a few entities that lead to customers."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MODEL = """
class Thing{one}(Model):
    customer_id = fields.UUIDField()
    title = fields.TextField()
    weight = fields.IntField(null=True)

    class Meta:
        table = "{id}_thing{one}"
"""

ENTITY = """
@entity(models.Thing{one}, prefix="{id}x{one}", access=permission("{id}:read") | own("customer_id"))
class {name}Thing{one}:
    \"\"\"Something of a customer.\"\"\"

    customer = to_one("Customer", "Whose it is.")
    title: str = column("What it is called.", filterable=True, orderable=True)
    weight: int | None = column("How heavy it is, in grams.", filterable=True, orderable=True)
"""

LINK = """
    {id}_things{one} = to_many("{name}Thing{one}", "What belongs to them.", by="customer")
"""

PLUGIN = """
from serai_sdk import Graph, Permission, Plugin, Storage, hookimpl

from . import graph


class Newcomer(Plugin):
    \"\"\"One of many.\"\"\"

    id = "{id}"
    title = "{name}"

    @hookimpl
    def graph(self):
        return graph.GRAPH

    @hookimpl
    def storage(self):
        return Storage(models=("serai_{id}.models",), migrations="serai_{id}.migrations")

    @hookimpl
    def permissions(self):
        return Permission(name="{id}:read", title="Read")


plugin = Newcomer()
"""


@contextmanager
def newcomers(folder: Path, count: int, *, entities: int = 10) -> Iterator[None]:
    """So many plug-ins installed into a folder on the path, for platforms opened meanwhile."""
    for number in range(count):
        _install(folder, f"n{number}", entities)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        importlib.invalidate_caches()


def _install(folder: Path, id: str, entities: int) -> None:
    name = id.capitalize()
    numbers = range(entities)
    files = {
        "__init__.py": "",
        "migrations/__init__.py": "",
        "models.py": "from serai_sdk.orm import Model, fields\n"
        + "".join(MODEL.format(id=id, one=one) for one in numbers),
        "graph.py": "from serai_sdk import Graph, column, entity, extend, own, permission, to_many, to_one\n"
        + "from . import models\n"
        + "".join(ENTITY.format(id=id, name=name, one=one) for one in numbers)
        + '\n@extend("Customer")\nclass Linked:\n'
        + "".join(LINK.format(id=id, name=name, one=one) for one in numbers)
        + f"\nENTITIES = ({', '.join(f'{name}Thing{one}' for one in numbers)},)\n"
        + "GRAPH = Graph(entities=ENTITIES, extends=(Linked,))\n",
        "plugin.py": PLUGIN.format(id=id, name=name),
    }
    package = folder / f"serai_{id}"
    (package / "migrations").mkdir(parents=True)
    for path, text in files.items():
        (package / path).write_text(text)
    info = folder / f"serai_{id}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: serai-{id}\nVersion: 1.0\nRequires-Dist: serai-sdk>=1.0,<2\n"
    )
    (info / "entry_points.txt").write_text(f"[serai.plugins]\n{id} = serai_{id}.plugin:plugin\n")
