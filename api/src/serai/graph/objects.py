"""Rows as JSON text: every object of the response becomes one SQL expression that is never null."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import GraphQLObjectType, SelectionSetNode

from .amounts import amount_sql
from .arguments import Tree, argument_trees, tree_from
from .connection import connection
from .external_refs import refs_json
from .pieces import members, or_null
from .registry import (
    BatchedField,
    ColumnField,
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
    RefsField,
    Shape,
    SumField,
    ValueShape,
    ValueType,
)
from .row_values import leaf_sql
from .rules import allowed, visible
from .selection import below, selections
from .statement import FALSE, TRUE, Selection, Statement, conjunction, literal
from .where import link_condition, where_condition

HIDDEN = "\x01"
"""What the names of hidden members begin with: they carry to Python what batched fields need, and are taken out."""


@dataclass(frozen=True, slots=True)
class Site:
    """A place in a statement's result where a batched field belongs.

    The hidden member ``HIDDEN + number`` of an object holds the parent's needs as a JSON list, ordered as ``needs``.
    The object is found by ``read``, the number of the read whose row it is in, and ``path``, the response keys above
    it: JSON that users wrote is never searched.
    """

    number: int
    read: int
    path: tuple[str, ...]
    key: str
    entity: Entity
    field: BatchedField
    selection: Selection
    arguments: Mapping[str, Tree]


def row_json(statement: Statement, entity: Entity, alias: str, sets: list[SelectionSetNode | None]) -> str:
    """The object a row of an entity is in the response; of an interface, by the row's kind."""
    if entity.discriminator is None:
        return object_sql(statement, entity, alias, sets)
    cases = [
        f"when {literal(kind)} then {object_sql(statement, one, alias, sets)}"
        for kind, one in sorted(entity.kinds.items())
    ]
    return f"case {alias}.{entity.discriminator} {' '.join(cases)} end"


def object_sql(statement: Statement, entity: Entity, alias: str, sets: list[SelectionSetNode | None]) -> str:
    """The object a row of an entity (not an interface) is in the response."""
    request = statement.request
    pairs: list[tuple[str, str]] = []
    hidden: list[tuple[str, str]] = []
    for selection in selections(request, sets, entity.name):
        if selection.name == "__typename":
            pairs.append((selection.key, literal(f'"{entity.name}"')))
            continue
        one = entity.fields[selection.name]
        guard = allowed(statement, entity, alias, one)
        if isinstance(one, BatchedField):
            guard = conjunction([guard, *_needed_guards(statement, entity, alias, one)])
            site = _site(statement, entity, one, selection)
            hidden.append((f"\\u0001{site.number}", _needs(statement, entity, alias, one, guard)))
            pairs.append((selection.key, "'null'"))
            continue
        if guard == FALSE:
            pairs.append((selection.key, "'null'"))
            continue
        value = field_json(statement, entity, alias, one, selection)
        if guard != TRUE:
            value = or_null(f"case when {guard} then {value} end")
        pairs.append((selection.key, value))
    return members([*pairs, *hidden])


def field_json(statement: Statement, entity: Entity, alias: str, one: Field, selection: Selection) -> str:
    """A field of a row as JSON text that is never null."""
    match one:
        case IdField():
            return f"""'"{entity.prefix}_' || encode(uuid_send({alias}.id), 'hex') || '"'"""
        case ColumnField() | ExpressionField():
            value = leaf_sql(statement, alias, one)
            written = f"to_json({value})::text" if one.many else one.leaf.to_json(value)
            return or_null(written) if one.nullable or isinstance(one, ExpressionField) else written
        case MoneyField():
            written = _money(statement, alias, one, selection)
            if not one.nullable:
                return written
            # what is selected may name no column
            return f"case when {statement.column(alias, one.minor)} is null then 'null' else {written} end"
        case CompositeField():
            return _composite(statement, alias, one, below(selection))
        case JsonField():
            return _json(statement, alias, one, selection)
        case OneField():
            with statement.under(selection.key):
                return _to_one(statement, alias, one, selection)
        case ManyField():
            target = statement.registry.entities[one.target]
            with statement.under(selection.key):
                return connection(
                    statement,
                    target,
                    selection,
                    _arguments(statement, entity, selection),
                    default=one.order or target.order,
                    link=lambda far: link_condition(statement, entity, one, alias, target, far),
                    row=row_json,
                )
        case RefsField():
            return refs_json(statement, entity, alias, one, selection)
        case CountField() | SumField():
            return _aggregate(statement, entity, alias, one)
        case BatchedField():
            raise AssertionError("batched fields are sites")


