"""Table of principals."""

from __future__ import annotations

from serai.core.constraints import one_of
from serai_sdk.orm import Model, StrEnum, fields


class PrincipalKind(StrEnum):
    """What signs in."""

    PERSON = "PERSON"
    APP = "APP"


class Principal(Model):
    """Somebody or something that can sign in."""

    login = fields.CharField(320, unique=True)
    display_name = fields.TextField()
    kind = fields.CharEnumField(PrincipalKind, max_length=16, default=PrincipalKind.PERSON)
    granted: fields.Field[list[str]] = fields.JSONField(default=list)
    is_active = fields.BooleanField(default=True)

    class Meta:
        table = "core_principal"
        constraints = (one_of("core_principal", "kind", PrincipalKind),)
