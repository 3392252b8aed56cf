"""Links between entities, looked up once all are known: targets, inverses, orders, and what access rules name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from serai_sdk import Origin, Rule
from serai_sdk.access import AllOf, AnyOf, Anyone, Not, Own, Until, Via, When

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
        if inverse.target not in (entity.name, entity.base.name if entity.base else entity.name):
            self.problem(
                f"{entity.name}.{one.name} goes by {target.name}.{inverse.name}, which links to {inverse.target}",
                f"name a to_one of {target.name} that links to {entity.name}",
                one.origin,
            )
            return None
        names = [name for name, _ in one.order]
        return replace(one, inverse=inverse.name, order=self.order(target, names, one.origin))

    def link_aggregate(self, entity: Entity, one: CountField | SumField) -> Field | None:
        link = entity.by_python(one.link) or entity.fields.get(one.link)
        if not isinstance(link, ManyField):
            self.problem(
                f"{entity.name}.{one.name} counts over {one.link!r}, which is not a to-many link of {entity.name}",
                "declare the to_many first, and name its Python attribute",
                one.origin,
            )
            return None
        if isinstance(one, CountField):
            return replace(one, link=link.name)
        target = self.registry.entities.get(link.target)
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
                if inner is not None:
                    self.check_rule(self.registry.entities[found.target], inner, whose, origin)


def _entities_in(shape: Shape) -> list[str]:
    match shape:
        case EntityShape(entity=name):
            return [name]
        case ListShape(item=item):
            return _entities_in(item)
        case _:
            return []
