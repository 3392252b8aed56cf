"""Orders and cursors: keys, their nulls, what comes after a cursor, and how a cursor is written and read.

A cursor is base64 of a JSON array: a fingerprint of the list's entity and order, the row's keys as text, the row's
uuid. It is not secret and not trusted: every part is checked and bound.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from .aggregates import ordered
from .arguments import Const, Tree
from .comparisons import CODE_POINTS, guarded
from .errors import BadCursor, GraphRequestError
from .leaves import INT, UUID_KEY, Leaf
from .registry import (
    ColumnField,
    CompositeField,
    Entity,
    ExpressionField,
    Field,
    IdField,
    ManyField,
    MoneyField,
    OneField,
)
from .row_values import leaf_sql
from .rules import allowed, is_kind, visible
from .statement import FALSE, TRUE, Statement, conjunction, disjunction, literal
from .tally import Tally
from .where import link_condition

DIRECTIONS: Final = (
    "ASC",
    "DESC",
    "ASC_NULLS_FIRST",
    "ASC_NULLS_LAST",
    "DESC_NULLS_FIRST",
    "DESC_NULLS_LAST",
)
MAX_KEYS: Final = 8


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an order; ``sql`` is its value for a row, ``name`` what identifies it in a fingerprint."""

    name: str
    sql: str
    leaf: Leaf
    descending: bool
    nulls_first: bool
    nullable: bool
    plain: bool

    def ordering(self, expression: str, *, reverse: bool) -> str:
        """The term in ORDER BY over an expression that holds the key's value."""
        collated = f"{expression} {CODE_POINTS}" if self.leaf.textual or self.leaf.enum else expression
        down = self.descending != reverse
        term = f"{collated} desc" if down else collated
        if not self.nullable:
            return term
        return f"{term} nulls {'first' if self.nulls_first != reverse else 'last'}"


def order_keys(
    statement: Statement, entity: Entity, alias: str, wanted: Any, default: Sequence[tuple[str, bool]]
) -> list[Key]:
    """The keys of an order, the id last: what makes it total. ``wanted`` is the plain value of ``orderBy``."""
    keys: list[Key] = []
    if wanted:
        if len(wanted) > MAX_KEYS:
            raise GraphRequestError(f"orderBy has {len(wanted)} keys", hint=f"at most {MAX_KEYS} are taken")
        for one in wanted:
            keys.append(_key(statement, entity, alias, entity.fields, one, "", TRUE))
    else:
        for name, descending in default:
            one = entity.fields[name]
            guard = allowed(statement, entity, alias, one)
            direction = "DESC" if descending else "ASC"
            keys.append(_leaf_key(statement, entity, alias, one, direction, name, guard))
    if not any(key.name == "id" for key in keys):
        descending = keys[-1].descending if keys else False
        keys.append(Key("id", f"{alias}.id", UUID_KEY, descending, False, False, True))
    return keys


def _key(
    statement: Statement, entity: Entity, alias: str, fields: Any, given: Any, path: str, guard: str
) -> Key:
    if not isinstance(given, dict) or len(given) != 1:
        raise GraphRequestError(
            "an element of orderBy names more or less than one field",
            hint="give a list with one field each: orderBy: [{createdAt: DESC}, {name: ASC}]",
        )
    ((name, direction),) = given.items()
    if direction is None:
        raise GraphRequestError(f"orderBy {path}{name} is null", hint=f"give one of {', '.join(DIRECTIONS)}")
    if name not in fields:
        return _of_kind(statement, entity, alias, name, direction, path)
    one: Field = fields[name]
    own = conjunction([guard, allowed(statement, entity, alias, one)])
    if isinstance(one, CompositeField):
        return _key(statement, entity, alias, one.parts, direction, f"{path}{name}.", own)
    if isinstance(one, OneField):
        return _through(statement, alias, one, direction, f"{path}{name}", own)
    if isinstance(one, ManyField):
        return _together(statement, entity, alias, one, direction, f"{path}{name}.", own)
    return _leaf_key(statement, entity, alias, one, direction, f"{path}{name}", own)


