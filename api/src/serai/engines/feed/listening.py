"""Listeners at work: each takes its events off the feed by a cursor, and does them one by one, in order per aggregate.

What is to be done is a row of ``core_listener_call``, put there by the statement that moves the cursor. A handler's own
changes and the removal of that row are one transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final, Protocol

import orjson
import structlog

from serai_sdk import CallCtx, Happened, Listener

from .rounds import Rounds, doubled, told

__all__ = ["Listening", "Place"]

AT_ONCE: Final = 500
LONGEST_PAUSE: Final = timedelta(hours=1)
SLACK: Final = timedelta(seconds=5)
"""How long after its deadline an attempt of which nothing was heard is taken for dead."""
LONGEST_ERROR: Final = 500

MEET: Final = """
insert into core_listener (name, position, seen_at)
select $1, head.position, serai_now()
from core_feed_head head
on conflict (name) do update
set seen_at = excluded.seen_at
"""

TAKE: Final = """
with place as materialized (
  select position
  from core_listener
  where name = $1
  for update skip locked
),
page as materialized (
  select id, position, event, aggregate_type, aggregate_id, subject
  from core_outbox
  where is_stamped
    and position > (select position from place)
  order by position
  limit $4
),
put as (
  insert into core_listener_call
    (id, created_at, updated_at, version, listener, event_id, position, event_type, aggregate_id, sequence, state,
     attempts)
  select gen_random_uuid(), serai_now(), serai_now(), 1, $1, id, position, event, subject,
         aggregate_type || ' ' || aggregate_id, 'WAITING', 0
  from page
  where event = any ($2::text[])
     or exists (select 1 from unnest($3::text[]) as beginning where starts_with(event, beginning))
)
update core_listener
set position = (select max(position) from page), seen_at = serai_now()
where name = $1
  and exists (select 1 from page)
returning (select count(*) from page) as taken
"""

NEXT: Final = """
select id
from (
  select distinct on (sequence) id, position, not_before
  from core_listener_call
  where listener = $1
    and state = 'WAITING'
  order by sequence, position
) head
where not_before is null
   or not_before <= serai_now()
order by position
limit $2
"""

BEGIN: Final = """
update core_listener_call
set attempts = attempts + 1, not_before = serai_now() + $2::interval, updated_at = serai_now(), version = version + 1
where id = (
  select id
  from core_listener_call
  where id = $1
    and state = 'WAITING'
    and (not_before is null or not_before <= serai_now())
  for update skip locked
)
returning attempts
"""
"""Until then nobody else begins it; should the worker die, somebody does after that."""

HOLD: Final = """
select event.id, event.position, event.event, event.event_version, event.aggregate_id, event.subject,
       event.aggregate_version, event.payload::text as payload, event.at
from core_listener_call one
join core_outbox event on event.id = one.event_id
where one.id = $1
  and one.state = 'WAITING'
for update of one skip locked
"""

DONE: Final = "delete from core_listener_call where id = $1"

FAILED: Final = """
update core_listener_call
set
  state = case when attempts >= $2 then 'DEAD' else 'WAITING' end,
  error = $3,
  not_before = serai_now() + $4::interval,
  updated_at = serai_now(),
  version = version + 1
where id = $1
  and state = 'WAITING'
"""

RELEASE: Final = """
update core_listener_call
set not_before = null, attempts = attempts - 1, updated_at = serai_now(), version = version + 1
where id = $1
  and state = 'WAITING'
  and attempts > 0
