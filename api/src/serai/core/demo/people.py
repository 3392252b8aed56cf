"""Who runs the demo platform and who sells on it: staff of each role, an app, providers with their members."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from serai.core.principals.models import Principal
from serai.core.providers.models import Provider, ProviderMember, ScenarioProvider
from serai.core.staff.models import Staff
from serai_sdk import DemoCtx

from .calendar import DAYS
from .cities import CITIES, City
from .names import PROFILES, PROVIDERS, person, trader
from .rows import phone, place, principal, street, times
from .scenes import Scene

__all__ = ["Seller", "build_providers", "build_staff"]

PROVIDERS_WANTED: Final = 40

STAFF: Final = (
    ("operator", "Ingrid Sørensen"),
    ("operator", "Tomáš Novák"),
    ("reviewer", "王晓丽"),
    ("support", "Bärbel Groß"),
    ("support", "Kwame Mensah"),
    ("analyst", "Élodie Dubois"),
)

APP_GRANTS: Final = ("customers:read", "demands:read", "offers:read", "transactions:read")

STATUSES: Final = {
    5: "APPLIED", 11: "IN_REVIEW", 17: "SUSPENDED", 23: "SUSPENDED", 28: "LEFT", 34: "REJECTED", 38: "APPLIED",
}  # fmt: skip
"""Providers that are not approved, by their number among forty."""

SELLING: Final = ("APPROVED", "SUSPENDED", "LEFT")

NOTES: Final = {
    "SUSPENDED": "Suspended: confirmed late for months, and cancelled more and more of what was agreed.",
    "LEFT": "Left at their own wish.",
    "REJECTED": "Papers incomplete.",
    "APPROVED": "Papers complete.",
}

FAILING_DAYS: Final = 150
"""How long it goes downhill with a provider before it is suspended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """A provider that was made; one that is suspended failed more and more until then."""

    id: UUID
    name: str
    member_id: UUID
    status: str
    since: datetime
    until: datetime
    city: City
    scenes: Sequence[Scene]
    weight: float

    def strain(self, at: datetime) -> float:
        """How badly it fares at that time: 0 is well, 1 is the day it is suspended."""
        if self.status != "SUSPENDED":
            return 0.0
        return min(1.0, max(0.0, 1 - (self.until - at) / timedelta(days=FAILING_DAYS)))


async def build_staff(ctx: DemoCtx) -> Mapping[str, Sequence[UUID]]:
    """Staff for each role, and an app of a partner; returns the staff's ids by role."""
    roles = {row["name"]: row["id"] for row in await ctx.fetch("select id, name from core_role")}
    at = ctx.now - timedelta(days=DAYS + 60)
    principals, staff = [], []
    for number, (role, name) in enumerate(STAFF):
        address = f"{role}{number}@staff.example.org"
        principals.append(principal(ctx, at, address, name))
        staff.append(
            {
                "id": ctx.new_id(at), **times(at), "name": name, "email": address, "is_active": True,
                "principal_id": principals[-1]["id"], "role_id": roles[role],
            }
        )  # fmt: skip
    principals.append(
        principal(ctx, at, "partner-portal", "Partner portal", kind="APP", granted=list(APP_GRANTS))
    )
    await ctx.insert(Principal, principals)
    await ctx.insert(Staff, staff)
    found: dict[str, list[UUID]] = defaultdict(list)
    for (role, _), row in zip(STAFF, staff, strict=True):
        found[role].append(row["id"])
    return found


