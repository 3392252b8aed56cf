"""What the plug-in declares, before any platform has read it."""

from __future__ import annotations

import ast
import inspect
from importlib.metadata import entry_points
from types import SimpleNamespace
from typing import Any

import serai_booking
from serai_booking import access, errors, events, graph, models
from serai_booking.plugin import Booking, plugin
from serai_sdk.entity import EntityRecord, ExtendRecord


def entity(cls: type) -> EntityRecord:
    record: EntityRecord = cls.__serai_entity__  # type: ignore[attr-defined]
    return record


def extension(cls: type) -> ExtendRecord:
    record: ExtendRecord = cls.__serai_extend__  # type: ignore[attr-defined]
    return record


def test_the_entry_point_is_named_as_the_plugin() -> None:
    found = [one for one in entry_points(group="serai.plugins") if one.value == "serai_booking.plugin:plugin"]
    assert [one.name for one in found] == [Booking.id]


def test_tables_begin_with_the_plugins_id() -> None:
    assert [one._meta.db_table for one in (models.Booking, models.Stay)] == [
        "booking_booking",
        "booking_stay",
    ]


def test_permissions_and_events_begin_with_the_plugins_id() -> None:
    assert [one.name for one in plugin.permissions()] == ["booking:read", "booking:write"]
    assert [one.name for one in plugin.events()] == ["booking.placed", "booking.cancelled"]


def test_a_stay_is_a_kind_of_offer_and_adds_no_rule_of_its_own() -> None:
    stay = entity(graph.Stay)
    assert (stay.kind_of, stay.kind, stay.access) == ("Offer", "booking_stay", None)


def test_a_booking_is_seen_by_staff_and_both_parties() -> None:
    assert entity(graph.Booking).access == access.SEES_BOOKING


def test_fields_added_to_others_types_may_be_null() -> None:
    added = [*extension(graph.CustomerBookings).fields, *extension(graph.ProviderStays).fields]
    assert [one.final_name for one in added] == ["bookings", "bookingCount", "stays", "stayCount"]
    assert all("None" in str(one.annotation) for one in added if one.final_name.endswith("Count"))


def test_free_means_that_no_live_booking_or_hold_shares_a_night() -> None:
    overlapping = {"checkIn": {"lt": "END"}, "checkOut": {"gt": "START"}}
    assert graph.is_free(SimpleNamespace(start="START", end="END")) == {
        "bookings": {"none": {"status": {"ne": "CANCELLED"}, **overlapping}},
        "holds": {"none": {"isLive": {"eq": True}, **overlapping}},
    }


def test_every_code_of_a_user_error_is_declared_and_every_declared_one_is_used() -> None:
    made = {
        function().code if not inspect.signature(function).parameters else function(**_some(function)).code
        for _, function in inspect.getmembers(errors, inspect.isfunction)
        if function.__module__ == errors.__name__
    }
    # of a version that is no longer the row's the platform tells by itself
    assert made | {"CONFLICT"} == {
        *errors.PLACE_CODES,
        *errors.CANCEL_CODES,
        *errors.HOLD_CODES,
        *errors.GO_ON_CODES,
    }


def test_events_name_no_person() -> None:
    told = {name for event in events.EVENTS for name in event.payload}
    assert not {name for name in told if "customer" in name or "guest_" in name or "name" in name}


def test_nothing_but_the_sdk_is_imported_from_the_platform() -> None:
    from pathlib import Path

    folder = Path(serai_booking.__file__).parent
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom) and not node.level
                else []
            )
            assert not [name for name in names if name.split(".")[0] in ("serai", "serai_testkit")], path


def _some(function: Any) -> dict[str, Any]:
    from datetime import date

    some = {"int": 1, "str": "CANCELLED", "date": date(2027, 1, 1)}
    return {name: some[one.annotation] for name, one in inspect.signature(function).parameters.items()}
