"""The ledger's tables, and the rules about them that the database itself keeps.

A transfer is written with all its entries at once and never altered. Each entry moves an amount into an account (above
zero) or out of it; those of a transfer add up to nothing, asset by asset, for what is settled and for what is pending.
A pending transfer is resolved once: posted (whole or in part), voided, or expired; what resolves it takes its pending
entries back and, if it posts, settles at most as much.

Balances are kept beside the entries by a trigger. An account that may be overdrawn has its balance in several rows, so
that those who write to it at once do not wait for one another; one that may not has a single row, whose check is the
last word on what it can spend.
"""

from __future__ import annotations

TABLES = """
alter table core_ledger_account
  alter column key type varchar(120) collate "C",
  alter column kind type varchar(40) collate "C",
  alter column asset type varchar(16) collate "C";

alter table core_ledger_transfer
  alter column phase type varchar(8) collate "C",
  alter column reference type varchar(200) collate "C";

alter table core_ledger_entry
  alter column asset type varchar(16) collate "C";

create index core_ledger_transfer_reference on core_ledger_transfer (reference, id) where reference is not null;

create index core_ledger_transfer_expiring on core_ledger_transfer (expires_at, id) where expires_at is not null;

create table core_ledger_balance (
  account_id uuid not null references core_ledger_account (id),
  stripe smallint not null,
  may_overdraw boolean not null,
  posted bigint not null,
  reserved bigint not null,
  expected bigint not null,
  primary key (account_id, stripe),
  constraint core_ledger_balance_covered check (may_overdraw or posted - reserved >= 0),
  constraint core_ledger_balance_striped check (may_overdraw or (stripe = 0 and reserved >= 0 and expected >= 0))
) with (fillfactor = 40);
"""

TABLES_REVERSE = "drop table core_ledger_balance"

