"""What a plug-in may call its own: what carries its id, and what it claims. All that does not is found at once."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tortoise.models import Model

from serai.graph.findings import Problem
from serai.graph.registry import Registry
from serai_sdk import Origin, Plugin
from serai_sdk.declare import Batched, Declared, ToMany, ToOne, is_optional
from serai_sdk.entity import EntityRecord, ExtendRecord

from .discover import CORE
from .importing import problem_of
from .report import Records


def own_problems(plugin: Plugin, records: Records) -> list[Problem]:
    """What is wrong with a plug-in's records taken by themselves; the core need not prefix what it owns."""
    tables, problems = _tables(plugin, records)
    problems += _models(plugin, records, tables)
    problems += _duplicates(plugin, records)
    if plugin.id != CORE:
        problems += _told_by("G03", _prefixes(plugin, records))
        problems += _told_by("D01", _table_names(plugin, tables))
        problems += _personal(plugin, records)
        problems += _told_by("G02", _extensions(plugin, records))
    return problems


def shared_problems(plugins: Sequence[Plugin], registry: Registry) -> list[Problem]:
    """What is wrong with names once everything is put together: types with somebody else's id in front, or nobody's."""
    named = [*_claims(plugins), *_type_names({one.id: one for one in plugins}, registry)]
    return list(_told_by("G03", named))


def _told_by(check: str, problems: Iterable[Problem]) -> Iterator[Problem]:
    """The same, each with the numbered check that tells it."""
    return (replace(one, check=check) for one in problems)


def owner_of(plugins: Iterable[Plugin], origin: Origin) -> str | None:
    """The plug-in whose code an origin lies in, by its stamp, its module or its file."""
    if origin.plugin:
        return origin.plugin
    for one in plugins:
        package = type(one).__module__.partition(".")[0]
        module = f"{package}.{CORE}" if one.id == CORE else package
        if origin.file == module or origin.file.startswith(f"{module}."):
            return one.id
        spec = importlib.util.find_spec(module)
        folders = spec.submodule_search_locations if spec is not None else None
        if any(Path(origin.file).is_relative_to(folder) for folder in folders or ()):
            return one.id
        if spec is not None and spec.origin == origin.file:
            return one.id
    return None


def pascal(id: str) -> str:
    """What the names of a plug-in's types begin with: ``booking`` as ``Booking``."""
    return id[:1].upper() + id[1:]


# -- one plug-in by itself


def _entities(records: Records) -> Iterator[EntityRecord]:
    for graph in records.graph:
        for cls in graph.entities:
            yield cls.__dict__["__serai_entity__"]


def _tables(plugin: Plugin, records: Records) -> tuple[list[type[Model]], list[Problem]]:
    """The models of the modules that ``Storage`` names."""
    models: dict[type[Model], None] = {}
    problems: list[Problem] = []
    for storage in records.storage:
        for name in storage.models:
            try:
                module = importlib.import_module(name)
            except Exception as error:  # a plug-in's module may raise anything; the others go on
                hint = "name modules of your own in Storage(models=...)"
                problems.append(problem_of(plugin.id, error, f"its models {name!r} cannot be imported", hint))
                continue
            found = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, Model)]
            models |= dict.fromkeys(one for one in found if not one._meta.abstract and one._meta.db_table)
        try:
            spec = importlib.util.find_spec(storage.migrations)
        except ImportError:
            spec = None
        if spec is None:
            problems.append(
                Problem(
                    plugin.id,
                    f"its migrations {storage.migrations!r} do not exist",
                    "name the package they are in: Storage(migrations=...)",
                )
            )
    return list(models), problems


def _models(plugin: Plugin, records: Records, tables: Sequence[type[Model]]) -> Iterator[Problem]:
    for record in _entities(records):
        if record.model not in tables:
            yield Problem(
                plugin.id,
                f"{record.name} is over the model {record.model.__name__}, which no Storage record names",
                f"list its module: Storage(models=({record.model.__module__!r},), ...)",
                record.origin,
            )


def _duplicates(plugin: Plugin, records: Records) -> Iterator[Problem]:
    seen: dict[object, Origin] = {}
    named = [
        *((("permission", one.name), one.origin) for one in records.permissions),
        *((("event", f"{one.name} version {one.version}"), one.origin) for one in records.events),
        *((("job", one.name), one.origin) for one in records.jobs),
        *((("listener", one.name), one.origin) for one in records.listeners),
    ]
    for key, origin in named:
        if key in seen:
            yield Problem(
                plugin.id,
                f"the {key[0]} {key[1]} is declared twice: by {seen[key]} and by {origin}",
                "take one of them away",
                origin,
                (seen[key],),
            )
        seen.setdefault(key, origin)


