"""Each numbered check can fail, says what is wrong, and says nothing of a plug-in that is right."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from serai.cli import app
from serai.conform import CHECKS, BadProject, Result, Subject, Tier, all_checks, look_at, staged, tier_of
from serai.conform.child import results
from serai.core.customers.graph import Customer
from serai.settings import load_settings
from serai_testkit import CloneDatabase

from .broken import ACCESS, BROKEN, Broken


@pytest.fixture(autouse=True)
def as_if_it_had_never_been_there(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    kept = Customer.__dict__["__serai_entity__"]
    yield
    Customer.__serai_entity__ = kept  # type: ignore[attr-defined]  # the record rides on the class
    for name in [one for one in sys.modules if one.partition(".")[0] == "acme_loyalty"]:
        del sys.modules[name]


async def looked_at(folder: Path, broken: Broken, dsn: str | None, *only: str) -> list[Result]:
    broken.write(folder)
    with staged(folder) as made:
        subject = Subject(made, settings=load_settings(folder), dsn=dsn)
        return [result async for _, result in results(subject, only) if result is not None]


@pytest.mark.parametrize("id", BROKEN)
async def test_a_check_tells_a_plug_in_that_does_not_pass_it(
    id: str, tmp_path: Path, clone_database: CloneDatabase, database_template: str
) -> None:
    dsn = await clone_database(database_template) if CHECKS[id].needs_tables else None
    [result] = await looked_at(tmp_path, BROKEN[id], dsn, id)
    assert (sorted(one.what for one in result.findings), result.reason) == (sorted(BROKEN[id].says), "")
    assert all(one.mend for one in result.findings)
    assert (result.id, result.state) == (id, "failed")


def test_each_check_has_a_plug_in_that_does_not_pass_it_and_a_page() -> None:
    assert sorted(BROKEN) == sorted(one.id for one in all_checks())
    assert [one.id for one in all_checks() if len(one.page) < 150] == []


async def test_a_plug_in_as_it_is_written_is_gold(
    tmp_path: Path, clone_database: CloneDatabase, database_template: str
) -> None:
    found = await looked_at(tmp_path, Broken([]), await clone_database(database_template), *CHECKS)
    assert [(one.id, one.findings, one.reason) for one in found if one.state != "passed"] == []
    assert tier_of(found) is Tier.GOLD


async def test_what_cannot_be_looked_at_is_left_out_and_says_why(tmp_path: Path) -> None:
    found = await looked_at(tmp_path, BROKEN["P07"], None, "P06", "P07", "P08", "D03")
    assert [(one.id, one.state, one.reason) for one in found] == [
        ("P06", "passed", ""),
        ("P07", "failed", ""),
        ("P08", "skipped", "it cannot be imported: see P07"),
        ("D03", "skipped", "it cannot be imported: see P07"),
    ]
    assert tier_of(found) is None


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import time\ntime.sleep(3600)", "it did not end within 0.3 s"),
        ("import os\nos._exit(3)", "it ends the process, with 3"),
    ],
)
def test_an_import_that_never_ends_or_ends_everything_is_told(
    code: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_checks()
    monkeypatch.setitem(CHECKS, "P07", replace(CHECKS["P07"], limit_s=0.3))
    Broken([], [(ACCESS, "PERMISSIONS:", f"{code}\nPERMISSIONS:")]).write(tmp_path)
    verdict = look_at(tmp_path, dsn=None, only=["P06", "P07", "P08"])
    assert (verdict.plugin, verdict.version, verdict.tier) == ("loyalty", "0.1.0", None)
    assert [(one.id, one.state) for one in verdict.results] == [
        ("P06", "passed"),
        ("P07", "failed"),
        ("P08", "skipped"),
    ]
    [finding] = verdict.results[1].findings
    assert finding.what == says
    assert verdict.results[2].reason == "nothing was made after P07"


async def test_a_wheel_that_installs_more_than_its_package_is_told(tmp_path: Path) -> None:
    Broken([]).write(tmp_path / "acme-loyalty")
    wheel = tmp_path / "acme_loyalty-0.1.0-py3-none-any.whl"
    with staged(tmp_path / "acme-loyalty") as source, zipfile.ZipFile(wheel, "w") as file:
        for name in source.files:
            file.write(source.source / name, name)
        for path in source.info.iterdir():
            file.write(path, f"acme_loyalty-0.1.0.dist-info/{path.name}")
        file.writestr("tests/__init__.py", "")
    with staged(wheel) as made:
        subject = Subject(made, settings=load_settings(tmp_path), dsn=None)
        found = [one async for _, one in results(subject, ("P04", "P05", "P07")) if one is not None]
    assert [(one.id, [finding.what for finding in one.findings]) for one in found] == [
        ("P04", []),
        ("P05", ["it installs tests beside its package"]),
        ("P07", []),
    ]


def made(id: str, tier: Tier, state: str) -> Result:
    return Result(id=id, tier=tier, title="It.", state=state)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bronze", "silver", "gold", "reached"),
    [
        ("passed", "passed", "passed", Tier.GOLD),
        ("passed", "passed", "failed", Tier.SILVER),
        ("passed", "skipped", "passed", Tier.BRONZE),
        ("failed", "passed", "passed", None),
    ],
)
def test_a_tier_is_computed_from_all_checks_of_it_and_of_those_before(
    bronze: str, silver: str, gold: str, reached: Tier | None
) -> None:
    states = {Tier.BRONZE: bronze, Tier.SILVER: silver, Tier.GOLD: gold}
    assert tier_of([made(tier, tier, state) for tier, state in states.items()]) is reached


def test_what_is_no_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadProject, match=r"has no pyproject\.toml"):
        look_at(tmp_path, dsn=None)
    (tmp_path / "a.whl").write_text("no")
    with pytest.raises(BadProject, match="is not a wheel"):
        look_at(tmp_path / "a.whl", dsn=None)
    for text, says in (
        ("[project", "cannot be read"),
        ("[project]\nversion = '1'\n", "does not say what the project is called"),
        ("[tool]\n", "does not say what the project is called"),
        ('[project]\nname = "a"\ndynamic = ["dependencies"]\n', "leaves dependencies to what builds it"),
    ):
        (tmp_path / "pyproject.toml").write_text(text)
        with pytest.raises(BadProject, match=says):
            look_at(tmp_path, dsn=None)


def test_the_command_ends_with_one_where_the_tier_is_not_reached_and_tells_programs_all(
    tmp_path: Path,
) -> None:
    BROKEN["P04"].write(tmp_path)
    words = ["plugin", "check", str(tmp_path), "--only", "P04", "--only", "P07", "--json"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert (told["plugin"], told["version"], told["tier"]) == ("loyalty", "0.1.0", "bronze")
    assert [(one["id"], one["tier"], one["state"]) for one in told["checks"]] == [
        ("P04", "silver", "failed"),
        ("P07", "bronze", "passed"),
    ]
    assert told["checks"][0]["findings"] == [
        {
            "what": "its metadata have no readme",
            "mend": "set `readme` in [project] of pyproject.toml",
            "place": "",
        }
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [(["--only", "X1"], "there is no check X1"), (["--tier", "iron"], "there is no tier iron")],
)
def test_a_check_or_a_tier_that_there_is_not_is_refused(words: list[str], says: str) -> None:
    done = CliRunner().invoke(app, ["plugin", "check", *words], env={"COLUMNS": "200"})
    assert (done.exit_code, says in done.output) == (2, True)


def test_the_command_says_why_a_check_is_made() -> None:
    done = CliRunner().invoke(app, ["plugin", "check", "--why", "D04"])
    assert done.output.startswith("D04: Its migrations can be taken back to nothing, and made again\n")
