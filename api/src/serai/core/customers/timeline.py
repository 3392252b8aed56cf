"""Customers' timelines: what happened with them, core and plug-ins alike, as far as the viewer may see it.

All that is asked for, of all customers at once, is found by one statement: a limited look into each source for each
customer. One more for each entity says which of the rows may be seen; where some may not, there is a further look.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol, TypeAlias, cast
from uuid import UUID

from serai_sdk import MOST_IDS, CallCtx, Ref, SafeError, part, to_one, value

from .contributions import Source

__all__ = ["MOST", "Timeline", "TimelineEntry", "timelines"]

MOST: Final = 100
"""How many entries of one customer are told at once."""

MOST_ROWS: Final = 10_000
"""How many entries of all customers together are told at once."""

MOST_LOOKED_AT: Final = 1_000
"""How many rows of one customer a further look finds, when many may not be seen."""

END_OF_TIME: Final = datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)
MARK: Final = "timeline"

Key: TypeAlias = tuple[datetime, str, UUID]
"""Where an entry stands: the later first; at the same instant by kind and id, downwards."""

LOOK = """
select page.customer, entry.source, entry.id, entry.at
from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::uuid[]) as page(customer, at, kind, id)
cross join lateral (
  select *
  from (
    {branches}
  ) branch
  order by at desc, kind desc, id desc
  limit $5
) entry
order by page.customer, entry.at desc, entry.kind desc, entry.id desc
"""

BRANCH = """
    (
      select {number} as source, t.id, {at} as at, '{kind}'::text collate "C" as kind
      from {tables}
      where {customer} = page.customer
        and {at} <= page.at
        and ({at}, '{kind}'::text collate "C", t.id) < (page.at, page.kind, page.id)
      {limit}
    )
"""

LIMIT = """order by {at} desc, t.id desc
      limit $5"""


class BadCursor(SafeError):
    """The cursor is none of a timeline's."""

    code = "BAD_CURSOR"


class TooMuch(SafeError):
    """More entries are asked for than one answer holds."""

    code = "ROW_BUDGET_EXCEEDED"


@value
class TimelineEntry:
    """Something that happened with a customer."""

    at: datetime = part("When it happened.")
    kind: str = part("What kind of thing happened, such as `transaction.placed`.")
    title: str = part("What happened, in a few English words.")
    plugin: str = part("The id of the plug-in it comes from; `core` for the core.")
    cursor: str = part("Where it stands: pass it as `after`.")
    subject: Ref | None = to_one("Node", "What it happened with: the booking, the transaction and so on.")


@value
class Timeline:
    """A page of a customer's timeline, the latest first."""

    entries: list[TimelineEntry] = part("What happened, the latest first.")
    has_next_page: bool = part("Whether there is more after this page.")
    end_cursor: str | None = part("The cursor of the last entry; null if there is none.")


class HasTimelines(Protocol):
    """What the core's own context has besides: the sources of which the viewer may see anything at all."""

    def timelines(self) -> Sequence[Source]: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A row on a timeline."""

    source: Source
    id: UUID
    at: datetime

    @property
    def key(self) -> Key:
        return self.at, self.source.kind, self.id


async def timelines(
    ctx: CallCtx,
    customers: Sequence[UUID],
    *,
    first: int,
    after: str | None,
    kinds: Sequence[str] | None,
    before: datetime | None,
) -> list[Timeline]:
    """A page of each customer's timeline, filled up with what the viewer may see; at most one look more than needed."""
    if len(set(customers)) * first > MOST_ROWS:
        raise TooMuch(
            f"The timelines of {len(set(customers))} customers with {first} entries each are asked for at once; "
            f"{MOST_ROWS} entries are the most.",
            hint="ask for fewer customers, or fewer entries of each",
        )
    start: Key = (END_OF_TIME, "", UUID(int=0))
    if before is not None:
        start = min(start, (before, "", UUID(int=0)))
    if after is not None:
        start = min(start, read_cursor(after))
    wanted = [one for one in cast(HasTimelines, ctx).timelines() if kinds is None or one.kind in kinds]
    found = await _read(ctx, wanted, dict.fromkeys(customers, start), first + 1) if wanted else {}
    return [_page(found.get(one, []), first) for one in customers]


