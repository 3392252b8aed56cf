"""Mutations under a key: done once, told again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import pytest
from tortoise import connections

from serai.core.customers.models import Customer
from serai.engines import Change, IdempotencyInProgress, IdempotencyKeyReused, changing
from serai.engines.idempotency import input_hash, viewer_key
from serai.viewers import ANONYMOUS, Viewer
from serai_sdk import UNSET, Money, SafeError, UserError

SOMEBODY = Viewer(kind="customer", customer_id=UUID(int=1))
SOMEBODY_ELSE = Viewer(kind="customer", customer_id=UUID(int=2))


async def add(change: Change) -> Mapping[str, Any]:
    customer = Customer(name="Zoë")
    await change.add(customer)
    return {"customer": customer.id, "nobody": None, "everybody": [customer.id]}


async def refuse(change: Change) -> Mapping[str, Any]:
    await add(change)
    raise UserError("TAKEN", "Somebody has it.", field=("name",))


@pytest.mark.usefixtures("orm")
async def test_a_repeated_request_is_told_the_first_outcome() -> None:
    key = str(uuid4())
    first = await changing(SOMEBODY, add, mutation="m", input={"n": 1}, idempotency_key=key)
    second = await changing(SOMEBODY, add, mutation="m", input={"n": 1}, idempotency_key=key)
    assert second.payload == first.payload
    assert (first.replayed, second.replayed) == (False, True)
    assert await Customer.all().count() == 1


@pytest.mark.usefixtures("orm")
async def test_a_refusal_is_stored_too_and_undoes_the_rest() -> None:
    key = str(uuid4())
    outcomes = [
        await changing(SOMEBODY, refuse, mutation="m", input={}, idempotency_key=key) for _ in range(2)
    ]
    for outcome in outcomes:
        assert [(one.code, str(one), one.field) for one in outcome.user_errors] == [
            ("TAKEN", "Somebody has it.", ("name",))
        ]
    assert [one.replayed for one in outcomes] == [False, True]
    assert await Customer.all().count() == 0


@pytest.mark.usefixtures("orm")
async def test_a_refusal_after_a_database_error_is_stored_too() -> None:
    async def body(change: Change) -> Mapping[str, Any]:
        try:
            await change.execute("select 1 / 0")
        except Exception as error:
            raise UserError("BROKEN", "It broke.") from error
        return {}

    outcomes = [await changing(SOMEBODY, body, mutation="m", input={}, idempotency_key="k") for _ in range(2)]
    assert [one.replayed for one in outcomes] == [False, True]


@pytest.mark.usefixtures("orm")
@pytest.mark.parametrize(("mutation", "input"), [("m", {"n": 2}), ("other", {"n": 1})])
async def test_a_key_is_not_for_another_request(mutation: str, input: Any) -> None:
    await changing(SOMEBODY, add, mutation="m", input={"n": 1}, idempotency_key="k")
    with pytest.raises(IdempotencyKeyReused) as raised:
        await changing(SOMEBODY, add, mutation=mutation, input=input, idempotency_key="k")
    assert raised.value.code == "IDEMPOTENCY_KEY_REUSED"
    assert await Customer.all().count() == 1


@pytest.mark.usefixtures("orm")
async def test_keys_of_different_viewers_never_meet() -> None:
    for viewer in (SOMEBODY, SOMEBODY_ELSE, ANONYMOUS):
        await changing(viewer, add, mutation="m", input={}, idempotency_key="k")
    assert await Customer.all().count() == 3


@pytest.mark.usefixtures("orm")
async def test_forty_at_once_do_it_once() -> None:
    outcomes = await asyncio.gather(
        *(changing(SOMEBODY, add, mutation="m", input={}, idempotency_key="k") for _ in range(40))
    )
    assert len({one.payload["customer"] for one in outcomes}) == 1
    assert sum(not one.replayed for one in outcomes) == 1
    assert await Customer.all().count() == 1


@pytest.mark.usefixtures("orm")
async def test_an_error_leaves_the_key_free() -> None:
    async def fails(change: Change) -> Mapping[str, Any]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await changing(SOMEBODY, fails, mutation="m", input={}, idempotency_key="k")
    outcome = await changing(SOMEBODY, add, mutation="m", input={}, idempotency_key="k")
    assert not outcome.replayed


@pytest.mark.usefixtures("orm")
async def test_who_comes_while_the_first_is_at_it_waits_only_so_long() -> None:
    begun, release = asyncio.Event(), asyncio.Event()

    async def slow(change: Change) -> Mapping[str, Any]:
        begun.set()
        await release.wait()
        return {}

    first = asyncio.create_task(changing(SOMEBODY, slow, mutation="m", input={}, idempotency_key="k"))
    await begun.wait()
    with pytest.raises(IdempotencyInProgress):
        await changing(SOMEBODY, slow, mutation="m", input={}, idempotency_key="k", lock_timeout_s=0.05)
    release.set()
    await first


@pytest.mark.usefixtures("orm")
async def test_what_is_stored_is_ids_and_user_errors() -> None:
    await changing(SOMEBODY, add, mutation="m", input={"name": "Zoë"}, idempotency_key="k")
    [row] = await connections.get("default").execute_query_dict("select t::text from core_idempotency t")
    assert "Zoë" not in row["t"]


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb"])
async def test_a_key_is_printable_and_short(key: str) -> None:
    with pytest.raises(SafeError):
        await changing(SOMEBODY, add, mutation="m", input={}, idempotency_key=key)


class Kind(StrEnum):
    A = "A"


@dataclass(frozen=True)
class Given:
    kind: Any = UNSET
    at: Any = UNSET
    price: Any = UNSET
    id: Any = UNSET


def test_equal_inputs_hash_equally_and_different_ones_do_not() -> None:
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    one = Given(kind=Kind.A, at=at, price=Decimal("1.10"), id=UUID(int=5))
    same = Given(
        kind="A", at=at.astimezone(timezone(timedelta(hours=2))), price=Decimal("1.1"), id=UUID(int=5)
    )
    assert input_hash("m", one) == input_hash("m", same)
    others = [
        Given(),
        Given(kind=None),
        Given(price=Money(110, "EUR")),
        Given(price=Money(110, "USD")),
        {"kind": "A"},
        {"kind": ["A"]},
    ]
    hashes = {input_hash("m", other) for other in [one, *others]}
    assert len(hashes) == len(others) + 1
    assert input_hash("m", Given()) != input_hash("n", Given())


def test_a_principal_acting_as_another_is_another() -> None:
    principal = UUID(int=9)
    viewers = [
        ANONYMOUS,
        Viewer(kind="customer", principal_id=principal, customer_id=UUID(int=1)),
        Viewer(kind="provider", principal_id=principal, provider_id=UUID(int=1)),
        Viewer(kind="staff", principal_id=principal, staff_id=UUID(int=1)),
        Viewer(kind="app", principal_id=principal),
    ]
    assert len({viewer_key(one) for one in viewers}) == len(viewers)