def _prefixes(plugin: Plugin, records: Records) -> Iterator[Problem]:
    id = plugin.id
    for job in records.jobs:
        if not job.name.startswith(f"{id}."):
            what = job.name.rpartition(".")[2]
            yield Problem(
                id, f"declares the job {job.name}, which is not its own", f"call it {id}.{what}", job.origin
            )
    for listener in records.listeners:
        if not listener.name.startswith(f"{id}."):
            yield Problem(
                id,
                f"declares the listener {listener.name}, which is not its own",
                f"call it {id}.{listener.name.rpartition('.')[2]}",
                listener.origin,
            )
    for one in records.permissions:
        if not one.name.startswith(f"{id}:"):
            verb = one.name.rpartition(":")[2]
            yield Problem(
                id,
                f"declares the permission {one.name}, which is not its own",
                f"call it {id}:{verb}",
                one.origin,
            )
    for event in records.events:
        if not event.name.startswith(f"{id}."):
            verb = event.name.rpartition(".")[2]
            yield Problem(
                id,
                f"declares the event {event.name}, which is not its own",
                f"call it {id}.{verb}",
                event.origin,
            )
    for record in _entities(records):
        if record.kind is not None and not record.kind.startswith(f"{id}_"):
            yield Problem(
                id,
                f"{record.name} is the kind {record.kind!r} of {record.kind_of}, which does not begin with its id",
                f"call it {id}_{record.kind}",
                record.origin,
            )


def _table_names(plugin: Plugin, tables: Iterable[type[Model]]) -> Iterator[Problem]:
    for model in tables:
        table = model._meta.db_table
        if not table.startswith(f"{plugin.id}_") and not model.__module__.startswith("serai_sdk."):
            yield Problem(
                plugin.id,
                f"the table {table} of {model.__name__} does not begin with its id",
                f'set Meta.table = "{plugin.id}_{table}"',
            )


def _personal(plugin: Plugin, records: Records) -> Iterator[Problem]:
    """What is told of personal data: of one's own tables, by a way that ends at customers."""
    for one in (personal for storage in records.storage for personal in storage.personal):
        if not one.table.startswith(f"{plugin.id}_"):
            yield Problem(
                plugin.id,
                f"tells of personal data in {one.table}, which is not its own",
                f"Personal is for tables that begin with {plugin.id}_",
                one.origin,
            )
        if not one.path or one.path[-1][1] != "core_customer":
            yield Problem(
                plugin.id,
                f"tells of personal data in {one.table} by a path that does not end at customers",
                'write it like path=(("customer_id", "core_customer"),)',
                one.origin,
            )


def _extensions(plugin: Plugin, records: Records) -> Iterator[Problem]:
    own = {record.name for record in _entities(records)}
    for graph in records.graph:
        for cls in graph.extends:
            record: ExtendRecord = cls.__dict__["__serai_extend__"]
            if record.target in own:
                continue
            for field in record.fields:
                if _is_required(field):
                    yield Problem(
                        plugin.id,
                        f"adds {record.target}.{field.final_name}, which is declared non-null",
                        f"annotate {field.name!r} with `| None`: {record.target} must do without the plug-in",
                        field.origin,
                    )


def _is_required(field: Declared) -> bool:
    """Whether a field is declared non-null; links and Python fields become nullable by themselves."""
    return not isinstance(field, ToOne | ToMany | Batched) and not is_optional(field.annotation)


# -- all together


def _claims(plugins: Sequence[Plugin]) -> Iterator[Problem]:
    for one in plugins:
        for other in plugins:
            if other is one or CORE in (one.id, other.id):
                continue
            for name in one.claims:
                if _carries(name, other.id):
                    yield Problem(
                        one.id,
                        f"claims {name}, which begins with the id of the plug-in {other.id}",
                        "give the type another name",
                    )


def _carries(name: str, id: str) -> bool:
    """Whether a type name is the id, or begins with it as a word."""
    prefix = pascal(id)
    return name.startswith(prefix) and not name[len(prefix) :][:1].islower()


def _type_names(plugins: Mapping[str, Plugin], registry: Registry) -> Iterator[Problem]:
    for name, origin in _declared_types(registry):
        owner = owner_of(plugins.values(), origin)
        if owner is None or owner == CORE or owner not in plugins:
            continue
        if not _carries(name, owner) and name not in plugins[owner].claims:
            yield Problem(
                owner,
                f"declares the type {name}, which neither begins with {pascal(owner)} nor is claimed",
                f"rename it, or claim it: claims = ({name!r},)",
                origin,
            )
    for mutation in registry.mutations.values():
        owner = owner_of(plugins.values(), mutation.origin)
        if owner is None or owner == CORE or owner not in plugins:
            continue
        starts = (owner, *(f"{claim[:1].lower()}{claim[1:]}" for claim in plugins[owner].claims))
        if not mutation.name.startswith(starts):
            yield Problem(
                owner,
                f"declares the mutation {mutation.name}, which begins neither with its id nor with a type it claims",
                f"call it {owner}{pascal(mutation.name)}",
                mutation.origin,
            )


def _declared_types(registry: Registry) -> Iterator[tuple[str, Origin]]:
    for name, entity in sorted(registry.entities.items()):
        yield name, entity.origin
    for name, value in sorted(registry.values.items()):
        yield name, value.origin
    for name, record in sorted(registry.inputs.items()):
        if not any(one.input is record for one in registry.mutations.values()):
            yield name, record.origin
    for name, leaf in sorted(registry.enums.items()):
        if leaf.enum is not None:
            yield name, Origin(leaf.enum.__module__, 0)
