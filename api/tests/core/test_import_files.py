"""Parquet, JSON lines and gzip: the same rows in other files."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from serai.core.imports.problems import ImportRefused

from .conftest import Rows
from .importing import Importer


async def prepared(importing: Importer) -> None:
    await importing("customers", "id,name\nC1,One\n")
    await importing("providers", "id,name,status\nP1,One,APPROVED\n")


def written(folder: Path, **columns: Any) -> Path:
    path = folder / "file.parquet"
    pq.write_table(pa.table(columns), path)
    return path


async def test_values_with_types_are_taken_as_they_stand(
    importing: Importer, rows: Rows, tmp_path: Path
) -> None:
    await prepared(importing)
    path = written(
        tmp_path,
        id=pa.array([1, 2]),
        customer=pa.array(["C1", "C1"]).dictionary_encode(),
        provider=["P1", "P1"],
        date=pa.array([datetime(2026, 1, 2, 3, tzinfo=UTC), datetime(2026, 1, 3)], pa.timestamp("ns", "UTC")),
        title=["x", "y"],
        quantity=pa.array([2, None], pa.int32()),
        price=pa.array([Decimal("12.50"), Decimal("3.00")], pa.decimal128(10, 2)),
        currency=["EUR", "USD"],
    )
    outcome = await importing("transactions", path, decimal_comma=True, date_format="%d.%m.%Y")
    assert (outcome.told, outcome.counts) == ([], (2, 0, 0, 0))
    stored = "select total_minor, total_currency, placed_at from core_transaction order by placed_at"
    assert await importing.all(stored) == [
        (2_500, "EUR", datetime(2026, 1, 2, 3, tzinfo=UTC)),
        (300, "USD", datetime(2026, 1, 3, tzinfo=UTC)),
    ]


async def test_json_lines_hold_money_as_the_graph_does(importing: Importer, rows: Rows) -> None:
    await prepared(importing)
    lines = [
        {"id": "T1", "customer": "C1", "provider": "P1", "date": "2026-01-02", "title": "x",
         "price": {"amount": "12.50", "currency": "EUR"}},
        {"id": "T2", "customer": "C1", "provider": "P1", "date": "2026-01-02", "title": ["x"],
         "price": {"amount": 3, "currency": "EUR"}},
    ]  # fmt: skip
    content = gzip.compress("\n".join(json.dumps(one) for one in lines).encode() + b"\nno json\n[1]\n")
    outcome = await importing("transactions", content, skip_errors=True)
    assert outcome.told == [(2, "title", "WRONG_TYPE"), (3, "", "NOT_JSON"), (4, "", "NOT_JSON")]
    assert outcome.counts == (1, 0, 0, 3)


async def test_a_gzip_that_is_whole_is_read_and_a_torn_one_is_told(importing: Importer) -> None:
    content = gzip.compress(("id,name\n" + "".join(f"{n},Customer {n}\n" for n in range(20_000))).encode())
    with pytest.raises(ImportRefused, match="ends in the middle"):
        await importing("customers", content[: len(content) // 2])
    assert await importing.rows.value("select count(*) from core_customer") == 0
    assert (await importing("customers", content)).counts == (20_000, 0, 0, 0)


async def test_a_parquet_column_of_a_type_no_field_has_is_told(importing: Importer, tmp_path: Path) -> None:
    path = written(tmp_path, id=["1"], name=pa.array([["a"]], pa.list_(pa.string())))
    with pytest.raises(ImportRefused, match="'name' is of the type list"):
        await importing("customers", path)
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ImportRefused, match="The Parquet file cannot be read"):
        await importing("customers", broken)
