"""Nothing personal of a forgotten customer is left anywhere in the database; everything else stays as it was."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from serai.app import Platform, open_platform
from serai.cli.customer import write_file
from serai.core.plugin import plugin as core
from serai.settings import load_settings
from serai.viewers import Viewer

from . import spa
from .conftest import OpenPlatform
from .planting import Plants, dump, found, plant
from .town import Town

SUMS = """
select count(*), sum(total_minor), min(placed_at), max(placed_at), string_agg(number, ',' order by number)
from core_transaction
"""

WAITING = """
select count(distinct pid)
from pg_locks
where not granted
  and pid in (
    select pid from pg_locks where database = (select oid from pg_database where datname = current_database())
  )
"""


@dataclass(slots=True)
class Scene:
    """Two customers with all there can be of them, a platform without the plug-in that has some of it."""

    platform: Platform
    town: Town
    staff: Viewer
    ada: UUID
    bob: UUID
    planted: Plants
    kept: Plants

    async def change(self, name: str, viewer: Viewer, input: dict[str, Any], key: str | None = None) -> Any:
        return await change(self.platform, name, viewer, input, key)


async def ask(
    platform: Platform, document: str, viewer: Viewer, key: str | None = None, **variables: Any
) -> Any:
    engine: Any = platform.engine
    result = await engine.execute(
        document, variables, None, viewer, idempotency_key=key, allow_mutations=True, request_id="test"
    )
    answer = json.loads(result.body)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


async def change(
    platform: Platform, name: str, viewer: Viewer, input: dict[str, Any], key: str | None = None
) -> Any:
    type_ = name[0].upper() + name[1:]
    document = (
        f"mutation($input: {type_}Input!) {{ m: {name}(input: $input) {{ userErrors {{ code message }} }} }}"
    )
    return (await ask(platform, document, viewer, key, input=input))["m"]["userErrors"]


@pytest_asyncio.fixture(loop_scope="session")
async def platform(open_here: OpenPlatform) -> Platform:
    return await open_here()


@pytest_asyncio.fixture(loop_scope="session")
async def scene(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, town: Town
) -> AsyncIterator[Scene]:
    folder = tmp_path / "site"
    monkeypatch.syspath_prepend(folder)
    spa.install(folder)
    with_spa = await open_platform(load_settings(tmp_path, database_url=database))
    assert {one.id for one in with_spa.assembly.report.ready} == {"core", "booking", "spa"}
    await with_spa.migrate()
    operator = await town.operator()
    staff = Viewer(
        kind="staff", staff_id=operator, permissions=frozenset(one.name for one in core.permissions())
    )
    ada, bob = [await _live(with_spa, town, staff, letter) for letter in "XY"]
    planted, kept = Plants("X"), Plants("Y")
    tables = [await plant(town.connection, with_spa.pool, *one) for one in ((ada, planted), (bob, kept))]
    assert tables[0] == tables[1]
    assert tables[0] >= EXPECTED
    await with_spa.close()
    spa.uninstall(folder)
    platform = await open_platform(load_settings(tmp_path, database_url=database))
    assert {one.id for one in platform.assembly.report.ready} == {"core", "booking"}
    yield Scene(platform, town, staff, ada, bob, planted, kept)
    await platform.close()


EXPECTED = {
    "core_customer", "core_customer_address", "core_customer_consent", "core_customer_note", "core_demand",
    "core_proposal_message", "core_transaction", "spa_visit", "spa_diary", "spa_photo", "spa_letter",
}  # fmt: skip

EXPECTED_COLUMNS = {
    "core_customer": "name email phone phone_e164 attributes",
    "core_customer_address": "label recipient place_address place_city_code place_time_zone",
    "core_customer_consent": "source",
    "core_customer_note": "text",
    "core_demand": "personal_answers contact_name contact_email contact_phone contact_address note cancel_reason "
    "place_address place_city_code",
    "core_proposal_message": "text",
    "core_transaction": "cancel_reason",
    "spa_visit": "mood wishes",
    "spa_diary": "entry",
    "spa_photo": "picture people",
    "spa_letter": "words",
}
"""By hand: columns of which nobody may have forgotten the mark."""


async def _live(platform: Platform, town: Town, staff: Viewer, letter: str) -> UUID:
    """A customer that has done everything a customer does, by mutations under keys and by rows."""
    customer = await town.customer(
        principal_id=await town.principal(login=f"{letter.lower()}zlogin@example.com")
    )
    id, me = f"cus_{customer.hex}", Viewer(kind="customer", customer_id=customer)
    scenario, provider = await town.scenario(), await town.provider()
    contact = {"name": f"{letter}Zcontact", "phone": f"{letter}Z99"}
    for number, (name, viewer, input) in enumerate(
        (
            (
                "customerUpdate",
                staff,
                {"id": id, "name": f"{letter}Zname", "email": f"{letter}z@example.com"},
            ),
            ("customerAddressAdd", me, {"label": f"{letter}Zlabel", "place": {"address": f"{letter}Zroad"}}),
            (
                "customerConsentGive",
                me,
                {"purpose": "news", "textVersion": "1", "source": f"{letter}Zsource"},
            ),
            ("customerNoteAdd", staff, {"customer": id, "text": f"{letter}Znote"}),
            (
                "demandOpen",
                me,
                {"scenario": f"scn_{scenario.hex}", "note": f"{letter}Zwish", "contact": contact},
            ),
            ("tagCreate", staff, {"name": f"tag {letter}"}),
            ("customerTag", staff, {"customer": id, "add": [f"tag {letter}"]}),
            (
                "customerAssign",
                staff,
                {"id": id, "staff": f"stf_{staff.staff_id.hex if staff.staff_id else ''}"},
            ),
        )
    ):
        assert await change(platform, name, viewer, input, key=f"{letter} {number}") == []
    demand = await town.connection.fetchval("select id from core_demand where customer_id = $1", customer)
    reason = {"id": f"dem_{demand.hex}", "reason": f"{letter}Zreason"}
    assert await change(platform, "demandCancel", me, reason, key=f"{letter} cancel") == []
    now = datetime.now(UTC)
    await town.transaction(customer, provider, status="FULFILLED", fulfilled_at=now, demand_id=demand)
    await town.transaction(customer, provider, status="CANCELLED", cancelled_at=now)
    proposal = await town.add(
        "core_proposal", demand_id=demand, provider_id=provider, status="CLOSED", closed_reason="DEMAND_CANCELLED",
        price_minor=1_000, price_currency="EUR", terms="As usual.", valid_until=now,
    )  # fmt: skip
    for side in ("CUSTOMER", "PROVIDER"):
        await town.add("core_proposal_message", proposal_id=proposal, side=side, text="x")
    await town.booking(customer, await town.stay(provider), date(2026, 5, 1))
    await town.connection.execute(
        "update core_transaction set status = 'FULFILLED', fulfilled_at = $2 "
        "where customer_id = $1 and status = 'PLACED'",
        customer, now,
    )  # fmt: skip
    visit = await town.add(
        "spa_visit", customer_id=customer, mood=letter, wishes=[f"{letter}Z"], pool="the deep one"
    )
    await town.add("spa_diary", visit_id=visit, entry="x")
    for statement, values in (
        ("insert into spa_photo values ($1, $2, $3)", (visit, b"x", ["x"])),
        ("insert into spa_letter values ($2, $1)", (customer, "x")),
        (
            "insert into core_external_ref (entity, source, external_id, row_id) values ('cus', 'erp', $2, $1)",
            (customer, f"{letter}Z4711"),
        ),
    ):
        await town.connection.execute(statement, *values)
    return customer


async def test_every_column_one_would_expect_is_marked(scene: Scene) -> None:
    for table, columns in EXPECTED_COLUMNS.items():
        for column in columns.split():
            assert f"{table}.{column}" in scene.planted.values


async def test_nothing_personal_is_left_and_everything_else_is_as_it_was(scene: Scene) -> None:
    town = scene.town
    by_hand = ("name", "contact", "label", "road", "source", "note", "wish", "reason", "login", "4711", "99")
    scene.planted.values |= {f"by hand: {one}": f"XZ{one}" for one in by_hand}
    scene.planted.values |= {"by hand: login": "xzlogin", "by hand: mail": "Xz@"}
    before, sums = await dump(town.connection), await town.connection.fetchrow(SUMS)
    assert len(found(scene.kept, before)) == len(scene.kept.values) > 30
    kept_rows = [line for line in before.splitlines() if scene.bob.hex in line.replace("-", "")]

    forgotten = await scene.change(
        "customerForget", scene.staff, {"id": f"cus_{scene.ada.hex}"}, key="forget"
    )
    assert forgotten == []

    after = await dump(town.connection)
    assert found(scene.planted, after) == []
    assert found(scene.kept, after) == sorted(scene.kept.values)
    assert [line for line in after.splitlines() if scene.bob.hex in line.replace("-", "")] == kept_rows
    assert await town.connection.fetchrow(SUMS) == sums
    assert (
        await town.connection.fetchval(
            "select count(*) from core_transaction where customer_id = $1", scene.ada
        )
        == 3
    )
    assert (
        await town.connection.fetchval(
            "select count(*) from core_outbox where event = 'customer.forgotten' and aggregate_id = $1",
            scene.ada,
        )
        == 1
    )
    shown = await ask(
        scene.platform,
        "query($id: ID!) { customer(id: $id) { name email phone forgottenAt transactionCount "
        "addresses { totalCount } notes { totalCount } tags { totalCount } accountManager { id } principal { id } "
        "externalRefs { id } } }",
        scene.staff,
        id=f"cus_{scene.ada.hex}",
    )
    customer = shown["customer"]
    assert customer.pop("forgottenAt") is not None
    [ref] = customer.pop("externalRefs")
    assert ref["id"].startswith("forgotten:")
    assert ref["id"] == await town.connection.fetchval("select serai_forgotten('erp', 'XZ4711')")
    assert customer == {
        "name": None, "email": None, "phone": None, "transactionCount": 3, "accountManager": None, "principal": None,
        "addresses": {"totalCount": 0}, "notes": {"totalCount": 0}, "tags": {"totalCount": 0},
    }  # fmt: skip


async def test_what_plug_ins_hold_is_emptied_as_far_as_it_may_be(scene: Scene) -> None:
    assert await scene.change("customerForget", scene.staff, {"id": f"cus_{scene.ada.hex}"}) == []
    connection = scene.town.connection
    visit = await connection.fetchrow("select * from spa_visit where customer_id = $1", scene.ada)
    assert (visit["mood"], visit["wishes"], visit["pool"], visit["version"]) == (
        visit["id"].hex,
        "{}",
        "the deep one",
        2,
    )
    photo = await connection.fetchrow("select * from spa_photo where visit_id = $1", visit["id"])
    assert (photo["picture"], photo["people"]) == (b"", [])
    assert await connection.fetchval("select count(*) from spa_letter where to_whom = $1", scene.ada) == 0
    assert await connection.fetchval("select count(*) from spa_letter") == 1


async def test_whom_nobody_can_be_any_more(scene: Scene) -> None:
    """The login is gone and switched off; the token of a forgotten customer acts as nobody."""
    connection = scene.town.connection
    login = await connection.fetchval("select principal_id from core_customer where id = $1", scene.ada)
    me = Viewer(kind="customer", customer_id=scene.ada, principal_id=login)
    assert await scene.change("customerForget", me, {"id": f"cus_{scene.ada.hex}"}) == []
    row = await connection.fetchrow("select * from core_principal where id = $1", login)
    assert (row["login"], row["display_name"], row["is_active"]) == (f"forgotten-{login.hex}", "", False)
    assert await scene.platform.load_viewer("customer", scene.ada) is None
    assert await scene.platform.load_viewer("customer", scene.bob) is not None


async def test_a_login_that_is_also_a_providers_is_left_to_it(scene: Scene) -> None:
    connection = scene.town.connection
    member = await scene.town.member(await scene.town.provider())
    login = await connection.fetchval("select principal_id from core_customer where id = $1", scene.ada)
    await connection.execute("update core_provider_member set principal_id = $2 where id = $1", member, login)
    assert await scene.change("customerForget", scene.staff, {"id": f"cus_{scene.ada.hex}"}) == []
    row = await connection.fetchrow("select * from core_principal where id = $1", login)
    assert (row["login"], row["is_active"]) == ("xzlogin@example.com", True)
    assert (
        await connection.fetchval("select principal_id from core_customer where id = $1", scene.ada) is None
    )


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("update core_transaction set status = 'PLACED', fulfilled_at = null where customer_id = $1 "
         "and status = 'FULFILLED'", "TRANSACTIONS_LIVE"),
        ("update core_demand set status = 'OPEN' where customer_id = $1", "DEMANDS_OPEN"),
    ],
)  # fmt: skip
async def test_what_is_open_comes_first(scene: Scene, statement: str, code: str) -> None:
    await scene.town.connection.execute(statement, scene.ada)
    before = await dump(scene.town.connection)
    errors = await scene.change("customerForget", scene.staff, {"id": f"cus_{scene.ada.hex}"})
    assert [one["code"] for one in errors] == [code]
    assert await dump(scene.town.connection) == before


async def test_what_comes_while_it_is_forgotten_comes_before_or_not_at_all(scene: Scene) -> None:
    """Demands opened at the same moment keep it from being forgotten, or find that it is."""
    for number in range(10):
        customer, scenario = await scene.town.customer(), await scene.town.scenario()
        forgotten, *opened = await asyncio.gather(
            scene.change("customerForget", scene.staff, {"id": f"cus_{customer.hex}"}),
            *(
                scene.change(
                    "demandOpen",
                    scene.staff,
                    {
                        "customer": f"cus_{customer.hex}",
                        "scenario": f"scn_{scenario.hex}",
                        "note": f"late {number}",
                    },
                )
                for _ in range(4)
            ),
        )
        notes = "select count(note) from core_demand where customer_id = $1"
        written = await scene.town.connection.fetchval(notes, customer)
        if forgotten:
            assert [one["code"] for one in forgotten] == ["DEMANDS_OPEN"]
            assert opened == [[]] * 4
            assert written == 4
        else:
            assert [[one["code"] for one in errors] for errors in opened] == [["NOT_FOUND"]] * 4
            assert written == 0


async def test_nobody_forgets_somebody_else(scene: Scene) -> None:
    before = await dump(scene.town.connection)
    bob = Viewer(kind="customer", customer_id=scene.bob)
    errors = await scene.change("customerForget", bob, {"id": f"cus_{scene.ada.hex}"})
    assert [one["code"] for one in errors] == ["NOT_FOUND"]
    assert await dump(scene.town.connection) == before


async def test_an_export_holds_everything_that_deletion_deletes(scene: Scene) -> None:
    document = "query($id: ID!) { customer(id: $id) { personalData } }"
    id = f"cus_{scene.ada.hex}"
    data = (await ask(scene.platform, document, scene.staff, id=id))["customer"]["personalData"]
    text = json.dumps(data, ensure_ascii=False)
    binary = {"spa_photo.picture"}
    assert set(found(scene.planted, text)) == set(scene.planted.values) - binary
    assert found(scene.kept, text) == []
    assert "xzlogin@example.com" in text
    assert "XZ4711" in text
    tables = {one["table"]: one for one in data}
    assert tables["spa_letter"]["plugin"] == "spa"
    assert tables["spa_letter"]["what"] == "Letters."
    own = (await ask(scene.platform, document, Viewer(kind="customer", customer_id=scene.ada), id=id))[
        "customer"
    ]
    assert {one["table"] for one in own["personalData"]} == set(tables) - {
        "core_customer_note",
        "core_customer_tag",
    }


async def test_a_table_that_is_gone_is_left_out(scene: Scene) -> None:
    connection = scene.town.connection
    await connection.execute("drop table spa_photo, spa_diary, spa_visit")
    assert await scene.change("customerForget", scene.staff, {"id": f"cus_{scene.ada.hex}"}) == []
    assert found(scene.planted, await dump(connection)) == []


async def test_a_table_that_does_not_let_go_is_named_and_nothing_is_changed(scene: Scene) -> None:
    connection = scene.town.connection
    await connection.execute("alter table spa_diary add constraint spoken check (entry is not null)")
    before = await dump(connection)
    [error] = await scene.change("customerForget", scene.staff, {"id": f"cus_{scene.ada.hex}"})
    assert error["code"] == "NOT_EMPTIED"
    assert "spa_diary" in error["message"]
    assert await dump(connection) == before


async def test_the_same_seed_of_hashes_tells_nothing_without_its_key(scene: Scene) -> None:
    connection: asyncpg.Connection[Any] = scene.town.connection
    one = await connection.fetchval("select serai_forgotten('erp', '1')")
    assert one == await connection.fetchval("select serai_forgotten('erp', '1')")
    assert one != await connection.fetchval("select serai_forgotten('crm', '1')")
    await connection.execute("update core_secret set value = '\\x00' where name = 'forgotten'")
    assert one != await connection.fetchval("select serai_forgotten('erp', '1')")


async def test_the_command_exports_the_same_row_by_row(scene: Scene, tmp_path: Path) -> None:
    out = tmp_path / "ada.json"
    await write_file(scene.platform, scene.ada, out, with_internal=True)
    data = json.loads(out.read_text())
    assert data["customer"] == f"cus_{scene.ada.hex}"
    rows = {one["table"]: one["rows"] for one in data["tables"] if one["rows"]}
    document = "query($id: ID!) { customer(id: $id) { personalData } }"
    asked = await ask(scene.platform, document, scene.staff, id=f"cus_{scene.ada.hex}")
    assert rows == {one["table"]: one["rows"] for one in asked["customer"]["personalData"]}


async def test_who_opens_a_demand_anew_while_its_customer_is_deleted_comes_first(
    platform: Platform, town: Town
) -> None:
    """The one that opens it is stopped just before its end, the deletion begins, and has to see it."""
    customer = await town.customer()
    demand = await town.demand(customer, await town.scenario(), status="CANCELLED")
    staff = Viewer(kind="staff", permissions=frozenset(one.name for one in core.permissions()))
    end = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    async with town.connection.transaction():
        await town.connection.execute("lock table core_demand_event in exclusive mode")
        opens = asyncio.create_task(
            change(platform, "demandReopen", staff, {"id": f"dem_{demand.hex}", "windowEnd": end})
        )
        await _waiting(town, 1)
        deletes = asyncio.create_task(
            change(platform, "customerForget", staff, {"id": f"cus_{customer.hex}"})
        )
        await _waiting(town, 2)
    assert await opens == []
    assert [one["code"] for one in await deletes] == ["DEMANDS_OPEN"]
    assert (
        await town.connection.fetchval("select forgotten_at from core_customer where id = $1", customer)
        is None
    )


async def _waiting(town: Town, many: int) -> None:
    """Until so many wait for a lock."""
    async with asyncio.timeout(20):
        while await town.connection.fetchval(WAITING) != many:  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.02)
