"""What a command prints beside what a page says it prints: alike but for what differs from run to run."""

from __future__ import annotations

import re

__all__ = ["check_output"]

# What is never the same twice, and what stands for it.
VARYING = (
    (r"\x1b\[[0-9;]*m", ""),
    (r"eyJ[\w.-]+", "<token>"),
    (r"\b([a-z][a-z0-9]{1,7})_(?:[0-9a-f]{32}|\.\.\.)", r"\1_<id>"),
    (r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<uuid>"),
    (r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?", "<time>"),
    (r"(?<=127\.0\.0\.1:)\d+", "<port>"),
    (r"\b[\d.,]+ ?(?:ms|s|min|[kKMG]i?B)\b(?:/s)?", "<amount>"),
    (r"\b[\d.,]+(?= rows/s| rows a second)", "<rate>"),
    (r"[ \t]+", " "),
)


def check_output(expected: str, printed: str) -> None:
    """`...` within a line stands for anything in it, alone on a line for any lines."""
    wanted = [_plain(line) for line in expected.strip("\n").splitlines()]
    found = "".join(f"{line}\n" for line in (_plain(one) for one in printed.splitlines()) if line)
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else _pattern(line) + r"\n" for line in wanted if line)
    assert re.fullmatch(pattern, found), f"it printed\n{printed}\nand the page says\n{expected}"


def _pattern(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.split("..."))


def _plain(line: str) -> str:
    for pattern, stands in VARYING:
        line = re.sub(pattern, stands, line)
    return line.strip()
