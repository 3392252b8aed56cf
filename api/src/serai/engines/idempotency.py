"""Mutations under a key: the outcome is stored under viewer and key, and told again to who repeats the request.

The row is inserted first in the transaction. Whoever comes second waits for that transaction at the row's unique index:
if it commits, its outcome is read; if it rolls back, the second one is the first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from serai_sdk import UNSET, SafeError, Viewer

from .errors import IdempotencyKeyReused
from .outcome import Outcome

CLAIM = """
with begun as (
  select serai_now() as now, set_config('lock_timeout', $5, true)
)
insert into core_idempotency (viewer, key, mutation, input_hash, at)
select $1, $2, $3, $4, now
from begun
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

LONGEST_KEY = 255


def check_key(key: str) -> None:
    """Raise ``SafeError`` unless it can be a key: 1 to 255 printable characters."""
    if not (0 < len(key) <= LONGEST_KEY and key.isprintable()):
        raise SafeError(
            f"An idempotency key has 1 to {LONGEST_KEY} printable characters.",
            hint="send a new UUID with each request, and the same one again when you repeat it",
        )


def viewer_key(viewer: Viewer) -> str:
    """Under whose name outcomes are stored: a principal acting as somebody else is somebody else."""
    ids = (viewer.principal_id, viewer.customer_id, viewer.provider_id, viewer.staff_id)
    return ":".join([viewer.kind, *("" if one is None else one.hex for one in ids)])


def input_hash(mutation: str, input: Any) -> str:
    """A hash of the mutation's name and its coerced input, the same however the request was written."""
    canonical = orjson.dumps([mutation, _plain(input)], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()


async def claim(
    connection: BaseDBAsyncClient, *, viewer: str, key: str, mutation: str, hash: str, lock_timeout: str
) -> datetime | Outcome:
    """Take the key for this transaction, which begins with it, and return its time; or the outcome the key already has.

    Who comes second waits for the first no longer than ``lock_timeout``, nor for any other lock of the transaction.
    """
    claimed = await connection.execute_query_dict(CLAIM, [viewer, key, mutation, hash, lock_timeout])
    if claimed:
        now: datetime = claimed[0]["now"]
        return now
    [stored] = await connection.execute_query_dict(READ, [viewer, key])
    if stored["input_hash"] != hash:
        raise IdempotencyKeyReused(
            "This idempotency key was used before, for another mutation or another input.",
            hint="use a new key for a new request; repeat a request with exactly the same input",
        )
    return Outcome.from_json(stored["outcome"])


async def store(connection: BaseDBAsyncClient, outcome: Outcome, *, viewer: str, key: str) -> None:
    """Keep the outcome under the key taken before."""
    await connection.execute_query(STORE, [viewer, key, outcome.to_json()])


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
