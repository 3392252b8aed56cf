"""SQL of the feed: what a row of the outbox is in the feed, and the function that stamps."""

from __future__ import annotations

COLUMNS = """
alter table core_outbox
  add column position numeric(20, 0) not null default 0,
  add column is_stamped boolean not null default false,
  add column subject text collate "C",
  add column customer_id uuid,
  add column provider_id uuid,
  alter column event type text collate "C",
  add constraint core_outbox_stamped check (is_stamped = (position > 0));

drop index core_outbox_order;
drop index core_outbox_aggregate;

create index core_outbox_unstamped on core_outbox (seq) where not is_stamped;
create unique index core_outbox_position on core_outbox (position) where is_stamped;
create index core_outbox_subject on core_outbox (subject, position) where is_stamped;
create index core_outbox_type on core_outbox (event, position) where is_stamped;
create index core_outbox_customer on core_outbox (customer_id, position)
  where is_stamped and customer_id is not null;
create index core_outbox_provider on core_outbox (provider_id, position)
  where is_stamped and provider_id is not null;

create view core_event as
select id, position, event as type, event_version as type_version, subject as aggregate_id, aggregate_version,
       customer_id, provider_id, payload, actor, at
from core_outbox
where is_stamped;

comment on view core_event is 'The feed: what is stamped. Nobody reads anything else of it.';

create table core_feed_head (
  is_it boolean primary key default true check (is_it),
  position numeric(20, 0) not null
);

insert into core_feed_head (position) values (0);

comment on table core_feed_head is 'The position of the last event that was stamped.';
"""

COLUMNS_REVERSE = """
drop view core_event;
drop table core_feed_head;
alter table core_outbox
  drop column position,
  drop column is_stamped,
  drop column subject,
  drop column customer_id,
  drop column provider_id,
  alter column event type text collate "default";
create index core_outbox_order on core_outbox (seq);
create index core_outbox_aggregate on core_outbox (aggregate_id, seq);
"""

STAMP = """
create function serai_stamp(most integer, types text[], prefixes text[]) returns integer
language plpgsql volatile as $$
declare
  head numeric;
  stamped integer;
begin
  -- One at a time. What follows sees all that was committed when the lock was had: each statement looks anew.
  perform pg_advisory_xact_lock(hashtextextended('serai stamper', 0));
  select position into strict head from core_feed_head;
  with fresh as materialized (
    select id, seq
    from core_outbox
    where not is_stamped
    order by seq
    limit most
  ),
  placed as materialized (
    select id, head + row_number() over (order by seq) as position
    from fresh
  )
  update core_outbox one
  set position = placed.position,
      is_stamped = true,
      subject = (
        select known.prefix || '_' || replace(one.aggregate_id::text, '-', '')
        from unnest(types, prefixes) as known (type, prefix)
        where known.type = one.aggregate_type
      )
  from placed
  where one.id = placed.id;
  get diagnostics stamped = row_count;
  if stamped > 0 then
    update core_feed_head set position = head + stamped;
    perform pg_notify('serai_feed', (head + stamped)::text);
  end if;
  return stamped;
end
$$;

comment on function serai_stamp(integer, text[], text[]) is
  'Gives committed events their places in the feed: as many as asked for, in the order of seq.';
"""

STAMP_REVERSE = "drop function serai_stamp(integer, text[], text[]);"

ROLES = """
update core_role
set permissions = permissions || '["events:read"]'
where name in ('analyst', 'operator')
  and not permissions ? 'events:read';
"""

ROLES_REVERSE = "update core_role set permissions = permissions - 'events:read';"
