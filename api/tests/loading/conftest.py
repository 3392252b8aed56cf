"""Plug-ins installed for a test: real packages with real metadata, in a folder on the path of imports.

Each is one file; lines such as ``# Version: 2.0`` at its top are headers of its metadata.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from serai.loading import Found, LoadReport, discover, examine, load
from serai.settings import Settings

HEADERS = {"Version": "1.2.3", "Requires-Dist": "serai-sdk>=1.0,<2", "Requires-Python": ">=3.11"}


@dataclass(frozen=True, slots=True)
class Site:
    """A folder that plug-ins are installed into."""

    folder: Path

    def install(self, id: str, source: str, *, module: str | None = None) -> None:
        """Installs a plug-in whose whole code is ``source``."""
        package = module or f"serai_{id}"
        given = [line[2:].split(": ", 1) for line in _header_lines(source)]
        headers = {"Name": f"serai-{id}", **HEADERS, **dict(given)}
        (self.folder / package).mkdir(parents=True)
        (self.folder / package / "__init__.py").write_text("")
        (self.folder / package / "plugin.py").write_text(source)
        info = self.folder / f"{headers['Name'].replace('-', '_')}-{headers['Version']}.dist-info"
        info.mkdir()
        lines = [
            "Metadata-Version: 2.1",
            *(f"{key}: {value}" for key, value in headers.items() if value != "none"),
        ]
        (info / "METADATA").write_text("\n".join(lines) + "\n")
        (info / "entry_points.txt").write_text(f"[serai.plugins]\n{id} = {package}.plugin:plugin\n")

    def found(self) -> list[Found]:
        return discover([str(self.folder)])

    def examine(self, **plugins: str) -> LoadReport:
        """What comes of loading what is installed here, with these settings (default: all)."""
        return examine(_settings(plugins), found=self.found())

    def load(self, **plugins: str) -> LoadReport:
        return load(_settings(plugins), found=self.found())


def _header_lines(source: str) -> Iterator[str]:
    for line in source.splitlines():
        if not line.startswith("# ") or ": " not in line:
            return
        yield line


def _settings(plugins: dict[str, str]) -> Settings:
    return Settings.model_validate({"plugins": plugins or None})


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield Site(folder)
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]
    importlib.invalidate_caches()
