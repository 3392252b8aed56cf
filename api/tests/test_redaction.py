"""Secrets that are known are blanked, in whatever form they stand in a text."""

from __future__ import annotations

import base64
import subprocess
import sys
from urllib.parse import quote

import pytest

from serai.redaction import MASK, know, redact

SECRET = "pl/anted+5ecret 'é'"


@pytest.mark.parametrize("before", ["", "a", "ab", "user:"])
@pytest.mark.parametrize("after", ["", "z", "yz"])
def test_a_secret_is_found_in_every_form(before: str, after: str) -> None:
    know([SECRET])
    whole = before + SECRET + after
    encoded = base64.b64encode(whole.encode()).decode()
    for text in (whole, quote(whole), quote(whole, safe=""), repr(whole), encoded):
        told = redact(f"x {text} y")
        assert MASK in told
        assert SECRET not in told
        assert quote(SECRET) not in told
    for decodable in redact(encoded).split(MASK):
        padded = decodable[: len(decodable) // 4 * 4]
        assert "5ecret" not in base64.b64decode(padded, validate=False).decode(errors="replace")


def test_of_a_url_the_password_is_a_secret_and_the_host_is_none() -> None:
    know(["postgresql://app:hunter2-hunter2@db.example/app"])
    assert redact("no route to db.example for hunter2-hunter2") == f"no route to db.example for {MASK}"


def test_short_words_are_no_secrets() -> None:
    know(["core"])
    assert redact("the core is ready") == "the core is ready"


def test_a_crash_is_written_without_secrets() -> None:
    program = (
        "from serai.redaction import know, redact_crashes; know(['planted-5ecret']); redact_crashes(); "
        "raise RuntimeError('refused: ' + 'planted-' + '5ecret')"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert f"RuntimeError: refused: {MASK}" in ended.stderr
    assert "planted-5ecret" not in ended.stderr
