"""The ledger: what is transferred, settled, let go and reversed, and what the database itself refuses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise import connections

from serai.core.customers.models import Customer
from serai.engines import Change, changing
from serai.engines.ledger.service import Ledger
from serai.viewers import Viewer
from serai_sdk import Money
from serai_sdk.ledger import Balance, Owner, Posting, percentage, split

pytestmark = pytest.mark.usefixtures("orm")

VIEWER = Viewer(kind="system")
PLATFORM = Owner("PLATFORM")

TRANSFER = """
insert into core_ledger_transfer (id, phase, resolves_id, content, actor, at) values ($1, $2, $3, '', '{}', now())
"""


async def within(do: Callable[[Ledger], Awaitable[Any]]) -> Any:
    """What ``do`` returns of a change of its own; the codes of its user errors if it was refused."""
    kept: list[Any] = []

    async def body(change: Change) -> dict[str, Any]:
        kept[:] = [await do(Ledger(change))]
        return {}

    outcome = await changing(VIEWER, body, mutation="test", input={})
    return [one.code for one in outcome.user_errors] if outcome.user_errors else kept[0]


async def somebody() -> Owner:
    customer = Customer(name="Ada", created_at=datetime.now(UTC), updated_at=datetime.now(UTC))
    await customer.save(force_create=True)
    return Owner("CUSTOMER", customer.id)


async def accounts() -> tuple[UUID, UUID, UUID]:
    """The world's, and the wallets of two customers."""

    one, other = await somebody(), await somebody()

    async def body(ledger: Ledger) -> Any:
        return (
            await ledger.account(PLATFORM, "world", "EUR"),
            await ledger.account(one, "wallet", "EUR"),
            await ledger.account(other, "wallet", "EUR"),
        )

    found: tuple[UUID, UUID, UUID] = await within(body)
    return found


async def move(source: UUID, target: UUID, amount: int, id: UUID | None = None, **more: Any) -> Any:
    id = id or uuid4()
    return await within(lambda ledger: ledger.transfer([Posting(source, target, amount)], id=id, **more))


async def held(account: UUID, **more: Any) -> tuple[int, int, int]:
    found: Balance = await within(lambda ledger: ledger.balance(account, **more))
    return found.posted, found.reserved, found.expected


async def sql(statement: str, *values: Any) -> Any:
    return await connections.get("default").execute_query_dict(statement, list(values))


async def test_what_leaves_one_account_comes_into_another() -> None:
    world, ada, bo = await accounts()
    await move(world, ada, 1_000)
    await move(ada, bo, 300)
    assert await held(world) == (-1_000, 0, 0)
    assert await held(ada) == (700, 0, 0)
    assert await held(bo) == (300, 0, 0)


async def test_an_account_is_opened_once_and_a_kind_has_its_owners() -> None:
    owner = await somebody()
    first = await within(lambda ledger: ledger.account(owner, "wallet", "EUR"))
    assert await within(lambda ledger: ledger.account(owner, "wallet", "EUR")) == first
    assert await within(lambda ledger: ledger.account(owner, "wallet", "POINTS")) != first
    for owner_, kind, asset in (
        (owner, "payable", "EUR"),
        (owner, "purse", "EUR"),
        (owner, "wallet", "GOLD"),
    ):
        with pytest.raises(ValueError, match=r"payable|purse|GOLD"):
            await within(lambda ledger, o=owner_, k=kind, a=asset: ledger.account(o, k, a))


async def test_a_wallet_is_not_overdrawn() -> None:
    world, ada, bo = await accounts()
    await move(world, ada, 100)
    assert await move(ada, bo, 101) == ["INSUFFICIENT_FUNDS"]
    assert await held(ada) == (100, 0, 0)
    assert await held(bo) == (0, 0, 0)
    await move(ada, bo, 100)
    assert await held(ada) == (0, 0, 0)


async def test_what_is_pending_is_reserved_and_cannot_be_spent_by_either() -> None:
    world, ada, bo = await accounts()
    await move(world, ada, 100)
    pending = await move(ada, bo, 80, is_pending=True)
    assert await held(ada) == (100, 80, 0)
    assert await held(bo) == (0, 0, 80)
    assert await move(ada, world, 21) == ["INSUFFICIENT_FUNDS"]
    assert await move(bo, world, 1) == ["INSUFFICIENT_FUNDS"]
    await within(lambda ledger: ledger.post(pending, id=uuid4(), amounts=[50]))
    assert await held(ada) == (50, 0, 0)
    assert await held(bo) == (50, 0, 0)
    assert await within(lambda ledger: ledger.post(pending, id=uuid4())) == ["TRANSFER_RESOLVED"]
    assert await within(lambda ledger: ledger.void(pending, id=uuid4())) == ["TRANSFER_RESOLVED"]


