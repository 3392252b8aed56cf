"""O: that a plug-in is the same whenever and wherever it is loaded, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator

from serai.graph.compose import compose
from serai.loading import Records, examine

from .check import Finding, Tier, check
from .subject import Subject


@check("O01", Tier.GOLD)
def same_again(subject: Subject) -> Iterator[Finding]:
    """It declares the same each time, in whichever order plug-ins are found.

    Serai runs as several processes, and all of them must answer the same schema. A hook is called in each of them, and
    by every test: it takes nothing and returns records, and what it returns depends on nothing that changes - no
    clock, no counter, no order of a set.
    """
    again = examine(subject.settings_for(subject.needed), found=subject.found[::-1])
    records = next((one.records for one in again.ready if one.id == subject.id), None)
    is_same = records is not None and _names(records) == _names(subject.loaded.records)
    if not is_same or compose(again.registry).sdl != subject.assembly.schema.sdl:
        yield Finding("loaded again, it declares something else", "make its hooks return the same each time")


def _names(records: Records) -> list[str]:
    """What is declared beside the graph, by its names."""
    return [
        *(one.name for one in records.permissions),
        *(f"{one.name} {one.version} {sorted(one.payload)}" for one in records.events),
        *(f"{one.name} {one.schedule}" for one in records.jobs),
        *(f"{one.name} {list(one.events)}" for one in records.listeners),
        *(one.event for one in records.follow_ups),
        *(one.name for one in records.commands),
    ]


@check("O02", Tier.GOLD)
def leaves_nothing(subject: Subject) -> Iterator[Finding]:
    """Switched off, it has left nothing behind.

    A plug-in that is not selected is as if it were not there: the graph is what it was before it was imported. One
    that changes somebody else's classes or functions when it is imported stays in the process, whatever is selected,
    and the next plug-in that does so changes what the first had relied on.
    """
    before = subject.before
    subject.imported  # noqa: B018 - what its import leaves behind is looked for
    if subject.core_alone() != before:
        yield Finding(
            "without it, the graph is another than before it was imported",
            "change nothing that is not yours: add to types by @extend",
        )
