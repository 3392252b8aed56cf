"""The reference executor: graphql-core with one plain resolver a field, over rows in memory.

It shares nothing with the engine but the text of the schema: graphql-core collects fields, coerces arguments and
carries nulls up; the resolvers know nouns, rules, filters, orders and pages by hand.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from uuid import UUID

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    execute_sync,
)

from serai.viewers import ANONYMOUS, Viewer

from .access import Access
from .filters import View
from .nouns import (
    EXPONENTS,
    LISTS,
    LOOKUPS,
    NOUNS,
    ORDERS,
    PREFIXES,
    TIMELINE,
    Asked,
    Computed,
    Count,
    Field,
    Leaf,
    Many,
    Money,
    One,
    Parts,
    Refs,
    Sum,
    id_of,
    is_held,
)
from .pages import Connection, Groups, Marks
from .rows import Row, Tables
from .sums import Sums

ID = re.compile(r"[a-z][a-z0-9]{1,7}_[0-9a-f]{32}")
READ: Mapping[str, Callable[[str], Any]] = {
    "Decimal": lambda given: Decimal(str(given)),
    "DateTime": lambda given: datetime.fromisoformat(given).astimezone(UTC),
    "Date": date.fromisoformat,
    "CurrencyCode": str,
}


@dataclass(slots=True)
class Asking:
    """One execution: who asks, and how many rows the answer shows."""

    view: View
    rows: int = 0

    def shown(self, row: Row | None) -> Row | None:
        if row is not None:
            self.rows += 1
        return row


@dataclass(frozen=True, slots=True)
class Answer:
    """What the reference answers: the data, errors as (path, code), and how many rows it shows."""

    data: Any
    errors: list[tuple[list[Any], str]]
    rows: int


@dataclass(slots=True)
class Reference:
    """Answers documents from rows in memory."""

    sdl: str
    tables: Tables
    marks: Marks = field(default_factory=Marks)
    schema: GraphQLSchema = field(init=False)
    _views: dict[Viewer, View] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.schema = build_schema(self.sdl)
        for type_ in self.schema.type_map.values():
            if isinstance(type_, GraphQLScalarType) and type_.name in READ:
                _reading(type_, READ[type_.name])
            elif isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
                for name, one in type_.fields.items():
                    one.resolve = self._resolver(type_.name, name)
        for name in ("Node", "Offer", "_Entity"):
            interface: Any = self.schema.type_map[name]
            interface.resolve_type = lambda row, *_: row.noun

    def view(self, viewer: Viewer) -> View:
        """What a viewer sees."""
        found = self._views.get(viewer)
        if found is None:
            found = self._views[viewer] = View(Access(self.tables, viewer))
        return found

    def execute(self, document: DocumentNode, variables: Mapping[str, Any], viewer: Viewer) -> Answer:
        """The answer as this viewer gets it."""
        asking = Asking(self.view(viewer))
        result = execute_sync(self.schema, document, context_value=asking, variable_values=dict(variables))
        errors = []
        for error in result.errors or ():
            if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
                raise error.original_error
            if "code" not in (error.extensions or {}):
                raise error
            errors.append((list(error.path or ()), str((error.extensions or {})["code"])))
        return Answer(result.data, errors, asking.rows)

    # -- resolvers

    def _resolver(self, type_name: str, name: str) -> Callable[..., Any] | None:
        if type_name == "Query":
            return self._root(name)
        if type_name in NOUNS:
            if name == "id":
                return lambda row, _info: id_of(type_name, row)
            return self._field(NOUNS[type_name].get(name))
        if type_name.endswith("GroupConnection"):
            return {
                "nodes": lambda page, _info: [group for _, group in page.page],
                "edges": lambda page, _info: [(page, *one) for one in page.page],
                "pageInfo": lambda page, _info: page.page_info(),
                "totalCount": lambda page, _info: len(page.found),
            }[name]
        if type_name.endswith("GroupEdge"):
            return {
                "cursor": lambda edge, _info: edge[0].cursor(edge[1]),
                "node": lambda edge, _info: edge[2],
            }[name]
        if type_name.endswith("Group"):
            return {"keys": lambda group, _info: group.keys, "aggregate": lambda group, _info: group.sums}[
                name
            ]
        if type_name.endswith("Aggregate"):
            if name == "count":
                return lambda sums, _info: len(sums.rows)
            return lambda sums, _info: (name, sums)
        if type_name.endswith("Distinct"):
            return lambda asked, _info: asked[1].distinct(name)
        if type_name.endswith(("Numbers", "Extremes")):
            return lambda asked, _info: _summed(asked[0], asked[1].leaf(asked[0], name))
        if type_name.endswith("Connection"):
            return {
                "nodes": lambda page, info: [info.context.shown(row) for _, row in page.page],
                "edges": lambda page, _info: [(page, *one) for one in page.page],
                "pageInfo": lambda page, _info: page.page_info(),
                "totalCount": lambda page, _info, upTo=None: (
                    len(page.found) if upTo is None else min(upTo, len(page.found))
                ),
                "estimate": lambda page, _info: (
                    dict.fromkeys(("count", "low", "high"), len(page.found)) | {"isExact": True}
                ),
                "aggregate": lambda page, _info: Sums(page.view, page.noun, page.found),
                "groups": lambda page, _info, **arguments: Groups(
                    page.view, self.marks, page.noun, page.found, (), arguments
                ),
            }[name]
        if type_name.endswith("Edge"):
            return {
                "cursor": lambda edge, _info: edge[0].cursor(edge[1]),
                "node": lambda edge, info: info.context.shown(edge[2]),
            }[name]
        if type_name == "Viewer":
            return self._viewer(name)
        return None

    def _field(self, field: Field | None) -> Callable[..., Any] | None:
        """How a field of a row is answered; ``None`` if the reference does not know it."""
        match field:
            case None:
                return None
            case Leaf() | Computed():
                return lambda row, info: _written(info.context.view.value(row, field))
            case Money():
                return lambda row, info: _money(info.context.view.money(row, field))
            case Parts(only_if=only_if):
                return lambda row, info: (
                    _parts(row, field) if info.context.view.is_told(row, only_if) else None
                )
            case Refs():
                return lambda row, info: info.context.view.refs(row, field)
            case One():
                return lambda row, info: info.context.shown(info.context.view.one(row, field))
            case Many():
                return lambda row, info, **arguments: Connection(
                    info.context.view,
                    self.marks,
                    field.noun,
                    info.context.view.many(row, field),
                    field.order,
                    arguments,
                )
            case Count():
                return lambda row, info: sum(map(field.which, _linked(info.context.view, row, field)))
            case Sum():
                return lambda row, info: sum(
                    one[field.column] for one in _linked(info.context.view, row, field)
                )
            case Asked():
                return getattr(self, f"_{field.method}")

    def _root(self, name: str) -> Callable[..., Any] | None:
        if name in LISTS:
            noun = LISTS[name]

            def rows(_root: Any, info: Any, **arguments: Any) -> Connection:
                view = info.context.view
                found = [row for row in view.rows(noun) if self._is_wanted(row, arguments)]
                return Connection(view, self.marks, noun, found, ORDERS.get(noun, ()), arguments)

            return rows
        if name in LOOKUPS:
            noun = LOOKUPS[name]
            return lambda _root, info, id: self._look_up(noun, id, info.context)
        if name == "node":
            return lambda _root, info, id: self._node(id, info.context)
        if name == "nodes":
            return lambda _root, info, ids: [self._node(one, info.context) for one in ids]
        if name == "_entities":
            return lambda _root, info, representations: [
                self._represented(one, info.context) for one in representations
            ]
        if name == "viewer":
            return lambda _root, info: info.context.view.access.viewer
        return None

    def _is_wanted(self, stay: Row, arguments: Mapping[str, Any]) -> bool:
        """Whether a stay is free and large enough; all bookings and holds count, whoever may see them."""
        guests, between = arguments.get("guests"), arguments.get("availableBetween")
        if guests is not None and stay["capacity"] < guests:
            return False
        return between is None or self._is_free(stay, between["start"], between["end"])

    def _is_free(self, stay: Row, start: date, end: date) -> bool:
        held = [one for one in self.tables.pointing("StayHold", "stay_id", stay.id) if is_held(one)]
        is_held_then = any(one["check_in"] < end and one["check_out"] > start for one in held)
        return not is_held_then and self._is_unbooked(stay, start, end)

    def _is_unbooked(self, stay: Row, start: date, end: date) -> bool:
        """Whether no booking is in the way; of this world's holds only bookings' have capacity, which quotes ask."""
        return not any(
            one["status"] != "CANCELLED" and one["check_in"] < end and one["check_out"] > start
            for one in self.tables.pointing("Booking", "stay_id", stay.id)
        )

    def _look_up(self, noun: str, text: str, asking: Asking) -> Row | None:
        row = self.tables.get(noun, UUID(_parted(text, PREFIXES[noun])))
        return asking.shown(row) if row is not None and asking.view.access.sees(row) else None

    def _node(self, text: str, asking: Asking) -> Row | GraphQLError | None:
        prefix = text.partition("_")[0]
        noun = next((noun for noun, one in PREFIXES.items() if one == prefix), None)
        if noun is None or not ID.fullmatch(text):
            return GraphQLError("There is no such id.", extensions={"code": "INVALID_ID"})
        row = self.tables.get(noun, UUID(_parted(text, prefix)))
        if row is None:
            return None
        if row.noun is None:
            is_seen = asking.view.access.offer(row)
            return GraphQLError("Gone.", extensions={"code": "PLUGIN_ABSENT"}) if is_seen else None
        return asking.shown(row) if asking.view.access.sees(row) else None

    def _represented(self, given: Any, asking: Asking) -> Row | GraphQLError | None:
        name = given.get("__typename") if isinstance(given, dict) else None
        if not isinstance(name, str):
            return GraphQLError("No representation.", extensions={"code": "BAD_USER_INPUT"})
        if not isinstance(given.get("id"), str) or not ID.fullmatch(given["id"]):
            return GraphQLError("No id.", extensions={"code": "INVALID_ID"})
        if name not in NOUNS:
            return GraphQLError("No such type.", extensions={"code": "BAD_USER_INPUT"})
        if given["id"].partition("_")[0] != PREFIXES[name]:
            return GraphQLError("Of another type.", extensions={"code": "INVALID_ID"})
        row = self.tables.get(
            name, UUID(_parted(given["id"], PREFIXES[name]))
        )  # of the kind it is asked for as
        return self._node(given["id"], asking) if row is not None else None

    def _viewer(self, name: str) -> Callable[..., Any]:
        if name == "kind":
            return lambda viewer, _info: viewer.kind.upper()
        if name == "permissions":
            return lambda viewer, _info: sorted(viewer.permissions)

        def acting(viewer: Viewer, info: Any) -> Row | None:
            row = self.tables.get(name.capitalize(), getattr(viewer, f"{name}_id"))
            seen = row is not None and info.context.view.access.sees(row)
            return info.context.shown(row) if seen else None

        return acting

    # -- fields of plug-ins

    def _quote(self, stay: Row, _info: Any, checkIn: date, checkOut: date, guests: int) -> Any:
        if checkOut <= checkIn or (checkOut - checkIn).days > 60:
            return GraphQLError("Not such a period.", extensions={"code": "BAD_USER_INPUT"})
        if guests > stay["capacity"]:
            return None
        currency = stay["price_per_night_currency"]
        nights = []
        for number in range((checkOut - checkIn).days):
            night = checkIn + timedelta(days=number)
            percent = Decimal(100)
            percent += stay["weekend_percent"] if night.isoweekday() in (5, 6) else 0
            percent += stay["high_season_percent"] if night.month in stay["high_season_months"] else 0
            exact = stay["price_per_night_minor"] * max(percent, Decimal(0)) / 100 + Decimal("0.5")
            nights.append((night.isoformat(), int(exact.to_integral_value(ROUND_FLOOR))))
        return {
            "nights": [{"night": night, "price": _minor(price, currency)} for night, price in nights],
            "total": _minor(sum(price for _, price in nights), currency),
            "isAvailable": self._is_unbooked(stay, checkIn, checkOut),
        }

    def _timeline(
        self,
        customer: Row,
        info: Any,
        first: int,
        after: str | None = None,
        kinds: list[str] | None = None,
        before: datetime | None = None,
    ) -> Any:
        view = info.context.view
        if not view.is_told(customer, "customer_profile"):
            return None
        found = []
        for noun, column, instant, kind, title in TIMELINE:
            rows = [customer] if column == "id" else self.tables.pointing(noun, column, customer.id)
            for row in rows:
                is_wanted = (kinds is None or kind in kinds) and row[instant] is not None
                if is_wanted and (before is None or row[instant] < before) and view.access.sees(row):
                    found.append(((row[instant], kind, row.id), title, row))
        found.sort(key=lambda one: one[0], reverse=True)
        entries = [
            {
                "at": _written(at),
                "kind": kind,
                "title": title,
                "plugin": "booking" if kind.startswith("booking.") else "core",
                "cursor": _timeline_cursor(at, kind, id),
                "subject": info.context.shown(row),
            }
            for (at, kind, id), title, row in found
        ]
        if after is not None:
            here = [one["cursor"] for one in entries]
            entries = entries[here.index(after) + 1 :]
        return {
            "entries": entries[:first],
            "hasNextPage": len(entries) > first,
            "endCursor": entries[:first][-1]["cursor"] if entries[:first] else None,
        }

    def _echo_locale(self, customer: Row, info: Any) -> str | None:
        is_told = info.context.view.is_told(customer, "customer_profile")
        return f"in {customer['locale']}" if is_told else None

    def _echo_next(self, customer: Row, info: Any) -> Row | None:
        made = sorted(self.tables.all("Customer"), key=lambda one: one.id)
        found = made[(made.index(customer) + 1) % len(made)]
        return info.context.shown(found) if info.context.view.access.sees(found) else None

    def _echo_before(self, customer: Row, info: Any, first: int) -> list[Row]:
        made = sorted(self.tables.all("Customer"), key=lambda one: one.id, reverse=True)
        here = made.index(customer) + 1
        seen = info.context.view.access.sees
        return [info.context.shown(one) for one in made[here : here + first] if seen(one)]

    def _echo_customer(self, sale: Row, info: Any) -> Row | None:
        view = info.context.view
        return info.context.shown(view.one(sale, One("Customer", "customer_id")))

    def _echo_sales(self, sale: Row, info: Any, times: int) -> list[dict[str, Any] | None]:
        view = info.context.view
        total = _minor(sale["total_minor"], sale["total_currency"])
        return [
            None
            if turn == 2
            else {
                "number": sale["number"],
                "total": total if turn % 2 == 0 else None,
                "words": [sale["number"], None],
                "subject": info.context.shown(view.one(sale, One("Provider", "provider_id"))),
            }
            for turn in range(times)
        ]

    def _alternatives(self, stay: Row, info: Any, first: int) -> list[Row]:
        alike = [
            one
            for one in self.tables.all("Stay")
            if one["stay_type"] == stay["stay_type"]
            and one["capacity"] >= stay["capacity"]
            and one is not stay
            and one["place_city_code"] is not None
            and one["place_city_code"] == stay["place_city_code"]
            and self.view(ANONYMOUS).access.sees(one)
        ]
        nearest = sorted(alike, key=lambda one: (one["capacity"], one.id))[:first]
        return [info.context.shown(one) for one in nearest if info.context.view.access.sees(one)]


def _reading(type_: Any, read: Callable[[str], Any]) -> None:
    def literal(node: Any, _variables: Any = None) -> Any:
        return read(node.value)

    type_.parse_value = type_.coerce_input_value = read
    type_.parse_literal = type_.coerce_input_literal = literal


def _linked(view: View, row: Row, field: Count | Sum) -> list[Row]:
    assert row.noun is not None
    link = NOUNS[row.noun][field.link]
    assert isinstance(link, Many)
    return view.many(row, link)


def _written(value: Any) -> Any:
    """A column as JSON has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return value


