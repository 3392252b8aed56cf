"""What is said when a start is refused: each folder of ``cases`` holds plug-ins and the text, word for word.

To write the texts anew: ``SERAI_GOLDEN=write``.
"""

from __future__ import annotations

import os
import platform
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

import serai
from serai.loading import StartRefused, load
from serai.settings import Settings

from .conftest import Site

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize("case", sorted(one.name for one in CASES.iterdir() if one.is_dir()))
def test_refusal_says_what_to_mend(case: str, site: Site) -> None:
    for plugin in sorted((CASES / case).glob("*.py.txt")):
        name = plugin.name.removesuffix(".py.txt")
        site.install(name.split(".")[0], plugin.read_text(), module=f"serai_{name.replace('.', '_')}")
    given = CASES / case / "settings.toml"
    settings = Settings(plugin_settings=tomllib.loads(given.read_text()) if given.exists() else {})
    with pytest.raises(StartRefused) as caught:
        load(settings, found=site.found())
    assert caught.value.exit_code == 78
    text = _without_places(f"{caught.value.message}\n\n{caught.value.hint}\n", site.folder)
    golden = CASES / case / "expected.txt"
    if os.environ.get("SERAI_GOLDEN") == "write":
        golden.write_text(text)
    assert text == golden.read_text()


def _without_places(text: str, site: Path) -> str:
    """Without what differs between machines: folders, line numbers in Serai's own files, versions."""
    text = text.replace(str(site), "SITE").replace(str(Path(serai.__file__).parent), "SERAI")
    text = re.sub(r"(SERAI/[\w/]+\.py):\d+", r"\1:N", text)
    text = re.sub(rf"\bcore {re.escape(_core_version())} ?", "core V ", text)
    return text.replace(platform.python_version(), "PYTHON").replace(version("serai-sdk"), "SDK")


def _core_version() -> str:
    return version("serai")
