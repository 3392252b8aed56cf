"""Golden cases: the files of `tests/golden`, see its README for how to add one."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from graphql import parse

from serai.cli.explain import readable
from serai.graph.trace import Trace

from .comparison import difference
from .house import OPERATOR, House

GOLDEN = Path(__file__).parent.parent / "golden"
IS_WRITTEN = os.environ.get("SERAI_GOLDEN") == "write"


@pytest.mark.parametrize("case", sorted(GOLDEN.glob("*.graphql")), ids=lambda path: path.stem)
async def test_golden(house: House, case: Path) -> None:
    document = _read(case)
    viewer = house.viewers[_said(document, "as") or OPERATOR]
    variables: dict[str, Any] = json.loads(_said(document, "variables") or "{}")
    trace = Trace()
    result = await house.new_engine().execute(document, variables, None, viewer, trace=trace)
    answer = json.loads(result.body)
    answer.pop("extensions", None)
    expected = house.reference.execute(parse(document), variables, viewer)
    assert difference(expected, answer, house.reference.marks.learn) is None
    _hold(case.with_suffix(".json"), json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
    if case.with_suffix(".sql").exists():
        statements = [f"-- {one.field}\n{readable(one.sql)};\n" for one in trace.statements]
        _hold(case.with_suffix(".sql"), "\n".join(statements))


def _read(path: Path) -> str:
    return path.read_text()


def _said(document: str, name: str) -> str | None:
    found = re.search(rf"^# {name}: (.+)$", document, re.MULTILINE)
    return found[1] if found else None


def _hold(path: Path, text: str) -> None:
    if IS_WRITTEN:
        path.write_text(text)
    assert text == path.read_text()
