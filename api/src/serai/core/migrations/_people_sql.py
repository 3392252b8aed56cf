"""What the sixth migration needs beyond the tables of models: uniqueness, what is known of personal columns, roles."""

from __future__ import annotations

UNIQUE = """
create unique index core_tag_name on core_tag (lower(name collate "C"));

create unique index core_customer_address_default on core_customer_address (customer_id, kind)
where is_default;

create unique index core_customer_consent_current on core_customer_consent (customer_id, purpose)
where is_current;

create function serai_mailbox(email text) returns text
  language sql immutable parallel safe
  return regexp_replace(lower(email collate "C"), '\\+[^@]*@', '@');

comment on function serai_mailbox(text) is
  'The mailbox behind a mail address: without regard to case, without what follows a plus sign.';

create index core_customer_mailbox on core_customer (serai_mailbox(email));
"""

UNIQUE_REVERSE = """
drop index core_customer_mailbox;
drop function serai_mailbox(text);
drop index core_customer_consent_current;
drop index core_customer_address_default;
drop index core_tag_name;
"""

PERSONAL = """
create table core_personal (
  plugin text not null,
  table_name text not null,
  path jsonb not null,
  what text not null,
  columns jsonb not null,
  is_internal boolean not null,
  is_deleted boolean not null,
  primary key (plugin, table_name, path)
);

comment on table core_personal is
  'Where personal data of customers lies, absent plug-ins'' tables included: written whenever plug-ins are met.';

create table core_secret (
  name text primary key,
  value bytea not null
);

comment on table core_secret is 'Random keys of this database.';

insert into core_secret (name, value)
values ('forgotten', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

create function serai_forgotten(source text, external_id text) returns text
  language sql stable parallel safe
  return (
    select 'forgotten:' || encode(
      sha256(s.value || sha256(s.value || convert_to(source || chr(31) || external_id, 'UTF8'))), 'hex'
    )
    from core_secret s
    where s.name = 'forgotten'
  );

comment on function serai_forgotten(text, text) is
  'What stands for an external id of a forgotten customer: a keyed hash that an import recognises and nobody reads.';
"""

PERSONAL_REVERSE = """
drop function serai_forgotten(text, text);
drop table core_secret;
drop table core_personal;
"""

GRANTED = {
    "operator": (
        "customers:export",
        "customers:forget",
        "customers:merge",
        "notes:read",
        "notes:remove",
        "notes:write",
        "tags:write",
    ),
    "support": ("customers:merge", "notes:read", "notes:write"),
}


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


ROLES = "".join(
    f"""
update core_role
set permissions = permissions || (
  select coalesce(jsonb_agg(p), '[]')
  from unnest(array[{_listed(names)}]) p
  where not permissions ? p
)
where name = '{role}';
"""
    for role, names in GRANTED.items()
)

ROLES_REVERSE = "".join(
    f"""
update core_role
set permissions = permissions - array[{_listed(names)}]
where name = '{role}';
"""
    for role, names in GRANTED.items()
)
