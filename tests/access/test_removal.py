"""No rule is there for nothing: whichever is taken away, or any part of it, the matrix shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

import serai.graph.objects
import serai.graph.order
import serai.graph.plan
import serai.graph.where
from serai_sdk import anyone

from .cells import Cell
from .expectations import NOUNS
from .faults import lost_guard, lost_inverse_guard, lost_rule
from .matrix import Difference, Matrix
from .mutants import Mutant, changed, mutants

INERT = {
    # a customer sees no other customer, so nor its inviter
    "Customer.inviter: without Own(column='id', viewer='customer_id')",
    # whoever may see all accounts sees what moved them; told apart, so that no account has to be looked at
    "LedgerTransfer: without HasPermission(name='ledger:read')",
    # the same of holds and what they claim
    "CapacityHold: without HasPermission(name='capacity:read')",
}
"""Parts of rules that change nothing as things are: what they would show is hidden by another rule."""

MODULES = {
    "objects": serai.graph.objects,
    "order": serai.graph.order,
    "plan": serai.graph.plan,
    "where": serai.graph.where,
}


@pytest.mark.parametrize("noun", sorted(NOUNS))
async def test_a_rule_less_any_of_its_parts_is_found(matrix: Matrix, noun: str) -> None:
    entity = matrix.platform.assembly.registry.entities[noun]
    tried = [one for one in mutants(entity) if str(one) not in INERT]
    unnoticed = [str(one) for one in tried if await _found(matrix, one) is None]
    assert tried
    assert not unnoticed, f"{len(unnoticed)} of {len(tried)} changes are not noticed:\n" + "\n".join(
        unnoticed
    )


async def test_a_mutation_anybody_may_call_is_found(matrix: Matrix) -> None:
    registry = matrix.platform.assembly.registry
    for name, source in list(registry.mutations.items()):
        cells = [cell for cell in matrix.cells if cell.path.startswith(f"payload: {name}.")]
        registry.mutations[name] = replace(source, access=anyone())
        try:
            assert await _first(matrix, cells), name
        finally:
            registry.mutations[name] = source


@pytest.mark.parametrize(
    ("module", "name", "faulty", "kinds"),
    [
        ("where", "link_condition", lost_inverse_guard, {"filter"}),
        ("objects", "link_condition", lost_inverse_guard, {"links"}),
        ("where", "visible", lost_rule, {"filter"}),
        ("objects", "visible", lost_rule, {"links"}),
        ("order", "visible", lost_rule, {"order"}),
        ("plan", "visible", lost_rule, {"root connection"}),
        ("plan", "visible", lost_rule, {"root lookup"}),
        ("plan", "visible", lost_rule, {"search"}),
        ("objects", "link_condition", lost_inverse_guard, {"search"}),
        ("where", "allowed", lost_guard, {"filter"}),
        ("objects", "allowed", lost_guard, {"fields"}),
        ("objects", "allowed", lost_guard, {"links"}),
        ("order", "allowed", lost_guard, {"order"}),
        ("plan", "obeyed", lost_rule, {"nodes"}),
        ("plan", "obeyed", lost_rule, {"node"}),
        ("plan", "obeyed", lost_rule, {"payload"}),
    ],
)
async def test_a_path_that_forgets_the_rules_is_found(
    matrix: Matrix,
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    name: str,
    faulty: Callable[..., str],
    kinds: set[str],
) -> None:
    monkeypatch.setattr(MODULES[module], name, faulty)
    assert await _first(matrix, [cell for cell in matrix.cells if cell.kind in kinds])


async def _found(matrix: Matrix, mutant: Mutant) -> Difference | None:
    """Where the change shows: looked for among the cells of its own noun, then among all."""
    own = [cell for cell in matrix.cells if _concerns(cell, mutant)]
    other = [cell for cell in matrix.cells if not _concerns(cell, mutant)]
    with changed(matrix.platform.assembly.registry, mutant):
        return await _first(matrix, own) or await _first(matrix, other)


def _concerns(cell: Cell, mutant: Mutant) -> bool:
    if mutant.field is None:
        return cell.noun == mutant.entity and cell.kind in ("nodes", "root connection")
    return cell.noun == mutant.entity and mutant.field in cell.path


async def _first(matrix: Matrix, cells: list[Cell]) -> Difference | None:
    async for found in matrix.differences(cells):
        return found
    return None
