"""Who may see why a plug-in is not ready."""

from __future__ import annotations

from typing import Final

from serai_sdk import Permission

READ: Final = "plugins:read"

PERMISSIONS = (Permission(name=READ, title="See why plug-ins are not ready", roles=("operator",)),)
