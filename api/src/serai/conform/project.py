"""A plug-in as it lies there, source or wheel, made ready to be looked at: nothing is built, nothing installed."""

from __future__ import annotations

import contextlib
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path
from typing import Any

from serai.errors import ConfigurationError

__all__ = ["BadProject", "Staged", "staged"]

WHEEL_HINT = "Build it (`pip wheel --no-deps .`), and check the wheel: serai plugin check --wheel FILE"


class BadProject(ConfigurationError):
    """What is to be checked is no project, or no wheel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A plug-in that can be imported from ``path``, with the metadata it is, or would be, installed with.

    ``source`` is the folder that holds its packages; ``files`` are what is installed, by path below that.
    """

    path: Sequence[Path]
    source: Path
    info: Path
    files: Sequence[str]
    is_wheel: bool

    @property
    def distribution(self) -> Distribution:
        """Its metadata."""
        return PathDistribution(self.info)


@contextlib.contextmanager
def staged(given: Path) -> Iterator[Staged]:
    """A folder with a ``pyproject.toml``, or a wheel, made ready for the length of the block; else ``BadProject``."""
    with tempfile.TemporaryDirectory(prefix="serai-check-") as name:
        folder = Path(name)
        yield _wheel(given, folder) if given.is_file() else _source(given, folder)


def _wheel(given: Path, folder: Path) -> Staged:
    if not zipfile.is_zipfile(given):
        raise BadProject(f"{given} is not a wheel", hint="Name a file that ends with .whl, or a folder.")
    with zipfile.ZipFile(given) as wheel:
        names = [one for one in wheel.namelist() if not one.endswith("/")]
        wheel.extractall(folder)
    found = list(folder.glob("*.dist-info"))
    if len(found) != 1:
        raise BadProject(f"{given} is not a wheel: it has no metadata", hint=WHEEL_HINT)
    files = [one for one in names if not one.startswith(f"{found[0].name}/")]
    return Staged(path=(folder,), source=folder, info=found[0], files=files, is_wheel=True)


def _source(given: Path, folder: Path) -> Staged:
    file = given / "pyproject.toml"
    if not file.is_file():
        raise BadProject(f"{given} has no pyproject.toml", hint="Name the folder of a plug-in, or a wheel.")
    try:
        project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
        name: str = project["name"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadProject(f"{file} cannot be read: {error}", hint="It is TOML in UTF-8.") from None
    except (KeyError, TypeError):
        raise BadProject(
            f"{file} does not say what the project is called", hint="Set `name` in its table [project]."
        ) from None
    dynamic = sorted(set(project.get("dynamic", ())) & {"dependencies", "entry-points", "name"})
    if dynamic:
        raise BadProject(f"{file} leaves {', '.join(dynamic)} to what builds it", hint=WHEEL_HINT)
    source = given / "src" if (given / "src").is_dir() else given
    info = folder / f"{name.replace('-', '_')}-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(_metadata(project, given), encoding="utf-8")
    (info / "entry_points.txt").write_text(_entry_points(project), encoding="utf-8")
    packages = {value.partition(".")[0] for value in _plugins(project).values()}
    files = [
        path.relative_to(source).as_posix()
        for package in sorted(packages)
        for path in sorted((source / package.partition(":")[0]).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]
    return Staged(path=(folder, source), source=source, info=info, files=files, is_wheel=False)


def _plugins(project: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = project.get("entry-points", {}).get("serai.plugins", {})
    return found


def _entry_points(project: Mapping[str, Any]) -> str:
    groups = project.get("entry-points", {})
    return "".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
        for group, entries in groups.items()
    )


def _metadata(project: Mapping[str, Any], folder: Path) -> str:
    """The headers that matter here, as a build would write them."""
    licence = project.get("license")
    headers = [
        ("Metadata-Version", "2.4"),
        ("Name", project["name"]),
        ("Version", project.get("version", "0")),
        ("Summary", project.get("description", "")),
        ("Requires-Python", project.get("requires-python", "")),
        ("License-Expression", licence if isinstance(licence, str) else ""),
        ("License", next(iter(licence.values()), "") if isinstance(licence, dict) else ""),
        *(("License-File", one) for one in _licences(project, folder)),
        *(("Author", one.get("name", "")) for one in project.get("authors", ())),
        *(("Requires-Dist", one) for one in project.get("dependencies", ())),
        *(
            ("Requires-Dist", f'{one} ; extra == "{extra}"')
            for extra, ones in project.get("optional-dependencies", {}).items()
            for one in ones
        ),
    ]
    return "".join(f"{name}: {value}\n" for name, value in headers if value) + "\n" + _readme(project, folder)


def _licences(project: Mapping[str, Any], folder: Path) -> list[str]:
    patterns = project.get("license-files", ["LICEN[CS]E*"])
    return sorted({path.name for one in patterns for path in folder.glob(one)})


def _readme(project: Mapping[str, Any], folder: Path) -> str:
    given = project.get("readme", "")
    if isinstance(given, dict):
        text: str = given.get("text", "")
        return text or _readme({"readme": given.get("file", "")}, folder)
    file = folder / given
    return file.read_text(encoding="utf-8", errors="replace") if given and file.is_file() else ""
