"""Links between entities, looked up once all are known: targets, inverses, orders, and what access rules name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from serai_sdk import Origin, Rule
from serai_sdk.access import AllOf, AnyOf, Anyone, Not, Own, Until, Via, When

from .constant_filters import wrong_filter
from .declared_types import TypeResolver
from .registry import (
    ANY_ENTITY,
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
    ListShape,
    ManyField,
    MoneyField,
    OneField,
    Shape,
    SumField,
)


class LinkResolver(TypeResolver):
    """Finds what links lead to; a link that leads nowhere is a problem and is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: dict[str, dict[str, tuple[ColumnRef, bool]]] = {}
        self.instants: dict[str, frozenset[str]] = {}

    def resolve_links(self) -> None:
        for entity in self.registry.entities.values():
            self.plugin = self.owners[entity.name][0]
            for name, one in list(entity.fields.items()):
                made: Field | None = one
                match one:
                    case OneField():
                        made = self.link_one(entity, one)
                    case ManyField():
                        made = self.link_many(entity, one)
                    case CountField() | SumField():
                        made = self.link_aggregate(entity, one)
                    case BatchedField():
                        made = self.link_batched(entity, one)
                if made is None:
                    del entity.fields[name]
                else:
                    entity.fields[name] = made

    def link_one(self, entity: Entity, one: OneField) -> OneField | None:
        target = self.registry.entities.get(one.target)
        if target is None:
            self.missing_target(entity, one, one.target)
            return None
        implied = isinstance(entity.rule, Via) and entity.rule.link == one.python and entity.rule.rule is None
        if isinstance(target.rule, Anyone) or implied:
            return one
        return replace(one, nullable=True)

    def link_many(self, entity: Entity, one: ManyField) -> ManyField | None:
        target = self.registry.entities.get(one.target)
        if target is None:
            self.missing_target(entity, one, one.target)
            return None
        inverse = target.by_python(one.inverse) or target.fields.get(one.inverse)
        if not isinstance(inverse, OneField):
            self.problem(
                f"{entity.name}.{one.name} goes by {target.name}.{one.inverse}, which is not a to-one link",
                "name the Python attribute of a to_one in the target",
                one.origin,
            )
            return None
        wrong = None if one.where is None else wrong_filter(self.registry, target, one.where)
        if wrong is not None:
            self.problem(
                f"the `where` of {entity.name}.{one.name} does not fit {target.name}: {wrong}",
                "write it as in the graph, by final names, with Python values",
                one.origin,
            )
            return None
        order = self.order(target, [name for name, _ in one.order], one.origin)
        if one.through is not None:
            middle = self.link_through(entity, one, one.through, target, inverse)
            if middle is None:
                return None
            return replace(
                one, inverse=inverse.name, order=order, through=middle[0].name, across=middle[1].name
            )
        if inverse.target not in _itself(entity):
            self.problem(
                f"{entity.name}.{one.name} goes by {target.name}.{inverse.name}, which links to {inverse.target}",
                f"name a to_one of {target.name} that links to {entity.name}",
                one.origin,
            )
            return None
        return replace(one, inverse=inverse.name, order=order)

    def link_through(
        self, entity: Entity, one: ManyField, name: str, target: Entity, inverse: OneField
    ) -> tuple[ManyField, OneField] | None:
        """The link in the middle, and the link of its rows that leads where ``inverse`` does."""
        middle = entity.by_python(name) or entity.fields.get(name)
        if not isinstance(middle, ManyField) or middle.through is not None:
            self.problem(
                f"{entity.name}.{one.name} goes through {name!r}, which is not a to-many link of {entity.name} "
                "that is by a link alone",
                "declare that to_many first, and name its Python attribute",
                one.origin,
            )
            return None
        between = self.registry.entities.get(middle.target)
        if between is None:
            self.missing_target(entity, one, middle.target)
            return None
        across = between.by_python(one.inverse) or between.fields.get(one.inverse)
        if not isinstance(across, OneField) or across.target != inverse.target:
            self.problem(
                f"{entity.name}.{one.name} goes through {name!r} by {one.inverse!r}, but {between.name} and "
                f"{target.name} do not both link to {inverse.target} by it",
                f"name a to_one that {between.name} and {target.name} both have",
                one.origin,
            )
            return None
        return middle, across

    def link_aggregate(self, entity: Entity, one: CountField | SumField) -> Field | None:
        link = entity.by_python(one.link) or entity.fields.get(one.link)
        if not isinstance(link, ManyField):
            self.problem(
                f"{entity.name}.{one.name} counts over {one.link!r}, which is not a to-many link of {entity.name}",
                "declare the to_many first, and name its Python attribute",
                one.origin,
            )
            return None
        target = self.registry.entities.get(link.target)
        wrong = (
            None if one.where is None or target is None else wrong_filter(self.registry, target, one.where)
        )
        if wrong is not None:
            self.problem(
                f"the `where` of {entity.name}.{one.name} does not fit {link.target}: {wrong}",
                "write it as in the graph, by final names, with Python values",
                one.origin,
            )
            return None
        if isinstance(one, CountField):
            return replace(one, link=link.name)
        summed = (target.by_python(one.of) or target.fields.get(one.of)) if target else None
        if not isinstance(summed, ColumnField) or summed.leaf.sql not in (
            "bigint",
            "numeric",
            "double precision",
        ):
            self.problem(
                f"{entity.name}.{one.name} sums {link.target}.{one.of}, which is not a numeric column",
                "sum a number; money is summed per currency, by aggregates",
                one.origin,
            )
            return None
        return replace(one, link=link.name, of=summed.name)

    def link_batched(self, entity: Entity, one: BatchedField) -> Field | None:
        needs: dict[str, str] = {}
        for python in one.needs:
            needed = entity.by_python(python)
            if not isinstance(
                needed,
                IdField | ColumnField | ExpressionField | MoneyField | CompositeField | JsonField | OneField,
            ):
                self.problem(
                    f"{entity.name}.{one.name} needs {python!r}, which is not a column or to-one link of {entity.name}",
                    "name Python attributes of the entity",
                    one.origin,
                )
                return None
            needs[python] = needed.name
        for target in _entities_in(one.shape):
            if target not in self.registry.entities and target != ANY_ENTITY:
                self.missing_target(entity, one, target)
                return None
        return replace(one, needs=needs)

    def check_values(self) -> None:
        for value in self.registry.values.values():
            for part in value.parts.values():
                for target in _entities_in(part.shape):
                    if target not in self.registry.entities and target != ANY_ENTITY:
                        self.plugin = self.owners[value.name][0]
                        self.problem(
                            f"{value.name}.{part.name} links to {target}, which does not exist",
                            f"there are {', '.join(sorted(self.registry.entities))}; {ANY_ENTITY} stands for any",
                            value.origin,
                        )

    def missing_target(self, entity: Entity, one: Field, target: str) -> None:
        self.problem(
            f"{entity.name}.{one.name} links to {target}, which does not exist",
            f"there are {', '.join(sorted(self.registry.entities))}",
            one.origin,
        )

    def order(self, entity: Entity, names: Sequence[str], origin: Origin) -> tuple[tuple[str, bool], ...]:
        keys: list[tuple[str, bool]] = []
        for name in names:
            bare = name.removeprefix("-")
            found = entity.by_python(bare)
            if not isinstance(found, IdField | ColumnField | ExpressionField) or (
                not isinstance(found, IdField) and found.many
            ):
                self.problem(
                    f"{entity.name} has no column {bare!r} to order by", "name a leaf column of it", origin
                )
                continue
            keys.append((found.name, name.startswith("-")))
        return tuple(keys)

    def check_rules(self) -> None:
        for entity in self.registry.entities.values():
            self.plugin = self.owners[entity.name][0]
            self.check_rule(entity, entity.rule, f"the access rule of {entity.name}", entity.origin)
            for one in entity.fields.values():
                if one.guard is not None:
                    self.check_rule(
                        entity, one.guard, f"the access rule of {entity.name}.{one.name}", one.origin
                    )

    def check_rule(self, entity: Entity, rule: Rule, whose: str, origin: Origin) -> None:
        match rule:
            case AllOf(parts) | AnyOf(parts):
                for part in parts:
                    self.check_rule(entity, part, whose, origin)
            case Not(part):
                self.check_rule(entity, part, whose, origin)
            case Own(column=column) | When(column=column) | Until(column=column):
                if column not in self.columns.get(entity.name, {}):
                    self.problem(
                        f"{whose} names the column {column}, which {entity.name} does not have",
                        f"it has {', '.join(sorted(self.columns[entity.name]))}",
                        origin,
                    )
                elif isinstance(rule, Until) and column not in self.instants[entity.name]:
                    self.problem(
                        f"{whose} holds until {column}, which is not an instant",
                        f"name a column of the type timestamptz: {', '.join(sorted(self.instants[entity.name]))}",
                        origin,
                    )
            case Via(link=link, rule=inner):
                found = entity.by_python(link)
                if not isinstance(found, OneField | ManyField):
                    self.problem(
                        f"{whose} goes via {link!r}, which is not a link of {entity.name}",
                        "name the Python attribute of a to_one or to_many",
                        origin,
                    )
                    return
                if isinstance(found, ManyField) and (found.through is not None or found.where is not None):
                    self.problem(
                        f"{whose} goes via {link!r}, which goes through another link or has a `where`",
                        "go via the links it is made of: via(..., via(...) & when(...))",
                        origin,
                    )
                    return
                if inner is not None:
                    self.check_rule(self.registry.entities[found.target], inner, whose, origin)


def _itself(entity: Entity) -> tuple[str, ...]:
    return (entity.name,) if entity.base is None else (entity.name, entity.base.name)


def _entities_in(shape: Shape) -> list[str]:
    match shape:
        case EntityShape(entity=name):
            return [name]
        case ListShape(item=item):
            return _entities_in(item)
        case _:
            return []
