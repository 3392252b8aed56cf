"""The change: one way in for every mutation, with its transaction, locks, versions, actor, events and retries."""

from __future__ import annotations

import asyncio
import copy
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol, TypeAlias, TypeVar, cast
from uuid import UUID

import asyncpg
from tortoise.models import Model
from tortoise.transactions import in_transaction

from serai.storage.orm import CONNECTION
from serai.storage.transactions import Transaction, transaction
from serai_sdk import EventType, UserError, UserErrors, Viewer
from serai_sdk.orm import causes

from . import idempotency, outbox, writes
from .errors import Busy, ChangeMisused, IdempotencyInProgress, LockOrderError
from .outcome import ItemOutcome, Outcome
from .turns import Key, Turns, in_progress

M = TypeVar("M", bound=Model)
Body: TypeAlias = "Callable[[Change], Awaitable[Mapping[str, Any] | Outcome]]"
"""What a mutation does, returning its payload or its whole outcome.

It may run several times, each time from the beginning, with a new ``Change``.
"""


class Follower(Protocol):
    """What follows an event within the change that emits it."""

    async def lock(self, ids: Sequence[UUID]) -> None:
        """Lock what ``run`` will need for events about these rows."""

    async def run(self, id: UUID) -> None:
        """The event about that row has been emitted."""


SERIALIZATION_FAILURE: Final = "40001"
DEADLOCK_DETECTED: Final = "40P01"
FOREIGN_KEY_VIOLATION: Final = "23503"
LOCK_NOT_AVAILABLE: Final = "55P03"

BEGIN = "select serai_now() as now, set_config('lock_timeout', $1, true)"


