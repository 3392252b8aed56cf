"""Declared attributes as fields of the registry: columns looked up, types found, expressions compiled."""

from __future__ import annotations

from typing import Any

from serai_sdk import ExternalRef, Money, Origin
from serai_sdk.access import AllOf
from serai_sdk.declare import (
    Attribute,
    Batched,
    Column,
    CountOf,
    Declared,
    ExternalRefs,
    SqlExpression,
    SumOf,
    ToMany,
    ToOne,
    ValueRecord,
    is_optional,
    without_none,
)

from .declared_types import list_item
from .expressions import ExpressionError, compile_expression, stored_cases
from .json_attributes import attribute_template
from .leaves import ANY_JSON, CURRENCY
from .links import LinkResolver
from .registry import (
    BatchedField,
    ColumnField,
    CompositeField,
    CountField,
    Entity,
    EntityShape,
    ExpressionField,
    Field,
    JsonField,
    ListShape,
    ManyField,
    MoneyField,
    OneField,
    RefsField,
    Shape,
    SumField,
    ValueType,
)


class FieldResolver(LinkResolver):
    """Makes fields of declarations; what cannot be made is a problem and is left out."""

    def field(self, entity: Entity, declared: Declared) -> Field | None:
        optional = is_optional(declared.annotation)
        info: dict[str, Any] = {
            "name": declared.final_name,
            "python": declared.name,
            "description": declared.description,
            "origin": declared.origin,
            "guard": declared.access,
            "deprecated": declared.deprecated,
            "nullable": optional,
        }
        match declared:
            case Column():
                info |= {
                    "personal": declared.personal,
                    "filterable": declared.filterable,
                    "orderable": declared.orderable,
                    "unindexed": declared.unindexed,
                }
                return self.column(
                    entity,
                    declared,
                    declared.column or declared.name,
                    without_none(declared.annotation),
                    info,
                )
            case ToOne():
                found = self.columns[entity.name].get(declared.column or f"{declared.name}_id")
                if found is None:
                    self.no_column(entity, declared.column or f"{declared.name}_id", declared.origin)
                    return None
                return OneField(**{**info, "nullable": found[1]}, target=declared.target, column=found[0])
            case ToMany():
                return ManyField(
                    **info,
                    target=declared.target,
                    inverse=declared.by,
                    order=tuple((name, False) for name in declared.order),
                    through=declared.through,
                    where=declared.where,
                )
            case ExternalRefs():
                value = self.value(ExternalRef.__serai_value__)  # type: ignore[attr-defined]  # rides on the class
                return RefsField(**{**info, "nullable": True, "orderable": False}, value=value)
            case SqlExpression():
                inner, many = list_item(without_none(declared.annotation))
                leaf = self.leaf(inner)
                if leaf is None:
                    self.problem(
                        f"{entity.name}.{info['name']} has no leaf type", "annotate it", declared.origin
                    )
                    return None
                refs = {name: ref for name, (ref, _) in self.columns[entity.name].items()}
                try:
                    template = compile_expression(declared.expression, refs)
                    stored = stored_cases(declared.expression, refs)
                except ExpressionError as error:
                    self.problem(
                        f"the expression of {entity.name}.{info['name']} is not allowed: {error}",
                        "an expression is over the row's own columns; for anything else use batched",
                        declared.origin,
                    )
                    return None
                info["unindexed"] = declared.unindexed
                return ExpressionField(**info, template=template, stored=stored, leaf=leaf, many=many)
            case Attribute():
                return self.attribute(entity, declared, info)
            case CountOf():
                return CountField(**info, link=declared.link, where=declared.where)
            case SumOf():
                leaf = self.leaf(without_none(declared.annotation))
                if leaf is None:
                    self.problem(
                        f"{entity.name}.{info['name']} has no leaf type", "annotate it", declared.origin
                    )
                    return None
                return SumField(**info, link=declared.link, of=declared.of, leaf=leaf, where=declared.where)
            case Batched():
                item = (
                    EntityShape(declared.entity, True)
                    if declared.entity
                    else self.shape(declared.annotation, declared.origin)
                )
                shape: Shape | None = ListShape(item, True) if declared.many and item is not None else item
                if shape is None:
                    return None
                self.inputs_of(declared.arguments.values())
                return BatchedField(
                    **{**info, "nullable": True, "filterable": False, "orderable": False},
                    resolve=declared.resolve,
                    needs=dict.fromkeys(declared.needs, ""),
                    shape=shape,
                    arguments=declared.arguments,
                )
        raise TypeError(f"unknown declaration {declared!r}")

    def column(
        self, entity: Entity, declared: Column, name: str, annotation: Any, info: dict[str, Any]
    ) -> Field | None:
        columns = self.columns[entity.name]
        if annotation is Money:
            minor, currency = columns.get(f"{name}_minor"), columns.get(f"{name}_currency")
            if minor is None or currency is None:
                self.no_column(entity, f"{name}_minor / {name}_currency", declared.origin)
                return None
            self.check_null(entity, declared, minor[1], info["nullable"])
            return MoneyField(**info, minor=minor[0], currency=currency[0])
        inner, many = list_item(annotation)
        record: ValueRecord | None = getattr(inner, "__serai_value__", None)
        if record is not None:
            value = self.value(record)
            if name in columns:
                self.check_null(entity, declared, columns[name][1], info["nullable"])
                return JsonField(
                    **{**info, "filterable": False, "orderable": False},
                    value=value,
                    column=columns[name][0],
                    many=many,
                )
            return self.composite(entity, declared, name, record, value, info)
        leaf = self.leaf(inner)
        if leaf is None:
            self.problem(
                f"{entity.name}.{info['name']} has the type {annotation!r}, which a column cannot have",
                "use str, int, float, bool, Decimal, date, datetime, Enum, Money, JSON, a value type, or a list",
                declared.origin,
            )
            return None
        if name not in columns:
            self.no_column(entity, name, declared.origin)
            return None
        ref, null = columns[name]
        self.check_null(entity, declared, null, info["nullable"])
        if many:
            info |= {"filterable": False, "orderable": False}
        if leaf.python is str and _is_currency(name):
            leaf = CURRENCY
        return ColumnField(**info, column=ref, leaf=leaf, many=many)

    def attribute(self, entity: Entity, declared: Attribute, info: dict[str, Any]) -> ExpressionField | None:
        whole = entity.by_python(declared.of)
        if not isinstance(whole, ColumnField) or whole.leaf is not ANY_JSON or whole.many:
            self.problem(
                f"{entity.name}.{info['name']} is an attribute of {declared.of!r}, no column of JSON above it",
                f"declare it above: {declared.of}: JSON | None = column(...)",
                declared.origin,
            )
            return None
        leaf = self.leaf(without_none(declared.annotation))
        template = None if leaf is None else attribute_template(whole.column, declared.key, leaf)
        if leaf is None or template is None or not info["nullable"]:
            self.problem(
                f"{entity.name}.{info['name']} has the type {declared.annotation!r}, which an attribute cannot have",
                "write `X | None` of str, bool, int, float, Decimal, date, datetime, Enum: what is missing is null",
                declared.origin,
            )
            return None
        guards = [one for one in (whole.guard, declared.access) if one is not None]
        info |= {
            "guard": AllOf(tuple(guards)) if len(guards) > 1 else next(iter(guards), None),
            "unindexed": declared.unindexed,
        }
        return ExpressionField(**info, personal=whole.personal, template=template, leaf=leaf)

    def composite(
        self,
        entity: Entity,
        declared: Column,
        name: str,
        record: ValueRecord,
        value: ValueType,
        info: dict[str, Any],
    ) -> CompositeField | None:
        parts: dict[str, Field] = {}
        for one in record.parts:
            part_info: dict[str, Any] = {
                "name": one.final_name,
                "python": one.name,
                "description": one.description,
                "origin": declared.origin,
                "nullable": is_optional(one.annotation),
                "filterable": declared.filterable,
                "orderable": declared.orderable,
                "unindexed": declared.unindexed,
            }
            inner = without_none(one.annotation)
            part_column = f"{name}_{one.name}"
            nested: ValueRecord | None = getattr(inner, "__serai_value__", None)
            if nested is not None:
                made = self.composite(entity, declared, part_column, nested, self.value(nested), part_info)
                if made is None:
                    return None
                parts[made.name] = made
                continue
            leaf = self.leaf(inner)
            found = self.columns[entity.name].get(part_column)
            if leaf is None or found is None:
                self.no_column(entity, part_column, declared.origin)
                return None
            # a part that is never null in its value is null in the table where the value is
            part_info["nullable"] = part_info["nullable"] or found[1]
            parts[one.final_name] = ColumnField(**part_info, column=found[0], leaf=leaf)
        return CompositeField(**info, value=value, parts=parts)

    def check_null(self, entity: Entity, declared: Declared, null: bool, optional: bool) -> None:
        if null and not optional and declared.access is None:
            self.problem(
                f"{entity.name}.{declared.final_name} is declared non-null over a column that may be null",
                f"annotate it with `| None`, or make the column of {declared.name!r} NOT NULL",
                declared.origin,
            )

    def no_column(self, entity: Entity, name: str, origin: Origin) -> None:
        self.problem(
            f"{entity.name} has no column {name}",
            f"its table has {', '.join(sorted(self.columns[entity.name]))}",
            origin,
        )


def _is_currency(name: str) -> bool:
    return name == "currency" or name.endswith("_currency")
