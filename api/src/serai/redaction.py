"""Secrets this process knows are blanked wherever it says something: in logs, errors, reports and tracebacks.

Whoever reads a secret tells it to ``know``; whoever writes a text for others passes it through ``redact``. A secret is
found as it is, in base64, and as part of a URL.
"""

from __future__ import annotations

import base64
import re
import sys
import traceback
from collections.abc import Iterable
from types import TracebackType
from typing import Final
from urllib.parse import quote, quote_plus, urlsplit

from pydantic import BaseModel, SecretStr

__all__ = ["MASK", "know", "know_settings", "redact", "redact_crashes"]

MASK: Final = "***"
SHORTEST: Final = 6
"""What is shorter is no secret to look for: it would be found in words that are none."""

_known: set[str] = set()
_pattern: re.Pattern[str] | None = None


def know(secrets: Iterable[str]) -> None:
    """Blank these from now on; of a URL its password."""
    global _pattern
    for secret in secrets:
        text = (urlsplit(secret).password or "") if "://" in secret else secret
        if len(text) >= SHORTEST:
            _known.update(_forms(text))
    if _known:
        _pattern = re.compile("|".join(re.escape(one) for one in sorted(_known, key=len, reverse=True)))


def know_settings(settings: BaseModel) -> None:
    """Blank the secrets among these settings."""
    values = (getattr(settings, name) for name in type(settings).model_fields)
    know(value.get_secret_value() for value in values if isinstance(value, SecretStr))


def redact(text: str) -> str:
    """The text without the secrets that are known."""
    return _pattern.sub(MASK, text) if _pattern is not None else text


def redact_crashes() -> None:
    """Let Python write the trace of what nobody caught without secrets."""
    sys.excepthook = _crashed


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    sys.stderr.write(redact("".join(traceback.format_exception(kind, error, trace))))


def _forms(secret: str) -> set[str]:
    """The secret as it stands in texts: plain, quoted for URLs and reprs, and in base64 wherever it begins there."""
    data = secret.encode()
    forms = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for before in range(3):
            # what stands before and behind shares characters with it: those in between are its own
            encoded = encode(b"\0" * before + data).decode().rstrip("=")
            own = encoded[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
            if len(own) >= SHORTEST:
                forms.add(own)
    return forms
