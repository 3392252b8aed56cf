"""From what a token says to who asks today, in a real database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from serai.core.plugin import plugin as core
from serai.core.viewers import NobodyToActAs, ViewerLoader, find_acting
from serai.http import AuthenticationError, Authenticator, open_tokens
from serai.storage import OrmApp, Pool, migrate
from serai.viewers import Acting, Viewer
from serai_sdk.access import ViewerKind
from serai_testkit.pytest_plugin import TemplateDatabase

PERSON, RETIRED, APP = UUID(int=1), UUID(int=2), UUID(int=3)
CUSTOMER, WALK_IN, BARRED = UUID(int=11), UUID(int=12), UUID(int=13)
PROVIDER, MEMBER, OWNER = UUID(int=21), UUID(int=22), UUID(int=23)
OPERATOR, DISMISSED = UUID(int=31), UUID(int=32)

ROWS = f"""
insert into core_principal (id, created_at, updated_at, version, login, display_name, kind, granted, is_active)
values ('{PERSON}', now(), now(), 1, 'person', 'Person', 'PERSON', '["ignored:read"]', true),
       ('{RETIRED}', now(), now(), 1, 'retired', 'Retired', 'PERSON', '[]', false),
       ('{APP}', now(), now(), 1, 'till', 'Till', 'APP', '["offers:read"]', true);
insert into core_customer (id, created_at, updated_at, version, name, kind, attributes, locale, principal_id)
values ('{CUSTOMER}', now(), now(), 1, 'Li', 'PERSON', '{{}}', 'en', '{PERSON}'),
       ('{WALK_IN}', now(), now(), 1, 'Walk-in', 'PERSON', '{{}}', 'en', null),
       ('{BARRED}', now(), now(), 1, 'Barred', 'PERSON', '{{}}', 'en', '{RETIRED}');
insert into core_provider (id, created_at, updated_at, version, name, status)
values ('{PROVIDER}', now(), now(), 1, 'Camp', 'APPROVED');
insert into core_provider_member (id, created_at, updated_at, version, provider_id, principal_id, name, role)
values ('{MEMBER}', now(), now(), 1, '{PROVIDER}', '{PERSON}', 'Member', 'MEMBER'),
       ('{OWNER}', now(), now(), 1, '{PROVIDER}', null, 'Owner', 'OWNER');
