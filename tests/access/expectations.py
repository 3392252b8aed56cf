"""The table of rights in Python, noun by noun: which rows each viewer sees, which fields it does not.

Written from the table in words, never from the declared rules: these predicates are what the rules are held against. A
noun, a guarded field, an argument, a Python field or a mutation that is not mentioned here makes a test fail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

from serai.viewers import Viewer

from .world import Row, World

Sees: TypeAlias = Callable[["Eye", Row], bool]


@dataclass(frozen=True, slots=True)
class Noun:
    """Who sees a row, and by the name of the field who sees more than the row itself."""

    sees: Sees
    fields: Mapping[str, Sees] = field(default_factory=dict)


@dataclass(slots=True)
class Eye:
    """A viewer before the world."""

    viewer: Viewer
    world: World
    nouns: Mapping[str, Noun]
    _seen: dict[tuple[str, Any], bool] = field(default_factory=dict)

    def sees(self, entity: str, row: Row | None) -> bool:
        """Whether the viewer sees the row."""
        if row is None:
            return False
        key = (entity, row["id"])
        if key not in self._seen:
            self._seen[key] = self.nouns[entity].sees(self, row)
        return self._seen[key]

    def shown(self, entity: str, name: str, row: Row) -> bool:
        """Whether the viewer sees that field of a row it sees."""
        more = self.nouns[entity].fields.get(name)
        return more is None or more(self, row)

    def may(self, *permissions: str) -> bool:
        return any(one in self.viewer.permissions for one in permissions)

    def is_customer(self, id: Any) -> bool:
        return id is not None and id == self.viewer.customer_id

    def is_provider(self, id: Any) -> bool:
        return id is not None and id == self.viewer.provider_id

    def is_login(self, id: Any) -> bool:
        return id is not None and id == self.viewer.principal_id

    def linked(self, entity: str, id: Any) -> Row:
        row = self.world.get(entity, id)
        assert row is not None
        return row


def customer(eye: Eye, row: Row) -> bool:
    """Itself; staff and apps that may; providers it has a live transaction with."""
    deals = (one for one in eye.world.rows("Transaction") if one["customer_id"] == row["id"])
    return customer_in_full(eye, row) or any(
        eye.is_provider(one["provider_id"]) and one["status"] in ("PLACED", "CONFIRMED") for one in deals
    )


def customer_in_full(eye: Eye, row: Row) -> bool:
    """Providers know name and contact, nothing else."""
    return eye.may("customers:read") or eye.is_customer(row["id"])


def demand(eye: Eye, row: Row) -> bool:
    """Its customer; whom it was awarded to; while it is open, approved providers that serve its scenario."""
    served = any(
        eye.is_provider(one["provider_id"]) and one["scenario_id"] == row["scenario_id"]
        for one in eye.world.rows("ScenarioProvider")
        if eye.linked("Provider", one["provider_id"])["status"] == "APPROVED"
    )
    is_open = row["status"] in ("OPEN", "PROPOSED") and (
        row["window_end"] is None or row["window_end"] > datetime.now(UTC)
    )
    return demand_in_full(eye, row) or (is_open and served)


def demand_in_full(eye: Eye, row: Row) -> bool:
    return (
        eye.may("demands:read")
        or eye.is_customer(row["customer_id"])
        or eye.is_provider(row["awarded_provider_id"])
    )


def proposal(eye: Eye, row: Row) -> bool:
    """The customer those to its demands, a provider its own: no provider anything of another's."""
    asked = eye.linked("Demand", row["demand_id"])
    return (
        eye.may("proposals:read")
        or eye.is_provider(row["provider_id"])
        or eye.is_customer(asked["customer_id"])
    )


def message(eye: Eye, row: Row) -> bool:
    """The two sides of its proposal."""
    return proposal(eye, eye.linked("Proposal", row["proposal_id"]))


def demand_event(eye: Eye, row: Row) -> bool:
    """Who sees the demand, and the proposal and the transaction it is about."""
    return (
        demand(eye, eye.linked("Demand", row["demand_id"]))
        and (row["proposal_id"] is None or proposal(eye, eye.linked("Proposal", row["proposal_id"])))
        and (
            row["transaction_id"] is None
            or transaction(eye, eye.linked("Transaction", row["transaction_id"]))
        )
    )


