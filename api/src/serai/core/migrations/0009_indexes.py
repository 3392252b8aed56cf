"""Lists of a million rows by what they are sorted and looked up by, each from an index.

The graph compares text by code points (`collate "C"`), whatever the database's own collation, and an index serves only
an order of its own collation. Numbers and states are codes and not prose: their columns take that one, and so
do all indexes they are in. An e-mail is looked for as it is written, too, and a customer's demands by age.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

CODES = """
alter table core_transaction
  alter column number type varchar(32) collate "C",
  alter column status type varchar(16) collate "C";
"""

CODES_BEFORE = """
alter table core_transaction
  alter column number type varchar(32) collate "default",
  alter column status type varchar(16) collate "default";
"""

LOOKUPS = """
create index core_customer_email_exact on core_customer (email, id);
create index core_customer_email_order on core_customer (email collate "C", id);
create index core_demand_customer_created on core_demand (customer_id, created_at, id);
"""

LOOKUPS_BEFORE = """
drop index core_customer_email_exact;
drop index core_customer_email_order;
drop index core_demand_customer_created;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0007_imports")]
    initial = False

    operations = [
        ops.RunSQL(CODES, CODES_BEFORE),
        ops.RunSQL(LOOKUPS, LOOKUPS_BEFORE),
    ]
