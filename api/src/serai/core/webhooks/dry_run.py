"""What a webhook would be told of an event, without telling it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from serai.engines.webhooks import Forbidden, Owner, Unanswered, Unreadable, headers
from serai.engines.webhooks.payloads import LARGEST, body, event_id, given
from serai_sdk import CallCtx, NotFound, SafeError, arg, part, query, value
from serai_sdk import Forbidden as NotAllowed

from . import service
from .access import REGISTERS
from .office import is_rendering

WEBHOOK: Final = """
select id, address, query, secret, case when earlier_until > serai_now() then earlier_secret end as earlier_secret,
       provider_id, staff_id, principal_id, serai_now() as now
from core_webhook
where id = $1
"""
EVENT: Final = """
select id as event_id, type as event_type, aggregate_id, position, at as happened_at
from core_event
where id = $1
"""


@value
class WebhookHeader:
    """A header of a delivery."""

    name: str = part("Its name.")
    value: str = part("What it says.")


@value
class WebhookDryRun:
    """A delivery as it would be made now; nothing was sent."""

    body: str = part("The body, byte for byte.")
    size: int = part("How many bytes that are.")
    headers: list[WebhookHeader] = part("Its headers, signed as they would be now.")
    refusal: str | None = part(
        "Why it would not be sent: its address, as it is found now, is none that may be called, or the body is too "
        "large. Null if it would be."
    )


@query(
    "What a webhook of your own would be told of an event, and whether its address may be called. Nothing is sent: "
    "`webhookSend` does that.",
    returns=WebhookDryRun,
    name="webhookDryRun",
    arguments={
        "id": arg("The webhook.", ref="Webhook", annotation=UUID),
        "event": arg("The event.", ref="Event", annotation=UUID),
    },
    access=REGISTERS,
)
async def webhook_dry_run(ctx: CallCtx, *, id: UUID, event: UUID) -> WebhookDryRun:
    if is_rendering():
        raise SafeError("A body cannot hold what a body would be.", hint="leave webhookDryRun out")
    office = service.office_of(ctx)
    rows = await ctx.fetch(WEBHOOK, id) if await ctx.can_see("Webhook", id) else []
    events = await ctx.fetch(EVENT, event) if await ctx.can_see("Event", event) else []
    if not rows or not events:
        raise NotFound("There is no such webhook or event, or you may not see it.")
    [webhook], [happened] = rows, events
    owner = Owner.of(webhook)
    if owner != service.owner_of(ctx.viewer):
        raise NotAllowed("You may see this webhook, but not what it is told: who registered it may.")
    viewer = await office.viewer(owner)
    if viewer is None:
        raise NotAllowed("Whoever registered it may not act any more.")
    variables = given(event, happened["event_type"], happened["aggregate_id"])
    try:
        made = body(happened, await office.answer(webhook["query"], variables, viewer))
    except Unreadable as error:
        raise SafeError("The graph cannot be asked right now.", hint="try again in a moment") from error
    return WebhookDryRun(
        body=made.decode(),
        size=len(made),
        headers=_headers(webhook, event, made),
        refusal=await _refusal(office, webhook["address"], made),
    )


def _headers(webhook: Any, event: UUID, made: bytes) -> list[WebhookHeader]:
    keys = [one for one in (webhook["secret"], webhook["earlier_secret"]) if one is not None]
    signed = headers(event_id(event), at=webhook["now"], body=made, keys=keys)
    return [
        WebhookHeader(name=name, value=one)
        for name, one in ({"content-type": "application/json"} | signed).items()
    ]


async def _refusal(office: Any, address: str, made: bytes) -> str | None:
    if len(made) > LARGEST:
        return f"the body is larger than {LARGEST} bytes"
    try:
        await office.caller.look(address)
    except (Forbidden, Unanswered) as error:
        return f"{error.message}: {error.hint}"
    return None
