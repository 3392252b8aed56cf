"""One SQL statement in the making: its parameters, aliases and joins, and what it knows of the viewer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import FieldNode, FragmentDefinitionNode, GraphQLSchema

from .arguments import Tree, value_of
from .registry import ColumnRef, Entity, Registry

TRUE: Final = "true"
FALSE: Final = "false"
_PLACE: Final = re.compile("\x02(\\d+)\x02")


@dataclass(frozen=True, slots=True)
class Outlook:
    """What of a viewer decides a plan: as what it acts, which attributes it has, which permissions it holds."""

    kind: str
    attributes: frozenset[str]
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Param:
    """A bound parameter: from arguments (``tree``), the viewer (``attribute``), or the executor (``slot``)."""

    tree: Tree | None = None
    encode: Callable[[Any], Any] | None = None
    attribute: str | None = None
    slot: int | None = None

    def bind(self, variables: Mapping[str, Any], viewer: Any, slots: Mapping[int, Any]) -> Any:
        """The value to send."""
        if self.attribute is not None:
            return getattr(viewer, self.attribute)
        if self.slot is not None:
            return slots[self.slot]
        assert self.tree is not None
        value = value_of(self.tree, variables)
        return self.encode(value) if self.encode is not None else value


@dataclass(slots=True)
class Request:
    """What is asked: the parts of a document a plan is made from. It keeps nothing of ``variables`` but their shape."""

    registry: Registry
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    outlook: Outlook
    row_budget: int
    touched: set[str] = field(default_factory=set)
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Join:
    """A row that a link leads to, joined beside the row it is of; its columns are null where there is none to see."""

    entity: Entity
    alias: str
    on: str


@dataclass(slots=True)
class Statement:
    """Collects the parameters and aliases of one statement."""

    request: Request
    params: list[Param] = field(default_factory=list)
    sites: list[Any] = field(default_factory=list)
    details: dict[str, set[str]] = field(default_factory=dict)
    joins: dict[str, dict[str, Join]] = field(default_factory=dict)
    as_system: bool = False
    depth: int = 0
    rows: int = 1
    read: int = 0
    path: list[str] = field(default_factory=list)
    _aliases: int = 0
    _reuse: dict[Any, str] = field(default_factory=dict)

    @property
    def registry(self) -> Registry:
        return self.request.registry

    @contextmanager
    def under(self, key: str) -> Iterator[None]:
        """What is compiled within the block stands below that response key."""
        self.path.append(key)
        yield
        self.path.pop()

    def alias(self, entity: Entity) -> str:
        """A new alias that hints at its entity."""
        return self.plain_alias(entity.name[:3].lower())

    def plain_alias(self, hint: str) -> str:
        """A new alias that begins with the hint."""
        self._aliases += 1
        return f"{hint}{self._aliases}"

    def param(self, tree: Tree, sql: str, encode: Callable[[Any], Any] | None = None) -> str:
        """A parameter of that SQL type, bound at each execution."""
        return self._add(Param(tree=tree, encode=encode), sql)

    def attribute(self, name: str) -> str:
        """A parameter that is an attribute of the viewer."""
        key = ("viewer", name)
        if key not in self._reuse:
            self._reuse[key] = self._add(Param(attribute=name), "uuid")
        return self._reuse[key]

    def slot(self, number: int, sql: str) -> str:
        """A parameter the executor fills in."""
        return self._add(Param(slot=number), sql)

    def _add(self, param: Param, sql: str) -> str:
        self.params.append(param)
        return f"\x02{len(self.params) - 1}\x02::{sql}"

    def finished(self, sql: str) -> tuple[str, tuple[Param, ...]]:
        """The statement's text with its parameters numbered; those in conditions that were folded away are left out."""
        return numbered(sql, self.params)

    def column(self, alias: str, ref: ColumnRef) -> str:
        """A column under an alias; remembers which detail tables are read."""
        if ref.detail is None:
            return f"{alias}.{ref.name}"
        self.details.setdefault(alias, set()).add(ref.detail)
        return f"{alias}_{ref.detail}.{ref.name}"

    def joined(self, alias: str, name: str, target: Entity, condition: Callable[[str], str]) -> str | None:
        """The alias of the row that the link ``name`` of ``alias`` leads to, joined once however often it is read.

        ``condition`` gives what ties the far row to it, and lets it be seen. ``None`` if no row can be.
        """
        joins = self.joins.setdefault(alias, {})
        if name not in joins:
            far = self.alias(target)
            joins[name] = Join(target, far, condition(far))
        join = joins[name]
        return None if join.on == FALSE else join.alias

    def tables(self, entity: Entity, alias: str) -> str:
        """What stands after FROM for an entity: its table, the detail tables and the joined rows read so far.

        Call it last.
        """
        used = self.details.get(alias, set())
        if entity.base is not None:
            detail = f"{alias}_{entity.kind}"
            kinds = f" join {entity.detail} {detail} on {detail}.{entity.key} = {alias}.id"
        else:
            kinds = "".join(
                f" left join {kind.detail} {alias}_{name} on {alias}_{name}.{kind.key} = {alias}.id"
                for name, kind in sorted(entity.kinds.items())
                if name in used
            )
        joins = "".join(
            f" left join {self._beside(one)} on {one.on}"
            for one in self.joins.get(alias, {}).values()
            if one.on != FALSE
        )
        return f"{entity.table} {alias}{kinds}{joins}"

    def _beside(self, one: Join) -> str:
        tables = self.tables(one.entity, one.alias)
        return f"({tables})" if " join " in tables else tables