insert into core_staff (id, created_at, updated_at, version, name, is_active, role_id, principal_id)
select '{OPERATOR}'::uuid, now(), now(), 1, 'Op', true, id, '{PERSON}'::uuid from core_role where name = 'operator'
union all
select '{DISMISSED}'::uuid, now(), now(), 1, 'Gone', false, id, null from core_role where name = 'operator';
"""


async def build(url: str) -> None:
    storage = core.storage()
    await migrate(url, {"core": OrmApp(list(storage.models), storage.migrations)})
    pool = await Pool.open(url, size=1)
    async with pool.acquire() as connection:
        await connection.execute(ROWS)
    await pool.close()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def database_template(template_database: TemplateDatabase) -> str:
    return await template_database("viewers", build)


@pytest_asyncio.fixture(loop_scope="session")
async def pool(database: str) -> AsyncIterator[Pool]:
    pool = await Pool.open(database, size=2)
    yield pool
    await pool.close()


async def test_each_kind_of_viewer_is_found_with_what_it_may(pool: Pool) -> None:
    load = ViewerLoader(pool)
    assert await load("customer", CUSTOMER) == Viewer(
        kind="customer", customer_id=CUSTOMER, principal_id=PERSON
    )
    assert await load("customer", WALK_IN) == Viewer(kind="customer", customer_id=WALK_IN)
    assert await load("provider", MEMBER) == Viewer(
        kind="provider", provider_id=PROVIDER, principal_id=PERSON
    )
    assert await load("provider", OWNER) == Viewer(kind="provider", provider_id=PROVIDER)
    assert await load("app", APP) == Viewer(
        kind="app", principal_id=APP, permissions=frozenset({"offers:read"})
    )
    operator = await load("staff", OPERATOR)
    assert operator is not None
    assert (operator.staff_id, operator.principal_id) == (OPERATOR, PERSON)
    assert {"customers:read", "staff:read"} <= operator.permissions


NOBODY: list[tuple[ViewerKind, UUID]] = [
    ("customer", BARRED),
    ("customer", PERSON),
    ("provider", PROVIDER),
    ("staff", DISMISSED),
    ("staff", CUSTOMER),
    ("app", PERSON),
    ("system", PERSON),
    ("anonymous", PERSON),
]


async def test_who_may_not_act_is_nobody(pool: Pool) -> None:
    for kind, id in NOBODY:
        assert await ViewerLoader(pool)(kind, id) is None, (kind, id)


async def test_what_a_permission_implies_comes_with_it(pool: Pool) -> None:
    implied = {"offers:read": ["providers:read"], "providers:read": ["scenarios:read", "offers:read"]}
    viewer = await ViewerLoader(pool, implied=implied)("app", APP)
    assert viewer is not None
    assert viewer.permissions == {"offers:read", "providers:read", "scenarios:read"}


async def test_a_dismissed_member_is_out(pool: Pool, tmp_path: Path) -> None:
    tokens = open_tokens(tmp_path, audience="serai")
    authenticate = Authenticator(tokens, ViewerLoader(pool), fresh_s=0)
    header = f"Bearer {tokens.issue(await find_acting(pool, 'staff:operator'))}"
    assert (await authenticate(header)).staff_id == OPERATOR
    await pool.fetch("update core_staff set is_active = false where id = $1", OPERATOR)
    with pytest.raises(AuthenticationError) as refused:
        await authenticate(header)
    assert refused.value.reason == "VIEWER_UNKNOWN"


async def test_an_edited_role_counts_at_once(pool: Pool) -> None:
    load = ViewerLoader(pool)
    await pool.fetch("""update core_role set permissions = '["offers:read"]' where name = 'operator'""")
    viewer = await load("staff", OPERATOR)
    assert viewer is not None
    assert viewer.permissions == {"offers:read"}


FOUND: list[tuple[str, Acting]] = [
    (f"customer:cus_{WALK_IN.hex}", Acting(kind="customer", id=WALK_IN, principal_id=None)),
    (f"customer:{CUSTOMER}", Acting(kind="customer", id=CUSTOMER, principal_id=PERSON)),
    ("customer", Acting(kind="customer", id=CUSTOMER, principal_id=PERSON)),
    (f"provider:prv_{PROVIDER.hex}", Acting(kind="provider", id=OWNER, principal_id=None)),
    (f"provider:mem_{MEMBER.hex}", Acting(kind="provider", id=MEMBER, principal_id=PERSON)),
    ("staff:operator", Acting(kind="staff", id=OPERATOR, principal_id=PERSON)),
    ("staff:OPERATOR", Acting(kind="staff", id=OPERATOR, principal_id=PERSON)),
    (f"staff:stf_{OPERATOR.hex}", Acting(kind="staff", id=OPERATOR, principal_id=PERSON)),
    ("app:till", Acting(kind="app", id=APP, principal_id=APP)),
]


async def test_what_an_operator_types_is_found(pool: Pool) -> None:
    for wanted, acting in FOUND:
        assert await find_acting(pool, wanted) == acting, wanted


MISSING: list[tuple[str, str | None]] = [
    ("king:7", "Use customer:<id>"),
    ("system", "Use customer:<id>"),
    ("customer:Li", "Ids are"),
    (f"customer:{PROVIDER}", None),
    ("staff:reviewer", "Roles that somebody holds: operator."),
    (f"staff:{DISMISSED}", "Roles that somebody holds: operator."),
]


async def test_who_is_not_there_is_named_with_a_hint(pool: Pool) -> None:
    for wanted, hint in MISSING:
        with pytest.raises(NobodyToActAs) as missing:
            await find_acting(pool, wanted)
        assert (missing.value.hint or "").startswith(hint or ""), wanted


async def test_the_command_prints_a_token_and_nothing_else(database: str, tmp_path: Path) -> None:
    def serai_token(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from serai.cli import main; main()", "token", *arguments]
        environment = {**os.environ, "SERAI_DATABASE_URL": database, "SERAI_DATA_DIR": str(tmp_path)}
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, cwd=tmp_path, check=False
        )

    printed = serai_token("--as", f"customer:cus_{CUSTOMER.hex}", "--for", "90s")
    assert printed.returncode == 0, printed.stderr
    token, newline = printed.stdout.split("\n")
    assert newline == ""
    claims = open_tokens(tmp_path, audience="serai").verify(token)
    assert claims.acting == Acting(kind="customer", id=CUSTOMER, principal_id=PERSON)
    refused = serai_token("--as", "staff:king")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "There is no staff:king" in refused.stderr
    assert serai_token("--as", "anonymous").returncode == 2
    assert serai_token("--as", "customer", "--for", "soon").returncode == 2