def provider(eye: Eye, row: Row) -> bool:
    """Everybody the approved ones; members and applicants their own."""
    members = [one for one in eye.world.rows("ProviderMember") if one["provider_id"] == row["id"]]
    return (
        row["status"] == "APPROVED"
        or provider_in_full(eye, row)
        or any(eye.is_login(one["principal_id"]) for one in members)
    )


def provider_in_full(eye: Eye, row: Row) -> bool:
    return eye.may("providers:read") or eye.is_provider(row["id"])


def member(eye: Eye, row: Row) -> bool:
    return (
        eye.may("providers:read") or eye.is_provider(row["provider_id"]) or eye.is_login(row["principal_id"])
    )


def serving(eye: Eye, row: Row) -> bool:
    """Whoever sees both ends."""
    return eye.sees("Scenario", eye.linked("Scenario", row["scenario_id"])) and eye.sees(
        "Provider", eye.linked("Provider", row["provider_id"])
    )


def scenario(eye: Eye, row: Row) -> bool:
    return row["status"] == "PUBLISHED" or scenario_in_full(eye, row)


def scenario_in_full(eye: Eye, _: Row) -> bool:
    return eye.may("scenarios:read")


def form(eye: Eye, row: Row) -> bool:
    """Everybody what a published scenario asks; staff all."""
    asking = [one for one in eye.world.rows("Scenario") if one["form_id"] == row["id"]]
    return eye.may("forms:read") or any(one["status"] == "PUBLISHED" for one in asking)


def form_in_full(eye: Eye, _: Row) -> bool:
    return eye.may("forms:read")


def form_version(eye: Eye, row: Row) -> bool:
    """Every version of a form one sees; and what the demands one sees answered, whatever became of the form."""
    answering = [one for one in eye.world.rows("Demand") if one["form_version_id"] == row["id"]]
    return form(eye, eye.linked("Form", row["form_id"])) or any(eye.sees("Demand", one) for one in answering)


def offer(eye: Eye, row: Row) -> bool:
    """Everybody what approved providers have published; providers their own."""
    is_public = (
        row["status"] == "PUBLISHED" and eye.linked("Provider", row["provider_id"])["status"] == "APPROVED"
    )
    return is_public or offer_in_full(eye, row)


def offer_in_full(eye: Eye, row: Row) -> bool:
    return eye.may("offers:read") or eye.is_provider(row["provider_id"])


def transaction(eye: Eye, row: Row) -> bool:
    """The two parties."""
    return (
        eye.may("transactions:read")
        or eye.is_customer(row["customer_id"])
        or eye.is_provider(row["provider_id"])
    )


def line(eye: Eye, row: Row) -> bool:
    return transaction(eye, eye.linked("Transaction", row["transaction_id"]))


def booking(eye: Eye, row: Row) -> bool:
    """The two parties of its transaction."""
    return eye.may("booking:read") or transaction(eye, eye.linked("Transaction", row["transaction_id"]))


def held_stay(eye: Eye, row: Row) -> bool:
    """Its customer, and staff that may: to the provider it is a hold of its capacity."""
    return eye.may("booking:read") or eye.is_customer(row["customer_id"])


def of_a_customer(eye: Eye, row: Row) -> bool:
    """What is the customer's alone: no provider sees it, whatever it sells to the customer."""
    return eye.may("customers:read") or eye.is_customer(row["customer_id"])


def tag(eye: Eye, _: Row) -> bool:
    """What the organisation thinks of its customers is not for them."""
    return eye.may("customers:read")


def note(eye: Eye, _: Row) -> bool:
    """Staff only: no app, whatever it was granted."""
    return eye.viewer.kind == "staff" and eye.may("notes:read")


def staff(eye: Eye, _: Row) -> bool:
    """Staff only: no app, whatever it was granted."""
    return eye.viewer.kind == "staff" and eye.may("staff:read")


def job(eye: Eye, _: Row) -> bool:
    """Who may see what workers do."""
    return eye.may("jobs:read")


def export(eye: Eye, row: Row) -> bool:
    """Whoever asked for it, as long as they may; who may see all."""
    is_own = row["staff_id"] == eye.viewer.staff_id if row["staff_id"] else eye.is_login(row["app_id"])
    return eye.may("exports:read") or (eye.may("exports:write") and is_own)


