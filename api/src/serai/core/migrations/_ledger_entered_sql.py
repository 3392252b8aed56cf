"""What the database does when entries are written: the same rules and balances as before, in one statement.

Each statement of a function costs some twenty microseconds before it does anything, and there were six for a transfer.
"""

from __future__ import annotations

from ._ledger_sql import RULES

ENTERED = """
create or replace function serai_ledger_entered() returns trigger
  language plpgsql
as $$
declare
  seen record;
begin
  with entered as materialized (
    select f.transfer_id,
           f.account_id,
           f.is_pending,
           f.asset,
           f.amount,
           t.resolves_id,
           a.may_overdraw,
           (a.asset, a.exponent) is distinct from (f.asset, f.exponent) as is_strange,
           case t.phase when 'POST' then false when 'POSTED' then f.is_pending else not f.is_pending end as is_misplaced
    from fresh f
    join core_ledger_transfer t on t.id = f.transfer_id
    join core_ledger_account a on a.id = f.account_id
  ),
  moved as (
    select account_id,
           may_overdraw,
           coalesce(sum(amount) filter (where not is_pending), 0) as posted,
           coalesce(sum(case when resolves_id is null then greatest(-amount, 0) else -greatest(amount, 0) end)
                    filter (where is_pending), 0) as reserved,
           coalesce(sum(case when resolves_id is null then greatest(amount, 0) else -greatest(-amount, 0) end)
                    filter (where is_pending), 0) as expected
    from entered
    group by account_id, may_overdraw
    order by account_id
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
  ),
  striped as (
    insert into core_ledger_balance as b (account_id, stripe, may_overdraw, posted, reserved, expected)
    select account_id, pg_backend_pid() % 32, true, posted, reserved, expected
    from moved
    where may_overdraw
    on conflict (account_id, stripe) do update
    set posted = b.posted + excluded.posted,
        reserved = b.reserved + excluded.reserved,
        expected = b.expected + excluded.expected
  ),
  summed as (
    select transfer_id,
           sum(amount) as total,
           count(*) as entries,
           bool_or(is_strange) as is_strange,
           bool_or(is_misplaced) as is_misplaced,
           bool_or(resolves_id is not null) as is_resolving
    from entered
    group by transfer_id, is_pending, asset
  ),
  whole as (
    select transfer_id,
           bool_or(total <> 0) as is_unbalanced,
           sum(entries) as entries,
           bool_or(is_strange) as is_strange,
           bool_or(is_misplaced) as is_misplaced,
           bool_or(is_resolving) as is_resolving
    from summed
    group by transfer_id
  )
  select bool_or(is_unbalanced) as is_unbalanced,
         bool_or(is_strange) as is_strange,
         bool_or((select count(*) from core_ledger_entry e where e.transfer_id = w.transfer_id) <> w.entries)
           as is_partial,
         bool_or(is_misplaced) as is_misplaced,
         bool_or(is_resolving) as is_resolving
  into seen
  from whole w;

  if seen.is_unbalanced then
    raise exception 'the entries of a transfer do not add up to nothing'
      using errcode = 'check_violation', constraint = 'core_ledger_balanced', table = 'core_ledger_entry';
  end if;

  if seen.is_strange then
    raise exception 'an entry is in the asset of its account'
      using errcode = 'check_violation', constraint = 'core_ledger_balanced', table = 'core_ledger_entry';
  end if;

  if seen.is_partial then
    raise exception 'a transfer is written with all its entries at once'
      using errcode = 'check_violation', constraint = 'core_ledger_complete', table = 'core_ledger_entry';
  end if;

  if seen.is_misplaced then
    raise exception 'entries are pending if their transfer is, and no others'
      using errcode = 'check_violation', constraint = 'core_ledger_phased', table = 'core_ledger_entry';
  end if;

  if seen.is_resolving and exists (
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
  return null;
end
$$;
"""

ENTERED_REVERSE = RULES[: RULES.index("create trigger core_ledger_entry_entered")].replace(
    "create function", "create or replace function", 1
)
