"""`serai plugin explain` and `serai plugin diff`: who declared a part of the graph, and what a plug-in changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from graphql import GraphQLSchema

    from serai.loading import LoadReport
    from serai.loading.report import Loaded

__all__ = ["diff", "explain"]


def explain(
    name: Annotated[
        str, typer.Argument(help="A type, a field or a root field, such as Customer.bookings or demandOpen.")
    ],
) -> None:
    """Say who declared a part of the graph: plug-in, version and line; and who may see it."""
    from serai.graph.whereabouts import find, meant, parts
    from serai.loading import examine
    from serai.settings import load_settings

    found = parts(examine(load_settings()).registry)
    part = find(found, name)
    if part is None:
        close = " or ".join(meant(found, name))
        raise typer.BadParameter(
            f"there is no {name} in the graph" + (f"; did you mean {close}?" if close else "")
        )
    typer.echo(f"{part.name}: {part.description}")
    typer.echo(f"  declared by {part.origin}")
    for number, rule in enumerate(part.rules):
        typer.echo(f"  {'and' if number else 'for you'} if {rule}")


def diff(
    id: Annotated[str, typer.Argument(help="The plug-in's id.")],
) -> None:
    """Print what changes with a plug-in: schema, permissions, events, tables, jobs, commands and settings."""
    from serai.graph.compose import compose
    from serai.loading import CORE, examine
    from serai.settings import load_settings

    settings = load_settings()
    installed = examine(settings.model_copy(update={"plugins": None})).plugins
    known = [one.id for one in installed if one.id != CORE]
    if id not in known:
        raise typer.BadParameter(
            f"{id!r} is no plug-in that is installed; there are {', '.join(known) or 'none'}"
        )
    selected = settings.plugins if settings.plugins is not None else dict.fromkeys(known, "required")
    others = {one: kind for one, kind in selected.items() if one != id}
    given = {one: values for one, values in settings.plugin_settings.items() if one != id}
    without = examine(settings.model_copy(update={"plugins": others, "plugin_settings": given}))
    whole = examine(settings.model_copy(update={"plugins": {**others, id: "required"}}))
    loaded = whole.plugin(id)
    if loaded is None or loaded.state != "ready":
        reason = loaded.reason if loaded is not None else "it is not there"
        raise typer.BadParameter(f"{id} is not ready: {reason}")
    before, after = (compose(one.registry).core for one in (without, whole))
    for line in (*_schema(before, after), *_waiting(id, without, whole), *_declared(loaded)):
        typer.echo(line)


def _schema(before: GraphQLSchema, after: GraphQLSchema) -> Iterator[str]:
    """The types that are new, whole, and of those that are others than before their lines that are."""
    from graphql import print_type

    for name, type in sorted(after.type_map.items()):
        lines = print_type(type).splitlines()
        known = before.type_map.get(name)
        if known is None:
            yield from (f"+ {line}" for line in lines)
            yield ""
            continue
        changed = list(_changes(print_type(known).splitlines(), lines))
        if changed:
            yield f"  {name}:"
            yield from changed
            yield ""
    for name in sorted(set(before.type_map) - set(after.type_map)):
        yield f"- {name}"


def _changes(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    for kind, start, end, begins, ends in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            yield from (f"- {line}" for line in before[start:end])
            yield from (f"+ {line}" for line in after[begins:ends])


def _waiting(id: str, without: LoadReport, whole: LoadReport) -> Iterator[str]:
    """Other plug-ins that are ready only with it."""
    ready = {one.id for one in without.ready}
    for one in whole.ready:
        if one.id != id and one.id not in ready:
            yield f"+ plug-in {one.id}, which requires it"


def _declared(loaded: Loaded) -> Iterator[str]:
    records = loaded.records
    for permission in records.permissions:
        yield f"+ permission {permission.name}: {permission.title}"
    for event in records.events:
        yield f"+ event {event.name}, version {event.version}: {event.description}"
    for storage in records.storage:
        for module in storage.models:
            yield f"+ tables of {module}"
    for follow_up in records.follow_ups:
        yield f"+ follow-up of {follow_up.event}"
    for job in records.jobs:
        yield f"+ job {job.name}: {job.description}"
    for command in records.commands:
        yield f"+ command serai {loaded.id} {command.name}: {command.help}"
    settings = loaded.plugin.settings if loaded.plugin is not None else None
    for name, field in settings.model_fields.items() if settings is not None else ():
        yield f"+ setting SERAI_{loaded.id.upper()}__{name.upper()}: {field.description}"
