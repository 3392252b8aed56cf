"""The keys that sign tokens: a private JSON Web Key Set in a file of its own, made at the first start."""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from serai.errors import ConfigurationError

__all__ = ["KEY_FILE", "KeyFileError", "load_keys"]

KEY_FILE = "token-signing.json"
CURVE = "P-256"


class KeyFileError(ConfigurationError):
    """The file with the signing keys cannot be used."""

    code = "KEY_FILE"


def load_keys(directory: Path) -> list[ECKey]:
    """The keys in ``directory``, the signing one first; a missing file is made, readable by its owner only.

    To change keys, put a new one first and leave the old one until its tokens have expired. Processes that
    start at once end up with the same key.
    """
    path = directory / KEY_FILE
    if not path.exists():
        _create(path)
    try:
        keys = KeySet.import_key_set(json.loads(path.read_bytes())).keys
    except (OSError, ValueError, TypeError, KeyError, JoseError) as error:
        raise KeyFileError(
            f"The signing keys in {path} cannot be read",
            hint="Restore the file, or remove it: a new key is made, and tokens issued so far end.",
            data={"path": str(path)},
        ) from error
    usable = [key for key in keys if isinstance(key, ECKey) and key.is_private and key.curve_name == CURVE]
    if not usable or len(usable) != len(keys):
        raise KeyFileError(
            f"{path} must hold private keys of the curve {CURVE} only",
            hint="Remove the others; with none left, remove the file.",
            data={"path": str(path)},
        )
    return usable


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = ECKey.generate_key(CURVE, private=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"keys": [key.as_dict(private=True)]}, file)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            # A link, unlike a rename, never replaces the key of another process that was quicker.
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