def _arguments(statement: Statement, entity: Entity, selection: Selection) -> dict[str, Tree]:
    type_ = statement.request.schema.type_map[entity.name]
    assert isinstance(type_, GraphQLObjectType)
    definition = type_.fields[selection.name]
    return argument_trees(selection.node, definition.args, statement.request.variables)


def _money(statement: Statement, alias: str, one: MoneyField, selection: Selection) -> str:
    minor, currency = statement.column(alias, one.minor), statement.column(alias, one.currency)
    return members(
        (
            part.key,
            literal('"Money"')
            if part.name == "__typename"
            else f"""'"' || {amount_sql(minor, currency)} || '"'"""
            if part.name == "amount"
            else f"""'"' || {currency} || '"'""",
        )
        for part in selections(statement.request, below(selection), "Money")
    )


def _composite(
    statement: Statement, alias: str, one: CompositeField, sets: list[SelectionSetNode | None]
) -> str:
    pairs: list[tuple[str, str]] = []
    for selection in selections(statement.request, sets, one.value.name):
        if selection.name == "__typename":
            pairs.append((selection.key, literal(f'"{one.value.name}"')))
            continue
        part = one.parts[selection.name]
        if isinstance(part, CompositeField):
            pairs.append((selection.key, _composite(statement, alias, part, below(selection))))
        else:
            assert isinstance(part, ColumnField)
            pairs.append((selection.key, or_null(part.leaf.to_json(statement.column(alias, part.column)))))
    written = members(pairs)
    if not one.nullable:
        return written
    absent = conjunction([f"{column} is null" for column in _columns(statement, alias, one)])
    return f"case when {absent} then 'null' else {written} end"


def _columns(statement: Statement, alias: str, one: CompositeField) -> list[str]:
    found: list[str] = []
    for part in one.parts.values():
        if isinstance(part, CompositeField):
            found.extend(_columns(statement, alias, part))
        elif isinstance(part, ColumnField):
            found.append(statement.column(alias, part.column))
    return found


def _json(statement: Statement, alias: str, one: JsonField, selection: Selection) -> str:
    column = statement.column(alias, one.column)
    sets = below(selection)
    if one.many:
        return _json_list(statement, column, ListShape(ValueShape(one.value, False), one.nullable), sets)
    return _json_object(statement, column, one.value, sets)


def _json_object(
    statement: Statement, expression: str, value: ValueType, sets: list[SelectionSetNode | None]
) -> str:
    pairs = [
        (
            selection.key,
            literal(f'"{value.name}"')
            if selection.name == "__typename"
            else _json_part(
                statement,
                f"({expression} -> {literal(selection.name)})",
                value.parts[selection.name].shape,
                below(selection),
            ),
        )
        for selection in selections(statement.request, sets, value.name)
    ]
    return f"case jsonb_typeof({expression}) when 'object' then {members(pairs)} else 'null' end"


def _json_part(
    statement: Statement, expression: str, shape: Shape, sets: list[SelectionSetNode | None]
) -> str:
    match shape:
        case LeafShape():
            return or_null(f"{expression}::text")
        case ListShape():
            return _json_list(statement, expression, shape, sets)
        case EntityShape():
            raise AssertionError("a stored value holds no links")
        case _:
            return _json_object(statement, expression, shape.value, sets)


def _json_list(
    statement: Statement, expression: str, shape: ListShape, sets: list[SelectionSetNode | None]
) -> str:
    if isinstance(shape.item, LeafShape):
        return or_null(f"nullif({expression}, 'null')::text")
    item = statement.plain_alias("item")
    inner = _json_part(statement, f"{item}.value", shape.item, sets)
    return (
        f"case jsonb_typeof({expression}) when 'array' then '[' || array_to_string(array("
        f"select {inner} from jsonb_array_elements({expression}) with ordinality as {item}(value, place) "
        f"order by {item}.place), ',') || ']' else {literal('null' if shape.nullable else '[]')} end"
    )