def _of_kind(statement: Statement, entity: Entity, alias: str, name: str, direction: Any, path: str) -> Key:
    """A field of a kind of an interface; null of rows of other kinds."""
    kind = entity.kind_named(name)
    assert kind is not None, name
    condition = is_kind(entity, kind, alias)
    key = _key(statement, kind, alias, kind.fields, direction, f"{path}{name}.", condition)
    called = _far_id(key, f"{path}{name}") if key.name == "id" else key.name
    # of others a link has no rows: their count is null, and not 0
    return replace(key, name=called, sql=_shown(condition, key.sql, key.leaf), nullable=True, plain=False)


def _far_id(key: Key, path: str) -> str:
    """The name of an id that may be missing, so that it matters where nulls go."""
    return f"{path}.id:{'DESC' if key.descending else 'ASC'}{'_NULLS_FIRST' if key.nulls_first else ''}"


def _leaf_key(
    statement: Statement, entity: Entity, alias: str, one: Field, direction: Any, path: str, guard: str
) -> Key:
    if isinstance(one, MoneyField):
        currency, direction = direction["currency"], _shortest(direction["direction"])
        minor, code = statement.column(alias, one.minor), statement.column(alias, one.currency)
        value = f"case when {code} = {statement.param(Const(currency), 'text')} then {minor} end"
        return Key(
            f"{path}:{currency}:{direction}",
            _shown(guard, value, INT),
            INT,
            *placing(direction),
            True,
            False,
        )
    direction = _shortest(direction)
    descending, nulls_first = placing(direction)
    if isinstance(one, IdField):
        return Key("id", f"{alias}.id", UUID_KEY, descending, nulls_first, False, True)
    assert isinstance(one, ColumnField | ExpressionField), one
    value = _shown(guard, leaf_sql(statement, alias, one), one.leaf)
    if guard == TRUE and isinstance(one, ColumnField) and one.column.detail is None:
        # What the table says counts: `nulls last` over a column without nulls would keep its index from being used.
        plain, nullable = True, one.column.null
    else:
        plain, nullable = False, one.nullable or guard != TRUE
    return Key(f"{path}:{direction}", value, one.leaf, descending, nulls_first, nullable, plain)


def _shown(guard: str, value: str, leaf: Leaf) -> str:
    """The value of a key as far as the viewer may see it; PostgreSQL orders by no constant without a type."""
    return f"null::{leaf.sql}" if guard == FALSE else guarded(guard, value)


def _through(statement: Statement, alias: str, one: OneField, direction: Any, path: str, guard: str) -> Key:
    target = statement.registry.entities[one.target]
    far = statement.alias(target)
    key = _key(statement, target, far, target.fields, direction, f"{path}.", TRUE)
    condition = conjunction(
        [f"{far}.id = {statement.column(alias, one.column)}", visible(statement, target, far), guard]
    )
    if condition == FALSE:
        value = f"null::{key.leaf.sql}"
    else:
        value = f"(select {key.sql} from {statement.tables(target, far)} where {condition})"
    name = _far_id(key, path) if key.name == "id" else key.name
    return Key(name, value, key.leaf, key.descending, key.nulls_first, True, False)


def _together(
    statement: Statement, entity: Entity, alias: str, one: ManyField, given: Any, path: str, guard: str
) -> Key:
    """A key that is an aggregate over the rows a link reaches."""
    target = statement.registry.entities[one.target]
    far = statement.alias(target)
    tally = Tally(statement, target, far)
    made = ordered(tally, given, path)
    condition = conjunction([guard, link_condition(statement, entity, one, alias, target, far)])
    direction = _shortest(made.direction)
    return Key(
        f"{made.name}:{direction}",
        tally.select(made.sql, condition),
        made.leaf,
        *placing(direction),
        made.nullable,
        False,
    )


def _shortest(direction: str) -> str:
    """Nulls go last unless something else is said: both ways to ask for it are one order, with the same cursors."""
    return direction.removesuffix("_NULLS_LAST")


def placing(direction: str) -> tuple[bool, bool]:
    """Whether the greatest comes first, and whether nulls do."""
    return direction.startswith("DESC"), direction.endswith("NULLS_FIRST")


