"""Who may see what, written by hand from the table in DESIGN.md ("Who may do what") and the decisions about it.

Nothing here reads a declared rule: this is what the declared rules are held against.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from serai.viewers import Viewer

from .rows import Row, Tables

LIVE = ("PLACED", "CONFIRMED")
SEEKING = ("OPEN", "PROPOSED")


class Access:
    """What one viewer may see."""

    def __init__(self, tables: Tables, viewer: Viewer) -> None:
        self.tables = tables
        self.viewer = viewer
        self._rules: dict[str, Callable[[Row], bool]] = {
            "Principal": self.principal,
            "Customer": self.customer,
            "Address": self.of_a_customer,
            "Consent": self.of_a_customer,
            "Tag": self.tag,
            "CustomerTag": self.tag,
            "CustomerNote": self.note,
            "Provider": self.provider,
            "ProviderMember": self.member,
            "ScenarioProvider": self.serving,
            "Form": self.form,
            "FormVersion": self.form_version,
            "Scenario": self.scenario,
            "Offer": self.offer,
            "Demand": self.demand,
            "DemandEvent": self.demand_event,
            "Proposal": self.proposal,
            "ProposalMessage": self.message,
            "Transaction": self.transaction,
            "TransactionLine": self.line,
            "Role": self.staff,
            "Staff": self.staff,
            "Booking": self.booking,
            "StayHold": self.held_stay,
            "Event": self.event,
            "Import": self.brought_in,
            "Job": self.job,
            "Export": self.export,
            "ListenerCall": self.listener_call,
            "Webhook": self.webhook,
            "WebhookDelivery": self.delivery,
            "ImportMapping": self.brought_in,
            "CapacityResource": self.resource,
            "CapacityHold": self.hold,
            "CapacityClaim": self.of_a_resource,
            "CapacityBlackout": self.of_a_resource,
            "LedgerAccount": self.ledger_account,
            "LedgerTransfer": self.ledger_transfer,
            "LedgerEntry": self.ledger_entry,
        }
        self._seen: dict[int, bool] = {}

    def sees(self, row: Row) -> bool:
        """Whether the row may be seen; an offer of a kind that nobody here knows is not there for anybody."""
        if row.noun is None:
            return False
        known = self._seen.get(id(row))
        if known is None:
            noun = "Offer" if row.noun in ("Stay", "Service") else row.noun
            known = self._seen[id(row)] = self._rules[noun](row)
        return known

    def may(self, permission: str) -> bool:
        return permission in self.viewer.permissions

    def is_me(self, customer: UUID) -> bool:
        return self.viewer.customer_id is not None and customer == self.viewer.customer_id

    def is_ours(self, provider: UUID | None) -> bool:
        return self.viewer.provider_id is not None and provider == self.viewer.provider_id

    def is_my_login(self, principal: UUID | None) -> bool:
        return self.viewer.principal_id is not None and principal == self.viewer.principal_id

    def is_ahead(self, end: datetime | None) -> bool:
        """Whether an end has not come; rows of these tests end years before or after they run."""
        return end is None or end > self.tables.now

    # -- rows

    def principal(self, row: Row) -> bool:
        return self.may("principals:read") or self.is_my_login(row.id)

    def job(self, row: Row) -> bool:
        return self.may("jobs:read")

    def export(self, row: Row) -> bool:
        is_mine = (
            row["staff_id"] == self.viewer.staff_id if row["staff_id"] else self.is_my_login(row["app_id"])
        )
        return self.may("exports:read") or (self.may("exports:write") and is_mine)

    def listener_call(self, row: Row) -> bool:
        return self.may("listeners:read")

    def own_webhook(self, row: Row) -> bool:
        is_staffs = row["staff_id"] is not None and row["staff_id"] == self.viewer.staff_id
        return self.is_ours(row["provider_id"]) or is_staffs or self.is_my_login(row["principal_id"])

    def webhook(self, row: Row) -> bool:
        return self.may("webhooks:read") or self.own_webhook(row)

    def delivery(self, row: Row) -> bool:
        webhook = self.tables.get("Webhook", row["webhook_id"])
        assert webhook is not None
        return self.webhook(webhook)

    def own_delivery(self, row: Row) -> bool:
        webhook = self.tables.get("Webhook", row["webhook_id"])
        assert webhook is not None
        return self.own_webhook(webhook)

    def brought_in(self, row: Row) -> bool:
        return self.may("imports:read")

    def customer(self, row: Row) -> bool:
        if self.may("customers:read") or self.is_me(row.id):
            return True
        return any(
            self.is_ours(one["provider_id"]) and one["status"] in LIVE
            for one in self.tables.pointing("Transaction", "customer_id", row.id)
        )

    def of_a_customer(self, row: Row) -> bool:
        return self.may("customers:read") or self.is_me(row["customer_id"])

    def tag(self, _: Row) -> bool:
        return self.may("customers:read")

    def note(self, _: Row) -> bool:
        return self.viewer.kind == "staff" and self.may("notes:read")

    def provider(self, row: Row) -> bool:
        if row["status"] == "APPROVED" or self.may("providers:read") or self.is_ours(row.id):
            return True
        members = self.tables.pointing("ProviderMember", "provider_id", row.id)
        return any(self.is_my_login(one["principal_id"]) for one in members)

    def member(self, row: Row) -> bool:
        return (
            self.may("providers:read")
            or self.is_ours(row["provider_id"])
            or self.is_my_login(row["principal_id"])
        )

    def serving(self, row: Row) -> bool:
        scenario = self.tables.get("Scenario", row["scenario_id"])
        provider = self.tables.get("Provider", row["provider_id"])
        assert scenario is not None
        assert provider is not None
        return self.sees(scenario) and self.sees(provider)

    def scenario(self, row: Row) -> bool:
        return row["status"] == "PUBLISHED" or self.scenario_in_full(row)

    def form(self, row: Row) -> bool:
        return self.may("forms:read") or any(
            one["status"] == "PUBLISHED" for one in self.tables.pointing("Scenario", "form_id", row.id)
        )

    def form_in_full(self, _: Row) -> bool:
        return self.may("forms:read")

    def form_version(self, row: Row) -> bool:
        form = self.tables.get("Form", row["form_id"])
        assert form is not None
        return self.sees(form) or any(
            self.sees(one) for one in self.tables.pointing("Demand", "form_version_id", row.id)
        )

    def offer(self, row: Row) -> bool:
        if self.offer_in_full(row):
            return True
        provider = self.tables.get("Provider", row["provider_id"])
        assert provider is not None
        return row["status"] == "PUBLISHED" and provider["status"] == "APPROVED"

    def demand(self, row: Row) -> bool:
        if self.demand_in_full(row):
            return True
        if row["status"] not in SEEKING or not self.is_ahead(row["window_end"]):
            return False
        for serving in self.tables.pointing("ScenarioProvider", "scenario_id", row["scenario_id"]):
            provider = self.tables.get("Provider", serving["provider_id"])
            assert provider is not None
            if self.is_ours(provider.id) and provider["status"] == "APPROVED":
                return True
        return False

    def proposal(self, row: Row) -> bool:
        demand = self.tables.get("Demand", row["demand_id"])
        assert demand is not None
        return (
            self.may("proposals:read")
            or self.is_ours(row["provider_id"])
            or self.is_me(demand["customer_id"])
        )

    def message(self, row: Row) -> bool:
        proposal = self.tables.get("Proposal", row["proposal_id"])
        assert proposal is not None
        return self.sees(proposal)

    def demand_event(self, row: Row) -> bool:
        """An entry is for who sees all it is about."""
        about = (("Demand", "demand_id"), ("Proposal", "proposal_id"), ("Transaction", "transaction_id"))
        linked = [self.tables.get(noun, row[column]) for noun, column in about]
        return all(self.sees(one) for one in linked if one is not None)

    def transaction(self, row: Row) -> bool:
        return (
            self.may("transactions:read")
            or self.is_me(row["customer_id"])
            or self.is_ours(row["provider_id"])
        )

    def line(self, row: Row) -> bool:
        transaction = self.tables.get("Transaction", row["transaction_id"])
        assert transaction is not None
        return self.sees(transaction)

    def event(self, row: Row) -> bool:
        is_mine = row["customer_id"] is not None and self.is_me(row["customer_id"])
        return self.reads_events(row) or is_mine or self.is_ours(row["provider_id"])

    def reads_events(self, _: Row) -> bool:
        return self.may("events:read")

    def resource(self, row: Row) -> bool:
        return self.counts_all(row) or self.is_ours(row["provider_id"])

    def counts_all(self, _: Row) -> bool:
        return self.may("capacity:read")

    def of_a_resource(self, row: Row) -> bool:
        resource = self.tables.get("CapacityResource", row["resource_id"])
        assert resource is not None
        return self.sees(resource)

    def hold(self, row: Row) -> bool:
        claims = self.tables.pointing("CapacityClaim", "hold_id", row.id)
        return self.counts_all(row) or any(self.sees(one) for one in claims)

    def ledger_account(self, row: Row) -> bool:
        is_mine = row["customer_id"] is not None and self.is_me(row["customer_id"])
        is_staffs = row["staff_id"] is not None and row["staff_id"] == self.viewer.staff_id
        return self.may("ledger:read") or is_mine or is_staffs or self.is_ours(row["provider_id"])

    def ledger_entry(self, row: Row) -> bool:
        account = self.tables.get("LedgerAccount", row["account_id"])
        assert account is not None
        return self.sees(account)

    def ledger_transfer(self, row: Row) -> bool:
        entries = self.tables.pointing("LedgerEntry", "transfer_id", row.id)
        return self.may("ledger:read") or any(self.sees(one) for one in entries)

    def staff(self, _: Row) -> bool:
        return self.may("staff:read")

    def booking(self, row: Row) -> bool:
        if self.may("transactions:read") or self.may("booking:read") or self.is_me(row["customer_id"]):
            return True
        transaction = self.tables.get("Transaction", row["transaction_id"])
        assert transaction is not None
        return self.is_ours(transaction["provider_id"])

    def held_stay(self, row: Row) -> bool:
        return self.may("booking:read") or self.is_me(row["customer_id"])

    # -- fields

    def customer_administration(self, _: Row) -> bool:
        """What only the organisation knows of a customer."""
        return self.may("customers:read")

    def customer_profile(self, row: Row) -> bool:
        """More of a customer than name and contact."""
        return self.may("customers:read") or self.is_me(row.id)

    def provider_internals(self, row: Row) -> bool:
        """How to reach and pay a provider, and what its review said."""
        return self.may("providers:read") or self.is_ours(row.id)

    def demand_in_full(self, row: Row) -> bool:
        """A demand with its customer, contact and personal answers."""
        return (
            self.may("demands:read")
            or self.is_me(row["customer_id"])
            or self.is_ours(row["awarded_provider_id"])
        )

    def offer_in_full(self, row: Row) -> bool:
        """An offer with what other systems call it."""
        return self.may("offers:read") or self.is_ours(row["provider_id"])

    def scenario_in_full(self, _: Row) -> bool:
        """A scenario with what other systems call it."""
        return self.may("scenarios:read")
