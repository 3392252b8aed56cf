"""Canary: what we rely on in Strawberry without its documentation saying so; should it fail, mend the seam."""

from __future__ import annotations

import strawberry
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from serai.graph.compose import compose
from serai.graph.registry import Registry
from serai.graph.strawberry_schema import _Plain, _Subgraph


def test_strawberry_asks_get_fields_for_the_fields_of_each_type(inns: Registry) -> None:
    asked: list[str] = []

    class Watched(strawberry.Schema):
        def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
            asked.append(type_definition.name)
            return super().get_fields(type_definition)

    @strawberry.type
    class Query:
        name: str = "x"

    Watched(Query)
    assert asked == ["Query"], "Schema.get_fields is no longer what Strawberry takes fields from"


def test_both_schemas_take_their_fields_from_us(inns: Registry) -> None:
    for federation, kind in ((False, _Plain), (True, _Subgraph)):
        composed = compose(inns, federation=federation)
        assert isinstance(composed.strawberry, kind)
        definition = composed.strawberry.get_type_by_name("Inn")
        assert isinstance(definition, StrawberryObjectDefinition)
        assert definition.fields == [], "the definition itself stays empty"
        assert set(composed.core.type_map["Inn"].fields) == set(inns.entities["Inn"].fields)  # type: ignore[attr-defined]


def test_enums_are_coerced_to_their_names(inns: Registry) -> None:
    colour = compose(inns).core.type_map["Colour"]
    assert type(colour.coerce_input_value("DARK_BLUE")) is str  # type: ignore[attr-defined]
