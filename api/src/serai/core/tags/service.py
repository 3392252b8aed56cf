"""Making tags, and putting them on customers."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tortoise.exceptions import IntegrityError

from serai.core.customers.owning import locked_customer
from serai.core.refusals import not_found, optional_text, text
from serai_sdk import UNSET, CallCtx, Unset, UserError, check_version
from serai_sdk.orm import violated_constraint

from .models import Tag

MOST = 100

NAMED = """
select t.id, n.at
from unnest($1::text[]) with ordinality n (name, at)
left join core_tag t on lower(t.name collate "C") = lower(n.name collate "C")
order by n.at
"""

PUT_ON = """
insert into core_customer_tag (id, created_at, updated_at, version, customer_id, tag_id)
select n.id, $4, $4, 1, $1, n.tag_id
from unnest($2::uuid[], $3::uuid[]) n (id, tag_id)
order by n.tag_id
on conflict (customer_id, tag_id) do nothing
returning tag_id
"""

TAKE_OFF = (
    "delete from core_customer_tag where customer_id = $1 and tag_id = any($2::uuid[]) returning tag_id"
)

TAKE_OFF_ALL = "delete from core_customer_tag where tag_id = $1"

REMOVE = "delete from core_tag where id = $1"


async def create(ctx: CallCtx, *, name: str, description: str | None) -> UUID:
    """Make a tag and return its id."""
    tag = Tag(id=ctx.new_id(), name=text(name, field="name"), description=optional_text(description))
    try:
        await ctx.change.add(tag)
    except IntegrityError as error:
        raise _taken(error) from error
    await ctx.change.emit("tag.created", tag)
    return tag.id


async def update(
    ctx: CallCtx,
    id: UUID,
    *,
    name: str | Unset,
    description: str | Unset | None,
    expected_version: int | None,
) -> None:
    """Change what was given of a tag."""
    tag = await _locked(ctx, id, expected_version)
    if name is not UNSET:
        tag.name = text(name, field="name")
    if description is not UNSET:
        tag.description = optional_text(description)
    try:
        await ctx.change.save(tag)
    except IntegrityError as error:
        raise _taken(error) from error
    await ctx.change.emit("tag.updated", tag)


async def remove(ctx: CallCtx, id: UUID, *, expected_version: int | None) -> None:
    """Remove a tag, from all customers that have it."""
    tag = await _locked(ctx, id, expected_version)
    # nobody puts it on from here on: that would take a share of its key
    await ctx.change.execute("select 1 from core_tag where id = $1 for update", id)
    await ctx.change.execute(TAKE_OFF_ALL, id)
    await ctx.change.execute(REMOVE, id)
    await ctx.change.emit("tag.removed", tag)


async def tag(ctx: CallCtx, customer_id: UUID, *, add: Sequence[str], remove: Sequence[str]) -> None:
    """Put tags on a customer and take others off, by their names."""
    if len(add) + len(remove) > MOST:
        raise UserError("TOO_MANY", f"No more than {MOST} tags at once.", field="add")
    customer = await locked_customer(ctx, customer_id)
    wanted = await _named(ctx, add, "add")
    unwanted = [one for one in await _named(ctx, remove, "remove") if one not in wanted]
    ids = [ctx.new_id() for _ in wanted]
    try:
        added = await ctx.change.execute(PUT_ON, customer.id, ids, wanted, ctx.now)
    except IntegrityError as error:  # it was removed between the look and the insert
        raise UserError("TAG_UNKNOWN", "One of the tags has just been removed.", field="add") from error
    removed = await ctx.change.execute(TAKE_OFF, customer.id, unwanted)
    if added or removed:
        await ctx.change.emit(
            "customer.tagged",
            customer,
            {
                "addedIds": sorted(str(row["tag_id"]) for row in added),
                "removedIds": sorted(str(row["tag_id"]) for row in removed),
            },
        )


async def _named(ctx: CallCtx, names: Sequence[str], field: str) -> list[UUID]:
    """The tags of those names; a ``UserError`` names the first there is none of."""
    stripped = [name.strip() for name in names]
    found = await ctx.change.execute(NAMED, stripped) if stripped else []
    for index, row in enumerate(found):
        if row["id"] is None:
            raise UserError("TAG_UNKNOWN", "There is no tag of this name.", field=(field, str(index)))
    return list(dict.fromkeys(row["id"] for row in found))


async def _locked(ctx: CallCtx, id: UUID, expected_version: int | None) -> Tag:
    tag = await ctx.change.get(Tag, id)
    if tag is None:
        raise not_found("tag", field="id")
    check_version(tag, expected_version)
    return tag


def _taken(error: IntegrityError) -> Exception:
    if violated_constraint(error) == "core_tag_name":
        return UserError("NAME_TAKEN", "There is a tag of this name.", field="name")
    return error
