"""The names of a new plug-in, and its files under them."""

from __future__ import annotations

import ast
import tomllib

import pytest

from serai_sdk.template import KINDS, BadName, Names, names_of, render


def test_all_names_follow_from_one() -> None:
    assert names_of("acme-loyalty") == Names(
        distribution="acme-loyalty", package="acme_loyalty", id="loyalty", prefix="loy"
    )
    assert names_of("acme-loyalty").type == "Loyalty"
    assert names_of("loyalty").package == "loyalty"
    assert names_of("acme-2nd-hand", id="used").id == "used"


@pytest.mark.parametrize(
    ("name", "more", "message"),
    [
        ("Acme", {}, "'Acme' cannot be the name of a plug-in"),
        ("acme_loyalty", {}, "'acme_loyalty' cannot be the name of a plug-in"),
        ("../acme", {}, "'../acme' cannot be the name of a plug-in"),
        ("", {}, "'' cannot be the name of a plug-in"),
        ("a" * 61, {}, f"{'a' * 61!r} cannot be the name of a plug-in"),
        ("acme--loyalty", {}, "'acme--loyalty' cannot be the name of a plug-in"),
        ("json", {}, "a package called json is Python's own or somebody else's"),
        ("serai-sdk", {}, "a package called serai_sdk is Python's own or somebody else's"),
        ("class", {}, "a package called class is Python's own or somebody else's"),
        ("acme-2", {}, "'2' cannot be the id of a plug-in"),
        ("acme-loyalty", {"id": "Loyalty"}, "'Loyalty' cannot be the id of a plug-in"),
        ("acme-loyalty", {"id": "l" * 25}, f"{'l' * 25!r} cannot be the id of a plug-in"),
        ("acme-booking", {"ids": {"booking"}}, "the id 'booking' belongs to Serai, or to a plug-in"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_what_to_do(
    name: str, more: dict[str, object], message: str
) -> None:
    with pytest.raises(BadName) as refused:
        names_of(name, **more)  # type: ignore[arg-type]
    assert refused.value.message.startswith(message)
    assert refused.value.hint


def test_ids_of_rows_begin_as_nobody_elses_do() -> None:
    assert names_of("acme-loyalty", prefixes={"loy", "loya"}).prefix == "loyal"
    assert names_of("acme-loy", prefixes={"loy"}).prefix == "loy0"
    assert names_of("acme-lo", prefixes=()).prefix == "lo"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["acme-loyalty", "sauna", "o2-averyveryverylongplugin1"])
def test_nothing_of_the_template_s_own_names_is_left(kind: str, name: str) -> None:
    names = names_of(name)
    files = render(names, kind)
    assert {"pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", ".gitignore"} < files.keys()
    assert f"src/{names.package}/py.typed" in files
    for path, text in files.items():
        if name != "acme-loyalty":
            assert "loy" not in f"{path} {text}".lower(), path
        if path.endswith(".py"):
            ast.parse(text)
    project = tomllib.loads(files["pyproject.toml"])["project"]
    assert project["entry-points"] == {"serai.plugins": {names.id: f"{names.package}.plugin:plugin"}}
    assert project["dependencies"] == ["serai-sdk>=1.0,<2"]
