"""Who may see jobs, and cancel them: staff and apps that may."""

from __future__ import annotations

from serai_sdk import Permission, permission

WRITE = "jobs:write"

SEE_JOB = permission("jobs:read")

PERMISSIONS = (
    Permission(name="jobs:read", title="See jobs and what became of them", roles=("operator",)),
    Permission(name=WRITE, title="Cancel jobs", implies=("jobs:read",), roles=("operator",)),
)
