"""New ids: version 7, in the order they were made."""

from __future__ import annotations

from serai.storage import new_id


def test_ids_are_version_7_unique_and_ordered() -> None:
    ids = [new_id() for _ in range(10_000)]
    assert {made.version for made in ids} == {7}
    assert len(set(ids)) == len(ids)
    assert sorted(ids) == ids
