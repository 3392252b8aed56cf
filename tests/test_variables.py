"""Compiled coercers agree with graphql-core over all input types there are: the same value, or both refuse."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    get_variable_values,
    is_input_type,
    is_introspection_type,
    parse,
)
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from serai.app import assemble
from serai.graph.variables import Coercers
from serai.settings import Settings

DEPTH = 4

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**65), 2**65),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "1", "EUR", "ASC", "2026-02-30", "2026-05-01", "\x00", "true", "cus_"]),
    st.just([]),
    st.just({}),
    st.just({"unknown": 1}),
)

SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "Int": st.one_of(st.integers(-(2**31), 2**31 - 1), st.sampled_from([1.0, 2**31, 0.5])),
    "Float": st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(10**6), 10**6)),
    "Boolean": st.booleans(),
    "String": st.text(max_size=5),
    "ID": st.one_of(st.text(max_size=5), st.integers(-5, 10**20), st.just(3.0)),
    "Decimal": st.sampled_from(["10.50", "-1", "1e3", 7, "NaN", 1.5, "1" * 41]),
    "DateTime": st.sampled_from(
        ["2026-05-01T14:30:00Z", "2026-05-01T14:30+02:00", "2026-05-01", "0001-01-01T00:00:00+14:00"]
    ),
    "Date": st.sampled_from(["2026-05-01", "2024-02-29", "2026-02-29", "2026-05-01T00:00:00Z"]),
    "CurrencyCode": st.sampled_from(["EUR", "JPY", "eur", "XXXX"]),
    "JSON": st.recursive(JUNK, lambda one: st.lists(one, max_size=2), max_leaves=3),
}  # fmt: skip


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return assemble(Settings()).schema.core


def values(type_: GraphQLInputType, depth: int) -> st.SearchStrategy[Any]:
    """Values of a type, and now and then some that are not."""
    return st.integers(0, 15).flatmap(lambda die: JUNK if die == 0 else _values(type_, depth))


def _values(type_: GraphQLInputType, depth: int) -> st.SearchStrategy[Any]:
    if isinstance(type_, GraphQLNonNull):
        return _values(type_.of_type, depth)
    if isinstance(type_, GraphQLList):
        one = values(type_.of_type, depth - 1)
        return st.one_of(st.lists(one, max_size=2 if depth > 0 else 0), one if depth > 0 else st.none())
    if isinstance(type_, GraphQLInputObjectType):
        return _objects(type_, depth)
    if isinstance(type_, GraphQLEnumType):
        return st.sampled_from([*type_.values, "NO_SUCH_VALUE"])
    return SCALARS[type_.name]


@st.composite
def _objects(draw: st.DrawFn, type_: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
    required = [name for name, one in type_.fields.items() if isinstance(one.type, GraphQLNonNull)]
    if depth <= 0:
        chosen = required
    elif type_.is_one_of:
        chosen = draw(st.lists(st.sampled_from(sorted(type_.fields)), min_size=1, max_size=1))
    else:
        more = st.lists(st.sampled_from(sorted(type_.fields)), max_size=3, unique=True)
        chosen = [*required, *draw(more)]
    if draw(st.integers(0, 20)) == 0:
        chosen = draw(st.lists(st.sampled_from([*sorted(type_.fields), "unknown"]), max_size=2))
    names = draw(st.permutations(list(dict.fromkeys(chosen))))
    return {
        name: draw(values(type_.fields[name].type, depth - 1)) if name in type_.fields else 1
        for name in names
    }


@st.composite
def _operations(draw: st.DrawFn, schema: GraphQLSchema) -> tuple[str, dict[str, Any]]:
    """An operation with one to three variables, some with defaults, and what is sent for them."""
    types = [one for one in schema.type_map.values() if is_input_type(one) and not is_introspection_type(one)]
    heads: list[str] = []
    sent: dict[str, Any] = {}
    for number in range(draw(st.integers(1, 3))):
        type_: Any = draw(st.sampled_from(types))
        for wrap in draw(st.lists(st.sampled_from([GraphQLList, GraphQLNonNull]), max_size=2)):
            if not (wrap is GraphQLNonNull and isinstance(type_, GraphQLNonNull)):
                type_ = wrap(type_)
        default = " = null" if draw(st.integers(0, 5)) == 0 and not isinstance(type_, GraphQLNonNull) else ""
        if str(type_) in ("Int", "Int!", "[Int]"):
            default = draw(st.sampled_from(["", " = 7"]))
        heads.append(f"$v{number}: {type_}{default}")
        if draw(st.integers(0, 7)):
            sent[f"v{number}"] = draw(values(type_, DEPTH))
    return f"query ({', '.join(heads)}) {{ __typename }}", sent


WITHOUT_HURRY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@settings(WITHOUT_HURRY, max_examples=120)
@given(data=st.data())
def test_compiled_coercers_agree_with_graphql_core(schema: GraphQLSchema, data: st.DataObject) -> None:
    agree(schema, data)


@pytest.mark.fuzz
@settings(WITHOUT_HURRY, max_examples=5_000)
@given(data=st.data())
def test_compiled_coercers_agree_with_graphql_core_on_many(
    schema: GraphQLSchema, data: st.DataObject
) -> None:
    agree(schema, data)


def agree(schema: GraphQLSchema, data: st.DataObject) -> None:
    document, sent = data.draw(_operations(schema))
    (operation,) = parse(document).definitions
    assert isinstance(operation, OperationDefinitionNode)
    # as HTTP hands them over
    try:
        sent = orjson.loads(orjson.dumps(sent))
    except TypeError:
        event("no JSON")
        return
    expected = get_variable_values(schema, operation.variable_definitions, sent)
    coerced = Coercers(schema).of_operation(operation)(sent)
    if isinstance(expected, list):
        event("refused")
        assert coerced is None, (document, sent)
    else:
        event("taken")
        # what is equal may still be ordered otherwise, or be 1 for true
        assert repr(coerced) == repr(expected.coerced), (document, sent)


def test_every_input_type_can_be_compiled(schema: GraphQLSchema) -> None:
    coercers = Coercers(schema)
    objects = [one for one in schema.type_map.values() if isinstance(one, GraphQLInputObjectType)]
    assert len(objects) > 50
    for one in objects:
        if (
            not any(isinstance(field.type, GraphQLNonNull) for field in one.fields.values())
            and not one.is_one_of
        ):
            assert (
                coercers.of(one)({})
                == get_variable_values(
                    schema, _variables_of(f"query ($v: {one.name}) {{ a }}"), {"v": {}}
                ).coerced["v"]
            )  # type: ignore[union-attr]  # an empty object is of this type


def _variables_of(document: str) -> Any:
    (operation,) = parse(document).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return operation.variable_definitions
