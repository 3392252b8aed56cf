"""The capacity tables, and the rules about them that the database itself keeps.

A resource is a unit, which one hold at a time has, or a pool, of which several have parts. A hold claims ranges of one
or several resources. Claims of a unit share no instant: an exclusion constraint says so. Those of a pool are counted by
a trigger, one row for each local date, slot, or in total, and a check keeps what is used within what there is.

There is one axis of time for all: a local date stands on it as the midnight of UTC it is written with; what is counted
in total has no bounds.
"""

from __future__ import annotations

TABLES = """
create extension if not exists btree_gist;

create function serai_clock() returns timestamptz
  language sql volatile parallel safe
  return clock_timestamp() + coalesce(nullif(current_setting('serai.clock_offset', true), '')::interval, interval '0');

comment on function serai_clock() is
  'The time of the platform at this very moment, not when the transaction began: for what has waited for a lock.';

create table core_capacity_resource (
  id uuid primary key,
  kind varchar(60) collate "C" not null,
  is_unit boolean not null,
  measure varchar(8) collate "C" not null,
  step_s integer,
  capacity integer not null,
  opened_at timestamptz not null,
  constraint core_capacity_resource_kind_valid check (kind ~ '^[a-z][a-z0-9_]*([.][a-z][a-z0-9_]*)*$'),
  constraint core_capacity_resource_measure_valid check (measure in ('DATE', 'SLOT', 'TOTAL')),
  constraint core_capacity_resource_capacity_valid check (capacity >= 0 and (not is_unit or capacity = 1)),
  constraint core_capacity_resource_step_valid check (
    case
      when measure = 'DATE' then step_s = 86400
      when measure = 'SLOT' and not is_unit then step_s > 0
      else step_s is null
    end
  ),
  constraint core_capacity_resource_unit_ranged check (not is_unit or measure <> 'TOTAL')
);

create index core_capacity_resource_kind on core_capacity_resource (kind, id);

create table core_capacity_counter (
  resource_id uuid not null references core_capacity_resource (id),
  starts_at timestamptz not null,
  capacity integer not null,
  is_override boolean not null default false,
  used integer not null default 0,
  primary key (resource_id, starts_at),
  constraint core_capacity_counter_covered check (used >= 0 and used <= capacity)
) with (fillfactor = 70);

create table core_capacity_blackout (
  id uuid primary key,
  resource_id uuid not null references core_capacity_resource (id),
  starts_at timestamptz,
  ends_at timestamptz,
  reason varchar(200),
  at timestamptz not null,
  constraint core_capacity_blackout_range_valid check (starts_at < ends_at or starts_at is null and ends_at is null)
);

create index core_capacity_blackout_range
  on core_capacity_blackout using gist (resource_id, tstzrange(starts_at, ends_at));

create table core_capacity_hold (
  id uuid primary key,
  state varchar(9) collate "C" not null,
  expires_at timestamptz,
  reference varchar(200) collate "C",
  content bytea not null,
  at timestamptz not null,
  moved_at timestamptz not null,
  constraint core_capacity_hold_state_valid check (state in ('HELD', 'CONFIRMED', 'RELEASED', 'EXPIRED')),
  constraint core_capacity_hold_expires_valid check (
    case state when 'HELD' then expires_at is not null when 'CONFIRMED' then expires_at is null else true end
  )
) with (fillfactor = 80);

create index core_capacity_hold_expiring on core_capacity_hold (expires_at, id) where state = 'HELD';

create index core_capacity_hold_reference on core_capacity_hold (reference, id) where reference is not null;

create table core_capacity_claim (
  hold_id uuid not null references core_capacity_hold (id),
  number smallint not null,
  resource_id uuid not null references core_capacity_resource (id),
  starts_at timestamptz,
  ends_at timestamptz,
  quantity integer not null,
  is_unit boolean not null,
  is_live boolean not null,
  expires_at timestamptz,
  primary key (hold_id, number),
  constraint core_capacity_claim_range_valid check (starts_at < ends_at or starts_at is null and ends_at is null),
  constraint core_capacity_claim_quantity_valid check (quantity > 0 and (not is_unit or quantity = 1)),
  constraint core_capacity_claim_alone
    exclude using gist (resource_id with =, tstzrange(starts_at, ends_at) with &&) where (is_live and is_unit)
) with (fillfactor = 80);

create index core_capacity_claim_expiring
  on core_capacity_claim (resource_id, expires_at)
  where is_live and expires_at is not null;

create index core_capacity_claim_pooled
  on core_capacity_claim using gist (resource_id, tstzrange(starts_at, ends_at))
  where is_live and not is_unit;

create table core_capacity_log (
  seq bigint generated always as identity primary key,
  hold_id uuid not null references core_capacity_hold (id),
  state varchar(9) collate "C" not null,
  expires_at timestamptz,
  at timestamptz not null
);

create index core_capacity_log_hold on core_capacity_log (hold_id, seq);
"""