def listener_call(eye: Eye, _: Row) -> bool:
    """Who may see what listeners have to do."""
    return eye.may("listeners:read")


def webhook_of_mine(eye: Eye, row: Row) -> bool:
    """Whoever registered it; of a provider, everybody who acts for it."""
    is_staffs = row["staff_id"] is not None and row["staff_id"] == eye.viewer.staff_id
    return eye.is_provider(row["provider_id"]) or is_staffs or eye.is_login(row["principal_id"])


def webhook(eye: Eye, row: Row) -> bool:
    """Whoever registered it; staff and apps that may."""
    return eye.may("webhooks:read") or webhook_of_mine(eye, row)


def delivery(eye: Eye, row: Row) -> bool:
    """Whoever sees the webhook."""
    return webhook(eye, eye.linked("Webhook", row["webhook_id"]))


def delivery_of_mine(eye: Eye, row: Row) -> bool:
    return webhook_of_mine(eye, eye.linked("Webhook", row["webhook_id"]))


def brought_in(eye: Eye, _: Row) -> bool:
    """Who may see imports and saved mappings."""
    return eye.may("imports:read")


def ledger_account(eye: Eye, row: Row) -> bool:
    """Its owner; staff and apps that may."""
    is_staffs = row["staff_id"] is not None and row["staff_id"] == eye.viewer.staff_id
    is_owners = eye.is_customer(row["customer_id"]) or eye.is_provider(row["provider_id"]) or is_staffs
    return eye.may("ledger:read") or is_owners


def ledger_entry(eye: Eye, row: Row) -> bool:
    """Whoever sees the account."""
    return eye.sees("LedgerAccount", eye.linked("LedgerAccount", row["account_id"]))


def ledger_transfer(eye: Eye, row: Row) -> bool:
    """Whoever sees one of its accounts."""
    entries = (one for one in eye.world.rows("LedgerEntry") if one["transfer_id"] == row["id"])
    return eye.may("ledger:read") or any(eye.sees("LedgerEntry", one) for one in entries)


def resource(eye: Eye, row: Row) -> bool:
    """The provider whose it is; staff and apps that may."""
    return eye.may("capacity:read") or eye.is_provider(row["provider_id"])


def of_a_resource(eye: Eye, row: Row) -> bool:
    """Whoever sees what it is of."""
    return eye.sees("CapacityResource", eye.linked("CapacityResource", row["resource_id"]))


def hold(eye: Eye, row: Row) -> bool:
    """Whoever sees something that it holds."""
    claims = (one for one in eye.world.rows("CapacityClaim") if one["hold_id"] == row["id"])
    return eye.may("capacity:read") or any(eye.sees("CapacityClaim", one) for one in claims)


def event(eye: Eye, row: Row) -> bool:
    """The customer and the provider it is told to; staff and apps that may."""
    return (
        eye.may("events:read") or eye.is_customer(row["customer_id"]) or eye.is_provider(row["provider_id"])
    )


def principal(eye: Eye, row: Row) -> bool:
    return eye.may("principals:read") or eye.is_login(row["id"])


