"""Plans: an operation compiled, root field by root field, for one shape of its variables and one outlook of viewers."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson
from graphql import FieldNode, GraphQLObjectType, OperationDefinitionNode, OperationType, ValueNode

from .arguments import StandIn, Tree, argument_trees, field_arguments, is_null, tree_from, value_of
from .comparisons import id_decoder
from .connection import connection
from .errors import BudgetExceeded, GraphRequestError
from .event_types import checking
from .idempotency import directive_key, is_dry_run
from .leaves import id_parts
from .objects import Site, row_json
from .registry import Entity, RootConnection, RootLookup, RootMutation, RootQuery
from .rules import obeyed, visible
from .selection import below, selections
from .shapes import EntityOut, LeafOut, ListOut, Out, Read, TextOut, ValueOut, out_of
from .statement import FALSE, Param, Request, Selection, Statement, conjunction, numbered
from .where import where_condition

MOST_CHOICES: Final = 16
"""How many statements are kept of a stage whose reads depend on what Python returns."""


UNION: Final = " union all "

MAX_ROOTS: Final = 100
"""How many root fields an operation may have: each is a statement of its own, or a call."""
SERVICE: Final = "_service"
ENTITIES: Final = "_entities"
SUBGRAPH: Final = "serai-subgraph"
"""Under which name the extensions of a schema hold what gives the text of its subgraph."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The reads of a stage one by one, where a link may lead to any entity: only those asked for are sent."""

    parts: tuple[str, ...]
    params: tuple[Param, ...]
    made: dict[frozenset[int], tuple[str, tuple[Param, ...]]] = field(default_factory=dict)

    def statement(self, numbers: frozenset[int]) -> tuple[str, tuple[Param, ...]]:
        """The statement of these reads."""
        known = self.made.get(numbers)
        if known is None:
            if len(self.made) >= MOST_CHOICES:
                self.made.clear()
            text = UNION.join(self.parts[number] for number in sorted(numbers))
            known = self.made[numbers] = numbered(text, self.params)
        return known


@dataclass(frozen=True, slots=True)
class Stage:
    """One statement and the batched fields on its result; ``following`` reads the entities those return.

    Where the reads are a ``choice``, the statement is made of those that have something to read. ``sql_of_one`` says
    the same where no read has more than one id: PostgreSQL then knows how many rows to expect, and keeps its plan.
    ``rows_each`` is how many rows each id of a read could add to the answer.
    """

    sql: str | None
    params: tuple[Param, ...]
    sites: tuple[Site, ...]
    outs: tuple[Out, ...]
    reads: tuple[Read, ...]
    following: Stage | None
    choice: Choice | None = None
    rows_each: tuple[int, ...] = ()
    sql_of_one: str | None = None

    def statement(self, wanted: Mapping[int, Sized]) -> tuple[str, tuple[Param, ...]]:
        """What reads the rows of at least these reads, by the ids that are wanted of each."""
        if self.choice is not None:
            return self.choice.statement(frozenset(number for number, ids in wanted.items() if ids))
        if self.sql_of_one is not None and all(len(ids) <= 1 for ids in wanted.values()):
            return self.sql_of_one, self.params
        assert self.sql is not None
        return self.sql, self.params

    @property
    def weight(self) -> int:
        """How many characters of SQL it holds."""
        own = len(self.sql or "") + len(self.sql_of_one or "")
        if self.choice is not None:
            own = 2 * sum(map(len, self.choice.parts))
        return own + (self.following.weight if self.following is not None else 0)


@dataclass(frozen=True, slots=True)
class RootPlan:
    """How one root field is answered.

    ``stage`` is its statement (if the database answers it) or the reads of what Python returns, which ``out`` writes.
    ``rows_each`` is how many rows each item of a bulk could add to the answer.
    The arguments of what Python answers are no part of the plan: they are read from ``node`` at each execution, the
    idempotency key of a mutation from ``key_from``.
    """

    key: str
    name: str
    nullable: bool
    stage: Stage | None = None
    out: Out | None = None
    source: RootQuery | RootMutation | None = None
    arguments: Mapping[str, Tree] = field(default_factory=dict)
    node: FieldNode | None = None
    key_from: ValueNode | None = None
    dry_run: bool = False
    nodes: Mapping[str, int] | None = None
    rows_each: int = 0
    constant: str | None = None
    introspection: bool = False