TABLES_REVERSE = """
drop table core_capacity_log;
drop table core_capacity_claim;
drop table core_capacity_hold;
drop table core_capacity_blackout;
drop table core_capacity_counter;
drop table core_capacity_resource;
drop function serai_clock();

do $$
begin
  drop extension if exists btree_gist;
exception
  when dependent_objects_still_exist then null;
end
$$;
"""

RULES = """
create function serai_capacity_periods(starts_at timestamptz, ends_at timestamptz, step_s integer)
  returns setof timestamptz
  language sql immutable parallel safe
as $$
  select case when step_s is null then '-infinity'::timestamptz else to_timestamp(e.second) end
  from generate_series(
         coalesce(extract(epoch from starts_at)::bigint, 0),
         coalesce(extract(epoch from ends_at)::bigint - step_s, 0),
         coalesce(step_s, 1)::bigint
       ) as e(second)
$$;

comment on function serai_capacity_periods(timestamptz, timestamptz, integer) is
  'The beginnings of the periods of a range that is counted by periods; one without beginning if in total.';

create function serai_capacity_claimed() returns trigger
  language plpgsql
as $$
declare
  resource core_capacity_resource;
begin
  select * into resource from core_capacity_resource r where r.id = new.resource_id for no key update;
  if resource.id is null then
    return new;  -- the foreign key refuses it
  end if;
  if (resource.measure = 'TOTAL') <> (new.starts_at is null) then
    raise exception 'what is counted in total has no range, and all else has one'
      using errcode = 'check_violation', constraint = 'core_capacity_claim_measured', table = 'core_capacity_claim';
  end if;
  if resource.step_s is not null
     and (mod(extract(epoch from new.starts_at), resource.step_s) <> 0
          or mod(extract(epoch from new.ends_at), resource.step_s) <> 0) then
    raise exception 'a range is one of whole periods'
      using errcode = 'check_violation', constraint = 'core_capacity_claim_measured', table = 'core_capacity_claim';
  end if;
  if exists (
    select
    from core_capacity_blackout b
    where b.resource_id = new.resource_id
      and tstzrange(b.starts_at, b.ends_at) && tstzrange(new.starts_at, new.ends_at)
  ) then
    raise exception 'the resource is blacked out then'
      using errcode = 'check_violation', constraint = 'core_capacity_claim_open', table = 'core_capacity_claim';
  end if;
  select h.state in ('HELD', 'CONFIRMED'), h.expires_at into new.is_live, new.expires_at
  from core_capacity_hold h
  where h.id = new.hold_id;
  new.is_unit := resource.is_unit;
  if new.is_live and not resource.is_unit then
    insert into core_capacity_counter (resource_id, starts_at, capacity)
    select new.resource_id, p.starts_at, resource.capacity
    from serai_capacity_periods(new.starts_at, new.ends_at, resource.step_s) as p(starts_at)
    on conflict (resource_id, starts_at) do nothing;
    update core_capacity_counter c
    set used = c.used + new.quantity
    where c.resource_id = new.resource_id
      and c.starts_at in (select serai_capacity_periods(new.starts_at, new.ends_at, resource.step_s));
  end if;
  return new;
end
$$;

create trigger core_capacity_claim_claimed
  before insert on core_capacity_claim
  for each row execute function serai_capacity_claimed();

create function serai_capacity_freed() returns trigger
  language plpgsql
as $$
begin
  if tg_op = 'DELETE'
     or row(new.hold_id, new.number, new.resource_id, new.starts_at, new.ends_at, new.quantity, new.is_unit)
        is distinct from
        row(old.hold_id, old.number, old.resource_id, old.starts_at, old.ends_at, old.quantity, old.is_unit)
     or new.is_live and not old.is_live
     or new.expires_at is distinct from old.expires_at and pg_trigger_depth() < 2
     or old.is_live and not new.is_live and pg_trigger_depth() < 2
        and (old.expires_at > serai_clock() or old.expires_at is null) then
    raise exception 'what is claimed stays claimed until its hold ends'
      using errcode = 'check_violation', constraint = 'core_capacity_unaltered', table = 'core_capacity_claim';
  end if;
  if old.is_live and not new.is_live and not old.is_unit then
    update core_capacity_counter c
    set used = c.used - old.quantity
    where c.resource_id = old.resource_id
      and c.starts_at in (
        select serai_capacity_periods(old.starts_at, old.ends_at, r.step_s)
        from core_capacity_resource r
        where r.id = old.resource_id
      );
  end if;
  return new;
end
$$;

create trigger core_capacity_claim_freed
  before update or delete on core_capacity_claim
  for each row execute function serai_capacity_freed();

create function serai_capacity_moved() returns trigger
  language plpgsql
as $$
begin
  if tg_op = 'DELETE'
     or row(new.id, new.content, new.at) is distinct from row(old.id, old.content, old.at)
     or new.moved_at not between old.moved_at and serai_clock()
     or not (case old.state
               when 'HELD' then new.state in ('HELD', 'CONFIRMED', 'RELEASED', 'EXPIRED')
               when 'CONFIRMED' then new.state in ('CONFIRMED', 'RELEASED')
               else new.state = old.state and new.expires_at is not distinct from old.expires_at
             end) then
    raise exception 'a hold goes from held to confirmed, released or expired, and not back'
      using errcode = 'check_violation', constraint = 'core_capacity_hold_forward', table = 'core_capacity_hold';
  end if;
  if old.state = 'HELD'
     and (case new.state
            when 'EXPIRED' then old.expires_at > new.moved_at
            when 'RELEASED' then false
            else old.expires_at <= new.moved_at
          end) then
    raise exception 'a hold is confirmed or extended before it expires, and expires not before its time'
      using errcode = 'check_violation', constraint = 'core_capacity_hold_in_time', table = 'core_capacity_hold';
  end if;
  return new;
end
$$;

create trigger core_capacity_hold_moved
  before update or delete on core_capacity_hold
  for each row execute function serai_capacity_moved();

create function serai_capacity_told() returns trigger
  language plpgsql
as $$
begin
  if tg_op = 'UPDATE' then
    if new.state = old.state and new.expires_at is not distinct from old.expires_at then
      return null;
    end if;
    if new.state in ('HELD', 'CONFIRMED')
       and exists (select from core_capacity_claim c where c.hold_id = new.id and not c.is_live) then
      raise exception 'what was let go is not held any more'
        using errcode = 'check_violation', constraint = 'core_capacity_hold_in_time', table = 'core_capacity_hold';
    end if;
    update core_capacity_claim c
    set is_live = c.is_live and new.state in ('HELD', 'CONFIRMED'), expires_at = new.expires_at
    where c.hold_id = new.id;
  end if;
  insert into core_capacity_log (hold_id, state, expires_at, at)
  values (new.id, new.state, new.expires_at, new.moved_at);
  return null;
end
$$;

create trigger core_capacity_hold_told
  after insert or update on core_capacity_hold
  for each row execute function serai_capacity_told();

create function serai_capacity_logged() returns trigger
  language plpgsql
as $$
begin
  if tg_op <> 'INSERT' or pg_trigger_depth() < 2 then
    raise exception 'the log of capacity follows from holds, and is never altered'
      using errcode = 'check_violation', constraint = 'core_capacity_unaltered', table = 'core_capacity_log';
  end if;
  return new;
end
$$;

create trigger core_capacity_log_logged
  before insert or update or delete on core_capacity_log
  for each row execute function serai_capacity_logged();

create function serai_capacity_counted() returns trigger
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

create trigger core_capacity_counter_counted
  before insert or update or delete on core_capacity_counter
  for each row execute function serai_capacity_counted();

create function serai_capacity_resized() returns trigger
  language plpgsql
as $$
begin
  if row(new.id, new.is_unit, new.measure, new.step_s)
     is distinct from row(old.id, old.is_unit, old.measure, old.step_s) then
    raise exception 'a resource keeps how it is measured'
      using errcode = 'check_violation', constraint = 'core_capacity_unaltered', table = 'core_capacity_resource';
  end if;
  -- what is over keeps what it had
  update core_capacity_counter c
  set capacity = case when p.is_over then c.capacity else new.capacity end,
      is_override = p.is_over
  from (
    select o.starts_at,
           o.starts_at > '-infinity'
             and o.starts_at < serai_clock() - make_interval(secs => 172800 + new.step_s) as is_over
    from core_capacity_counter o
    where o.resource_id = new.id
      and not o.is_override
  ) p
  where c.resource_id = new.id
    and c.starts_at = p.starts_at
    and new.capacity <> old.capacity;
  return new;
end
$$;

create trigger core_capacity_resource_resized
  before update on core_capacity_resource
  for each row execute function serai_capacity_resized();
"""

RULES_REVERSE = """
drop trigger core_capacity_resource_resized on core_capacity_resource;
drop trigger core_capacity_counter_counted on core_capacity_counter;
drop trigger core_capacity_log_logged on core_capacity_log;
drop trigger core_capacity_hold_told on core_capacity_hold;
drop trigger core_capacity_hold_moved on core_capacity_hold;
drop trigger core_capacity_claim_freed on core_capacity_claim;
drop trigger core_capacity_claim_claimed on core_capacity_claim;
drop function serai_capacity_resized();
drop function serai_capacity_counted();
drop function serai_capacity_logged();
drop function serai_capacity_told();
drop function serai_capacity_moved();
drop function serai_capacity_freed();
drop function serai_capacity_claimed();
drop function serai_capacity_periods(timestamptz, timestamptz, integer);
"""