def _to_one(statement: Statement, alias: str, one: OneField, selection: Selection) -> str:
    """What a link leads to, joined beside the row: PostgreSQL does that faster than a sub-select for each row."""
    target = statement.registry.entities[one.target]
    near = statement.column(alias, one.column)
    far = statement.joined(
        alias,
        one.name,
        target,
        lambda far: conjunction([f"{far}.id = {near}", visible(statement, target, far)]),
    )
    if far is None:
        return "'null'"
    row = row_json(statement, target, far, below(selection))
    if target.discriminator is not None:
        row = or_null(row)
    return f"case when {far}.id is null then 'null' else {row} end"


def _aggregate(statement: Statement, entity: Entity, alias: str, one: CountField | SumField) -> str:
    link = entity.fields[one.link]
    assert isinstance(link, ManyField)
    target = statement.registry.entities[link.target]
    far = statement.alias(target)
    condition = conjunction(
        [
            allowed(statement, entity, alias, link),
            link_condition(statement, entity, link, alias, target, far),
            where_condition(statement, target, far, tree_from(one.where) if one.where else None),
        ]
    )
    if isinstance(one, CountField):
        if condition == FALSE:
            return "'0'"
        return f"(select count(*) from {statement.tables(target, far)} where {condition})::text"
    summed = target.fields[one.of]
    assert isinstance(summed, ColumnField)
    if condition == FALSE:
        return one.leaf.to_json("0")
    guard = allowed(statement, target, far, summed)
    value = leaf_sql(statement, far, summed)
    if guard != TRUE:
        value = f"case when {guard} then {value} end"
    total = f"(select coalesce(sum({value}), 0) from {statement.tables(target, far)} where {condition})"
    return one.leaf.to_json(total)


def _site(statement: Statement, entity: Entity, one: BatchedField, selection: Selection) -> Site:
    site = Site(
        len(statement.sites),
        statement.read,
        tuple(statement.path),
        selection.key,
        entity,
        one,
        selection,
        _arguments(statement, entity, selection),
    )
    statement.sites.append(site)
    return site


def _needs(statement: Statement, entity: Entity, alias: str, one: BatchedField, guard: str) -> str:
    if guard == FALSE:
        return "'null'"
    values = [f"""'"' || {alias}.id::text || '"'"""]
    values.extend(_need(statement, alias, entity.fields[name]) for name in one.needs.values())
    array = "'[' || " + " || ',' || ".join(values) + " || ']'"
    return array if guard == TRUE else or_null(f"case when {guard} then {array} end")


def _needed_guards(statement: Statement, entity: Entity, alias: str, one: BatchedField) -> list[str]:
    """A Python field is null where its viewer may not see one of the columns it is made of."""
    return [allowed(statement, entity, alias, entity.fields[name]) for name in one.needs.values()]


def _need(statement: Statement, alias: str, needed: Field) -> str:
    match needed:
        case IdField():
            return f"""'"' || {alias}.id::text || '"'"""
        case OneField():
            return _needed_link(statement, alias, needed)
        case ColumnField() | ExpressionField():
            value = leaf_sql(statement, alias, needed)
            return or_null(f"to_json({value})::text" if needed.many else needed.leaf.to_json(value))
        case MoneyField():
            minor, currency = statement.column(alias, needed.minor), statement.column(alias, needed.currency)
            return or_null(f"""'[' || {minor}::text || ',"' || {currency} || '"]'""")
        case JsonField():
            return or_null(f"{statement.column(alias, needed.column)}::text")
        case CompositeField():
            pairs = [(part.name, _need(statement, alias, part)) for part in needed.parts.values()]
            return members(pairs)
    raise AssertionError(f"{needed.name} cannot be needed")


def _needed_link(statement: Statement, alias: str, one: OneField) -> str:
    """The id at the end of a link, or null as in the graph: where there is no row, or none that may be seen."""
    near = statement.column(alias, one.column)
    target = statement.registry.entities[one.target]
    far = statement.alias(target)
    seen = visible(statement, target, far)
    if seen == FALSE:
        return "'null'"
    if seen != TRUE:
        near = f"(select {far}.id from {statement.tables(target, far)} where {far}.id = {near} and {seen})"
    return or_null(f"to_json({near}::text)::text")