def _money(value: tuple[Decimal, str] | None) -> dict[str, str] | None:
    return None if value is None else {"amount": format(value[0], "f"), "currency": value[1]}


def _summed(name: str, value: Any) -> Any:
    """A sum, average or extreme as JSON has it: decimals in quotes, averages without zeros that say nothing."""
    if isinstance(value, dict):
        return [_money((amount, code)) for code, amount in value.items()]
    if isinstance(value, Decimal) and name == "avg":
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return _written(value)


def _minor(minor: int, currency: str) -> dict[str, str] | None:
    return _money((Decimal(minor).scaleb(-EXPONENTS[currency]), currency))


def _parts(row: Row, field: Parts) -> dict[str, Any] | None:
    made = {
        name: _parts(row, part) if isinstance(part, Parts) else row[part]
        for name, part in field.parts.items()
    }
    return None if all(one is None for one in made.values()) else made


def _timeline_cursor(at: datetime, kind: str, id: UUID) -> str:
    parts = ["timeline", at.astimezone(UTC).isoformat(), kind, id.hex]
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode()


def _parted(text: str, prefix: str) -> str:
    given, _, digits = text.partition("_")
    if given != prefix:
        raise GraphQLError("That is the id of something else.", extensions={"code": "INVALID_ID"})
    return digits
