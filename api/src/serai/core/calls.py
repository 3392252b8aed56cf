"""The SDK's two contexts: ``CallCtx`` with the viewer, the current change and the core's services; ``AppCtx``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast
from uuid import UUID

import structlog
from pydantic import BaseModel

from serai.core.customers.contributions import Source
from serai.core.transactions.service import CoreTransactions
from serai.engines import Change as EngineChange
from serai.engines.capacity.service import Capacity as EngineCapacity
from serai.engines.jobs.queue import Queue
from serai.engines.ledger.service import Ledger as EngineLedger
from serai.graph.export import Export
from serai.storage import Pool
from serai_sdk import Change, EventType, Listener, PluginStatus, SdkError, Viewer
from serai_sdk.capacity import Capacity
from serai_sdk.context import Transactions
from serai_sdk.jobs import Job, Jobs
from serai_sdk.ledger import Ledger
from serai_sdk.orm import new_id

if TYPE_CHECKING:
    from serai.core.webhooks.office import Office

__all__ = ["AppContext", "Context", "Sight", "settings_of"]

S = TypeVar("S", bound=BaseModel)


def settings_of(known: Mapping[type, Any], kind: type[S]) -> S:
    """The settings of that class; ``SdkError`` if no plug-in that is loaded declares it."""
    found = known.get(kind)
    if found is None:
        raise SdkError(
            f"{kind.__name__} is not the class of settings of a plug-in that is loaded",
            hint="name it as `settings` of the Plugin",
        )
    return cast("S", found)


class Sight(Protocol):
    """What tells which rows a viewer may see."""

    async def visible(
        self, viewer: Viewer, entity: str, keys: Iterable[UUID], where: Mapping[str, Any] | None = None
    ) -> set[UUID]:
        """Which of these rows of that entity the viewer may see."""

    def sees_some(self, viewer: Viewer, entity: str, where: Mapping[str, Any] | None = None) -> bool:
        """Whether there can be any."""

    def export(
        self, document: str, variables: dict[str, Any] | None, operation_name: str | None, viewer: Viewer
    ) -> Export:
        """A query of one list, to be read to its end."""


class Context:
    """One request's context; ``change`` is there inside a mutation only."""

    def __init__(
        self,
        viewer: Viewer,
        *,
        now: datetime,
        pool: Pool,
        sight: Sight,
        change: Change | None = None,
        plugins: Sequence[PluginStatus] = (),
        timelines: Sequence[Source] = (),
        event_types: Mapping[str, EventType] | None = None,
        settings: Mapping[type, Any] | None = None,
        jobs: Mapping[str, Job] | None = None,
        listeners: Mapping[str, Listener] | None = None,
        webhooks: Office | None = None,
    ) -> None:
        self.webhooks = webhooks
        self.listeners: Mapping[str, Listener] = listeners or {}
        self.event_types: Mapping[str, EventType] = event_types or {}
        self.viewer = viewer
        self._settings = settings or {}
        self._jobs = jobs or {}
        self.now = now
        self.log: Any = structlog.get_logger("serai.plugins")
        self._pool = pool
        self._sight = sight
        self._change = change
        self.plugins = plugins
        self._timelines = timelines

    @property
    def change(self) -> Change:
        """The current change."""
        if self._change is None:
            raise SdkError("there is no change here", hint="only mutations change something: declare one")
        return self._change

    @property
    def transactions(self) -> Transactions:
        """Transactions of the core, within the current change."""
        return CoreTransactions(self.change, self.viewer, self.now)

    @property
    def ledger(self) -> Ledger:
        """The ledger, within the current change."""
        return EngineLedger(cast(EngineChange, self.change))

    @property
    def jobs(self) -> Jobs:
        """The queue of jobs, within the current change."""
        return Queue(cast(EngineChange, self.change), self._jobs)

    @property
    def capacity(self) -> Capacity:
        """What can be held, within the current change; to look what is left there need be none."""
        return EngineCapacity(cast("EngineChange | None", self._change), self.fetch)

    def settings(self, kind: type[S], /) -> S:
        """The settings of the plug-in that declares this class."""
        return settings_of(self._settings, kind)

    def new_id(self) -> UUID:
        """A new time-ordered id."""
        id: UUID = new_id()
        return id

    async def can_see(self, entity: str, id: UUID) -> bool:
        """Whether the viewer may see that row."""
        return bool(await self.visible(entity, (id,)))

    async def visible(
        self, entity: str, ids: Iterable[UUID], *, where: Mapping[str, Any] | None = None
    ) -> set[UUID]:
        """Which of these rows the viewer may see, by one statement."""
        return await self._sight.visible(self.viewer, entity, ids, where)

    def timelines(self) -> Sequence[Source]:
        """What stands on timelines, as far as there can be anything of it that the viewer may see."""
        return [one for one in self._timelines if self._sight.sees_some(self.viewer, one.entity, one.where)]

    def export(self, query: str, variables: dict[str, Any], operation: str | None) -> Export:
        """A query of one list, to be read to its end as the viewer sees it; ``GraphRequestError`` if it is none."""
        return self._sight.export(query, variables, operation, self.viewer)

    async def fetch(self, statement: str, *values: Any) -> list[Mapping[str, Any]]:
        """Read by one statement, inside the change's transaction if there is one."""
        if self._change is not None:
            return await self._change.execute(statement, *values)
        return [dict(row) for row in await self._pool.fetch(statement, *values)]


class AppContext:
    """The SDK's ``AppCtx``: what runs beside requests gets."""

    def __init__(self, settings: Mapping[type, Any], pool: Pool) -> None:
        self._settings = settings
        self.log: Any = structlog.get_logger("serai.plugins")
        self._pool = pool

    def settings(self, kind: type[S], /) -> S:
        """The settings of the plug-in that declares this class."""
        return settings_of(self._settings, kind)

    async def now(self) -> datetime:
        """The platform's time."""
        found: datetime = await self._pool.fetchval("select serai_now()")
        return found

    async def fetch(self, statement: str, *values: Any) -> list[Mapping[str, Any]]:
        """Read by one statement, as the system."""
        return [dict(row) for row in await self._pool.fetch(statement, *values)]
