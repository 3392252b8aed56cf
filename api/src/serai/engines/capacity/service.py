"""Holds made, confirmed, extended and let go, within a change.

Whatever is to be written, the rows of the resources are locked first, in order of their ids, and the clock is looked at
afterwards: who had to wait for the lock sees what time it has become.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

import asyncpg
import orjson

from serai.engines.change import Change
from serai_sdk import SdkError
from serai_sdk.capacity import CapacityError, CapacityTaken, Claim, Hold, HoldState, Measure

from . import errors, ranges, statements
from .ranges import Resource

Fetch = Callable[..., Awaitable[Sequence[Mapping[str, Any]]]]

TABLE: Final = "core_capacity_resource"
MOST_CLAIMS: Final = 100
MOST_LOOKED_AT: Final = 1_000
"""For how many claims ``left`` is told at once."""
MOST_OBSTACLES: Final = 1_000
LONGEST: Final = timedelta(days=366)
"""For how long something is held at most without being confirmed."""


class Capacity:
    """Capacity within one change; implements the protocol of the same name in the SDK."""

    def __init__(self, change: Change | None, fetch: Fetch | None = None) -> None:
        self._current = change
        self._fetch = fetch or self._change.execute

    async def open(
        self,
        id: UUID,
        *,
        kind: str,
        measure: Measure,
        capacity: int | None = None,
        slot: timedelta | None = None,
        provider: UUID | None = None,
    ) -> None:
        is_unit = capacity is None
        if is_unit and measure is Measure.TOTAL:
            raise ValueError("a unit is held for a range: in total, it is a pool of one")
        if (slot is not None) != (measure is Measure.SLOT and not is_unit):
            raise ValueError("a pool that is measured by slots says how long they are, and nothing else does")
        if capacity is not None and not 0 <= capacity <= ranges.GREATEST:
            raise ValueError(f"a pool has 0 to {ranges.GREATEST} parts; here {capacity}")
        step_s = ranges.seconds(slot) if slot else ranges.DAY_S if measure is Measure.DATE else None
        facts = (id, kind, is_unit, measure.value, step_s)
        size = 1 if capacity is None else capacity
        status = await self._driver.execute(statements.OPEN, *facts, size, provider)
        if status == "INSERT 0 0":
            [known] = await self._driver.fetch(statements.RESOURCES, [id])
            if (known["kind"], known["is_unit"], known["measure"], known["step_s"]) != facts[1:]:
                raise ValueError(f"there is a resource {id} already, and it is another one")

    async def resize(self, resource: UUID, capacity: int) -> None:
        if not 0 <= capacity <= ranges.GREATEST:
            raise ValueError(f"a pool has 0 to {ranges.GREATEST} parts; here {capacity}")
        self._pool(await self._lock_one(resource))
        used = await self._driver.fetchval(statements.USED, resource)
        if used > capacity:
            raise errors.in_use(used)
        await self._driver.execute(statements.RESIZE, resource, capacity)

    async def seats(
        self, resource: UUID, capacity: int | None, starts: date | datetime, ends: date | datetime
    ) -> None:
        if capacity is not None and not 0 <= capacity <= ranges.GREATEST:
            raise ValueError(f"a pool has 0 to {ranges.GREATEST} parts; here {capacity}")
        found = self._pool(await self._lock_one(resource))
        first, last = ranges.bounds(found, starts, ends)
        ranges.check_periods((ranges.periods(found, first, last),))
        used = await self._driver.fetchval(statements.USED_WITHIN, resource, first, last)
        if used > (found.capacity if capacity is None else capacity):
            raise errors.in_use(used)
        await self._driver.execute(statements.SEATS, resource, capacity, first, last)

    async def blackout(
        self,
        resource: UUID,
        starts: date | datetime | None = None,
        ends: date | datetime | None = None,
        *,
        id: UUID,
        reason: str | None = None,
    ) -> Sequence[UUID]:
        found = await self._lock_one(resource)
        first, last = ranges.bounds(found, starts, ends)
        await self._driver.execute(statements.BLACKOUT, id, resource, first, last, reason)
        rows = await self._driver.fetch(statements.WITHIN, resource, first, last)
        return [UUID(bytes=row["hold_id"].bytes) for row in rows]

    async def reopen(self, blackout: UUID) -> None:
        resource = await self._driver.fetchval(statements.BLACKED_OUT, blackout)
        if resource is not None:
            await self._lock_one(UUID(bytes=resource.bytes))
            await self._driver.execute(statements.REOPEN, blackout)

    async def lock(self, holds: Iterable[UUID]) -> None:
        rows = await self._driver.fetch(statements.CLAIMED, list(holds))
        if rows:
            await self._lock(UUID(bytes=row["resource_id"].bytes) for row in rows)

    async def hold(
        self, claims: Sequence[Claim], *, id: UUID, ttl: timedelta | None = None, reference: str | None = None
    ) -> Hold:
        _check(claims, ttl)
        found = await self._lock({one.resource for one in claims})
        asked = _asked(claims, found)
        if ranges.overlapping(claims, found):
            raise errors.invalid("Two claims of the hold want the same at the same time")
        content = _content(asked, ttl, reference)
        async with _told(claims[0]):
            written = await self._driver.fetch(statements.WRITE, *asked, id, ttl, reference, content)
        if written:
            expires_at = written[0]["expires_at"]
            state = HoldState.CONFIRMED if expires_at is None else HoldState.HELD
            return Hold(id=id, state=state, expires_at=expires_at, claims=tuple(claims))
        known = await self._driver.fetchrow(statements.KNOWN, id, content)
        if known is None:
            raise await self._in_the_way(claims, asked, found)
        if not known["is_same"]:
            raise errors.id_reused(id)
        return await self._found(id)

    async def confirm(self, hold: UUID) -> Hold:
        return await self._go_on(hold, statements.CONFIRM)

    async def extend(self, hold: UUID, ttl: timedelta) -> Hold:
        _check_ttl(ttl)
        return await self._go_on(hold, statements.EXTEND, ttl)

    async def release(self, hold: UUID) -> Hold:
        await self._lock_held((hold,))
        await self._driver.execute(statements.RELEASE, hold)
        return await self._found(hold)

    async def expire(self, *, most: int = 100) -> int:
        due = [row["id"] for row in await self._driver.fetch(statements.DUE, most)]
        if not due:
            return 0
        await self._lock_held(due)
        return int((await self._driver.execute(statements.EXPIRE, due)).split()[-1])

    async def find(self, hold: UUID) -> Hold | None:
        rows = await self._driver.fetch(statements.READ, hold)
        if not rows:
            return None
        claims = [
            Claim(
                UUID(bytes=row["resource_id"].bytes),
                ranges.edge(Measure(row["measure"]), row["starts_at"]),
                ranges.edge(Measure(row["measure"]), row["ends_at"]),
                row["quantity"],
            )
            for row in rows
        ]
        state, expires_at = HoldState(rows[0]["state"]), rows[0]["expires_at"]
        return Hold(id=hold, state=state, expires_at=expires_at, claims=tuple(claims))

    async def left(self, claims: Sequence[Claim]) -> list[int | None]:
        if not claims:
            return []
        if len(claims) > MOST_LOOKED_AT:
            raise ValueError(f"{MOST_LOOKED_AT} claims are looked at at once; here are {len(claims)}")
        bounds = [ranges.looked_at(one.starts, one.ends) for one in claims]
        starts, ends = [one[0] for one in bounds], [one[1] for one in bounds]
        ids, quantities = [one.resource for one in claims], [one.quantity for one in claims]
        rows = await self._fetch(statements.LEFT, ids, starts, ends, quantities)
        known = {row["number"]: row["left"] for row in rows}
        return [known.get(number) for number in range(1, len(claims) + 1)]

    # -- within

    @property
    def _change(self) -> Change:
        if self._current is None:
            raise SdkError("there is no change here", hint="only mutations change something: declare one")
        return self._current

    @property
    def _driver(self) -> asyncpg.Connection[asyncpg.Record]:
        return self._change.driver

    async def _lock(self, ids: Iterable[UUID]) -> dict[UUID, Resource]:
        """Lock resources, and free what expired holds had of them."""
        wanted = sorted(set(ids))
        self._change.in_order(TABLE, wanted)
        found = _resources(await self._driver.fetch(statements.LOCK, wanted))
        for id in wanted:
            if id not in found:
                raise errors.no_resource(id)
        await self._driver.execute(statements.FREE, wanted)
        return found

    async def _lock_one(self, resource: UUID) -> Resource:
        return (await self._lock((resource,)))[resource]

    async def _lock_held(self, holds: Sequence[UUID]) -> None:
        rows = await self._driver.fetch(statements.CLAIMED, holds)
        if not rows:
            raise errors.no_hold(holds[0])
        await self._lock(UUID(bytes=row["resource_id"].bytes) for row in rows)

    async def _go_on(self, hold: UUID, statement: str, *values: Any) -> Hold:
        await self._lock_held((hold,))
        await self._driver.execute(statement, hold, *values)
        found = await self._found(hold)
        if found.state is HoldState.EXPIRED:
            assert found.expires_at is not None
            raise errors.expired(found.expires_at)
        if found.state is HoldState.RELEASED:
            raise errors.released()
        return found

    async def _found(self, hold: UUID) -> Hold:
        found = await self.find(hold)
        if found is None:
            raise errors.no_hold(hold)
        return found

    async def _in_the_way(
        self, claims: Sequence[Claim], asked: tuple[list[Any], ...], found: dict[UUID, Resource]
    ) -> CapacityError:
        rows = await self._driver.fetch(statements.LEFT, *asked)
        for row in rows:
            if row["is_closed"]:
                return errors.closed(row["reason"])
        # of several claims of one pool each may fit, and all of them not
        short = next(
            (row["number"] - 1 for row in rows if row["left"] < claims[row["number"] - 1].quantity), 0
        )
        claim = claims[short]
        resource, first, last = found[claim.resource], asked[1][short], asked[2][short]
        free = None
        if first is not None and claim.quantity <= resource.capacity:
            values = (resource.id, first, claim.quantity, MOST_OBSTACLES)
            obstacles = [tuple(row) for row in await self._driver.fetch(statements.OBSTACLES, *values)]
            free = ranges.next_free(first, last, cast(Any, obstacles), most=MOST_OBSTACLES)
        return CapacityTaken(
            claim,
            left=rows[short]["left"],
            next_free=ranges.edge(resource.measure, free if free != first else None),
        )

    def _pool(self, resource: Resource) -> Resource:
        if resource.is_unit:
            raise ValueError(f"the resource {resource.id} is a unit: black it out, it has no seats")
        return resource


@asynccontextmanager
async def _told(claim: Claim) -> AsyncIterator[None]:
    """What the database refuses for somebody who wrote past the locks is said as every other refusal is."""
    try:
        yield
    except (asyncpg.ExclusionViolationError, asyncpg.CheckViolationError) as error:
        if not (error.constraint_name or "").startswith("core_capacity_"):
            raise
        raise CapacityTaken(claim, left=0, next_free=None) from error


def _resources(rows: Iterable[Any]) -> dict[UUID, Resource]:
    return {
        (id := UUID(bytes=row["id"].bytes)): Resource(
            id=id,
            is_unit=row["is_unit"],
            measure=Measure(row["measure"]),
            step_s=row["step_s"],
            capacity=row["capacity"],
        )
        for row in rows
    }


def _asked(claims: Sequence[Claim], found: dict[UUID, Resource]) -> tuple[list[Any], ...]:
    """Claims as the statements take them: resources, beginnings, ends, quantities."""
    for one in claims:
        if one.resource not in found:
            raise errors.no_resource(one.resource)
        if not 0 < one.quantity <= ranges.GREATEST:
            raise errors.invalid(f"{one.quantity} is no number that can be held")
        if one.quantity > 1 and found[one.resource].is_unit:
            raise errors.invalid(f"There is one of it, and {one.quantity} are asked for")
    bounds = [ranges.bounds(found[one.resource], one.starts, one.ends) for one in claims]
    ranges.check_periods(
        ranges.periods(found[one.resource], *range_) for one, range_ in zip(claims, bounds, strict=True)
    )
    resources = [one.resource for one in claims]
    return resources, [one[0] for one in bounds], [one[1] for one in bounds], [one.quantity for one in claims]


def _check(claims: Sequence[Claim], ttl: timedelta | None) -> None:
    if not 0 < len(claims) <= MOST_CLAIMS:
        raise ValueError(f"a hold has 1 to {MOST_CLAIMS} claims; here are {len(claims)}")
    if ttl is not None:
        _check_ttl(ttl)


def _check_ttl(ttl: timedelta) -> None:
    if not timedelta(0) < ttl <= LONGEST:
        raise ValueError(
            f"something is held for more than nothing, and at most {LONGEST.days} days; here {ttl}"
        )


def _content(asked: tuple[list[Any], ...], ttl: timedelta | None, reference: str | None) -> bytes:
    """What tells one hold from another under the same id."""
    told = [*asked, None if ttl is None else ttl.total_seconds(), reference]
    return hashlib.sha256(orjson.dumps(told)).digest()
