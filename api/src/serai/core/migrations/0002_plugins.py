"""Which plug-ins this database has met: what their ids look like once they are gone."""

from tortoise import migrations
from tortoise.migrations import operations as ops

UP = """
create table core_plugin (
  id text primary key,
  version text not null,
  prefixes text[] not null,
  kinds text[] not null,
  seen_at timestamptz not null
);

comment on table core_plugin is
  'Plug-ins that were loaded on this database; an id of one that is not any more is answered with PLUGIN_ABSENT.';
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    initial = False

    operations = [ops.RunSQL(UP, "drop table core_plugin")]
