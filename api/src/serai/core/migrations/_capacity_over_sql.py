"""Holds that ended long ago may be forgotten; all others stay, and what is told of them."""

from __future__ import annotations

RULES = """
create function serai_capacity_is_over(hold uuid) returns boolean
  language sql stable
as $$
  select exists (
    select
    from core_capacity_hold h
    where h.id = hold
      and h.state in ('RELEASED', 'EXPIRED')
      and h.moved_at < serai_now() - interval '90 days'
  )
$$;

comment on function serai_capacity_is_over(uuid) is
  'Whether a hold was let go so long ago that it may be forgotten, with its claims and its log.';

create index core_capacity_hold_over on core_capacity_hold (moved_at, id) where state in ('RELEASED', 'EXPIRED');

create or replace function serai_capacity_freed() returns trigger
  language plpgsql
as $$
begin
  if tg_op = 'DELETE' and serai_capacity_is_over(old.hold_id) then
    return old;
  end if;
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

create or replace function serai_capacity_moved() returns trigger
  language plpgsql
as $$
begin
  if tg_op = 'DELETE' and serai_capacity_is_over(old.id) then
    return old;
  end if;
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

create or replace function serai_capacity_logged() returns trigger
  language plpgsql
as $$
begin
  if tg_op = 'DELETE' and serai_capacity_is_over(old.hold_id) then
    return old;
  end if;
  if tg_op <> 'INSERT' or pg_trigger_depth() < 2 then
    raise exception 'the log of capacity follows from holds, and is never altered'
      using errcode = 'check_violation', constraint = 'core_capacity_unaltered', table = 'core_capacity_log';
  end if;
  return new;
end
$$;
"""

RULES_REVERSE = """
create or replace function serai_capacity_freed() returns trigger
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

create or replace function serai_capacity_moved() returns trigger
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

create or replace function serai_capacity_logged() returns trigger
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

drop index core_capacity_hold_over;
drop function serai_capacity_is_over(uuid);
"""
