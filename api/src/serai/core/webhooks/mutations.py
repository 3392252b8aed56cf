"""What can be done with webhooks and their deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from serai.core.refusals import CONFLICT, NOT_FOUND, not_found
from serai.engines.webhooks.payloads import MOST_ROWS
from serai_sdk import UNSET, CallCtx, Unset, UserError, arg, check_version, input, mutation

from . import service
from .access import KEEPS, REGISTERS
from .models import WebhookDelivery, WebhookDeliveryState, WebhookState
from .office import declared

OVERLAP_HOURS = 24
LONGEST_OVERLAP_HOURS = 168

QUERY = (
    f"A query of this graph with one operation; its answer is in each body. It may declare {declared()}. "
    f"At most {MOST_ROWS:,} rows."
)
TYPES = "Types of events, such as `demand.opened`; `demand.*` is all that begin so, `*` is all."
ADDRESS = "Where to: a URL that begins with https:// and is on the open internet."

REFUSALS = {
    "ADDRESS_REFUSED": "The address is none that a webhook may go to.",
    "INVALID": "A value is not of the form its field asks for.",
    "QUERY_REFUSED": "The query could not be answered, or asks for too much.",
    "TYPE_UNKNOWN": "There is no such type of event.",
}
OF_ONE = {
    "NOT_FOUND": NOT_FOUND,
    "CONFLICT": CONFLICT,
    "ILLEGAL_STATE": "Its state does not allow that.",
}


@input
class WebhookRegisterInput:
    """A new webhook: told what its registrant may see, as the registrant sees it."""

    name: str = arg("What it is for.", max_length=100)
    address: str = arg(ADDRESS, max_length=2048)
    event_types: list[str] = arg(TYPES)
    query: str | None = arg(f"{QUERY} Left out: the event itself.")


@input
class WebhookUpdateInput:
    """What to change of a webhook: what is left out stays as it is."""

    id: UUID = arg("The webhook.", ref="Webhook")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)
    name: str | Unset = arg("What it is for.", default=UNSET, max_length=100)
    address: str | Unset = arg(ADDRESS, default=UNSET, max_length=2048)
    event_types: list[str] | Unset = arg(TYPES, default=UNSET)
    query: str | Unset | None = arg(f"{QUERY} Null: the event itself.", default=UNSET)


@input
class WebhookPauseInput:
    """A webhook to pause."""

    id: UUID = arg("The webhook.", ref="Webhook")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@input
class WebhookResumeInput:
    """A webhook to resume."""

    id: UUID = arg("The webhook.", ref="Webhook")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@input
class WebhookRemoveInput:
    """A webhook to remove."""

    id: UUID = arg("The webhook.", ref="Webhook")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@input
class WebhookRotateSecretInput:
    """A webhook that gets another secret."""

    id: UUID = arg("The webhook.", ref="Webhook")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)
    overlap_hours: int = arg(
        "For how long the secret it has signs, too; 0 if it got about.",
        default=OVERLAP_HOURS,
        minimum=0,
        maximum=LONGEST_OVERLAP_HOURS,
    )


@input
class WebhookReplayInput:
    """From where on a webhook is told everything again."""

    id: UUID = arg("The webhook.", ref="Webhook")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)
    after: Decimal = arg("The `position` of the last event that is not told again; 0 for none.", minimum=0)


@input
class WebhookSendInput:
    """An event to deliver to a webhook, whatever types it is for."""

    id: UUID = arg("The webhook.", ref="Webhook")
    event: UUID = arg("The event.", ref="Event")


@input
class WebhookDeliveryReplayInput:
    """A delivery to be tried again."""

    id: UUID = arg("The delivery.", ref="WebhookDelivery")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@mutation(
    "Have an address told what happens from now on, as far as you may see it: providers, staff and apps that may.",
    input=WebhookRegisterInput,
    payload={"webhook": "Webhook"},
    errors={**REFUSALS, "TOO_MANY": f"One has {service.MOST} at most."},
    access=REGISTERS,
)
async def webhook_register(ctx: CallCtx, input: WebhookRegisterInput) -> Mapping[str, Any]:
    webhook = await service.write(
        ctx,
        None,
        name=input.name,
        address=input.address,
        event_types=input.event_types,
        query=input.query,
    )
    return {"webhook": webhook.id}


@mutation(
    "Change a webhook: who registered it. What was rendered before is delivered as it is.",
    input=WebhookUpdateInput,
    payload={"webhook": "Webhook"},
    errors={**REFUSALS, **OF_ONE},
    access=REGISTERS,
)
async def webhook_update(ctx: CallCtx, input: WebhookUpdateInput) -> Mapping[str, Any]:
    webhook = await service.take(ctx, input.id, input.expected_version, is_own=True)
    await service.write(
        ctx,
        webhook,
        name=input.name,
        address=input.address,
        event_types=input.event_types,
        query=input.query,
    )
    return {"webhook": input.id}


@mutation(
    "Tell a webhook nothing for now; what happens meanwhile it is told when it is resumed.",
    input=WebhookPauseInput,
    payload={"webhook": "Webhook"},
    errors=OF_ONE,
    access=KEEPS,
)
async def webhook_pause(ctx: CallCtx, input: WebhookPauseInput) -> Mapping[str, Any]:
    webhook = await service.take(ctx, input.id, input.expected_version, is_own=False)
    await service.keep(ctx, webhook, WebhookState.PAUSED)
    return {"webhook": input.id}


@mutation(
    "Tell a webhook what has happened since it was paused, and what happens; whatever waits is tried at once.",
    input=WebhookResumeInput,
    payload={"webhook": "Webhook"},
    errors=OF_ONE,
    access=KEEPS,
)
async def webhook_resume(ctx: CallCtx, input: WebhookResumeInput) -> Mapping[str, Any]:
    webhook = await service.take(ctx, input.id, input.expected_version, is_own=False)
    await service.keep(ctx, webhook, WebhookState.ACTIVE)
    return {"webhook": input.id}


@mutation(
    "Tell a webhook nothing any more; its log stays for as long as logs do.",
    input=WebhookRemoveInput,
    payload={"webhook": "Webhook"},
    errors=OF_ONE,
    access=KEEPS,
)
async def webhook_remove(ctx: CallCtx, input: WebhookRemoveInput) -> Mapping[str, Any]:
    webhook = await service.take(ctx, input.id, input.expected_version, is_own=False)
    await service.keep(ctx, webhook, WebhookState.REMOVED)
    return {"webhook": input.id}


@mutation(
    "Give a webhook another secret: who registered it. For a while deliveries are signed with both.",
    input=WebhookRotateSecretInput,
    payload={"webhook": "Webhook"},
    errors=OF_ONE,
    access=REGISTERS,
)
async def webhook_rotate_secret(ctx: CallCtx, input: WebhookRotateSecretInput) -> Mapping[str, Any]:
    webhook = await service.take(ctx, input.id, input.expected_version, is_own=True)
    await service.rotate(ctx, webhook, overlap_hours=input.overlap_hours)
    return {"webhook": input.id}


@mutation(
    "Tell a webhook everything again that follows a position: who registered it. What is in its log is delivered "
    "with the body it had.",
    input=WebhookReplayInput,
    payload={"webhook": "Webhook"},
    errors={**OF_ONE, "INVALID": "It is no position, or nothing has happened beyond it."},
    access=REGISTERS,
)
async def webhook_replay(ctx: CallCtx, input: WebhookReplayInput) -> Mapping[str, Any]:
    webhook = await service.take(ctx, input.id, input.expected_version, is_own=True)
    await service.replay(ctx, webhook, after=input.after)
    return {"webhook": input.id}


@mutation(
    "Have an event delivered to a webhook, again or though it is of no type it is for: who registered it.",
    input=WebhookSendInput,
    payload={"webhook": "Webhook", "delivery": "WebhookDelivery"},
    errors={"NOT_FOUND": NOT_FOUND, "ILLEGAL_STATE": "It is paused or removed."},
    access=REGISTERS,
)
async def webhook_send(ctx: CallCtx, input: WebhookSendInput) -> Mapping[str, Any]:
    webhook = await service.take(ctx, input.id, is_own=True)
    if webhook.state is not WebhookState.ACTIVE:
        raise UserError("ILLEGAL_STATE", "It is paused: resume it first.", field="id")
    return {"webhook": input.id, "delivery": await service.send(ctx, webhook, input.event)}


@mutation(
    "Have a delivery tried again that was given up or is done, as if for the first time, with the body it had.",
    input=WebhookDeliveryReplayInput,
    payload={"delivery": "WebhookDelivery"},
    errors=OF_ONE,
    access=KEEPS,
)
async def webhook_delivery_replay(ctx: CallCtx, input: WebhookDeliveryReplayInput) -> Mapping[str, Any]:
    found = None
    if await ctx.can_see("WebhookDelivery", input.id):
        found = await WebhookDelivery.get_or_none(id=input.id)
    if found is None:
        raise not_found("delivery", field="id")
    await service.take(ctx, found.webhook_id, is_own=False)
    delivery = await ctx.change.get(WebhookDelivery, input.id)
    if delivery is None:
        raise not_found("delivery", field="id")
    check_version(delivery, input.expected_version)
    if delivery.state is WebhookDeliveryState.WAITING:
        raise UserError("ILLEGAL_STATE", "It waits: it is going to be tried anyway.", field="id")
    delivery.state = WebhookDeliveryState.WAITING
    delivery.attempts = 0
    delivery.not_before = delivery.ended_at = None
    await ctx.change.save(delivery)
    return {"delivery": input.id}


MUTATIONS = (
    webhook_register,
    webhook_update,
    webhook_pause,
    webhook_resume,
    webhook_remove,
    webhook_rotate_secret,
    webhook_replay,
    webhook_send,
    webhook_delivery_replay,
)
