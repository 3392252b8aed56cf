"""The cells of the matrix: every path to every noun of a registry, with what each viewer must get by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

from serai.graph.answers import is_answers
from serai.graph.registry import (
    BatchedField,
    ColumnField,
    CompositeField,
    CountField,
    Entity,
    ExpressionField,
    Field,
    ListShape,
    ManyField,
    MoneyField,
    OneField,
    RefsField,
    Registry,
    RootConnection,
    RootLookup,
    SumField,
    ValueShape,
)

from . import searches
from .asking import (
    at_path,
    cursor_keys,
    edge_ids,
    is_comparable,
    nested,
    page_ids,
    row_id,
    same,
    satisfies,
    selection,
)
from .expectations import ARGUMENTS, BATCHED, MAY_CALL, QUERIES, TIMELINES, Eye
from .inputs import minimal_input
from .searches import Finds, Found
from .world import Row, World, value_of

Data: TypeAlias = Any
Keep: TypeAlias = Callable[[Eye, Row], bool]
FIRST_PATHS = ("nodes", "fields", "links", "root connection")
"""Paths that tell most for least: where a search for a difference begins."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A query by one path to one noun; ``expected`` is what ``read`` must find in the answer's data."""

    noun: str
    path: str
    document: str
    expected: Callable[[Eye], Any]
    read: Callable[[Data], Any]
    variables: Mapping[str, Any] = field(default_factory=dict)
    payload: Mapping[str, UUID] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The path without what it leads over."""
        return self.path.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Host:
    """Where rows of a noun are listed: at the root, or below all rows of another noun."""

    connection: str
    parent: Entity | None = None
    link: ManyField | None = None


class Cells:
    """All cells of a registry. ``truth`` has the values of all fields that are no links, as the system sees them;
    ``finds`` what it finds.
    """

    def __init__(
        self,
        registry: Registry,
        world: World,
        truth: Mapping[str, Mapping[str, Mapping[str, Any]]],
        finds: Finds,
    ) -> None:
        self.registry = registry
        self.world = world
        self.truth = truth
        self.finds = finds

    def all(self) -> list[Cell]:
        """All cells, noun by noun."""
        found: list[Cell] = []
        for entity in self.registry.entities.values():
            found += self.roots(entity)
            found += self.by_id(entity)
            found += self.rows(entity)
            found += self.filters(entity)
            found += self.orders(entity)
            found += self.searches(entity)
        for name in self.registry.mutations:
            found += self.payloads(name)
        found += self.queries()
        return found

    # -- ids

    def id_text(self, entity: Entity, row: Row) -> str:
        return f"{entity.prefix}_{row['id'].hex}"

    def ids(self, entity: Entity) -> list[str]:
        return [self.id_text(entity, row) for row in self.world.rows(entity.name)]

    def far(self, one: OneField | ManyField) -> Entity:
        return self.registry.entities[one.target]

    def linked(self, eye: Eye, entity: Entity, one: OneField, row: Row) -> Row | None:
        """The row at the end of a to-one link, if the viewer sees link and row."""
        if not eye.shown(entity.name, one.name, row):
            return None
        far = self.world.get(one.target, value_of(row, one.column))
        return far if eye.sees(one.target, far) else None

    def many(self, eye: Eye, entity: Entity, one: ManyField, row: Row) -> list[Row]:
        """The rows of a to-many link that the viewer sees, knowing that they belong to this one."""
        far_entity = self.far(one)
        inverse = far_entity.fields[one.inverse]
        assert isinstance(inverse, OneField)
        keys = {row["id"]} if one.through is None else self.met(eye, entity, one, row)
        return [
            far
            for far in self.world.rows(one.target)
            if value_of(far, inverse.column) in keys
            and eye.sees(one.target, far)
            and eye.shown(one.target, one.inverse, far)
            and eye.shown(entity.name, one.name, row)
            and satisfies(self.values(far_entity, far), one.where)
        ]

    def met(self, eye: Eye, entity: Entity, one: ManyField, row: Row) -> set[UUID]:
        """Where the rows in the middle of a link through another lead, as far as the viewer sees them lead there."""
        middle = entity.fields[one.through or ""]
        assert isinstance(middle, ManyField)
        between = self.far(middle)
        across = between.fields[one.across]
        assert isinstance(across, OneField)
        linked = [self.linked(eye, between, across, far) for far in self.many(eye, entity, middle, row)]
        return {far["id"] for far in linked if far is not None}

    def values(self, entity: Entity, row: Row) -> Mapping[str, Any]:
        """The fields of a row that are no links, as the system sees them."""
        return self.truth[entity.name][self.id_text(entity, row)]

    # -- roots, look-ups, nodes

    def roots(self, entity: Entity) -> Iterator[Cell]:
        name = entity.name
        for root in self.registry.queries.values():
            if isinstance(root, RootConnection) and root.entity == name:
                yield self.root(entity, root.name, "", "root connection", lambda *_: True)
                for argument in root.arguments:
                    value, keep = ARGUMENTS[root.name, argument]
                    given = f"{argument}: {value}"
                    yield self.root(entity, root.name, given, f"argument: {argument}", keep)
            if isinstance(root, RootLookup) and root.entity == name:
                yield self.single(entity, root.name, "root lookup")

    def root(self, entity: Entity, connection: str, given: str, path: str, keep: Keep) -> Cell:
        def expected(eye: Eye) -> Any:
            rows = [
                row for row in self.world.rows(entity.name) if eye.sees(entity.name, row) and keep(eye, row)
            ]
            return len(rows), sorted(self.id_text(entity, row) for row in rows)

        arguments = ", ".join(["first: 100", *filter(None, [given])])
        document = f"{{ r: {connection}({arguments}) {{ totalCount nodes {{ id }} }} }}"
        return Cell(entity.name, path, document, expected, lambda data: page_ids(data["r"]))

    def single(self, entity: Entity, root: str, path: str) -> Cell:
        ids = self.ids(entity)
        parts = " ".join(f'r{number}: {root}(id: "{id}") {{ id }}' for number, id in enumerate(ids))
        return Cell(
            entity.name,
            path,
            f"{{ {parts} }}",
            lambda eye: self.seen_ids(eye, entity),
            lambda data: [one and one["id"] for one in data.values()],
        )

    def seen_ids(self, eye: Eye, entity: Entity) -> list[str | None]:
        return [
            self.id_text(entity, row) if eye.sees(entity.name, row) else None
            for row in self.world.rows(entity.name)
        ]

    def by_id(self, entity: Entity) -> Iterator[Cell]:
        yield self.single(entity, "node", "node")
        yield Cell(
            entity.name,
            "nodes",
            f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ id ... on {entity.name} {{ __typename }} }} }}",
            lambda eye: self.seen_ids(eye, entity),
            lambda data: [one and one["id"] for one in data["nodes"]],
            {"ids": self.ids(entity)},
        )
        yield self.represented(entity, entity.name, "entities")
        if entity.base is not None:
            yield self.represented(entity, entity.base.name, "entities as their interface")

    def represented(self, entity: Entity, name: str, path: str) -> Cell:
        """By what another subgraph knows: a type and an id."""
        return Cell(
            entity.name,
            path,
            "query ($given: [_Any!]!) { _entities(representations: $given) { __typename "
            f"... on {entity.name} {{ id }} }} }}",
            lambda eye: self.seen_ids(eye, entity),
            lambda data: [one and one["id"] for one in data["_entities"]],
            {"given": [{"__typename": name, "id": one} for one in self.ids(entity)]},
        )

    # -- what hangs on rows

    def rows(self, entity: Entity) -> Iterator[Cell]:
        fields = list(entity.fields.values())
        ones = [one for one in fields if isinstance(one, OneField)]
        manies = [one for one in fields if isinstance(one, ManyField)]
        sums = [one for one in fields if isinstance(one, CountField | SumField)]
        selected = [f"{one.name} {{ id }}" for one in ones]
        selected += [f"{one.name}(first: 100) {{ totalCount nodes {{ id }} }}" for one in manies]
        selected += [one.name for one in sums]
        links = self.document(entity, " ".join(selected))
        for one in ones:
            yield self.row_cell(
                entity, f"links: {one.name}", links, one.name, self.to_one(entity, one), row_id
            )
        for one in manies:
            yield self.row_cell(
                entity, f"links: {one.name}", links, one.name, self.to_many(entity, one), page_ids
            )
        for one in sums:
            yield self.row_cell(
                entity, f"links: {one.name}", links, one.name, self.aggregate(entity, one), same
            )
        leaves = " ".join(selection(one) for one in fields if selection(one))
        document = self.document(entity, leaves)
        for one in fields:
            if selection(one):
                yield self.row_cell(
                    entity, f"fields: {one.name}", document, one.name, self.leaf(entity, one), same
                )
            if isinstance(one, BatchedField) and (entity.name, one.name) in BATCHED:
                yield self.batched(entity, one)
            elif isinstance(one, BatchedField) and (entity.name, one.name) in TIMELINES:
                yield self.timeline(entity, one)
            elif isinstance(one, BatchedField) and one.guard is not None:
                yield self.told(entity, one)

    def document(self, entity: Entity, selected: str) -> str:
        return f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {entity.name} {{ id {selected} }} }} }}"

    def row_cell(
        self,
        entity: Entity,
        path: str,
        document: str,
        name: str,
        value: Callable[[Eye, Row], Any],
        read: Callable[[Any], Any],
    ) -> Cell:
        def expected(eye: Eye) -> Any:
            rows = (row for row in self.world.rows(entity.name) if eye.sees(entity.name, row))
            return {self.id_text(entity, row): value(eye, row) for row in rows}

        return Cell(
            entity.name,
            path,
            document,
            expected,
            lambda data: {one["id"]: read(one[name]) for one in data["nodes"] if one},
            {"ids": self.ids(entity)},
        )

    def to_one(self, entity: Entity, one: OneField) -> Callable[[Eye, Row], Any]:
        def value(eye: Eye, row: Row) -> Any:
            far = self.linked(eye, entity, one, row)
            return far and self.id_text(self.far(one), far)

        return value

    def to_many(self, entity: Entity, one: ManyField) -> Callable[[Eye, Row], Any]:
        def value(eye: Eye, row: Row) -> Any:
            if not eye.shown(entity.name, one.name, row):
                return None
            rows = self.many(eye, entity, one, row)
            return len(rows), sorted(self.id_text(self.far(one), far) for far in rows)

        return value

    def aggregate(self, entity: Entity, one: CountField | SumField) -> Callable[[Eye, Row], Any]:
        link = entity.fields[one.link]
        assert isinstance(link, ManyField)
        far = self.far(link)

        def value(eye: Eye, row: Row) -> Any:
            if not eye.shown(entity.name, one.name, row):
                return None
            rows = [
                other
                for other in self.many(eye, entity, link, row)
                if satisfies(self.values(far, other), one.where)
            ]
            if isinstance(one, CountField):
                return len(rows)
            summed = far.fields[one.of]
            assert isinstance(summed, ColumnField)
            return sum(value_of(other, summed.column) for other in rows if eye.shown(far.name, one.of, other))

        return value

    def leaf(self, entity: Entity, one: Field) -> Callable[[Eye, Row], Any]:
        return lambda eye, row: (
            self.truth[entity.name][self.id_text(entity, row)][one.name]
            if eye.shown(entity.name, one.name, row)
            else None
        )

    def told(self, entity: Entity, one: BatchedField) -> Cell:
        """Whether a guarded Python field says anything at all, or null."""
        shape = one.shape.item if isinstance(one.shape, ListShape) else one.shape
        within = " { __typename }" if isinstance(shape, ValueShape) else ""
        document = self.document(entity, f"{one.name}{within}")

        def value(eye: Eye, row: Row) -> Any:
            return eye.shown(entity.name, one.name, row)

        return self.row_cell(
            entity, f"told: {one.name}", document, one.name, value, lambda found: found is not None
        )

    def batched(self, entity: Entity, one: BatchedField) -> Cell:
        arguments, target, rows = BATCHED[entity.name, one.name]

        def value(eye: Eye, row: Row) -> Any:
            if not eye.shown(entity.name, one.name, row):
                return None
            return [self.id_text(self.registry.entities[target], far) for far in rows(eye, row)]

        document = self.document(entity, f"{one.name}{arguments} {{ id }}")
        return self.row_cell(
            entity,
            f"batched: {one.name}",
            document,
            one.name,
            value,
            lambda found: None if found is None else [far["id"] for far in found],
        )

    def timeline(self, entity: Entity, one: BatchedField) -> Cell:
        stands = TIMELINES[entity.name, one.name]

        def value(eye: Eye, row: Row) -> Any:
            return stands(eye, row) if eye.shown(entity.name, one.name, row) else None

        def read(found: Any) -> Any:
            return found and [(each["kind"], each["subject"]["id"][4:]) for each in found["entries"]]

        document = self.document(entity, f"{one.name}(first: 100) {{ entries {{ kind subject {{ id }} }} }}")
        return self.row_cell(entity, f"timeline: {one.name}", document, one.name, value, read)

    # -- filters and orders as oracles

    def host(self, entity: Entity) -> Host:
        for root in self.registry.queries.values():
            if isinstance(root, RootConnection) and root.entity == entity.name:
                return Host(root.name)
        for parent in self.registry.entities.values():
            for one in parent.fields.values():
                if (
                    isinstance(one, ManyField)
                    and one.target == entity.name
                    and one.through is None
                    and one.where is None
                    and self.host(parent).parent is None
                ):
                    return Host(self.host(parent).connection, parent, one)
        raise AssertionError(f"no list shows {entity.name}")

    def listed(self, eye: Eye, entity: Entity, host: Host) -> dict[str, list[Row]]:
        """What the host lists for a viewer, by the id of the parent."""
        if host.parent is None:
            return {"": [row for row in self.world.rows(entity.name) if eye.sees(entity.name, row)]}
        assert host.link is not None
        return {
            self.id_text(host.parent, parent): self.many(eye, host.parent, host.link, parent)
            for parent in self.world.rows(host.parent.name)
            if eye.sees(host.parent.name, parent)
        }

    def list_cell(
        self,
        entity: Entity,
        path: str,
        variables: Mapping[str, Any],
        expected: Callable[[Eye, list[Row]], Any],
        read: Callable[[Any], Any],
    ) -> Cell:
        host, name = self.host(entity), entity.name
        page = "(first: 100, where: $where, orderBy: $order) { totalCount edges { cursor node { id } } }"
        body = f"r: {host.connection}{page}"
        if host.link is not None:
            body = f"r: {host.connection}(first: 100) {{ nodes {{ id l: {host.link.name}{page} }} }}"

        def found(data: Data) -> Any:
            if host.link is None:
                return {"": read(data["r"])}
            return {parent["id"]: read(parent["l"]) for parent in data["r"]["nodes"]}

        return Cell(
            name,
            path,
            f"query ($where: {name}Where, $order: [{name}OrderBy!]) {{ {body} }}",
            lambda eye: {key: expected(eye, rows) for key, rows in self.listed(eye, entity, host).items()},
            found,
            variables,
        )

    def filter(self, entity: Entity, path: str, where: Any, keep: Keep) -> Cell:
        def expected(eye: Eye, rows: list[Row]) -> Any:
            kept = sorted(self.id_text(entity, row) for row in rows if keep(eye, row))
            return len(kept), kept

        return self.list_cell(entity, f"filter: {path}", {"where": where}, expected, edge_ids)

    def filters(self, entity: Entity) -> Iterator[Cell]:
        for one in entity.fields.values():
            if isinstance(one, OneField):
                is_one = partial(self.has_one, entity, one)
                where = {one.name: {"id": {"in": self.ids(self.far(one))}}}
                yield self.filter(entity, f"{one.name} in", where, is_one)
                yield self.filter(entity, f"{one.name} not in", {"not": where}, _no(is_one))
            elif isinstance(one, ManyField):
                has = partial(self.has_many, entity, one)
                ids = self.ids(self.far(one))
                yield self.filter(entity, f"{one.name} some", {one.name: {"some": {"id": {"in": ids}}}}, has)
                yield self.filter(
                    entity, f"{one.name} none", {one.name: {"none": {"id": {"in": ids}}}}, _no(has)
                )
                yield self.filter(
                    entity, f"{one.name} every", {one.name: {"every": {"id": {"notIn": ids}}}}, _no(has)
                )
            elif isinstance(one, RefsField):
                yield from self.ref_filters(entity, one)
            elif is_answers(one):
                yield from self.answer_filters(entity, one)
            elif one.guard is not None and one.filterable:
                yield from self.leaf_filters(entity, one, one, (one.name,))

    def ref_filters(self, entity: Entity, one: RefsField) -> Iterator[Cell]:
        """Filters over external ids: whom they are hidden from, for them there are none."""
        known = [ref for values in self.truth[entity.name].values() for ref in values[one.name]]
        assert known, f"no {entity.name} has an external id"
        first = known[0]
        for path, given, wanted in (
            ("any", {}, lambda _: True),
            ("source", {"source": first["source"]}, lambda ref: ref["source"] == first["source"]),
            ("id", {"id": {"eq": first["id"]}}, lambda ref: ref["id"] == first["id"]),
            ("both", {"source": first["source"], "id": {"in": [first["id"], "-"]}}, lambda ref: ref == first),
        ):

            def has(eye: Eye, row: Row, wanted: Callable[[Any], bool] = wanted) -> bool:
                is_shown = eye.shown(entity.name, one.name, row)
                return is_shown and any(map(wanted, self.values(entity, row)[one.name]))

            where = {one.name: given}
            yield self.filter(entity, f"{one.name} {path}", where, has)
            yield self.filter(entity, f"{one.name} not {path}", {"not": where}, _no(has))

    def answer_filters(self, entity: Entity, one: Field) -> Iterator[Cell]:
        """Filters over answers: whom they are hidden from, for them nothing was answered."""
        known = [values[one.name] for values in self.truth[entity.name].values() if values[one.name]]
        assert known, f"no {entity.name} has {one.name}"
        for question, first in known[0].items():
            kind = "number" if isinstance(first, int | float) else "text"
            for path, given, wanted in (
                ("answered", {"answered": True}, lambda _: True),
                ("eq", {kind: {"eq": first}}, lambda answer, first=first: answer == first),
                ("in", {kind: {"in": [first]}}, lambda answer, first=first: answer == first),
                ("any", {kind: {"isNull": False}}, lambda _: True),
            ):

                def has(
                    eye: Eye,
                    row: Row,
                    question: str = question,
                    wanted: Callable[[Any], bool] = wanted,
                ) -> bool:
                    answers = self.values(entity, row)[one.name]
                    is_shown = eye.shown(entity.name, one.name, row)
                    return is_shown and question in answers and wanted(answers[question])

                where = {one.name: [{"question": question, **given}]}
                yield self.filter(entity, f"{one.name} {question} {path}", where, has)
                yield self.filter(entity, f"{one.name} {question} not {path}", {"not": where}, _no(has))

    def has_one(self, entity: Entity, one: OneField, eye: Eye, row: Row) -> bool:
        return self.linked(eye, entity, one, row) is not None

    def has_many(self, entity: Entity, one: ManyField, eye: Eye, row: Row) -> bool:
        return bool(self.many(eye, entity, one, row))

    def leaf_filters(self, entity: Entity, whole: Field, one: Field, at: tuple[str, ...]) -> Iterator[Cell]:
        """Filters over a guarded field, or over the parts of one: whom it is hidden from, for them it is null."""
        if isinstance(one, CompositeField):
            for part in one.parts.values():
                yield from self.leaf_filters(entity, whole, part, (*at, part.name))
        if not is_comparable(one):
            return

        def value(eye: Eye, row: Row) -> Any:
            return self.seen_leaf(eye, entity, whole, row, at)

        def null(eye: Eye, row: Row) -> bool:
            return value(eye, row) is None

        def equals(given: Any) -> Keep:
            return lambda eye, row: bool(value(eye, row) == given)

        path = ".".join(at)
        yield self.filter(entity, f"{path} is null", nested(at, {"isNull": True}), null)
        yield self.filter(entity, f"{path} is not null", nested(at, {"isNull": False}), _no(null))
        if isinstance(one, MoneyField):
            return
        values = self.leaf_values(entity, at)
        for number, given in enumerate(values[:1] + values[-1:]):
            is_it = equals(given)
            yield self.filter(entity, f"{path} eq {number}", nested(at, {"eq": given}), is_it)
            yield self.filter(entity, f"{path} ne {number}", nested(at, {"ne": given}), _no(is_it))
            yield self.filter(
                entity, f"{path} not eq {number}", {"not": nested(at, {"eq": given})}, _no(is_it)
            )
        assert isinstance(one, ColumnField | ExpressionField)
        if one.leaf.textual:
            yield self.filter(entity, f"{path} contains", nested(at, {"contains": ""}), _no(null))
        if values:
            yield self.filter(entity, f"{path} in", nested(at, {"in": values}), _no(null))
            yield self.filter(entity, f"{path} not in", nested(at, {"notIn": values}), null)

    def leaf_values(self, entity: Entity, at: tuple[str, ...]) -> list[Any]:
        found = {at_path(values, at) for values in self.truth[entity.name].values()} - {None}
        return sorted(found)

    def seen_leaf(self, eye: Eye, entity: Entity, whole: Field, row: Row, at: tuple[str, ...]) -> Any:
        if not eye.shown(entity.name, whole.name, row):
            return None
        return at_path(self.truth[entity.name][self.id_text(entity, row)], at)

    def orders(self, entity: Entity) -> Iterator[Cell]:
        for one in entity.fields.values():
            if isinstance(one, OneField):
                yield self.order(entity, (one.name, "id"), self.link_key(entity, one))
            elif one.guard is not None and one.orderable:
                yield from self.leaf_orders(entity, one, one, (one.name,))

    def link_key(self, entity: Entity, one: OneField) -> Callable[[Eye, Row], Any]:
        def key(eye: Eye, row: Row) -> Any:
            far = self.linked(eye, entity, one, row)
            return far and str(far["id"])

        return key

    def leaf_orders(self, entity: Entity, whole: Field, one: Field, at: tuple[str, ...]) -> Iterator[Cell]:
        if isinstance(one, CompositeField):
            for part in one.parts.values():
                yield from self.leaf_orders(entity, whole, part, (*at, part.name))
        elif is_comparable(one) and not isinstance(one, MoneyField):
            yield self.order(entity, at, lambda eye, row: self.seen_leaf(eye, entity, whole, row, at))

    def order(self, entity: Entity, at: tuple[str, ...], key: Callable[[Eye, Row], Any]) -> Cell:
        """The rows in order, and with each whether its cursor holds something: of hidden values it holds nothing."""

        def expected(eye: Eye, rows: list[Row]) -> Any:
            keyed = [(key(eye, row), row["id"].hex, self.id_text(entity, row)) for row in rows]
            keyed.sort(key=lambda one: (one[0] is None, "" if one[0] is None else one[0], one[1]))
            return [(id, value is None) for value, _, id in keyed]

        def read(page: Any) -> Any:
            return [(edge["node"]["id"], cursor_keys(edge["cursor"])[1] is None) for edge in page["edges"]]

        variables = {"order": [nested(at, "ASC")]}
        return self.list_cell(entity, f"order: {'.'.join(at)}", variables, expected, read)

    # -- searches

    def searches(self, entity: Entity) -> Iterator[Cell]:
        for text, found in self.finds.get(entity.name, {}).items():
            for page, variables in searches.pages(found):

                def expected(eye: Eye, found: Found = found, variables: Any = variables) -> Any:
                    rows = self.world.rows(entity.name)
                    seen = {self.id_text(entity, row) for row in rows if eye.sees(entity.name, row)}
                    return searches.answered(found, seen, variables)

                yield Cell(
                    entity.name,
                    f"search: {text}, {page}",
                    searches.asked(entity, self.host(entity).connection),
                    expected,
                    lambda data: data["r"],
                    {"text": text, **variables},
                )
        for one in entity.fields.values():
            if isinstance(one, ManyField):
                for text, found in self.finds.get(one.target, {}).items():
                    yield self.linked_search(entity, one, text, found)

    def linked_search(self, entity: Entity, one: ManyField, text: str, found: Found) -> Cell:
        """What is found among the rows of a link."""
        all_of = self.to_many(entity, one)

        def value(eye: Eye, row: Row) -> Any:
            linked = all_of(eye, row)
            if linked is None:
                return None
            kept = [id for id, _ in found if id in linked[1]]
            return len(kept), kept

        document = self.document(
            entity, f'{one.name}(first: 100, search: "{text}") {{ totalCount nodes {{ id }} }}'
        )
        return self.row_cell(
            entity,
            f"search: {one.name}, {text}",
            document,
            one.name,
            value,
            lambda page: page and (page["totalCount"], [far["id"] for far in page["nodes"]]),
        )

    # -- mutations and root fields answered in Python

    def payloads(self, name: str) -> Iterator[Cell]:
        source = self.registry.mutations[name]
        for member, target in source.payload.items():
            entity = self.registry.entities[target]
            rows = self.world.rows(target)
            for row in rows[:: max(1, len(rows) // 4)]:

                def expected(eye: Eye, entity: Entity = entity, row: Row = row) -> Any:
                    if not MAY_CALL[name](eye):
                        return "FORBIDDEN"
                    return self.id_text(entity, row) if eye.sees(entity.name, row) else None

                told = f"p: {member} {{ id }}"
                told = told if source.bulk is None else f"results {{ {told} }}"
                called = f"m: {name}(input: $input) {{ {told} }}"
                yield Cell(
                    target,
                    f"payload: {name}.{member}",
                    f"mutation ($input: {source.input.name}!) {{ {called} }}",
                    expected,
                    lambda data: data if isinstance(data, str) else row_id(_only_result(data["m"])["p"]),
                    {"input": minimal_input(self.registry, source.input)},
                    {member: row["id"]},
                )

    def queries(self) -> Iterator[Cell]:
        for name, links in QUERIES.items():
            for part, (target, id) in links.items():
                entity = self.registry.entities[target]

                def expected(eye: Eye, entity: Entity = entity, id: Any = id) -> Any:
                    row = self.world.get(entity.name, id(eye.viewer))
                    return self.id_text(entity, row) if row and eye.sees(entity.name, row) else None

                document = f"{{ r: {name} {{ p: {part} {{ id }} }} }}"
                yield Cell(
                    target, f"query: {name}.{part}", document, expected, lambda data: row_id(data["r"]["p"])
                )


def _only_result(payload: Any) -> Any:
    """The payload of a mutation; of a bulk, that of its only item."""
    return payload["results"][0] if "results" in payload else payload


def _no(keep: Keep) -> Keep:
    return lambda eye, row: not keep(eye, row)
