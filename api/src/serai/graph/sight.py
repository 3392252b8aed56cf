"""Which rows a viewer may see, asked by Python code: the access rules of reads, for rows that are known by id."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from graphql import GraphQLSchema

from serai.storage.pool import Pool
from serai_sdk import MOST_IDS, SdkError
from serai_sdk.context import Viewer

from .documents import PLANS_WEIGHT, Recent
from .plan import Stage, visibility_stage
from .planning import outlook_of
from .registry import Registry
from .statement import Outlook, Request


class Sight:
    """Asks the database what may be seen; its statements are kept."""

    def __init__(
        self, registry: Registry, schema: GraphQLSchema, pool: Pool, *, row_budget: int, cache_size: int
    ) -> None:
        self._registry = registry
        self._schema = schema
        self._pool = pool
        self._row_budget = row_budget
        self._stages: Recent[tuple[str, str, Outlook], Stage] = Recent(
            cache_size, weight_limit=PLANS_WEIGHT // 16
        )

    def sees_some(self, viewer: Viewer, entity: str, where: Mapping[str, Any] | None = None) -> bool:
        """Whether there can be rows of that entity that the viewer may see and that meet the filter."""
        return self._stage(viewer, entity, where).sql is not None

    async def visible(
        self,
        viewer: Viewer,
        entity: str,
        keys: Iterable[uuid.UUID],
        where: Mapping[str, Any] | None = None,
    ) -> set[uuid.UUID]:
        """Which of these rows of that entity a viewer may see, by its access rule; those that meet the filter."""
        stage = self._stage(viewer, entity, where)
        wanted = set(keys)
        if len(wanted) > MOST_IDS:
            raise SdkError(
                f"{len(wanted)} rows of {entity} are asked about at once, of at most {MOST_IDS}",
                hint="ask about them in parts",
            )
        if not wanted or stage.sql is None:
            return set()
        slots = {0: list(wanted)}
        found = await self._pool.fetch(stage.sql, *(param.bind({}, viewer, slots) for param in stage.params))
        return {uuid.UUID(bytes=key.bytes) for (key,) in found}

    def _stage(self, viewer: Viewer, entity: str, where: Mapping[str, Any] | None) -> Stage:
        outlook = outlook_of(viewer)
        key = (entity, repr(where), outlook)
        stage = self._stages.get(key)
        if stage is None:
            if entity not in self._registry.entities:
                raise SdkError(
                    f"there is no entity {entity!r}",
                    hint=f"there are {', '.join(sorted(self._registry.entities))}",
                )
            request = Request(self._registry, self._schema, {}, {}, outlook, self._row_budget)
            stage = visibility_stage(request, self._registry.entities[entity], where)
            self._stages.put(key, stage, weight=stage.weight)
        return stage
