"""The statement shown in docs/explanation/the-shape-of-the-sql.md is the one the engine makes, letter for letter."""

from __future__ import annotations

import re
from pathlib import Path

import sqlglot

from serai.viewers import SYSTEM

from .conftest import OpenPlatform

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "the-shape-of-the-sql.md"


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}[^\n]*\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return str(found)


def spelt(sql: str) -> str:
    return sqlglot.transpile(sql, read="postgres", write="postgres", pretty=True)[0]


async def test_the_statement_on_the_page_is_the_one_that_is_sent(open_here: OpenPlatform) -> None:
    platform = await open_here()
    engine, document = platform.engine, block("graphql")
    result = await engine.execute(document, None, None, SYSTEM)
    assert result.errors == 0, result.body
    known = engine.reading.documents.get(document)
    assert known is not None
    operation = known.operation(None, engine.schema, frozenset(), frozenset())
    kept = engine.reading.plans.find(document, operation, {}, SYSTEM)
    assert kept is not None
    assert kept.single is not None
    assert spelt(block("sql")) == spelt(kept.single.sql)