RULES = """
create function serai_ledger_entered() returns trigger
  language plpgsql
as $$
begin
  if exists (
    select
    from fresh f
    group by f.transfer_id, f.is_pending, f.asset
    having sum(f.amount) <> 0
  ) then
    raise exception 'the entries of a transfer do not add up to nothing'
      using errcode = 'check_violation', constraint = 'core_ledger_balanced', table = 'core_ledger_entry';
  end if;

  if exists (
    select
    from fresh f
    join core_ledger_account a on a.id = f.account_id
    where (a.asset, a.exponent) is distinct from (f.asset, f.exponent)
  ) then
    raise exception 'an entry is in the asset of its account'
      using errcode = 'check_violation', constraint = 'core_ledger_balanced', table = 'core_ledger_entry';
  end if;

  if exists (
    select
    from (select transfer_id, count(*) as entries from fresh group by transfer_id) f
    where (select count(*) from core_ledger_entry e where e.transfer_id = f.transfer_id) <> f.entries
  ) then
    raise exception 'a transfer is written with all its entries at once'
      using errcode = 'check_violation', constraint = 'core_ledger_complete', table = 'core_ledger_entry';
  end if;

  if exists (
    select
    from fresh f
    join core_ledger_transfer t on t.id = f.transfer_id
    where case t.phase
            when 'POST' then false
            when 'POSTED' then f.is_pending
            else not f.is_pending
          end
  ) then
    raise exception 'entries are pending if their transfer is, and no others'
      using errcode = 'check_violation', constraint = 'core_ledger_phased', table = 'core_ledger_entry';
  end if;

  if exists (
    select
    from (select distinct t.id, t.resolves_id
          from fresh f
          join core_ledger_transfer t on t.id = f.transfer_id
          where t.resolves_id is not null) r
    cross join lateral (
      select e.account_id,
             sum(e.amount) filter (where e.is_pending) as unresolved,
             coalesce(sum(e.amount) filter (where e.is_pending and e.transfer_id = r.resolves_id), 0) as promised,
             coalesce(sum(e.amount) filter (where not e.is_pending), 0) as settled
      from core_ledger_entry e
      where e.transfer_id in (r.id, r.resolves_id)
      group by e.account_id
    ) s
    where s.unresolved <> 0
       or s.settled * sign(s.promised) not between 0 and abs(s.promised)
  ) then
    raise exception 'what resolves a transfer takes back what is pending, and settles no more'
      using errcode = 'check_violation', constraint = 'core_ledger_resolved', table = 'core_ledger_entry';
  end if;

  with moved as (
    select f.account_id,
           a.may_overdraw,
           coalesce(sum(f.amount) filter (where not f.is_pending), 0) as posted,
           coalesce(sum(case when t.resolves_id is null then greatest(-f.amount, 0) else -greatest(f.amount, 0) end)
                    filter (where f.is_pending), 0) as reserved,
           coalesce(sum(case when t.resolves_id is null then greatest(f.amount, 0) else -greatest(-f.amount, 0) end)
                    filter (where f.is_pending), 0) as expected
    from fresh f
    join core_ledger_transfer t on t.id = f.transfer_id
    join core_ledger_account a on a.id = f.account_id
    group by f.account_id, a.may_overdraw
    order by f.account_id
  ),
  covered as (
    update core_ledger_balance b
    set posted = b.posted + m.posted,
        reserved = b.reserved + m.reserved,
        expected = b.expected + m.expected
    from moved m
    where not m.may_overdraw
      and b.account_id = m.account_id
      and b.stripe = 0
  )
  insert into core_ledger_balance as b (account_id, stripe, may_overdraw, posted, reserved, expected)
  select account_id, pg_backend_pid() % 32, true, posted, reserved, expected
  from moved
  where may_overdraw
  on conflict (account_id, stripe) do update
  set posted = b.posted + excluded.posted,
      reserved = b.reserved + excluded.reserved,
      expected = b.expected + excluded.expected;
  return null;
end
$$;

create trigger core_ledger_entry_entered
  after insert on core_ledger_entry
  referencing new table as fresh
  for each statement execute function serai_ledger_entered();

create function serai_ledger_has_entries() returns trigger
  language plpgsql
as $$
begin
  if not exists (select from core_ledger_entry e where e.transfer_id = new.id) then
    raise exception 'a transfer has entries'
      using errcode = 'check_violation', constraint = 'core_ledger_complete', table = 'core_ledger_transfer';
  end if;
  return null;
end
$$;

create constraint trigger core_ledger_transfer_complete
  after insert on core_ledger_transfer
  deferrable initially deferred
  for each row execute function serai_ledger_has_entries();

create function serai_ledger_resolving() returns trigger
  language plpgsql
as $$
declare
  pending core_ledger_transfer;
begin
  select * into pending from core_ledger_transfer t where t.id = new.resolves_id for key share;
  if pending.phase is distinct from 'PENDING' then
    raise exception 'only what is pending is resolved'
      using errcode = 'check_violation', constraint = 'core_ledger_pending', table = 'core_ledger_transfer';
  end if;
  if (new.phase = 'EXPIRY') <> (pending.expires_at <= new.at) and pending.expires_at is not null
     and new.phase in ('EXPIRY', 'POST')
     or (new.phase = 'EXPIRY' and pending.expires_at is null) then
    raise exception 'what is pending expires when its time has come, and is not posted afterwards'
      using errcode = 'check_violation', constraint = 'core_ledger_in_time', table = 'core_ledger_transfer';
  end if;
  return new;
end
$$;

create trigger core_ledger_transfer_resolving
  before insert on core_ledger_transfer
  for each row when (new.resolves_id is not null) execute function serai_ledger_resolving();

create function serai_ledger_unaltered() returns trigger
  language plpgsql
as $$
begin
  raise exception 'what the ledger holds is never altered: reverse it by another transfer'
    using errcode = 'check_violation', constraint = 'core_ledger_unaltered', table = tg_table_name;
end
$$;

create trigger core_ledger_entry_unaltered
  before update or delete on core_ledger_entry
  for each row execute function serai_ledger_unaltered();

create trigger core_ledger_transfer_unaltered
  before update or delete on core_ledger_transfer
  for each row execute function serai_ledger_unaltered();

create function serai_ledger_account_kept() returns trigger
  language plpgsql
as $$
begin
  if tg_op = 'DELETE' or row(new.id, new.asset, new.exponent, new.may_overdraw)
                         is distinct from row(old.id, old.asset, old.exponent, old.may_overdraw) then
    raise exception 'an account keeps its asset and its rule'
      using errcode = 'check_violation', constraint = 'core_ledger_unaltered', table = tg_table_name;
  end if;
  return new;
end
$$;

create trigger core_ledger_account_kept
  before update or delete on core_ledger_account
  for each row execute function serai_ledger_account_kept();

create function serai_ledger_balance_kept() returns trigger
  language plpgsql
as $$
begin
  if pg_trigger_depth() < 2 then
    raise exception 'balances follow from entries: write a transfer'
      using errcode = 'check_violation', constraint = 'core_ledger_unaltered', table = tg_table_name;
  end if;
  return coalesce(new, old);
end
$$;

create function serai_ledger_opened() returns trigger
  language plpgsql
as $$
begin
  if not new.may_overdraw then
    insert into core_ledger_balance (account_id, stripe, may_overdraw, posted, reserved, expected)
    values (new.id, 0, false, 0, 0, 0);
  end if;
  return null;
end
$$;

create trigger core_ledger_account_opened
  after insert on core_ledger_account
  for each row execute function serai_ledger_opened();

create trigger core_ledger_balance_kept
  before insert or update or delete on core_ledger_balance
  for each row execute function serai_ledger_balance_kept();
"""

RULES_REVERSE = """
drop trigger core_ledger_entry_entered on core_ledger_entry;
drop trigger core_ledger_entry_unaltered on core_ledger_entry;
drop trigger core_ledger_transfer_complete on core_ledger_transfer;
drop trigger core_ledger_transfer_resolving on core_ledger_transfer;
drop trigger core_ledger_transfer_unaltered on core_ledger_transfer;
drop trigger core_ledger_account_kept on core_ledger_account;
drop trigger core_ledger_account_opened on core_ledger_account;
drop trigger core_ledger_balance_kept on core_ledger_balance;
drop function serai_ledger_opened();
drop function serai_ledger_balance_kept();
drop function serai_ledger_account_kept();
drop function serai_ledger_unaltered();
drop function serai_ledger_resolving();
drop function serai_ledger_has_entries();
drop function serai_ledger_entered();
"""

RIGHTS = """
update core_role
set permissions = permissions || '["ledger:read"]'
where name in ('analyst', 'operator');
"""

RIGHTS_REVERSE = """
update core_role
set permissions = permissions - 'ledger:read';

update core_principal
set granted = granted - 'ledger:read';
"""