@dataclass(frozen=True, slots=True)
class OperationPlan:
    """All root fields of an operation; ``touched`` are the permissions the plan depends on."""

    roots: tuple[RootPlan, ...]
    touched: frozenset[str]
    rows: int
    mutation: bool

    @property
    def weight(self) -> int:
        """How many characters of SQL and of constants it holds."""
        return sum(
            len(root.constant or "") + (root.stage.weight if root.stage is not None else 0)
            for root in self.roots
        )


def plan_operation(request: Request, operation: OperationDefinitionNode) -> OperationPlan:
    """Compile an operation; raises ``GraphRequestError`` for what no execution of it could answer."""
    mutation = operation.operation is OperationType.MUTATION
    root = request.schema.mutation_type if mutation else request.schema.query_type
    assert root is not None
    selected = selections(request, [operation.selection_set], root.name)
    _once([one for one in selected if one.name == SERVICE], "{ _service { sdl } } tells all there is to tell")
    _once([one for one in selected if one.name == "__schema"], "put what you ask of it together")
    if len(selected) > MAX_ROOTS:
        raise GraphRequestError(
            f"the operation has {len(selected)} root fields, of at most {MAX_ROOTS}",
            hint="ask in several operations; nodes(ids:) finds many rows at once",
        )
    roots = tuple(_root(request, root, one, mutation) for one in selected)
    return OperationPlan(roots, frozenset(request.touched), request.rows, mutation)


def _root(request: Request, root: GraphQLObjectType, selection: Selection, mutation: bool) -> RootPlan:
    name = selection.name
    if name == "__typename":
        return RootPlan(selection.key, name, False, constant=f'"{root.name}"')
    if name.startswith("__"):
        return RootPlan(selection.key, name, True, introspection=True)
    trees = argument_trees(selection.node, root.fields[name].args, request.variables)
    if mutation:
        return _mutation(request, selection, request.registry.mutations[name])
    if name == SERVICE:
        return _service(request, selection)
    if name == ENTITIES:
        return _entities(request, root, selection)
    if name in ("node", "nodes"):
        return _nodes(request, selection, trees)
    source = request.registry.queries[name]
    match source:
        case RootConnection():
            return RootPlan(
                selection.key, name, False, stage=_root_connection(request, selection, source, trees)
            )
        case RootLookup():
            return RootPlan(selection.key, name, True, stage=_root_lookup(request, selection, source, trees))
        case RootQuery():
            reads: list[Read] = []
            out = out_of(request, source.shape, below(selection), reads)
            return RootPlan(
                selection.key,
                name,
                source.shape.nullable,
                stage=read_stage(request, reads),
                out=out,
                source=source,
                node=selection.node,
            )


def _root_connection(
    request: Request, selection: Selection, source: RootConnection, trees: dict[str, Tree]
) -> Stage:
    statement = Statement(request)
    entity = request.registry.entities[source.entity]
    value = connection(
        statement,
        entity,
        selection,
        trees,
        default=entity.order,
        link=lambda alias: visible(statement, entity, alias),
        row=row_json,
        extra=lambda alias: declared_conditions(statement, source, alias, trees),
    )
    return _stage(request, statement, f"select {value}")


def declared_conditions(
    statement: Statement, source: RootConnection, alias: str, trees: Mapping[str, Tree]
) -> list[str]:
    """What the arguments a plug-in declared for a list ask of its rows."""
    entity = statement.registry.entities[source.entity]
    parts: list[str] = []
    statement.as_system = True
    for name, argument in source.arguments.items():
        tree = trees.get(name)
        if tree is not None and not is_null(tree):
            first = len(statement.params)
            parts.append(where_condition(statement, entity, alias, tree_from(argument.where(StandIn(tree)))))
            if argument.are_event_types and statement.registry.event_types:
                statement.params[first:] = [
                    replace(one, encode=checking(one.encode, statement.registry.event_types))
                    for one in statement.params[first:]
                ]
    statement.as_system = False
    return parts


