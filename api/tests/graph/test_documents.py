"""Documents are read without their places in the text, and kept within bounds of entries and weight."""

from __future__ import annotations

from graphql import GraphQLError, build_schema

from serai.graph.documents import Document, Recent, located, read_document
from serai.graph.proving import Proving


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


def test_documents_are_kept_without_their_places_in_the_text_and_errors_tell_them_nevertheless() -> None:
    proving = Proving(build_schema("type Query { one(of: Int): Int }"))
    text = "query A { one }\nquery B($n: Int) { one(of: $n) }"
    read = read_document(text, proving, hide_suggestions=True)
    assert isinstance(read, Document)
    assert {one.loc for one in (read.node, *read.node.definitions)} == {None}
    found = located(text, "B")
    assert found.loc is not None
    assert text[found.loc.start : found.loc.end] == "query B($n: Int) { one(of: $n) }"
    refused = read_document("{ one\n  two }", proving, hide_suggestions=True)
    assert isinstance(refused, list)
    (error,) = refused
    assert isinstance(error, GraphQLError)
    assert [tuple(place) for place in error.locations or ()] == [(2, 3)]


def test_what_is_too_much_to_validate_is_told_with_what_to_do() -> None:
    proving = Proving(build_schema("type Query { one(of: Int): Query two: Int }"))
    for text in ("{ " + "one(of: 1) { two } " * 600 + "}", "{ " + "two " * 4_000 + "}"):
        refused = read_document(text, proving, hide_suggestions=True)
        assert isinstance(refused, list)
        (error,) = refused
        assert error.message.startswith("The document was too much work to validate")
        assert error.extensions == {
            "hint": "ask for each field once in a place, and for less in one operation"
        }
