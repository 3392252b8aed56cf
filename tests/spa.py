"""A plug-in with personal data in every shape, installed for a test as any other, and uninstalled again."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

PLUGIN = '''
"""Baths: personal data in the graph, behind two links, outside of the graph, in rows that go."""

from serai_sdk import JSON, Graph, Personal, Plugin, Storage, anyone, column, entity, hookimpl, to_one

from .models import Diary, Visit


@entity(Visit, prefix="spv", access=anyone())
class SpaVisit:
    """That somebody came."""

    customer = to_one("Customer", "Who came.")
    mood: str = column("How they felt.", personal=True)
    wishes: JSON = column("What they wished for.", personal=True)
    pool: str = column("Where they bathed.")


@entity(Diary, prefix="spd", access=anyone())
class SpaDiary:
    """What was written about a visit."""

    visit = to_one("SpaVisit", "About which.")
    entry: str | None = column("What was written.", personal=True)


class Spa(Plugin):
    id = "spa"

    @hookimpl
    def graph(self):
        return Graph(entities=(SpaVisit, SpaDiary))

    @hookimpl
    def storage(self):
        return Storage(
            models=("serai_spa.models",),
            migrations="serai_spa.migrations",
            personal=(
                Personal(table="spa_photo", columns=("picture", "people"), what="Pictures, to remember.",
                         path=(("visit_id", "spa_visit"), ("customer_id", "core_customer"))),
                Personal(table="spa_letter", columns=("words",), what="Letters.", deletes=True,
                         path=(("to_whom", "core_customer"),)),
            ),
        )


plugin = Spa()
'''

MODELS = """
from serai_sdk.orm import Model, fields


class Visit(Model):
    customer_id = fields.UUIDField()
    mood = fields.TextField()
    wishes = fields.JSONField(default=list)
    pool = fields.TextField()

    class Meta:
        table = "spa_visit"


class Diary(Model):
    visit_id = fields.UUIDField()
    entry = fields.TextField(null=True)

    class Meta:
        table = "spa_diary"
"""

MIGRATION = '''
from serai_sdk.orm import Migration as Base
from serai_sdk.orm import RunSQL

UP = """
create table spa_visit (
  id uuid primary key, created_at timestamptz not null, updated_at timestamptz not null, version integer not null,
  customer_id uuid not null references core_customer (id), mood text not null unique, wishes jsonb not null,
  pool text not null
);
create table spa_diary (
  id uuid primary key, created_at timestamptz not null, updated_at timestamptz not null, version integer not null,
  visit_id uuid not null references spa_visit (id), entry text
);
create table spa_photo (
  visit_id uuid not null references spa_visit (id), picture bytea not null, people text[] not null
);
create table spa_letter (words text not null, to_whom uuid not null references core_customer (id));
"""


class Migration(Base):
    dependencies = [("core", "0001_initial")]
    initial = True
    operations = [RunSQL(UP, "")]
'''


def install(folder: Path) -> None:
    """Puts the plug-in, with its metadata, into a folder on the path of imports."""
    package = folder / "serai_spa"
    (package / "migrations").mkdir(parents=True)
    for name, source in (
        ("__init__.py", ""),
        ("plugin.py", PLUGIN),
        ("models.py", MODELS),
        ("migrations/__init__.py", ""),
        ("migrations/0001_initial.py", MIGRATION),
    ):
        (package / name).write_text(source)
    info = folder / "serai_spa-1.0.0.dist-info"
    info.mkdir()
    lines = "Metadata-Version: 2.1\nName: serai-spa\nVersion: 1.0.0\nRequires-Dist: serai-sdk>=1.0,<2\n"
    (info / "METADATA").write_text(lines)
    (info / "entry_points.txt").write_text("[serai.plugins]\nspa = serai_spa.plugin:plugin\n")
    importlib.invalidate_caches()


def uninstall(folder: Path) -> None:
    """Takes it away again."""
    sys.path.remove(str(folder))
    for name in [one for one in sys.modules if one.partition(".")[0] == "serai_spa"]:
        del sys.modules[name]
    importlib.invalidate_caches()
