"""What is proven valid is valid: graphql-core's own validation is the judge of random documents, and of each rule."""

from __future__ import annotations

import re
from random import Random

import pytest
from graphql import GraphQLError, build_schema, parse, validate

from serai.graph.proving import MOST_MERGED, MOST_NESTED, Proving

SCHEMA = build_schema(
    """
    directive @mark(key: String!, weight: Int = 1) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
    directive @label(text: String) on FIELD
    scalar Any
    enum Colour { RED GREEN }
    input Range { from: Int! to: Int = 9 }
    input Filter { range: Range colours: [Colour!] and: [Filter!] name: String any: Any }
    input Choice @oneOf { id: ID name: String ranges: [Range!] }
    interface Named { name(style: Colour = RED): String }
    type Cat implements Named { id: ID! name(style: Colour = RED): String lives: Int! friend: Pet }
    type Dog implements Named { id: ID! name(style: Colour = RED): String lives: Int cat(id: ID!): Cat }
    union Pet = Cat | Dog
    type Rock { id: ID! }
    type Query {
      cats(first: Int! = 5, where: Filter): [Cat!]!
      pick(by: Choice!, tags: [[String!]]): Pet
      named(colour: Colour, any: Any): Named
      rock: Rock
    }
    type Mutation { feed(id: ID!, grams: Float): Cat }
    type Subscription { fed: Cat }
    """
)
VALID = (
    "{ cats { id name } }",
    "query A($n: Int! = 3, $f: Filter) { cats(first: $n, where: $f) { __typename id other: id friend { ...P } } }"
    " fragment P on Pet { ... on Cat { lives } ... on Dog { name(style: GREEN) } }",
    "query($c: [Colour!], $to: Int) { cats(where: {range: {from: 1, to: $to}, colours: $c, and: {name: null}}) { id }}",
    'query Q($id: ID!, $on: Boolean!) { pick(by: {id: $id}, tags: [["a"], null]) { ...D @skip(if: $on) } }'
    " fragment D on Dog { id id lives cat(id: $id) { lives } }",
    '{ named(colour: RED, any: "x") { name ... @include(if: true) { name } ... on Dog { cat(id: 4) { id } } } }',
    'mutation M($g: Float) { feed(id: "a", grams: $g) @mark(key: "k") { id } again: feed(id: 2, grams: 2) { id } }',
    "query A { ...R } query B { ...R } fragment R on Query { rock { id } ...S } fragment S on Query { r: rock { id } }",
    'query($r: Range!) { pick(by: {ranges: [$r, {from: 2}]}) { __typename } rock { id @label(text: "a") } }',
    "query($n: Int, $first: Int = 2) { cats(first: $first, where: {range: {from: 3, to: $n}, any: 4.5}) { id } }",
)
INVALID = (
    "{ cats { lives purr } }",
    "{ cats }",
    "{ cats { id { name } } }",
    "{ cats(first: null) { id } }",
    "{ cats(first: 1, first: 1) { id } }",
    "{ cats(last: 1) { id } }",
    '{ cats(first: "1") { id } }',
    "{ cats(first: 99999999999) { id } }",
    "{ cats(where: {range: {to: 1}}) { id } }",
    "{ cats(where: {range: 1}) { id } }",
    '{ cats(where: {name: "a", name: "b"}) { id } }',
    "{ cats(where: {colours: [RED, BLUE]}) { id } }",
    "{ cats(where: {colours: [null]}) { id } }",
    "{ cats(where: {size: 1}) { id } }",
    "{ pick { __typename } }",
    "{ pick(by: {}) { __typename } }",
    '{ pick(by: {id: 1, name: "a"}) { __typename } }',
    "{ pick(by: {id: null}) { __typename } }",
    "{ pick(by: {id: 1}) { id } }",
    "{ rock { id @include } }",
    "{ rock { id @include(if: 1) } }",
    "{ rock { id @include(if: true) @include(if: true) } }",
    "{ rock { id @nowhere } }",
    'query @mark(key: "a") { rock { id } }',
    "{ rock { id @mark } }",
    "{ rock { id } } query B { rock { id } }",
    "query A { rock { id } } query A { rock { id } }",
    "query($a: Int) { rock { id } }",
    "query($a: Int, $a: Int) { cats(first: $a) { id } }",
    "query($a: Int) { cats(first: 1, where: {colours: $a}) { id } }",
    "query($a: String) { cats(where: {range: {from: $a}}) { id } }",
    "query($a: Int) { cats(where: {range: {from: $a}}) { id } }",
    "query($a: Cat) { cats(where: $a) { id } }",
    "query($a: Nothing) { cats(where: $a) { id } }",
    "query($a: Int! = null) { cats(first: $a) { id } }",
    "query($a: Filter = {range: {}}) { cats(where: $a) { id } }",
    "{ cats(first: $a) { id } }",
    "{ ...F } fragment F on Query { cats(first: $a) { id } }",
    "query($a: Int!) { ...F } query B { ...F } fragment F on Query { cats(first: $a) { id } }",
    "{ ...F }",
    "{ rock { id } } fragment F on Rock { id }",
    "{ rock { ...F } } fragment F on Rock { id } fragment F on Rock { id }",
    "{ rock { ...F } } fragment F on Rock { id ...G } fragment G on Rock { ...F }",
    "{ rock { ...F } } fragment F on Cat { id }",
    "{ rock { ... on Cat { id } } }",
    "{ rock { ... on Int { id } } }",
    "{ rock { ... on Nothing { id } } }",
    "{ rock { ...F } } fragment F on Colour { id }",
    "{ cats { x: id x: name } }",
    "{ cats { name name(style: GREEN) } }",
    "{ rock { id } rock: cats { id } }",
    "{ cats { friend { ... on Cat { x: lives } ... on Dog { x: lives } } } }",
    "{ cats { ...F id: name } } fragment F on Cat { id }",
    "{ cats { ... { ... { id: name } } id } }",
    "subscription { fed { id } fed2: fed { id } }",
    "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
    "type Cow { id: ID }",
    "mutation { milk }",
)