async def test_what_is_voided_is_as_if_it_had_not_been_promised() -> None:
    world, ada, bo = await accounts()
    await move(world, ada, 100)
    pending = await move(ada, bo, 100, is_pending=True)
    await within(lambda ledger: ledger.void(pending, id=uuid4()))
    assert await held(ada) == (100, 0, 0)
    assert await held(bo) == (0, 0, 0)
    assert await within(lambda ledger: ledger.void(uuid4(), id=uuid4())) == ["TRANSFER_NOT_FOUND"]
    assert await within(lambda ledger: ledger.reverse(pending, id=uuid4())) == ["TRANSFER_NOT_SETTLED"]


async def test_what_has_expired_is_free_at_once_and_is_posted_no_more() -> None:
    world, ada, bo = await accounts()
    await move(world, ada, 100)

    async def reserve(ledger: Ledger) -> UUID:
        soon = ledger._change.now + timedelta(seconds=60)
        return await ledger.transfer([Posting(ada, bo, 100)], id=uuid4(), is_pending=True, expires_at=soon)

    pending = await within(reserve)
    assert await move(ada, world, 1) == ["INSUFFICIENT_FUNDS"]

    async def later(do: Callable[[Ledger], Awaitable[Any]]) -> Any:
        async def body(ledger: Ledger) -> Any:
            await ledger._change.execute("select set_config('serai.clock_offset', '61 seconds', true)")
            [row] = await ledger._change.execute("select serai_now() as now")
            ledger._change.now = row["now"]
            return await do(ledger)

        return await within(body)

    assert await later(lambda ledger: ledger.post(pending, id=uuid4())) == ["TRANSFER_EXPIRED"]
    await later(lambda ledger: ledger.transfer([Posting(ada, world, 1)], id=uuid4()))
    assert await held(ada) == (99, 0, 0)
    assert await held(bo) == (0, 0, 0)
    assert await later(lambda ledger: ledger.expire()) == 0


async def test_the_same_transfer_again_is_done_once() -> None:
    world, ada, bo = await accounts()
    id = uuid4()
    assert await move(world, ada, 100, id) == id
    assert await move(world, ada, 100, id) == id
    assert await held(ada) == (100, 0, 0)
    assert await move(world, ada, 101, id) == ["TRANSFER_ID_REUSED"]
    assert await move(world, bo, 100, id) == ["TRANSFER_ID_REUSED"]
    pending, posting = await move(ada, bo, 10, is_pending=True), uuid4()
    for _ in range(2):
        assert await within(lambda ledger: ledger.post(pending, id=posting)) == posting
    assert await held(bo) == (10, 0, 0)


async def test_a_transfer_is_reversed_once_and_whole() -> None:
    world, ada, bo = await accounts()
    await move(world, ada, 100)
    sale, undone = await move(ada, bo, 60), uuid4()
    for _ in range(2):
        assert await within(lambda ledger: ledger.reverse(sale, id=undone, reference="refund")) == undone
    assert await held(ada) == (100, 0, 0)
    assert await held(bo) == (0, 0, 0)
    assert await within(lambda ledger: ledger.reverse(sale, id=uuid4())) == ["TRANSFER_REVERSED"]


async def test_a_balance_is_told_as_of_any_instant() -> None:
    world, ada, bo = await accounts()
    seen: list[tuple[Any, tuple[int, int, int]]] = []
    for step in range(6):
        if step % 3 == 2:
            await move(ada, bo, 5, is_pending=True)
        else:
            await move(world, ada, 100)
        [row] = await sql("select max(at) as at from core_ledger_entry")
        seen.append((row["at"], await held(ada)))
    for at, balance in seen:
        assert await held(ada, at=at) == balance
    assert await held(ada, at=seen[0][0] - timedelta(seconds=1)) == (0, 0, 0)


def entries(*rows: str) -> str:
    """A statement that writes entries, each told as account, whether it is pending, amount."""
    columns = "(id, transfer_id, account_id, is_pending, amount, asset, exponent, at)"
    values: list[str] = []
    for row in rows:
        account, phase, amount = row.split()
        asset, exponent = ("POINTS", 0) if account == "points" else ("EUR", 2)
        values.append(
            f"(uuidv7(), '{{t}}', '{{{account}}}', {phase}, {amount}, '{asset}', {exponent}, now())"
        )
    return f"insert into core_ledger_entry {columns} values {', '.join(values)}"


