"""The records hooks return: frozen, typed, keyword-only. They grow by new fields with defaults, never otherwise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from .context import AppCtx, CallCtx, DemoCtx
from .declare import Origin, caller
from .operations import Bulk, Connection, Lookup, Mutation, Query, Subscription


@dataclass(frozen=True, slots=True)
class Timeline:
    """Rows of an entity that stand on customers' timelines: something that happened with a customer at an instant.

    ``customer`` is the to-one link (its Python name) that names the customer; a path of to-one links where it is
    further away, such as ``transaction.customer``. ``at`` is the column with the instant: rows where it is null do not
    stand there. ``kind`` is a dotted name that begins with the plug-in's id, such as ``booking.placed``; ``title`` says
    in a few English words what happened. It is the same for all rows, so it holds nothing personal.

    Who may not see a row, its instant or the link is told nothing of it.
    """

    entity: str
    _: KW_ONLY
    customer: str
    at: str
    kind: str
    title: str
    origin: Origin = field(default_factory=caller)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """What a plug-in puts into the graph; ``entities`` and ``extends`` are the decorated classes."""

    entities: Sequence[type] = ()
    extends: Sequence[type] = ()
    queries: Sequence[Connection | Lookup | Query] = ()
    mutations: Sequence[Mutation | Bulk] = ()
    subscriptions: Sequence[Subscription] = ()
    timelines: Sequence[Timeline] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """Personal data of customers in a table of one's own, for deletion and export.

    Columns that are marked ``personal`` in the graph are found without it, if to-one links lead from their entity to
    ``Customer``. This is for tables and columns that are not in the graph, for other ways to the customer, and for rows
    that go as a whole; what it says of a table replaces what the marks say of it.

    ``path`` leads from the table to the customer: pairs of a column and of the table whose ``id`` it holds, the last of
    which is ``core_customer``. ``what`` says what is held, and what for, in the words an export shows the customer.
    ``deletes`` removes the rows of a forgotten customer; otherwise their columns are emptied. ``internal`` is not shown
    to the customer itself.
    """

    table: str
    columns: Sequence[str]
    path: Sequence[tuple[str, str]]
    what: str
    deletes: bool = False
    internal: bool = False
    origin: Origin = field(default_factory=caller)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """Own tables: dotted names of modules with models, and of the package with their migrations.

    ``personal`` tells of personal data that marked fields do not.
    """

    models: Sequence[str]
    migrations: str
    personal: Sequence[Personal] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """A permission: ``noun:verb`` in the core, ``id:verb`` in a plug-in. ``implies`` are granted with it."""

    name: str
    title: str
    implies: Sequence[str] = ()
    roles: Sequence[str] = ()
    origin: Origin = field(default_factory=caller)


class EventParty(StrEnum):
    """Somebody an event is told to besides staff and apps that may read them all."""

    CUSTOMER = "CUSTOMER"
    PROVIDER = "PROVIDER"


EventParty.CUSTOMER.__doc__ = "The customer whom what it happened to belongs to, or is meant for."
EventParty.PROVIDER.__doc__ = "The members of the provider whom its column `provider_id` names."


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """An event a plug-in emits. ``payload`` maps field names to what they hold; personal data has no place in it.

    Whoever holds ``events:read`` reads it. ``told_to`` are those who read the ones about themselves, payload and all:
    name them only where they may know everything it tells.
    """

    name: str
    version: int
    description: str
    payload: dict[str, str] = field(default_factory=dict)
    told_to: Sequence[EventParty] = ()
    origin: Origin = field(default_factory=caller)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a plug-in does of its own whenever ``event`` is emitted, in the same change: both are done, or neither.

    ``run`` gets the id of what the event is about. It runs right after the event was emitted, by when the core's rows
    are locked. Own rows and holds of capacity come before these, so ``lock`` gets the ids as soon as they are known and
    locks what ``run`` will need (``ctx.change.lock``, ``ctx.capacity.lock``). A ``UserError`` of either refuses the
    whole change: what may be done later, or may fail, is no follow-up.

    The core announces ``transaction.confirmed``, ``transaction.fulfilled`` and ``transaction.cancelled``; other changes
    say theirs by ``ctx.change.announce``. Without it only ``run`` is called.
    """

    event: str
    run: Callable[[CallCtx, UUID], Awaitable[None]]
    _: KW_ONLY
    lock: Callable[[CallCtx, Sequence[UUID]], Awaitable[None]] | None = None
    origin: Origin = field(default_factory=caller)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A plug-in's part of the demo data; built after that of the plug-ins it requires."""

    build: Callable[[DemoCtx], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command ``serai <id> <name> ...``; ``run`` gets the context and the words left on the line.

    What it returns is printed, unless it is ``None``; a ``SafeError`` is shown as a message with its hint.
    """

    name: str
    help: str
    run: Callable[[AppCtx, Sequence[str]], Awaitable[Any]]
