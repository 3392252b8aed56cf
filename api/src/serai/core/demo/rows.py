"""Parts of rows that many tables of the demo have: times, a place, a principal, an address nobody has."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

from serai_sdk import DemoCtx

from .cities import City

__all__ = ["NOWHERE", "phone", "place", "principal", "street", "times"]

NOWHERE: dict[str, None] = dict.fromkeys(
    ("place_point_latitude", "place_point_longitude", "place_city_code", "place_address", "place_time_zone")
)
"""The columns of a place that is not given."""


def times(created: datetime, updated: datetime | None = None, version: int = 1) -> dict[str, Any]:
    """The columns every table has."""
    return {"created_at": created, "updated_at": updated or created, "version": version}


def principal(ctx: DemoCtx, at: datetime, login: str, name: str, **more: Any) -> dict[str, Any]:
    """A row of a principal."""
    return {
        "id": ctx.new_id(at), **times(at), "login": login.lower(), "display_name": name, "kind": "PERSON",
        "granted": [], "is_active": True,
    } | more  # fmt: skip


def place(city: City, ctx: DemoCtx, address: str | None) -> dict[str, Any]:
    """The columns of a place somewhere in the city."""
    return {
        "place_point_latitude": round(city.latitude + ctx.random.uniform(-0.08, 0.08), 5),
        "place_point_longitude": round(city.longitude + ctx.random.uniform(-0.08, 0.08), 5),
        "place_city_code": city.code,
        "place_address": address,
        "place_time_zone": city.time_zone,
    }


def street(random: Random, city: City) -> str:
    """An address in the city."""
    number = random.randint(1, 180)
    name = random.choice(city.streets)
    return f"{city.name}市{name}{number}号" if city.names == "chinese" else f"{name} {number}, {city.name}"


def phone(random: Random) -> str:
    """A number nobody has."""
    return f"+999 {random.randint(100, 999)} {random.randint(100_000, 999_999)}"
