"""Mutations under a key: the outcome is stored under viewer and key, and told again to who repeats the request.

The row is inserted first in the transaction, under a lock that is had at once or not at all: nobody waits inside the
database for who came first, and so nobody holds a connection while waiting. Within a process `Turns` sees to that;
between processes who comes second looks again after a pause, until the first has committed (its outcome is read) or
rolled back (the second is the first now).
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final, TypeAlias
from uuid import UUID

import orjson

from serai.storage.transactions import Transaction
from serai_sdk import UNSET, SafeError, Viewer

from .outcome import Outcome
from .turns import Key, key_reused

Fetch: TypeAlias = Callable[..., Awaitable[Sequence[Any]]]
"""Runs a statement in a transaction of its own."""

CLAIM = """
with begun as (
  select
    serai_now() as now,
    set_config('lock_timeout', $5, true),
    pg_try_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 5)) as is_free
)
insert into core_idempotency (viewer, key, mutation, input_hash, at)
select $1, $2, $3, $4, now
from begun
where is_free
on conflict (viewer, key) do nothing
returning at as now
"""

READ = """
select input_hash, outcome::text as outcome
from core_idempotency
where viewer = $1
  and key = $2
"""

STORE = """
update core_idempotency
set outcome = cast($3 as text)::jsonb
where viewer = $1
  and key = $2
"""

OLD = """
delete from core_idempotency
where (viewer, key) in (
  select viewer, key
  from core_idempotency
  where at < serai_now() - $1::interval
  order by at
  limit $2
  for update skip locked
)
returning 1
"""

LONGEST_KEY: Final = 255
UUID_TEXT: Final = re.compile(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
KEPT_FOR: Final = timedelta(hours=24)
"""A key is remembered at least so long."""
BATCH: Final = 1_000
"""Keys a statement forgets at most: none holds locks for long."""
FIRST_PAUSE_S: Final = 0.01
LONGEST_PAUSE_S: Final = 0.25


def check_key(key: str, viewer: Viewer) -> None:
    """Raise ``SafeError`` unless it can be a key: 1 to 255 printable characters, of who is nobody known a UUID.

    Keys of all who are not signed in stand beside each other: by chance or by guess nobody meets another's.
    """
    if not (0 < len(key) <= LONGEST_KEY and key.isprintable()):
        raise SafeError(
            f"An idempotency key has 1 to {LONGEST_KEY} printable characters.",
            hint="send a new UUID with each request, and the same one again when you repeat it",
        )
    if viewer.kind == "anonymous" and not UUID_TEXT.fullmatch(key):
        raise SafeError(
            "Without signing in, an idempotency key is a UUID.",
            hint="send a new random UUID with each request, and the same one again when you repeat it",
        )


def viewer_key(viewer: Viewer) -> str:
    """Under whose name outcomes are stored: a principal acting as somebody else is somebody else."""
    ids = (viewer.principal_id, viewer.customer_id, viewer.provider_id, viewer.staff_id)
    return ":".join([viewer.kind, *("" if one is None else one.hex for one in ids)])


def input_hash(mutation: str, input: Any) -> str:
    """A hash of the mutation's name and its coerced input, the same however the request was written."""
    canonical = orjson.dumps([mutation, _plain(input)], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()


def opening(key: Key, *, lock_timeout: str) -> tuple[Any, ...]:
    """What takes the key for the transaction that begins with it, and its values; pass ``claimed`` what it returns.

    No lock of the transaction is waited for longer than ``lock_timeout``.
    """
    return (CLAIM, key.viewer, key.key, key.mutation, key.hash, lock_timeout)


async def claimed(connection: Transaction, key: Key) -> datetime | Outcome | None:
    """The time of the transaction, if it began with taking the key; or the outcome the key already has.

    ``None`` if another transaction is at it.
    """
    if connection.began_with:
        now: datetime = connection.began_with[0]["now"]
        return now
    stored = await connection.fetch(READ, key.viewer, key.key)
    if not stored:
        return None
    if stored[0]["input_hash"] != key.hash:
        raise key_reused()
    return Outcome.from_json(stored[0]["outcome"])


def storing(outcome: Outcome, key: Key) -> tuple[Any, ...]:
    """What keeps the outcome under the key taken before, and its values."""
    return (STORE, key.viewer, key.key, outcome.to_json())


async def forget_old(fetch: Fetch, *, limit: int) -> int:
    """Delete up to ``limit`` keys that were kept for long enough, in batches of a statement each; how many it were."""
    done = 0
    while done < limit:
        size = min(BATCH, limit - done)
        found = len(await fetch(OLD, KEPT_FOR, size))
        done += found
        if found < size:
            break
    return done


async def pauses(within_s: float) -> AsyncIterator[None]:
    """Something to loop over until it is time to give up: pauses that grow, the first one none."""
    loop = asyncio.get_running_loop()
    until, pause_s = loop.time() + within_s, FIRST_PAUSE_S
    yield
    while (left_s := until - loop.time()) > 0:
        await asyncio.sleep(min(left_s, pause_s * random.uniform(0.5, 1)))
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        yield


def _plain(value: Any) -> Any:
    """The value in JSON's terms: what is equal gives the same text, what was not given leaves no trace."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        given = ((one.name, getattr(value, one.name)) for one in fields(value))
        return {name: _plain(part) for name, part in given if part is not UNSET}
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items() if part is not UNSET}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(part) for part in value]
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return value.hex
    return value
