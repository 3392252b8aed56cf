"""Access rules in words: what must be true of a viewer and a row for the one to see the other."""

from __future__ import annotations

from collections.abc import Iterator

from serai_sdk import Rule
from serai_sdk import access as rules

from .registry import Entity, IdField, ManyField, OneField, Registry

__all__ = ["Words"]

AS = {
    "anonymous": "you have no token",
    "customer": "you act as a customer",
    "provider": "you act for a provider",
    "staff": "you act as staff",
    "app": "you act as an app",
    "system": "it is the system itself",
}
VIEWER = {
    "customer_id": "the customer you act as",
    "provider_id": "the provider you act for",
    "staff_id": "the member of the staff you act as",
    "principal_id": "who you signed in as",
}


class Words:
    """Says rules in words; links and columns under their names in the graph."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def conditions(self, rule: Rule, entity: Entity | None) -> list[str]:
        """Each of these is enough."""
        return [self._all(one, entity) for one in _alternatives(rule)]

    def sentence(self, rule: Rule, entity: Entity | None) -> str:
        """All in one."""
        return ", or ".join(self.conditions(rule, entity))

    def _all(self, rule: Rule, entity: Entity | None) -> str:
        match rule:
            case rules.AllOf(parts=parts):
                return " and ".join(self._in_brackets(one, entity) for one in parts)
        return self._one(rule, entity)

    def _in_brackets(self, rule: Rule, entity: Entity | None) -> str:
        several = isinstance(rule, rules.AnyOf)
        return f"({self.sentence(rule, entity)})" if several else self._all(rule, entity)

    def _one(self, rule: Rule, entity: Entity | None) -> str:
        match rule:
            case rules.Anyone():
                return "always"
            case rules.HasPermission(name=name):
                return f"you hold `{name}`"
            case rules.ActsAs(kinds=kinds):
                return " or ".join(AS[one] for one in kinds)
            case rules.Own(column=column, viewer=viewer):
                return f"{self._column(column, entity)} is {VIEWER[viewer]}"
            case rules.When(column=column, values=values):
                shown = " or ".join("empty" if one is None else f"`{one}`" for one in values)
                return f"{self._column(column, entity)} is {shown}"
            case rules.Not(part=part):
                return f"it is not so that {self._in_brackets(part, entity)}"
            case rules.Via(link=link, rule=further):
                return self._via(link, further, entity)
            case rules.Until(column=column):
                return f"{self._column(column, entity)} is empty or has not come"
        raise ValueError(f"there are no words for the access rule {rule!r}: add them in {__file__}")

    def _via(self, link: str, further: Rule | None, entity: Entity | None) -> str:
        found = entity.by_python(link) if entity is not None else None
        if not isinstance(found, OneField | ManyField):
            raise ValueError(f"{link} is no link of {entity and entity.name}")
        reached = f"its `{found.name}`" if isinstance(found, OneField) else f"one of its `{found.name}`"
        if further is None:
            return f"you may see {reached}"
        target = self.registry.entities[found.target]
        return f"{reached} is such that {self._in_brackets(further, target)}"

    def _column(self, column: str, entity: Entity | None) -> str:
        """The field over a column, in the words of the graph."""
        for one in entity.fields.values() if entity is not None else ():
            if isinstance(one, IdField) and column == "id":
                return "it"
            if getattr(getattr(one, "column", None), "name", None) == column:
                return f"its `{one.name}`"
        return f"its {column.removesuffix('_id').replace('_', ' ')}"


def _alternatives(rule: Rule) -> Iterator[Rule]:
    if isinstance(rule, rules.AnyOf):
        for one in rule.parts:
            yield from _alternatives(one)
    else:
        yield rule
