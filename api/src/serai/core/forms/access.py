"""Who may see forms: everybody what published scenarios ask, staff all; a version also whoever sees its answers."""

from __future__ import annotations

from serai.core.scenarios.access import PUBLIC
from serai_sdk import Permission, permission, via

READ = permission("forms:read")

SEE_FORM = READ | via("scenarios", PUBLIC)

SEE_VERSION = via("form") | via("demands")
"""Old versions too: who holds answers to one can read what was asked, whatever became of the scenario."""

PERMISSIONS = (
    Permission(
        name="forms:read",
        title="See all forms",
        roles=("analyst", "operator", "reviewer", "support"),
    ),
    Permission(
        name="forms:write",
        title="Create, revise and archive forms",
        implies=("forms:read",),
        roles=("operator",),
    ),
)
