"""What PostgreSQL does to answer a statement: its plan as a tree of short lines, and what is amiss in plain words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .sessions import Connection

__all__ = ["QueryPlan", "read_query_plan"]

LARGE: Final = 5_000
"""From how many rows on reading a whole table is worth a word."""
MISJUDGED: Final = 100
"""By which factor the planner may be wrong before it is worth a word."""
KEPT: Final = 0.5
"""Reading a whole table is right when at least this share of its rows is wanted."""

COMPARED = r"(?:\b{alias}\.)?\(?\b([a-z_][a-z0-9_]*)\b\)?(?:::[a-z ]+)? (?:=|<|>|<=|>=|~~|@>|IS|IN)\s"
ROWS = """
select c.relname, greatest(c.reltuples, 0)::bigint,
  array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0)
from pg_class c where c.relname = any($1::text[]) and c.relnamespace = 'public'::regnamespace
"""

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the planner knows it."""

    rows: int
    columns: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryPlan:
    """A plan: its tree, times in milliseconds (if it was run), rows, pages of 8 KiB found in memory and read.

    ``findings`` are in plain words, each with what to do.
    """

    tree: tuple[str, ...]
    findings: tuple[str, ...]
    planning_ms: float | None
    execution_ms: float | None
    pages_hit: int | None
    pages_read: int | None


async def read_query_plan(
    connection: Connection, sql: str, arguments: Sequence[Any], *, analyze: bool
) -> QueryPlan:
    """The plan of a statement for these arguments; to ``analyze`` runs it, in a transaction that changes nothing."""
    options = "analyze, buffers, format json" if analyze else "format json"
    transaction = connection.transaction(readonly=True)
    await transaction.start()
    try:
        text = await connection.fetchval(f"explain ({options}) {sql}", *arguments)
        found: dict[str, Any] = json.loads(text)[0]
        plan: Node = found["Plan"]
        names = sorted({node["Relation Name"] for node, _ in _nodes(plan) if "Relation Name" in node})
        tables = {
            name: Table(rows, frozenset(columns))
            for name, rows, columns in await connection.fetch(ROWS, names)
        }
    finally:
        await transaction.rollback()
    return QueryPlan(
        tree=tuple("  " * depth + _line(node) for node, depth in _nodes(plan)),
        findings=tuple(dict.fromkeys(one for node, _ in _nodes(plan) for one in _findings(node, tables))),
        planning_ms=found.get("Planning Time"),
        execution_ms=found.get("Execution Time"),
        pages_hit=plan.get("Shared Hit Blocks"),
        pages_read=plan.get("Shared Read Blocks"),
    )


def _nodes(node: Node, depth: int = 0) -> Iterator[tuple[Node, int]]:
    yield node, depth
    for child in node.get("Plans", ()):
        yield from _nodes(child, depth + 1)


def _line(node: Node) -> str:
    words = [node["Node Type"]]
    if "Relation Name" in node:
        words.append(f"on {node['Relation Name']}")
    if "Index Name" in node:
        words.append(f"by {node['Index Name']}")
    words.append(f"· about {node['Plan Rows']:,} rows")
    if "Actual Rows" in node:
        loops = node["Actual Loops"]
        if not loops:
            return " ".join([*words, "· never run"])
        words.append(f"· {_actual(node):,.0f} rows")
        if loops > 1:
            words.append(f"in {loops:,} runs")
        words.append(f"· {node['Actual Total Time'] * loops:.2f} ms")
        words.append(f"· {node.get('Shared Hit Blocks', 0) + node.get('Shared Read Blocks', 0):,} pages")
    return " ".join(words)


def _actual(node: Node) -> float:
    return float(node["Actual Rows"]) * int(node["Actual Loops"])


def _findings(node: Node, tables: Mapping[str, Table]) -> Iterator[str]:
    table = tables.get(node.get("Relation Name", ""))
    if node["Node Type"] == "Seq Scan" and table is not None and "Filter" in node:
        kept = node.get("Actual Rows", node["Plan Rows"])
        if table.rows >= LARGE and kept < table.rows * KEPT:
            yield _whole_table(node, table)
    if node["Node Type"] == "Limit":
        yield from _whole_order(node, tables)
    if node.get("Sort Space Type") == "Disk":
        yield (
            f"sorts {node['Sort Space Used']:,} kB on disk by {', '.join(node['Sort Key'])}: "
            "an index in that order, or a narrower filter, spares the sort"
        )
    if node.get("Actual Loops"):
        expected, found = max(1, node["Plan Rows"]), max(1.0, float(node["Actual Rows"]))
        if table is not None and table.rows >= LARGE and max(expected / found, found / expected) > MISJUDGED:
            yield (
                f"the planner expected about {expected:,} rows of {node['Relation Name']} and there were "
                f"{found:,.0f}: `analyze {node['Relation Name']}` refreshes what it knows"
            )


def _whole_order(limit: Node, tables: Mapping[str, Table]) -> Iterator[str]:
    """A page for which all rows of a large table are put in order."""
    inner = [node for node, _ in _nodes(limit)]
    at = next((place for place, node in enumerate(inner[1:3], 1) if node["Node Type"] == "Sort"), None)
    if at is None or inner[at]["Plan Rows"] < LARGE:
        return
    read = next((node for node, _ in _nodes(inner[at]) if node["Node Type"] == "Seq Scan"), None)
    table = tables.get(read.get("Relation Name", "")) if read is not None else None
    if read is None or table is None or table.rows < LARGE:
        return
    keys = [re.sub(rf"^\(?{re.escape(read.get('Alias', ''))}\.", "", one) for one in inner[at]["Sort Key"]]
    columns = [re.match(r"[a-z_][a-z0-9_]*", one) for one in keys]
    if all(one is not None and one[0] in table.columns for one in columns):
        name = read["Relation Name"]
        listed = ", ".join(one.replace(")", "") for one in keys)
        yield (
            f"puts about {inner[at]['Plan Rows']:,} rows of {name} in order for a page of {limit['Plan Rows']:,}; "
            f"try `create index on {name} ({listed})`"
        )


def _whole_table(node: Node, table: Table) -> str:
    name, alias = node["Relation Name"], re.escape(node.get("Alias", ""))
    compared = re.findall(COMPARED.format(alias=alias), node["Filter"])
    columns = list(dict.fromkeys(one for one in compared if one in table.columns))
    kept = node.get("Actual Rows", node["Plan Rows"])
    told = f"reads all of {name} (about {table.rows:,} rows) to keep {kept:,.0f}"
    times = node.get("Actual Loops", 1)
    if times > 1:
        told += f", {times:,} times"
    if not columns:
        return f"{told}: no index serves its condition"
    return (
        f"{told}: no index serves {', '.join(columns)}; try `create index on {name} ({', '.join(columns)})`"
    )
