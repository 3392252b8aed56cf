"""Adding people to the staff."""

from __future__ import annotations

from uuid import UUID

from tortoise.exceptions import IntegrityError

from serai.core.principals.models import Principal
from serai.core.refusals import text
from serai_sdk import CallCtx, UserError
from serai_sdk.orm import violated_constraint

from .models import Role, Staff


async def add(ctx: CallCtx, *, name: str, login: str, role: str) -> UUID:
    """Add a person who signs in under a login of its own and holds a role; return the id of the member of staff."""
    roles = {one.name: one.id for one in await Role.all().order_by("name")}
    if role not in roles:
        raise UserError("NOT_FOUND", f"There is no such role; there are {', '.join(roles)}.", field="role")
    principal = Principal(
        id=ctx.new_id(), login=text(login, field="login").lower(), display_name=text(name, field="name")
    )
    member = Staff(
        id=ctx.new_id(),
        name=principal.display_name,
        email=principal.login if "@" in principal.login else None,
        principal_id=principal.id,
        role_id=roles[role],
    )
    try:
        await ctx.change.add(principal)
    except IntegrityError as error:
        if violated_constraint(error) == "core_principal_login_key":
            raise UserError("LOGIN_TAKEN", "Somebody signs in with this already.", field="login") from None
        raise
    await ctx.change.add(member)
    await ctx.change.emit("staff.added", member, {"roleId": member.role_id})
    return member.id