async def build_providers(ctx: DemoCtx, scenes: Mapping[UUID, Scene]) -> list[Seller]:
    """Providers with members and the scenarios they serve; returns those that sell or sold."""
    random = ctx.random
    logins = await ctx.fetch(
        "select id, display_name, login from core_principal where login like 'customer%' order by id limit 200"
    )
    rows: list[dict[str, Any]] = []
    members: list[dict[str, Any]] = []
    principals: list[dict[str, Any]] = []
    servings: list[dict[str, Any]] = []
    sellers: list[Seller] = []
    for number, (city, name) in enumerate(
        _provider_names(ctx, max(PROVIDERS_WANTED, round(PROVIDERS_WANTED * ctx.scale)))
    ):
        kind = number % PROVIDERS_WANTED
        age = DAYS + 80 if number % 2 else random.randint(120, DAYS)
        status = STATUSES.get(kind, "APPROVED")
        if status in ("APPLIED", "IN_REVIEW"):
            age = random.randint(3, 20)
        elif status == "SUSPENDED":
            age = DAYS + 80
        at = ctx.now - timedelta(days=age, minutes=random.randint(0, 1_400))
        until = ctx.now if status == "APPROVED" else ctx.now - timedelta(days=random.randint(5, 40))
        id = ctx.new_id(at)
        is_reviewed = status not in ("APPLIED", "IN_REVIEW")
        rows.append(
            {
                "id": id,
                **times(at, at + (until - at) * 0.1 if is_reviewed else None, 3 if is_reviewed else 1),
                "name": name,
                "description": PROFILES.get(name, f"{name}, {city.name}.")
                if random.random() < 0.85
                else None,
                "status": status,
                "contact_email": f"provider{number:02}@example.org",
                "contact_phone": phone(random) if random.random() < 0.8 else None,
                "payout_account": f"XX{random.randint(10, 99)}{random.randint(10**15, 10**16 - 1)}",
                "review_note": NOTES.get(status),
                **place(city, ctx, street(random, city)),
            }
        )
        owner = ctx.new_id(at)
        for nth in range(random.randint(1, 4)):
            login = (
                dict(random.choice(logins))
                if nth == 0 and number % 8 == 3 and number < PROVIDERS_WANTED * 5
                else None
            )
            if login is None:
                login = principal(ctx, at, f"member{number:02}.{nth}@example.org", person(random, city.names))
                principals.append(login)
            members.append(
                {
                    "id": owner if nth == 0 else ctx.new_id(at), **times(at), "provider_id": id,
                    "principal_id": login["id"], "name": login["display_name"], "email": login["login"],
                    "role": ("OWNER", "MANAGER", "MEMBER", "MEMBER")[nth],
                }
            )  # fmt: skip
        wanted = [(one, scene) for one, scene in scenes.items() if scene.weight and scene.is_at(city)]
        served = random.sample(wanted, random.randint(1, 3))
        servings += [
            {"id": ctx.new_id(at), **times(at), "scenario_id": scenario_id, "provider_id": id}
            for scenario_id, _ in served
        ]
        if status in SELLING:
            sellers.append(
                Seller(
                    id=id, name=name, member_id=owner, status=status, since=at, until=until, city=city,
                    scenes=[scene for _, scene in served], weight=city.weight * random.uniform(0.5, 1.5),
                )
            )  # fmt: skip
    await ctx.insert(Provider, rows)
    await ctx.insert(Principal, principals)
    await ctx.insert(ProviderMember, members)
    await ctx.insert(ScenarioProvider, servings)
    ctx.progress("providers", len(rows))
    return sellers


def _provider_names(ctx: DemoCtx, count: int) -> Iterator[tuple[City, str]]:
    """Forty providers that were thought of, spread over the cities where their language is spoken; then more."""
    for language, names in PROVIDERS.items():
        cities = [city for city in CITIES if city.names == language]
        for number, name in enumerate(names):
            yield cities[number % len(cities)], name
    extra = ("Kontor", "Studio", "Collective", "Atelier", "Hof", "Works", "工坊")
    for number, name in enumerate(extra):
        yield CITIES[number], f"{CITIES[number].name} {name}"
    weights = [city.weight for city in CITIES]
    for _ in range(count - PROVIDERS_WANTED):
        city = ctx.random.choices(CITIES, weights)[0]
        yield city, trader(ctx.random, city.names)
