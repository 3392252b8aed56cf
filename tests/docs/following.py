"""Following a page: each block is done as its language says, in the order of the page."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from .house import House
from .outputs import check_output
from .pages import ROOT, Block, blocks

RUN = re.compile(r"^(?:make run|\.venv/bin/serai run(?P<options>( --?[\w-]+)*))$")
END = Block(Path(), 0, "", "")


def follow(page: Path, house: House) -> None:
    """Does everything on a page; an `AssertionError` says at which block it went wrong."""
    reader = Reader(house)
    for block, following in pairwise([*blocks(page), END]):
        if "not-run" in block.info:
            continue
        try:
            reader.do(block, following)
        except AssertionError as error:
            error.add_note(f"at {block.place}")
            raise


class Reader:
    """What somebody remembers who follows a page."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.ids: dict[str, str] = {}
        self.python = ""
        self.answer: Any = None

    def do(self, block: Block, following: Block) -> None:
        """One block; ``following`` may hold its variables or what it prints."""
        if "title" in block.info:
            path = self.house.folder / block.info["title"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        match block.language:
            case "reader":
                assert block.text == "stops Serai", f"what is this: {block.text}"
                self.house.stop()
            case "sh":
                printed = self.run(with_ids(block.text.strip(), self.ids))
                if following.is_output:
                    check_output(following.text, printed)
            case "graphql":
                self.ask(block, following)
            case "python":
                self.compute(block)
            case "json":
                given = json.loads(block.text)
                if "answer" in block.info:
                    check_answer(given, self.answer)
            case "toml":
                tomllib.loads(block.text)
            case "yaml":
                yaml.safe_load(block.text)

    def run(self, script: str) -> str:
        if found := RUN.fullmatch(script):
            return self.house.start(*(found["options"] or "").split())
        if re.fullmatch(r"make \w+", script):
            shown = subprocess.run(
                ["make", "-n", script.split()[1]], cwd=ROOT, capture_output=True, text=True
            )
            assert shown.returncode == 0, shown.stderr
            return ""
        assert not re.search(r"^make\b|^\s*\S*serai run\b", script, re.MULTILINE), (
            "alone in its block, please"
        )
        return self.house.bash(script)

    def ask(self, block: Block, following: Block) -> None:
        who, error = block.said("as"), block.said("error")
        assert who is not None, "the first line says who asks: `# as: operator`"
        has_variables = following.language == "json" and "answer" not in following.info
        variables = filled(json.loads(following.text), self.ids) if has_variables else {}
        answer = self.house.ask(block.text, with_ids(who, self.ids), variables)
        codes = [one["extensions"]["code"] for one in answer.get("errors", [])]
        assert codes == ([error] if error else []), answer
        if error is None:
            check_success(answer["data"], block.said("user error"), is_empty=block.said("empty") is not None)
            learn(answer["data"], self.ids)
        self.answer = answer

    def compute(self, block: Block) -> None:
        if "title" in block.info:
            compile(block.text, block.info["title"], "exec")
            return
        self.python = self.python + block.text if "continued" in block.info else block.text
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", self.house.worded(self.python)],
            cwd=self.house.folder, env=self.house.environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


def check_success(data: Any, user_error: str | None, *, is_empty: bool) -> None:
    """A page shows what works and what is there: nothing at the root is null, no list there is empty."""
    for name, value in data.items():
        if isinstance(value, dict) and "userErrors" in value:
            expected = set(user_error.split(", ")) if user_error else set()
            assert {one.get("code") for one in value["userErrors"]} == expected, value
            continue
        assert value is not None, f"{name} is null"
        if isinstance(value, dict):
            assert bool(value.get("nodes", [True])) is not is_empty, f"{name}: {value}"


def check_answer(expected: Any, answer: Any, path: str = "") -> None:
    """The answer is what the page shows; text that ends with `...` there begins like that, `"..."` is anything."""
    match expected:
        case dict():
            assert isinstance(answer, dict), f"{path} is {answer!r}"
            assert sorted(expected) == sorted(answer), f"{path or 'the answer'}: {answer}"
            for key, one in expected.items():
                check_answer(one, answer[key], f"{path}.{key}".strip("."))
        case [*items, "..."]:
            assert len(answer) >= len(items), f"{path}: {answer}"
            for number, one in enumerate(items):
                check_answer(one, answer[number], f"{path}.{number}")
        case list():
            assert len(expected) == len(answer), f"{path}: {answer}"
            for number, one in enumerate(expected):
                check_answer(one, answer[number], f"{path}.{number}")
        case str() if expected.endswith("..."):
            assert str(answer).startswith(expected.removesuffix("...")), f"{path} is {answer!r}"
        case _:
            assert expected == answer, f"{path} is {answer!r}, not {expected!r}"


def filled(variables: Any, ids: dict[str, str]) -> Any:
    """The variables with the ids that were answered in place of `trx_...`."""
    match variables:
        case dict():
            return {key: filled(one, ids) for key, one in variables.items()}
        case list():
            return [filled(one, ids) for one in variables]
        case str():
            return with_ids(variables, ids)
    return variables


def with_ids(text: str, ids: dict[str, str]) -> str:
    """A text with the ids that were answered in place of `trx_...`."""
    for prefix in set(re.findall(r"\b([a-z][a-z0-9]{1,7})_\.\.\.", text)):
        assert prefix in ids, f"no operation before it answers an id that begins with {prefix}_"
        text = text.replace(f"{prefix}_...", ids[prefix])
    return text


def learn(data: Any, ids: dict[str, str]) -> None:
    """Notes the first id of each kind in an answer."""
    first: dict[str, str] = {}
    for found in re.finditer(r'"id": "(([a-z]+)_[0-9a-f]{32})"', json.dumps(data)):
        first.setdefault(found[2], found[1])
    ids |= first
