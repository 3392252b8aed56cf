"""``viewer``: who asks, and as what."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from serai_sdk import CallCtx, Graph, part, query, to_one, value

__all__ = ["GRAPH", "ActingKind", "Viewer"]


class ActingKind(StrEnum):
    """As what somebody acts."""

    ANONYMOUS = "ANONYMOUS"
    CUSTOMER = "CUSTOMER"
    PROVIDER = "PROVIDER"
    STAFF = "STAFF"
    APP = "APP"
    SYSTEM = "SYSTEM"


@value
class Viewer:
    """Who asks: what the token says, and what that may do today."""

    kind: ActingKind = part("As what the viewer acts.")
    permissions: list[str] = part("The permissions held, by name.")
    customer: UUID | None = to_one("Customer", "The customer the viewer acts as.")
    provider: UUID | None = to_one("Provider", "The provider the viewer acts for.")
    staff: UUID | None = to_one("Staff", "The member of the staff the viewer acts as.")


@query("Who asks, and as what.", returns=Viewer)
async def viewer(ctx: CallCtx) -> Viewer:
    asks = ctx.viewer
    return Viewer(
        kind=ActingKind(asks.kind.upper()),
        permissions=sorted(asks.permissions),
        customer=asks.customer_id,
        provider=asks.provider_id,
        staff=asks.staff_id,
    )


GRAPH = Graph(queries=(viewer,))
