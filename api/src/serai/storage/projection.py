"""What the tables look like between two migrations, without making all models anew at every step.

Tortoise 1.1 makes the classes of all related models again for each operation, and once more for each migration that
was applied before: most of the time that a new database took. Here a class is made when an operation asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tortoise.fields.relational import (
    ForeignKeyFieldInstance,
    ManyToManyFieldInstance,
    OneToOneFieldInstance,
)
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import Model

__all__ = ["ProjectedApps", "ProjectedState"]

Key = tuple[str, str]
DIRECT_RELATIONS = (ForeignKeyFieldInstance, OneToOneFieldInstance, ManyToManyFieldInstance)


class ProjectedApps(StateApps):
    """Makes a model and those it refers to when it is asked for; forgets them all when any of them changes.

    With `is_whole` all models are made at once: for code that may go from a model to those that refer to it.
    """

    def __init__(
        self, states: dict[Key, ModelState], default_connections: dict[str, str], *, is_whole: bool
    ) -> None:
        super().__init__(default_connections=default_connections)
        self._states = states
        self._is_whole = is_whole

    def get_model(self, app_label: str, model_name: str | None = None) -> type[Model]:
        if model_name is None:
            app_label, model_name = self.split_reference(app_label)
        if model_name not in self.apps.get(app_label, {}):
            self._render((app_label, model_name))
        return self.apps[app_label][model_name]

    def unregister_model(self, app_label: str, model_name: str) -> None:
        self.forget()

    def forget(self) -> None:
        """A model changed: what was made of it and of those around it no longer holds."""
        self.apps.clear()

    def clone_of(self, states: dict[Key, ModelState]) -> ProjectedApps:
        """The same over other states, nothing made yet."""
        return ProjectedApps(states, dict(self._default_connections), is_whole=self._is_whole)

    def _render(self, asked: Key) -> None:
        made: set[Key] = set()
        wanted = list(self._states) if self._is_whole else [asked]
        while wanted:
            key = wanted.pop()
            if key in made or key not in self._states or key[1] in self.apps.get(key[0], {}):
                continue
            made.add(key)
            self.register_model(key[0], self._states[key].render(self))
            wanted += references(self._states[key])
        self._init_relations()
        self._build_initial_querysets()


class ProjectedState(State):
    """Tortoise's state of a project, over apps that make their models when they are asked for."""

    apps: ProjectedApps

    @classmethod
    def empty(cls, default_connections: dict[str, str], *, is_whole: bool) -> ProjectedState:
        """Before the first migration."""
        states: dict[Key, ModelState] = {}
        return cls(models=states, apps=ProjectedApps(states, default_connections, is_whole=is_whole))

    def reload_model(self, app_label: str, model_name: str) -> None:
        if (app_label, model_name) not in self.models:
            raise LookupError(f"Model state {app_label}.{model_name} is unknown")
        self.apps.forget()

    def reload_models(self, model_tuples: Iterable[Key]) -> None:
        self.apps.forget()

    def validate_relations_initialized(self) -> None:
        """Raises `RuntimeError` where a field refers to a model that no migration makes."""
        lost = sorted(
            f"{app}.{name}"
            for (app, name), state in self.models.items()
            if not self.models.keys() >= set(references(state))
        )
        if lost:
            raise RuntimeError(
                f"Fields of {', '.join(lost)} refer to models that were never created in this sequence of migrations"
            )

    def clone(self) -> ProjectedState:
        models = {key: model.clone() for key, model in self.models.items()}
        return ProjectedState(models=models, apps=self.apps.clone_of(models))


def references(state: ModelState) -> list[Key]:
    """The models that the fields of a model refer to, by app and name."""
    return [_key(field.model_name) for field in state.fields.values() if isinstance(field, DIRECT_RELATIONS)]


def _key(reference: Any) -> Key:
    if isinstance(reference, str):
        app, _, name = reference.partition(".")
        return app, name
    return str(reference._meta.app), reference.__name__
