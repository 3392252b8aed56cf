"""Who is there: roles' staff, an app, customers, providers with their members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from serai.core.customers.models import Customer
from serai.core.principals.models import Principal
from serai.core.providers.models import Provider, ProviderMember, ScenarioProvider
from serai.core.staff.models import Staff
from serai_sdk import DemoCtx

from .cities import CITIES, City
from .names import PROVIDERS, company, person
from .scenes import Scene

DAYS: Final = 730
CUSTOMERS: Final = 2_000
CHANNELS: Final = ("web", "web", "web", "app", "app", "shop", "partner", "fair", None)

STAFF: Final = (
    ("operator", "Ingrid Sørensen"),
    ("operator", "Tomáš Novák"),
    ("reviewer", "Wang Xiaoli"),
    ("support", "Bärbel Groß"),
    ("support", "Kwame Mensah"),
    ("analyst", "Élodie Dubois"),
)

APP_GRANTS: Final = ("customers:read", "demands:read", "offers:read", "transactions:read")

STATUSES: Final = {
    5: "APPLIED", 11: "IN_REVIEW", 17: "SUSPENDED", 23: "SUSPENDED", 28: "LEFT", 34: "REJECTED", 38: "APPLIED",
}  # fmt: skip
"""Providers that are not approved, by their number."""

SELLING: Final = ("APPROVED", "SUSPENDED", "LEFT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """A customer that was made."""

    id: UUID
    name: str
    email: str | None
    phone: str | None
    joined: datetime
    city: City
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """A provider that was made."""

    id: UUID
    status: str
    since: datetime
    until: datetime
    city: City
    scenes: Sequence[Scene]
    weight: float


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


def street(ctx: DemoCtx, city: City) -> str:
    """An address in the city."""
    return f"{ctx.random.choice(city.streets)} {ctx.random.randint(1, 180)}, {city.name}"


def phone(ctx: DemoCtx) -> str:
    """A number nobody has."""
    return f"+999 {ctx.random.randint(100, 999)} {ctx.random.randint(100_000, 999_999)}"


async def build_staff(ctx: DemoCtx) -> None:
    """Staff for each role, and an app of a partner."""
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


async def build_customers(ctx: DemoCtx) -> list[Buyer]:
    """Customers that joined over two years, more from month to month; in the order they joined."""
    random = ctx.random
    start = ctx.now - timedelta(days=DAYS)
    joined = sorted(
        start + timedelta(days=DAYS * 0.995 * random.random() ** 0.7, seconds=random.randint(0, 40_000))
        if number >= 240
        else start - timedelta(days=random.uniform(1, 50))
        for number in range(CUSTOMERS)
    )
    joined = [min(at, ctx.now - timedelta(minutes=5)) for at in joined]
    buyers: list[Buyer] = []
    rows: list[Mapping[str, Any]] = []
    principals: list[Mapping[str, Any]] = []
    for number, at in enumerate(joined):
        city = random.choices(CITIES, [one.weight for one in CITIES])[0]
        is_company = random.random() < 0.08
        name = company(random, city.names) if is_company else person(random, city.names)
        address = f"customer{number:04}@example.org" if random.random() < 0.94 else None
        buyer = Buyer(
            id=ctx.new_id(at), name=name, email=address, phone=phone(ctx) if random.random() < 0.7 else None,
            joined=at, city=city, address=street(ctx, city),
        )  # fmt: skip
        login = principal(ctx, at, address, name) if address and random.random() < 0.35 else None
        if login is not None:
            principals.append(login)
        changed = random.random() < 0.3
        rows.append(
            {
                "id": buyer.id,
                **times(at, at + (ctx.now - at) * random.random() if changed else None, 2 if changed else 1),
                "name": name,
                "kind": "COMPANY" if is_company else "PERSON",
                "email": address,
                "phone": buyer.phone,
                "attributes": {"newsletter": random.random() < 0.5, "household": random.randint(1, 6)}
                if random.random() < 0.6
                else {},
                "locale": city.locale if random.random() < 0.9 else "en",
                "source_channel": random.choice(CHANNELS),
                "inviter_id": random.choice(buyers).id if buyers and random.random() < 0.15 else None,
                "principal_id": login["id"] if login else None,
            }
        )
        buyers.append(buyer)
    await ctx.insert(Principal, principals)
    await ctx.insert(Customer, rows)
    ctx.progress("customers", len(rows))
    return buyers


async def build_providers(ctx: DemoCtx, scenes: Mapping[UUID, Scene]) -> list[Seller]:
    """Providers with members and the scenarios they serve; returns those that sell or sold."""
    random = ctx.random
    wanted = [(one, scene) for one, scene in scenes.items() if scene.weight]
    logins = await ctx.fetch(
        "select id, display_name, login from core_principal where login like 'customer%' order by id"
    )
    rows: list[dict[str, Any]] = []
    members: list[dict[str, Any]] = []
    principals: list[dict[str, Any]] = []
    servings: list[dict[str, Any]] = []
    sellers: list[Seller] = []
    for number, (city, name) in enumerate(_provider_names()):
        age = DAYS + 80 if number % 2 else random.randint(120, DAYS)
        status = STATUSES.get(number, "APPROVED")
        if status in ("APPLIED", "IN_REVIEW"):
            age = random.randint(3, 20)
        at = ctx.now - timedelta(days=age, minutes=random.randint(0, 1_400))
        until = ctx.now if status == "APPROVED" else ctx.now - timedelta(days=random.randint(5, 40))
        id = ctx.new_id(at)
        is_reviewed = status not in ("APPLIED", "IN_REVIEW")
        rows.append(
            {
                "id": id,
                **times(at, at + (until - at) * 0.1 if is_reviewed else None, 3 if is_reviewed else 1),
                "name": name,
                "description": f"{name}, {city.name}." if random.random() < 0.85 else None,
                "status": status,
                "contact_email": f"provider{number:02}@example.org",
                "contact_phone": phone(ctx) if random.random() < 0.8 else None,
                "payout_account": f"XX{random.randint(10, 99)}{random.randint(10**15, 10**16 - 1)}",
                "review_note": "Papers complete." if is_reviewed else None,
                **place(city, ctx, street(ctx, city)),
            }
        )
        for nth in range(random.randint(1, 4)):
            login = dict(random.choice(logins)) if nth == 0 and number % 8 == 3 else None
            if login is None:
                login = principal(ctx, at, f"member{number:02}.{nth}@example.org", person(random, city.names))
                principals.append(login)
            members.append(
                {
                    "id": ctx.new_id(at), **times(at), "provider_id": id, "principal_id": login["id"],
                    "name": login["display_name"], "email": login["login"],
                    "role": ("OWNER", "MANAGER", "MEMBER", "MEMBER")[nth],
                }
            )  # fmt: skip
        served = random.sample(wanted, random.randint(1, 3))
        servings += [
            {"id": ctx.new_id(at), **times(at), "scenario_id": scenario_id, "provider_id": id}
            for scenario_id, _ in served
        ]
        if status in SELLING:
            sellers.append(
                Seller(
                    id=id, status=status, since=at, until=until, city=city,
                    scenes=[scene for _, scene in served], weight=city.weight * random.uniform(0.5, 1.5),
                )
            )  # fmt: skip
    await ctx.insert(Provider, rows)
    await ctx.insert(Principal, principals)
    await ctx.insert(ProviderMember, members)
    await ctx.insert(ScenarioProvider, servings)
    ctx.progress("providers", len(rows))
    return sellers


def _provider_names() -> list[tuple[City, str]]:
    """Forty providers, spread over the cities where their language is spoken."""
    found: list[tuple[City, str]] = []
    for language, names in PROVIDERS.items():
        cities = [city for city in CITIES if city.names == language]
        found += [(cities[number % len(cities)], name) for number, name in enumerate(names)]
    extra = ("Kontor", "Studio", "Collective", "Atelier", "Hof", "Works", "工坊")
    found += [(CITIES[number], f"{CITIES[number].name} {name}") for number, name in enumerate(extra)]
    return found
