"""The caches of documents and plans are bounded, in entries and in weight."""

from __future__ import annotations

from serai.graph.documents import Recent


def test_what_was_not_used_for_longest_makes_room() -> None:
    recent: Recent[str, int] = Recent(2, weight_limit=100)
    recent.put("a", 1, weight=1)
    recent.put("b", 2, weight=1)
    assert recent.get("a") == 1
    recent.put("c", 3, weight=1)
    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (1, None, 3)


def test_the_sum_of_weights_stays_within_its_limit() -> None:
    recent: Recent[int, int] = Recent(1000, weight_limit=10)
    for number in range(100):
        recent.put(number, number, weight=3)
        assert recent.weight <= 10
    assert len(recent) == 3


def test_what_alone_is_too_heavy_is_not_kept_and_pushes_nothing_out() -> None:
    recent: Recent[str, int] = Recent(10, weight_limit=10)
    recent.put("light", 1, weight=2)
    recent.put("heavy", 2, weight=11)
    assert recent.get("heavy") is None
    assert recent.get("light") == 1


def test_a_value_put_again_counts_once() -> None:
    recent: Recent[str, int] = Recent(10, weight_limit=10)
    for value in range(5):
        recent.put("same", value, weight=6)
    assert (recent.get("same"), recent.weight, len(recent)) == (4, 6, 1)
