"""What the migration to forms does beyond tables: what guards versions, and what becomes of questions and rights."""

from __future__ import annotations

GUARDS = """
-- both rows refer to each other, so the one to the other is looked at when the transaction ends
alter table core_form_version add constraint core_form_version_of_form unique (id, form_id);

alter table core_form
  add constraint core_form_current_version foreign key (current_version_id, id)
  references core_form_version (id, form_id) deferrable initially deferred;

create function core_form_version_stays() returns trigger
  language plpgsql
as $$
begin
  raise exception 'a version of a form never changes: revise the form'
    using errcode = 'integrity_constraint_violation', constraint = 'core_form_version_stays';
end
$$;

create trigger core_form_version_stays
  before update on core_form_version
  for each row execute function core_form_version_stays();
"""

GUARDS_REVERSE = """
drop trigger core_form_version_stays on core_form_version;
drop function core_form_version_stays();
alter table core_form drop constraint core_form_current_version;
alter table core_form_version drop constraint core_form_version_of_form;
"""

CARRY_OVER = """
-- a form for each scenario that asks something, by the scenario's slug; its id is of the time the scenario was made
create temporary table core_form_made on commit drop as
select s.id as scenario_id,
       uuidv7(s.created_at - clock_timestamp()) as form_id,
       uuidv7(s.created_at - clock_timestamp()) as version_id
from core_scenario s
where jsonb_array_length(s.questions) > 0;

insert into core_form (id, created_at, updated_at, version, key, title, status, current_version_id)
select m.form_id, s.created_at, s.updated_at, 1, s.slug, s.name, 'ACTIVE', m.version_id
from core_form_made m
join core_scenario s on s.id = m.scenario_id;

insert into core_form_version (id, created_at, updated_at, version, form_id, number, questions)
select m.version_id, s.created_at, s.created_at, 1, m.form_id, 1,
  (
    select jsonb_agg(
      jsonb_build_object(
        'key', q.asked -> 'key',
        'label', q.asked -> 'label',
        'labels', '[]'::jsonb,
        'help', q.asked -> 'help',
        'helps', '[]'::jsonb,
        'kind', q.asked -> 'kind',
        'required', coalesce(q.asked -> 'required', 'false'),
        'personal', coalesce(q.asked -> 'personal', 'false'),
        'choices', (
          select jsonb_agg(
            jsonb_build_object('value', c.choice, 'label', c.choice, 'labels', '[]'::jsonb) order by c.place
          )
          from jsonb_array_elements(
            case jsonb_typeof(q.asked -> 'choices') when 'array' then q.asked -> 'choices' else '[]' end
          ) with ordinality as c(choice, place)
        ),
        'minimum', q.asked -> 'minimum',
        'maximum', q.asked -> 'maximum',
        'earliest', null,
        'latest', null,
        'least', null,
        'most', null,
        'range', null,
        'textVersion', null,
        'showIf', null
      ) order by q.place
    )
    from jsonb_array_elements(s.questions) with ordinality as q(asked, place)
  )
from core_form_made m
join core_scenario s on s.id = m.scenario_id;

set constraints core_form_current_version immediate;

update core_scenario s
set form_id = m.form_id
from core_form_made m
where m.scenario_id = s.id;

update core_demand d
set form_version_id = m.version_id
from core_form_made m
where m.scenario_id = d.scenario_id;
"""

CARRY_BACK = """
-- choices by their values; kinds that were not there before become texts
update core_scenario s
set questions = coalesce(
  (
    select jsonb_agg(
      jsonb_build_object(
        'key', q.asked -> 'key',
        'label', q.asked -> 'label',
        'kind', case
          when q.asked ->> 'kind' in ('TEXT', 'NUMBER', 'CHOICE', 'MANY', 'DATE', 'YES_NO') then q.asked ->> 'kind'
          when q.asked ->> 'kind' = 'CONSENT' then 'YES_NO'
          else 'TEXT'
        end,
        'required', q.asked -> 'required',
        'choices', (
          select jsonb_agg(c.choice -> 'value' order by c.place)
          from jsonb_array_elements(
            case jsonb_typeof(q.asked -> 'choices') when 'array' then q.asked -> 'choices' else '[]' end
          ) with ordinality as c(choice, place)
        ),
        'minimum', q.asked -> 'minimum',
        'maximum', q.asked -> 'maximum',
        'personal', q.asked -> 'personal',
        'help', q.asked -> 'help'
      ) order by q.place
    )
    from core_form f
    join core_form_version v on v.id = f.current_version_id
    cross join jsonb_array_elements(v.questions) with ordinality as q(asked, place)
    where f.id = s.form_id
  ),
  '[]'
);
"""

RIGHTS = """
-- who could see or write questions with the scenarios they were part of can do so with forms
update core_role
set permissions = permissions || '["forms:read"]'
where permissions ? 'scenarios:read';

update core_role
set permissions = permissions || '["forms:write"]'
where permissions ? 'scenarios:write';

update core_principal
set granted = granted || '["forms:read"]'
where granted ? 'scenarios:read';

update core_principal
set granted = granted || '["forms:write"]'
where granted ? 'scenarios:write';
"""

RIGHTS_REVERSE = """
update core_role
set permissions = permissions - 'forms:read' - 'forms:write';

update core_principal
set granted = granted - 'forms:read' - 'forms:write';
"""