"""

log = structlog.stdlib.get_logger("serai.listeners")


class Place(Protocol):
    """What listeners work on."""

    async def fetch(self, statement: str, *values: Any) -> list[Mapping[str, Any]]:
        """One statement in a transaction of its own."""

    async def change(self, body: Callable[[CallCtx], Awaitable[Mapping[str, Any]]]) -> Any:
        """A change as the system."""


class Listening:
    """Has ``known`` listeners do their events until it is told to stop; any number of processes share the work.

    Each does one event at a time in a process, so that none waits for another. ``poll_s`` is how often they look for
    what nobody has told them of by ``wake``.
    """

    def __init__(self, place: Place, known: Mapping[str, Listener], *, poll_s: float = 1.0) -> None:
        self._place = place
        self._known = known
        self._met: set[str] = set()
        self._is_stopped = False
        self._rounds = [
            Rounds(partial(self._go_on, one), poll_s=poll_s, listener=one.name) for one in known.values()
        ]

    def wake(self) -> None:
        """Say that there may be events."""
        for one in self._rounds:
            one.wake()

    def stop(self) -> None:
        """Begin nothing more; ``run`` returns when what runs has ended."""
        self._is_stopped = True
        for one in self._rounds:
            one.stop()

    async def meet(self) -> None:
        """Have all listeners begin with what happens from now on, those that have not begun yet."""
        for name in self._known:
            await self._meet(name)

    async def do_all(self) -> None:
        """Do what is in the feed and due, once, and return: for whoever cannot wait for ``run``."""
        for listener in self._known.values():
            while await self._go_on(listener):
                pass

    async def run(self) -> None:
        """Work until ``stop``; a database that is gone is waited for."""
        async with asyncio.TaskGroup() as group:
            for one in self._rounds:
                group.create_task(one.run())

    async def _meet(self, name: str) -> None:
        if name not in self._met:
            await self._place.fetch(MEET, name)
            self._met.add(name)

    async def _go_on(self, listener: Listener) -> bool:
        """Take what is new and do what is due; whether there was anything."""
        await self._meet(listener.name)
        names = [one for one in listener.events if not one.endswith(".*")]
        groups = [one[:-1] for one in listener.events if one.endswith(".*")]
        taken = await self._place.fetch(TAKE, listener.name, names, groups, AT_ONCE)
        due = await self._place.fetch(NEXT, listener.name, AT_ONCE)
        for row in due:
            if self._is_stopped:
                break
            await self._do(listener, row["id"])
        return bool(taken or due)

    async def _do(self, listener: Listener, id: Any) -> None:
        begun = await self._place.fetch(BEGIN, id, listener.deadline + SLACK)
        if not begun:
            return
        attempt = begun[0]["attempts"]
        if attempt > listener.attempts:
            await self._failed(listener, id, attempt, "its worker ended while doing it, each time")
            return
        try:
            async with asyncio.timeout(listener.deadline.total_seconds()) as deadline:
                outcome = await self._place.change(self._body(listener, id, attempt))
        except TimeoutError as error:
            seconds = f"{listener.deadline.total_seconds():g}"
            late = f"it took longer than {seconds} s"
            await self._failed(listener, id, attempt, late if deadline.expired() else told(error))
        except asyncio.CancelledError:
            await asyncio.shield(self._place.fetch(RELEASE, id))
            raise
        except Exception as error:  # a handler may raise anything; the others go on
            await self._failed(listener, id, attempt, told(error))
        else:
            refused = getattr(outcome, "user_errors", ())
            if refused:
                await self._failed(listener, id, attempt, f"{refused[0].code}: {refused[0].message}")

    def _body(
        self, listener: Listener, id: Any, attempt: int
    ) -> Callable[[CallCtx], Awaitable[Mapping[str, Any]]]:
        async def body(ctx: CallCtx) -> Mapping[str, Any]:
            for row in await ctx.change.execute(HOLD, id):
                happened = Happened(
                    id=row["id"],
                    position=int(row["position"]),
                    type=row["event"],
                    type_version=row["event_version"],
                    aggregate=row["aggregate_id"],
                    aggregate_id=row["subject"],
                    aggregate_version=row["aggregate_version"],
                    payload=orjson.loads(row["payload"]),
                    at=row["at"],
                    attempt=attempt,
                )
                await listener.handler(ctx, happened)
                await ctx.change.execute(DONE, id)
            return {}

        return body

    async def _failed(self, listener: Listener, id: Any, attempt: int, why: str) -> None:
        pause = doubled(listener.pause, attempt, at_most=LONGEST_PAUSE)
        is_last = attempt >= listener.attempts
        say = log.error if is_last else log.warning
        say("a listener failed", listener=listener.name, attempt=attempt, is_given_up=is_last, error=why)
        await self._place.fetch(FAILED, id, listener.attempts, why[:LONGEST_ERROR], pause)
