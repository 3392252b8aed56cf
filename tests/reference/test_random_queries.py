"""The engine answers random queries as the reference does, to every kind of viewer."""

from __future__ import annotations

import sys
from random import Random, SystemRandom

import pytest

from .features import FEATURES, FORMS
from .house import OPERATOR, House, other_viewers
from .nouns import LISTS, LOOKUPS, NOUNS
from .trials import Trials

QUERIES = 500
SHOWN = 3
FIELDS_ASKED_ELSEWHERE = frozenset(
    (
        ("Customer", "duplicates"),
        ("Customer", "personalData"),
        ("FormVersion", "answerStatistics"),
        ("FormVersion", "jsonSchema"),
        ("LedgerAccount", "balance"),
        ("CapacityResource", "left"),
        ("Webhook", "secrets"),
    )
)
"""Fields that Python computes and that have tests of their own."""
ASKED_ELSEWHERE = frozenset(("plugins", "customerDuplicates", "eventTypes", "listeners", "webhookDryRun"))
"""Fields about the platform itself, which no row is behind."""


async def agree(trials: Trials, queries: int) -> None:
    disagreements = []
    for number in range(queries):
        try:
            trial = await trials.at(number)
        except Exception as error:
            error.add_note(f"seed {trials.seed}, query {number}")
            raise
        if trial.differences:
            disagreements.append(trial)
    reports = [await trials.report(one) for one in disagreements[:SHOWN]]
    assert not disagreements, f"{len(disagreements)} of {queries} queries\n\n" + "\n\n".join(reports)


async def test_engine_and_reference_agree(trials: Trials, capfd: pytest.CaptureFixture[str]) -> None:
    await agree(trials, QUERIES)
    with capfd.disabled():
        print(f"\n{trials.counts()}", file=sys.stderr)
    coverage, tally = trials.generator.coverage, trials.tally
    assert tally.fast == tally.queries
    assert not coverage.rare(20)
    assert not coverage.missing()
    for name in trials.viewers:
        assert tally.non_empty[name] >= 0.7 * tally.queries, name
        assert name == OPERATOR or tally.unlike_operator[name] >= 0.2 * tally.queries, name


@pytest.mark.fuzz
@pytest.mark.parametrize("round_", range(12))
async def test_engine_and_reference_agree_for_anybody(
    house: House, round_: int, capfd: pytest.CaptureFixture[str]
) -> None:
    seed = SystemRandom().randrange(1_000_000)
    trials = Trials(house, seed, other_viewers(house.reference.tables, Random(seed)))
    await agree(trials, QUERIES)
    with capfd.disabled():
        print(f"\n{trials.counts()}", file=sys.stderr)


def test_the_reference_knows_every_field(house: House) -> None:
    for name, entity in house.registry.entities.items():
        asked = {field for noun, field in FIELDS_ASKED_ELSEWHERE if noun == name}
        assert set(entity.fields) == {"id", *NOUNS[name], *asked}, name
    assert set(house.registry.entities) == set(NOUNS)
    assert set(house.registry.queries) - ASKED_ELSEWHERE == {*LISTS, *LOOKUPS, "viewer"}


def test_all_features_are_told_apart() -> None:
    assert len({*FEATURES, *FORMS}) == len(FEATURES) + len(FORMS)
