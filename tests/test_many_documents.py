"""Ten thousand documents nobody sent before leave the server as large as its caches may be, and no larger."""

from __future__ import annotations

import gc

import psutil
import pytest

from serai.graph.documents import DOCUMENTS_WEIGHT, PLANS_WEIGHT
from serai.viewers import SYSTEM

from .conftest import OpenPlatform

DOCUMENTS = 10_000
HALF = DOCUMENTS // 2
MIB = 2**20
GROWTH = 48 * MIB
"""Of the second half, when the caches are full: what allocators keep in pieces, and no more documents."""


def never_seen(number: int) -> str:
    fields = " ".join(f"f{number}x{one}: name" for one in range(5))
    return (
        f"query Q{number} {{ customers(first: 20) {{ totalCount nodes {{ id {fields} "
        f"transactions(first: 5) {{ totalCount nodes {{ number status total {{ amount }} }} }} }} }} }}"
    )


@pytest.mark.slow
async def test_ten_thousand_documents_leave_memory_bounded(
    open_here: OpenPlatform, capsys: pytest.CaptureFixture[str]
) -> None:
    platform = await open_here()
    engine = platform.engine
    process = psutil.Process()
    resident = [process.memory_info().rss]
    for number in range(DOCUMENTS):
        result = await engine.execute(never_seen(number), None, None, SYSTEM)
        assert result.errors == 0, result.body
        if number + 1 in (HALF, DOCUMENTS):
            gc.collect()
            resident.append(process.memory_info().rss)
    kept, plans = engine.reading.documents, engine.reading.plans
    with capsys.disabled():
        print(
            f"\n{DOCUMENTS} documents: resident {resident[0] / MIB:.0f} MiB, after half {resident[1] / MIB:.0f}, "
            f"after all {resident[2] / MIB:.0f}; kept {len(kept)} documents of "
            f"{kept.weight / MIB:.1f} M characters, {len(plans)} plans of {plans.weight / MIB:.1f} M"
        )
    assert len(kept) <= kept.limit
    assert kept.weight <= DOCUMENTS_WEIGHT
    assert plans.weight <= PLANS_WEIGHT
    assert resident[2] - resident[1] < GROWTH
