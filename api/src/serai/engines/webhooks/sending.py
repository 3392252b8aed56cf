"""Sending: deliveries that are due are leased, rendered if they never were, called for, and what came of it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom
from typing import Any, Final
from uuid import UUID

import structlog

from serai.engines.feed.rounds import doubled, told
from serai_sdk import Viewer

from .addresses import Forbidden
from .caller import Caller, Unanswered
from .payloads import LARGEST, body, event_id, given
from .places import Owner, Place, Unreadable
from .signatures import headers
from .taking import PAUSE

__all__ = ["Pace", "Sending"]

LONGEST_ERROR: Final = 500
GONE: Final = 410
_random = SystemRandom()

LEASE: Final = """
with busy as materialized (
  select id, count
  from unnest($1::uuid[], $2::int[]) as busy (id, count)
),
due as materialized (
  select one.id
  from core_webhook webhook
  left join busy on busy.id = webhook.id
  cross join lateral (
    select head.id, row_number() over (order by head.position) as place
    from (
      select distinct on (sequence) id, position, not_before
      from core_webhook_delivery
      where webhook_id = webhook.id
        and state = 'WAITING'
      order by sequence, position
    ) head
    where head.not_before is null
       or head.not_before <= serai_now()
    order by head.position
    limit greatest(0, case when webhook.failures >= $5 then 1 else $4::int end - coalesce(busy.count, 0))
  ) one
  where webhook.state = 'ACTIVE'
    and (webhook.not_before is null or webhook.not_before <= serai_now())
  order by one.place
  limit $3
),
free as materialized (
  select id
  from core_webhook_delivery
  where id in (select id from due)
    and state = 'WAITING'
    and (not_before is null or not_before <= serai_now())
  for no key update skip locked
)
update core_webhook_delivery delivery
set attempts = attempts + 1, not_before = serai_now() + $6::interval, updated_at = serai_now(),
    version = delivery.version + 1
from free, core_webhook webhook
where delivery.id = free.id
  and webhook.id = delivery.webhook_id
returning delivery.id, delivery.webhook_id, delivery.event_id, delivery.event_type, delivery.aggregate_id,
          delivery.position, delivery.happened_at, delivery.attempts, delivery.body,
          webhook.address, webhook.query, webhook.secret,
          case when webhook.earlier_until > serai_now() then webhook.earlier_secret end as earlier_secret,
          webhook.provider_id, webhook.staff_id, webhook.principal_id, serai_now() as now
"""
"""The next of each webhook in turn, of each aggregate the first that waits: one walk along an index, whatever it holds.

Nobody else begins them while the lease lasts; then somebody does.
"""

KEEP: Final = """
update core_webhook_delivery
set body = coalesce(body, $2)
where id = $1
returning body
"""
"""Whoever renders it first has rendered it."""

DELIVERED: Final = """
with done as (
  update core_webhook_delivery
  set state = 'DELIVERED', status = $2, error = null, not_before = null, ended_at = serai_now(),
      updated_at = serai_now(), version = version + 1
  where id = $1
    and state = 'WAITING'
  returning webhook_id
)
update core_webhook
set failures = 0, not_before = null
where id = (select webhook_id from done)
  and failures > 0
"""

FAILED: Final = """
update core_webhook_delivery
set
  state = case when attempts >= $3 then 'DEAD' else 'WAITING' end,
  status = $4,
  error = $5,
  not_before = case when attempts < $3 then serai_now() + $6::interval end,
  ended_at = case when attempts >= $3 then serai_now() end,
  updated_at = serai_now(),
  version = version + 1
where id = $1
  and state = 'WAITING'
  and attempts = $2
"""
"""Who comes after its lease has ended leaves it to whoever has it now."""

BROKEN: Final = """
update core_webhook
set failures = least(failures + 1, 1000),
    not_before = case
      when failures + 1 >= $2
      then serai_now() + least($3::interval * power(2, least(failures + 1 - $2, 20)), $4::interval)
    end
where id = $1
  and (not_before is null or not_before <= serai_now())
"""
"""What fails while nothing new is begun anyway is what was under way; it counts once."""

RELEASE: Final = """
update core_webhook_delivery
set not_before = serai_now() + $3::interval, attempts = attempts - 1, updated_at = serai_now(), version = version + 1
where id = $1
  and state = 'WAITING'
  and attempts = $2
  and attempts > 0
"""

log = structlog.stdlib.get_logger("serai.webhooks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often and how soon: 16 ``attempts`` in a bit more than a day, after pauses that double up to six hours.

    After ``threshold`` failures in a row, whatever of, a webhook rests for ``rest``, and twice as long after each that
    follows, up to ``longest_rest``; one delivery at a time then tries whether it is well again.

    A body has to be read within ``render_s`` seconds. ``slack_s`` after it should have ended, an attempt of which
    nothing was heard is taken for dead.
    """

    attempts: int = 16
    pause: timedelta = timedelta(seconds=5)
    longest_pause: timedelta = timedelta(hours=6)
    threshold: int = 10
    rest: timedelta = timedelta(seconds=1)
    longest_rest: timedelta = timedelta(minutes=5)
    at_once: int = 64
    of_each: int = 16
    render_s: float = 10.0
    slack_s: float = 5.0


