"""A platform that had the booking plug-in, has it no more, and has it again; its tables and rows stay all the while.

All wheels are built and installed into an environment of their own, where `serai run` serves over HTTP; pip uninstalls
the plug-in there, and installs it again.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from graphql import build_client_schema, get_introspection_query, print_schema

from serai.http import Tokens, open_tokens
from serai.settings import load_settings
from serai.viewers import ANONYMOUS, Acting
from serai_testkit.databases import Databases
from serai_testkit.servers import ValkeyServer

from .conftest import OpenPlatform
from .town import Town

ROOT = Path(__file__).parent.parent
READY_TIMEOUT_S = 90
STOP_TIMEOUT_S = 30

OFFERS = """
query Offers($of: ID!) {
  offers { totalCount nodes { id kind title } }
  stays: offers(where: {kind: {eq: "booking_stay"}}) { totalCount nodes { id } }
  provider(id: $of) { name offerCount offers { totalCount nodes { id title } } }
}
"""

TRANSACTIONS = """
{
  transactions(orderBy: [{number: ASC}]) {
    totalCount
    nodes {
      id
      number
      status
      total { amount currency }
      customer { id name transactionCount }
      lines { totalCount nodes { title amount { amount } offer { id title } offerKind snapshot } }
    }
  }
  ofStays: transactions(where: {lines: {some: {offerKind: {eq: "booking_stay"}}}}) { totalCount }
  byOffer: transactions(where: {lines: {some: {offer: {title: {startsWith: "Cabin"}}}}}) { totalCount }
}
"""

BOOK = """
mutation Book($input: BookingPlaceInput!) {
  bookingPlace(input: $input) { booking { id transaction { id } } userErrors { code message } }
}
"""

BUY = """
mutation Buy($input: TransactionPlaceInput!) {
  transactionPlace(input: $input) { transaction { id status } userErrors { code field } }
}
"""

BOOKINGS = (
    "{ bookings { totalCount nodes { id nights status stay { id title } transaction { id status } } } }"
)


@dataclass(slots=True)
class Environment:
    """A virtual environment: what Serai depends on is borrowed from ours, what is ours is installed from wheels."""

    folder: Path
    wheels: Path

    @classmethod
    def make(cls, folder: Path) -> Environment:
        run(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
        made = cls(folder / "venv", folder / "wheels")
        borrowed = Path(sysconfig.get_path("purelib"))
        for one in borrowed.iterdir():
            if one.suffix != ".pth" and not re.match(r"_*(editable_impl_)?serai", one.name):
                (made.site_packages / one.name).symlink_to(one)
        ours = ("plugins/sdk", "api", "ecosystem/booking")
        pip(
            "wheel",
            "--no-index",
            "--no-deps",
            "--no-build-isolation",
            "--wheel-dir",
            made.wheels,
            *(ROOT / one for one in ours),
        )
        made.install("serai_sdk", "serai", "serai_booking")
        return made

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        [found] = self.folder.glob("lib/python*/site-packages")
        return found

    def install(self, *names: str) -> None:
        wheels = [wheel for name in names for wheel in self.wheels.glob(f"{name}-*.whl")]
        assert len(wheels) == len(names)
        pip("--python", self.python, "install", "--no-index", "--no-deps", *wheels)

    def uninstall(self, name: str) -> None:
        pip("--python", self.python, "uninstall", "--yes", name)


def pip(*arguments: Path | str) -> str:
    return run(sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments)


def run(*command: Path | str) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run([str(one) for one in command], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass(slots=True)
class Serving:
    """`serai run` of an environment, on the test's database and Valkey."""

    environment: Environment
    folder: Path
    variables: dict[str, str]
    process: subprocess.Popen[bytes] = field(init=False)
    client: httpx.Client = field(init=False)

    def __enter__(self) -> Serving:
        log = self.folder / "log"
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [str(self.environment.folder / "bin" / "serai"), "run", "--no-demo"],
                cwd=self.folder,
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(self.folder),
                    "SERAI_PORT": "0",
                    **self.variables,
                },
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        until = time.monotonic() + READY_TIMEOUT_S
        while (found := re.search(r"(http://\S+)/graphql", log.read_text())) is None:
            assert self.process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)
        self.client = httpx.Client(base_url=found[1], trust_env=False, timeout=60)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(STOP_TIMEOUT_S)

    @property
    def tokens(self) -> Tokens:
        return open_tokens(self.folder / ".serai", audience="serai")

    def answer(self, document: str, acting: Acting | None = None, **variables: Any) -> Any:
        """A whole answer."""
        headers = {"Authorization": f"Bearer {self.tokens.issue(acting)}"} if acting else {}
        answer = self.client.post(
            "/graphql", json={"query": document, "variables": variables}, headers=headers
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask(self, document: str, acting: Acting | None = None, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = self.answer(document, acting, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def schema(self) -> str:
        """What it serves, in SDL."""
        return print_schema(build_client_schema(self.ask(get_introspection_query())))


@dataclass(slots=True)
class Story:
    """What there is in the database, and what was seen before, without and after."""

    operator: Acting
    buyer: Acting
    provider: UUID
    stays: list[str]
    services: list[str]
    booking: str = ""
    booked: str = ""
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)
    schemas: dict[str, str] = field(default_factory=dict)

    def look(self, serving: Serving) -> dict[str, Any]:
        """What a platform answers."""
        ids = [self.booking, self.stays[0], self.services[0], f"cus_{self.buyer.id.hex}"]
        return {
            "offers": serving.ask(OFFERS, of=f"prv_{self.provider.hex}"),
            "offers of the operator": serving.ask(OFFERS, self.operator, of=f"prv_{self.provider.hex}"),
            "transactions": serving.ask(TRANSACTIONS, self.operator),
            "transactions of the buyer": serving.ask(TRANSACTIONS, self.buyer),
            "booking": serving.answer(
                "query ($id: ID!) { node(id: $id) { id __typename } }", self.buyer, id=self.booking
            ),
            "stay": serving.answer("query ($id: ID!) { node(id: $id) { id __typename } }", id=self.stays[0]),
            "offer": serving.answer("query ($id: ID!) { offer(id: $id) { id title } }", id=self.stays[0]),
            "nodes": serving.answer("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", self.buyer, ids=ids),
            "plugins": serving.ask("{ plugins { id state } }")["plugins"],
            "health": serving.client.get("/health/ready").status_code,
        }


@pytest_asyncio.fixture(loop_scope="session")
async def story(databases: Databases, valkey_server: ValkeyServer) -> AsyncIterator[Story]:
    with tempfile.TemporaryDirectory(prefix="serai-without-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        environment = Environment.make(folder)
        async with databases.clone() as dsn:
            variables = {"SERAI_DATABASE_URL": dsn, "SERAI_REDIS_URL": valkey_server.url}
            serving = Serving(environment, folder, variables)
            with serving:
                town = await Town.open(dsn)
                try:
                    told = await _fill(town)
                finally:
                    await town.close()
                _book(told, serving)
                told.seen["with"] = told.look(serving)
                told.schemas["with"] = serving.schema()
                told.seen["with"]["bookings"] = serving.ask(BOOKINGS, told.buyer)["bookings"]

            environment.uninstall("serai_booking")
            with serving:
                told.seen["without"] = told.look(serving)
                told.schemas["without"] = serving.schema()
                told.seen["changes"] = _change(told, serving)

            environment.install("serai_booking")
            with serving:
                told.seen["again"] = told.look(serving)
                told.schemas["again"] = serving.schema()
                told.seen["again"]["bookings"] = serving.ask(BOOKINGS, told.buyer)["bookings"]
                told.seen["rebooked"] = serving.ask(BOOK, told.buyer, input=_wanted(told, 2032))[
                    "bookingPlace"
                ]
        yield told


async def _fill(town: Town) -> Story:
    rows = town.connection
    staff, customer = await town.operator(), await town.customer(name="Guest")
    provider = await town.provider(name="Campsite")
    stays = [await town.stay(provider, title=f"Cabin {number}") for number in range(3)]
    services = [await town.service(provider, title=f"Hour {number}") for number in range(2)]
    await town.transaction(customer, provider, offer=services[0], lines=2)
    return Story(
        operator=Acting(
            kind="staff",
            id=staff,
            principal_id=await rows.fetchval("select principal_id from core_staff where id = $1", staff),
        ),
        buyer=Acting(kind="customer", id=customer, principal_id=None),
        provider=provider,
        stays=[f"ofr_{one.hex}" for one in stays],
        services=[f"ofr_{one.hex}" for one in services],
    )


def _wanted(told: Story, year: int) -> dict[str, Any]:
    return {
        "stay": told.stays[0],
        "checkIn": date(year, 7, 1).isoformat(),
        "checkOut": date(year, 7, 4).isoformat(),
        "guests": 2,
    }


def _book(told: Story, serving: Serving) -> None:
    placed = serving.ask(BOOK, told.buyer, input=_wanted(told, 2031))["bookingPlace"]
    assert placed["userErrors"] == []
    told.booking, told.booked = placed["booking"]["id"], placed["booking"]["transaction"]["id"]


def _change(told: Story, serving: Serving) -> dict[str, Any]:
    """What the core still does without the plug-in."""
    bought = {"provider": f"prv_{told.provider.hex}", "lines": [{"offer": told.services[1]}]}
    placed = serving.ask(BUY, told.buyer, input=bought)["transactionPlace"]
    cancel = """
        mutation ($id: ID!) {
          transactionCancel(input: {id: $id}) { transaction { status } userErrors { code } }
        }
    """
    return {
        "service": placed,
        "stay": serving.ask(BUY, told.buyer, input=bought | {"lines": [{"offer": told.stays[1]}]})[
            "transactionPlace"
        ],
        "cancelled": serving.ask(cancel, told.buyer, id=placed["transaction"]["id"])["transactionCancel"],
        "booking": serving.answer(BOOK, told.buyer, input=_wanted(told, 2033)),
    }


def ids(connection: Any) -> list[str]:
    return [one["id"] for one in connection["nodes"]]


def its_parts_of_the_schema_are_gone(story: Story) -> None:
    before, without = story.schemas["with"], story.schemas["without"]
    for part in (
        "type Booking",
        "type Stay",
        "bookingPlace(",
        "enum StayType",
        "bookingCount: Int",
        "input DateRange",
    ):
        assert part in before
    assert not re.search(r"booking|stay\b|stays\b|stay_|\bStay", re.sub(r'"""(?s:.*?)"""', "", without))
    assert set(without.splitlines()) <= set(before.splitlines()), "nothing is there that was not there before"


def its_ids_say_which_plugin_is_absent(story: Story) -> None:
    before, without = story.seen["with"], story.seen["without"]
    assert before["booking"]["data"]["node"] == {"id": story.booking, "__typename": "Booking"}
    assert before["stay"]["data"]["node"] == {"id": story.stays[0], "__typename": "Stay"}
    for one in ("booking", "stay"):
        assert without[one]["data"] == {"node": None}
        [error] = without[one]["errors"]
        assert error["extensions"]["code"] == "PLUGIN_ABSENT"
        assert error["path"] == ["node"]
    assert without["booking"]["errors"][0]["extensions"]["plugin"] == "booking"
    nodes = without["nodes"]
    assert nodes["data"]["nodes"] == [
        None,
        None,
        {"id": story.services[0]},
        {"id": f"cus_{story.buyer.id.hex}"},
    ]
    assert [(one["path"], one["extensions"]["code"]) for one in nodes["errors"]] == [
        (["nodes", 0], "PLUGIN_ABSENT"),
        (["nodes", 1], "PLUGIN_ABSENT"),
    ]


def its_kind_of_offer_is_not_offered_and_counts_agree(story: Story) -> None:
    for who in ("offers", "offers of the operator"):
        before, without = story.seen["with"][who], story.seen["without"][who]
        assert sorted(ids(before["offers"])) == sorted([*story.stays, *story.services])
        assert sorted(ids(without["offers"])) == sorted(story.services)
        assert without["offers"]["totalCount"] == len(story.services)
        assert without["stays"] == {"totalCount": 0, "nodes": []}
        of_provider = without["provider"]
        assert sorted(ids(of_provider["offers"])) == sorted(story.services)
        assert of_provider["offers"]["totalCount"] == of_provider["offerCount"] == len(story.services)
    assert story.seen["with"]["offer"]["data"]["offer"]["id"] == story.stays[0]
    assert story.seen["without"]["offer"]["data"] == {"offer": None}


def its_transactions_stay_readable(story: Story) -> None:
    for who in ("transactions", "transactions of the buyer"):
        before, without = story.seen["with"][who], story.seen["without"][who]
        assert before["transactions"]["totalCount"] == without["transactions"]["totalCount"] == 2
        was = next(one for one in before["transactions"]["nodes"] if one["id"] == story.booked)
        now = next(one for one in without["transactions"]["nodes"] if one["id"] == story.booked)
        assert was["lines"]["totalCount"] > 0
        assert all(line["offer"]["id"] == story.stays[0] for line in was["lines"]["nodes"])
        assert all(line["offer"] is None for line in now["lines"]["nodes"])
        assert all(line["snapshot"]["offerTitle"] == "Cabin 0" for line in now["lines"]["nodes"])
        for one in (*was["lines"]["nodes"], *now["lines"]["nodes"]):
            del one["offer"]
        assert was == now, "title, money, kind and snapshot of each line are as they were"
        assert without["ofStays"]["totalCount"] == before["ofStays"]["totalCount"] == 1
        assert (before["byOffer"]["totalCount"], without["byOffer"]["totalCount"]) == (1, 0)


def the_rest_goes_on(story: Story) -> None:
    changes = story.seen["changes"]
    assert changes["service"]["userErrors"] == []
    assert changes["service"]["transaction"]["status"] == "PLACED"
    assert changes["cancelled"]["transaction"] == {"status": "CANCELLED"}
    assert changes["stay"]["transaction"] is None
    assert [one["code"] for one in changes["stay"]["userErrors"]] == ["LINES_INVALID"]
    [unknown, *_] = changes["booking"]["errors"]
    assert unknown["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert story.seen["without"]["health"] == 200
    assert [one["id"] for one in story.seen["without"]["plugins"]] == ["core"]


def installed_again_it_is_as_if_it_had_never_been_away(story: Story) -> None:
    before, again = story.seen["with"], story.seen["again"]
    assert story.schemas["again"] == story.schemas["with"]
    assert again["plugins"] == before["plugins"]
    for part in (
        "offers",
        "offers of the operator",
        "booking",
        "stay",
        "offer",
        "nodes",
        "bookings",
        "health",
    ):
        assert again[part] == before[part], part
    assert ids(again["bookings"]) == [story.booking]
    assert story.seen["rebooked"]["userErrors"] == []


async def test_booking_is_uninstalled_and_installed_again(story: Story, subtests: pytest.Subtests) -> None:
    for check in (
        its_parts_of_the_schema_are_gone,
        its_ids_say_which_plugin_is_absent,
        its_kind_of_offer_is_not_offered_and_counts_agree,
        its_transactions_stay_readable,
        the_rest_goes_on,
        installed_again_it_is_as_if_it_had_never_been_away,
    ):
        with subtests.test(check.__name__):
            check(story)


async def test_a_plugin_that_is_not_selected_is_absent_too(town: Town, open_here: OpenPlatform) -> None:
    customer, provider = await town.customer(), await town.provider()
    booking = await town.booking(customer, await town.stay(provider), date(2031, 1, 1))
    ask = "query ($id: ID!) { node(id: $id) { id } }"
    for plugins, code in (({"booking": "required"}, "none"), ({}, "PLUGIN_ABSENT")):
        platform = await open_here(plugins=plugins)
        result = await platform.engine.execute(ask, {"id": f"bkg_{booking.hex}"}, None, ANONYMOUS)
        assert (b"PLUGIN_ABSENT" in result.body) == (code == "PLUGIN_ABSENT"), result.body
        await platform.close()


async def test_what_was_never_met_is_not_absent(clone_database: Any, tmp_path: Path) -> None:
    from serai.app import open_platform

    platform = await open_platform(
        load_settings(tmp_path, database_url=await clone_database(None), plugins={})
    )
    try:
        assert platform.engine.running.absent == {}
        await platform.migrate()
        assert platform.engine.running.absent == {}
        ask = f'{{ node(id: "bkg_{0:032}") {{ id }} }}'
        result = await platform.engine.execute(ask, {}, None, ANONYMOUS)
        assert b"INVALID_ID" in result.body
    finally:
        await platform.close()