def numbered(sql: str, params: Sequence[Param]) -> tuple[str, tuple[Param, ...]]:
    """A statement's text with its parameters numbered, and those it uses."""
    used: dict[int, int] = {}

    def number(match: re.Match[str]) -> str:
        return f"${used.setdefault(int(match[1]), len(used) + 1)}"

    text = _PLACE.sub(number, sql)
    return text, tuple(params[index] for index in used)


@dataclass(frozen=True, slots=True)
class Selection:
    """The field nodes that answer one response key, merged."""

    key: str
    nodes: tuple[FieldNode, ...]

    @property
    def node(self) -> FieldNode:
        return self.nodes[0]

    @property
    def name(self) -> str:
        return self.nodes[0].name.value


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


class _All(str):
    """Conditions joined by ``and``, which remembers them."""

    parts: tuple[str, ...]


class _Any(str):
    """Conditions joined by ``or``, likewise."""

    parts: tuple[str, ...]


def conjunction(parts: list[str]) -> str:
    """``and`` of conditions, folded; what another of them implies (``a or b`` beside ``a``) is left out."""
    flat = [one for part in parts for one in (part.parts if isinstance(part, _All) else (part,))]
    kept = dict.fromkeys(part for part in flat if part != TRUE)
    if FALSE in kept:
        return FALSE
    needed = [one for one in kept if not (isinstance(one, _Any) and any(part in kept for part in one.parts))]
    if len(needed) < 2:
        return needed[0] if needed else TRUE
    made = _All(" and ".join(needed))
    made.parts = tuple(needed)
    return made


def disjunction(parts: list[str]) -> str:
    """``or`` of conditions, folded, in parentheses."""
    kept = list(dict.fromkeys(part for part in parts if part != FALSE))
    if TRUE in kept:
        return TRUE
    if len(kept) < 2:
        return kept[0] if kept else FALSE
    made = _Any("(" + " or ".join(f"({part})" for part in kept) + ")")
    made.parts = tuple(kept)
    return made


def negation(part: str) -> str:
    """``not`` of a condition, two-valued: unknown counts as false, so its negation as true."""
    if part in (TRUE, FALSE):
        return FALSE if part == TRUE else TRUE
    return f"(({part}) is not true)"
