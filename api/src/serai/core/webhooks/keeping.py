"""How long what was delivered is told of, and removed webhooks are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias
from uuid import UUID

from serai_sdk import CallCtx

__all__ = ["DEAD_DAYS", "DELIVERED_DAYS", "forget_customer", "forget_old"]

DELIVERED_DAYS: Final = 7
DEAD_DAYS: Final = 14

Fetch: TypeAlias = Callable[..., Awaitable[Any]]

OVER: Final = f"""
delete from core_webhook_delivery
where id in (
  select delivery.id
  from core_webhook_delivery delivery
  where delivery.ended_at < serai_now() - interval '{DELIVERED_DAYS} days'
    and (delivery.state = 'DELIVERED' or delivery.ended_at < serai_now() - interval '{DEAD_DAYS} days')
  order by delivery.ended_at
  limit $1
)
returning 1
"""

LEFT_BEHIND: Final = f"""
delete from core_webhook_delivery
where id in (
  select delivery.id
  from core_webhook webhook
  join core_webhook_delivery delivery on delivery.webhook_id = webhook.id and delivery.state = 'WAITING'
  where webhook.state = 'REMOVED'
    and webhook.updated_at < serai_now() - interval '{DEAD_DAYS} days'
  limit $1
)
returning 1
"""

REMOVED: Final = f"""
delete from core_webhook webhook
where webhook.state = 'REMOVED'
  and webhook.updated_at < serai_now() - interval '{DEAD_DAYS} days'
  and not exists (select 1 from core_webhook_delivery where webhook_id = webhook.id)
returning 1
"""


OF_A_CUSTOMER: Final = """
update core_webhook_delivery delivery
set body = null, updated_at = serai_now(), version = delivery.version + 1
from core_webhook webhook, (
  select id from core_outbox where is_stamped and customer_id = $1
  union
  select id from core_outbox where is_stamped and subject = $2
) event
where delivery.webhook_id = webhook.id
  and delivery.event_id = event.id
  and delivery.body is not null
"""
"""What still waits is written anew, with what is left of the customer."""


async def forget_customer(ctx: CallCtx, id: UUID) -> None:
    """Empty the bodies of all that was told about a customer."""
    await ctx.change.execute(OF_A_CUSTOMER, id, f"cus_{id.hex}")


async def forget_old(fetch: Fetch, *, limit: int) -> int:
    """Remove deliveries that ended long ago, ``limit`` at most, and webhooks of which nothing is left."""
    over = len(await fetch(OVER, limit))
    left = len(await fetch(LEFT_BEHIND, limit))
    return over + left + len(await fetch(REMOVED))
