"""S: what can be set for a plug-in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from serai_sdk import Secret

from .check import Finding, Tier, check
from .subject import Subject

SECRET: Final = re.compile(r"(^|_)(api_?key|key|token|secret|password|passphrase|credentials?)($|_)")


@check("S01", Tier.BRONZE)
def starts_unset(subject: Subject) -> Iterator[Finding]:
    """It starts when nothing is set; only a secret may be missing.

    Whoever tries a plug-in installs it and looks. A setting without a default stops that, and every test and check with
    it, so each has one that does no harm. A secret has none by its nature: where it is missing, the plug-in can be off,
    with `Secret("")` for a default, or refuse to start.
    """
    declared = subject.imported.settings
    for name, field in declared.model_fields.items() if declared is not None else ():
        if field.is_required() and field.annotation is not Secret:
            yield Finding(f"its setting {name} has no default", "give it one that does no harm")


@check("S02", Tier.SILVER)
def secrets(subject: Subject) -> Iterator[Finding]:
    """What is secret is a `Secret`.

    A `Secret` is blanked in logs, errors, reports and tracebacks, and never written into JSON. A key that is a plain
    text is printed by `serai config show`, and by the first exception that has it among its arguments.

    ```text
    api_key: Secret = setting(Secret(""), description="What the gateway asks for; without it, it is off.")
    ```
    """
    declared = subject.imported.settings
    for name, field in declared.model_fields.items() if declared is not None else ():
        if SECRET.search(name) and field.annotation is str:
            yield Finding(f"its setting {name} is a plain text", "annotate it with Secret")
