"""The statements of the ledger. Each writes with all it needs to know, so that a transfer is one round trip.

Arrays come as ``(select $1::uuid[])``: PostgreSQL then does not look how many elements there are, and keeps the plan it
has made instead of making one for each transfer.
"""

from __future__ import annotations

OPEN = """
insert into core_ledger_account (
  id, key, owner_kind, customer_id, provider_id, staff_id, kind, asset, exponent, may_overdraw,
  created_at, updated_at, version
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, 1)
on conflict do nothing
"""

FIND = "select id from core_ledger_account where key = $1"

WRITE = """
with held as materialized (
  select account_id, posted - reserved as available
  from core_ledger_balance
  where account_id = any(array(select unnest($14::uuid[])))
    and not may_overdraw
  order by account_id
  for no key update
),
short as materialized (
  select h.account_id
  from held h
  join unnest((select $14::uuid[]), (select $15::bigint[])) as t(account_id, amount) on t.account_id = h.account_id
  where t.amount > greatest(h.available, 0)
),
written as (
  insert into core_ledger_transfer (id, phase, resolves_id, reverses_id, reference, expires_at, content, actor, at)
  select $1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9
  where not exists (select from short)
  on conflict do nothing
  returning id
),
entered as (
  insert into core_ledger_entry (id, transfer_id, account_id, is_pending, amount, asset, exponent, at)
  select e.id, w.id, a.id, e.is_pending, e.amount, a.asset, a.exponent, $9
  from written w
  cross join unnest((select $10::uuid[]), (select $11::uuid[]), (select $12::boolean[]), (select $13::bigint[]))
    as e(id, account_id, is_pending, amount)
  join core_ledger_account a on a.id = e.account_id
)
select exists (select from written) as is_written, array(select account_id from short) as short
"""
"""A transfer with its entries, unless an account that may not be overdrawn has less than is taken from it.

Those accounts are locked first, in order: also those that only expect something, since their balances are written.
"""

KNOWN = """
select (select content = $2 from core_ledger_transfer where id = $1) as is_same,
       (select phase from core_ledger_transfer where resolves_id = $3) as resolved,
       exists (select from core_ledger_transfer where reverses_id = $4) as is_reversed
"""

READ = """
select t.phase, t.expires_at, e.accounts, e.amounts, r.phase as resolved
from core_ledger_transfer t
left join core_ledger_transfer r on r.resolves_id = t.id
cross join lateral (
  select array_agg(e.account_id order by e.id) as accounts, array_agg(e.amount order by e.id) as amounts
  from core_ledger_entry e
  where e.transfer_id = t.id
    and e.is_pending = (t.phase = 'PENDING')
) e
where t.id = $1
"""
"""A transfer with its entries: those that are pending if it is, those that are settled otherwise."""

DUE = """
select distinct t.id
from core_ledger_entry e
join core_ledger_transfer t on t.id = e.transfer_id
where e.account_id = any($1::uuid[])
  and e.is_pending
  and e.amount < 0
  and t.phase = 'PENDING'
  and t.expires_at <= $2
  and not exists (select from core_ledger_transfer r where r.resolves_id = t.id)
order by t.id
limit $3
"""

ALL_DUE = """
select t.id
from core_ledger_transfer t
where t.expires_at <= $1
  and not exists (select from core_ledger_transfer r where r.resolves_id = t.id)
order by t.expires_at, t.id
limit $2
"""

NOW = """
select a.id, a.exponent,
       coalesce(b.posted, 0) as posted, coalesce(b.reserved, 0) as reserved, coalesce(b.expected, 0) as expected
from core_ledger_account a
left join lateral (
  select sum(posted)::bigint as posted, sum(reserved)::bigint as reserved, sum(expected)::bigint as expected
  from core_ledger_balance
  where account_id = a.id
) b on true
where a.id = any($1::uuid[])
"""

THEN = """
select a.id, a.exponent,
       coalesce(b.posted, 0) as posted, coalesce(b.reserved, 0) as reserved, coalesce(b.expected, 0) as expected
from core_ledger_account a
left join lateral (
  select sum(e.amount) filter (where not e.is_pending)::bigint as posted,
         sum(case when t.resolves_id is null then greatest(-e.amount, 0) else -greatest(e.amount, 0) end)
           filter (where e.is_pending)::bigint as reserved,
         sum(case when t.resolves_id is null then greatest(e.amount, 0) else -greatest(-e.amount, 0) end)
           filter (where e.is_pending)::bigint as expected
  from core_ledger_entry e
  join core_ledger_transfer t on t.id = e.transfer_id
  where e.account_id = a.id
    and e.at <= $2
) b on true
where a.id = any($1::uuid[])
"""
