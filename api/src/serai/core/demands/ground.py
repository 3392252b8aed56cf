"""What a demand is opened on, read by one statement: its customer, its scenario, and what that asks by now."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import orjson

from serai.core.forms.questions import read
from serai.core.forms.service import Current
from serai.core.scenarios.models import ScenarioStatus
from serai_sdk import Change

GROUND = """
with customer as (
  select locale
  from core_customer
  where id = $1
    and forgotten_at is null
  for key share
)
select customer.locale,
       scenario.status,
       version.id as version_id,
       version.questions::text as questions
from (values (1)) as one
left join customer on true
left join core_scenario as scenario on scenario.id = $2
left join core_form as form on form.id = scenario.form_id
left join core_form_version as version on version.id = form.current_version_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The customer's locale and the scenario's status, ``None`` where there is none of them, and what is asked."""

    locale: str | None
    status: ScenarioStatus | None
    asked: Current | None


async def ground(change: Change, customer_id: UUID, scenario_id: UUID) -> Ground:
    """What there is. The customer stays, and is not forgotten, until the change ends (see ``is_there``)."""
    [row] = await change.execute(GROUND, customer_id, scenario_id)
    return Ground(
        locale=row["locale"],
        status=None if row["status"] is None else ScenarioStatus(row["status"]),
        asked=None
        if row["version_id"] is None
        else Current(row["version_id"], read(orjson.loads(row["questions"]))),
    )
