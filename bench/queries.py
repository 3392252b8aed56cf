"""The typical queries, and the variables they are sent with: enough distinct ones that no answer is met twice soon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import asyncpg

VARIANTS = 2_000
SEED = 20_260_101


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One query, its root field, and the lowest share of bare SQL it must reach (nested reads only)."""

    name: str
    title: str
    root: str
    document: str
    least_of_bare: float | None = None


QUERIES = (
    Query(
        name="Q1",
        title="one customer by id, 5 fields",
        root="customer",
        document="""query Q1($id: ID!) {
  customer(id: $id) { id name email locale createdAt }
}""",
    ),
    Query(
        name="Q2",
        title="50 customers, 2 fields",
        root="customers",
        document="""query Q2($since: DateTime!) {
  customers(first: 50, where: {createdAt: {gte: $since}}, orderBy: [{createdAt: ASC}]) {
    nodes { id name }
  }
}""",
    ),
    Query(
        name="Q3",
        title="20 customers x latest 5 transactions x scenario",
        root="customers",
        least_of_bare=0.4,
        document="""query Q3($since: DateTime!) {
  customers(first: 20, where: {createdAt: {gte: $since}}, orderBy: [{createdAt: ASC}]) {
    nodes {
      id
      name
      transactions(first: 5) {
        nodes { id number status channel placedAt total { amount currency } scenario { id name } }
      }
    }
  }
}""",
    ),
    Query(
        name="Q4",
        title="20 customers x 5 demands x 3 transactions x scenario, with totalCounts",
        root="customers",
        least_of_bare=0.4,
        document="""query Q4($since: DateTime!) {
  customers(first: 20, where: {createdAt: {gte: $since}}, orderBy: [{createdAt: ASC}]) {
    nodes {
      id
      name
      demands(first: 5) {
        totalCount
        nodes {
          id
          status
          createdAt
          transactions(first: 3) {
            totalCount
            nodes { id number channel scenario { id name } }
          }
        }
      }
    }
  }
}""",
    ),
    Query(
        name="Q5",
        title="20 customers x latest 5 bookings x stay x provider, with totalCounts",
        root="customers",
        least_of_bare=0.4,
        document="""query Q5($since: DateTime!) {
  customers(first: 20, where: {createdAt: {gte: $since}}, orderBy: [{createdAt: ASC}]) {
    nodes {
      id
      name
      bookings(first: 5) {
        totalCount
        nodes { id checkIn checkOut guests status stay { id title capacity provider { id name } } }
      }
    }
  }
}""",
    ),
)


async def variable_sets(dsn: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """For each query up to 2,000 distinct sets of variables, the same for the same database."""
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("select id, created_at from core_customer order by created_at, id")
    finally:
        await connection.close()
    random = Random(SEED)
    ids = random.sample(rows, min(VARIANTS, len(rows)))
    # The last ones are left out so that every page is full.
    starts = rows[:-50] or rows
    sinces = random.sample(starts, min(VARIANTS, len(starts)))
    by_id = [{"id": f"cus_{row['id'].hex}"} for row in ids]
    by_time = [{"since": row["created_at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ")} for row in sinces]
    return {query.name: by_id if "$id" in query.document else by_time for query in QUERIES}
