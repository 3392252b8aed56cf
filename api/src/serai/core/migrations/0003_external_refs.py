"""External ids: what a row is called in the systems it came from; an index by which demands are found by answers.

No model stands for the table: it has no id of its own, its key is what imports look up by the million. ``entity`` is
the prefix of ids of the row's entity; a kind of offer has that of offers.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

EXTERNAL_REF = """
create table core_external_ref (
  entity text collate "C" not null,
  source text collate "C" not null,
  external_id text collate "C" not null,
  row_id uuid not null,
  created_at timestamptz not null default serai_now(),
  primary key (entity, source, external_id),
  constraint core_external_ref_source_sized check (length(source) between 1 and 64),
  constraint core_external_ref_id_sized check (length(external_id) between 1 and 256)
);

create index core_external_ref_row on core_external_ref (row_id);

comment on table core_external_ref is
  'What other systems call a row: within one entity, an id of a source names one row.';
"""


ANSWERS = """
create index core_demand_answers on core_demand using gin (answers jsonb_path_ops);
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0002_plugins")]
    initial = False

    operations = [
        ops.RunSQL(EXTERNAL_REF, "drop table core_external_ref"),
        ops.RunSQL(ANSWERS, "drop index core_demand_answers"),
    ]
