"""Access rules compiled into conditions, folded by what is known of the viewer when the query is planned."""

from __future__ import annotations

from serai_sdk import Rule
from serai_sdk.access import ActsAs, AllOf, AnyOf, Anyone, HasPermission, Not, Own, Until, Via, When

from .registry import Entity, FieldInfo, ManyField, OneField
from .statement import FALSE, TRUE, Statement, conjunction, disjunction, literal, negation

MAX_DEPTH = 8


def visible(statement: Statement, entity: Entity, alias: str) -> str:
    """The condition under which a row may be seen: its kind is known here, and its rule holds."""
    return conjunction([known_kind(entity, alias), obeyed(statement, entity, alias)])


def obeyed(statement: Statement, entity: Entity, alias: str) -> str:
    """The condition that an entity's rule holds, and for a row of an interface what its kind asks besides."""
    parts = [rule_condition(statement, entity.rule, entity, alias)]
    for name, kind in sorted(entity.kinds.items()):
        if kind.own_rule is not None:
            another = f"{alias}.{entity.discriminator} <> {literal(name)}"
            parts.append(disjunction([another, rule_condition(statement, kind.own_rule, kind, alias)]))
    return conjunction(parts)


def known_kind(entity: Entity, alias: str) -> str:
    """Rows of an interface whose kind nobody here declares are not there."""
    if entity.discriminator is None:
        return TRUE
    if not entity.kinds:
        return FALSE
    return f"{alias}.{entity.discriminator} in ({', '.join(literal(kind) for kind in sorted(entity.kinds))})"


def is_kind(entity: Entity, kind: Entity, alias: str) -> str:
    """The condition that a row of an interface is of that kind."""
    return f"{alias}.{entity.discriminator} = {literal(kind.kind or '')}"


def leads_on(rule: Rule, link: str) -> bool:
    """Whether a row that obeys the rule shows that what this link of it leads to is visible, too."""
    match rule:
        case Via(name, None):
            return name == link
        case AllOf(parts):
            return any(leads_on(part, link) for part in parts)
    return False


def allowed(statement: Statement, entity: Entity, alias: str, one: FieldInfo) -> str:
    """The condition under which a field of a visible row may be seen."""
    return TRUE if one.guard is None else rule_condition(statement, one.guard, entity, alias)


def rule_condition(statement: Statement, rule: Rule, entity: Entity, alias: str) -> str:
    """A rule as an SQL condition about the row ``alias``."""
    request = statement.request
    if statement.as_system or request.outlook.kind == "system":
        return TRUE
    match rule:
        case Anyone():
            return TRUE
        case HasPermission(name):
            request.touched.add(name)
            return TRUE if name in request.outlook.permissions else FALSE
        case ActsAs(kinds):
            return TRUE if request.outlook.kind in kinds else FALSE
        case Own(column, viewer):
            if viewer not in request.outlook.attributes:
                return FALSE
            return f"{statement.column(alias, entity.columns[column])} = {statement.attribute(viewer)}"
        case When(column, values):
            return _one_of(statement.column(alias, entity.columns[column]), values)
        case Until(column):
            end = statement.column(alias, entity.columns[column])
            return f"({end} is null or {end} > serai_now())"
        case AllOf(parts):
            return conjunction([rule_condition(statement, part, entity, alias) for part in parts])
        case AnyOf(parts):
            return disjunction([rule_condition(statement, part, entity, alias) for part in parts])
        case Not(part):
            return negation(rule_condition(statement, part, entity, alias))
        case Via(link, inner):
            return _via(statement, entity, alias, link, inner)
    raise TypeError(f"unknown rule {rule!r}")


def _one_of(column: str, values: tuple[str | int | bool | None, ...]) -> str:
    given = [literal(one) if isinstance(one, str) else str(one).lower() for one in values if one is not None]
    parts = [f"{column} is null"] if None in values else []
    if len(given) == 1:
        parts.append(f"{column} = {given[0]}")
    elif given:
        parts.append(f"{column} in ({', '.join(given)})")
    return disjunction(parts)


def _via(statement: Statement, entity: Entity, alias: str, link: str, inner: Rule | None) -> str:
    if statement.depth >= MAX_DEPTH:
        raise RecursionError(f"the access rule of {entity.name} goes via {link!r} in a circle")
    one = entity.by_python(link)
    assert isinstance(one, OneField | ManyField), "checked when the registry was made"
    target = statement.registry.entities[one.target]
    far = statement.alias(target)
    statement.depth += 1
    try:
        condition = (
            visible(statement, target, far)
            if inner is None
            else conjunction([known_kind(target, far), rule_condition(statement, inner, target, far)])
        )
    finally:
        statement.depth -= 1
    if condition == FALSE:
        return FALSE
    if isinstance(one, OneField):
        near = statement.column(alias, one.column)
        if condition == TRUE:
            return f"{near} is not null"
        joined = f"{far}.id = {near}"
    else:
        inverse = target.fields[one.inverse]
        assert isinstance(inverse, OneField)
        joined = f"{statement.column(far, inverse.column)} = {alias}.id"
    return f"exists (select 1 from {statement.tables(target, far)} where {conjunction([joined, condition])})"
