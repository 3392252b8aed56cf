"""What the fields of every noun are made of, written by hand: the resolvers of the reference.

A field that is missing here fails ``test_the_reference_knows_every_field``: add it, with who may see it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from .rows import Row

Order: TypeAlias = tuple[tuple[str, bool], ...]
"""Fields by their names in the graph, and whether each goes downwards."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A column."""

    column: str
    only_if: str | None = None


@dataclass(frozen=True, slots=True)
class Computed:
    """Something told by the row alone."""

    of: Callable[[Row], Any]
    only_if: str | None = None


@dataclass(frozen=True, slots=True)
class Money:
    """Minor units and currency."""

    column: str
    only_if: str | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """A value type in columns: its parts by name, each a column or again parts; null if all are."""

    parts: Mapping[str, str | Parts]
    only_if: str | None = None


@dataclass(frozen=True, slots=True)
class One:
    """A row of another noun."""

    noun: str
    column: str
    only_if: str | None = None


@dataclass(frozen=True, slots=True)
class Many:
    """Rows of another noun that point here; ``if_told``: who may see that they do.

    With ``through``, rows whose column holds what that of a row of the ``Many`` of this name does, an id of ``across``.
    """

    noun: str
    column: str
    order: Order = ()
    if_told: str | None = None
    only_if: str | None = None
    through: str | None = None
    across: str = ""
    which: Callable[[Row], bool] = lambda _: True


@dataclass(frozen=True, slots=True)
class Refs:
    """What other systems call the row."""

    only_if: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many of the rows of a ``Many``."""

    link: str
    which: Callable[[Row], bool] = lambda _: True
    only_if: str | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of a column over the rows of a ``Many``."""

    link: str
    column: str
    only_if: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A method of the reference that gets the row and the arguments."""

    method: str
    only_if: str | None = None


Field: TypeAlias = Leaf | Computed | Money | Parts | One | Many | Refs | Count | Sum | Asked


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)


def leaves(names: str, only_if: str | None = None) -> dict[str, Field]:
    """Columns that go by their own names."""
    return {_camel(name): Leaf(name, only_if) for name in names.split()}


def place(column: str) -> Parts:
    return Parts(
        {
            "point": Parts(
                {"latitude": f"{column}_point_latitude", "longitude": f"{column}_point_longitude"}
            ),
            "cityCode": f"{column}_city_code",
            "address": f"{column}_address",
            "timeZone": f"{column}_time_zone",
        }
    )


def _after(states: Mapping[str, str]) -> Computed:
    return Computed(lambda row: states[row["status"]].split())


def _among(value: Any, known: Sequence[str]) -> str | None:
    return value if isinstance(value, str) and value in known else None


def _whole(value: Any) -> int | None:
    """A number of JSON without a fraction that an Int of the graph can be."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if is_number and value % 1 == 0 and abs(value) < 2**31 else None


PROVIDER_STATES = {
    "APPLIED": "IN_REVIEW APPROVED REJECTED LEFT",
    "IN_REVIEW": "APPROVED REJECTED LEFT",
    "APPROVED": "SUSPENDED LEFT",
    "SUSPENDED": "APPROVED LEFT",
    "REJECTED": "IN_REVIEW",
    "LEFT": "",
}
FORM_STATES = {"ACTIVE": "ARCHIVED", "ARCHIVED": "ACTIVE"}
SCENARIO_STATES = {"DRAFT": "PUBLISHED ARCHIVED", "PUBLISHED": "DRAFT ARCHIVED", "ARCHIVED": "DRAFT"}
DEMAND_STATES = {
    "OPEN": "PROPOSED AWARDED CANCELLED LAPSED",
    "PROPOSED": "AWARDED CANCELLED LAPSED",
    "AWARDED": "FULFILLED OPEN",
    "FULFILLED": "",
    "CANCELLED": "OPEN",
    "LAPSED": "OPEN",
}
PROPOSAL_STATES = {
    "SUBMITTED": "AWARDED WITHDRAWN CLOSED EXPIRED",
    "AWARDED": "CLOSED",
    "WITHDRAWN": "",
    "EXPIRED": "",
    "CLOSED": "",
}
TRANSACTION_STATES = {
    "PLACED": "CONFIRMED CANCELLED",
    "CONFIRMED": "FULFILLED CANCELLED",
    "FULFILLED": "",
    "CANCELLED": "",
}


