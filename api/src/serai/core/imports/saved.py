"""Saved mappings: how the columns of a file are read, under a name to use again."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from serai_sdk import Change

from .models import ImportMapping
from .options import Format, Pair
from .problems import ImportRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What a name stands for."""

    source: str | None = None
    pairs: tuple[Pair, ...] = ()
    left_out: tuple[str, ...] = ()
    constants: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    format: Format = field(default_factory=Format)
    encoding: str | None = None
    delimiter: str | None = None


async def load_mapping(noun: str, name: str) -> Saved:
    """The mapping of that name; ``ImportRefused`` if there is none."""
    row = await ImportMapping.get_or_none(noun=noun, name=name)
    if row is None:
        names = (
            await ImportMapping.filter(noun=noun).order_by("name").limit(20).values_list("name", flat=True)
        )
        listed = ", ".join(str(one) for one in names)
        raise ImportRefused(
            f"There is no mapping {name!r} for {noun}",
            hint=f"There are: {listed}." if listed else "Save one with --save-mapping NAME.",
        )
    settings: dict[str, Any] = dict(row.settings)
    return Saved(
        source=row.source,
        pairs=tuple(Pair(column=one["column"], field=one["field"]) for one in row.columns),
        left_out=tuple(settings.pop("left_out", ())),
        constants=settings.pop("constants", {}),
        sources=settings.pop("sources", {}),
        encoding=settings.pop("encoding", None),
        delimiter=settings.pop("delimiter", None),
        format=Format(**settings.pop("format", {})),
    )


async def save_mapping(change: Change, noun: str, name: str, saved: Saved) -> None:
    """Keep the mapping under the name; one that is there is written over, unless it is the same."""
    columns = [asdict(pair) for pair in saved.pairs]
    format = {name: value for name, value in asdict(saved.format).items() if name != "default_region"}
    settings = {
        "left_out": list(saved.left_out),
        "constants": saved.constants,
        "sources": saved.sources,
        "encoding": saved.encoding,
        "delimiter": saved.delimiter,
        "format": format,
    }
    found = await ImportMapping.get_or_none(noun=noun, name=name)
    if found is None:
        await change.add(
            ImportMapping(noun=noun, name=name, source=saved.source, columns=columns, settings=settings)
        )
        return
    row = await change.get(ImportMapping, found.id)
    if row is None or (row.source, row.columns, row.settings) == (saved.source, columns, settings):
        return
    row.source, row.columns, row.settings = saved.source, columns, settings
    await change.save(row)