NOUNS: Mapping[str, Noun] = {
    "Address": Noun(of_a_customer),
    "Booking": Noun(booking),
    "StayHold": Noun(held_stay),
    "CapacityBlackout": Noun(of_a_resource),
    "CapacityClaim": Noun(of_a_resource),
    "CapacityHold": Noun(hold, {"reference": lambda eye, _: eye.may("capacity:read")}),
    "CapacityResource": Noun(resource),
    "Consent": Noun(of_a_customer),
    "Customer": Noun(
        customer,
        dict.fromkeys(
            ("externalRefs", "kind", "attributes", "locale", "sourceChannel", "inviter", "principal", "createdAt",
             "updatedAt", "version", "timeline"),
            customer_in_full,
        )
        | {
            "forgottenAt": lambda eye, _: eye.may("customers:read"),
            "duplicates": lambda eye, _: eye.may("customers:merge"),
            "personalData": lambda eye, row: eye.may("customers:export") or eye.is_customer(row["id"]),
        },
    ),
    "CustomerNote": Noun(note),
    "CustomerTag": Noun(tag),
    "Demand": Noun(
        demand,
        dict.fromkeys(("customer", "personalAnswers", "contact", "cancelReason", "externalRefs"), demand_in_full),
    ),
    "DemandEvent": Noun(demand_event),
    "Offer": Noun(offer, {"externalRefs": offer_in_full}),
    "Event": Noun(event, {"actor": lambda eye, _: eye.may("events:read")}),
    "Import": Noun(brought_in),
    "Job": Noun(job),
    "Export": Noun(export),
    "ListenerCall": Noun(listener_call),
    "ImportMapping": Noun(brought_in),
    "LedgerAccount": Noun(ledger_account),
    "LedgerTransfer": Noun(ledger_transfer),
    "LedgerEntry": Noun(ledger_entry),
    "Form": Noun(form, {"externalRefs": form_in_full}),
    "FormVersion": Noun(form_version, {"answerStatistics": lambda eye, _: eye.may("demands:read")}),
    "Principal": Noun(principal),
    "Proposal": Noun(proposal),
    "ProposalMessage": Noun(message),
    "Provider": Noun(
        provider,
        dict.fromkeys(
            ("externalRefs", "contactEmail", "contactPhone", "payoutAccount", "reviewNote"), provider_in_full
        ),
    ),
    "ProviderMember": Noun(member),
    "Role": Noun(staff),
    "Scenario": Noun(scenario, {"externalRefs": scenario_in_full}),
    "ScenarioProvider": Noun(serving),
    "Service": Noun(offer, {"externalRefs": offer_in_full}),
    "Staff": Noun(staff),
    "Stay": Noun(offer, {"externalRefs": offer_in_full}),
    "Tag": Noun(tag),
    "Transaction": Noun(transaction),
    "TransactionLine": Noun(line),
    "Webhook": Noun(webhook, {"secrets": webhook_of_mine}),
    "WebhookDelivery": Noun(delivery, {"body": delivery_of_mine}),
}  # fmt: skip


def may_register(eye: Eye) -> bool:
    """Providers; staff and apps that may."""
    return eye.may("webhooks:register") or eye.viewer.kind == "provider"


