"""The schema that is made of a registry."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    get_introspection_query,
    graphql_sync,
    parse,
    validate,
)

from serai.graph.compose import NameCollision, compose, name_collisions
from serai.graph.registry import Registry

GOLDEN = Path(__file__).parent / "inns.graphql"


def test_sdl_is_the_golden_one(inns: Registry) -> None:
    sdl = compose(inns).sdl
    if os.environ.get("SERAI_GOLDEN") == "write":
        GOLDEN.write_text(sdl, encoding="utf-8")
    assert sdl == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("seed", range(5))
def test_order_of_declarations_does_not_show(
    inns: Registry, shuffle: Callable[[Registry, int], Registry], seed: int
) -> None:
    sdl = compose(inns).sdl
    subgraph = compose(inns, federation=True).subgraph_sdl
    mixed = shuffle(inns, seed)
    assert compose(mixed).sdl == sdl
    assert compose(mixed, federation=True).subgraph_sdl == subgraph


def test_sdl_is_the_same_with_and_without_federation(inns: Registry) -> None:
    assert compose(inns, federation=True).sdl == compose(inns).sdl


def test_sdl_can_be_read_back(inns: Registry) -> None:
    build_schema(compose(inns).sdl)


def test_subgraph_has_keys_links_and_shares_page_info(inns: Registry) -> None:
    sdl = compose(inns).subgraph_sdl
    assert 'type Inn implements Node @key(fields: "id") {' in sdl
    assert 'type Bunk implements Node & Bed @key(fields: "id") {' in sdl
    assert "type PageInfo @shareable {" in sdl
    assert 'url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"]' in sdl
    assert "union _Entity = Bunk | Inn" in sdl
    assert "_entities(representations: [_Any!]!): [_Entity]!" in sdl
    assert "_service: _Service!" in sdl
    assert "beds(" in sdl


def test_everything_is_described(inns: Registry) -> None:
    core = compose(inns).core
    silent: list[str] = []
    for name, type_ in core.type_map.items():
        if name.startswith("__"):
            continue
        if not type_.description:
            silent.append(name)
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for key, field in type_.fields.items():
                if not field.description:
                    silent.append(f"{name}.{key}")
                for argument, given in getattr(field, "args", {}).items():
                    if not given.description:
                        silent.append(f"{name}.{key}({argument}:)")
        if isinstance(type_, GraphQLEnumType):
            silent.extend(f"{name}.{key}" for key, value in type_.values.items() if not value.description)
    assert silent == []


def test_introspection_is_answered_by_graphql_core(inns: Registry) -> None:
    composed = compose(inns)
    answer = graphql_sync(
        composed.core, get_introspection_query(descriptions=True, input_value_deprecation=True)
    )
    assert answer.errors is None
    assert answer.data is not None
    types = {one["name"] for one in answer.data["__schema"]["types"]}
    assert {"Inn", "BedConnection", "BedWhere", "BedLinks", "BedOrderBy", "MoneyFilter"} <= types
    asked = graphql_sync(
        composed.core, '{ a: __type(name: "BedOrderBy") { isOneOf } b: __type(name: "BedWhere") { isOneOf } }'
    )
    assert asked.data == {"a": {"isOneOf": True}, "b": {"isOneOf": False}}


def test_an_element_of_order_by_names_one_field(inns: Registry) -> None:
    core = compose(inns).core
    two = validate(core, parse("{ beds(orderBy: [{id: ASC, colour: DESC}]) { totalCount } }"))
    assert len(two) == 1
    assert (
        "must specify exactly one key" in re.sub(r"\s+", " ", two[0].message)
        or "exactly one" in two[0].message
    )
    assert (
        validate(
            core, parse("{ beds(orderBy: [{id: ASC}, {inn: {place: {address: DESC}}}]) { totalCount } }")
        )
        == []
    )


def test_a_derived_name_that_is_taken_names_both_owners(inns: Registry) -> None:
    inns.enums["InnEdge"] = inns.enums["Colour"]
    assert [one.name for one in name_collisions(inns)] == ["InnEdge"]
    with pytest.raises(
        NameCollision, match=r"InnEdge is made twice: from .*conftest.* and test 1.0 \(entities.py:1\)"
    ):
        compose(inns)


def test_a_name_of_serai_itself_cannot_be_taken(inns: Registry) -> None:
    inns.enums["PageInfo"] = inns.enums["Colour"]
    with pytest.raises(NameCollision, match="PageInfo is made twice: from Serai itself and"):
        compose(inns)


def test_two_schemas_live_side_by_side(inns: Registry, ring: Callable[[int], Registry]) -> None:
    first = compose(inns)
    text = first.sdl
    second = compose(ring(3))
    assert "Inn" not in second.core.type_map
    assert compose(inns).sdl == text
    assert first.core.type_map["PageInfo"] is not second.core.type_map["PageInfo"]


def test_three_hundred_entities_compose_in_time(ring: Callable[[int], Registry]) -> None:
    registry = ring(300)
    start = time.process_time()
    composed = compose(registry)
    assert time.process_time() - start < 3
    assert len(composed.core.type_map) > 1800
