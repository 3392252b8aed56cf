"""Each fault planted in the planner shows within 500 queries: had it been there, it would have been found."""

from __future__ import annotations

import sys

import pytest

from .comparison import difference
from .faults import FAULTS, Fault
from .house import House
from .test_random_queries import QUERIES
from .trials import Trials

SEED = 1
QUICK = frozenset(
    (
        "a lost coalesce",
        "a lost guard of a selected field",
        "a lost rule of the rows of a list",
        "a plan kept for other permissions",
        "an order without the id",
        "every as some",
        "kinds of offer joined strictly",
        "no rows known beyond a cursor",
        "sums that forget the rules of their rows",
    )
)
"""Found after a few queries: planted by `make test`; all of them by `make prove`."""


@pytest.fixture(scope="module")
def trials(house: House) -> Trials:
    """Always the same queries: whether a fault shows is no matter of luck."""
    return Trials(house, SEED, house.viewers)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(
            fault, id=fault.name.replace(" ", "_"), marks=() if fault.name in QUICK else pytest.mark.slow
        )
        for fault in FAULTS
    ],
)
async def test_a_planted_fault_is_found(
    house: House, trials: Trials, fault: Fault, capfd: pytest.CaptureFixture[str]
) -> None:
    engine = house.new_engine()
    agrees = house.reference.marks.agrees
    for number in range(QUERIES):
        trial = await trials.at(number)
        if trial.differences:
            continue
        with fault.planted():
            answers = await trials.ask(engine, trial.query)
        for name, answer in answers.items():
            if difference(trial.expected[name], answer, agrees) is not None:
                with capfd.disabled():
                    print(f"\n{fault.name}: found after {number + 1} queries", file=sys.stderr)
                return
    pytest.fail(f"seed {trials.seed}: {fault.name} was not found in {QUERIES} queries")


def test_what_make_test_plants_is_among_them() -> None:
    assert {fault.name for fault in FAULTS} > QUICK
