"""Writing, changing and removing notes."""

from __future__ import annotations

from uuid import UUID

from serai.core.customers.owning import locked_customer
from serai.core.refusals import not_found, text
from serai_sdk import CallCtx, Forbidden, check_version

from .models import CustomerNote

REMOVE = "delete from core_customer_note where id = $1"


async def add(ctx: CallCtx, customer_id: UUID, words: str) -> UUID:
    """Note down something about a customer and return the note's id."""
    customer = await locked_customer(ctx, customer_id, may="notes:write")
    assert ctx.viewer.staff_id is not None, "only staff gets here"
    note = CustomerNote(
        id=ctx.new_id(),
        customer_id=customer.id,
        author_id=ctx.viewer.staff_id,
        text=text(words, field="text"),
    )
    await ctx.change.add(note)
    await ctx.change.emit("note.added", note, {"customerId": customer.id})
    return note.id


async def edit(ctx: CallCtx, id: UUID, words: str, *, expected_version: int | None) -> None:
    """Change what a note of the viewer's own says."""
    note = await _locked(ctx, id, expected_version, anybodys=False)
    note.text = text(words, field="text")
    await ctx.change.save(note)
    await ctx.change.emit("note.edited", note, {"customerId": note.customer_id})


async def remove(ctx: CallCtx, id: UUID, *, expected_version: int | None) -> UUID:
    """Remove a note and return about whom it was."""
    note = await _locked(ctx, id, expected_version, anybodys="notes:remove" in ctx.viewer.permissions)
    await ctx.change.execute(REMOVE, id)
    await ctx.change.emit("note.removed", note, {"customerId": note.customer_id})
    return note.customer_id


async def _locked(ctx: CallCtx, id: UUID, expected_version: int | None, *, anybodys: bool) -> CustomerNote:
    note = await ctx.change.get(CustomerNote, id)
    if note is None:
        raise not_found("note", field="id")
    if note.author_id != ctx.viewer.staff_id and not anybodys:
        raise Forbidden("Somebody else wrote this note: only its author changes it.")
    check_version(note, expected_version)
    return note
