"""What marks on fields do not say of the core's tables: rows that go as a whole, and what staff keeps to itself."""

from __future__ import annotations

from typing import Final

from serai_sdk import Personal

PERSONAL: Final = (
    Personal(
        table="core_customer_address",
        columns=(
            "label",
            "recipient",
            "place_address",
            "place_city_code",
            "place_point_latitude",
            "place_point_longitude",
            "place_time_zone",
        ),
        path=(("customer_id", "core_customer"),),
        what="Addresses: where to send things and bills.",
        deletes=True,
    ),
    Personal(
        table="core_customer_note",
        columns=("text",),
        path=(("customer_id", "core_customer"),),
        what="What staff noted down, to serve the customer well.",
        deletes=True,
        internal=True,
    ),
    Personal(
        table="core_customer_tag",
        columns=("tag_id",),
        path=(("customer_id", "core_customer"),),
        what="Tags the organisation sorts its customers by.",
        deletes=True,
        internal=True,
    ),
    Personal(
        table="core_proposal_message",
        columns=("side", "text"),
        path=(
            ("proposal_id", "core_proposal"),
            ("demand_id", "core_demand"),
            ("customer_id", "core_customer"),
        ),
        what="Messages about proposals, of both sides: what was agreed before a demand was awarded.",
        deletes=True,
    ),
)
