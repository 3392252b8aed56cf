"""The queries that are measured, who asks them, and the variables they are sent with.

Each has enough distinct sets of variables that no answer is met twice soon. Those that end in `m` are asked by a
provider's member, whose access rules stand in the statements; the others by an operator, who may see everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

import asyncpg

VARIANTS = 2_000
SEED = 20_260_101


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One query: its root field, its document as Serai is asked it, and who asks."""

    name: str
    title: str
    root: str
    document: str
    viewer: Literal["operator", "member"] = "operator"
    is_mutation: bool = False

    @property
    def plain_name(self) -> str:
        """The name without the mark of who asks: `Q3` of `Q3m`."""
        return self.name.removesuffix("m")


Q1 = """query Q1($id: ID!) {
  customer(id: $id) { id name email locale createdAt }
}"""

CUSTOMERS = "customers(first: {first}, where: {{createdAt: {{gte: $since}}}}, orderBy: [{{createdAt: ASC}}])"
CUSTOMERS_OF_MEMBER = "customers(first: {first}, where: {{name: {{gte: $from}}}}, orderBy: [{{name: ASC}}])"

Q2 = """%s {
  %s {
    nodes { id name }
  }
}"""

Q3 = """%s {
  %s {
    nodes {
      id
      name
      transactions(first: 5) {
        nodes { id number status channel placedAt total { amount currency } scenario { id name } }
      }
    }
  }
}"""

Q4 = """%s {
  %s {
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
}"""

Q5 = """query %s($from: DateTime!, $until: DateTime!) {
  transactions(
    first: 50
    where: {status: {eq: FULFILLED}, placedAt: {gte: $from, lt: $until}}
    orderBy: [{placedAt: DESC}]
  ) {
    totalCount
    nodes { id number placedAt total { amount currency } customer { id name } }
  }
}"""

Q6 = """query %s($from: DateTime!, $until: DateTime!) {
  transactions(where: {placedAt: {gte: $from, lt: $until}}) {
    groups(by: [{channel: true}], orderBy: [{keys: {channel: ASC}}], first: 20) {
      nodes { keys { channel } aggregate { count sum { total { amount currency } } } }
    }
  }
}"""

M1 = """mutation M1($customer: ID!, $scenario: ID!, $budget: MoneyInput!) {
  demandOpen(input: {customer: $customer, scenario: $scenario, budget: $budget}) {
    demand { id status budget { amount currency } scenario { id name } }
    userErrors { code message }
  }
}"""


def _list(text: str, name: str, first: int) -> str:
    """A list of customers, of an operator by when they came, of a member by name: it does not see when they came."""
    if name.endswith("m"):
        return text % (f"query {name}($from: String!)", CUSTOMERS_OF_MEMBER.format(first=first))
    return text % (f"query {name}($since: DateTime!)", CUSTOMERS.format(first=first))


PLAIN = (
    ("Q1", "one customer by id, 5 fields", "customer", Q1),
    ("Q2", "50 customers, 2 fields", "customers", _list(Q2, "Q2", 50)),
    ("Q3", "20 customers x latest 5 transactions x scenario, channel", "customers", _list(Q3, "Q3", 20)),
    (
        "Q4",
        "20 customers x 5 demands x 3 transactions x scenario, with totals",
        "customers",
        _list(Q4, "Q4", 20),
    ),
    ("Q5", "filtered, ordered, 50 rows with customer, total", "transactions", Q5 % "Q5"),
    ("Q6", "sum and count by channel over a month", "transactions", Q6 % "Q6"),
)

OF_MEMBER = {
    "Q1": Q1.replace("Q1", "Q1m"),
    "Q2": _list(Q2, "Q2m", 50),
    "Q3": _list(Q3, "Q3m", 20),
    "Q4": _list(Q4, "Q4m", 20),
    "Q5": Q5 % "Q5m",
    "Q6": Q6 % "Q6m",
}

QUERIES = (
    *(Query(name=name, title=title, root=root, document=document) for name, title, root, document in PLAIN),
    *(
        Query(name=f"{name}m", title=title, root=root, document=OF_MEMBER[name], viewer="member")
        for name, title, root, _ in PLAIN
    ),
    # The last one, since it is the one that leaves something behind.
    Query(name="M1", title="insert one demand", root="demandOpen", document=M1, is_mutation=True),
)

DEALT_WITH = """
select c.id
from core_customer c
where exists (
  select 1
  from core_transaction t
  join core_provider_member m on m.provider_id = t.provider_id
  where t.customer_id = c.id
    and t.status in ('PLACED', 'CONFIRMED')
)
order by c.id
"""


async def variable_sets(dsn: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """For each query up to 2,000 distinct sets of variables, the same for the same database."""
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(
            "select id, created_at, name from core_customer order by created_at, id"
        )
        dealt_with = await connection.fetch(DEALT_WITH)
        scenarios = await connection.fetch("select id from core_scenario order by id")
        first, last = await connection.fetchrow("select min(placed_at), max(placed_at) from core_transaction")
    finally:
        await connection.close()
    random = Random(SEED)
    ids = random.sample(rows, min(VARIANTS, len(rows)))
    # The last ones are left out so that every page is full.
    starts = rows[:-50] or rows
    sinces = random.sample(starts, min(VARIANTS, len(starts)))
    month = timedelta(days=30)
    span = max((last - first - month).total_seconds(), 1.0)
    months = [first + timedelta(seconds=random.random() * span) for _ in range(VARIANTS)]
    by_id = [{"id": f"cus_{row['id'].hex}"} for row in ids]
    by_time = [{"since": _instant(row["created_at"])} for row in sinces]
    # Names are few and customers of a name are many: a cut name starts in the middle.
    by_name = [
        {"from": row["name"][: random.randint(1, 3)]} for row in random.sample(rows, min(VARIANTS, len(rows)))
    ]
    by_month = [{"from": _instant(at), "until": _instant(at + month)} for at in months]
    member_ids = [{"id": f"cus_{row['id'].hex}"} for row in dealt_with[:VARIANTS]] or by_id
    found: dict[str, Sequence[Mapping[str, Any]]] = {}
    for query in QUERIES:
        if query.is_mutation:
            found[query.name] = [
                {
                    "customer": one["id"],
                    "scenario": f"scn_{random.choice(scenarios)['id'].hex}",
                    "budget": {"amount": f"{random.randint(1, 400)}.00", "currency": "EUR"},
                }
                for one in by_id
            ]
        elif query.plain_name == "Q1":
            found[query.name] = by_id if query.viewer == "operator" else member_ids
        elif query.plain_name in ("Q2", "Q3", "Q4"):
            found[query.name] = by_time if query.viewer == "operator" else by_name
        else:
            found[query.name] = by_month
    return found


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
