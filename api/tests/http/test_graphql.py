"""GraphQL over HTTP: what is taken, what is refused, and in which form it is answered."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from .conftest import EchoEngine

JSON = {"content-type": "application/json"}
GRAPHQL = "application/graphql-response+json"


def code(response: httpx.Response) -> str:
    body = response.json()
    assert "data" not in body
    found: str = body["errors"][0]["extensions"]["code"]
    return found


async def test_an_operation_reaches_the_engine_whole(client: httpx.AsyncClient, engine: EchoEngine) -> None:
    body = {
        "query": "query A($x: Int) { a }",
        "variables": {"x": [1, "ü"]},
        "operationName": "A",
        "extensions": {},
        "id": 1,
    }
    response = await client.post("/graphql", json=body, headers={"idempotency-key": '"key-1"'})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert engine.asked == [
        {
            "document": body["query"],
            "variables": {"x": [1, "ü"]},
            "operationName": "A",
            "viewer": "anonymous",
            "key": "key-1",
            "requestId": response.headers["x-request-id"],
        }
    ]


async def test_get_takes_queries(client: httpx.AsyncClient, engine: EchoEngine) -> None:
    params = {"query": "query A { a }", "variables": '{"x": "é"}', "operationName": "A", "extensions": "{}"}
    response = await client.get("/graphql", params=params, headers={"accept": "application/json"})
    assert response.status_code == 200
    assert engine.asked[0]["variables"] == {"x": "é"}
    assert engine.asked[0]["operationName"] == "A"


async def test_get_refuses_mutations(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql?query=mutation{a}", headers={"accept": "application/json"})
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
async def test_other_methods_are_refused(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    ("accept", "media", "status"),
    [
        (None, "application/json", 200),
        ("*/*", "application/json", 200),
        ("application/*", "application/json", 200),
        ("application/json", "application/json", 200),
        ("APPLICATION/JSON; charset=utf-8", "application/json", 200),
        (GRAPHQL, GRAPHQL, 400),
        (f"{GRAPHQL}, application/json", GRAPHQL, 400),
        (f"{GRAPHQL};q=0.5, application/json;q=0.9", "application/json", 200),
        (f"{GRAPHQL}; charset=utf-8, application/json; charset=utf-8", GRAPHQL, 400),
        (f"*/*, {GRAPHQL}", GRAPHQL, 400),
        (f"application/json;q=0, {GRAPHQL};q=0.1", GRAPHQL, 400),
        (f"text/html, {GRAPHQL}", GRAPHQL, 400),
        ("application/json;q=0, */*", GRAPHQL, 400),
    ],
)
async def test_the_answer_has_the_form_asked_for(
    client: httpx.AsyncClient, accept: str | None, media: str, status: int
) -> None:
    client.headers.pop("accept")
    headers = {} if accept is None else {"accept": accept}
    response = await client.post("/graphql", json={"query": "syntax error"}, headers=headers)
    assert response.headers["content-type"] == f"{media}; charset=utf-8"
    assert response.status_code == status
    executed = await client.post("/graphql", json={"query": "{ a }"}, headers=headers)
    assert executed.headers["content-type"] == f"{media}; charset=utf-8"
    assert executed.status_code == 200


@pytest.mark.parametrize(
    "accept", ["text/html", "image/png", "application/xml;q=1", "application/json;q=0", "nonsense"]
)
async def test_a_form_that_is_not_there_is_406(client: httpx.AsyncClient, accept: str) -> None:
    response = await client.post("/graphql", json={"query": "{ a }"}, headers={"accept": accept})
    assert response.status_code == 406
    assert code(response) == "NOT_ACCEPTABLE"


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=latin-1",
        "application/jsonx",
        "text/plain; application/json",
    ],
)
async def test_what_another_sites_form_could_send_is_415(
    client: httpx.AsyncClient, engine: EchoEngine, content_type: str | None
) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    response = await client.post("/graphql", content=b'{"query": "{ a }"}', headers=headers)
    assert response.status_code == 415
    assert code(response) == "UNSUPPORTED_MEDIA_TYPE"
    assert engine.asked == []


@pytest.mark.parametrize("charset", ["", "; charset=utf-8", '; charset="UTF-8"', ";charset=UTF8; x=y"])
async def test_json_in_utf8_is_taken_however_it_is_written(client: httpx.AsyncClient, charset: str) -> None:
    headers = {"content-type": f"Application/JSON{charset}"}
    response = await client.post("/graphql", content=b'{"query": "{ a }"}', headers=headers)
    assert response.status_code == 200


async def test_a_compressed_body_is_415_and_says_so(client: httpx.AsyncClient) -> None:
    body = gzip.compress(b'{"query": "{ a }"}')
    response = await client.post("/graphql", content=body, headers={**JSON, "content-encoding": "gzip"})
    assert response.status_code == 415
    assert response.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"accept": "*/*"}, 400),
        ({"accept": "image/avif,image/webp,*/*;q=0.8"}, 400),
        ({"accept": "application/json"}, 200),
        ({"accept": GRAPHQL}, 200),
        ({"accept": "application/json", "sec-fetch-site": "same-origin"}, 200),
        ({"accept": "application/json", "sec-fetch-site": "none"}, 200),
        ({"accept": "application/json", "sec-fetch-site": "cross-site"}, 400),
        ({"accept": "application/json", "sec-fetch-site": "same-site"}, 400),
        ({"accept": "*/*", "sec-fetch-site": "cross-site", "x-serai-preflight": "1"}, 200),
        ({"accept": "*/*", "apollo-require-preflight": "true"}, 200),
        ({"accept": "*/*", "content-type": "application/json"}, 200),
        ({"accept": "*/*", "content-type": "text/plain"}, 400),
    ],
)
async def test_a_get_that_another_sites_page_could_cause_is_refused(
    client: httpx.AsyncClient, engine: EchoEngine, headers: dict[str, str], status: int
) -> None:
    response = await client.get("/graphql", params={"query": "{ a }"}, headers=headers)
    assert response.status_code == status
    assert len(engine.asked) == (status == 200)
    if status == 400:
        assert code(response) == "PREFLIGHT_REQUIRED"


NESTED = 100_000
BAD_BODIES: list[bytes] = [
    b"",
    b"null",
    b"7",
    b'"{ a }"',
    b"true",
    b"[]",
    b'[{"query": "{ a }"}]',
    b"{}",
    b"{",
    b'{"query": }',
    b'{"query": null}',
    b'{"query": ""}',
    b'{"query": 7}',
    b'{"query": ["{ a }"]}',
    b'{"query": "{ a }", "variables": "{}"}',
    b'{"query": "{ a }", "variables": []}',
    b'{"query": "{ a }", "variables": 7}',
    b'{"query": "{ a }", "extensions": []}',
    b'{"query": "{ a }", "operationName": 7}',
    b'{"query": "{ a }", "operationName": {}}',
    b'{"query": "\xff"}',
    b"\xff\xfe{\x00",
    b'\xef\xbb\xbf{"query": "{ a }"}',
    b'{"query": "\\ud800"}',
    b'{"query": "{ a }", "operationName": "\\udfff"}',
    b'{"query": "{ a }", "variables": {"\\ud800": 1}}',
    b'{"query": "{ a }", "variables": {"x": NaN}}',
    b'{"query": "{ a }", "variables": {"x": ' + b"9" * 5000 + b"}}",
    b'{"query": "{ a }", "variables": {"x": 1e999}}',
    b"[" * 30_000,
    b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    b'{"query": "{ a }", "variables": {"x": ' + b"[" * 70 + b"]" * 70 + b"}}",
    b'{"query": "{ a }", "variables": ' + b'{"x":' * 900 + b"1" + b"}" * 901,
    b'{"query": "{ a }", "extensions": {"x": ' + b"[" * 70 + b"]" * 70 + b"}}",
]


@pytest.mark.parametrize("body", BAD_BODIES, ids=lambda body: repr(body[:40]))
@pytest.mark.parametrize("accept", ["application/json", GRAPHQL])
async def test_a_body_that_is_no_request_is_400(
    client: httpx.AsyncClient, engine: EchoEngine, body: bytes, accept: str
) -> None:
    response = await client.post("/graphql", content=body, headers={**JSON, "accept": accept})
    assert response.status_code == 400
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert code(response) == "BAD_REQUEST"
    assert engine.asked == []


async def test_what_only_looks_deep_or_big_is_taken(client: httpx.AsyncClient) -> None:
    wide = {"query": "{ a }", "variables": {"x": [[1]] * 500, "y": "[" * 500, "z": 2**63 - 1, "big": 10**30}}
    assert (await client.post("/graphql", json=wide)).status_code == 200
    deep = {"query": "{" * 500, "variables": json.loads('{"x":' * 60 + "1" + "}" * 60)}
    assert (await client.post("/graphql", json=deep)).status_code == 200


@pytest.mark.parametrize(
    "query_string",
    [
        "",
        "query=",
        "query=%ff",
        "query={a}&query={b}",
        "query={a}&variables=[]",
        "query={a}&variables=x",
        "query={a}&variables=" + quote('"\\ud800"'),
        "query={a}&operationName=%ed%a0%80",
        "&".join(f"p{number}=" for number in range(100)),
        "query={a}&extensions=1",
    ],
)
async def test_a_query_string_that_is_no_request_is_400(client: httpx.AsyncClient, query_string: str) -> None:
    response = await client.get(f"/graphql?{query_string}", headers={"accept": "application/json"})
    assert response.status_code == 400
    assert code(response) == "BAD_REQUEST"


async def test_a_long_query_string_is_414(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql?query=" + "a" * 20_000, headers={"accept": "application/json"})
    assert response.status_code == 414


@pytest.mark.parametrize("key", ["", "a b", "ü".encode("latin-1"), "x" * 256, "\x7f", 'a"b'])
async def test_an_idempotency_key_is_short_and_printable(client: httpx.AsyncClient, key: str | bytes) -> None:
    headers: dict[str, Any] = {"idempotency-key": key}
    response = await client.post("/graphql", json={"query": "mutation { a }"}, headers=headers)
    assert response.status_code == 400


async def test_a_body_over_the_limit_is_413(client: httpx.AsyncClient, engine: EchoEngine) -> None:
    body = json.dumps({"query": "{ a }" + " " * 64 * 1024}).encode()
    response = await client.post("/graphql", content=body, headers=JSON)
    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"] == {"code": "BODY_TOO_LARGE", "limit": 64 * 1024}
    assert engine.asked == []


async def test_an_endless_body_is_cut_at_the_limit(client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b" " * 8 * 1024

    response = await client.post("/graphql", content=endless(), headers=JSON)
    assert response.status_code == 413
    assert sent < 12


async def test_a_body_in_pieces_is_put_together(client: httpx.AsyncClient, engine: EchoEngine) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for byte in '{"query": "{ ü }"}'.encode():
            yield bytes([byte])

    assert (await client.post("/graphql", content=pieces(), headers=JSON)).status_code == 200
    assert engine.asked[0]["document"] == "{ ü }"


async def test_an_error_of_ours_tells_nothing_but_an_id(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "break"})
    assert response.status_code == 500
    assert response.json() == {
        "errors": [
            {
                "message": "Internal error",
                "extensions": {"code": "INTERNAL", "id": response.headers["x-request-id"]},
            }
        ]
    }


async def test_random_requests_are_never_an_error_of_ours(client: httpx.AsyncClient) -> None:
    seed = 20
    random_ = random.Random(seed)
    valid = b'{"query": "query A { a }", "variables": {"x": [1, {"y": "\\u00e9"}]}, "operationName": "A"}'
    snippets = [
        b"\\ud83d",
        b"\x00",
        b"\xff",
        b"[",
        b"{",
        b"}",
        b'"',
        b"1e400",
        b"null",
        b",",
        b"\\",
        b"-",
        b"0" * 50,
    ]
    for _ in range(400):
        body = bytearray(valid)
        for _ in range(random_.randint(1, 6)):
            at = random_.randrange(len(body) + 1)
            body[at : at + random_.randint(0, 8)] = random_.choice([*snippets, random_.randbytes(3)])
        accept = random_.choice(["application/json", GRAPHQL, "*/*", random_.randbytes(6).hex()])
        content_type = random_.choice(
            ["application/json"] * 4 + ["text/json", "application/json; charset=\xff"]
        )
        headers = [(b"content-type", content_type.encode("latin-1")), (b"accept", accept.encode())]
        response = await client.post("/graphql", content=bytes(body), headers=headers)
        assert response.status_code in (200, 400, 406, 415), (seed, bytes(body))
        response = await client.get(
            b"/graphql?".decode() + quote(bytes(body)).replace("%26", "&").replace("%3D", "=")
        )
        assert response.status_code in (200, 400), (seed, bytes(body))