@pytest.mark.parametrize(
    ("constraint", "statements"),
    [
        ("core_ledger_balanced", [entries("world false -5", "ada false 4")]),
        ("core_ledger_balanced", [entries("world false -5", "points false 5")]),
        ("core_ledger_complete", ["select 1"]),
        ("core_ledger_complete", [entries("world false -5", "ada false 5")] * 2),
        ("core_ledger_phased", [entries("world true -5", "ada true 5")]),
        ("core_ledger_balance_covered", [entries("world false 5", "bo false -5")]),
        ("core_ledger_unaltered", ["update core_ledger_entry set amount = amount * 2"]),
        ("core_ledger_unaltered", ["delete from core_ledger_transfer"]),
        ("core_ledger_unaltered", ["update core_ledger_balance set posted = 1"]),
        ("core_ledger_unaltered", ["update core_ledger_account set may_overdraw = true"]),
    ],
)
async def test_the_database_refuses_what_is_no_double_entry(
    database: str, constraint: str, statements: list[str]
) -> None:
    world, ada, bo = await accounts()
    await move(world, ada, 100)
    owner = await somebody()
    points = await within(lambda ledger: ledger.account(owner, "wallet", "POINTS"))
    names = {"world": world, "ada": ada, "bo": bo, "points": points, "t": uuid4()}
    before = await sql("select account_id, posted from core_ledger_balance order by 1, 2")
    connection = await asyncpg.connect(database)

    async def write() -> None:
        async with connection.transaction():
            await connection.execute(TRANSFER, names["t"], "POSTED", None)
            for statement in statements:
                await connection.execute(statement.format(**names))

    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await write()
    assert refused.value.constraint_name == constraint
    assert await sql("select account_id, posted from core_ledger_balance order by 1, 2") == before
    await connection.close()


@pytest.mark.parametrize("settled", [0, 40, 101])
async def test_the_database_refuses_to_settle_more_than_was_promised(database: str, settled: int) -> None:
    world, ada, bo = await accounts()
    await move(world, ada, 1_000)
    pending = await move(ada, bo, 100, is_pending=True)
    connection = await asyncpg.connect(database)

    async def post(phase: str, let_go: int) -> None:
        async with connection.transaction():
            id = uuid4()
            await connection.execute(TRANSFER, id, phase, pending)
            rows = [(id, ada, True, let_go), (id, bo, True, -let_go)]
            if settled:
                rows += [(id, ada, False, -settled), (id, bo, False, settled)]
            await connection.execute(
                "insert into core_ledger_entry (id, transfer_id, account_id, is_pending, amount, asset, exponent, at) "
                "select uuidv7(), *, 'EUR', 2, now() from unnest($1::uuid[], $2::uuid[], $3::bool[], $4::bigint[])",
                *zip(*rows, strict=True),
            )

    if settled > 100:
        with pytest.raises(asyncpg.CheckViolationError, match="settles no more"):
            await post("POST", 100)
    with pytest.raises(asyncpg.CheckViolationError, match="takes back what is pending"):
        await post("POST", 99)
    if settled:
        with pytest.raises(asyncpg.CheckViolationError, match="entries are pending if"):
            await post("VOID", 100)
    with pytest.raises(asyncpg.CheckViolationError, match="expires when its time has come"):
        await post("EXPIRY", 100)
    assert await held(ada) == (1_000, 100, 0)
    await connection.close()


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=9))
def test_shares_are_the_whole_and_none_is_off_by_a_unit(total: int, shares: list[int]) -> None:
    if not any(shares):
        with pytest.raises(ValueError, match="shares"):
            split(Money(total, "EUR"), shares)
        return
    parts = split(Money(total, "EUR"), shares)
    assert sum(one.minor for one in parts) == total
    for part, share in zip(parts, shares, strict=True):
        assert abs(part.minor - Fraction(total * share, sum(shares))) < 1


def test_shares_and_percentages_are_those_of_the_book() -> None:
    assert [one.minor for one in split(Money(100, "EUR"), (1, 1, 1))] == [34, 33, 33]
    assert [one.minor for one in split(Money(-100, "EUR"), (1, 1, 1))] == [-34, -33, -33]
    assert [one.minor for one in split(Money(5, "EUR"), (0, 3, 2))] == [0, 3, 2]
    assert [one.minor for one in percentage(Money(1_050, "EUR"), 15)] == [158, 892]
    assert [one.minor for one in percentage(Money(1_030, "EUR"), 15)] == [154, 876]
    assert [one.minor for one in percentage(Money(999, "JPY"), Fraction(25, 2))] == [125, 874]
    with pytest.raises(ValueError, match="0 and 100"):
        percentage(Money(1, "EUR"), 101)
