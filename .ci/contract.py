"""What the SDK and the test kit promise, as text: public names with their signatures, so that a change is seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import griffe

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"sdk": "serai_sdk", "testkit": "serai_testkit"}
HEADER = "# Generated: run `make gen`. What is not named here is private.\n\n"


def pages() -> dict[str, str]:
    """``api.txt`` of each package, by its path."""
    return {
        f"plugins/{folder}/api.txt": HEADER + "".join(f"{line}\n" for line in _package(folder, name))
        for folder, name in PACKAGES.items()
    }


def _package(folder: str, name: str) -> Iterator[str]:
    """The names of the package itself, and of its modules that say by ``__all__`` what of them is public."""
    found = griffe.load(name, search_paths=[ROOT / "plugins" / folder / "src"], resolve_aliases=True)
    assert isinstance(found, griffe.Module)
    for module in (found, *(found.modules[key] for key in sorted(found.modules))):
        for public in sorted(str(one) for one in module.exports or ()):
            yield from _told(f"{module.path}.{public}", module.members[public])


def _told(path: str, member: griffe.Object | griffe.Alias) -> Iterator[str]:
    if isinstance(member, griffe.Alias):
        if not member.resolved:
            # of another distribution: that it is passed on is all that is promised
            yield f"{path} = {member.target_path}"
            return
        member = member.final_target
    if isinstance(member, griffe.Class):
        made = member.members.get("__init__")
        bases = f"({', '.join(str(one) for one in member.bases)})" if member.bases else ""
        yield f"class {path}{bases}"
        if isinstance(made, griffe.Function):
            yield f"    {made.signature(name='__init__')}"
        for name in sorted(member.members):
            if not name.startswith("_"):
                yield from (f"    {line}" for line in _told(name, member.members[name]))
    elif isinstance(member, griffe.Function):
        yield f"{'async ' if 'async' in member.labels else ''}def {member.signature(name=path)}"
    elif isinstance(member, griffe.Attribute):
        said = "" if member.annotation is None else f": {member.annotation}"
        yield f"{path}{said}{'' if member.value is None else f' = {_short(member.value)}'}"


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else "..."
