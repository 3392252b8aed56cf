"""Writes the generated files; with `--check`, writes nothing and fails where one is out of date.

A generator is a function that returns texts by path below the root; in a folder of `FOLDERS` nothing else may be.
"""

from __future__ import annotations

import sys
from pathlib import Path

import contract
import reference

from serai.app import assemble
from serai.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (f"{reference.FOLDER}/schema", f"{reference.FOLDER}/checks")


def generate() -> dict[str, str]:
    return {"schema.graphql": assemble(Settings()).schema.sdl, **contract.pages(), **reference.pages()}


def main() -> int:
    is_check = "--check" in sys.argv
    files = generate()
    stale = [name for name, text in files.items() if _read(ROOT / name) != text]
    kept = {ROOT / name for name in files}
    left = [path for folder in FOLDERS for path in (ROOT / folder).glob("*") if path not in kept]
    if not is_check:
        for name in stale:
            path = ROOT / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[name], encoding="utf-8")
        for path in left:
            path.unlink()
    stale += [str(path.relative_to(ROOT)) for path in left]
    if stale and is_check:
        print("out of date: " + ", ".join(stale) + "; run `make gen` and commit the result")
        return 1
    print("generated files: " + (f"wrote {', '.join(stale)}" if stale else "up to date"))
    return 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
