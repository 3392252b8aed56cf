"""The plug-in: what it registers, hook by hook."""

from __future__ import annotations

from collections.abc import Sequence

from serai_sdk import Command, Demo, EventType, FollowUp, Graph, Job, Permission, Plugin, Storage, hookimpl

from . import access, demo, events, graph, holding, service
from .occupancy import occupancy


class Booking(Plugin):
    """Stays, sold by the night, and their bookings."""

    id = "booking"
    title = "Stays and bookings"
    claims = (
        "Booking",
        "DateRange",
        "Stay",
        "StayHold",
        "StayHoldStatus",
        "StayNight",
        "StayQuote",
        "StayType",
    )

    @hookimpl
    def graph(self) -> Graph:
        return graph.GRAPH

    @hookimpl
    def storage(self) -> Storage:
        return Storage(models=("serai_booking.models",), migrations="serai_booking.migrations")

    @hookimpl
    def permissions(self) -> Sequence[Permission]:
        return access.PERMISSIONS

    @hookimpl
    def events(self) -> Sequence[EventType]:
        return events.EVENTS

    @hookimpl
    def follow_ups(self) -> FollowUp:
        return FollowUp("transaction.cancelled", service.free, lock=service.lock_sold)

    @hookimpl
    def jobs(self) -> Job:
        return holding.FORGET

    @hookimpl
    def commands(self) -> Command:
        return Command(
            name="occupancy",
            help="How much of the coming nights is booked, city by city: [DAYS].",
            run=occupancy,
        )

    @hookimpl
    def demo(self) -> Demo:
        return Demo(build=demo.build)


plugin = Booking()
