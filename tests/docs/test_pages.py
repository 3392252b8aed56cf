"""The README and the pages of docs/, as a reader would follow them; how they are written is in `README.md` here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from .following import RUN, follow
from .house import House
from .pages import CHECKED, NAMES, ROOT, SHOWN, WORDS, all_pages, anchors, blocks, links

PAGES = all_pages()
TO_FOLLOW = [page for page in PAGES if any(one.language in CHECKED for one in blocks(page))]


LONG = frozenset(
    (
        "docs/howto/back-up-and-restore.md",
        "docs/howto/change-many-at-once.md",
        "docs/howto/demo-data.md",
        "docs/tutorial/a-plug-in.md",
        "docs/tutorial/moving-in.md",
    )
)
"""Pages that take longer than `make test` allows: followed by `make prove`; what they tell has tests of its own."""


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, id=named(page), marks=pytest.mark.slow if named(page) in LONG else ())
        for page in TO_FOLLOW
    ],
)
def test_a_page_can_be_followed(page: Path, request: pytest.FixtureRequest) -> None:
    starts = [one for one in blocks(page) if one.language == "sh" and RUN.fullmatch(one.text.strip())]
    is_empty = bool(starts) and "--no-demo" in starts[0].text
    house: House = request.getfixturevalue("empty_house" if is_empty else "house")
    follow(page, house)


def test_every_block_is_of_a_kind_that_is_checked() -> None:
    strange = [
        f"{one.place}: {one.language or 'no language'} {one.info}"
        for page in PAGES
        for one in blocks(page)
        if one.language not in CHECKED | SHOWN | {"reader"}
        or {name for name, value in one.info.items() if value} - NAMES
        or {name for name, value in one.info.items() if not value} - WORDS
    ]
    assert strange == []


def test_what_is_not_run_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    found = [one for page in PAGES for one in blocks(page) if "not-run" in one.info]
    with capsys.disabled():
        for one in found:
            print(f"\n{one.place} is not run: {one.info['not-run']}")
    assert all(len(one.info["not-run"]) > 10 for one in found)


def test_operations_are_of_the_schema() -> None:
    """What a plug-in of a page adds is left to following the page."""
    schema = build_schema((ROOT / "schema.graphql").read_text())
    wrong = [
        f"{one.place}: {error.message}"
        for page in PAGES
        for one in blocks(page)
        if one.language == "graphql" and not (one.said("error") or one.said("with") or "not-run" in one.info)
        for error in validate(schema, parse(one.text))
    ]
    assert wrong == []


def test_links_lead_somewhere() -> None:
    missing = []
    for page in PAGES:
        for link in links(page):
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
                missing.append(f"{named(page)}: {link}")
    assert missing == []


def test_every_page_is_listed_in_its_folder() -> None:
    unlisted = []
    for folder in ("tutorial", "howto", "explanation"):
        listed = (ROOT / "docs" / folder / "README.md").read_text()
        pages = (ROOT / "docs" / folder).glob("*.md")
        unlisted += [named(one) for one in pages if one.name != "README.md" and f"({one.name})" not in listed]
    assert unlisted == []


def test_the_query_of_the_readme_is_one_statement(house: House) -> None:
    query = next(one.text for one in blocks(ROOT / "README.md") if one.language == "graphql")
    (house.folder / "query.graphql").write_text(query)
    told = house.bash(".venv/bin/serai explain query.graphql --as staff:operator")
    assert len(re.findall(r"^-- \w+: [0-9.]+ ms", told, re.MULTILINE)) == 1
    assert "booking_stay" in told


def test_the_plugin_of_the_readme_has_twenty_lines() -> None:
    [source] = [one.text for one in blocks(ROOT / "README.md") if one.language == "python"]
    assert len([line for line in source.splitlines() if line.strip()]) <= 20


def test_commands_and_settings_that_pages_name_exist() -> None:
    commands = (ROOT / "docs/reference/cli.md").read_text()
    settings = (ROOT / "docs/reference/settings.md").read_text()
    wrong = []
    for page in PAGES:
        if page.parent.name == "decisions":
            continue  # they say what was planned
        text = page.read_text()
        used = re.findall(r"`(?:\.venv/bin/)?serai ([a-z]+)[ `]", text)
        wrong += [f"{named(page)}: serai {one}" for one in used if f"`serai {one}" not in commands]
        # with two underscores they are those of plug-ins
        variables = re.findall(r"\bSERAI_[A-Z]+(?:_[A-Z]+)*\b", text)
        wrong += [f"{named(page)}: {one}" for one in variables if one not in settings]
    assert sorted(set(wrong)) == []