def _demand_status(row: Row) -> str:
    """Windows of the world end years before or after tests run."""
    is_seeking = row["status"] in ("OPEN", "PROPOSED")
    is_over = row["window_end"] is not None and row["window_end"] <= datetime.now(UTC)
    return "LAPSED" if is_seeking and is_over else str(row["status"])


def is_held(row: Row) -> bool:
    """Whether a hold of nights keeps them from others."""
    return bool(row["status"] == "HELD" and row["expires_at"] > datetime.now(UTC))


def _nights_state(row: Row) -> str:
    is_over = row["status"] == "HELD" and not is_held(row)
    return "EXPIRED" if is_over else str(row["status"])


def _hold_state(row: Row) -> str:
    """Holds of the world expire years before or after tests run."""
    is_over = row["state"] == "HELD" and row["expires_at"] <= datetime.now(UTC)
    return "EXPIRED" if is_over else str(row["state"])


def _export_state(row: Row) -> str:
    is_over = row["state"] == "DONE" and row["expires_at"] <= datetime.now(UTC)
    return "EXPIRED" if is_over else str(row["state"])


def _is_live(row: Row) -> bool:
    return bool(row["is_live"]) and (row["expires_at"] is None or row["expires_at"] > datetime.now(UTC))


def _is_seeking(demand: Row) -> bool:
    return _demand_status(demand) in ("OPEN", "PROPOSED")


def _proposal_status(row: Row) -> str:
    is_over = row["status"] == "SUBMITTED" and row["valid_until"] <= datetime.now(UTC)
    return "EXPIRED" if is_over else str(row["status"])


TIMELINE = (
    ("Booking", "customer_id", "cancelled_at", "booking.cancelled", "A booking was cancelled"),
    ("Booking", "customer_id", "created_at", "booking.placed", "Booked a stay"),
    ("Consent", "customer_id", "at", "consent.entered", "Gave or took back a consent"),
    ("Customer", "id", "created_at", "customer.registered", "Was registered"),
    ("CustomerNote", "customer_id", "created_at", "note.added", "Staff noted something down"),
    ("Demand", "customer_id", "created_at", "demand.opened", "Opened a demand"),
    ("Transaction", "customer_id", "cancelled_at", "transaction.cancelled", "A transaction was cancelled"),
    ("Transaction", "customer_id", "confirmed_at", "transaction.confirmed", "A transaction was confirmed"),
    ("Transaction", "customer_id", "fulfilled_at", "transaction.fulfilled", "A transaction was fulfilled"),
    ("Transaction", "customer_id", "placed_at", "transaction.placed", "Placed a transaction"),
)
"""What stands on a customer's timeline: noun, the columns with the customer and the instant, kind, title."""

