"""What Apollo's own packages make of the subgraph: it is composed with another, and one query is answered by both.

`make conform` installs them from `package-lock.json`.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import OpenPlatform
from tests.test_one_statement import served
from tests.town import Town

from serai.core.viewers import find_acting
from serai.http import open_tokens

HERE = Path(__file__).parent
QUERY = """{
  customers(first: 5, orderBy: [{name: ASC}]) {
    pageInfo { hasNextPage }
    nodes {
      id
      name
      reviews { stars author { name transactions(first: 1) { nodes { number total { amount currency } } } } }
    }
  }
  offers(first: 5, orderBy: [{title: ASC}]) {
    nodes { __typename title averageStars ... on Stay { capacity } }
  }
  reviewCount: __typename
}"""

pytestmark = [
    pytest.mark.conform,
    pytest.mark.skipif(
        shutil.which("node") is None or not (HERE / "node_modules").is_dir(),
        reason="Node or the packages are not here: `make conform` installs them where there is npm",
    ),
]


async def across(sdl: Path, url: str, token: str, query: str) -> dict[str, Any]:
    """What the gateway answers, and what it fetched from whom."""
    node = await asyncio.create_subprocess_exec(
        "node", "across.mjs", str(sdl), url, token, query,
        cwd=HERE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await node.communicate()
    assert node.returncode == 0, err.decode()
    found: dict[str, Any] = json.loads(out.decode().splitlines()[-1])
    return found


async def test_a_gateway_answers_from_both(town: Town, open_here: OpenPlatform, tmp_path: Path) -> None:
    await town.operator()
    provider = await town.provider()
    customers = [await town.customer(name=f"Guest {number}") for number in range(3)]
    for customer in customers:
        await town.transaction(customer, provider)
    stays = [await town.stay(provider, title=f"Cabin {number}") for number in range(2)]
    platform = await open_here(federation=True)
    settings = platform.settings
    tokens = open_tokens(settings.data_dir, audience=settings.token_audience)
    token = tokens.issue(await find_acting(platform.pool, "staff:operator"))
    sdl = tmp_path / "serai.graphql"
    sdl.write_text(platform.assembly.schema.subgraph_sdl)
    async with served(platform) as address:
        found = await across(sdl, f"{address}/graphql", token, QUERY)
    answer = found["answer"]
    assert "errors" not in answer, answer["errors"]
    nodes = answer["data"]["customers"]["nodes"]
    assert [one["name"] for one in nodes] == ["Guest 0", "Guest 1", "Guest 2"]
    for customer, one in zip(customers, nodes, strict=True):
        (review,) = one["reviews"]
        assert review["stars"] == int(customer.hex[-1], 16)
        assert review["author"]["name"] == one["name"]
        (transaction,) = review["author"]["transactions"]["nodes"]
        assert transaction["total"]["currency"] == "EUR"
    offers = answer["data"]["offers"]["nodes"]
    assert [(one["__typename"], one["averageStars"]) for one in offers] == [
        ("Stay", float(int(stay.hex[-1], 16))) for stay in stays
    ]
    # each of both is asked at its roots once, and then once for all entities of a type
    assert sorted(map(tuple, found["fetches"])) == [
        ("reviews", 2),
        ("reviews", 3),
        ("serai", 0),
        ("serai", 3),
    ]
    assert [one for one in found["hints"] if "@idempotent" not in one and "@dryRun" not in one] == []
