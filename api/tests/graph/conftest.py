"""Registries made by hand: small ones to look at, large ones to measure."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest

from serai.graph.leaves import ANY_JSON, BOOLEAN, DECIMAL, FLOAT, INSTANT, INT, STRING, enum_leaf
from serai.graph.registry import (
    BatchedField,
    ColumnField,
    ColumnRef,
    CompositeField,
    CountField,
    Entity,
    EntityShape,
    ExpressionField,
    Field,
    IdField,
    JsonField,
    LeafShape,
    ListShape,
    ManyField,
    MoneyField,
    OneField,
    Registry,
    RootConnection,
    RootLookup,
    RootMutation,
    RootQuery,
    SumField,
    ValuePart,
    ValueShape,
    ValueType,
)
from serai_sdk import JSON, UNSET, Money, Origin, Place, Unset, anyone, arg, input, where_argument

HERE = Origin("entities.py", 1, "test", "1.0")


class Colour(StrEnum):
    """What colour it has."""

    RED = "RED"
    DARK_BLUE = "DARK_BLUE"


def info(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "python": name, "description": f"The {name}.", "origin": HERE, **more}


def make_registry(size: int) -> Registry:
    """A ring of ``size`` entities: each has columns of several types, and links to the next and from the one before."""
    registry = Registry()
    colour = enum_leaf(Colour)
    registry.enums["Colour"] = colour
    for number in range(size):
        after, before = f"Thing{(number + 1) % size}", f"Thing{(number - 1) % size}"
        fields: list[Field] = [
            IdField(**info("id")),
            *(
                ColumnField(**info(f"text{one}"), column=ColumnRef(f"text{one}"), leaf=STRING)
                for one in range(4)
            ),
            *(
                ColumnField(**info(f"number{one}", nullable=True), column=ColumnRef(f"number{one}"), leaf=INT)
                for one in range(3)
            ),
            ColumnField(**info("createdAt"), column=ColumnRef("created_at"), leaf=INSTANT),
            ColumnField(**info("isOpen"), column=ColumnRef("is_open"), leaf=BOOLEAN),
            ColumnField(**info("colour"), column=ColumnRef("colour"), leaf=colour),
            MoneyField(**info("price"), minor=ColumnRef("price_minor"), currency=ColumnRef("price_currency")),
            OneField(**info("next", nullable=True), target=after, column=ColumnRef("next_id")),
            ManyField(**info("previous"), target=before, inverse="next"),
            CountField(**info("previousCount"), link="previous"),
        ]
        name = f"Thing{number}"
        registry.entities[name] = Entity(
            name=name, description=f"Thing number {number}.", origin=HERE, table=f"thing{number}", prefix=f"t{number}",
            rule=anyone(), fields={one.name: one for one in fields},
        )  # fmt: skip
        registry.queries[f"thing{number}s"] = RootConnection(
            name=f"thing{number}s", entity=name, description="All of them.", arguments={}, origin=HERE
        )
        registry.queries[f"thing{number}"] = RootLookup(
            name=f"thing{number}", entity=name, description="One of them.", origin=HERE
        )
    return registry


def shuffled(registry: Registry, seed: int) -> Registry:
    """The same registry with everything in it put in another order."""
    draw = random.Random(seed)

    def mix(of: dict[str, Any]) -> dict[str, Any]:
        items = list(of.items())
        draw.shuffle(items)
        return dict(items)

    for one in registry.entities.values():
        one.fields = mix(one.fields)
    return Registry(
        entities=mix(registry.entities), values=mix(registry.values), enums=mix(registry.enums),
        inputs=mix(registry.inputs), queries=mix(registry.queries), mutations=mix(registry.mutations),
        prefixes=mix(registry.prefixes),
    )  # fmt: skip


@input
class Period:
    """Days from ``start`` to the day before ``end``."""

    start: date = arg("The first day.")
    end: date = arg("The day after the last.")


@input
class BedMakeInput:
    """A bed to make."""

    inn: UUID = arg("Where it stands.", ref="Inn")
    price: Money = arg("What it costs.")
    colour: Colour = arg("Its colour.", default=Colour.DARK_BLUE)
    places: int = arg("How many sleep in it.", default=1, minimum=1, maximum=4)
    note: str | Unset | None = arg("Something to know; null takes it away.", default=UNSET, max_length=100)
    tags: list[str] | None = arg("Words to find it by.", default=None)
    place: Place | None = arg("Where it is.")
    closed: list[Period] = arg("When it cannot be slept in.", default=[])
    extra: JSON | None = arg("Anything else.")


async def nothing(*_: Any, **__: Any) -> Any:
    raise AssertionError("resolvers are not called to compose a schema")


def _value(name: str, description: str, **parts: Any) -> ValueType:
    return ValueType(
        name,
        description,
        HERE,
        {key: ValuePart(key, key, f"Its {key}.", shape) for key, shape in parts.items()},
    )


def make_inns() -> Registry:
    """An interface with a kind, values in columns and in JSON, links, batched fields, a mutation: one of each."""
    colour = enum_leaf(Colour)
    point = _value("Point", "A point.", latitude=LeafShape(FLOAT, False), longitude=LeafShape(FLOAT, False))
    place = _value("Place", "A place.", address=LeafShape(STRING, True), point=ValueShape(point, True))
    hint = _value(
        "Hint",
        "Something to know.",
        text=LeafShape(STRING, False),
        inns=ListShape(EntityShape("Inn", False), True),
    )
    money = ValueType("Money", "An amount of one currency.", HERE, python=Money)
    point_parts = {
        key: ColumnField(**info(key), column=ColumnRef(f"place_point_{key}"), leaf=FLOAT)
        for key in ("latitude", "longitude")
    }
    place_parts: Mapping[str, Field] = {
        "address": ColumnField(
            **info("address", nullable=True), column=ColumnRef("place_address"), leaf=STRING
        ),
        "point": CompositeField(**info("point", nullable=True), value=point, parts=point_parts),
    }
    inn = Entity(
        name="Inn", description="Where one sleeps.", origin=HERE, table="inn", prefix="inn", rule=anyone(),
    )  # fmt: skip
    bed = Entity(
        name="Bed", description="Something to sleep in.", origin=HERE, table="bed", prefix="bed", rule=anyone(),
        discriminator="kind",
    )  # fmt: skip
    bunk = Entity(
        name="Bunk", description="A bed above another.", origin=HERE, table="bed", prefix="bed", rule=anyone(),
        base=bed, kind="bunk", detail="bunk",
    )  # fmt: skip
    bed.kinds["bunk"] = bunk
    inn_fields: list[Field] = [
        IdField(**info("id")),
        ColumnField(**info("name", deprecated="It has several."), column=ColumnRef("name"), leaf=STRING),
        ColumnField(**info("tags"), column=ColumnRef("tags"), leaf=STRING, many=True),
        ColumnField(**info("extra", nullable=True), column=ColumnRef("extra"), leaf=ANY_JSON),
        ColumnField(**info("createdAt"), column=ColumnRef("created_at"), leaf=INSTANT),
        CompositeField(**info("place", nullable=True), value=place, parts=place_parts),
        JsonField(
            **info("hints", filterable=False, orderable=False), value=hint, column=ColumnRef("hints"), many=True
        ),
        ManyField(**info("beds"), target="Bed", inverse="inn"),
        CountField(**info("bedCount"), link="beds"),
        SumField(**info("stars", nullable=True), link="beds", of="stars", leaf=DECIMAL),
        BatchedField(
            **info("quote", nullable=True), resolve=nothing, needs={}, shape=ValueShape(money, True),
            arguments={"on": arg("Which day.", annotation=date, name="on"), "at_most": arg("No more than this.",
            annotation=Decimal, default=Decimal("99.5"), name="atMost")},
        ),
        BatchedField(
            **info("others", nullable=True), resolve=nothing, needs={}, arguments={},
            shape=ListShape(EntityShape("Inn", True), True),
        ),
    ]  # fmt: skip
    bed_fields: list[Field] = [
        IdField(**info("id")),
        ColumnField(**info("colour"), column=ColumnRef("colour"), leaf=colour),
        MoneyField(**info("price"), minor=ColumnRef("price_minor"), currency=ColumnRef("price_currency")),
        OneField(**info("inn"), target="Inn", column=ColumnRef("inn_id")),
        ColumnField(
            **info("secret", filterable=False, orderable=False), column=ColumnRef("secret"), leaf=STRING
        ),
    ]
    bunk_fields: list[Field] = [
        *bed_fields,
        ExpressionField(**info("isHigh"), template="\x00_bunk.height > 2", leaf=BOOLEAN),
    ]
    for entity, fields in ((inn, inn_fields), (bed, bed_fields), (bunk, bunk_fields)):
        entity.fields = {one.name: one for one in fields}
    period, make = (one.__serai_input__ for one in (Period, BedMakeInput))  # type: ignore[attr-defined]
    registry = Registry(
        entities={"Inn": inn, "Bed": bed, "Bunk": bunk},
        values={"Point": point, "Place": place, "Hint": hint, "Money": money},
        enums={"Colour": colour},
        inputs={"Period": period, "BedMakeInput": make},
    )
    registry.queries["beds"] = RootConnection(
        name="beds", entity="Bed", description="All beds.", origin=HERE,
        arguments={
            "freeDuring": where_argument(Period, "Only those free on all these days.", lambda _: {}),
            "colours": where_argument(list[Colour], "Only those of one of these colours.", lambda _: {}),
        },
    )  # fmt: skip
    registry.queries["inn"] = RootLookup(name="inn", entity="Inn", description="One inn.", origin=HERE)
    registry.queries["hints"] = RootQuery(
        name="hints", description="What there is to know.", shape=ListShape(ValueShape(hint, False), False),
        resolve=nothing, arguments={"about": arg("What about.", annotation=str, name="about")}, access=None,
        origin=HERE,
    )  # fmt: skip
    registry.mutations["bedMake"] = RootMutation(
        name="bedMake", description="Make a bed.", input=make, payload={"bed": "Bed"},
        errors={"NOT_FOUND": "There is no such inn.", "FULL": "The inn has no room."}, resolve=nothing, access=anyone(),
        origin=HERE,
    )  # fmt: skip
    return registry


@pytest.fixture
def ring() -> Callable[[int], Registry]:
    return make_registry


@pytest.fixture
def inns() -> Registry:
    return make_inns()


@pytest.fixture
def shuffle() -> Callable[[Registry, int], Registry]:
    return shuffled