MAY_CALL: Mapping[str, Callable[[Eye], bool]] = {
    "bookingCancel": lambda eye: eye.may("booking:write") or eye.viewer.kind in ("customer", "provider"),
    "bookingPlace": lambda eye: eye.may("booking:write") or eye.viewer.kind == "customer",
    "stayBook": lambda eye: eye.may("booking:write") or eye.viewer.kind == "customer",
    "stayHold": lambda eye: eye.may("booking:write") or eye.viewer.kind == "customer",
    "stayHoldExtend": lambda eye: eye.may("booking:write") or eye.viewer.kind == "customer",
    "stayHoldRelease": lambda eye: eye.may("booking:write") or eye.viewer.kind == "customer",
    "bulkExport": lambda eye: eye.may("exports:write"),
    "exportCancel": lambda eye: eye.may("exports:write"),
    "capacityBlackout": lambda eye: eye.may("capacity:write") or eye.viewer.kind == "provider",
    "capacityReopen": lambda eye: eye.may("capacity:write") or eye.viewer.kind == "provider",
    "capacityResize": lambda eye: eye.may("capacity:write") or eye.viewer.kind == "provider",
    "capacitySeats": lambda eye: eye.may("capacity:write") or eye.viewer.kind == "provider",
    "customerAddressAdd": lambda eye: eye.may("customers:write") or eye.viewer.kind == "customer",
    "customerAddressRemove": lambda eye: eye.may("customers:write") or eye.viewer.kind == "customer",
    "customerAddressUpdate": lambda eye: eye.may("customers:write") or eye.viewer.kind == "customer",
    "customerAssign": lambda eye: eye.may("customers:write"),
    "customerConsentGive": lambda eye: eye.may("customers:write") or eye.viewer.kind == "customer",
    "customerConsentWithdraw": lambda eye: eye.may("customers:write") or eye.viewer.kind == "customer",
    "customerForget": lambda eye: eye.may("customers:forget") or eye.viewer.kind == "customer",
    "customerMerge": lambda eye: eye.may("customers:merge"),
    "customerNoteAdd": lambda eye: eye.viewer.kind == "staff" and eye.may("notes:write"),
    "customerNoteEdit": lambda eye: eye.viewer.kind == "staff" and eye.may("notes:write"),
    "customerNoteRemove": lambda eye: eye.viewer.kind == "staff" and eye.may("notes:write", "notes:remove"),
    "customerRegister": lambda eye: eye.may("customers:write"),
    "customerTag": lambda eye: eye.may("customers:write"),
    "customersAssign": lambda eye: eye.may("customers:write"),
    "customersTag": lambda eye: eye.may("customers:write"),
    "customerUpdate": lambda eye: eye.may("customers:write") or eye.viewer.kind == "customer",
    "demandAward": lambda eye: eye.may("demands:write") or eye.viewer.kind == "customer",
    "demandCancel": lambda eye: eye.may("demands:write") or eye.viewer.kind == "customer",
    "demandExtend": lambda eye: eye.may("demands:write") or eye.viewer.kind == "customer",
    "demandReopen": lambda eye: eye.may("demands:write") or eye.viewer.kind == "customer",
    "demandsCancel": lambda eye: eye.may("demands:write") or eye.viewer.kind == "customer",
    "demandOpen": lambda eye: eye.may("demands:write") or eye.viewer.kind == "customer",
    "proposalMessagePost": lambda eye: eye.may("proposals:write") or eye.viewer.kind in ("customer", "provider"),
    "proposalSubmit": lambda eye: eye.may("proposals:write") or eye.viewer.kind == "provider",
    "proposalUpdate": lambda eye: eye.may("proposals:write") or eye.viewer.kind == "provider",
    "proposalWithdraw": lambda eye: eye.may("proposals:write") or eye.viewer.kind == "provider",
    "formArchive": lambda eye: eye.may("forms:write"),
    "formCreate": lambda eye: eye.may("forms:write"),
    "formRestore": lambda eye: eye.may("forms:write"),
    "formRevise": lambda eye: eye.may("forms:write"),
    "providerApply": lambda eye: eye.may("providers:write") or eye.viewer.kind in ("customer", "provider"),
    "providerReview": lambda eye: eye.may("providers:review"),
    "providersReview": lambda eye: eye.may("providers:review"),
    "scenarioCreate": lambda eye: eye.may("scenarios:write"),
    "scenarioUpdate": lambda eye: eye.may("scenarios:write"),
    "tagCreate": lambda eye: eye.may("tags:write"),
    "jobCancel": lambda eye: eye.may("jobs:write"),
    "listenerCallReplay": lambda eye: eye.may("listeners:write"),
    "tagRemove": lambda eye: eye.may("tags:write"),
    "tagUpdate": lambda eye: eye.may("tags:write"),
    "transactionCancel": lambda eye: eye.may("transactions:write") or eye.viewer.kind in ("customer", "provider"),
    "transactionConfirm": lambda eye: eye.may("transactions:write") or eye.viewer.kind == "provider",
    "transactionFulfil": lambda eye: eye.may("transactions:write") or eye.viewer.kind == "provider",
    "transactionPlace": lambda eye: eye.may("transactions:write") or eye.viewer.kind == "customer",
    "transactionsCancel": lambda eye: eye.may("transactions:write") or eye.viewer.kind in ("customer", "provider"),
    "transactionsConfirm": lambda eye: eye.may("transactions:write") or eye.viewer.kind == "provider",
    "webhookDeliveryReplay": lambda eye: may_register(eye) or eye.may("webhooks:write"),
    "webhookPause": lambda eye: may_register(eye) or eye.may("webhooks:write"),
    "webhookRegister": lambda eye: may_register(eye),
    "webhookRemove": lambda eye: may_register(eye) or eye.may("webhooks:write"),
    "webhookReplay": lambda eye: may_register(eye),
    "webhookResume": lambda eye: may_register(eye) or eye.may("webhooks:write"),
    "webhookRotateSecret": lambda eye: may_register(eye),
    "webhookSend": lambda eye: may_register(eye),
    "webhookUpdate": lambda eye: may_register(eye),
    "transactionsFulfil": lambda eye: eye.may("transactions:write") or eye.viewer.kind == "provider",
}  # fmt: skip
"""Who gets as far as the mutation's code; what the code refuses has tests of its own."""


