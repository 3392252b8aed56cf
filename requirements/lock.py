"""Writes the hash-locked requirement files from the distributions' own dependencies: `make lock`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
RUN = ("api", "plugins/sdk", "ecosystem/booking")
TEST = (*RUN, "plugins/testkit")
OURS = "serai"


def dependencies(folders: tuple[str, ...]) -> list[str]:
    """What these distributions ask of others, in the order of the alphabet."""
    found: set[str] = set()
    for folder in folders:
        project = tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]
        found.update(line for line in project.get("dependencies", []) if not line.startswith(OURS))
    return sorted(found)


def compile_lock(name: str, folders: tuple[str, ...], *, inputs: tuple[str, ...], upgrade: bool) -> None:
    """Writes `<name>.txt` with every version and hash, and nothing that tells where it came from."""
    with tempfile.NamedTemporaryFile("w", suffix=".in", delete=False) as wanted:
        wanted.write("\n".join([*dependencies(folders), *((HERE / path).read_text() for path in inputs)]))
        if name == "test":
            wanted.write(f"\n-c {HERE / 'run.txt'}\n")
    command = [
        *(
            sys.executable,
            "-m",
            "piptools",
            "compile",
            wanted.name,
            "--output-file",
            str(HERE / f"{name}.txt"),
        ),
        *("--generate-hashes", "--strip-extras", "--no-header", "--no-annotate", "--allow-unsafe", "--quiet"),
        *("--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host", "--no-emit-options"),
    ]
    try:
        subprocess.run([*command, "--upgrade"] if upgrade else command, check=True)
    finally:
        Path(wanted.name).unlink()


if __name__ == "__main__":
    compile_lock("run", RUN, inputs=("run.in",), upgrade="--upgrade" in sys.argv)
    compile_lock("test", TEST, inputs=("run.in", "test.in"), upgrade="--upgrade" in sys.argv)
