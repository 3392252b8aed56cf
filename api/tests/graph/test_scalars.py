"""How scalars, enums and inputs are read, and what is said when they cannot be."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode, get_variable_values, parse, validate

from serai.graph import scalars
from serai.graph.compose import compose
from serai.graph.registry import Registry


@pytest.fixture
def core(inns: Registry) -> GraphQLSchema:
    return compose(inns).core


def coerced(core: GraphQLSchema, type_: str, value: Any) -> Any:
    document = parse(f"query ($v: {type_}) {{ node(id: 1) {{ id }} }}")
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    found = get_variable_values(core, operation.variable_definitions or (), {"v": value})
    if isinstance(found, list):
        raise found[0]
    return found.coerced["v"]


@pytest.mark.parametrize(
    ("type_", "sent", "read"),
    [
        ("ID", "cus_1", "cus_1"),
        ("ID", 7, "7"),
        ("Decimal", "10.50", Decimal("10.50")),
        ("Decimal", -3, Decimal(-3)),
        ("Decimal", "1e2", Decimal("1E+2")),
        ("DateTime", "2026-05-01T14:30:00+02:00", datetime(2026, 5, 1, 12, 30, tzinfo=UTC)),
        ("DateTime", "2026-05-01T14:30:00.123456Z", datetime(2026, 5, 1, 14, 30, 0, 123456, tzinfo=UTC)),
        ("DateTime", "2026-05-01T14:30Z", datetime(2026, 5, 1, 14, 30, tzinfo=UTC)),
        ("Date", "2024-02-29", date(2024, 2, 29)),
        ("CurrencyCode", "JPY", "JPY"),
        ("JSON", {"a": [1, None]}, {"a": [1, None]}),
        ("Colour", "DARK_BLUE", "DARK_BLUE"),
        (
            "[BedOrderBy!]",
            [{"price": {"currency": "EUR", "direction": "DESC"}}],
            [{"price": {"currency": "EUR", "direction": "DESC"}}],
        ),
    ],
)
def test_values_become_what_the_table_says(core: GraphQLSchema, type_: str, sent: Any, read: Any) -> None:
    value = coerced(core, type_, sent)
    assert value == read
    assert type(value) is type(read)


@pytest.mark.parametrize(
    ("type_", "sent", "said"),
    [
        ("Decimal", "ten", '"ten" is not a Decimal: write a number in quotes, such as "10.50"'),
        ("Decimal", 10.5, '10.5 is not a Decimal: write a number in quotes, such as "10.50"'),
        ("Decimal", "NaN", '"NaN" is not a Decimal'),
        ("Decimal", True, "True is not a Decimal"),
        ("Decimal", "1e999", '"1e999" is not a Decimal'),
        ("Decimal", "1_000", '"1_000" is not a Decimal'),
        ("DateTime", "2026-05-01T14:30:00", 'write ISO 8601 with an offset, such as "2026-05-01T14:30:00Z"'),
        ("DateTime", "2026-13-01T14:30:00Z", "is not a DateTime"),
        ("DateTime", "0001-01-01T00:00:00+14:00", "is not a DateTime"),
        ("DateTime", 0, "0 is not a DateTime"),
        ("Date", "2026-02-30", '"2026-02-30" is not a Date: write a day of the calendar'),
        ("Date", "x" * 1000, '"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx... is not a Date'),
        ("CurrencyCode", "EURO", '"EURO" is not a CurrencyCode: write an active code of ISO 4217 in quotes'),
        ("CurrencyCode", "eur", '"eur" is not a CurrencyCode'),
    ],
)
def test_what_cannot_be_read_is_answered_with_an_example(
    core: GraphQLSchema, type_: str, sent: Any, said: str
) -> None:
    with pytest.raises(GraphQLError) as caught:
        coerced(core, type_, sent)
    message = caught.value.message
    assert said in message
    for leak in ("Traceback", "invalid literal", "ConversionSyntax", "isoformat", "<class"):
        assert leak not in message


@pytest.mark.parametrize(
    "where",
    [
        'price: {currency: "EUR", gte: 10.5}',
        'price: {currency: "EUR", gte: "10.50"}',
        "price: {isNull: false}",
        "colour: {in: [RED, DARK_BLUE]}",
        'inn: {place: {point: {latitude: {gt: 3}}}, beds: {none: {id: {eq: "bed_1"}}}}',
        "or: [{colour: {eq: RED}}, {not: {inn: {}}}]",
    ],
)
def test_filters_are_taken(core: GraphQLSchema, where: str) -> None:
    assert validate(core, parse(f"{{ beds(where: {{{where}}}) {{ totalCount }} }}")) == []


@pytest.mark.parametrize(
    "where",
    [
        'secret: {eq: "x"}',
        "colour: {gt: RED}",
        "price: {currency: EUR, gte: 1}",
        "price: {gte: true}",
        "inn: {extra: {isNull: true}}",
        "inn: {hints: {}}",
        "inn: {bedCount: {eq: 1}}",
    ],
)
def test_what_is_not_filterable_is_refused(core: GraphQLSchema, where: str) -> None:
    errors = validate(core, parse(f"{{ beds(where: {{{where}}}) {{ totalCount }} }}"))
    assert len(errors) == 1


def test_decimal_literals_keep_their_digits() -> None:
    node = (
        parse("{ a(x: 0.1000000000000000000) }").definitions[0].selection_set.selections[0].arguments[0].value
    )  # type: ignore[attr-defined]
    assert scalars.DECIMAL.coerce_input_literal is not None
    assert scalars.DECIMAL.coerce_input_literal(node) == Decimal("0.1000000000000000000")


def test_instants_are_written_in_utc_with_six_digits() -> None:
    written = scalars.DATE_TIME.coerce_output_value(datetime(2026, 5, 1, 14, 30, tzinfo=UTC))
    assert written == "2026-05-01T14:30:00.000000Z"


def test_defaults_of_inputs_come_out_like_values(core: GraphQLSchema) -> None:
    made = coerced(core, "BedMakeInput", {"inn": "inn_1", "price": {"amount": "5", "currency": "EUR"}})
    assert made == {
        "inn": "inn_1",
        "price": {"amount": Decimal(5), "currency": "EUR"},
        "colour": "DARK_BLUE",
        "places": 1,
        "closed": [],
    }
