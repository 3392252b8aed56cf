"""From the lines somebody asks for to lines with a title and a price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from serai.core.offers.models import Offer, OfferStatus, Service
from serai.core.refusals import not_found, optional_text
from serai_sdk import Money, NewLine, UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A line as it is asked for."""

    offer_id: UUID | None
    title: str | None
    quantity: int
    unit_price: Money | None


async def priced(wanted: Sequence[Wanted], *, provider_id: UUID, names_prices: bool) -> list[NewLine]:
    """The lines at the offers' prices; only who ``names_prices`` (staff) sells at another, or what is not on offer."""
    ids = [one.offer_id for one in wanted if one.offer_id is not None]
    offers = {one.id: one for one in await Offer.filter(id__in=ids, provider_id=provider_id)}
    services = {one.id: one for one in await Service.filter(id__in=list(offers))}
    lines = []
    for index, one in enumerate(wanted):
        at = ("lines", str(index))
        offer = offers.get(one.offer_id) if one.offer_id else None
        if one.offer_id is not None and (
            offer is None or (offer.status is not OfferStatus.PUBLISHED and not names_prices)
        ):
            raise not_found("offer of this provider", field=(*at, "offer"))
        if not names_prices and (offer is None or one.unit_price is not None or one.title is not None):
            raise UserError(
                "LINES_INVALID", "A line names an offer; its title and price are the offer's.", field=at
            )
        title = optional_text(one.title) or (offer.title if offer else None)
        if title is None:
            raise UserError("LINES_INVALID", "A line without an offer needs a title.", field=(*at, "title"))
        price = one.unit_price or _price(services.get(offer.id) if offer else None)
        if price is None:
            message = "This cannot be sold here: its kind of offer has its own mutation, or it has no price."
            raise UserError("LINES_INVALID", message, field=(*at, "offer" if offer else "unitPrice"))
        lines.append(
            NewLine(
                title=title,
                unit_price=price,
                quantity=one.quantity,
                offer_id=offer.id if offer else None,
            )
        )
    return lines


def _price(service: Service | None) -> Money | None:
    return Money(service.unit_price_minor, service.unit_price_currency) if service else None