@pytest.mark.parametrize("text", VALID)
def test_ordinary_documents_are_proven(text: str) -> None:
    document = parse(text)
    assert validate(SCHEMA, document) == []
    assert Proving(SCHEMA).proves(document)


@pytest.mark.parametrize("text", INVALID)
def test_what_breaks_a_rule_is_not_proven(text: str) -> None:
    document = parse(text)
    assert validate(SCHEMA, document) != []
    assert not Proving(SCHEMA).proves(document)


def test_what_graphql_core_might_find_too_large_is_left_to_it() -> None:
    proving = Proving(SCHEMA)
    chain = " ".join(
        f"fragment F{number} on Query {{ ...F{number + 1} }}" for number in range(MOST_NESTED + 1)
    )
    assert not proving.proves(
        parse(f"{{ ...F0 }} {chain} fragment F{MOST_NESTED + 1} on Query {{ rock {{ id }} }}")
    )
    assert proving.proves(parse("{ rock { id " + "id " * MOST_MERGED + "} }"))
    assert not proving.proves(parse("{ rock { id " + "id " * (MOST_MERGED + 1) + "} }"))
    doubling = " ".join(
        f"fragment F{number} on Query {{ {f'...F{number + 1} ' * 100} }}" for number in range(40)
    )
    assert not proving.proves(parse(f"{{ ...F0 }} {doubling} fragment F40 on Query {{ rock {{ id }} }}"))


def test_no_random_change_makes_an_invalid_document_proven() -> None:
    """Tokens are dropped, doubled, swapped and taken from elsewhere; both verdicts have to be met often."""
    draw = Random(5)
    proving = Proving(SCHEMA)
    texts = [re.findall(r'"[^"]*"|\w+|\.\.\.|[^\s\w]', text) for text in VALID]
    pool = re.findall(r'"[^"]*"|\w+', " ".join(VALID + INVALID))
    proven = unproven = 0
    for _ in range(5_000):
        tokens = list(draw.choice(texts))
        for _ in range(draw.choice((1, 1, 1, 2, 3))):
            at = draw.randrange(len(tokens))
            other = draw.randrange(len(tokens))
            match draw.choice((0, 1, 2, 3, 3, 3)):
                case 0:
                    tokens[at : at + draw.randint(1, 3)] = []
                    tokens = tokens or ["{"]
                case 1:
                    tokens[at:at] = tokens[other : other + draw.randint(1, 6)]
                case 2:
                    tokens[at], tokens[other] = tokens[other], tokens[at]
                case _:
                    tokens[at] = draw.choice(pool)
        text = " ".join(tokens)
        try:
            document = parse(text)
        except GraphQLError:
            continue
        if proving.proves(document):
            proven += 1
            assert validate(SCHEMA, document) == [], text
        else:
            unproven += 1
    assert proven > 100
    assert unproven > 500
