"""From a header to a viewer."""

from __future__ import annotations

import asyncio
from uuid import UUID

import httpx
import pytest

from serai.http import AuthenticationError, Authenticator, Tokens
from serai.viewers import ANONYMOUS, Acting, Viewer
from serai_sdk.access import ViewerKind

ID = UUID("019a0000-0000-7000-8000-0000000000aa")
STAFF = Acting(kind="staff", id=ID, principal_id=ID)


class Roll:
    """Who is on the staff now; counts how often it is asked."""

    def __init__(self) -> None:
        self.permissions: frozenset[str] | None = frozenset({"customers:read"})
        self.asked = 0
        self.delay_s = 0.0

    async def __call__(self, kind: ViewerKind, id: UUID) -> Viewer | None:
        self.asked += 1
        await asyncio.sleep(self.delay_s)
        if self.permissions is None:
            return None
        return Viewer(kind=kind, staff_id=id, principal_id=ID, permissions=self.permissions)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def roll() -> Roll:
    return Roll()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def authenticate(tokens: Tokens, roll: Roll, clock: Clock) -> Authenticator:
    return Authenticator(tokens, roll, fresh_s=3, cache_size=2, clock=clock)


async def test_without_a_header_one_is_anonymous(authenticate: Authenticator, roll: Roll) -> None:
    assert await authenticate(None) is ANONYMOUS
    assert roll.asked == 0


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic dXNlcjpwdw==", "Token x", "Bearer a b", "x" * 9000]
)
async def test_a_header_of_another_form_is_refused(authenticate: Authenticator, header: str) -> None:
    with pytest.raises(AuthenticationError) as refused:
        await authenticate(header)
    assert refused.value.reason == "AUTHORIZATION_MALFORMED"
    assert 'error="invalid_request"' in refused.value.headers["www-authenticate"]


async def test_an_edited_role_takes_effect_within_seconds(
    authenticate: Authenticator, tokens: Tokens, roll: Roll, clock: Clock
) -> None:
    header = f"bearer {tokens.issue(STAFF)}"
    assert (await authenticate(header)).permissions == {"customers:read"}
    roll.permissions = frozenset()
    assert (await authenticate(header)).permissions == {"customers:read"}
    assert roll.asked == 1
    clock.now += 3
    assert (await authenticate(header)).permissions == set()


async def test_a_dismissed_member_is_unknown_within_seconds(
    authenticate: Authenticator, tokens: Tokens, roll: Roll, clock: Clock
) -> None:
    header = f"Bearer {tokens.issue(STAFF)}"
    await authenticate(header)
    roll.permissions = None
    clock.now += 3
    with pytest.raises(AuthenticationError) as refused:
        await authenticate(header)
    assert refused.value.reason == "VIEWER_UNKNOWN"


async def test_a_place_that_went_to_somebody_else_does_not_take_the_token_along(
    authenticate: Authenticator, tokens: Tokens
) -> None:
    for principal_id in (None, UUID(int=7)):
        token = tokens.issue(Acting(kind="staff", id=ID, principal_id=principal_id))
        with pytest.raises(AuthenticationError) as refused:
            await authenticate(f"Bearer {token}")
        assert refused.value.reason == "VIEWER_UNKNOWN"


async def test_many_requests_at_once_ask_once(
    authenticate: Authenticator, tokens: Tokens, roll: Roll
) -> None:
    roll.delay_s = 0.01
    header = f"Bearer {tokens.issue(STAFF)}"
    viewers = await asyncio.gather(*(authenticate(header) for _ in range(50)))
    assert len({id(viewer) for viewer in viewers}) == 1
    assert roll.asked == 1


async def test_a_cancelled_first_request_does_not_fail_the_others(
    authenticate: Authenticator, tokens: Tokens, roll: Roll
) -> None:
    roll.delay_s = 0.02
    header = f"Bearer {tokens.issue(STAFF)}"
    first = asyncio.create_task(authenticate(header))
    second = asyncio.create_task(authenticate(header))
    await asyncio.sleep(0.001)
    first.cancel()
    assert (await second).kind == "staff"


async def test_a_failed_look_up_is_tried_again(tokens: Tokens) -> None:
    attempts = 0

    async def load(kind: ViewerKind, id: UUID) -> Viewer | None:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise ConnectionError
        return Viewer(kind=kind, staff_id=id, principal_id=ID)

    authenticate = Authenticator(tokens, load)
    header = f"Bearer {tokens.issue(STAFF)}"
    with pytest.raises(ConnectionError):
        await authenticate(header)
    await asyncio.sleep(0)
    assert (await authenticate(header)).kind == "staff"


async def test_few_viewers_are_kept(authenticate: Authenticator, tokens: Tokens, roll: Roll) -> None:
    headers = [
        f"Bearer {tokens.issue(Acting(kind='staff', id=UUID(int=number), principal_id=ID))}"
        for number in range(3)
    ]
    for header in [*headers, headers[0]]:
        await authenticate(header)
    assert roll.asked == 4


async def test_a_bad_token_is_401_with_a_reason(client: httpx.AsyncClient) -> None:
    response = await client.post(
        "/graphql", json={"query": "{ a }"}, headers={"authorization": "Bearer a.b.c"}
    )
    assert response.status_code == 401
    assert response.json() == {
        "errors": [
            {
                "message": "The token is not a JSON Web Token of this service",
                "extensions": {"code": "UNAUTHENTICATED", "reason": "TOKEN_MALFORMED"},
            }
        ]
    }
    assert response.headers["www-authenticate"].startswith('Bearer realm="serai", error="invalid_token"')


async def test_two_authorization_headers_are_refused(client: httpx.AsyncClient, customer_token: str) -> None:
    headers = [("authorization", f"Bearer {customer_token}"), ("authorization", f"Bearer {customer_token}")]
    response = await client.post("/graphql", json={"query": "{ a }"}, headers=headers)
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["reason"] == "AUTHORIZATION_MALFORMED"


async def test_the_engine_is_told_who_asks(client: httpx.AsyncClient, customer_token: str) -> None:
    headers = {"authorization": f"Bearer {customer_token}"}
    response = await client.post("/graphql", json={"query": "{ a }"}, headers=headers)
    assert response.json()["data"]["viewer"] == "customer"
    assert (await client.post("/graphql", json={"query": "{ a }"})).json()["data"]["viewer"] == "anonymous"
