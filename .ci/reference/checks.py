"""The numbered checks of plug-ins: a page for each, and a page that lists them."""

from __future__ import annotations

from collections.abc import Iterator

from serai.conform import all_checks

from .tables import table

INTRODUCTION = """# Checks of plug-ins

`serai plugin check` makes them for a folder or a wheel, and `class TestConformance(Conformance)` of the
[test kit](../../../plugins/testkit/README.md) makes each of them a test. They run in a process of their own, which is
ended when a check takes too long; tables are made in a database that is thrown away.

A plug-in is **bronze** if it passes all checks of that tier, **silver** if it passes those of silver as well, **gold**
if it passes all. The tier is computed, and a check that could not be made has not been passed. The command ends with 0
if the plug-in has the tier of `--tier` (gold, unless another is given), with 1 if not, and prints JSON with `--json`;
`serai plugin check --why P06` prints the page of a check.

"""
GROUPS = {
    "P": "packaging",
    "S": "settings",
    "G": "the graph",
    "E": "events",
    "D": "tables",
    "R": "while Serai runs with it",
    "O": "wherever it is loaded",
}


def pages() -> Iterator[tuple[str, str]]:
    """Each page by its name."""
    checks = all_checks()
    rows = ((f"[{one.id}]({one.id}.md)", one.tier, GROUPS[one.id[0]], one.title) for one in checks)
    yield "README", INTRODUCTION + table(("check", "tier", "of", "what it asks"), rows)
    for one in checks:
        yield one.id, f"# {one.id}: {one.title}\n\n{one.page}\n\nTier: {one.tier}. [All checks](README.md)\n"
