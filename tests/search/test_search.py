"""What search keeps to, whatever is looked for: pages, orders, rules, and no text that it cannot answer."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.reference.house import House

from serai.viewers import ANONYMOUS, Viewer

from .test_wanted import ALL

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = """
query ($words: String, $first: Int, $last: Int, $after: String, $before: String) {
  offers(search: $words, first: $first, last: $last, after: $after, before: $before) {
    totalCount
    nodes { id title }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""

NESTED = """
query ($words: String, $first: Int, $last: Int, $after: String, $before: String) {
  scenarios(search: "camping", first: 1) {
    nodes {
      offers(search: $words, first: $first, last: $last, after: $after, before: $before) {
        totalCount
        nodes { id title }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }
  }
}
"""

ODD = (
    "", " ", "!", "'", '"', "\\", "\x00", "a\x00b", "' | 'x", "& | ! <-> ( ) :*", "a:*b", "😀", "👩‍🚀", "\ud83d",
    "％＿", "x" * 10_000, "西" * 10_000, "a " * 5_000, "西 " * 5_000, "İ", "ﷺ", "\u202e", "地", "的的的", "null",
)  # fmt: skip


async def asked(demo: House, document: str, viewer: Viewer = ALL, **variables: Any) -> dict[str, Any]:
    answer = await demo.ask(demo.engine, document, variables, viewer)
    assert "errors" not in answer, answer["errors"]
    data: dict[str, Any] = answer["data"]
    return data["scenarios"]["nodes"][0]["offers"] if "scenarios" in data else data["offers"]


@pytest.mark.parametrize("document", [PAGES, NESTED], ids=["at the root", "below another list"])
@pytest.mark.parametrize("words", ["cabin", "木屋", "s"])
async def test_pages_of_what_is_found_fit_together_in_both_directions(
    demo: House, document: str, words: str
) -> None:
    whole = await asked(demo, document, words=words, first=100)
    expected = [row["id"] for row in whole["nodes"]]
    assert len(expected) == whole["totalCount"] == len(set(expected)) >= 4
    forward: list[str] = []
    cursor = None
    while True:
        page = await asked(demo, document, words=words, first=3, after=cursor)
        forward += [row["id"] for row in page["nodes"]]
        assert page["pageInfo"]["hasPreviousPage"] == (cursor is not None)
        if not page["pageInfo"]["hasNextPage"]:
            break
        cursor = page["pageInfo"]["endCursor"]
    assert forward == expected
    backward: list[str] = []
    cursor = None
    while True:
        page = await asked(demo, document, words=words, last=3, before=cursor)
        backward = [row["id"] for row in page["nodes"]] + backward
        assert page["pageInfo"]["hasNextPage"] == (cursor is not None)
        if not page["pageInfo"]["hasPreviousPage"]:
            break
        cursor = page["pageInfo"]["startCursor"]
    assert backward == expected


async def test_no_text_is_an_error_and_none_without_words_finds_anything(demo: House) -> None:
    for words in ODD:
        page = await asked(demo, PAGES, words=words, first=2)
        if not any(one.isalnum() for one in words):
            assert page["totalCount"] == 0, words
    everything = await asked(demo, "{ offers { totalCount } }")
    assert (await asked(demo, PAGES, words=None, first=2))["totalCount"] == everything["totalCount"] > 50


async def test_what_comes_first_has_the_words_in_its_title_and_as_they_are_written(demo: House) -> None:
    titles = [row["title"] for row in (await asked(demo, PAGES, words="clean", first=100))["nodes"]]
    assert titles.index("Deep clean") < titles.index("Cleaning by the hour plus")
    titles = [row["title"] for row in (await asked(demo, PAGES, words="kitchen", first=100))["nodes"]]
    assert any("Cabin" in one for one in titles)
    titles = [row["title"] for row in (await asked(demo, PAGES, words="窗", first=100))["nodes"]]
    assert titles[0] == "擦窗服务"


async def test_search_narrows_where_and_stands_beside_any_order(demo: House) -> None:
    document = """{ offers(search: "木屋", where: {stay: {capacity: {gte: 4}}}, orderBy: [{stay: {capacity: DESC}}]) {
        totalCount nodes { title ... on Stay { capacity } } } }"""
    page = await asked(demo, document)
    capacities = [row["capacity"] for row in page["nodes"]]
    assert capacities == sorted(capacities, reverse=True)
    assert min(capacities) >= 4
    assert len(capacities) == page["totalCount"] > 0
    assert all("木屋" in row["title"] for row in page["nodes"])


async def test_a_row_that_is_hidden_is_not_found(demo: House) -> None:
    seen = await asked(demo, PAGES, words="caravan brook", first=10)
    public = await asked(demo, PAGES, ANONYMOUS, words="caravan brook", first=10)
    assert {row["title"] for row in seen["nodes"]} == {"Caravan Brook 4", "Caravan Brook 30"}
    assert [row["title"] for row in public["nodes"]] == ["Caravan Brook 4"]
    assert public["totalCount"] == 1


GENERATED = """
select pg_get_expr(d.adbin, d.adrelid)
from pg_attrdef d
join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
where a.attrelid = $1::regclass and a.attname = 'search_vector'
"""


async def test_tables_keep_the_words_of_what_is_declared(demo: House) -> None:
    searched = {entity.table: entity.search for entity in demo.registry.entities.values() if entity.search}
    assert len(searched) == 6
    for table, columns in searched.items():
        rows = await demo.pool.fetch(GENERATED, table)
        written = re.sub(r"[()]|::text", "", str(rows[0][0]))
        for name, weight in columns.items():
            assert f"serai_search_vector{name}, '{weight}'" in written
        assert written.count("serai_search_vector") == len(columns)


PLAN = "explain select id from core_offer where search_vector @@ (select serai_search_query('cabin'))"


async def test_an_index_finds_what_is_looked_for(demo: House) -> None:
    async with demo.pool.acquire() as connection, connection.transaction():
        await connection.execute("set local enable_seqscan = off")
        lines = await connection.fetch(PLAN)
    assert any("core_offer_search" in str(line[0]) for line in lines)
