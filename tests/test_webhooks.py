"""Webhooks: told what their owners may see and nothing else, signed, in order, the same at each attempt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from serai.app import Assembly, Platform
from serai.core.webhooks.keeping import forget_old
from serai.engines.webhooks import Dispatcher, Pace
from serai.engines.webhooks.sending import LEASE
from serai.viewers import Viewer

from .conftest import OpenPlatform
from .receiving import Receiver, receiving
from .test_feed import ask, extend
from .town import Town

PERMISSIONS = frozenset(
    {"webhooks:register", "webhooks:read", "webhooks:write", "events:read", "demands:read", "customers:read"}
)
QUICK = Pace(attempts=3, pause=timedelta(0), rest=timedelta(milliseconds=20), threshold=100)
REGISTER = """
mutation($input: WebhookRegisterInput!) {
  webhookRegister(input: $input) { webhook { id secrets position state } userErrors { code message field } }
}
"""
QUERY = """
query($event: ID!, $aggregate: ID!, $type: String!) {
  event(id: $event) { payload }
  demands(where: {id: {eq: $aggregate}}) { nodes { id customer { name } } }
  of: events(types: [$type], first: 1) { nodes { type } }
}
"""
OF_A_DEMAND = (
    "query($aggregate: ID!) { demands(where: {id: {eq: $aggregate}}) { nodes { id customer { name } } } }"
)


class House:
    """A platform with a member of the staff who registers webhooks, and some demands."""

    def __init__(self, platform: Platform, town: Town, staff: UUID, demands: list[UUID]) -> None:
        self.platform, self.town, self.demands = platform, town, demands
        self.owner = Viewer(kind="staff", staff_id=staff, permissions=PERMISSIONS)

    async def register(self, receiver: Receiver, viewer: Viewer | None = None, **more: Any) -> dict[str, Any]:
        given = {"name": "Test", "address": receiver.url, "eventTypes": ["demand.*"]} | more
        told = await ask(self.platform, REGISTER, viewer or self.owner, input=given)
        assert told["data"]["webhookRegister"]["userErrors"] == [], told
        made: dict[str, Any] = told["data"]["webhookRegister"]["webhook"]
        return made

    async def do(self, mutation: str, viewer: Viewer | None = None, **given: Any) -> Any:
        name = mutation[0].upper() + mutation[1:]
        payload = "delivery" if "Delivery" in mutation else "webhook"
        fields = "id state" if payload == "delivery" else "id state position secrets"
        document = (
            f"mutation($input: {name}Input!) {{ {mutation}(input: $input) "
            f"{{ {payload} {{ {fields} }} userErrors {{ code message }} }} }}"
        )
        told = await ask(self.platform, document, viewer or self.owner, input=given)
        return told["errors"] if told.get("errors") else told["data"][mutation]

    async def happen(self, *ends: str, demand: int = 0) -> None:
        await extend(self.platform, self.demands[demand], *ends)
        await self.platform.stamp()

    async def log(self) -> list[dict[str, Any]]:
        return [
            dict(row)
            for row in await self.town.connection.fetch(
                "select id, state, attempts, status, error, body from core_webhook_delivery order by position"
            )
        ]

    async def until(self, condition: str, count: int = 0) -> None:
        """Waits until so many deliveries meet a condition."""
        asked = f"select count(*) from core_webhook_delivery where {condition}"
        async with asyncio.timeout(60):
            while await self.town.connection.fetchval(asked) != count:  # noqa: ASYNC110 - workers tell nobody else
                await asyncio.sleep(0.02)


@pytest.fixture
def open_here(open_here: OpenPlatform, assembled: Assembly) -> OpenPlatform:
    """As of all tests, with what is installed put together once."""
    return partial(open_here, assembly=assembled)


@asynccontextmanager
async def at_work(platform: Platform, pace: Pace = QUICK, processes: int = 1) -> AsyncIterator[None]:
    """Dispatchers that do deliveries, within the block."""
    working = [
        Dispatcher(platform.webhooks, platform.webhooks.caller, pace=pace, timeout_s=2, poll_s=0.02)
        for _ in range(processes)
    ]
    running = [asyncio.create_task(one.run()) for one in working]
    try:
        yield
    finally:
        for one in working:
            one.stop()
        async with asyncio.timeout(60):
            await asyncio.gather(*running)


@asynccontextmanager
async def house(open_here: OpenPlatform, town: Town, receiver: Receiver) -> AsyncIterator[House]:
    platform = await open_here(webhook_allowed=(receiver.place,), webhook_timeout_s=2)
    scenario, staff = await town.scenario(), await town.operator()
    demands = [await town.demand(await town.customer(name=name), scenario) for name in ("Ada", "Bob")]
    yield House(platform, town, staff, demands)


async def test_what_happens_is_told_in_order_as_its_owner_sees_it_and_signed(
    open_here: OpenPlatform, town: Town
) -> None:
    async with receiving() as receiver, house(open_here, town, receiver) as here:
        await here.happen("before")
        made = await here.register(receiver, query=QUERY)
        other = await here.register(receiver, eventTypes=["demand.opened"])
        async with at_work(here.platform, processes=2):
            await here.happen("a", "b")
            await here.happen("c", demand=1)
            await receiver.until(3)
            await here.until("state = 'DELIVERED'", 3)
    ids = [row["id"] for row in await town.connection.fetch("select id from core_event order by position")]
    told = {one.id: one for one in receiver.came}
    assert set(told) == {f"evt_{id.hex}" for id in ids[1:]}
    of_ada = [one.told for one in receiver.came if one.told["data"]["event"]["payload"]["windowEnd"] != "c"]
    assert [one["data"]["event"]["payload"]["windowEnd"] for one in of_ada] == ["a", "b"]
    first = of_ada[0]
    assert first == {
        "id": f"evt_{ids[1].hex}",
        "type": "demand.extended",
        "timestamp": first["timestamp"],
        "position": "2",
        "data": {
            "event": {"payload": {"windowEnd": "a"}},
            "demands": {"nodes": [{"id": f"dem_{here.demands[0].hex}", "customer": {"name": "Ada"}}]},
            "of": {"nodes": [{"type": "demand.extended"}]},
        },
    }
    [secret] = made["secrets"]
    for one in receiver.came:
        assert Webhook(secret).verify(one.body, dict(one.headers)) == one.told
        with pytest.raises(WebhookVerificationError):
            Webhook(other["secrets"][0]).verify(one.body, dict(one.headers))


async def test_what_fails_is_tried_again_with_the_same_bytes_and_holds_up_its_aggregate_only(
    open_here: OpenPlatform, town: Town
) -> None:
    is_down = asyncio.Event()

    async def answering(headers: Mapping[str, str], body: bytes) -> int | None:
        return 503 if b'"bad"' in body and not is_down.is_set() else 200

    pace = Pace(attempts=1000, pause=timedelta(0), threshold=10_000)
    async with receiving(answering) as receiver, house(open_here, town, receiver) as here:
        await here.register(receiver)
        async with at_work(here.platform, pace):
            await here.happen("bad", "good")
            await here.happen("fine", demand=1)
            await here.until("state = 'DELIVERED'", 1)
            await receiver.until(5)
            # whoever is told later of an event is told what was first written
            await here.platform.pool.fetch("update core_demand set updated_at = serai_now()")
            is_down.set()
            await here.until("state = 'DELIVERED'", 3)
        bodies: dict[str, set[bytes]] = {}
        for one in receiver.came:
            bodies.setdefault(one.id, set()).add(one.body)
        assert [len(one) for one in bodies.values()] == [1, 1, 1]
        ends = [one.told["data"]["event"]["payload"]["windowEnd"] for one in receiver.taken]
        assert ends.index("bad") < ends.index("good")
        assert ends[0] == "fine"
        log = await here.log()
    assert [(one["state"], one["status"], one["error"]) for one in log] == [("DELIVERED", 200, None)] * 3
    assert {one.body.decode() for one in receiver.came} == {one["body"] for one in log}


async def test_what_is_given_up_is_seen_and_tried_again_when_somebody_says_so(
    open_here: OpenPlatform, town: Town
) -> None:
    answers = [500, 302, None, 200, 200]

    async def answering(headers: Mapping[str, str], body: bytes) -> int | None:
        return answers.pop(0)

    async with receiving(answering) as receiver, house(open_here, town, receiver) as here:
        await here.register(receiver)
        async with at_work(here.platform):
            await here.happen("a", "b")
            await here.until("state = 'DEAD'", 1)
            await here.until("state = 'DELIVERED'", 1)
            log = await here.log()
            assert [(one["state"], one["attempts"], one["status"], one["error"]) for one in log] == [
                ("DEAD", 3, None, "the call failed: RemoteProtocolError"),
                ("DELIVERED", 1, 200, None),
            ]
            id = f"whd_{log[0]['id'].hex}"
            told = await here.do("webhookDeliveryReplay", id=id)
            assert told == {"delivery": {"id": id, "state": "WAITING"}, "userErrors": []}
            await here.until("state = 'DELIVERED'", 2)
    assert len({one.body for one in receiver.came if one.id == receiver.came[0].id}) == 1


async def test_who_hangs_or_is_down_is_left_alone_for_a_while_and_holds_up_nobody_else(
    open_here: OpenPlatform, town: Town
) -> None:
    pace = Pace(
        attempts=100,
        pause=timedelta(0),
        threshold=3,
        rest=timedelta(hours=1),
        longest_rest=timedelta(hours=1),
    )

    async def down(headers: Mapping[str, str], body: bytes) -> int | None:
        return 500

    async with receiving(down) as broken, receiving() as receiver:
        platform = await open_here(webhook_allowed=(receiver.place, broken.place))
        async with house(open_here, town, receiver) as there:
            here = House(platform, town, there.owner.staff_id or uuid4(), there.demands)
            made = await here.register(broken)
            await here.register(receiver)
            async with at_work(platform, pace):
                await here.happen("a", "b")
                await broken.until(3)
                for end in "cde":
                    await here.happen(end)
                await receiver.until(5)
            assert len(broken.came) == 3
            resumed = await here.do("webhookResume", id=made["id"])
            assert resumed["webhook"]["state"] == "ACTIVE"
            async with at_work(platform, pace):
                await broken.until(6)
    assert len(broken.came) == 6
    assert {one.id for one in broken.came} == {broken.came[0].id}


REFUSED: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"address": "http://127.0.0.1:1/"}, "ADDRESS_REFUSED", "the URL is not https"),
    ({"address": "https://10.0.0.1/"}, "ADDRESS_REFUSED", "10.0.0.1 is not on the open internet"),
    ({"eventTypes": ["demand.openned"]}, "TYPE_UNKNOWN", "did you mean demand.opened?"),
    ({"eventTypes": []}, "INVALID", "Name 1 to 100 types"),
    ({"name": " "}, "INVALID", "This may not be empty."),
    ({"query": "{ nothing }"}, "QUERY_REFUSED", "Cannot query field"),
    ({"query": "{ viewer { kind }"}, "QUERY_REFUSED", "Syntax Error"),
    (
        {"query": 'mutation { tagCreate(input: {name: "x"}) { tag { id } } }'},
        "QUERY_REFUSED",
        "a mutation",
    ),
    ({"query": "query($id: ID!) { node(id: $id) { id } }"}, "QUERY_REFUSED", "no variable $id"),
    (
        {"query": "query($type: Int!) { demands(first: $type) { nodes { id } } }"},
        "QUERY_REFUSED",
        "$type",
    ),
    (
        {"query": "{ customers(first: 100) { nodes { demands(first: 100) { nodes { id } } } } }"},
        "QUERY_REFUSED",
        "of at most 1000",
    ),
    ({"query": f"{{ viewer {{ kind }} }} #{'x' * 20_000}"}, "QUERY_REFUSED", "longer than 20000"),
)


async def test_what_could_not_be_told_is_refused_when_it_is_registered(
    open_here: OpenPlatform, town: Town
) -> None:
    platform = await open_here()
    owner = Viewer(kind="staff", staff_id=await town.operator(), permissions=PERMISSIONS)
    for given, code, message in REFUSED:
        whole = {"name": "Test", "address": "https://example.com/hook", "eventTypes": ["*"]} | given
        told = await ask(platform, REGISTER, owner, input=whole)
        [error] = told["data"]["webhookRegister"]["userErrors"]
        assert (error["code"], error["field"]) == (code, [next(iter(given))])
        assert message in error["message"]
    assert await town.connection.fetchval("select count(*) from core_webhook") == 0
    whole = {"name": "Test", "address": "https://example.com/hook", "eventTypes": ["*"]}
    codes = [
        [one["code"] for one in told["data"]["webhookRegister"]["userErrors"]]
        for told in [await ask(platform, REGISTER, owner, input=whole) for _ in range(21)]
    ]
    assert codes == [[]] * 20 + [["TOO_MANY"]]


async def test_a_provider_is_told_what_is_told_to_it_and_nothing_of_the_rest(
    open_here: OpenPlatform, town: Town
) -> None:
    async with receiving() as receiver, house(open_here, town, receiver) as here:
        provider = await town.provider()
        viewer = Viewer(kind="provider", provider_id=provider, principal_id=uuid4())
        made = await here.register(receiver, viewer, eventTypes=["*"], query=OF_A_DEMAND)
        assert [one[:6] for one in made["secrets"]] == ["whsec_"]
        await here.happen("a", "b")
        await town.connection.execute("update core_outbox set provider_id = $1 where position = 2", provider)
        async with at_work(here.platform):
            await receiver.until(1)
            await here.until("state = 'DELIVERED'", 1)
    [came] = receiver.came
    assert (came.told["position"], came.told["data"]) == ("2", {"demands": {"nodes": []}})
    log = await ask(here.platform, "{ webhookDeliveries { nodes { position body } } }", viewer)
    assert log["data"]["webhookDeliveries"]["nodes"] == [{"position": "2", "body": came.body.decode()}]


async def test_secrets_are_rotated_while_both_sign_for_a_while(open_here: OpenPlatform, town: Town) -> None:
    async with receiving() as receiver, house(open_here, town, receiver) as here:
        made = await here.register(receiver)
        rotated = await here.do("webhookRotateSecret", id=made["id"], overlapHours=2)
        fresh, old = rotated["webhook"]["secrets"]
        assert [old] == made["secrets"]
        async with at_work(here.platform):
            await here.happen("a")
            await receiver.until(1)
            await town.connection.execute(
                "update core_webhook set earlier_until = serai_now() - interval '1 second'"
            )
            await here.happen("b")
            await receiver.until(2)
    both, alone = receiver.came
    for secret in (fresh, old):
        assert Webhook(secret).verify(both.body, dict(both.headers))
    assert Webhook(fresh).verify(alone.body, dict(alone.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(alone.body, dict(alone.headers))


async def test_what_is_paused_is_told_later_and_what_was_told_is_told_again_from_a_position_on(
    open_here: OpenPlatform, town: Town
) -> None:
    async with receiving() as receiver, house(open_here, town, receiver) as here:
        made = await here.register(receiver)
        assert (await here.do("webhookPause", id=made["id"]))["webhook"]["state"] == "PAUSED"
        async with at_work(here.platform):
            await here.happen("a", "b", "c")
            await asyncio.sleep(0.1)
            assert await here.log() == []
            await here.do("webhookResume", id=made["id"])
            await here.until("state = 'DELIVERED'", 3)
            told = await here.do("webhookReplay", id=made["id"], after="1")
            assert told["webhook"]["position"] == "1"
            await receiver.until(5)
            await here.until("state = 'DELIVERED'", 3)
        refused = await here.do("webhookReplay", id=made["id"], after="99")
        assert refused["userErrors"][0]["code"] == "INVALID"
        assert (await here.do("webhookRemove", id=made["id"]))["webhook"] == {
            "id": made["id"], "state": "REMOVED", "position": "3", "secrets": [],
        }  # fmt: skip
        refused = await here.do("webhookResume", id=made["id"])
        assert refused["userErrors"][0]["code"] == "ILLEGAL_STATE"
    assert [one.body for one in receiver.came[3:]] == [one.body for one in receiver.came[1:3]]


async def test_who_may_not_act_any_more_is_told_nothing_more(open_here: OpenPlatform, town: Town) -> None:
    async with receiving() as receiver, house(open_here, town, receiver) as here:
        app = await town.principal(kind="APP", granted=["events:read", "webhooks:register"])
        viewer = await here.platform.load_viewer("app", app)
        assert viewer is not None
        await here.register(receiver)
        await here.register(receiver, viewer, name="App")
        async with at_work(here.platform):
            await here.happen("a")
            await here.until("state = 'DELIVERED'", 2)
            await town.connection.execute("update core_staff set is_active = false")
            await town.connection.execute("update core_principal set is_active = false where id = $1", app)
            await here.happen("b")
            paused = "select count(*) from core_webhook where state = 'PAUSED'"
            async with asyncio.timeout(60):
                while await town.connection.fetchval(paused) < 2:  # noqa: ASYNC110 - workers tell nobody else
                    await asyncio.sleep(0.02)
    assert [one.told["position"] for one in receiver.came] == ["1", "1"]
    asked = "{ webhooks { nodes { name reason position app { id } staff { id } } } }"
    told = (await ask(here.platform, asked, here.owner))["data"]["webhooks"]["nodes"]
    why = {
        "reason": "whoever registered it may not act any more",
        "position": "1",
        "app": None,
        "staff": None,
    }
    assert sorted(told, key=lambda one: str(one["name"])) == [why | {"name": "App"}, why | {"name": "Test"}]


async def test_a_receiver_that_says_it_is_gone_is_asked_no_more(open_here: OpenPlatform, town: Town) -> None:
    async def gone(headers: Mapping[str, str], body: bytes) -> int | None:
        return 410

    async with receiving(gone) as receiver, house(open_here, town, receiver) as here:
        await here.register(receiver)
        async with at_work(here.platform):
            await here.happen("a")
            async with asyncio.timeout(60):
                while await town.connection.fetchval("select state from core_webhook") != "PAUSED":  # noqa: ASYNC110 - workers tell nobody else
                    await asyncio.sleep(0.02)
            await here.happen("b")
    assert len({one.id for one in receiver.came}) == 1


async def test_a_dry_run_tells_what_would_be_sent_and_sends_nothing(
    open_here: OpenPlatform, town: Town
) -> None:
    dry = """
    query($id: ID!, $event: ID!) { webhookDryRun(id: $id, event: $event) { body size refusal headers { name value } } }
    """
    async with receiving() as receiver, house(open_here, town, receiver) as here:
        made = await here.register(receiver, eventTypes=["demand.opened"], query=OF_A_DEMAND)
        await here.happen("a")
        event = f"evt_{(await town.connection.fetchval('select id from core_event')).hex}"
        told = (await ask(here.platform, dry, here.owner, id=made["id"], event=event))["data"][
            "webhookDryRun"
        ]
        headers = {one["name"]: one["value"] for one in told["headers"]}
        assert Webhook(made["secrets"][0]).verify(told["body"], headers)["data"]["demands"]["nodes"]
        assert (told["size"], told["refusal"]) == (len(told["body"]), None)
        loop = f'query($event: ID!) {{ webhookDryRun(id: "{made["id"]}", event: $event) {{ body }} }}'
        assert (await here.do("webhookUpdate", id=made["id"], query=loop))["userErrors"] == []
        looped = (await ask(here.platform, dry, here.owner, id=made["id"], event=event))["data"][
            "webhookDryRun"
        ]
        assert "A body cannot hold what a body would be." in looped["body"]
        await here.do("webhookUpdate", id=made["id"], query=None)
        async with at_work(here.platform):
            await here.until("true", 0)
            assert receiver.came == []
            await here.do("webhookSend", id=made["id"], event=event)
            await receiver.until(1)
    assert receiver.came[0].told["data"]["event"]["payload"] == {"windowEnd": "a"}


async def test_operators_see_the_log_of_others_and_keep_it_but_not_what_they_are_told(
    open_here: OpenPlatform, town: Town
) -> None:
    async with receiving() as receiver, house(open_here, town, receiver) as here:
        made = await here.register(receiver)
        async with at_work(here.platform):
            await here.happen("a")
            await here.until("state = 'DELIVERED'", 1)
        operator = Viewer(kind="staff", staff_id=uuid4(), permissions=PERMISSIONS)
        asked = "{ webhooks { nodes { name secrets deliveries { nodes { status body } } } } }"
        [seen] = (await ask(here.platform, asked, operator))["data"]["webhooks"]["nodes"]
        assert seen == {
            "name": "Test", "secrets": None, "deliveries": {"nodes": [{"status": 204, "body": None}]},
        }  # fmt: skip
        for mutation in ("webhookUpdate", "webhookRotateSecret"):
            [error] = await here.do(mutation, operator, id=made["id"])
            assert error["extensions"]["code"] == "FORBIDDEN"
        assert (await here.do("webhookPause", operator, id=made["id"]))["webhook"]["state"] == "PAUSED"
        nobody = Viewer(kind="provider", provider_id=await town.provider(), principal_id=uuid4())
        refused = await here.do("webhookPause", nobody, id=made["id"])
        assert refused["userErrors"][0]["code"] == "NOT_FOUND"


async def test_what_was_told_about_a_customer_is_emptied_when_it_is_forgotten(
    open_here: OpenPlatform, town: Town
) -> None:
    async with receiving() as receiver, house(open_here, town, receiver) as here:
        await here.register(receiver, eventTypes=["*"])
        cem = await town.customer(name="Cem")
        await here.happen("a", "b")
        await town.connection.execute("update core_outbox set customer_id = $1 where position = 1", cem)
        async with at_work(here.platform):
            await here.until("state = 'DELIVERED'", 2)
            forget = "mutation($id: ID!) { customerForget(input: {id: $id}) { userErrors { code } } }"
            who = Viewer(
                kind="staff",
                staff_id=here.owner.staff_id,
                permissions=frozenset({"customers:read", "customers:forget"}),
            )
            told = await ask(here.platform, forget, who, id=f"cus_{cem.hex}")
            assert told == {"data": {"customerForget": {"userErrors": []}}}
    first, second = await here.log()
    assert (first["body"], first["state"], second["body"]) == (
        None,
        "DELIVERED",
        receiver.came[1].body.decode(),
    )


WAITING = """
insert into core_webhook_delivery
  (id, created_at, updated_at, version, webhook_id, event_id, position, event_type, happened_at, sequence, state,
   attempts)
