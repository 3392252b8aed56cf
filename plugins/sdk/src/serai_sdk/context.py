"""The two contexts: ``AppCtx`` for what runs beside requests, ``CallCtx`` for what runs inside one.

All are protocols: the host implements them, a plug-in only sees these names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar
from uuid import UUID

from pydantic import BaseModel
from tortoise.models import Model as TortoiseModel

from .access import ViewerKind
from .capacity import Capacity
from .ledger import Ledger
from .values import Money

if TYPE_CHECKING:
    from .jobs import Jobs
    from .records import EventType

M = TypeVar("M", bound=TortoiseModel)
S = TypeVar("S", bound=BaseModel)

MOST_IDS: Final = 10_000
"""How many ids ``CallCtx.visible`` takes at once."""


class Viewer(Protocol):
    """Who asks, and as what: a principal may be customer, provider's member and staff, and acts as one of them."""

    @property
    def kind(self) -> ViewerKind: ...
    @property
    def principal_id(self) -> UUID | None: ...
    @property
    def customer_id(self) -> UUID | None: ...
    @property
    def provider_id(self) -> UUID | None: ...
    @property
    def staff_id(self) -> UUID | None: ...
    @property
    def permissions(self) -> frozenset[str]: ...


class Change(Protocol):
    """The one way to change something: one transaction with its locks, versions, actor and events.

    Locks are taken in a fixed order: plug-ins' tables before the core's, then by table name, then by id. A call that
    would go back in that order raises, so lock everything a change needs in one call where it can be known, and lock
    your own rows before you call the core.
    """

    async def lock(self, wanted: Mapping[type[TortoiseModel], Iterable[UUID]]) -> dict[UUID, Any]:
        """Lock rows ``FOR UPDATE`` and return them by id; ids without a row are missing from the answer."""

    async def get(self, model: type[M], id: UUID) -> M | None:  # the field's own word
        """Lock one row and return it, or ``None``."""

    async def add(self, row: TortoiseModel, *, deferred: bool = False) -> None:
        """Insert a row; sets ``created_at`` and ``updated_at`` where the model has them.

        A ``deferred`` one costs no trip to the database of its own: it is written before the next statement of this
        change, or with what else it writes at its end. What a constraint says against it is raised then.
        """

    async def save(self, row: TortoiseModel) -> None:
        """Update a row that was locked in this change; bumps ``version`` and ``updated_at``."""

    async def emit(
        self,
        event: str,
        aggregate: TortoiseModel,
        payload: Mapping[str, Any] | None = None,
        *,
        customer_id: UUID | None = None,
    ) -> None:
        """Write an event about ``aggregate`` into the outbox, in this transaction. No personal data.

        ``customer_id`` is the customer it is about, where ``aggregate`` has no such column; see ``EventType.told_to``.
        """

    async def announce(self, event: str, ids: Iterable[UUID]) -> None:
        """Say what is about to be emitted about which rows, before any is locked: who follows it up locks first."""

    async def execute(self, statement: str, *values: Any) -> list[Mapping[str, Any]]:
        """Run one SQL statement inside the transaction (parameters ``$1``, ``$2`` ...)."""

    async def later(self, statement: str, *values: Any) -> None:
        """An INSERT, UPDATE or DELETE whose result nobody needs: run before the next statement, or at the end.

        Several are sent as one, and so see nothing of each other; nor may two of them change the same row. What a
        constraint says against one is raised when it runs.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """A line of a new transaction: what is sold, how often, at which price; title and price stay as they are now."""

    title: str
    unit_price: Money
    quantity: int = 1
    offer_id: UUID | None = None


class Transactions(Protocol):
    """Transactions of the core, for plug-ins whose sales make them; every call belongs to the current change."""

    async def place(
        self,
        *,
        customer_id: UUID,
        provider_id: UUID,
        scenario_id: UUID | None,
        lines: Sequence[NewLine],
        channel: str,
        demand_id: UUID | None = None,
    ) -> UUID:
        """Place a transaction and return its id. All lines have one currency."""

    async def cancel(self, transaction_id: UUID, *, reason: str) -> None:
        """Cancel a transaction; raises ``UserError`` code ``ILLEGAL_STATE`` if its state does not allow it."""

    async def confirm(self, transaction_id: UUID) -> None:
        """Confirm a transaction; raises ``UserError`` code ``ILLEGAL_STATE`` if its state does not allow it."""


class PluginStatus(Protocol):
    """A plug-in found in this process, and what came of loading it."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def hint(self) -> str | None: ...


