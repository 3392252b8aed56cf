"""Houses with the demo data in them: built once for all pages, copied for each."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from serai_testkit.servers import PostgresServer, locked

from .house import House, opened


@pytest.fixture(scope="session")
def demo(postgres_server: PostgresServer) -> Path:
    """A folder as `make run` leaves it; the first worker that asks makes it."""
    folder = postgres_server.run_dir / "demo"
    with locked(postgres_server.run_dir / "demo.lock"):
        if not folder.exists():
            folder.mkdir()
            with opened(folder) as house:
                house.start()
    return folder


@pytest.fixture
def house(demo: Path) -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="serai-docs-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        subprocess.run(["cp", "-a", str(demo / ".serai"), str(folder)], check=True)
        with opened(folder) as made:
            yield made


@pytest.fixture
def empty_house() -> Iterator[House]:
    with (
        tempfile.TemporaryDirectory(prefix="serai-docs-", ignore_cleanup_errors=True) as name,
        opened(Path(name)) as made,
    ):
        yield made
