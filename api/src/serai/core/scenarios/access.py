"""Who may see scenarios: everybody the published ones, staff the others."""

from __future__ import annotations

from serai_sdk import Permission, permission, when

from .models import ScenarioStatus

READ = permission("scenarios:read")
PUBLIC = when("status", ScenarioStatus.PUBLISHED)

SEE_SCENARIO = PUBLIC | READ

PERMISSIONS = (
    Permission(
        name="scenarios:read",
        title="See drafts and archived scenarios",
        roles=("analyst", "operator", "reviewer", "support"),
    ),
    Permission(
        name="scenarios:write",
        title="Create and change scenarios",
        implies=("scenarios:read",),
        roles=("operator",),
    ),
)
