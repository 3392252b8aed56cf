"""Plug-in number zero: the core's nouns, registered with the records any plug-in uses."""

from __future__ import annotations

from collections.abc import Iterable

from serai_sdk import Demo, EventType, Graph, Job, Listener, Permission, Plugin, Storage, hookimpl

from .addresses import events as addresses_events
from .addresses import graph as addresses
from .capacity import access as capacity_access
from .capacity import graph as capacity
from .consents import events as consents_events
from .consents import graph as consents
from .customers import access as customers_access
from .customers import duplicates
from .customers import events as customers_events
from .customers import graph as customers
from .demands import access as demands_access
from .demands import events as demands_events
from .demands import graph as demands
from .demo.build import build
from .events import access as events_access
from .events import graph as events
from .exports import access as exports_access
from .exports import graph as exports
from .exports import making
from .forms import access as forms_access
from .forms import events as forms_events
from .forms import graph as forms
from .history import graph as history
from .imports import access as imports_access
from .imports import events as imports_events
from .imports import graph as imports
from .jobs import access as jobs_access
from .jobs import graph as jobs
from .jobs.declared import JOBS
from .ledger import access as ledger_access
from .ledger import graph as ledger
from .listeners import access as listeners_access
from .listeners import graph as listeners
from .listeners.declared import LISTENERS
from .messages import events as messages_events
from .messages import graph as messages
from .notes import access as notes_access
from .notes import events as notes_events
from .notes import graph as notes
from .offers import access as offers_access
from .offers import graph as offers
from .personal import graph as personal
from .personal.declared import PERSONAL
from .plugins import access as plugins_access
from .plugins import graph as plugins
from .principals import access as principals_access
from .principals import graph as principals
from .principals import viewer
from .proposals import access as proposals_access
from .proposals import events as proposals_events
from .proposals import graph as proposals
from .providers import access as providers_access
from .providers import events as providers_events
from .providers import graph as providers
from .scenarios import access as scenarios_access
from .scenarios import events as scenarios_events
from .scenarios import graph as scenarios
from .staff import access as staff_access
from .staff import events as staff_events
from .staff import graph as staff
from .tags import access as tags_access
from .tags import events as tags_events
from .tags import graph as tags
from .transactions import access as transactions_access
from .transactions import events as transactions_events
from .transactions import graph as transactions
from .webhooks import access as webhooks_access
from .webhooks import graph as webhooks

NOUNS = (
    "principals",
    "customers",
    "addresses",
    "consents",
    "tags",
    "notes",
    "forms",
    "scenarios",
    "providers",
    "staff",
    "offers",
    "demands",
    "transactions",
    "proposals",
    "messages",
    "history",
    "imports",
    "ledger",
    "capacity",
    "events",
    "jobs",
    "listeners",
    "webhooks",
    "exports",
)


class Core(Plugin):
    """Customers, providers, staff, forms, scenarios, offers, demands and transactions."""

    id = "core"
    title = "Core"
    claims = (
        "Address",
        "Consent",
        "AnswerCondition",
        "CapacityBlackout",
        "CapacityClaim",
        "CapacityHold",
        "CapacityMeasure",
        "CapacityResource",
        "CapacityState",
        "AnswerStatistics",
        "ChoiceCount",
        "DateSummary",
        "NumberSummary",
        "Precision",
        "Contact",
        "Customer",
        "Demand",
        "DuplicatePair",
        "DuplicateReason",
        "Export",
        "ExportFormat",
        "ExportState",
        "ExternalRef",
        "DemandEvent",
        "Import",
        "ImportMapping",
        "Job",
        "JobState",
        "Event",
        "EventParty",
        "EventTypeField",
        "EventTypeInfo",
        "Form",
        "FormVersion",
        "LedgerAccount",
        "LedgerBalance",
        "LedgerEntry",
        "LedgerTransfer",
        "ListenerCall",
        "ListenerCallState",
        "ListenerInfo",
        "LocalText",
        "Offer",
        "ActingKind",
        "PluginInfo",
        "PluginState",
        "Principal",
        "Proposal",
        "ProposalMessage",
        "Provider",
        "ProviderMember",
        "Question",
        "QuestionChoice",
        "Role",
        "Scenario",
        "ScenarioProvider",
        "Service",
        "ShowIf",
        "Staff",
        "Tag",
        "Timeline",
        "TimelineEntry",
        "Transaction",
        "TransactionLine",
        "Viewer",
        "Webhook",
        "WebhookDelivery",
        "WebhookDeliveryState",
        "WebhookDryRun",
        "WebhookHeader",
        "WebhookState",
    )

    @hookimpl
    def graph(self) -> Iterable[Graph]:
        return (
            principals.GRAPH,
            viewer.GRAPH,
            plugins.GRAPH,
            customers.GRAPH,
            addresses.GRAPH,
            consents.GRAPH,
            tags.GRAPH,
            notes.GRAPH,
            personal.GRAPH,
            duplicates.GRAPH,
            providers.GRAPH,
            staff.GRAPH,
            forms.GRAPH,
            scenarios.GRAPH,
            offers.GRAPH,
            demands.GRAPH,
            transactions.GRAPH,
            proposals.GRAPH,
            messages.GRAPH,
            history.GRAPH,
            imports.GRAPH,
            jobs.GRAPH,
            ledger.GRAPH,
            capacity.GRAPH,
            events.GRAPH,
            listeners.GRAPH,
            webhooks.GRAPH,
            exports.GRAPH,
        )

    @hookimpl
    def storage(self) -> Storage:
        return Storage(
            models=tuple(f"serai.core.{noun}.models" for noun in NOUNS),
            migrations="serai.core.migrations",
            personal=PERSONAL,
        )

    @hookimpl
    def permissions(self) -> Iterable[Permission]:
        return (
            *principals_access.PERMISSIONS,
            *plugins_access.PERMISSIONS,
            *customers_access.PERMISSIONS,
            *tags_access.PERMISSIONS,
            *notes_access.PERMISSIONS,
            *providers_access.PERMISSIONS,
            *staff_access.PERMISSIONS,
            *forms_access.PERMISSIONS,
            *scenarios_access.PERMISSIONS,
            *offers_access.PERMISSIONS,
            *demands_access.PERMISSIONS,
            *transactions_access.PERMISSIONS,
            *proposals_access.PERMISSIONS,
            *imports_access.PERMISSIONS,
            *jobs_access.PERMISSIONS,
            *ledger_access.PERMISSIONS,
            *capacity_access.PERMISSIONS,
            *events_access.PERMISSIONS,
            *listeners_access.PERMISSIONS,
            *webhooks_access.PERMISSIONS,
            *exports_access.PERMISSIONS,
        )

    @hookimpl
    def events(self) -> Iterable[EventType]:
        return (
            *customers_events.EVENTS,
            *addresses_events.EVENTS,
            *consents_events.EVENTS,
            *tags_events.EVENTS,
            *notes_events.EVENTS,
            *providers_events.EVENTS,
            *staff_events.EVENTS,
            *forms_events.EVENTS,
            *scenarios_events.EVENTS,
            *demands_events.EVENTS,
            *transactions_events.EVENTS,
            *proposals_events.EVENTS,
            *messages_events.EVENTS,
            *imports_events.EVENTS,
        )

    @hookimpl
    def jobs(self) -> Iterable[Job]:
        return (*JOBS, *making.JOBS)

    @hookimpl
    def listeners(self) -> Iterable[Listener]:
        return LISTENERS

    @hookimpl
    def demo(self) -> Demo:
        return Demo(build=build)


plugin = Core()
"""What the entry point of a plug-in names."""
