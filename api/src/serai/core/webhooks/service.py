"""What is done with webhooks, whoever does it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final
from uuid import UUID

from serai.core.calls import Context
from serai.core.refusals import not_found, text
from serai.engines.webhooks import Forbidden, Owner, new_secret
from serai.engines.webhooks.payloads import PLAIN
from serai_sdk import CallCtx, SafeError, Unset, UserError, Viewer, check_version
from serai_sdk import Forbidden as NotAllowed

from .access import WRITE
from .models import Webhook, WebhookState
from .office import Office

__all__ = ["keep", "owner_of", "replay", "send", "take", "write"]

MOST: Final = 20
"""How many webhooks somebody may have that are not removed."""
MOST_TYPES: Final = 100

COUNT: Final = """
select count(*) as count
from core_webhook
where state <> 'REMOVED'
  and (provider_id = $1 or staff_id = $2 or principal_id = $3)
"""
LOCK: Final = "select pg_advisory_xact_lock(hashtextextended('serai webhooks ' || $1::text, 0))"
HEAD: Final = "select position from core_feed_head"

SEND: Final = """
insert into core_webhook_delivery
  (id, created_at, updated_at, version, webhook_id, event_id, position, event_type, aggregate_id, happened_at,
   sequence, state, attempts)
select uuidv7(), serai_now(), serai_now(), 1, $1, event.id, event.position, event.event, event.subject, event.at,
       event.aggregate_type || ' ' || event.aggregate_id, 'WAITING', 0
from core_outbox event
where event.id = $2
  and event.is_stamped
on conflict (webhook_id, event_id) do update
set state = 'WAITING', attempts = 0, not_before = null, ended_at = null, updated_at = serai_now(),
    version = core_webhook_delivery.version + 1
