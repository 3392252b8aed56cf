"""Who looks: every kind of viewer, and of staff and apps everyone that a permission or a role tells apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from serai.core.viewers import ViewerLoader
from serai.viewers import ANONYMOUS, Viewer
from serai_sdk import Permission

from .world import World, id_of


async def all_viewers(
    loader: ViewerLoader, world: World, permissions: Iterable[Permission]
) -> dict[str, Viewer]:
    """All viewers by a name; those of the world as a token would make them."""

    async def load(kind: str, id: UUID) -> Viewer:
        viewer = await loader(kind, id)  # type: ignore[arg-type]  # the kinds below are kinds of viewers
        assert viewer is not None, f"{kind} {id} cannot act"
        return viewer

    roles = {row["id"]: row["name"] for row in world.rows("Role")}
    known = {one.name for one in permissions}
    till = id_of("login_till")
    found: dict[str, Viewer] = {
        "anonymous": ANONYMOUS,
        "customer ada": await load("customer", id_of("ada")),
        "customer bob": await load("customer", id_of("bob")),
        "customer cem, who has applied": await load("customer", id_of("cem")),
        "member of the party": await load("provider", id_of("member_mona")),
        "member of the rival": await load("provider", id_of("member_rival")),
        "member of the suspended": await load("provider", id_of("member_suspended")),
        "member of the applied": await load("provider", id_of("member_applicant")),
        "member of one elsewhere": Viewer(kind="provider", provider_id=id_of("elsewhere")),
        "staff with nothing": Viewer(kind="staff", staff_id=id_of("staff_operator")),
        "app with nothing": await load("app", till),
        "app with everything": Viewer(kind="app", principal_id=till, permissions=frozenset(known)),
    }
    found.update(_with_one("app", known & APP_PERMISSIONS, principal_id=till))
    found.update(_with_one("staff", known, staff_id=id_of("staff_operator")))
    for row in world.rows("Staff"):
        found[f"staff as {roles[row['role_id']]}"] = await load("staff", row["id"])
    return found


APP_PERMISSIONS = frozenset(
    {
        "customers:read",
        "demands:read",
        "transactions:read",
        "staff:read",
        "customers:write",
        "exports:write",
    }
)


def _with_one(kind: str, permissions: Iterable[str], **ids: UUID) -> Mapping[str, Viewer]:
    return {
        f"{kind} with {one}": Viewer(kind=kind, permissions=frozenset({one}), **ids)  # type: ignore[arg-type]
        for one in sorted(permissions)
    }
