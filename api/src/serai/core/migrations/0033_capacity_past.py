"""Sizes that dates and slots of pools had long ago may be forgotten, where nothing is held of them."""

from tortoise import migrations
from tortoise.migrations import operations as ops

RULES = """
create or replace function serai_capacity_counted() returns trigger
  language plpgsql
as $$
begin
  if tg_op = 'DELETE' and old.used = 0 and old.starts_at > '-infinity'
     and old.starts_at < serai_now() - interval '90 days' then
    return old;
  end if;
  if pg_trigger_depth() < 2 and (tg_op = 'DELETE' or tg_op = 'INSERT' and new.used <> 0
                                 or tg_op = 'UPDATE' and new.used <> old.used) then
    raise exception 'what is used of a pool follows from holds'
      using errcode = 'check_violation', constraint = 'core_capacity_unaltered', table = 'core_capacity_counter';
  end if;
  return coalesce(new, old);
end
$$;

create index core_capacity_blackout_over on core_capacity_blackout (ends_at, id);

create index core_capacity_counter_over on core_capacity_counter (starts_at, resource_id);
"""

RULES_REVERSE = """
drop index core_capacity_counter_over;
drop index core_capacity_blackout_over;

create or replace function serai_capacity_counted() returns trigger
  language plpgsql
as $$
begin
  if pg_trigger_depth() < 2 and (tg_op = 'DELETE' or tg_op = 'INSERT' and new.used <> 0
                                 or tg_op = 'UPDATE' and new.used <> old.used) then
    raise exception 'what is used of a pool follows from holds'
      using errcode = 'check_violation', constraint = 'core_capacity_unaltered', table = 'core_capacity_counter';
  end if;
  return coalesce(new, old);
end
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0031_exports")]
    initial = False

    operations = [ops.RunSQL(RULES, RULES_REVERSE)]
