"""Writes the generated files; with `--check`, writes nothing and fails where one is out of date.

A generator is a command that prints the file: add a line to `GENERATED`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERAI = str(Path(sys.executable).with_name("serai"))

GENERATED: dict[str, tuple[str, ...]] = {
    "schema.graphql": (SERAI, "schema"),
}


def main() -> int:
    stale = []
    for name, command in GENERATED.items():
        path = ROOT / name
        printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        if path.exists() and path.read_text() == printed:
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(printed)
    if stale and "--check" in sys.argv:
        print("out of date: " + ", ".join(stale) + "; run `make gen` and commit the result")
        return 1
    print("generated files: " + (f"wrote {', '.join(stale)}" if stale else "up to date"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
