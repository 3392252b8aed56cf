"""What the first migration needs beyond the tables of models: functions, engines, indexes, roles."""

from __future__ import annotations

FUNCTIONS = """
create function serai_now() returns timestamptz
  language sql stable parallel safe
  return now() + coalesce(nullif(current_setting('serai.clock_offset', true), '')::interval, interval '0');

comment on function serai_now() is
  'The time of the platform: that of the transaction, moved by serai.clock_offset where a test sets it.';

-- not strict: PostgreSQL writes a function's body into the statement only if it need not look for nulls first
create function serai_exponent(currency text) returns integer
  language sql immutable parallel safe
  return case
    when currency in ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI',
                      'VND', 'VUV', 'XAF', 'XOF', 'XPF') then 0
    when currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 3
    when currency in ('CLF', 'UYW') then 4
    else 2
  end;

comment on function serai_exponent(text) is 'Digits of the minor unit of a currency of ISO 4217.';
"""

FUNCTIONS_REVERSE = """
drop function serai_exponent(text);
drop function serai_now();
"""

ENGINES = """
create sequence core_outbox_seq as bigint;

create table core_outbox (
  id uuid primary key,
  seq bigint not null default nextval('core_outbox_seq'),
  event text not null,
  event_version integer not null,
  aggregate_type text not null,
  aggregate_id uuid not null,
  aggregate_version integer not null,
  payload jsonb not null,
  actor jsonb not null,
  at timestamptz not null
);

alter sequence core_outbox_seq owned by core_outbox.seq;

create index core_outbox_order on core_outbox (seq);

create index core_outbox_aggregate on core_outbox (aggregate_id, seq);

comment on table core_outbox is
  'Events, written in the changing transaction; seq is drawn while the aggregate''s row lock is held.';

create table core_idempotency (
  viewer text not null,
  key text not null,
  mutation text not null,
  input_hash text not null,
  outcome jsonb,
  at timestamptz not null,
  primary key (viewer, key)
);

create index core_idempotency_at on core_idempotency (at);

comment on table core_idempotency is
  'Outcomes (ids and user errors) of mutations sent under a key, by viewer and key.';
"""

ENGINES_REVERSE = """
drop table core_idempotency;
drop table core_outbox;
"""

REST = """
create sequence core_transaction_number as bigint;

alter table core_service
  add constraint core_service_offer foreign key (id) references core_offer (id) on delete restrict;

alter table core_principal
  add constraint core_principal_login_folded check (login = lower(login collate "C"));

create unique index core_customer_email on core_customer (lower(email collate "C"));

create index core_customer_name on core_customer (name collate "C", id);

create index core_provider_name on core_provider (name collate "C", id);

create index core_offer_title on core_offer (title collate "C", id);
"""

REST_REVERSE = """
drop index core_offer_title;
drop index core_provider_name;
drop index core_customer_name;
drop index core_customer_email;
alter table core_principal drop constraint core_principal_login_folded;
alter table core_service drop constraint core_service_offer;
drop sequence core_transaction_number;
"""

ROLES = """
insert into core_role (id, created_at, updated_at, version, name, title, permissions)
values
  ('01890000-0000-7000-8000-000000000001', now(), now(), 1, 'operator', 'Runs the platform', '[
    "customers:read", "customers:write", "demands:read", "demands:write", "offers:read", "plugins:read",
    "principals:read", "providers:read", "providers:review", "providers:write", "scenarios:read",
    "scenarios:write", "staff:read", "transactions:read", "transactions:write"]'),
  ('01890000-0000-7000-8000-000000000002', now(), now(), 1, 'reviewer', 'Reviews providers', '[
    "offers:read", "providers:read", "providers:review", "providers:write", "scenarios:read"]'),
  ('01890000-0000-7000-8000-000000000003', now(), now(), 1, 'support', 'Helps customers', '[
    "customers:read", "customers:write", "demands:read", "demands:write", "offers:read", "providers:read",
    "scenarios:read", "transactions:read", "transactions:write"]'),
  ('01890000-0000-7000-8000-000000000004', now(), now(), 1, 'analyst', 'Reads the numbers', '[
    "demands:read", "offers:read", "providers:read", "scenarios:read", "transactions:read"]');
"""

ROLES_REVERSE = "delete from core_role;"
