"""E: what a plug-in tells others, and what it hears."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from .check import Finding, Tier, check
from .subject import Subject

PERSONAL: Final = re.compile(
    r"(?i)(^|[a-z])(e-?mail|phone|address|birth|firstname|lastname|fullname|surname|iban)|^name$"
)


@check("E01", Tier.SILVER)
def declared(subject: Subject) -> Iterator[Finding]:
    """Every event it emits is declared.

    Whoever follows the feed, by hand, by a listener or by a webhook, reads in the schema which events there are and
    what their payloads hold. An event that is emitted and not declared by the hook `events` is an error in the middle
    of a change.
    """
    known = {one.name for one in subject.loaded.records.events}
    for place, node in subject.nodes():
        match node:
            case ast.Call(func=ast.Attribute(attr="emit"), args=[ast.Constant(value=str(name)), *_]):
                if name.startswith(f"{subject.id}.") and name not in known:
                    yield Finding(
                        f"it emits {name}, which it does not declare", "declare it in `events`", place
                    )


@check("E02", Tier.SILVER)
def impersonal(subject: Subject) -> Iterator[Finding]:
    """Its events say nothing about a person.

    Events are kept, passed on and read by programs for which nobody asked the person; what was forgotten of a customer
    would live on in them. A payload holds ids, numbers, dates and codes: whoever may see the person asks the graph by
    the id.
    """
    for event in subject.loaded.records.events:
        for key in event.payload:
            if PERSONAL.search(key):
                yield Finding(
                    f"the payload of {event.name} has {key}, which looks personal",
                    "send the id of what it belongs to",
                    f"{event.origin.file}:{event.origin.line}",
                )


@check("E03", Tier.SILVER)
def heard(subject: Subject) -> Iterator[Finding]:
    """It listens to events that there are.

    A listener to an event that nobody emits is never called, and nobody notices. Its events are declared by the core,
    by the plug-in itself, or by one that it requires.
    """
    records = subject.loaded.records
    known = {one.name for loaded in subject.report.ready for one in loaded.records.events}
    wanted = [(one.name, event, one.origin) for one in records.listeners for event in one.events]
    wanted += [(f"a follow-up of {one.event}", one.event, one.origin) for one in records.follow_ups]
    for who, event, origin in wanted:
        begins = event.removesuffix("*")
        if event not in known and not (event.endswith(".*") and any(one.startswith(begins) for one in known)):
            yield Finding(
                f"{who} waits for {event}, which nobody declares",
                "see `serai plugin diff`, and docs/reference/schema for the core's events",
                f"{origin.file}:{origin.line}",
            )
