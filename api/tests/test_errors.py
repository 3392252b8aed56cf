"""The error tree: every error has a code, and the module's docstring shows all of them."""

from __future__ import annotations

import re

from serai import errors


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    drawn = re.findall(r"^ *([A-Z]\w+)", (errors.__doc__ or "").partition("SeraiError")[2], re.MULTILINE)
    assert sorted(["SeraiError", *drawn]) == sorted(errors.__all__)


def test_an_error_keeps_message_hint_and_data() -> None:
    error = errors.PoolTimeout("busy", hint="wait", data={"size": 1})
    assert (str(error), error.message, error.hint, error.data) == ("busy", "busy", "wait", {"size": 1})
    assert error.code == "OVERLOADED"


def test_configuration_errors_end_the_program_with_78() -> None:
    assert errors.AlreadyRunning("x").exit_code == 78
    assert errors.MigrationError("x").exit_code == 1