class AppCtx(Protocol):
    """What runs beside requests gets: the platform's time, log and settings."""

    @property
    def log(self) -> Any: ...
    def settings(self, kind: type[S], /) -> S:
        """The settings of the plug-in that declares this class; ``SdkError`` if none that is loaded does."""

    async def now(self) -> datetime:
        """The platform's time: the database's, as offset by tests."""

    async def fetch(self, statement: str, *values: Any) -> list[Mapping[str, Any]]:
        """Read by one SQL statement (parameters ``$1`` ...), as the system: own tables, the core's published ones."""


class CallCtx(Protocol):
    """What runs inside a request gets: the viewer, the time of the request, and in a mutation the current change."""

    @property
    def viewer(self) -> Viewer: ...
    @property
    def now(self) -> datetime: ...
    @property
    def log(self) -> Any: ...
    def settings(self, kind: type[S], /) -> S:
        """The settings of the plug-in that declares this class; ``SdkError`` if none that is loaded does."""

    @property
    def change(self) -> Change: ...
    @property
    def transactions(self) -> Transactions: ...
    @property
    def ledger(self) -> Ledger:
        """The ledger, within the current change."""

    @property
    def jobs(self) -> Jobs:
        """The queue of jobs, within the current change."""

    @property
    def capacity(self) -> Capacity:
        """What can be held of what there is; ``left`` also outside a change."""

    @property
    def plugins(self) -> Sequence[PluginStatus]: ...
    @property
    def event_types(self) -> Mapping[str, EventType]:
        """The types of events that are declared here, by name."""

    def new_id(self) -> UUID:
        """A new time-ordered id (UUID version 7)."""

    async def can_see(self, entity: str, id: UUID) -> bool:  # the field's own word
        """Whether the viewer may see that row, by the entity's access rule."""

    async def visible(
        self, entity: str, ids: Iterable[UUID], *, where: Mapping[str, Any] | None = None
    ) -> set[UUID]:
        """Which of these rows the viewer may see, by the entity's access rule: one statement for all of them.

        A field that finds rows by itself asks it before it tells anything of them. At most ``MOST_IDS`` ids; those
        without a row are missing from the answer. ``where``, a filter of the graph (final names), leaves those that
        meet it as the viewer sees them: what a guarded field or link tells counts only for who may see that.
        """

    async def fetch(self, statement: str, *values: Any) -> list[Mapping[str, Any]]:
        """Read by one SQL statement (parameters ``$1`` ...), as the system: own tables, the core's published columns.

        In a mutation it reads inside the change's transaction. What goes to a viewer goes by id, so that the
        rules hold.
        """


class Told(Protocol):
    """How a builder says how far it is."""

    def __call__(self, what: str, done: int, total: int | None = None, /) -> None: ...


class DemoCtx(Protocol):
    """What a builder of demo data gets: the same seed and scale give the same data."""

    @property
    def random(self) -> Random: ...
    @property
    def now(self) -> datetime: ...
    @property
    def scale(self) -> float:
        """How much there is to be: 1 is what one looks at by hand, 50 a million transactions."""

    def new_id(self, at: datetime) -> UUID:
        """An id as of that instant, drawn from the seed."""

    async def insert(self, model: type[TortoiseModel], rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert rows (by column name) by ``COPY``; those of a generator are written while the next ones are made."""

    async def insert_into(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """The same by the table's name, for tables of the core; all rows have the same columns."""

    async def insert_all(
        self,
        rows: Iterable[tuple[type[TortoiseModel] | str, Mapping[str, Any]]],
        *,
        order: Sequence[type[TortoiseModel] | str],
    ) -> None:
        """Insert rows of several tables as a generator makes them, each with its model or its table's name.

        Only some thousands are in memory at a time. In ``order`` a table comes after those its rows refer to.
        """

    async def fetch(self, statement: str, *values: Any) -> list[Mapping[str, Any]]:
        """Read what was built before."""

    @property
    def progress(self) -> Told: ...
