"""The page on the life of a transaction says what is declared, and nothing else."""

from __future__ import annotations

from pathlib import Path

from serai.core.transactions.states import TRANSITIONS, Transition

PAGE = Path(__file__).parents[3] / "docs/explanation/the-life-of-a-transaction.md"


def _row(one: Transition) -> str:
    who = ", ".join((*(f"its {party}" for party in one.parties), "staff"))
    before = ", ".join(f"`{state.value}`" for state in one.before)
    return f"| `transaction{one.verb.title()}` | {before} | `{one.after.value}` | {who} | `{one.event}` |"


def test_the_page_has_one_row_for_each_declared_transition_and_no_other() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert rows == [_row(one) for one in TRANSITIONS]
