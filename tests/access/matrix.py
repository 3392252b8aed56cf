"""The matrix: cells times viewers, held against an engine until something differs or all was looked at."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from serai.app import Platform
from serai.engines.outcome import ItemOutcome, Outcome
from serai.graph.execute import Engine
from serai.graph.registry import RootMutation
from serai.storage import Pool
from serai.viewers import SYSTEM, Viewer

from .asking import selection
from .cells import FIRST_PATHS, Cell, Cells
from .expectations import NOUNS, Eye, Noun
from .searches import Finds, Found, asked, texts
from .world import World

AT_ONCE = 8
NO_BUDGET = 10**9
_TELL: ContextVar[Mapping[str, UUID]] = ContextVar("told")


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that does not hold."""

    viewer: str
    cell: Cell
    expected: Any
    found: Any

    def __str__(self) -> str:
        noun, path = self.cell.noun, self.cell.path
        return f"{self.viewer}, {noun}, {path}:\n  expected {self.expected}\n  found    {self.found}"


@dataclass(slots=True)
class Matrix:
    """All cells and viewers over one database."""

    platform: Platform
    world: World
    viewers: Mapping[str, Viewer]
    cells: Sequence[Cell] = ()
    _expected: dict[tuple[str, int], Any] = field(default_factory=dict)
    _eyes: dict[str, Eye] = field(default_factory=dict)
    _documents: Any = None

    @classmethod
    async def open(
        cls,
        platform: Platform,
        world: World,
        viewers: Mapping[str, Viewer],
        *,
        nouns: Mapping[str, Noun] = NOUNS,
    ) -> Matrix:
        """The matrix of the platform's registry, against what is expected of each noun."""
        matrix = cls(platform, world, viewers)
        matrix._eyes = {name: Eye(viewer, world, nouns) for name, viewer in viewers.items()}
        registry = platform.assembly.registry
        matrix.cells = Cells(registry, world, await matrix._truth(), await matrix._finds()).all()
        return matrix

    def engine(self, *, pool: Pool | None = None) -> Engine:
        """An engine over the registry as it is now, without plans from before; documents are read once for all."""
        assembly = self.platform.assembly
        engine = Engine(
            assembly.registry,
            assembly.schema.core,
            pool or self.platform.pool,
            mutate=_told,
            call_context=self.platform.engine.call_context,
            row_budget=NO_BUDGET,
            cache_size=10_000,
        )
        self._documents = engine.reading.documents if self._documents is None else self._documents
        engine.reading.documents = self._documents
        return engine

    async def differences(
        self, cells: Iterable[Cell], *, engine: Engine | None = None
    ) -> AsyncIterator[Difference]:
        """What does not hold, the paths that tell most first."""
        engine = engine or self.engine()
        ordered = sorted(cells, key=lambda cell: cell.kind not in FIRST_PATHS)
        for is_first in (True, False):
            part = [cell for cell in ordered if (cell.kind in FIRST_PATHS) is is_first]
            for name in self.viewers:
                for found in await self._compare(engine, name, part):
                    yield found

    async def _compare(self, engine: Engine, name: str, cells: Sequence[Cell]) -> list[Difference]:
        requests: dict[str, tuple[Cell, list[Cell]]] = {}
        for cell in cells:
            key = json.dumps([cell.document, cell.variables, sorted(cell.payload), str(cell.payload)])
            requests.setdefault(key, (cell, []))[1].append(cell)
        answers: list[Any] = []
        waiting = [first for first, _ in requests.values()]
        for at in range(0, len(waiting), AT_ONCE):
            batch = waiting[at : at + AT_ONCE]
            answers += await asyncio.gather(*(self._ask(engine, self.viewers[name], cell) for cell in batch))
        differing: list[Difference] = []
        for answer, (_, sharing) in zip(answers, requests.values(), strict=True):
            for cell in sharing:
                expected = self._expectation(name, cell)
                try:
                    found = cell.read(answer)
                except (KeyError, TypeError):
                    found = answer
                if found != expected:
                    differing.append(Difference(name, cell, expected, found))
        return differing

    def _expectation(self, name: str, cell: Cell) -> Any:
        key = (name, id(cell))
        if key not in self._expected:
            self._expected[key] = cell.expected(self._eyes[name])
        return self._expected[key]

    async def _ask(self, engine: Engine, viewer: Viewer, cell: Cell) -> Any:
        token = _TELL.set(cell.payload)
        try:
            result = await engine.execute(cell.document, dict(cell.variables), None, viewer)
        finally:
            _TELL.reset(token)
        answer = json.loads(result.body)
        if "errors" in answer:
            codes = {one["extensions"]["code"] for one in answer["errors"]}
            return codes.pop() if len(codes) == 1 else f"errors: {answer['errors']}"
        return answer["data"]

    async def _truth(self) -> dict[str, dict[str, dict[str, Any]]]:
        """All fields that are no links, of all rows, by entity and id, as the system sees them."""
        engine = self.engine()
        cells = Cells(self.platform.assembly.registry, self.world, {}, {})
        truth: dict[str, dict[str, dict[str, Any]]] = {}
        for entity in self.platform.assembly.registry.entities.values():
            selected = " ".join(selection(one) for one in entity.fields.values())
            result = await engine.execute(
                cells.document(entity, selected), {"ids": cells.ids(entity)}, None, SYSTEM
            )
            answer = json.loads(result.body)
            assert "errors" not in answer, answer["errors"]
            truth[entity.name] = {one["id"]: one for one in answer["data"]["nodes"]}
        return truth

    async def _finds(self) -> Finds:
        """What the system finds of everything that can be searched."""
        engine, registry = self.engine(), self.platform.assembly.registry
        cells = Cells(registry, self.world, {}, {})
        finds: dict[str, dict[str, Found]] = {}
        for entity in registry.entities.values():
            if not entity.search:
                continue
            document = asked(entity, cells.host(entity).connection)
            for text in texts(entity, self.world.rows(entity.name)):
                variables = {"text": text, "first": 100}
                answer = json.loads((await engine.execute(document, variables, None, SYSTEM)).body)
                edges = answer["data"]["r"]["edges"]
                assert edges, (entity.name, text)
                found = [(one["node"]["id"], one["cursor"]) for one in edges]
                finds.setdefault(entity.name, {})[text] = found
        return finds


async def _told(source: RootMutation, *_: Any, **__: Any) -> Outcome:
    """A mutation that did what the test says: what counts here is how its payload is read."""
    payload = dict(_TELL.get())
    return (
        Outcome(payload=payload) if source.bulk is None else Outcome(results=(ItemOutcome(payload=payload),))
    )
