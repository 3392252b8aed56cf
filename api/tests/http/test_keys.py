"""The file with the signing keys."""

from __future__ import annotations

import json
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, KeySet, OctKey

from serai.http import load_keys
from serai.http.keys import KEY_FILE, KeyFileError


def test_the_first_start_makes_a_key_and_later_ones_use_it(tmp_path: Path) -> None:
    made = load_keys(tmp_path / "keys")
    assert [key.thumbprint() for key in load_keys(tmp_path / "keys")] == [made[0].thumbprint()]
    assert [file.name for file in (tmp_path / "keys").iterdir()] == [KEY_FILE]


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")
def test_only_its_owner_can_read_the_key(tmp_path: Path) -> None:
    load_keys(tmp_path / "keys")
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "keys" / KEY_FILE).stat().st_mode) == 0o600


def test_starts_at_the_same_time_end_up_with_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        loaded = list(threads.map(lambda _: load_keys(tmp_path / "keys")[0].thumbprint(), range(16)))
    assert len(set(loaded)) == 1


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "null", '{"keys": []}', '{"keys": [{}]}', '{"keys": [7]}', '{"keys']
)
def test_a_damaged_file_is_reported_and_left_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / KEY_FILE).write_text(content)
    with pytest.raises(KeyFileError):
        load_keys(tmp_path)
    assert (tmp_path / KEY_FILE).read_text() == content


def test_keys_of_other_kinds_are_refused(tmp_path: Path) -> None:
    good = ECKey.generate_key("P-256")
    public = ECKey.import_key(good.as_dict(private=False))
    for other in (OctKey.generate_key(256), ECKey.generate_key("P-384"), public):
        (tmp_path / KEY_FILE).write_text(json.dumps(KeySet([good, other]).as_dict()))
        with pytest.raises(KeyFileError):
            load_keys(tmp_path)
