"""Providers in the graph, with their members and the scenarios they serve."""

from __future__ import annotations

from datetime import datetime

from serai_sdk import (
    Graph,
    Place,
    column,
    connection,
    count_of,
    entity,
    external_refs,
    lookup,
    sql,
    to_many,
    to_one,
)

from .access import SEE_INTERNALS, SEE_MEMBER, SEE_PROVIDER, SEE_SERVING
from .models import MemberRole, ProviderStatus
from .models import Provider as ProviderRow
from .models import ProviderMember as ProviderMemberRow
from .models import ScenarioProvider as ScenarioProviderRow
from .mutations import MUTATIONS
from .states import LIFE

FEW = "asked by staff of some thousands of providers"


@entity(ProviderRow, prefix="prv", access=SEE_PROVIDER, search={"name": "A", "description": "B"})
class Provider:
    """Whoever brings resources: merchant, brand, expert, campsite, dealer. Approved ones are public."""

    name: str = column(
        "The name it trades under.", unindexed="found by search, ordered by an index of code points"
    )
    description: str | None = column(
        "What it says about itself.", translatable=True, unindexed="prose: found by search"
    )
    status: ProviderStatus = column(
        "Where it is in its life.", unindexed="looked up by an index; its order is of small lists"
    )
    next_states: list[ProviderStatus] = sql(LIFE.sql(), "The states that may follow.")
    place: Place | None = column("Where it is at home.", unindexed="filtered by city, which has an index")
    contact_email: str | None = column(
        "Where the platform writes to.", access=SEE_INTERNALS, personal=True, unindexed=FEW
    )
    contact_phone: str | None = column(
        "Where the platform calls.", access=SEE_INTERNALS, personal=True, unindexed=FEW
    )
    payout_account: str | None = column(
        "The account it is paid to, such as an IBAN.", access=SEE_INTERNALS, personal=True, unindexed=FEW
    )
    review_note: str | None = column("What its last review said.", access=SEE_INTERNALS, unindexed=FEW)
    refs = external_refs(access=SEE_INTERNALS)
    created_at: datetime = column("When it applied.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")

    members = to_many("ProviderMember", "Who acts for it.", by="provider")
    servings = to_many("ScenarioProvider", "The scenarios it serves.", by="provider")
    offers = to_many("Offer", "What it sells.", by="provider")
    open_demands = to_many(
        "Demand",
        "Demands that still look for a provider, in the scenarios it serves: its inbox.",
        by="scenario",
        through="servings",
        where={"status": {"in": ["OPEN", "PROPOSED"]}},
    )
    awarded_demands = to_many("Demand", "Demands awarded to it.", by="awarded_provider")
    proposals = to_many("Proposal", "What it proposed.", by="provider")
    transactions = to_many("Transaction", "What it sold, latest first.", by="provider", order=("-placed_at",))
    member_count: int = count_of("members", "How many act for it.")
    offer_count: int = count_of("offers", "How many offers it has.")
    open_demand_count: int = count_of(
        "open_demands", "How many demands in its scenarios still look for a provider."
    )
    transaction_count: int = count_of("transactions", "How many transactions it is a party of.")
    fulfilled_count: int = count_of(
        "transactions", "How many transactions it has fulfilled.", where={"status": {"eq": "FULFILLED"}}
    )


@entity(
    ProviderMemberRow, prefix="mem", access=SEE_MEMBER, unindexed="a few rows of each provider, read below it"
)
class ProviderMember:
    """A person who acts for a provider."""

    provider = to_one("Provider", "For whom it acts.")
    principal = to_one("Principal", "Who signs in as it; none before the invitation is taken up.")
    name: str = column("The person's name.", personal=True)
    email: str | None = column("The person's address.", personal=True)
    role: MemberRole = column("What it may do for the provider.")
    created_at: datetime = column("When it became a member.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")


@entity(
    ScenarioProviderRow, prefix="srv", access=SEE_SERVING, unindexed="read below its scenario or provider"
)
class ScenarioProvider:
    """That a provider serves a scenario; seen by whoever sees both."""

    scenario = to_one("Scenario", "The scenario served.")
    provider = to_one("Provider", "Who serves it.")
    created_at: datetime = column("Since when.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")


GRAPH = Graph(
    entities=(Provider, ProviderMember, ScenarioProvider),
    queries=(
        connection("providers", "Provider", "All providers one may see: approved ones, and one's own."),
        lookup("provider", "Provider", "One provider by its id."),
        connection("providerMembers", "ProviderMember", "The members of providers one may see."),
    ),
    mutations=MUTATIONS,
)
