"""All rows of a database, read by Tortoise and kept in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from serai.core.addresses.models import Address
from serai.core.capacity.models import CapacityBlackout, CapacityClaim, CapacityHold, CapacityResource
from serai.core.consents.models import Consent
from serai.core.customers.models import Customer
from serai.core.demands.models import Demand
from serai.core.events.models import Event
from serai.core.exports.models import Export
from serai.core.forms.models import Form, FormVersion
from serai.core.history.models import DemandEvent
from serai.core.imports.models import Import, ImportMapping
from serai.core.jobs.models import Job
from serai.core.ledger.models import LedgerAccount, LedgerEntry, LedgerTransfer
from serai.core.listeners.models import ListenerCall
from serai.core.messages.models import ProposalMessage
from serai.core.notes.models import CustomerNote
from serai.core.offers.models import Offer, Service
from serai.core.principals.models import Principal
from serai.core.proposals.models import Proposal
from serai.core.providers.models import Provider, ProviderMember, ScenarioProvider
from serai.core.scenarios.models import Scenario
from serai.core.staff.models import Role, Staff
from serai.core.tags.models import CustomerTag, Tag
from serai.core.transactions.models import Transaction, TransactionLine
from serai.core.webhooks.models import Webhook, WebhookDelivery
from serai_booking.models import Booking, Stay, StayHold

from .searching import Stems

MODELS = {
    "Principal": Principal,
    "Customer": Customer,
    "Address": Address,
    "Consent": Consent,
    "Tag": Tag,
    "CustomerTag": CustomerTag,
    "CustomerNote": CustomerNote,
    "Provider": Provider,
    "ProviderMember": ProviderMember,
    "ScenarioProvider": ScenarioProvider,
    "Form": Form,
    "FormVersion": FormVersion,
    "Scenario": Scenario,
    "Role": Role,
    "Staff": Staff,
    "Demand": Demand,
    "DemandEvent": DemandEvent,
    "Proposal": Proposal,
    "ProposalMessage": ProposalMessage,
    "Transaction": Transaction,
    "TransactionLine": TransactionLine,
    "Booking": Booking,
    "StayHold": StayHold,
    "Event": Event,
    "Import": Import,
    "Job": Job,
    "Export": Export,
    "ListenerCall": ListenerCall,
    "Webhook": Webhook,
    "WebhookDelivery": WebhookDelivery,
    "ImportMapping": ImportMapping,
    "CapacityResource": CapacityResource,
    "CapacityHold": CapacityHold,
    "CapacityClaim": CapacityClaim,
    "CapacityBlackout": CapacityBlackout,
    "LedgerAccount": LedgerAccount,
    "LedgerTransfer": LedgerTransfer,
    "LedgerEntry": LedgerEntry,
}
KINDS = {"core_service": ("Service", Service), "booking_stay": ("Stay", Stay)}
OFFERS = "Offer"


@dataclass(slots=True, eq=False)
class Row:
    """A row: its noun (of an offer, its kind; ``None`` if nobody here knows the kind) and its columns."""

    noun: str | None
    columns: dict[str, Any]

    @property
    def id(self) -> UUID:
        key: UUID = self.columns["id"]
        return key

    def __getitem__(self, column: str) -> Any:
        return self.columns[column]


@dataclass(slots=True)
class Tables:
    """Rows by noun, by id, by what they point to; ``now`` is when they were read, ``refs`` what others call them.

    ``ranks`` is how well a row matches a text that is among ``ranked``.
    """

    rows: dict[str, dict[UUID, Row]] = field(default_factory=dict)
    now: datetime = datetime.min
    refs: dict[tuple[str, UUID], list[dict[str, str]]] = field(default_factory=lambda: defaultdict(list))
    stems: Stems = field(default_factory=Stems)
    ranks: dict[tuple[str, UUID], int] = field(default_factory=dict)
    ranked: set[str] = field(default_factory=set)
    _pointing: dict[tuple[str, str], dict[UUID, list[Row]]] = field(default_factory=dict)

    def all(self, noun: str) -> Iterable[Row]:
        """All rows of a noun; of ``Offer``, all kinds, the unknown ones too."""
        if noun in self.rows:
            return self.rows[noun].values()
        return [row for row in self.rows[OFFERS].values() if row.noun == noun]

    def get(self, noun: str, key: UUID | None) -> Row | None:
        """A row by its id."""
        if key is None:
            return None
        found = self.rows[noun if noun in self.rows else OFFERS].get(key)
        return found if noun in self.rows or found is None or found.noun == noun else None

    def pointing(self, noun: str, column: str, key: UUID) -> list[Row]:
        """The rows of a noun whose column holds that id."""
        index = self._pointing.get((noun, column))
        if index is None:
            index = self._pointing[noun, column] = defaultdict(list)
            for row in self.all(noun):
                if row[column] is not None:
                    index[row[column]].append(row)
        return index.get(key, [])


async def read_tables() -> Tables:
    """Everything, as the ORM in use gives it out."""
    tables = Tables(now=datetime.now(UTC))
    for noun, model in MODELS.items():
        tables.rows[noun] = {one["id"]: Row(noun, _plain(one)) for one in await model.all().values()}
    details = {
        kind: {one["id"]: _plain(one) for one in await model.all().values()}
        for kind, (_, model) in KINDS.items()
    }
    tables.rows[OFFERS] = {}
    for one in await Offer.all().values():
        shared, kind = _plain(one), one["kind"]
        noun = KINDS[kind][0] if kind in KINDS else None
        # what both tables have (times, version) is the offer's
        columns = {**details.get(kind, {}).get(one["id"], {}), **shared}
        tables.rows[OFFERS][one["id"]] = Row(noun, columns)
    for one in await Offer._meta.db.execute_query_dict("select * from core_external_ref"):
        tables.refs[one["entity"], one["row_id"]].append({"source": one["source"], "id": one["external_id"]})
    return tables


def _plain(columns: dict[str, Any]) -> dict[str, Any]:
    return {name: value.value if isinstance(value, Enum) else value for name, value in columns.items()}
