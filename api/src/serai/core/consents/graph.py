"""Consents in the graph."""

from __future__ import annotations

from datetime import datetime

from serai_sdk import Graph, Timeline, column, entity, extend, to_many, to_one

from .access import SEE_CONSENT
from .models import Consent as ConsentRow
from .mutations import MUTATIONS


@entity(ConsentRow, prefix="cns", access=SEE_CONSENT, unindexed="a few rows of each customer, read below it")
class Consent:
    """That a customer agreed to something, or took it back: an entry of a history nobody changes."""

    customer = to_one("Customer", "Whose it is.")
    purpose: str = column("What for, such as `newsletter`.")
    text_version: str = column("Which version of the text it is about.")
    locale: str | None = column("In which language the text was shown, as a BCP 47 tag.")
    granted: bool = column("True: agreed. False: taken back.")
    at: datetime = column("When it was said.")
    source: str | None = column("Where it was said, such as `app` or `form at the fair`.", personal=True)
    is_current: bool = column("Whether it is the latest word on its purpose.")
    created_at: datetime = column("When it was entered here.")


@extend("Customer")
class CustomerConsents:
    consents = to_many(
        "Consent",
        "What it agreed to and took back, latest first; where `isCurrent`, what holds now.",
        by="customer",
        order=("-at", "-id"),
    )


GRAPH = Graph(
    entities=(Consent,),
    extends=(CustomerConsents,),
    mutations=MUTATIONS,
    timelines=(
        Timeline(
            "Consent",
            customer="customer",
            at="at",
            kind="consent.entered",
            title="Gave or took back a consent",
        ),
    ),
)