def alternatives(eye: Eye, row: Row) -> list[Row]:
    """Stays of the city and type that take as many guests and are public, those of the nearest capacity first."""
    capacity = row["booking_stay.capacity"]
    found = [
        one
        for one in eye.world.rows("Stay")
        if one["id"] != row["id"]
        and one["booking_stay.capacity"] >= capacity
        and one["status"] == "PUBLISHED"
        and eye.linked("Provider", one["provider_id"])["status"] == "APPROVED"
    ]
    return sorted(found, key=lambda one: (one["booking_stay.capacity"], one["id"]))[:FIRST]


FIRST = 1


def duplicates(eye: Eye, row: Row) -> list[Row]:
    """Customers with the same number, whoever they are."""
    return [
        one
        for one in eye.world.rows("Customer")
        if one["id"] != row["id"] and one["phone_e164"] == row["phone_e164"]
    ]


BATCHED: Mapping[tuple[str, str], tuple[str, str, Callable[[Eye, Row], list[Row]]]] = {
    ("Customer", "duplicates"): ("(by: PHONE)", "Customer", duplicates),
    ("Stay", "alternatives"): (f"(first: {FIRST})", "Stay", alternatives),
}
"""Python fields that return rows: by noun and field their arguments, the noun they return, the rows."""


def timeline(eye: Eye, customer: Row) -> list[tuple[str, str]]:
    """What stands on a customer's timeline, as kinds and rows: only what the viewer sees, the latest first."""
    instants = {
        "Booking": {"created_at": "placed", "cancelled_at": "cancelled"},
        "Consent": {"at": "entered"},
        "CustomerNote": {"created_at": "added"},
        "Demand": {"created_at": "opened"},
        "Transaction": {f"{one}_at": one for one in ("placed", "confirmed", "fulfilled", "cancelled")},
    }
    found = [(customer["created_at"], "customer.registered", customer["id"])]
    for noun, columns in instants.items():
        for row in eye.world.rows(noun):
            is_told = row["customer_id"] == customer["id"] and eye.sees(noun, row)
            if is_told and eye.shown(noun, "customer", row):
                found += [
                    (row[column], f"{noun.removeprefix('Customer').lower()}.{what}", row["id"])
                    for column, what in columns.items()
                    if row[column] is not None
                ]
    return [(kind, id.hex) for _, kind, id in sorted(found, reverse=True)]


TIMELINES = {("Customer", "timeline"): timeline}
"""Python fields that return what stands on a timeline."""


def is_free(eye: Eye, row: Row) -> bool:
    """Whether no live booking or hold, whosoever, has a night of July 1 to 5, 2026."""
    bookings = (one for one in eye.world.rows("Booking") if one["status"] != "CANCELLED")
    holds = (
        one
        for one in eye.world.rows("StayHold")
        if one["status"] == "HELD" and one["expires_at"] > datetime.now(UTC)
    )
    return not any(
        one["stay_id"] == row["id"]
        and one["check_in"].isoformat() < "2026-07-05"
        and one["check_out"].isoformat() > "2026-07-01"
        for one in (*bookings, *holds)
    )


ARGUMENTS: Mapping[tuple[str, str], tuple[str, Callable[[Eye, Row], bool]]] = {
    ("events", "types"): ('["demand.opened"]', lambda _, row: row["type"] == "demand.opened"),
    ("events", "aggregate"): (f'"dem_{2:032x}"', lambda _, row: row["aggregate_id"] == f"dem_{2:032x}"),
    ("stays", "availableBetween"): ('{start: "2026-07-01", end: "2026-07-05"}', is_free),
    ("stays", "guests"): ("4", lambda _, row: row["booking_stay.capacity"] >= 4),
}
"""Arguments of root connections: by connection and argument a value, and which rows it leaves."""

QUERIES: Mapping[str, Mapping[str, tuple[str, Callable[[Viewer], Any]]]] = {
    "viewer": {
        "customer": ("Customer", lambda viewer: viewer.customer_id),
        "provider": ("Provider", lambda viewer: viewer.provider_id),
        "staff": ("Staff", lambda viewer: viewer.staff_id),
    },
}
"""Root fields answered in Python: by name, which rows they link to."""

MAY_ASK: Mapping[str, Callable[[Eye], bool]] = {
    "customerDuplicates": lambda eye: eye.may("customers:merge"),
}
"""Root fields answered in Python with lists of links: who may ask them at all."""
