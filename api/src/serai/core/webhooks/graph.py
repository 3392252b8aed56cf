"""Webhooks in the graph: what they are told, how far they are, what became of each delivery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from serai_sdk import CallCtx, Graph, batched, column, connection, entity, lookup, to_many, to_one

from .access import OWN, SEE_BODY, SEE_DELIVERY, SEE_WEBHOOK
from .dry_run import webhook_dry_run
from .models import Webhook as WebhookRow
from .models import WebhookDelivery as DeliveryRow
from .models import WebhookDeliveryState, WebhookState
from .mutations import MUTATIONS

SECRETS = """
select id, secret, case when earlier_until > serai_now() then earlier_secret end as earlier_secret
from core_webhook
where id = any ($1::uuid[])
  and state <> 'REMOVED'
"""


@entity(WebhookRow, prefix="whk", access=SEE_WEBHOOK, unindexed="some hundreds of rows")
class Webhook:
    """An address that is told what happens, as far as who registered it may see it."""

    name: str = column("What it is for.")
    address: str = column("Where to.")
    event_types: list[str] = column("Which types of events; `demand.*` is all that begin so, `*` is all.")
    query: str = column("What is asked for each body, as who registered it.")
    state: WebhookState = column("Whether it is told what happens.")
    reason: str | None = column("Why it was paused, if the platform did.")
    position: Decimal = column("Up to which position of the feed deliveries were made.")
    failures: int = column("How often in a row it could not be told, whatever it was.")
    not_before: datetime | None = column("It rests, and is told nothing before.")
    provider = to_one("Provider", "Whose it is, if it is a provider's.")
    staff = to_one("Staff", "Who of the staff registered it, if one did.")
    app = to_one("Principal", "The app that registered it, if one did.", column="principal_id")
    deliveries = to_many(
        "WebhookDelivery",
        "What it is told, was told, and could not be told.",
        by="webhook",
        order=("-position",),
    )
    created_at: datetime = column("When it was registered.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change, for `expectedVersion`.")

    @batched(
        "What its deliveries are signed with: the secret, and for a while the one before. For who registered it.",
        needs=("id",),
        access=OWN,
    )
    async def secrets(ctx: CallCtx, parents: Sequence[Mapping[str, Any]]) -> list[list[str]]:
        rows = await ctx.fetch(SECRETS, [one["id"] for one in parents])
        found = {
            row["id"]: [one for one in (row["secret"], row["earlier_secret"]) if one is not None]
            for row in rows
        }
        return [found.get(one["id"], []) for one in parents]


@entity(
    DeliveryRow,
    prefix="whd",
    access=SEE_DELIVERY,
    unindexed="deliveries are read below their webhook, and forgotten after some days",
)
class WebhookDelivery:
    """An event that a webhook is told; told of until 7 days after it was delivered, 14 after it was given up."""

    webhook = to_one("Webhook", "The webhook.")
    state: WebhookDeliveryState = column("Where it is in its life.")
    position: Decimal = column("The place of the event in the feed.")
    event_type: str = column("What happened, such as `demand.opened`.")
    aggregate_id: str | None = column("To what it happened: its id in the graph.")
    happened_at: datetime = column("When it happened.")
    attempts: int = column("How often it was tried.")
    status: int | None = column("The status of the last answer, if there was one.")
    error: str | None = column("Why the last attempt failed.")
    not_before: datetime | None = column("It is not tried before.")
    ended_at: datetime | None = column("When it was delivered or given up.")
    body: str | None = column(
        "What is delivered, byte for byte; null before it is first tried. For who registered the webhook.",
        access=SEE_BODY,
    )
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last tried.")
    version: int = column("Goes up by one with every change, for `expectedVersion`.")


GRAPH = Graph(
    entities=(Webhook, WebhookDelivery),
    queries=(
        connection("webhooks", "Webhook", "All webhooks one may see."),
        lookup("webhook", "Webhook", "One webhook by its id."),
        connection("webhookDeliveries", "WebhookDelivery", "What webhooks are told, of all one may see."),
        lookup("webhookDelivery", "WebhookDelivery", "One delivery by its id."),
        webhook_dry_run,
    ),
    mutations=MUTATIONS,
)