class Sending:
    """Does deliveries, at most ``pace.at_once`` of them at a time, and ``pace.of_each`` of a webhook.

    No transaction is open while anybody is called.
    """

    def __init__(self, place: Place, caller: Caller, *, pace: Pace, timeout_s: float) -> None:
        self._place = place
        self._caller = caller
        self._pace = pace
        self._lease = timedelta(seconds=timeout_s + pace.render_s + pace.slack_s)
        self._under_way: dict[asyncio.Task[None], UUID] = {}

    @property
    def under_way(self) -> tuple[asyncio.Task[None], ...]:
        """The attempts that run."""
        return tuple(self._under_way)

    async def begin(self) -> int:
        """Begin as many as are due and may run; how many those are."""
        room = self._pace.at_once - len(self._under_way)
        if room <= 0:
            return 0
        busy: dict[UUID, int] = {}
        for id in self._under_way.values():
            busy[id] = busy.get(id, 0) + 1
        pace = self._pace
        rows = await self._place.fetch(
            LEASE, list(busy), list(busy.values()), room, pace.of_each, pace.threshold, self._lease
        )
        viewers: dict[Owner, Viewer | None] = {}
        for row in rows:
            owner = Owner.of(row)
            if owner not in viewers:
                viewers[owner] = await self._place.viewer(owner)
            task = asyncio.create_task(self._attempt(row, viewers[owner]))
            self._under_way[task] = row["webhook_id"]
            task.add_done_callback(lambda one: self._under_way.pop(one, None))
        return len(rows)

    async def _attempt(self, row: Mapping[str, Any], viewer: Viewer | None) -> None:
        try:
            await self._deliver(row, viewer)
        except asyncio.CancelledError:
            await asyncio.shield(self._release(row, timedelta()))
            raise
        except Exception as error:  # its lease ends, and then it is tried again
            log.error("a delivery was left", delivery=str(row["id"]), error=told(error))

    async def _deliver(self, row: Mapping[str, Any], viewer: Viewer | None) -> None:
        if viewer is None:
            await self._place.fetch(PAUSE, row["webhook_id"], "whoever registered it may not act any more")
            await self._release(row, timedelta())
            return
        if row["attempts"] > self._pace.attempts:
            await self._failed(row, None, "its worker ended while it was delivered, each time")
            return
        text = row["body"]
        if text is None:
            try:
                text = await self._rendered(row, viewer)
            except Unreadable:
                await self._release(row, self._pace.rest)
                return
            except TimeoutError:
                await self._failed(row, None, f"its query took longer than {self._pace.render_s:g} s")
                return
            if text is None:
                await self._failed(row, None, f"the body is larger than {LARGEST} bytes", is_last=True)
                return
        await self._call(row, text.encode())

    async def _rendered(self, row: Mapping[str, Any], viewer: Viewer) -> str | None:
        """The body, stored; ``None`` if it is too large to be delivered."""
        variables = given(row["event_id"], row["event_type"], row["aggregate_id"])
        async with asyncio.timeout(self._pace.render_s):
            answer = await self._place.answer(row["query"], variables, viewer)
        made = body(row, answer)
        if len(made) > LARGEST:
            return None
        [kept] = await self._place.fetch(KEEP, row["id"], made.decode())
        return str(kept["body"])

    async def _call(self, row: Mapping[str, Any], content: bytes) -> None:
        keys = [one for one in (row["secret"], row["earlier_secret"]) if one is not None]
        signed = headers(event_id(row["event_id"]), at=row["now"], body=content, keys=keys)
        try:
            answer = await self._caller.post(row["address"], headers=signed, body=content)
        except (Forbidden, Unanswered) as error:
            await self._failed(row, None, str(error))
            return
        if answer.is_accepted:
            await self._place.fetch(DELIVERED, row["id"], answer.status)
            return
        await self._failed(row, answer.status, f"it was answered {answer.status}")
        if answer.status == GONE:
            await self._place.fetch(PAUSE, row["webhook_id"], "its receiver says that it is gone: 410")

    async def _failed(
        self, row: Mapping[str, Any], status: int | None, why: str, *, is_last: bool = False
    ) -> None:
        pace, attempt = self._pace, row["attempts"]
        pause = doubled(pace.pause, attempt, at_most=pace.longest_pause) * _random.uniform(0.5, 1)
        most = attempt if is_last else pace.attempts
        is_over = attempt >= most
        say = log.warning if is_over else log.info
        say(
            "a delivery failed",
            delivery=str(row["id"]),
            attempt=attempt,
            is_given_up=is_over,
            status=status,
            error=why,
        )
        await self._place.fetch(FAILED, row["id"], attempt, most, status, why[:LONGEST_ERROR], pause)
        if not is_last:
            await self._place.fetch(BROKEN, row["webhook_id"], pace.threshold, pace.rest, pace.longest_rest)

    async def _release(self, row: Mapping[str, Any], pause: timedelta) -> None:
        await self._place.fetch(RELEASE, row["id"], row["attempts"], pause)
