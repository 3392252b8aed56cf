"""``ctx.visible``: which of many rows a viewer may see, by one statement."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from serai.app import Platform
from serai.core.calls import Context
from serai.viewers import ANONYMOUS, SYSTEM, Viewer
from serai_sdk import MOST_IDS, SdkError
from serai_sdk.orm import new_id


def context(platform: Platform, viewer: Viewer) -> Context:
    return platform._context(viewer)


async def test_one_statement_tells_which_of_many_rows_may_be_seen(
    platform: Platform, rows: Any, request: pytest.FixtureRequest
) -> None:
    provider = await rows.provider()
    mine, others = await rows.customer(), [await rows.customer() for _ in range(30)]
    await rows.transaction(mine, provider)
    await rows.transaction(others[0], provider, status="FULFILLED")
    ctx = context(platform, Viewer(kind="provider", provider_id=provider))
    sent: list[str] = []

    def count(sql: str, _: object) -> None:
        sent.append(sql)

    platform.pool.observers.append(count)
    request.addfinalizer(lambda: platform.pool.observers.remove(count))
    seen = await ctx.visible("Customer", [*others, mine, mine, new_id()])
    assert seen == {mine}
    assert {type(one) for one in seen} == {UUID}
    await asyncio.sleep(0)
    assert len(sent) == 1
    assert await ctx.can_see("Customer", mine)
    assert not await ctx.can_see("Customer", others[0])
    await asyncio.sleep(0)
    assert len(sent) == 3


async def test_nothing_asked_costs_nothing(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform.pool, "fetch", None)
    assert await context(platform, SYSTEM).visible("Customer", []) == set()


async def test_rows_of_a_kind_nobody_declares_are_not_there(platform: Platform, rows: Any) -> None:
    provider = await rows.provider()
    service = await rows.service(provider)
    absent = await rows.add(
        "core_offer", kind="gone_thing", provider_id=provider, title="Gone", status="PUBLISHED"
    )
    assert await context(platform, ANONYMOUS).visible("Offer", [service, absent]) == {service}


async def test_a_name_of_no_entity_and_too_many_ids_are_named_as_such(platform: Platform) -> None:
    ctx = context(platform, SYSTEM)
    with pytest.raises(SdkError, match="there is no entity 'Costumer'") as unknown:
        await ctx.visible("Costumer", [new_id()])
    assert " Customer, " in str(unknown.value.hint)
    with pytest.raises(SdkError, match=f"{MOST_IDS + 1} rows of Customer are asked about at once"):
        await ctx.visible("Customer", [new_id() for _ in range(MOST_IDS + 1)])