LATEST_PLACED: Order = (("placedAt", True),)
TIMES = leaves("created_at updated_at version")
OFFER: dict[str, Field] = {
    **leaves("kind title description status published_at"),
    **TIMES,
    "externalRefs": Refs(only_if="offer_in_full"),
    "provider": One("Provider", "provider_id"),
    "scenario": One("Scenario", "scenario_id"),
    "place": place("place"),
    "fromPrice": Money("from_price"),
    "lines": Many("TransactionLine", "offer_id"),
    "lineCount": Count("lines"),
}
NOUNS: dict[str, dict[str, Field]] = {
    "Principal": {**leaves("login display_name kind granted is_active"), **TIMES},
    "Customer": {
        **leaves("name email phone phone_e164"),
        **leaves(
            "kind attributes locale source_channel created_at updated_at version", only_if="customer_profile"
        ),
        "externalRefs": Refs(only_if="customer_profile"),
        "inviter": One("Customer", "inviter_id", only_if="customer_profile"),
        "principal": One("Principal", "principal_id", only_if="customer_profile"),
        "accountManager": One("Staff", "account_manager_id"),
        **leaves("forgotten_at", only_if="customer_administration"),
        "addresses": Many("Address", "customer_id"),
        "consents": Many("Consent", "customer_id", (("at", True), ("id", True))),
        "tags": Many("CustomerTag", "customer_id"),
        "notes": Many("CustomerNote", "customer_id", (("createdAt", True), ("id", True))),
        "invitees": Many("Customer", "inviter_id", if_told="customer_profile"),
        "ledgerAccounts": Many("LedgerAccount", "customer_id"),
        "demands": Many("Demand", "customer_id", if_told="demand_in_full"),
        "transactions": Many("Transaction", "customer_id", LATEST_PLACED),
        "inviteeCount": Count("invitees"),
        "demandCount": Count("demands"),
        "transactionCount": Count("transactions"),
        "bookings": Many("Booking", "customer_id", (("checkIn", True), ("id", False))),
        "bookingCount": Count("bookings", lambda row: row["status"] != "CANCELLED"),
        "timeline": Asked("timeline", only_if="customer_profile"),
        "echoLocale": Asked("echo_locale"),
        "echoNext": Asked("echo_next"),
        "echoBefore": Asked("echo_before"),
    },
    "Address": {
        **leaves("kind label recipient is_default"),
        **TIMES,
        "customer": One("Customer", "customer_id"),
        "place": place("place"),
    },
    "Consent": {
        **leaves("purpose text_version locale granted at source is_current created_at"),
        "customer": One("Customer", "customer_id"),
    },
    "Tag": {
        **leaves("name description"),
        **TIMES,
        "customers": Many("CustomerTag", "tag_id"),
        "customerCount": Count("customers"),
    },
    "CustomerTag": {
        **TIMES,
        "customer": One("Customer", "customer_id"),
        "tag": One("Tag", "tag_id"),
    },
    "CustomerNote": {
        **leaves("text"),
        **TIMES,
        "customer": One("Customer", "customer_id"),
        "author": One("Staff", "author_id"),
    },
    "Provider": {
        **leaves("name description status"),
        **leaves("contact_email contact_phone payout_account review_note", only_if="provider_internals"),
        **TIMES,
        "externalRefs": Refs(only_if="provider_internals"),
        "nextStates": _after(PROVIDER_STATES),
        "place": place("place"),
        "ledgerAccounts": Many("LedgerAccount", "provider_id"),
        "capacityResources": Many("CapacityResource", "provider_id"),
        "members": Many("ProviderMember", "provider_id"),
        "servings": Many("ScenarioProvider", "provider_id"),
        "offers": Many("Offer", "provider_id"),
        "openDemands": Many(
            "Demand", "scenario_id", through="servings", across="Scenario", which=_is_seeking
        ),
        "openDemandCount": Count("openDemands"),
        "awardedDemands": Many("Demand", "awarded_provider_id"),
        "proposals": Many("Proposal", "provider_id"),
        "transactions": Many("Transaction", "provider_id", LATEST_PLACED),
        "memberCount": Count("members"),
        "offerCount": Count("offers"),
        "transactionCount": Count("transactions"),
        "fulfilledCount": Count("transactions", lambda row: row["status"] == "FULFILLED"),
        "stays": Many("Stay", "provider_id"),
        "stayCount": Count("stays"),
    },
    "ProviderMember": {
        **leaves("name email role"),
        **TIMES,
        "provider": One("Provider", "provider_id"),
        "principal": One("Principal", "principal_id"),
    },
    "ScenarioProvider": {
        **TIMES,
        "scenario": One("Scenario", "scenario_id"),
        "provider": One("Provider", "provider_id"),
    },
    "Scenario": {
        **leaves("name slug description status success"),
        **TIMES,
        "externalRefs": Refs(only_if="scenario_in_full"),
        "nextStates": _after(SCENARIO_STATES),
        "form": One("Form", "form_id"),
        "servings": Many("ScenarioProvider", "scenario_id"),
        "offers": Many("Offer", "scenario_id"),
        "demands": Many("Demand", "scenario_id"),
        "transactions": Many("Transaction", "scenario_id", LATEST_PLACED),
        "providerCount": Count("servings"),
        "offerCount": Count("offers"),
        "demandCount": Count("demands"),
        "openDemandCount": Count("demands", _is_seeking),
    },
    "Event": {
        **leaves("position type type_version aggregate_id aggregate_version payload at"),
        **leaves("actor", only_if="reads_events"),
    },
    "Import": {**leaves("noun source rows new changed unchanged forgotten failed"), **TIMES},
    "Job": {
        **leaves("name state priority attempts done total error not_before started_at ended_at"),
        **TIMES,
    },
    "Export": {
        **leaves("name format rows size error ended_at expires_at"),
        **TIMES,
        "state": Computed(_export_state),
        "downloadPath": Computed(
            lambda row: f"/exports/exp_{row['id'].hex}" if _export_state(row) == "DONE" else None
        ),
        "staff": One("Staff", "staff_id"),
        "app": One("Principal", "app_id"),
    },
    "ListenerCall": {
        **leaves("listener state position event_type aggregate_id attempts error not_before"),
        **TIMES,
    },
    "Webhook": {
        **leaves("name address event_types query state reason position failures not_before"),
        **TIMES,
        "provider": One("Provider", "provider_id"),
        "staff": One("Staff", "staff_id"),
        "app": One("Principal", "principal_id"),
        "deliveries": Many("WebhookDelivery", "webhook_id", (("position", True),)),
    },
    "WebhookDelivery": {
        **leaves(
            "state position event_type aggregate_id happened_at attempts status error not_before ended_at"
        ),
        **leaves("body", only_if="own_delivery"),
        **TIMES,
        "webhook": One("Webhook", "webhook_id"),
    },
    "ImportMapping": {**leaves("name noun source columns settings"), **TIMES},
    "Form": {
        **leaves("key title status"),
        "externalRefs": Refs(only_if="form_in_full"),
        **TIMES,
        "nextStates": _after(FORM_STATES),
        "currentVersion": One("FormVersion", "current_version_id"),
        "versions": Many("FormVersion", "form_id", (("number", True),)),
        "scenarios": Many("Scenario", "form_id"),
        "versionCount": Count("versions"),
        "scenarioCount": Count("scenarios"),
    },
    "FormVersion": {
        **leaves("number questions created_at"),
        "form": One("Form", "form_id"),
        "demands": Many("Demand", "form_version_id"),
        "demandCount": Count("demands"),
    },
    "Role": {
        **leaves("name title permissions"),
        **TIMES,
        "holders": Many("Staff", "role_id"),
        "holderCount": Count("holders"),
    },
    "Staff": {
        **leaves("name email is_active"),
        **TIMES,
        "role": One("Role", "role_id"),
        "principal": One("Principal", "principal_id"),
    },
    "Offer": OFFER,
    "Service": {**OFFER, **leaves("unit duration_minutes"), "unitPrice": Money("unit_price")},
    "Stay": {
        **OFFER,
        **leaves(
            "stay_type capacity weekend_percent high_season_percent high_season_months amenities check_in_from"
        ),
        "pricePerNight": Money("price_per_night"),
        "bookings": Many("Booking", "stay_id", (("checkIn", False), ("id", False))),
        "holds": Many("StayHold", "stay_id", (("checkIn", False), ("id", False))),
        "quote": Asked("quote"),
        "alternatives": Asked("alternatives"),
    },
    "Demand": {
        "status": Computed(_demand_status),
        **leaves("answers window_start window_end note"),
        **leaves("personal_answers cancel_reason", only_if="demand_in_full"),
        **TIMES,
        "externalRefs": Refs(only_if="demand_in_full"),
        "nextStates": Computed(lambda row: DEMAND_STATES[_demand_status(row)].split()),
        "customer": One("Customer", "customer_id", only_if="demand_in_full"),
        "scenario": One("Scenario", "scenario_id"),
        "formVersion": One("FormVersion", "form_version_id"),
        "awardedProvider": One("Provider", "awarded_provider_id"),
        "budget": Money("budget"),
        "place": place("place"),
        "contact": Parts(
            {
                "name": "contact_name",
                "email": "contact_email",
                "phone": "contact_phone",
                "address": "contact_address",
            },
            only_if="demand_in_full",
        ),
        "transactions": Many("Transaction", "demand_id", LATEST_PLACED),
        "transactionCount": Count("transactions"),
        "proposals": Many("Proposal", "demand_id"),
        "proposalCount": Count("proposals"),
        "history": Many("DemandEvent", "demand_id", (("at", False),)),
    },
    "DemandEvent": {
        **leaves("at kind side text"),
        **TIMES,
        "demand": One("Demand", "demand_id"),
        "proposal": One("Proposal", "proposal_id"),
        "transaction": One("Transaction", "transaction_id"),
    },
    "Proposal": {
        **leaves("terms valid_until closed_reason withdraw_reason"),
        **TIMES,
        "status": Computed(_proposal_status),
        "nextStates": Computed(lambda row: PROPOSAL_STATES[_proposal_status(row)].split()),
        "price": Money("price"),
        "demand": One("Demand", "demand_id"),
        "provider": One("Provider", "provider_id"),
        "offer": One("Offer", "offer_id"),
        "transaction": One("Transaction", "transaction_id"),
        "messages": Many("ProposalMessage", "proposal_id", (("createdAt", False),)),
        "messageCount": Count("messages"),
    },
    "ProposalMessage": {
        **leaves("side text"),
        **TIMES,
        "proposal": One("Proposal", "proposal_id"),
        "member": One("ProviderMember", "member_id"),
        "staff": One("Staff", "staff_id"),
    },
    "Transaction": {
        **leaves("number status channel placed_at confirmed_at fulfilled_at cancelled_at cancel_reason"),
        **TIMES,
        "externalRefs": Refs(),
        "nextStates": _after(TRANSACTION_STATES),
        "customer": One("Customer", "customer_id"),
        "provider": One("Provider", "provider_id"),
        "scenario": One("Scenario", "scenario_id"),
        "demand": One("Demand", "demand_id"),
        "total": Money("total"),
        "lines": Many("TransactionLine", "transaction_id", (("position", False),)),
        "lineCount": Count("lines"),
        "quantity": Sum("lines", "quantity"),
        "echoCustomer": Asked("echo_customer"),
        "echoSales": Asked("echo_sales"),
    },
    "TransactionLine": {
        **leaves("position title quantity offer_kind snapshot"),
        "soldUnit": Computed(lambda row: _among(row["snapshot"].get("unit"), ("HOUR", "VISIT", "SESSION"))),
        "soldDurationMinutes": Computed(lambda row: _whole(row["snapshot"].get("durationMinutes"))),
        "offerVersion": Computed(lambda row: _whole(row["snapshot"].get("offerVersion"))),
        **TIMES,
        "transaction": One("Transaction", "transaction_id"),
        "offer": One("Offer", "offer_id"),
        "unitPrice": Money("unit_price"),
        "amount": Money("amount"),
    },
    "CapacityResource": {
        **leaves("kind is_unit measure capacity opened_at"),
        "slotSeconds": Computed(lambda row: row["step_s"] if row["measure"] == "SLOT" else None),
        "provider": One("Provider", "provider_id"),
        "claims": Many("CapacityClaim", "resource_id", (("startsAt", False),)),
        "blackouts": Many("CapacityBlackout", "resource_id", (("startsAt", False),)),
    },
    "CapacityHold": {
        **leaves("expires_at at moved_at"),
        **leaves("reference", only_if="counts_all"),
        "state": Computed(_hold_state),
        "claims": Many("CapacityClaim", "hold_id"),
    },
    "CapacityClaim": {
        **leaves("starts_at ends_at quantity"),
        "isLive": Computed(_is_live),
        "resource": One("CapacityResource", "resource_id"),
        "hold": One("CapacityHold", "hold_id"),
    },
    "CapacityBlackout": {
        **leaves("starts_at ends_at reason at"),
        "resource": One("CapacityResource", "resource_id"),
    },
    "LedgerAccount": {
        **leaves("owner_kind kind asset may_overdraw"),
        **TIMES,
        "customer": One("Customer", "customer_id"),
        "provider": One("Provider", "provider_id"),
        "staff": One("Staff", "staff_id"),
        "entries": Many("LedgerEntry", "account_id", (("at", False),)),
    },
    "LedgerTransfer": {
        **leaves("phase at reference expires_at"),
        "resolves": One("LedgerTransfer", "resolves_id"),
        "reverses": One("LedgerTransfer", "reverses_id"),
        "entries": Many("LedgerEntry", "transfer_id"),
    },
    "LedgerEntry": {
        **leaves("asset is_pending at"),
        "amount": Computed(lambda row: Decimal(row["amount"]).scaleb(-row["exponent"])),
        "account": One("LedgerAccount", "account_id"),
        "transfer": One("LedgerTransfer", "transfer_id"),
    },
    "Booking": {
        **leaves("check_in check_out guests status cancelled_at"),
        **TIMES,
        "stay": One("Stay", "stay_id"),
        "customer": One("Customer", "customer_id"),
        "transaction": One("Transaction", "transaction_id"),
        "nights": Computed(lambda row: (row["check_out"] - row["check_in"]).days),
        "total": Money("total"),
    },
    "StayHold": {
        **leaves("check_in check_out guests expires_at"),
        **TIMES,
        "status": Computed(_nights_state),
        "isLive": Computed(is_held),
        "stay": One("Stay", "stay_id"),
        "customer": One("Customer", "customer_id"),
    },
}
PREFIXES = {
    "Principal": "prn",
    "Customer": "cus",
    "Address": "adr",
    "Consent": "cns",
    "Tag": "tag",
    "CustomerTag": "ctg",
    "CustomerNote": "not",
    "Provider": "prv",
    "ProviderMember": "mem",
    "ScenarioProvider": "srv",
    "Scenario": "scn",
    "Form": "frm",
    "FormVersion": "fmv",
    "Role": "rol",
    "Staff": "stf",
    "Offer": "ofr",
    "Service": "ofr",
    "Stay": "ofr",
    "Demand": "dem",
    "DemandEvent": "dev",
    "Proposal": "ppl",
    "ProposalMessage": "msg",
    "Transaction": "trx",
    "TransactionLine": "lin",
    "Booking": "bkg",
    "StayHold": "shd",
    "Event": "evt",
    "Import": "imp",
    "Job": "job",
    "Export": "exp",
    "ListenerCall": "lcl",
    "ImportMapping": "map",
    "CapacityResource": "cap",
    "CapacityHold": "hld",
    "CapacityClaim": "clm",
    "CapacityBlackout": "blk",
    "LedgerAccount": "acc",
    "LedgerTransfer": "tfr",
    "LedgerEntry": "ent",
    "Webhook": "whk",
    "WebhookDelivery": "whd",
}
LISTS = {
    "principals": "Principal",
    "customers": "Customer",
    "tags": "Tag",
    "providers": "Provider",
    "providerMembers": "ProviderMember",
    "scenarios": "Scenario",
    "forms": "Form",
    "formVersions": "FormVersion",
    "roles": "Role",
    "staff": "Staff",
    "offers": "Offer",
    "services": "Service",
    "stays": "Stay",
    "demands": "Demand",
    "proposals": "Proposal",
    "transactions": "Transaction",
    "bookings": "Booking",
    "stayHolds": "StayHold",
    "events": "Event",
    "imports": "Import",
    "jobs": "Job",
    "exports": "Export",
    "listenerCalls": "ListenerCall",
    "webhooks": "Webhook",
    "webhookDeliveries": "WebhookDelivery",
    "importMappings": "ImportMapping",
    "capacityResources": "CapacityResource",
    "capacityHolds": "CapacityHold",
    "capacityClaims": "CapacityClaim",
    "ledgerAccounts": "LedgerAccount",
    "ledgerTransfers": "LedgerTransfer",
    "ledgerEntries": "LedgerEntry",
}
ORDERS = {"Event": (("position", False),)}
"""In which order a list of all rows is, if not in that of ids."""

LOOKUPS = {
    "principal": "Principal",
    "customer": "Customer",
    "tag": "Tag",
    "provider": "Provider",
    "scenario": "Scenario",
    "form": "Form",
    "formVersion": "FormVersion",
    "role": "Role",
    "offer": "Offer",
    "stay": "Stay",
    "demand": "Demand",
    "proposal": "Proposal",
    "transaction": "Transaction",
    "booking": "Booking",
    "event": "Event",
    "import": "Import",
    "job": "Job",
    "export": "Export",
    "capacityResource": "CapacityResource",
    "capacityHold": "CapacityHold",
    "listenerCall": "ListenerCall",
    "webhook": "Webhook",
    "webhookDelivery": "WebhookDelivery",
    "ledgerAccount": "LedgerAccount",
    "ledgerTransfer": "LedgerTransfer",
}
ANSWERS = frozenset(("answers", "personalAnswers"))
"""Columns with answers by key."""

EXPONENTS = {"EUR": 2, "CNY": 2, "JPY": 0, "KWD": 3, "CLF": 4}
"""Digits of the minor unit, of the currencies there are rows in."""


def id_of(noun: str, row: Row) -> str:
    """The opaque id of a row."""
    return f"{PREFIXES[noun]}_{row.id.hex}"
