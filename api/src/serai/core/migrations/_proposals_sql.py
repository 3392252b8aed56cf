"""What the migration of proposals needs beyond the tables of models: indexes, the history of demands so far, roles."""

from __future__ import annotations

INDEXES = """
-- the last line of defence: services look first, with the demand locked
create unique index core_proposal_one_submitted on core_proposal (demand_id, provider_id)
  where status = 'SUBMITTED';

create unique index core_proposal_one_awarded on core_proposal (demand_id)
  where status = 'AWARDED';

-- what the sweep looks for
create index core_demand_seeking_until on core_demand (window_end, id)
  where status in ('OPEN', 'PROPOSED');
"""

INDEXES_REVERSE = """
drop index core_demand_seeking_until;
drop index core_proposal_one_awarded;
drop index core_proposal_one_submitted;
"""

HISTORY = """
with sold as (
  select
    sale.*,
    'Awarded to ' || provider.name || ' for '
      || round(total_minor / 10::numeric ^ serai_exponent(total_currency), serai_exponent(total_currency))
      || ' ' || total_currency as sentence
  from core_transaction sale
  join core_provider provider on provider.id = sale.provider_id
  where demand_id is not null
),
steps as (
  select id as demand_id, null::uuid as transaction_id, created_at as at, 1 as step, 'OPENED' as kind,
         'The demand was opened' as sentence, id as told_of, 'demand.opened' as event
  from core_demand
  union all
  select demand_id, id, placed_at, 2, 'AWARDED', sentence, id, 'transaction.placed'
  from sold
  union all
  select demand_id, id, fulfilled_at, 3, 'FULFILLED', 'What was needed has been delivered', id, 'transaction.fulfilled'
  from sold
  where fulfilled_at is not null
  union all
  select demand_id, id, cancelled_at, 3, 'REOPENED', 'The transaction was cancelled: the demand is open again', id,
         'transaction.cancelled'
  from sold
  where cancelled_at is not null
  union all
  select id, null, updated_at, 4, 'CANCELLED', 'The demand was cancelled', id, 'demand.cancelled'
  from core_demand
  where status = 'CANCELLED'
  union all
  select id, null, coalesce(window_end, updated_at), 4, 'LAPSED', 'The window passed without an award', null, null
  from core_demand
  where status = 'LAPSED'
),
ordered as (
  select
    steps.*,
    -- no two entries of a demand have one instant
    at + interval '1 microsecond' * (row_number() over (partition by demand_id order by at, step, transaction_id) - 1)
      as told_at
  from steps
)
insert into core_demand_event
  (id, created_at, updated_at, version, demand_id, transaction_id, at, kind, side, text)
select
  uuidv7(told_at - clock_timestamp()), told_at, told_at, 1, demand_id, transaction_id, told_at, kind,
  (
    select case actor ->> 'kind' when 'customer' then 'CUSTOMER' when 'provider' then 'PROVIDER' else 'STAFF' end
    from core_outbox
    where aggregate_id = told_of
      and core_outbox.event = ordered.event
    order by seq desc
    limit 1
  ),
  sentence
from ordered;
"""

HISTORY_REVERSE = "delete from core_demand_event;"

ROLES = """
update core_role
set permissions = permissions || '["proposals:read"]'
where name in ('analyst', 'operator', 'support')
  and not permissions ? 'proposals:read';

update core_role
set permissions = permissions || '["proposals:write"]'
where name in ('operator', 'support')
  and not permissions ? 'proposals:write';
"""

ROLES_REVERSE = "update core_role set permissions = permissions - 'proposals:read' - 'proposals:write';"
