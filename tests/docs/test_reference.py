"""The reference is made of what the code says of itself: so everything has to say something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer
from pydantic import BaseModel
from typer.main import get_command

from serai.app import Assembly, assemble
from serai.cli import app
from serai.settings import Settings


@pytest.fixture(scope="module")
def assembly() -> Assembly:
    return assemble(Settings())


def commands(path: str, group: Any) -> Iterator[tuple[str, Any]]:
    for name in group.list_commands(typer.Context(group)):
        command = group.get_command(typer.Context(group), name)
        yield f"{path} {name}", command
        if hasattr(command, "list_commands"):
            yield from commands(f"{path} {name}", command)


def test_every_setting_says_what_it_is_for(assembly: Assembly) -> None:
    classes: list[Any] = [Settings, *(one.plugin.settings for one in assembly.report.ready if one.plugin)]
    silent = [
        f"{one.__name__}.{name}"
        for one in classes
        if isinstance(one, type) and issubclass(one, BaseModel)
        for name, field in one.model_fields.items()
        if not field.description
    ]
    assert silent == []


def test_every_command_argument_and_option_says_what_it_is_for(assembly: Assembly) -> None:
    found = list(commands("serai", get_command(app)))
    silent = [path for path, one in found if not one.help]
    silent += [f"{path} {name.name}" for path, one in found for name in one.params if not name.help]
    silent += [
        f"serai {one.id} {command.name}"
        for one in assembly.report.ready
        for command in one.records.commands
        if not command.help
    ]
    assert silent == []
    assert {"serai run", "serai config show"} < {path for path, _ in found}


def test_every_mutation_its_input_and_its_codes_say_what_they_are(assembly: Assembly) -> None:
    silent = []
    for name, one in assembly.registry.mutations.items():
        told = {name: one.description, **{f"{name}.{code}": words for code, words in one.errors.items()}}
        told |= {f"{one.input.name}.{field.final_name}": field.description for field in one.input.fields}
        silent += [what for what, words in told.items() if not words.strip()]
    assert silent == []


def test_every_permission_event_and_payload_says_what_it_is(assembly: Assembly) -> None:
    told = {one.name: one.title for one in assembly.permissions}
    for event in assembly.events.values():
        told |= {
            event.name: event.description,
            **{f"{event.name}.{key}": one for key, one in event.payload.items()},
        }
    assert [name for name, words in told.items() if not words.strip()] == []
