"""The table of pages."""

from serai_sdk.orm import Migration as BaseMigration
from serai_sdk.orm import RunSQL, search_column

UP = """
create table diary_page (
  id uuid primary key,
  customer_id uuid not null references core_customer (id) on delete restrict,
  about_type text,
  about_id uuid,
  written_at timestamptz,
  text text not null,
  details jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version integer not null
);

create index diary_page_customer on diary_page (customer_id, written_at desc, id desc);
"""


class Migration(BaseMigration):
    initial = True
    dependencies = [("core", "0011_search")]
    operations = [RunSQL(UP, "drop table diary_page"), search_column("diary_page", {"text": "A"})]
