"""Taking: each webhook's cursor over the feed, and the deliveries made of what lies behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from .places import Owner, Place

__all__ = ["Taking"]

AT_ONCE: Final = 500
"""How many events are looked at by one statement."""
WEBHOOKS: Final = 50
MOST_WAITING: Final = 5_000
"""How many deliveries of a webhook may wait: its cursor then stays where it is until there are fewer."""

BEHIND: Final = """
select webhook.id, webhook.position, webhook.event_types::text as event_types,
       webhook.provider_id, webhook.staff_id, webhook.principal_id
from core_webhook webhook, core_feed_head head
where webhook.state = 'ACTIVE'
  and webhook.position < head.position
  and (
    select count(*)
    from (
      select 1
      from core_webhook_delivery
      where webhook_id = webhook.id
        and state = 'WAITING'
      limit $1
    ) waiting
  ) < $1
order by webhook.position, webhook.id
limit $2
"""

PAGE: Final = """
select id, position,
       event = any ($2::text[])
         or exists (select 1 from unnest($3::text[]) as beginning where starts_with(event, beginning)) as is_wanted
from core_outbox
where is_stamped
  and position > $1
order by position
limit $4
"""

PUT: Final = """
with place as materialized (
  select id
  from core_webhook
  where id = $1
    and position = $2
    and state = 'ACTIVE'
  for no key update skip locked
),
put as (
  insert into core_webhook_delivery
    (id, created_at, updated_at, version, webhook_id, event_id, position, event_type, aggregate_id, happened_at,
     sequence, state, attempts)
  select uuidv7(), serai_now(), serai_now(), 1, place.id, event.id, event.position, event.event, event.subject,
         event.at, event.aggregate_type || ' ' || event.aggregate_id, 'WAITING', 0
  from core_outbox event, place
  where event.id = any ($4::uuid[])
  order by event.position
  on conflict (webhook_id, event_id) do update
  set state = 'WAITING', attempts = 0, not_before = null, ended_at = null, updated_at = serai_now(),
      version = core_webhook_delivery.version + 1
  where core_webhook_delivery.state <> 'WAITING'
)
update core_webhook
set position = $3
where id in (select id from place)
returning 1
"""
"""Only who finds the cursor where it was moves it; what is delivered again is so with the body it had."""

PAUSE: Final = """
update core_webhook
set state = 'PAUSED', reason = $2, updated_at = serai_now(), version = version + 1
where id = $1
  and state = 'ACTIVE'
"""


class Taking:
    """Moves the cursors of webhooks that are behind, a page of the feed at a time."""

    def __init__(self, place: Place) -> None:
        self._place = place

    async def take(self) -> int:
        """Make deliveries of what is new; how many webhooks there were that had something to look at."""
        behind = await self._place.fetch(BEHIND, MOST_WAITING, WEBHOOKS)
        for webhook in behind:
            await self._take(webhook)
        return len(behind)

    async def _take(self, webhook: Mapping[str, Any]) -> None:
        viewer = await self._place.viewer(Owner.of(webhook))
        if viewer is None:
            await self._place.fetch(PAUSE, webhook["id"], "whoever registered it may not act any more")
            return
        types: list[str] = orjson.loads(webhook["event_types"])
        names = [one for one in types if not one.endswith("*")]
        beginnings = [one[:-1] for one in types if one.endswith("*")]
        page = await self._place.fetch(PAGE, webhook["position"], names, beginnings, AT_ONCE)
        if not page:
            return
        wanted = [one["id"] for one in page if one["is_wanted"]]
        seen = await self._place.visible(viewer, wanted) if wanted else set()
        await self._place.fetch(PUT, webhook["id"], webhook["position"], page[-1]["position"], list(seen))