def _root_lookup(request: Request, selection: Selection, source: RootLookup, trees: dict[str, Tree]) -> Stage:
    statement = Statement(request)
    entity = request.registry.entities[source.entity]
    alias = statement.alias(entity)
    key = statement.param(trees["id"], "uuid", id_decoder(entity))
    condition = conjunction([f"{alias}.id = {key}", visible(statement, entity, alias)])
    _count(request, 1)
    row = row_json(statement, entity, alias, below(selection))
    return _stage(
        request, statement, f"select {row} from {statement.tables(entity, alias)} where {condition}"
    )


def _nodes(request: Request, selection: Selection, trees: dict[str, Tree]) -> RootPlan:
    many = selection.name == "nodes"
    given = value_of(trees["ids" if many else "id"], request.variables)
    prefixes: set[str] = set()
    for text in given if many else [given]:
        try:
            prefixes.add(id_parts(str(text))[0])
        except ValueError:
            continue
    _count(request, len(given) if many else 1)
    reads: list[Read] = []
    numbers: dict[str, int] = {}
    for prefix in sorted(prefixes):
        entity = request.registry.prefixes.get(prefix)
        if entity is not None:
            numbers[prefix] = len(reads)
            reads.append(Read(entity, below(selection)))
    return RootPlan(
        selection.key,
        selection.name,
        not many,
        stage=read_stage(request, reads),
        arguments=trees,
        nodes=numbers,
    )


def _service(request: Request, selection: Selection) -> RootPlan:
    """The text that a composition is made of: the very one that ``serai schema --federation`` prints."""
    sdl = request.schema.extensions[SUBGRAPH]()
    chosen = selections(request, below(selection), "_Service")
    _once([one for one in chosen if one.name == "sdl"], "it is the same text each time")
    answer = {one.key: "_Service" if one.name == "__typename" else sdl for one in chosen}
    return RootPlan(selection.key, SERVICE, False, constant=orjson.dumps(answer).decode())


def _once(asked: list[Selection], hint: str) -> None:
    """What tells of the whole schema is long: an answer holds it once."""
    if len(asked) > 1:
        raise GraphRequestError(f"the operation asks for {asked[0].name} {len(asked)} times", hint=hint)


def _entities(request: Request, root: GraphQLObjectType, selection: Selection) -> RootPlan:
    """One read for each type that representations name; how many there are of it is no part of the plan."""
    given = field_arguments(root, selection.node, request.variables)["representations"]
    names = {one.get("__typename") for one in given if isinstance(one, dict)}
    reads: list[Read] = []
    numbers: dict[str, int] = {}
    for name in sorted(one for one in names if isinstance(one, str) and one in request.registry.entities):
        numbers[name] = len(reads)
        reads.append(Read(request.registry.entities[name], below(selection)))
    return RootPlan(
        selection.key,
        ENTITIES,
        False,
        stage=read_stage(request, reads),
        node=selection.node,
        nodes=numbers,
    )


def _mutation(request: Request, selection: Selection, source: RootMutation) -> RootPlan:
    reads: list[Read] = []
    before = request.rows
    name = f"{source.type_name}Payload"
    out = _payload(request, selection, source, name, reads)
    stage = read_stage(request, reads)
    return RootPlan(
        selection.key,
        selection.name,
        False,
        stage=stage,
        out=out,
        source=source,
        node=selection.node,
        key_from=directive_key(selection.nodes),
        dry_run=is_dry_run(selection.nodes),
        rows_each=request.rows - before,
    )


