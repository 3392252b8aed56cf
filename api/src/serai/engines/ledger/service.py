"""Transfers written, settled, let go and reversed, within a change."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from serai.engines.change import Change
from serai.engines.outbox import actor
from serai.storage import new_id
from serai_sdk import UserError
from serai_sdk.ledger import Balance, Owner, Posting

from . import errors, statements
from .assets import KINDS, exponent_of
from .balances import read_balances

MOST_POSTINGS: Final = 1_000
MOST_DUE: Final = 1_000
"""How many expired transfers are let go at once."""
GREATEST: Final = 2**63 - 1
OWNED: Final = ("CUSTOMER", "PROVIDER", "STAFF")
"""Kinds of owner that have an id, as the columns stand."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An amount into an account (above zero) or out of it."""

    account: UUID
    amount: int
    is_pending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A transfer as it stands in the ledger: its entries, pending or settled, in their order."""

    phase: str
    expires_at: datetime | None
    entries: Sequence[tuple[UUID, int]]
    resolved: str | None


class Ledger:
    """The ledger within one change; implements the protocol of the same name in the SDK."""

    def __init__(self, change: Change) -> None:
        self._change = change

    async def account(self, owner: Owner, kind: str, asset: str) -> UUID:
        known = KINDS.get(kind)
        if known is None:
            raise ValueError(f"there is no kind of account {kind!r}: there are {', '.join(sorted(KINDS))}")
        if owner.kind not in known.owners:
            raise ValueError(
                f"{kind!r} is no account of a {owner.kind}, but of {', '.join(sorted(known.owners))}"
            )
        if (owner.kind == "PLATFORM") != (owner.id is None):
            raise ValueError("the platform has no id, and everybody else has one")
        exponent = exponent_of(asset)
        key = ":".join((owner.kind.lower(), *([owner.id.hex] if owner.id else []), kind, asset))
        driver = self._change.driver
        found = await driver.fetchval(statements.FIND, key)
        if found is None:
            owners = [owner.id if owner.kind == one else None for one in OWNED]
            facts = (kind, asset, exponent, known.may_overdraw, self._change.now)
            await driver.execute(statements.OPEN, new_id(), key, owner.kind, *owners, *facts)
            found = await driver.fetchval(statements.FIND, key)
        return UUID(bytes=found.bytes)

    async def transfer(
        self,
        postings: Sequence[Posting],
        *,
        id: UUID,
        reference: str | None = None,
        is_pending: bool = False,
        expires_at: datetime | None = None,
    ) -> UUID:
        _check(postings)
        entries = [
            entry
            for one in postings
            for entry in (
                Entry(one.source, -one.amount, is_pending),
                Entry(one.target, one.amount, is_pending),
            )
        ]
        phase = "PENDING" if is_pending else "POSTED"
        return await self._write(id, phase, entries, reference=reference, expires_at=expires_at)

    async def post(self, pending: UUID, *, id: UUID, amounts: Sequence[int] | None = None) -> UUID:
        found = await self._pending(pending)
        settled = list(found.entries)
        if amounts is not None:
            if len(amounts) * 2 != len(settled):
                raise ValueError(f"{len(amounts)} amounts for {len(settled) // 2} postings")
            for number, amount in enumerate(amounts):
                promised = settled[2 * number + 1][1]
                if not 0 <= amount <= promised:
                    raise ValueError(f"{amount} of the {promised} that are pending")
            settled = [
                (account, amount if place % 2 else -amount)
                for place, (account, _) in enumerate(settled)
                if (amount := amounts[place // 2])
            ]
        let_go = [Entry(account, -amount, is_pending=True) for account, amount in found.entries]
        entries = [*let_go, *(Entry(account, amount) for account, amount in settled)]
        if found.expires_at is not None and found.expires_at <= self._change.now and found.resolved is None:
            raise errors.expired(pending, found.expires_at)
        return await self._write(id, "POST", entries, resolves=pending)

    async def void(self, pending: UUID, *, id: UUID) -> UUID:
        found = await self._pending(pending)
        return await self._let_go(pending, found, id=id, phase="VOID")

    async def reverse(self, transfer: UUID, *, id: UUID, reference: str | None = None) -> UUID:
        found = await self._read(transfer)
        if found.phase == "PENDING" or not found.entries:
            raise errors.not_settled(transfer)
        entries = [Entry(account, -amount) for account, amount in found.entries]
        return await self._write(id, "POSTED", entries, reference=reference, reverses=transfer)

    async def balance(self, account: UUID, *, at: datetime | None = None) -> Balance:
        found = await read_balances(self._change.driver.fetch, [account], at=at)
        if account not in found:
            raise ValueError(f"there is no account {account}")
        return found[account][0]

    async def expire(self, *, most: int = MOST_DUE) -> int:
        """Let go what is pending beyond its time; returns how many transfers that were."""
        due = await self._change.driver.fetch(statements.ALL_DUE, self._change.now, most)
        return await self._expire([UUID(bytes=row["id"].bytes) for row in due])

    # -- writing

    async def _write(
        self,
        id: UUID,
        phase: str,
        entries: Sequence[Entry],
        *,
        reference: str | None = None,
        expires_at: datetime | None = None,
        resolves: UUID | None = None,
        reverses: UUID | None = None,
    ) -> UUID:
        content = _content(phase, entries, reference, expires_at, resolves, reverses)
        taken = _taken(entries, resolves=resolves is not None)
        values = (
            id,
            phase,
            resolves,
            reverses,
            reference,
            expires_at,
            content,
            orjson.dumps(actor(self._change.viewer)).decode(),
            self._change.now,
            [new_id() for _ in entries],
            [one.account for one in entries],
            [one.is_pending for one in entries],
            [one.amount for one in entries],
            list(taken),
            list(taken.values()),
        )
        [(is_written, short)] = await self._change.driver.fetch(statements.WRITE, *values)
        if short and await self._expire(await self._due(short)):
            [(is_written, short)] = await self._change.driver.fetch(statements.WRITE, *values)
        if not is_written:
            otherwise = errors.insufficient() if short else errors.id_reused(id)
            await self._explain(id, content, resolves, reverses, otherwise=otherwise)
        return id

    async def _explain(
        self, id: UUID, content: bytes, resolves: UUID | None, reverses: UUID | None, *, otherwise: UserError
    ) -> None:
        """Why a transfer cannot be written; nothing, if this very one was written before."""
        known = await self._change.driver.fetchrow(statements.KNOWN, id, content, resolves, reverses)
        assert known is not None
        if known["is_same"]:
            return
        if known["is_same"] is not None:
            raise errors.id_reused(id)
        if resolves is not None and known["resolved"] is not None:
            raise errors.resolved(resolves, known["resolved"])
        if reverses is not None and known["is_reversed"]:
            raise errors.reversed_already(reverses)
        raise otherwise

    async def _due(self, accounts: Sequence[UUID]) -> list[UUID]:
        now = self._change.now
        rows = await self._change.driver.fetch(statements.DUE, list(accounts), now, MOST_DUE)
        return [UUID(bytes=row["id"].bytes) for row in rows]

    async def _expire(self, transfers: Sequence[UUID]) -> int:
        expired = 0
        for transfer in transfers:
            found = await self._read(transfer)
            if found.resolved is None:
                await self._let_go(transfer, found, id=new_id(), phase="EXPIRY")
                expired += 1
        return expired

    async def _let_go(self, pending: UUID, found: Written, *, id: UUID, phase: str) -> UUID:
        entries = [Entry(account, -amount, is_pending=True) for account, amount in found.entries]
        return await self._write(id, phase, entries, resolves=pending)

    # -- reading

    async def _read(self, transfer: UUID) -> Written:
        row = await self._change.driver.fetchrow(statements.READ, transfer)
        if row is None:
            raise errors.not_found(transfer)
        return Written(
            phase=row["phase"],
            expires_at=row["expires_at"],
            entries=[
                (UUID(bytes=account.bytes), amount)
                for account, amount in zip(row["accounts"] or (), row["amounts"] or (), strict=True)
            ],
            resolved=row["resolved"],
        )

    async def _pending(self, transfer: UUID) -> Written:
        found = await self._read(transfer)
        if found.phase != "PENDING":
            raise errors.not_pending(transfer)
        return found


def _check(postings: Sequence[Posting]) -> None:
    if not 0 < len(postings) <= MOST_POSTINGS:
        raise ValueError(f"a transfer has 1 to {MOST_POSTINGS} postings; here are {len(postings)}")
    for one in postings:
        if not 0 < one.amount <= GREATEST:
            raise ValueError(f"a posting moves more than nothing, and at most {GREATEST}; here {one.amount}")
        if one.source == one.target:
            raise ValueError("a posting moves from one account into another; here both are one")


def _taken(entries: Sequence[Entry], *, resolves: bool) -> dict[UUID, int]:
    """By account what is taken of what it can spend; of those that only expect something, nothing."""
    taken = {one.account: 0 for one in entries}
    for one in entries:
        if not one.is_pending or (one.amount > 0) == resolves:
            taken[one.account] -= one.amount
    return taken


def _content(phase: str, entries: Sequence[Entry], *facts: Any) -> bytes:
    """What tells one transfer from another under the same id."""
    told = [phase, [[one.account.hex, one.amount, one.is_pending] for one in entries], *facts]
    return hashlib.sha256(orjson.dumps(told, default=str)).digest()