def fingerprint(entity: Entity, keys: Sequence[Key]) -> str:
    """What a cursor of this list in this order begins with."""
    base = entity.base.name if entity.base else entity.name
    text = base + "|" + ",".join(f"{key.name}{'-' if key.descending else '+'}" for key in keys)
    return hashlib.blake2s(text.encode(), digest_size=6).hexdigest()


def cursor_sql(mark: str, keys: Sequence[Key], expressions: Sequence[str]) -> str:
    """The cursor of a row as SQL, from expressions that hold its keys."""
    parts = [
        f"coalesce(to_json(({expression})::text)::text, 'null')"
        if key.nullable
        else f"to_json(({expression})::text)::text"
        for key, expression in zip(keys, expressions, strict=True)
    ]
    array = literal(f'["{mark}",') + " || " + " || ',' || ".join(parts) + " || ']'"
    return f"translate(encode(convert_to({array}, 'UTF8'), 'base64'), E'\\n', '')"


def read_cursor(text: Any, mark: str, keys: Sequence[Key]) -> list[Any]:
    """The keys a cursor holds, as values to be bound; ``BadCursor`` if it is not one of this list and order."""
    hint = "pass a cursor that this list gave out, with the same orderBy"
    try:
        decoded = orjson.loads(base64.b64decode(str(text).encode("ascii"), validate=True))
    except (ValueError, binascii.Error):
        raise BadCursor("the cursor is malformed", hint=hint) from None
    if not isinstance(decoded, list) or not decoded or decoded[0] != mark or len(decoded) != len(keys) + 1:
        raise BadCursor("the cursor belongs to another list or another order", hint=hint)
    values: list[Any] = []
    for key, value in zip(keys, decoded[1:], strict=True):
        if value is None and key.nullable:
            values.append(None)
            continue
        try:
            if not isinstance(value, str) or "\x00" in value:
                raise ValueError(value)
            values.append((key.leaf.in_cursor or key.leaf.decode)(value))
        except (ValueError, TypeError, OverflowError):
            raise BadCursor("the cursor is malformed", hint=hint) from None
    return values


def beyond(statement: Statement, keys: Sequence[Key], mark: str, cursor: Tree, *, after: bool) -> str:
    """The condition for rows strictly after (or before) a cursor in this order."""

    def nth(index: int) -> Callable[[Any], Any]:
        return lambda text: read_cursor(text, mark, keys)[index]

    params = [_bound(statement, key.leaf, cursor, nth(index)) for index, key in enumerate(keys)]
    down = {key.descending for key in keys}
    if len(down) == 1 and not any(key.nullable for key in keys):
        sign = ">" if after != down.pop() else "<"
        if len(keys) == 1:
            return f"{_collated(keys[0], keys[0].sql)} {sign} {params[0]}"
        left = ", ".join(_collated(key, key.sql) for key in keys)
        return f"({left}) {sign} ({', '.join(params)})"
    alternatives: list[str] = []
    equal: list[str] = []
    for key, param in zip(keys, params, strict=True):
        alternatives.append(conjunction([*equal, _strictly(key, param, after)]))
        equal.append(f"{key.sql} is not distinct from {param}" if key.nullable else f"{key.sql} = {param}")
    return disjunction(alternatives)


def _bound(statement: Statement, leaf: Leaf, cursor: Tree, read: Callable[[Any], Any]) -> str:
    """A key of a cursor as a parameter; text is read by the database, once for all rows."""
    if leaf.in_cursor is None:
        return statement.param(cursor, leaf.sql, read)
    return f"(select {statement.param(cursor, 'text', read)}::{leaf.sql})"


def _collated(key: Key, expression: str) -> str:
    return f"{expression} {CODE_POINTS}" if key.leaf.textual or key.leaf.enum else expression


def _strictly(key: Key, param: str, after: bool) -> str:
    sign = ">" if after != key.descending else "<"
    compared = f"{_collated(key, key.sql)} {sign} {param}"
    if not key.nullable:
        return compared
    nulls_behind = after != key.nulls_first
    if nulls_behind:
        return f"({compared} or ({key.sql} is null and {param} is not null))"
    return f"({compared} or ({key.sql} is not null and {param} is null))"
