"""Staff and roles in the graph."""

from __future__ import annotations

from datetime import datetime

from serai_sdk import Graph, column, connection, count_of, entity, lookup, to_many, to_one

from .access import SEE_STAFF
from .models import Role as RoleRow
from .models import Staff as StaffRow


@entity(RoleRow, prefix="rol", access=SEE_STAFF, unindexed="a few dozen rows")
class Role:
    """A named set of permissions that members of staff hold."""

    name: str = column("The short name, unique, as in a token.")
    title: str = column("What who holds it does.")
    permissions: list[str] = column("What it permits, each written `noun:verb`.")
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")

    holders = to_many("Staff", "Who holds it.", by="role")
    holder_count: int = count_of("holders", "How many hold it.")


@entity(StaffRow, prefix="stf", access=SEE_STAFF, name="Staff", unindexed="a few hundred rows")
class StaffMember:
    """One of the organisation's own people."""

    name: str = column("The person's name.", personal=True)
    email: str | None = column("The person's address at the organisation.", personal=True)
    is_active: bool = column("Whether the person still works here.")
    role = to_one("Role", "What the person may do.")
    principal = to_one("Principal", "Who signs in as it.")
    created_at: datetime = column("When the person was entered.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")


GRAPH = Graph(
    entities=(Role, StaffMember),
    queries=(
        connection("staff", "Staff", "The organisation's own people."),
        connection("roles", "Role", "The roles staff can hold."),
        lookup("role", "Role", "One role by its id."),
    ),
)
