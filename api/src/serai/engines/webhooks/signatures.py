"""Signatures of deliveries: Standard Webhooks 1.0, symmetric (https://www.standardwebhooks.com)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from serai_sdk import SdkError

__all__ = ["Malformed", "headers", "new_secret"]

PREFIX: Final = "whsec_"
SIZE: Final = 32
"""In bytes; the standard wants 24 to 64."""


class Malformed(SdkError):
    """A secret that is none."""


def new_secret() -> str:
    """A secret of 256 random bits as it is shown to who receives: ``whsec_`` and base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SIZE)).decode()


def headers(id: str, *, at: datetime, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """The three headers of a delivery, with one signature for each of the secrets that are valid ``at`` that time.

    ``id`` is the same at each attempt. Raises ``Malformed``.
    """
    if not id or "." in id:
        raise Malformed(
            f"{id!r} cannot be signed: its parts are told apart by dots", hint="use an id of the graph"
        )
    if not keys:
        raise Malformed("a delivery without a secret", hint="give the webhook's secret")
    seconds = str(int(at.timestamp()))
    signed = b".".join((id.encode(), seconds.encode(), body))
    made = (hmac.digest(_key(one), signed, hashlib.sha256) for one in keys)
    return {
        "webhook-id": id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in made),
    }


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise Malformed("this is no secret of a webhook", hint="one is whsec_ and 24 to 64 bytes in base64")
    return key