def _page(found: Sequence[Entry], first: int) -> Timeline:
    entries = [
        TimelineEntry(
            at=one.at,
            kind=one.source.kind,
            title=one.source.title,
            plugin=one.source.plugin,
            cursor=write_cursor(one.key),
            subject=Ref(one.source.entity, one.id),
        )
        for one in found[:first]
    ]
    return Timeline(
        entries=entries,
        has_next_page=len(found) > first,
        end_cursor=entries[-1].cursor if entries else None,
    )


async def _read(
    ctx: CallCtx, wanted: Sequence[Source], pages: Mapping[UUID, Key], enough: int
) -> dict[UUID, list[Entry]]:
    """For each customer the first entries below its key that the viewer may see: ``enough`` of them, if there are."""
    statement = LOOK.format(branches="    union all".join(map(_branch, range(len(wanted)), wanted)))
    found: dict[UUID, list[Entry]] = defaultdict(list)
    most = enough
    while pages:
        keys = list(zip(*pages.values(), strict=True))
        rows = await ctx.fetch(statement, list(pages), *map(list, keys), most)
        looked: dict[UUID, list[Entry]] = defaultdict(list)
        for row in rows:
            entry = Entry(wanted[row["source"]], UUID(bytes=row["id"].bytes), row["at"])
            looked[UUID(bytes=row["customer"].bytes)].append(entry)
        seen = await _seen(ctx, [one for each in looked.values() for one in each])
        for customer, entries in looked.items():
            found[customer] += [one for one in entries if (one.source.sight, one.id) in seen]
        pages = {
            customer: entries[-1].key
            for customer, entries in looked.items()
            if len(entries) == most and len(found[customer]) < enough
        }
        most = min(4 * most, max(enough, MOST_LOOKED_AT))
    return found


def _branch(number: int, source: Source) -> str:
    # a customer's own row is found by its key: an order would invite the planner to walk an index of instants instead
    limit = "" if source.customer == "t.id" else LIMIT.format(at=source.at)
    return BRANCH.format(
        number=number,
        at=source.at,
        kind=source.kind,
        tables=source.tables,
        customer=source.customer,
        limit=limit,
    )


async def _seen(ctx: CallCtx, entries: Sequence[Entry]) -> set[tuple[tuple[str, str], UUID]]:
    """Which of these rows the viewer may see, with the links that put them here."""
    by_sight: dict[tuple[str, str], dict[UUID, Source]] = defaultdict(dict)
    for one in entries:
        by_sight[one.source.sight][one.id] = one.source
    asked: list[tuple[tuple[str, str], Source, list[UUID]]] = []
    for sight, ids in by_sight.items():
        listed = list(ids)
        for at in range(0, len(listed), MOST_IDS):
            asked.append((sight, ids[listed[0]], listed[at : at + MOST_IDS]))
    answers = await asyncio.gather(
        *(ctx.visible(source.entity, ids, where=source.where) for _, source, ids in asked)
    )
    return {(sight, id) for (sight, _, _), seen in zip(asked, answers, strict=True) for id in seen}


def write_cursor(key: Key) -> str:
    """Where an entry stands, as text."""
    at, kind, id = key
    written = json.dumps([MARK, at.astimezone(UTC).isoformat(), kind, id.hex], separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode()


def read_cursor(text: str) -> Key:
    """Where the text says; ``BadCursor`` if it is no cursor of a timeline."""
    try:
        mark, at, kind, id = json.loads(base64.urlsafe_b64decode(text.encode()))
        if mark != MARK or not isinstance(kind, str) or "\x00" in kind:
            raise ValueError(mark)
        return datetime.fromisoformat(at).astimezone(UTC), kind, UUID(hex=id)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError, binascii.Error) as error:
        raise BadCursor(
            "This is no cursor of a timeline.", hint="pass `endCursor`, or the `cursor` of an entry"
        ) from error
