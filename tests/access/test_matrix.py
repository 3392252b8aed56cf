"""Every kind of viewer sees by every path to every noun what the table of rights says, and nothing else."""

from __future__ import annotations

import json

import pytest

from serai.graph.registry import (
    BatchedField,
    EntityShape,
    ListShape,
    RootConnection,
    RootQuery,
    Shape,
    ValueShape,
)

from .expectations import ARGUMENTS, BATCHED, MAY_ASK, MAY_CALL, NOUNS, QUERIES, TIMELINES, Eye
from .matrix import Matrix


@pytest.mark.parametrize("noun", sorted(NOUNS))
async def test_everybody_sees_what_the_table_says(matrix: Matrix, noun: str) -> None:
    cells = [cell for cell in matrix.cells if cell.noun == noun]
    found = [one async for one in matrix.differences(cells)]
    assert not found, f"{len(found)} of {len(cells) * len(matrix.viewers)} cells:\n" + "\n".join(
        map(str, found[:12])
    )


async def test_what_python_asks_about_is_what_the_table_says(matrix: Matrix) -> None:
    """``ctx.visible``: which rows a field that found them by itself may tell of."""
    engine = matrix.engine()
    for name, viewer in matrix.viewers.items():
        eye = Eye(viewer, matrix.world, NOUNS)
        for noun in NOUNS:
            rows = matrix.world.rows(noun)
            seen = await engine.visible(viewer, noun, [row["id"] for row in rows])
            assert seen == {row["id"] for row in rows if eye.sees(noun, row)}, (name, noun)


def test_every_noun_has_an_expectation(matrix: Matrix) -> None:
    assert set(NOUNS) == set(matrix.platform.assembly.registry.entities)


def test_every_guarded_field_has_an_expectation_and_nothing_else(matrix: Matrix) -> None:
    guarded = {
        (entity.name, one.name)
        for entity in matrix.platform.assembly.registry.entities.values()
        for one in entity.fields.values()
        if one.guard is not None
    }
    assert guarded == {(noun, name) for noun, expected in NOUNS.items() for name in expected.fields}


def test_everything_python_answers_with_rows_has_an_expectation(matrix: Matrix) -> None:
    registry = matrix.platform.assembly.registry
    fields = {
        (entity.name, one.name)
        for entity in registry.entities.values()
        for one in entity.fields.values()
        if isinstance(one, BatchedField) and _leads_to_rows(one.shape)
    }
    queries = {
        name
        for name, root in registry.queries.items()
        if isinstance(root, RootQuery) and _leads_to_rows(root.shape)
    }
    assert fields == set(BATCHED) | set(TIMELINES)
    assert queries == {*QUERIES, *MAY_ASK}
    assert set(registry.mutations) == set(MAY_CALL)


async def test_pairs_that_may_be_one_are_for_who_may_merge(matrix: Matrix) -> None:
    """And of a pair everybody sees those customers that it sees anyway."""
    document = "{ customerDuplicates(by: PHONE) { customer { id } other { id } } }"
    engine = matrix.engine()
    rows = matrix.world.rows("Customer")
    pairs = [(a, b) for a in rows for b in rows if a["id"] < b["id"] and a["phone_e164"] == b["phone_e164"]]
    assert pairs
    for name, viewer in matrix.viewers.items():
        eye = Eye(viewer, matrix.world, NOUNS)
        answer = json.loads((await engine.execute(document, {}, None, viewer)).body)
        if not MAY_ASK["customerDuplicates"](eye):
            assert [one["extensions"]["code"] for one in answer["errors"]] == ["FORBIDDEN"], name
            continue
        expected = [
            tuple({"id": f"cus_{one['id'].hex}"} if eye.sees("Customer", one) else None for one in pair)
            for pair in pairs
        ]
        assert [
            (one["customer"], one["other"]) for one in answer["data"]["customerDuplicates"]
        ] == expected, name


def test_every_argument_of_a_root_connection_has_an_expectation(matrix: Matrix) -> None:
    assert set(ARGUMENTS) == {
        (root.name, argument)
        for root in matrix.platform.assembly.registry.queries.values()
        if isinstance(root, RootConnection)
        for argument in root.arguments
    }


def test_every_noun_has_rows_that_somebody_sees_and_somebody_does_not(matrix: Matrix) -> None:
    eyes = [Eye(viewer, matrix.world, NOUNS) for viewer in matrix.viewers.values()]
    for noun in NOUNS:
        told = {eye.sees(noun, row) for row in matrix.world.rows(noun) for eye in eyes}
        assert told == {True, False}, noun


def test_every_guarded_field_is_shown_to_somebody_and_hidden_from_somebody_who_sees_the_row(
    matrix: Matrix,
) -> None:
    eyes = [Eye(viewer, matrix.world, NOUNS) for viewer in matrix.viewers.values()]
    for noun, expected in NOUNS.items():
        for name in expected.fields:
            told = {
                eye.shown(noun, name, row)
                for row in matrix.world.rows(noun)
                for eye in eyes
                if eye.sees(noun, row)
            }
            assert told == {True, False}, f"{noun}.{name}"


def _leads_to_rows(shape: Shape) -> bool:
    match shape:
        case EntityShape():
            return True
        case ListShape(item=item):
            return _leads_to_rows(item)
        case ValueShape(value=value):
            return any(_leads_to_rows(part.shape) for part in value.parts.values())
        case _:
            return False