class Change:
    """One transaction with all that belongs to it; implements the protocol of the same name in the SDK.

    Locks are taken in a fixed order: plug-ins' tables by name, then the core's by name, and within a table by id. So a
    plug-in locks its own rows first and then calls the core.
    """

    def __init__(
        self,
        connection: Transaction,
        *,
        viewer: Viewer,
        now: datetime,
        events: Mapping[str, EventType] | None = None,
    ) -> None:
        self.viewer = viewer
        self.now = now
        self._connection = connection
        self._known_events = events
        self._events: list[outbox.Event] = []
        self._due: dict[str, tuple[Any, ...]] = {}
        self._held: dict[tuple[type[Model], UUID], Model | None] = {}
        self._bumped: set[tuple[type[Model], UUID]] = set()
        self._highest: tuple[bool, str, UUID] | None = None
        self._ordered: set[tuple[str, UUID]] = set()
        self._journal: dict[tuple[type[Model], UUID], dict[str, Any]] | None = None
        self.followers: Mapping[str, Sequence[Follower]] = {}

    async def lock(self, wanted: Mapping[type[Model], Iterable[UUID]]) -> dict[UUID, Any]:
        """Lock rows against other changes and return them by id; ids without a row are missing from the answer."""
        answer: dict[UUID, Any] = {}
        for model, ids in sorted(wanted.items(), key=lambda one: _rank(one[0])):
            fresh: list[UUID] = []
            for id in sorted(set(ids)):
                if (model, id) not in self._held:
                    fresh.append(id)
                elif (row := self._held[model, id]) is not None:
                    self._remember(row)
                    answer[id] = row
            if fresh:
                answer.update(await self._lock(model, fresh))
        return answer

    async def _lock(self, model: type[Model], ids: Sequence[UUID]) -> dict[UUID, Model]:
        self._in_order(_rank(model), ids)
        await self.flush()
        # FOR NO KEY UPDATE: inserting a row that refers to this one does not have to wait
        rows = await (
            model.filter(pk__in=ids)
            .using_db(self._connection)
            .select_for_update(no_key=True)
            .order_by(model._meta.pk_attr)
        )
        found = {cast(UUID, row.pk): row for row in rows}
        self._held.update({(model, id): found.get(id) for id in ids})
        return found

    def in_order(self, table: str, ids: Iterable[UUID]) -> None:
        """Say which rows of a table are about to be locked, by ascending ids; ``LockOrderError`` if it is too late."""
        fresh = sorted({id for id in ids if (table, id) not in self._ordered})
        if fresh:
            self._in_order(_rank_of(table), fresh)
            self._ordered.update((table, id) for id in fresh)

    def _in_order(self, rank: tuple[bool, str], ids: Sequence[UUID]) -> None:
        if self._highest is not None and (*rank, ids[0]) < self._highest:
            raise LockOrderError(
                f"{rank[1]} {ids[0]} is locked after {self._highest[1]} {self._highest[2]}",
                hint="lock all a change needs in one call, or in order: plug-ins' tables, the core's; by name; by id",
            )
        self._highest = (*rank, ids[-1])

    async def get(self, model: type[M], id: UUID) -> M | None:
        """Lock one row and return it, or ``None``."""
        return cast("M | None", (await self.lock({model: [id]})).get(id))

    async def add(self, row: Model, *, deferred: bool = False) -> None:
        """Insert a row; sets ``created_at`` and ``updated_at`` where the model has them.

        A ``deferred`` one is written before the next statement of this change, or with what else it writes at its end:
        what a constraint says against it is raised then.
        """
        for name in ("created_at", "updated_at"):
            if name in row._meta.fields_map:
                setattr(row, name, self.now)
        insert = writes.insert(row)
        if insert is None:
            await self.flush()
            await row.save(using_db=self._connection, force_create=True)
        else:
            await self.later(insert.sql, *insert.values)
            if not deferred:
                await self.flush()
            cast(Any, row)._saved_in_db = True
        self._held[type(row), row.pk] = row
        self._bumped.add((type(row), row.pk))

    async def save(self, row: Model) -> None:
        """Update a row that is locked in this change; its ``version`` goes up by one, however often it is saved."""
        key = self._key(row)
        if key not in self._bumped and "version" in row._meta.fields_map:
            cast(Any, row).version += 1
        self._bumped.add(key)
        if "updated_at" in row._meta.fields_map:
            cast(Any, row).updated_at = self.now
        await self.flush()
        await row.save(using_db=self._connection)

    async def emit(
        self,
        event: str,
        aggregate: Model,
        payload: Mapping[str, Any] | None = None,
        *,
        customer_id: UUID | None = None,
    ) -> None:
        """Write an event about ``aggregate``, locked or added in this change; it carries the version it ends with."""
        self._key(aggregate)
        self._events.append(
            outbox.event(event, aggregate, payload or {}, known=self._known_events, customer_id=customer_id)
        )
        for follower in self.followers.get(event, ()):
            await follower.run(cast(UUID, aggregate.pk))

    async def announce(self, event: str, ids: Iterable[UUID]) -> None:
        """Let those who will follow up an event about these rows lock what they need, before these are locked."""
        if followers := self.followers.get(event):
            wanted = sorted(set(ids))
            for follower in followers:
                await follower.lock(wanted)

    async def execute(self, statement: str, *values: Any) -> list[Mapping[str, Any]]:
        """Run one SQL statement inside the transaction (parameters ``$1``, ``$2`` ...)."""
        await self.flush()
        return [dict(row) for row in await self._fetch(statement, *values)]

    async def later(self, statement: str, *values: Any) -> None:
        """An INSERT, UPDATE or DELETE, without WITH, whose result nobody needs: run before the next statement.

        Or, if there is none, at the end. Several are sent as one statement, and so see nothing of each other.
        """
        if statement in self._due or len(self._due) == writes.MOST_AT_ONCE:
            await self.flush()
        self._due[statement] = values

    async def flush(self) -> None:
        """Write what is due, now."""
        if self._due:
            due, self._due = self._due, {}
            await self._fetch(
                writes.together(tuple(due)), *(one for values in due.values() for one in values)
            )

    async def _fetch(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        with writes.as_of_models():
            return await self._connection.fetch(statement, *values)

    @property
    def driver(self) -> asyncpg.Connection[asyncpg.Record]:
        """The driver's own connection, inside the transaction, for what has no words here: COPY, temporary tables.

        What is due is not written yet: ``flush`` first if it matters.
        """
        return self._connection.driver

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """What is done within the block is undone if it raises, rows in memory and events included.

        Locks from before the block stay; those taken within it are let go with what it did.
        """
        await self.flush()
        held, bumped, events, highest = dict(self._held), set(self._bumped), len(self._events), self._highest
        ordered = set(self._ordered)
        self._journal = {}
        try:
            async with in_transaction(CONNECTION):
                yield
                await self.flush()
        except BaseException:
            self._due.clear()
            for key, before in self._journal.items():
                row = held.get(key)
                if row is not None:
                    row.__dict__.clear()
                    row.__dict__.update(before)
            self._held, self._bumped, self._highest, self._ordered = held, bumped, highest, ordered
            del self._events[events:]
            raise
        finally:
            self._journal = None

    def _remember(self, row: Model) -> None:
        """Keep what a row held before the attempt that gets it now."""
        key = (type(row), cast(UUID, row.pk))
        if self._journal is not None and key not in self._journal:
            self._journal[key] = {
                name: copy.deepcopy(value) if isinstance(value, dict | list) else value
                for name, value in row.__dict__.items()
            }

    async def finish(self) -> None:
        """Write what was emitted; nothing may follow but the commit."""
        if self._events:
            await self.later(*outbox.statement(self._events, viewer=self.viewer, now=self.now))
            self._events.clear()
        await self.flush()

    def _key(self, row: Model) -> tuple[type[Model], UUID]:
        key = (type(row), cast(UUID, row.pk))
        if self._held.get(key) is not row:
            raise ChangeMisused(
                f"{row._meta.db_table} {row.pk} was not locked in this change",
                hint="get the row from change.lock or change.get, or make it with change.add",
            )
        return key


async def changing(
    viewer: Viewer,
    body: Body,
    *,
    mutation: str,
    input: Any,
    idempotency_key: str | None = None,
    events: Mapping[str, EventType] | None = None,
    attempts: int = 5,
    lock_timeout_s: float = 10.0,
    turns: Turns | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Run ``body`` in one transaction and return what it led to.

    User errors change nothing and become part of the outcome. What the database says may be tried again is, up to
    ``attempts`` times. Under an ``idempotency_key`` the outcome is stored with what was changed, and returned to who
    repeats the request: who comes while it is being done waits for it up to ``lock_timeout_s``, with ``turns`` of this
    process without asking the database. A ``dry_run`` does all of it, constraints put off to the end included, and
    undoes it: its outcome refers to nothing, and no key is looked at or kept. ``events`` are the declared types by
    name; an event that is none of them is a mistake.
    """
    key = None
    if idempotency_key is not None and not dry_run:
        idempotency.check_key(idempotency_key, viewer)
        key = Key(
            viewer=idempotency.viewer_key(viewer),
            key=idempotency_key,
            mutation=mutation,
            hash=idempotency.input_hash(mutation, input),
        )
    run = partial(
        _attempts,
        viewer,
        _tried(body) if dry_run else body,
        key,
        events=events,
        attempts=attempts,
        lock_timeout_s=lock_timeout_s,
    )
    if key is None or turns is None:
        return await run()
    return await turns.take(key, run=run, within_s=lock_timeout_s)


async def _attempts(
    viewer: Viewer,
    body: Body,
    key: Key | None,
    *,
    events: Mapping[str, EventType] | None,
    attempts: int,
    lock_timeout_s: float,
) -> Outcome:
    for attempt in range(1, attempts + 1):
        try:
            return await _attempt(viewer, body, key, events=events, lock_timeout_s=lock_timeout_s)
        except Exception as error:
            state = sqlstate(error)
            if state == FOREIGN_KEY_VIOLATION and attempt < attempts:
                # what the body looked at is gone meanwhile: looking again, it finds and says so
                continue
            if state not in (SERIALIZATION_FAILURE, DEADLOCK_DETECTED):
                raise
            if attempt == attempts:
                raise Busy(
                    "Too many others change the same at this moment; nothing was changed.",
                    hint="try again in a while",
                ) from error
            await asyncio.sleep(random.uniform(0, min(0.5, 0.01 * 2**attempt)))
    raise AssertionError("unreachable: the last attempt returns or raises")


async def _attempt(
    viewer: Viewer,
    body: Body,
    key: Key | None,
    *,
    events: Mapping[str, EventType] | None,
    lock_timeout_s: float,
) -> Outcome:
    lock_timeout = f"{round(lock_timeout_s * 1000)}ms"
    try:
        if key is not None:
            async for _ in idempotency.pauses(lock_timeout_s):
                outcome = await _under_key(viewer, body, key, events=events, lock_timeout=lock_timeout)
                if outcome is not None:
                    return outcome
            raise in_progress()
        async with transaction(BEGIN, lock_timeout) as connection:
            now = connection.began_with[0]["now"]
            return await _run(Change(connection, viewer=viewer, now=now, events=events), body)
    except _Tried as tried:
        return tried.outcome
    except (UserError, UserErrors) as error:
        return Outcome.refused(error)
    except IdempotencyInProgress:
        raise
    except Exception as error:
        if sqlstate(error) != LOCK_NOT_AVAILABLE:
            raise
        raise Busy(
            "Somebody else is changing the same for too long; nothing was changed.",
            hint="try again in a while",
        ) from error


async def _under_key(
    viewer: Viewer, body: Body, key: Key, *, events: Mapping[str, EventType] | None, lock_timeout: str
) -> Outcome | None:
    """Run the body and store its outcome with it; ``None`` if another transaction is at that.

    A refusal undoes all, and is stored by a transaction of its own. Should another request with the key have come
    between these two, its outcome is the one that counts.
    """
    try:
        async with transaction(*idempotency.opening(key, lock_timeout=lock_timeout)) as connection:
            claimed = await idempotency.claimed(connection, key)
            if not isinstance(claimed, datetime):
                return claimed
            return await _run(Change(connection, viewer=viewer, now=claimed, events=events), body, key)
    except (UserError, UserErrors) as error:
        refused = Outcome.refused(error)
    async with transaction(*idempotency.opening(key, lock_timeout=lock_timeout)) as connection:
        claimed = await idempotency.claimed(connection, key)
        if not isinstance(claimed, datetime):
            return claimed
        await connection.fetch(*idempotency.storing(refused, key))
        return refused


async def _run(change: Change, body: Body, key: Key | None = None) -> Outcome:
    done = await body(change)
    outcome = done if isinstance(done, Outcome) else Outcome(payload=done)
    if key is not None:
        await change.later(*idempotency.storing(outcome, key))
    await change.finish()
    return outcome


class _Tried(Exception):
    """A dry run came to its end; undoes what it did."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("a dry run")
        self.outcome = outcome


def _tried(body: Body) -> Body:
    """The same, up to where it would be committed."""

    async def run(change: Change) -> Outcome:
        done = await body(change)
        await change.finish()
        await change.execute("set constraints all immediate")
        results = done.results if isinstance(done, Outcome) else ()
        errors = done.user_errors if isinstance(done, Outcome) else ()
        raise _Tried(
            Outcome(
                user_errors=errors,
                results=tuple(ItemOutcome(user_errors=one.user_errors) for one in results),
            )
        )

    return run


def _rank(model: type[Model]) -> tuple[bool, str]:
    return _rank_of(model._meta.db_table)


def _rank_of(table: str) -> tuple[bool, str]:
    return (table.startswith("core_"), table)


def sqlstate(error: BaseException) -> str | None:
    """The SQLSTATE of a database error, also of one the ORM has wrapped; ``None`` if it is none."""
    for one in causes(error):
        state = getattr(one, "sqlstate", None)
        if isinstance(state, str):
            return state
    return None