select uuidv7(), now(), now(), 1, id, gen_random_uuid(), number, 'demand.opened', now(), number % 40, 'WAITING', 0
from core_webhook, generate_series(1, 2000) as number
"""


async def test_what_is_next_is_found_by_one_walk_whatever_the_database_believes_to_wait(
    open_here: OpenPlatform, town: Town
) -> None:
    async with receiving() as receiver, house(open_here, town, receiver) as here:
        await here.register(receiver)
        await town.connection.execute("alter table core_webhook_delivery set (autovacuum_enabled = false)")
        await town.connection.execute("analyze core_webhook_delivery")
        await town.connection.execute(WAITING)
        given = ([], [], 64, 16, 10, timedelta(minutes=1))
        plan = await town.connection.fetchval(f"explain (analyze, buffers, format json) {LEASE}", *given)
    [told] = orjson.loads(plan)
    assert told["Plan"]["Actual Rows"] == 16
    assert told["Plan"]["Shared Hit Blocks"] < 4_000, "one for each that waits, and a few"


async def test_the_worker_of_a_platform_delivers(open_here: OpenPlatform, town: Town) -> None:
    async with receiving() as receiver, house(open_here, town, receiver) as here:
        await here.register(receiver)
        await here.happen("a")
        work = here.platform.worker()
        running = asyncio.create_task(work.run())
        try:
            await receiver.until(1)
            await here.until("state = 'DELIVERED'", 1)
        finally:
            work.stop()
            await running


async def test_the_log_is_kept_for_a_time_only(open_here: OpenPlatform, town: Town) -> None:
    async with receiving() as receiver, house(open_here, town, receiver) as here:
        made = await here.register(receiver)
        async with at_work(here.platform):
            await here.happen("a", "b", "c")
            await here.until("state = 'DELIVERED'", 3)
        ages = "update core_webhook_delivery set ended_at = serai_now() - $2::interval, state = $3 where position = $1"
        await town.connection.execute(ages, 1, timedelta(days=8), "DELIVERED")
        await town.connection.execute(ages, 2, timedelta(days=8), "DEAD")
        await town.connection.execute(ages, 3, timedelta(days=15), "DEAD")
        assert await forget_old(here.platform.pool.fetch, limit=100) == 2
        assert [one["state"] for one in await here.log()] == ["DEAD"]
        await here.do("webhookRemove", id=made["id"])
        await town.connection.execute("delete from core_webhook_delivery")
        assert await forget_old(here.platform.pool.fetch, limit=100) == 0
        await town.connection.execute("update core_webhook set updated_at = serai_now() - interval '15 days'")
        assert await forget_old(here.platform.pool.fetch, limit=100) == 1
