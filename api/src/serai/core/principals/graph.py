"""Principals in the graph."""

from __future__ import annotations

from datetime import datetime

from serai_sdk import Graph, column, connection, entity, lookup

from .access import SEE_PRINCIPAL
from .models import Principal as PrincipalRow
from .models import PrincipalKind

STAFF = "asked by staff, seldom; people are found by customer or login"


@entity(PrincipalRow, prefix="prn", access=SEE_PRINCIPAL)
class Principal:
    """Somebody or something that can sign in: a person or an app."""

    login: str = column(
        "What it signs in with: an address or a name, unique, in lower case.",
        personal=True,
        unindexed="looked up by an index; its order is for staff",
    )
    display_name: str = column("How it is called.", personal=True, unindexed=STAFF)
    kind: PrincipalKind = column("A person or an app.", unindexed=STAFF)
    granted: list[str] = column("Permissions granted to an app itself.")
    is_active: bool = column("Whether it may sign in.")
    created_at: datetime = column(
        "When it was made.", unindexed="the default order, by id, is that of creation"
    )
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")


GRAPH = Graph(
    entities=(Principal,),
    queries=(
        connection("principals", "Principal", "Everybody and everything that can sign in."),
        lookup("principal", "Principal", "One principal by its id."),
    ),
)