def _payload(
    request: Request, selection: Selection, source: RootMutation, type_name: str, reads: list[Read]
) -> ValueOut:
    """The payload of a mutation, or a result of a bulk: the entities in it are read by id."""
    members: list[tuple[str, str, Out]] = []
    for one in selections(request, below(selection), type_name):
        if one.name == "__typename":
            members.append((one.key, "", TextOut(type_name)))
        elif one.name == "userErrors":
            parts = tuple(
                (part.key, "", TextOut(f"{source.type_name}UserError"))
                if part.name == "__typename"
                else (part.key, part.name, LeafOut(lambda value: value))
                for part in selections(request, below(one), f"{source.type_name}UserError")
            )
            members.append((one.key, "userErrors", ListOut(ValueOut(parts))))
        elif one.name == "results" and source.bulk is not None:
            result = _payload(request, one, source, f"{source.type_name}Result", reads)
            members.append((one.key, "results", ListOut(result)))
        elif one.name in source.payload:
            reads.append(Read(request.registry.entities[source.payload[one.name]], below(one)))
            members.append((one.key, one.name, EntityOut(len(reads) - 1)))
        else:
            members.append((one.key, one.name, LeafOut(lambda value: value)))
    return ValueOut(tuple(members))


def read_stage(request: Request, reads: list[Read]) -> Stage | None:
    """One statement for all entities of one level, by id: rows of (number of the read, uuid, JSON text).

    The JSON of a row whose kind nobody here declares is null: it is there, but its plug-in is not.
    """
    if not reads:
        return None
    statement = Statement(request)
    parts: list[str] = []
    parts_of_one: list[str] = []
    rows_each: list[int] = []
    for number, read in enumerate(reads):
        entity = read.entity
        before = request.rows
        alias = statement.alias(entity)
        statement.read = number
        if not (read.is_open and number and reads[number - 1].is_open):
            _count(request, 1)
        ids = statement.slot(number, "uuid[]")
        rule = obeyed(statement, entity, alias)
        row = row_json(statement, entity, alias, read.sets)
        rows_each.append(max(request.rows - before, 1))
        tables = statement.tables(entity, alias)
        for made, by_id in ((parts, f"any({ids})"), (parts_of_one, f"({ids})[1]")):
            condition = conjunction([f"{alias}.id = {by_id}", rule])
            made.append(
                f"select {number} as number, {alias}.id, {row} as json from {tables} where {condition}"
            )
    choice = Choice(tuple(parts), tuple(statement.params)) if any(read.is_open for read in reads) else None
    return _stage(
        request,
        statement,
        UNION.join(parts),
        sql_of_one=UNION.join(parts_of_one) if choice is None else None,
        reads=tuple(reads),
        choice=choice,
        rows_each=tuple(rows_each),
    )


def visibility_stage(request: Request, entity: Entity, where: Mapping[str, Any] | None) -> Stage:
    """One statement that tells which of the rows whose uuids are in slot 0 may be seen; none if none ever may."""
    statement = Statement(request)
    alias = statement.alias(entity)
    filtered = where_condition(statement, entity, alias, tree_from(where) if where else None)
    told = conjunction([visible(statement, entity, alias), filtered])
    if told == FALSE:
        return Stage(None, (), (), (), (), None)
    condition = conjunction([f"{alias}.id = any({statement.slot(0, 'uuid[]')})", told])
    return _stage(
        request, statement, f"select {alias}.id from {statement.tables(entity, alias)} where {condition}"
    )


def _stage(
    request: Request,
    statement: Statement,
    sql: str,
    *,
    sql_of_one: str | None = None,
    reads: tuple[Read, ...] = (),
    choice: Choice | None = None,
    rows_each: tuple[int, ...] = (),
) -> Stage:
    following: list[Read] = []
    outs: list[Out] = []
    for site in statement.sites:
        outs.append(out_of(request, site.field.shape, below(site.selection), following))
    text, params = (None, ()) if choice is not None else statement.finished(sql)
    text_of_one = None if sql_of_one is None else statement.finished(sql_of_one)[0]
    return Stage(
        text,
        params,
        tuple(statement.sites),
        tuple(outs),
        reads,
        read_stage(request, following),
        choice,
        rows_each,
        text_of_one,
    )


def _count(request: Request, rows: int) -> None:
    request.rows += rows
    if request.rows > request.row_budget:
        raise BudgetExceeded(
            f"the operation could return {request.rows} rows or more, of at most {request.row_budget}",
            hint="ask for less in one operation",
            data={"estimate": request.rows, "budget": request.row_budget},
        )