where core_webhook_delivery.state <> 'WAITING'
returning id
"""
SENT: Final = "select id from core_webhook_delivery where webhook_id = $1 and event_id = $2"


def office_of(ctx: CallCtx) -> Office:
    """The office of the platform this runs on."""
    office = ctx.webhooks if isinstance(ctx, Context) else None
    if office is None:
        raise SafeError("webhooks are not to be had here")
    return office


def owner_of(viewer: Viewer) -> Owner:
    """As whom a viewer registers."""
    match viewer.kind:
        case "provider":
            return Owner(provider_id=viewer.provider_id)
        case "staff":
            return Owner(staff_id=viewer.staff_id)
        case "app":
            return Owner(principal_id=viewer.principal_id)
    raise NotAllowed("Providers, staff and apps register webhooks.")


async def take(
    ctx: CallCtx, id: UUID, expected_version: int | None = None, *, is_own: bool, is_kept: bool = False
) -> Webhook:
    """The webhook, locked, if the viewer may change it: with ``is_own`` who registered it alone.

    ``is_kept`` takes one that was removed, too.
    """
    webhook = await ctx.change.get(Webhook, id) if await ctx.can_see("Webhook", id) else None
    if webhook is None:
        raise not_found("webhook", field="id")
    mine = ctx.viewer.kind in ("provider", "staff", "app") and owner_of(ctx.viewer) == Owner(
        provider_id=webhook.provider_id, staff_id=webhook.staff_id, principal_id=webhook.principal_id
    )
    if not mine and (is_own or WRITE not in ctx.viewer.permissions):
        raise NotAllowed("You may see this webhook, but not do this to it: who registered it may.")
    check_version(webhook, expected_version)
    if webhook.state is WebhookState.REMOVED and not is_kept:
        raise UserError("ILLEGAL_STATE", "It was removed: register another.", field="id")
    return webhook


async def write(
    ctx: CallCtx,
    webhook: Webhook | None,
    *,
    name: str | Unset,
    address: str | Unset,
    event_types: Sequence[str] | Unset,
    query: str | Unset | None,
) -> Webhook:
    """Register a webhook, or change one; what is ``UNSET`` stays as it is."""
    office = office_of(ctx)
    values: dict[str, Any] = {}
    if not isinstance(name, Unset):
        values["name"] = text(name, field="name")
    if not isinstance(address, Unset):
        try:
            office.check_address(address)
        except Forbidden as error:
            raise UserError("ADDRESS_REFUSED", f"{error.message}: {error.hint}", field="address") from None
        values["address"] = address
    if not isinstance(event_types, Unset):
        values["event_types"] = _types(event_types, ctx.event_types)
    if not isinstance(query, Unset):
        values["query"] = (query or "").strip() or PLAIN
        await office.check_query(values["query"], ctx.viewer)
    if webhook is None:
        return await _register(ctx, values)
    for key, value in values.items():
        setattr(webhook, key, value)
    if "address" in values:
        webhook.failures, webhook.not_before = 0, None
    await ctx.change.save(webhook)
    return webhook


async def _register(ctx: CallCtx, values: Mapping[str, Any]) -> Webhook:
    owner = owner_of(ctx.viewer)
    ids = (owner.provider_id, owner.staff_id, owner.principal_id)
    await ctx.change.execute(LOCK, str(next(one for one in ids if one is not None)))
    [counted] = await ctx.change.execute(COUNT, *ids)
    if counted["count"] >= MOST:
        raise UserError("TOO_MANY", f"There are {MOST} already: remove one, or use one for several types.")
    [head] = await ctx.change.execute(HEAD)
    webhook = Webhook(
        **values,
        state=WebhookState.ACTIVE,
        secret=new_secret(),
        position=head["position"],
        provider_id=owner.provider_id,
        staff_id=owner.staff_id,
        principal_id=owner.principal_id,
    )
    await ctx.change.add(webhook)
    return webhook


def _types(wanted: Sequence[str], known: Collection[str]) -> list[str]:
    """The types, each once; ``UserError`` for what never happens."""
    if not wanted or len(wanted) > MOST_TYPES:
        raise UserError("INVALID", f"Name 1 to {MOST_TYPES} types; * is all of them.", field="eventTypes")
    for one in wanted:
        is_group = one.endswith(".*") and any(name.startswith(one[:-1]) for name in known)
        if one == "*" or one in known or is_group:
            continue
        groups = {f"{name.partition('.')[0]}.*" for name in known}
        close = get_close_matches(one, [*known, *groups], n=1)
        hint = f"did you mean {close[0]}?" if close else "`eventTypes` names those there are."
        raise UserError("TYPE_UNKNOWN", f"There is no type of event {one[:80]!r}: {hint}", field="eventTypes")
    return list(dict.fromkeys(wanted))


async def keep(ctx: CallCtx, webhook: Webhook, state: WebhookState) -> None:
    """Pause, resume or remove it."""
    webhook.state = state
    webhook.reason = None
    if state is WebhookState.ACTIVE:
        webhook.failures, webhook.not_before = 0, None
    if state is WebhookState.REMOVED:
        webhook.secret = new_secret()
        webhook.earlier_secret = webhook.earlier_until = None
    await ctx.change.save(webhook)


async def rotate(ctx: CallCtx, webhook: Webhook, *, overlap_hours: int) -> None:
    """Give it another secret; the old one signs, too, for so long."""
    is_kept = overlap_hours > 0
    webhook.earlier_secret = webhook.secret if is_kept else None
    webhook.earlier_until = ctx.now + timedelta(hours=overlap_hours) if is_kept else None
    webhook.secret = new_secret()
    await ctx.change.save(webhook)


async def replay(ctx: CallCtx, webhook: Webhook, *, after: Decimal) -> None:
    """Go on behind that position, as if what follows had never been delivered."""
    if after != int(after):
        raise UserError("INVALID", f"{after} is no position: give that of an event.", field="after")
    [head] = await ctx.change.execute(HEAD)
    if after > head["position"]:
        raise UserError("INVALID", f"Nothing has happened beyond {head['position']} yet.", field="after")
    webhook.position = after
    await ctx.change.save(webhook)


async def send(ctx: CallCtx, webhook: Webhook, event: UUID) -> UUID:
    """Have an event delivered, whatever types the webhook is for; the delivery."""
    if not await ctx.can_see("Event", event):
        raise not_found("event", field="event")
    made = await ctx.change.execute(SEND, webhook.id, event) or await ctx.change.execute(
        SENT, webhook.id, event
    )
    if not made:
        raise not_found("event", field="event")
    id: UUID = made[0]["id"]
    return id
