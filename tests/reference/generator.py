"""Random queries from the schema: any selection, any arguments, with values of rows there are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from graphql import GraphQLSchema, get_named_type

from serai.viewers import ANONYMOUS

from .drafts import Draft, Name, Reference, Variable, written
from .executor import Reference as ReferenceExecutor
from .features import FEATURES, FORMS, HOMES, Coverage
from .filters import View
from .nouns import (
    LISTS,
    LOOKUPS,
    NOUNS,
    OFFER,
    ORDERS,
    TIMELINE,
    Asked,
    Computed,
    Count,
    Leaf,
    Many,
    Money,
    One,
    Order,
    Parts,
    Refs,
    Sum,
    id_of,
)
from .pages import PAGE, RANKED
from .rows import Row
from .searching import SEARCHED
from .sums import Sums

SELDOM_SEEN = ("Principal", "Staff", "Role", "Import", "ImportMapping", "Job", "ListenerCall", "Export")
PUBLIC = ("Scenario", "Provider", "Provider", "Offer", "Offer", "Service", "Stay", "Stay")
KINDS = ("Service", "Stay")
JSON_COLUMNS = frozenset(
    ("attributes", "answers", "personalAnswers", "snapshot", "columns", "settings", "payload", "actor")
)
LIST_COLUMNS = frozenset(("granted", "permissions", "amenities", "highSeasonMonths"))
EXTENSIONS = frozenset(("bookings", "bookingCount", "stays", "stayCount"))
NESTED = frozenset(one for one in FORMS if one.startswith("nested_") or one == "search_nested")
DEPTH = 4
ATTEMPTS = 12


@dataclass(frozen=True, slots=True)
class Query:
    """A document with variables, and the features it uses; ``again`` are its variables, to be drawn anew."""

    document: str
    variables: Mapping[str, Any]
    used: frozenset[str]
    again: Mapping[str, Variable] = field(default_factory=dict)
    is_repeat: bool = False

    def repeated(self, draw: Random) -> Query | None:
        """The same document with other variables: other values, or some left out."""
        values: dict[str, Any] = {}
        for name, one in self.again.items():
            if one.again is None or draw.random() < 0.3:
                values[name] = one.value
            elif draw.random() < 0.08 and not one.type.endswith("!"):
                continue
            else:
                values[name] = one.again()
        if values == self.variables:
            return None
        return replace(self, variables=values, is_repeat=True)


@dataclass(slots=True)
class Scope:
    """What is selected on one object already: response keys with what they stand for, and what is below them."""

    keys: dict[str, tuple[str, Scope]] = field(default_factory=dict)


class Generator:
    """Queries without end, from one seed; it asks for what earlier queries used least."""

    def __init__(
        self, schema: GraphQLSchema, reference: ReferenceExecutor, personas: Sequence[Any], seed: int
    ):
        self.schema = schema
        self.reference = reference
        self.personas = personas
        self.random = Random(seed)
        self.coverage = Coverage()
        self.made: list[Query] = []

    def next(self) -> Query:
        """One more query."""
        query = self._repeat() or self._new()
        self.coverage.add(query.used)
        if not query.is_repeat:
            self.made.append(query)
        return query

    def _repeat(self) -> Query | None:
        if self.random.random() > 0.12 or not self.made:
            return None
        earlier = self.random.choice(self.made[-60:])
        return earlier.repeated(self.random) if earlier.again else None

    def _new(self) -> Query:
        wishes = self._wishes()
        best: Query | None = None
        for _ in range(ATTEMPTS):
            draft = Draft(
                self.random,
                self.schema,
                self.reference.view(self.random.choice(self.personas)),
                self.reference.marks,
                set(wishes),
            )
            query = _Document(draft, self.reference.view(ANONYMOUS)).make()
            if wishes <= query.used:
                return query
            if best is None or len(wishes & query.used) > len(wishes & best.used):
                best = query
        assert best is not None
        return best

    def _wishes(self) -> set[str]:
        wishes = self._pair()
        if self.random.random() < 0.4:
            few = self.random.sample(FORMS, 6)
            wishes.add(min(few, key=lambda one: self.coverage.single[one]))
        return wishes

    def _pair(self) -> set[str]:
        missing = self.coverage.missing()
        if missing:
            rarest = min(self.random.sample(missing, min(len(missing), 8)), key=self._rarity)
            return set(rarest)
        return set(self.random.sample(FEATURES, 2))

    def _rarity(self, pair: tuple[str, str]) -> int:
        return sum(self.coverage.single[one] for one in pair)


class _Document:
    """Writes one document."""

    def __init__(self, draft: Draft, public: View) -> None:
        self.draft = draft
        self.public = public
        self.draw = draft.draw
        self.plain: dict[str, str] = {}
        self.size = 8
        self.kinds_made = 0
        self.asked_made = 0
        self.inside_asked = 0
        self.inside_entities = 0

    def make(self) -> Query:
        draft = self.draft
        scope = Scope()
        parts = []
        for noun, view in self.nouns():
            draft.view, kept = view, draft.view
            parts.append(self.root(noun, scope))
            draft.view = kept
        if self.draw.random() < 0.4:
            draft.view, kept = self.public, draft.view
            parts.append(self.lookup(self.draw.choice(("Scenario", "Provider", "Offer", "Stay")), scope))
            draft.view = kept
        if draft.want("node", 0.08):
            parts.append(self.node(scope))
        if draft.want("nodes", 0.08):
            parts.append(self.nodes(scope))
        if draft.want("entities", 0.08) or draft.want("entities_to_many", 0):
            parts.append(self.entities(scope))
        if self.draw.random() < 0.04:
            parts.append(self.viewer(scope))
        if self.draw.random() < 0.05:
            parts.append(self.typename(scope))
        self.draw.shuffle(parts)
        body = self.wrapped("Query", parts)
        text = "\n".join([body, *draft.fragments])
        for name in [one for one in draft.variables if not re.search(rf"\${one}\b", text)]:
            del draft.variables[name]
        declared = ", ".join(f"${name}: {one.type}" for name, one in draft.variables.items())
        head = f"query ({declared}) " if declared else self.draw.choice(("", "query ", "query Q "))
        document = "\n".join([f"{head}{{ {body} }}", *draft.fragments])
        variables = {name: one.value for name, one in draft.variables.items()}
        return Query(document, variables, frozenset(draft.used), dict(draft.variables))

    def nouns(self) -> list[tuple[str, View]]:
        """The nouns at the root, each with whose rows to ask for.

        Those at home where wishes come true, one that all may see, and now and then one that few may.
        """
        view = self.draft.view
        found: list[str] = []
        for wish in sorted(self.draft.wishes):
            homes = sorted(HOMES.get(wish, ()))
            if homes and not any(one in homes for one in found):
                found.append(self.draw.choice([one for one in homes if one in LISTS.values()]))
        roots = [(one, view) for one in found]
        if self.draw.random() < 0.97:
            public = [one for one in found if one in PUBLIC]
            roots = [one for one in roots if one[0] not in public]
            roots.append((public[0] if public else self.draw.choice(PUBLIC), self.public))
        if self.draw.random() < 0.35:
            seldom = [*sorted(set(LISTS.values()) - set(PUBLIC)), *SELDOM_SEEN]
            roots.append((self.draw.choice(seldom), view))
        return roots

    # -- roots

    def root(self, noun: str, scope: Scope) -> str:
        if noun in LOOKUPS.values() and self.draft.want("lookup", 0.12):
            return self.lookup(noun, scope)
        name = next(key for key, one in LISTS.items() if one == noun)
        more: dict[str, Any] = {}
        if noun == "Stay" and self.draft.want("argument", 0.3):
            self.draft.tag("argument")
            if self.draw.random() < 0.75:
                more["availableBetween"] = self.draft.argument("DateRange", self.period, share=0.3)
            if not more or self.draw.random() < 0.3:
                more["guests"] = self.draft.argument(
                    "Int", lambda: self.draw.choice((1, 2, 2, 4, 7)), share=0.3
                )
        default = ORDERS.get(noun, ())
        return self.connection(name, noun, self.draft.example(noun), default, 0, scope, more)

    def period(self) -> dict[str, str]:
        start = date(2025, 6, 1) + timedelta(days=self.draw.randrange(100))
        return {
            "start": start.isoformat(),
            "end": (start + timedelta(days=self.draw.choice((1, 2, 9)))).isoformat(),
        }

    def lookup(self, noun: str, scope: Scope) -> str:
        self.draft.tag("lookup")
        name = next(key for key, one in LOOKUPS.items() if one == noun)
        row = self.draft.example(noun) if self.draw.random() < 0.85 else self.draft.any_row(noun)
        row = row or self.draft.any_row(noun)
        given = self.draft.argument("ID!", lambda: id_of(noun, row), share=0.3)
        return self.field(name, {"id": given}, lambda inner: self.object(noun, row, 1, inner), scope)

    def id(self) -> str:
        """The id of anything; now and then of nothing."""
        noun = self.draw.choice(sorted(NOUNS))
        row = self.draft.example(noun) if self.draw.random() < 0.8 else self.draft.any_row(noun)
        if row is None or self.draw.random() < 0.05:
            return self.draw.choice(
                ("nonsense", f"xyz_{UUID(int=1).hex}", f"cus_{UUID(int=2).hex}", "cus_12", "")
            )
        return id_of(noun, row)

    def node(self, scope: Scope) -> str:
        self.draft.tag("node")
        given = self.draft.argument("ID!", self.id, share=0.4)
        return self.field("node", {"id": given}, self.anything, scope)

    def nodes(self, scope: Scope) -> str:
        self.draft.tag("nodes")

        def several() -> list[str]:
            found = [self.id() for _ in range(self.draw.choice((1, 3, 5)))]
            return [*found, found[0]] if self.draw.random() < 0.3 else found

        given = self.draft.argument("[ID!]!", several, share=0.4)
        return self.field("nodes", {"ids": given}, self.anything, scope)

    def representation(self) -> Any:
        """An entity as another subgraph knows it; now and then something that is none."""
        noun = self.draw.choice(sorted(NOUNS))
        row = self.draft.example(noun) if self.draw.random() < 0.8 else self.draft.any_row(noun)
        if row is None or self.draw.random() < 0.08:
            return self.draw.choice(
                (
                    {"__typename": "Costumer", "id": f"cus_{UUID(int=1).hex}"},
                    {"__typename": "Customer", "id": f"cus_{UUID(int=1).hex}"},
                    {"__typename": "Customer", "id": f"trx_{UUID(int=1).hex}"},
                    {"__typename": "Customer", "id": "cus_1"},
                    {"__typename": "Customer"},
                    {"id": f"cus_{UUID(int=1).hex}"},
                    "Customer",
                )
            )
        named = self.draw.choice(("Offer", "Service")) if noun in KINDS and self.draw.random() < 0.3 else noun
        given = {"__typename": named, "id": id_of(noun, row)}
        return {**given, "more": 1} if self.draw.random() < 0.1 else given

    def entities(self, scope: Scope) -> str:
        self.draft.tag("entities")

        def several() -> list[Any]:
            found = [self.representation() for _ in range(self.draw.choice((1, 3, 6)))]
            return [*found, found[0]] if self.draw.random() < 0.3 else found

        given = self.draft.argument("[_Any!]!", several, share=0.9)
        self.inside_entities += 1
        try:
            return self.field("_entities", {"representations": given}, self.any_entity, scope)
        finally:
            self.inside_entities -= 1

    def any_entity(self, scope: Scope) -> str:
        """A selection on ``_Entity``."""
        return self.anything(scope, on="_Entity")

    def anything(self, scope: Scope, on: str = "Node") -> str:
        """A selection on ``Node``, or on the union of all types that have a key."""
        parts = [self.typename(scope)]
        if on == "Node":
            parts.append(self.field("id", {}, None, scope))
        else:
            parts.append(f"... on Node {{ {self.field('id', {}, None, scope)} }}")
        for noun in self.draw.sample(sorted(NOUNS), 4):
            # of several types in one place: keys must not stand for two things
            parts.append(
                f"... on {noun} {{ {self.object(noun, self.draft.example(noun), 2, Scope(), alias=True)} }}"
            )
        self.draft.tag("inline_fragment")
        return self.wrapped(on, parts)

    def viewer(self, scope: Scope) -> str:
        def inside(inner: Scope) -> str:
            parts = [self.field("kind", {}, None, inner), self.field("permissions", {}, None, inner)]
            for name in ("customer", "provider", "staff"):
                noun = name.capitalize()
                parts.append(
                    self.field(name, {}, lambda far, noun=noun: self.object(noun, None, 2, far), inner)
                )
            return " ".join(parts)

        return self.field("viewer", {}, inside, scope)

    # -- selections

    def field(
        self,
        name: str,
        arguments: Mapping[str, Any],
        below: Callable[[Scope], str] | None,
        scope: Scope,
        *,
        alias: bool = False,
    ) -> str:
        """A field; aliased where its key is taken, or for a change."""
        text = name
        if arguments:
            text += f"({', '.join(f'{key}: {written(one)}' for key, one in arguments.items())})"
        key = name
        known = scope.keys.get(name)
        if alias or (known is not None and known[0] != text) or self.draft.want("alias", 0.05):
            key = self.draft.name("a")
            known = None
            text = f"{key}: {text}"
            self.draft.tag("alias")
        inner = known[1] if known is not None else Scope()
        scope.keys[key] = (text, inner)
        directives, is_dropped = self.directives()
        if below is None:
            return f"{text}{directives}"
        self.draft.muted += is_dropped
        made = f"{text}{directives} {{ {below(inner)} }}"
        if not arguments and not alias and key == name and self.draft.want("merged_fields", 0.03):
            self.draft.tag("merged_fields")
            made += f" {text} {{ {below(inner)} }}"
        self.draft.muted -= is_dropped
        return made

    def directives(self) -> tuple[str, bool]:
        """Perhaps ``@skip`` or ``@include``; and whether they drop what they stand on."""
        text, is_dropped = "", False
        for name, drops in (("skip", True), ("include", False)):
            if not self.draft.want(name, 0.015):
                continue
            self.draft.tag(name)
            holds = (self.draw.random() < 0.35) == drops
            value = self.draft.argument("Boolean!", lambda holds=holds: holds, share=0.5, fixed=True)
            if isinstance(value, Reference):
                flipped = self.draft.variables[value.name]
                flipped.again = lambda holds=holds: not holds
            text += f" @{name}(if: {written(value)})"
            is_dropped = is_dropped or holds == drops
        return text, is_dropped

    def typename(self, scope: Scope) -> str:
        self.draft.tag("typename")
        return self.field("__typename", {}, None, scope)

    def wrapped(self, type_: str, parts: list[str]) -> str:
        """The parts in an order of their own, some of them in fragments."""
        if len(parts) > 1 and self.draft.want("inline_fragment", 0.06):
            self.draft.tag("inline_fragment")
            cut = self.draw.randrange(1, len(parts))
            on = self.draw.choice(("", f"on {type_} "))
            directives, _ = self.directives() if self.draw.random() < 0.2 else ("", False)
            parts = [*parts[cut:], f"... {on}{directives.strip()} {{ {' '.join(parts[:cut])} }}"]
        if len(parts) > 1 and self.draft.want("named_fragment", 0.06):
            self.draft.tag("named_fragment")
            cut = self.draw.randrange(1, len(parts))
            name = self.draft.name("F")
            self.draft.fragments.append(f"fragment {name} on {type_} {{ {' '.join(parts[:cut])} }}")
            parts = [f"...{name}", *parts[cut:], *([f"...{name}"] if self.draw.random() < 0.1 else [])]
        return " ".join(parts)

    def object(self, noun: str, row: Row | None, depth: int, scope: Scope, *, alias: bool = False) -> str:
        """What is selected of a row; ``row`` is one that might be found there."""
        fields = NOUNS[noun]
        simple = [
            name
            for name, one in fields.items()
            if isinstance(one, Leaf | Computed | Count | Sum | Money | Parts | Refs)
        ]
        chosen = {
            self.draft.wished(simple, lambda name: shown_by(noun, name))
            for _ in range(self.draw.choice((1, 1, 2)))
        }
        parts = [self.simple(noun, name, scope, alias=alias) for name in sorted(chosen)]
        if self.draw.random() < 0.35:
            parts.append(self.field("id", {}, None, scope))
        if self.draft.want("typename", 0.08):
            parts.append(self.typename(scope))
        links = [name for name, one in fields.items() if isinstance(one, One | Many | Asked)]
        for share in (0.65, 0.2) if depth < DEPTH - 1 else (0.15,) if depth < DEPTH else ():
            if (
                links
                and self.size > 0
                and self.draw.random() < share - 0.15 * depth + 0.5 * bool(self.draft.wishes)
            ):
                self.size -= 1
                name = self.draft.wished(links, lambda one: shown_by(noun, one) | leads_to(noun, one, depth))
                parts.append(self.link(noun, name, row, depth, scope, alias=alias))
        if noun == "Offer":
            self.draft.tag("interface")
            if self.draft.want("kind_fragment", 0.5):
                parts.append(self.kinds(row, depth, scope, alias=alias))
        if noun in KINDS and self.draw.random() < 0.05:
            parts.append(
                f"... on {self.draw.choice(('Offer', 'Node'))} {{ {self.field('id', {}, None, scope)} }}"
            )
        if self.draw.random() < 0.05 and not alias:
            parts.append(self.reused(noun))
        self.draw.shuffle(parts)
        return self.wrapped(noun, parts)

    def reused(self, noun: str) -> str:
        """A fragment of plain columns that may be spread anywhere."""
        self.draft.tag("named_fragment")
        if noun not in self.plain:
            self.plain[noun] = name = self.draft.name("P")
            instants = ("createdAt", "at", "openedAt", "startsAt")
            at = next(one for one in instants if one in NOUNS.get(noun, OFFER))
            names = self.draw.choice(("id", f"id {at}", f"__typename {at}"))
            self.draft.fragments.append(f"fragment {name} on {noun} {{ {names} }}")
        return f"...{self.plain[noun]}"

    def kinds(self, row: Row | None, depth: int, scope: Scope, *, alias: bool) -> str:
        self.draft.tag("kind_fragment")
        self.kinds_made += not self.draft.muted
        made = []
        for kind in KINDS if self.draw.random() < 0.4 else (self.draw.choice(KINDS),):
            own = {name for name in NOUNS[kind] if name not in OFFER}
            names = [one for one in sorted(own) if not isinstance(NOUNS[kind][one], Many | Asked)]
            example = row if row is not None and row.noun == kind else self.draft.example(kind)
            parts = [
                self.simple(kind, name, scope, alias=alias)
                for name in self.draw.sample(names, self.draw.choice((1, 2)))
            ]
            links = [one for one in sorted(own) if isinstance(NOUNS[kind][one], Many | Asked)]
            if links and depth < DEPTH and self.draw.random() < 0.3 + 0.5 * bool(self.draft.wishes):
                name = self.draft.wished(links, lambda one, kind=kind: shown_by(kind, one))
                parts.append(self.link(kind, name, example, depth, scope, alias=alias))
            made.append(f"... on {kind} {{ {self.wrapped(kind, parts)} }}")
        return " ".join(made)

    def simple(self, noun: str, name: str, scope: Scope, *, alias: bool = False) -> str:
        """A field that is no link."""
        self.draft.tag(*shown_by(noun, name))
        type_: Any = self.draft.schema.type_map[noun]
        named_type: Any = get_named_type(type_.fields[name].type)
        below = None if not hasattr(named_type, "fields") else lambda inner: self.value(named_type, inner)
        return self.field(name, {}, below, scope, alias=alias)

    def value(self, type_: Any, scope: Scope) -> str:
        """Some parts of a value."""
        names = list(type_.fields)
        chosen = self.draw.sample(names, self.draw.randrange(1, len(names) + 1))
        parts = []
        for name in chosen:
            inner: Any = get_named_type(type_.fields[name].type)
            below: Any = None
            if inner.name == "Node":
                below = self.anything
            elif hasattr(inner, "fields"):
                below = lambda far, inner=inner: self.value(inner, far)  # noqa: E731 - one of three
            parts.append(self.field(name, {}, below, scope))
        if self.draw.random() < 0.1:
            parts.append(self.typename(scope))
        return self.wrapped(type_.name, parts)

    def link(self, noun: str, name: str, row: Row | None, depth: int, scope: Scope, *, alias: bool) -> str:
        one = NOUNS[noun][name]
        self.draft.tag(*shown_by(noun, name))
        match one:
            case One():
                far = row and self.draft.view.one(row, one)
                return self.field(
                    name, {}, lambda inner: self.object(one.noun, far, depth + 1, inner), scope, alias=alias
                )
            case Many():
                if depth >= 1:
                    self.draft.tag("nested_to_many")
                if self.inside_entities:
                    self.draft.tag("entities_to_many")
                linked = self.draft.view.many(row, one) if row is not None else []
                example = self.draw.choice(linked) if linked else None
                return self.connection(name, one.noun, example, one.order, depth + 1, scope, {}, alias=alias)
            case _:
                return self.asked(name, depth, scope, alias=alias)

    def asked(self, name: str, depth: int, scope: Scope, *, alias: bool) -> str:
        """The fields that Python answers."""
        self.asked_made += not self.draft.muted
        if self.asked_made > 1:
            self.draft.tag("batched_several")
        if depth >= 2:
            self.draft.tag("batched_deep")
        if self.inside_asked:
            self.draft.tag("batched_below_batched")
        self.inside_asked += 1
        try:
            return self.answered(name, depth, scope, alias=alias)
        finally:
            self.inside_asked -= 1

    def answered(self, name: str, depth: int, scope: Scope, *, alias: bool) -> str:
        """A field of one of the plug-ins."""
        if name == "timeline":
            return self.timeline(scope, alias=alias)
        if name.startswith("echo"):
            return self.echoed(name, depth, scope, alias=alias)
        if name == "alternatives":
            given = {"first": self.draft.argument("Int!", lambda: self.draw.choice((1, 2, 5)), share=0.3)}
            arguments = given if self.draw.random() < 0.6 else {}
            example = self.draft.example("Stay")
            return self.field(
                name,
                arguments,
                lambda inner: self.object("Stay", example, depth + 2, inner),
                scope,
                alias=alias,
            )
        period = self.period()
        arguments = {
            "checkIn": self.draft.argument("Date!", lambda: period["start"], share=0.2, fixed=True),
            "checkOut": self.draft.argument("Date!", lambda: period["end"], share=0.2, fixed=True),
        }
        if self.draw.random() < 0.5:
            arguments["guests"] = self.draft.argument("Int!", lambda: self.draw.choice((1, 2, 4)), share=0.3)
        type_: Any = self.draft.schema.type_map["StayQuote"]
        return self.field(name, arguments, lambda inner: self.value(type_, inner), scope, alias=alias)

    def echoed(self, name: str, depth: int, scope: Scope, *, alias: bool) -> str:
        """The fields of the plug-in that is here for them."""
        if name == "echoLocale":
            return self.field(name, {}, None, scope, alias=alias)
        if name == "echoSales":
            times = self.draft.argument("Int!", lambda: self.draw.choice((0, 1, 4)), share=0.3)
            type_: Any = self.draft.schema.type_map["EchoSale"]
            return self.field(
                name, {"times": times}, lambda inner: self.value(type_, inner), scope, alias=alias
            )
        arguments = {}
        if name == "echoBefore" and self.draw.random() < 0.5:
            arguments["first"] = self.draft.argument("Int!", lambda: self.draw.choice((1, 3)), share=0.3)
        example = self.draft.example("Customer")
        return self.field(
            name,
            arguments,
            lambda inner: self.object("Customer", example, depth + 1, inner),
            scope,
            alias=alias,
        )

    def timeline(self, scope: Scope, *, alias: bool) -> str:
        arguments: dict[str, Any] = {}
        if self.draw.random() < 0.7:
            arguments["first"] = self.draft.argument("Int!", lambda: self.draw.choice((1, 3, 100)), share=0.3)
        if self.draw.random() < 0.3:
            kinds = [one[3] for one in TIMELINE]
            arguments["kinds"] = self.draft.argument(
                "[String!]", lambda: self.draw.sample(kinds, self.draw.randrange(3)), share=0.3
            )
        if self.draw.random() < 0.2:
            row = self.draft.any_row("Transaction")
            at = row["placed_at"].isoformat().replace("+00:00", "Z")
            arguments["before"] = self.draft.argument("DateTime", lambda: at, share=0.3, fixed=True)
        type_: Any = self.draft.schema.type_map["Timeline"]
        return self.field("timeline", arguments, lambda inner: self.value(type_, inner), scope, alias=alias)

    # -- connections

    def connection(
        self,
        name: str,
        noun: str,
        row: Row | None,
        default: Order,
        depth: int,
        scope: Scope,
        more: Mapping[str, Any],
        *,
        alias: bool = False,
    ) -> str:
        arguments = {**more, **self.page(noun, default, depth)}
        is_wished = any(one.startswith("where") or one == "offers_where" for one in self.draft.wishes)
        if is_wished or self.draw.random() < (0.5, 0.4, 0.3, 0.2, 0.2, 0.2)[depth]:
            arguments["where"] = self.draft.where(noun, row)
        is_between = "after" in arguments or "before" in arguments
        is_sought = any(one.startswith("search_") for one in self.draft.wishes)
        if noun in SEARCHED and (self.draft.want("search", 0.06) or (is_sought and self.draw.random() < 0.9)):
            self.searched(noun, row, arguments, is_between=is_between)

        def below(inner: Scope) -> str:
            return self.listed(noun, row, depth, inner, is_between=is_between)

        kinds_made = self.kinds_made
        made = self.field(name, arguments, below, scope, alias=alias)
        if noun == "Offer" and self.kinds_made > kinds_made:
            self.tag_given(
                arguments, "offers", where=("where",), order=("orderBy",), cursor=("after", "before")
            )
        if depth > 0:
            self.tag_given(
                arguments, "nested", after=("after",), before=("before",), last=("last",), search=("search",)
            )
        return made

    def tag_given(self, arguments: Mapping[str, Any], prefix: str, **forms: Sequence[str]) -> None:
        """Tag the forms that a list with these arguments has."""
        for form, names in forms.items():
            if any(name in arguments for name in names):
                self.draft.tag("search_nested" if form == "search" else f"{prefix}_{form}")

    def searched(self, noun: str, row: Row | None, arguments: dict[str, Any], *, is_between: bool) -> None:
        """Search, in an order that is said or by how well rows match."""
        draft = self.draft
        if is_between and not isinstance(arguments.get("orderBy"), list):
            return
        if draft.want("search_ranked", 0.5) and not is_between:
            arguments.pop("orderBy", None)
            cursors = draft.marks.cursors_of(noun, RANKED)
            for one in ("after", "before"):
                if cursors and draft.want("search_ranked_cursor", 0.3):
                    # whatever was searched for: a cursor holds how well its row matched
                    arguments[one] = draft.argument("String", lambda: self.draw.choice(cursors), share=0.2)
                    draft.tag(one, "search_ranked_cursor")
            draft.tag("search_ranked")
            # with another order, or without a text, the cursors would be of another list
            draft.inside_variable += 1
            text = draft.search(noun, row)
            draft.inside_variable -= 1
            arguments["search"] = (
                draft.argument("String!", lambda: draft.search(noun, row), share=0.3)
                if self.draw.random() < 0.5
                else text
            )
        else:
            if not is_between:
                draft.inside_variable += 1
                arguments["orderBy"] = (
                    [{"id": Name("DESC")}] if self.draw.random() < 0.5 else draft.order(noun)
                )
                draft.inside_variable -= 1
            arguments["search"] = draft.argument("String", lambda: draft.search(noun, row), share=0.3)
        draft.tag("search", *(("search_where",) if "where" in arguments else ()))

    def page(self, noun: str, default: Order, depth: int) -> dict[str, Any]:
        """``first`` or ``last``, cursors, and an order."""
        draft = self.draft
        given: dict[str, Any] = {}
        is_short = depth > 0 and self.draw.random() < 0.8
        most = {1: 4, 2: 3}.get(depth, 2) if is_short else self.draw.choice((5, 12, PAGE))
        backward = draft.want("last", 0.12) or (depth > 0 and draft.want("nested_last", 0))
        if backward or draft.want("first", 0.5) or depth:
            size = draft.argument(
                "Int", lambda: self.draw.randrange(0 if self.draw.random() < 0.1 else 1, most + 1), share=0.1
            )
            given["last" if backward else "first"] = size
            draft.tag("last" if backward else "first")
        known = None
        wanted = [
            one
            for one in ("after", "before")
            if draft.want(one, 0.06)
            or (depth > 0 and draft.want(f"nested_{one}", 0))
            or (noun == "Offer" and draft.want("offers_cursor", 0))
        ]
        if wanted:
            known = draft.cursor(noun, default)
        if known is not None:
            order_by, cursors = known
            if order_by is not None:
                given["orderBy"] = order_by
                draft.tag("order_by")
            for one in wanted:
                given[one] = draft.argument("String", lambda: self.draw.choice(cursors), share=0.2)
                draft.tag(one)
        elif self.draw.random() < 0.3 or any(
            one.startswith("order") or one == "offers_order" for one in draft.wishes
        ):
            given["orderBy"] = draft.argument(f"[{noun}OrderBy!]", lambda: draft.order(noun), share=0.1)
            if (
                draft.inside_variable == 0
                and isinstance(given["orderBy"], list)
                and self.draw.random() < 0.05
            ):
                given["orderBy"] = given["orderBy"][0]
        return given

    def listed(self, noun: str, row: Row | None, depth: int, scope: Scope, *, is_between: bool) -> str:
        """What is selected of a connection; ``is_between``: its page begins or ends at a cursor."""
        draft = self.draft
        parts = []
        if draft.want("edges", 0.35):
            draft.tag("edges")

            def edge(inner: Scope) -> str:
                made = [self.field("node", {}, lambda far: self.object(noun, row, depth, far), inner)]
                if self.draw.random() < 0.7:
                    made.append(self.field("cursor", {}, None, inner))
                if self.draw.random() < 0.05:
                    made.append(self.typename(inner))
                self.draw.shuffle(made)
                return self.wrapped(f"{noun}Edge", made)

            parts.append(self.field("edges", {}, edge, scope))
        if not parts or draft.want("nodes_list", 0.1):
            draft.tag("nodes_list")
            parts.append(self.field("nodes", {}, lambda far: self.object(noun, row, depth, far), scope))
        if draft.want("page_info", 0.6 if is_between else 0.2):
            draft.tag("page_info")
            info: Any = draft.schema.type_map["PageInfo"]
            parts.append(self.field("pageInfo", {}, lambda inner: self.value(info, inner), scope))
        parts.extend(self.counted(noun, scope, is_nested=depth > 0))
        if self.draw.random() < 0.03:
            parts.append(self.typename(scope))
        self.draw.shuffle(parts)
        return self.wrapped(f"{noun}Connection", parts)

    def counted(self, noun: str, scope: Scope, *, is_nested: bool) -> list[str]:
        """Of a connection, what is said of all of its rows."""
        draft = self.draft
        parts: list[str] = []

        def wants(feature: str, share: float, form: str = "") -> bool:
            form = form or f"nested_{feature}"
            if not (draft.want(feature, share) or (is_nested and draft.want(form, 0))):
                return False
            draft.tag(feature, *((form,) if is_nested else ()))
            return True

        if wants("total_count", 0.15, "nested_total"):
            parts.append(self.field("totalCount", {}, None, scope))
        bounded = draft.want("bounded", 0.05)
        if wants("up_to", 0.5 * bounded):
            draft.tag("bounded")
            up_to = draft.argument("Int", lambda: self.draw.choice((1, 2, 3, 10, 1000)), share=0.2)
            parts.append(self.field("totalCount", {"upTo": up_to}, None, scope, alias=True))
        if draft.want("estimate", 0.5 * bounded):
            draft.tag("bounded", "estimate")
            estimate: Any = draft.schema.type_map["Estimate"]
            parts.append(self.field("estimate", {}, lambda inner: self.value(estimate, inner), scope))
        if wants("aggregate", 0.08):
            parts.append(self.field("aggregate", {}, lambda inner: self.aggregate(noun, inner), scope))
        is_wished = any(one.startswith("group_") or one == "having" for one in draft.wishes)
        if wants("groups", 0.9 if is_wished else 0.08):
            parts.append(self.groups(noun, scope))
        return parts

    def aggregate(self, noun: str, scope: Scope) -> str:
        """What is selected of an aggregate."""
        self.draft.tag("aggregate")
        type_: Any = self.draft.schema.type_map[f"{noun}Aggregate"]
        parts = []
        for name in self.draw.sample(list(type_.fields), self.draw.randrange(1, len(type_.fields) + 1)):
            if name == "count":
                parts.append(self.field(name, {}, None, scope))
                continue
            inside: Any = get_named_type(type_.fields[name].type)

            def below(inner: Scope, inside: Any = inside) -> str:
                return self.value(inside, inner)

            parts.append(self.field(name, {}, below, scope))
        return self.wrapped(f"{noun}Aggregate", parts)

    def groups(self, noun: str, scope: Scope) -> str:
        """Groups of a list, with a page of their own."""
        draft = self.draft
        draft.tag("groups")
        known = draft.group_cursor(noun) if draft.want("group_cursor", 0.12) else None
        by = draft.by(noun) if known is None else known[0]
        arguments: dict[str, Any] = {"by": by}
        if draft.inside_variable == 0 and not draft.variables and self.draw.random() < 0.1:
            arguments["by"] = draft.argument(f"[{noun}GroupBy!]!", lambda: by, share=1.0, fixed=True)
        if draft.want("having", 0.25):
            draft.tag("having")
            rows = draft.view.rows(noun)
            some = self.draw.sample(rows, min(len(rows), self.draw.randrange(1, 4)))
            arguments["having"] = draft.having(noun, Sums(draft.view, noun, some))
        if known is not None:
            if known[1]:
                arguments["orderBy"] = known[1]
            for one in self.draw.choice((("after",), ("before",), ("after", "before"))):
                arguments[one] = draft.argument("String", lambda: self.draw.choice(known[2]), share=0.2)
            draft.tag("group_cursor")
        elif draft.want("group_order", 0.4):
            draft.tag("group_order")
            arguments["orderBy"] = draft.group_order(noun, by)
        if self.draw.random() < 0.6:
            arguments[self.draw.choice(("first", "first", "last"))] = self.draw.choice((0, 1, 2, 5, 100))

        def group(inner: Scope) -> str:
            parts = [self.field("keys", {}, lambda far: _selected(by), inner)]
            if self.draw.random() < 0.6:
                parts.append(self.field("aggregate", {}, lambda far: self.aggregate(noun, far), inner))
            return " ".join(parts)

        def edge(inner: Scope) -> str:
            node = self.field("node", {}, group, inner)
            return f"{self.field('cursor', {}, None, inner)} {node}"

        def below(inner: Scope) -> str:
            parts = [self.field("nodes", {}, group, inner)]
            if self.draw.random() < 0.5:
                parts.append(self.field("edges", {}, edge, inner))
            if self.draw.random() < 0.3:
                parts.append(self.field("totalCount", {}, None, inner))
            if self.draw.random() < 0.3:
                info: Any = draft.schema.type_map["PageInfo"]
                parts.append(self.field("pageInfo", {}, lambda far: self.value(info, far), inner))
            return " ".join(parts)

        return self.field("groups", arguments, below, scope, alias=True)


def _selected(by: Sequence[Mapping[str, Any]]) -> str:
    """The keys that ``by`` names, each by an alias of its own where a key of two paths would be merged."""
    merged: dict[str, Any] = {}
    for one in by:
        at = merged
        given: Any = one
        while isinstance(given, Mapping) and "bucket" not in given:
            ((name, given),) = given.items()
            at = at.setdefault(name, {})
    return _written_keys(merged)


def _written_keys(keys: Mapping[str, Any]) -> str:
    return " ".join(f"{name} {{ {_written_keys(one)} }}" if one else name for name, one in keys.items())


def leads_to(noun: str, name: str, depth: int) -> set[str]:
    """The forms that a link of a noun leads to, a step further on."""
    one = NOUNS[noun][name]
    if isinstance(one, Asked):
        return {"batched_several", "batched_below_batched", *(("batched_deep",) if depth >= 2 else ())}
    assert isinstance(one, One | Many)
    shown = {"entities_to_many", *NESTED} if isinstance(one, Many) else set()
    if any(isinstance(far, Asked) for far in NOUNS[one.noun].values()):
        shown |= {"batched_several", "batched_below_batched", "batched_deep"}
    return shown


def shown_by(noun: str, name: str) -> set[str]:
    """The features that a field of a noun shows."""
    one = NOUNS[noun][name]
    shown = {"extension"} if name in EXTENSIONS and noun in ("Customer", "Provider") else set()
    match one:
        case Leaf():
            if name in JSON_COLUMNS:
                return {"json_scalar"}
            if name in LIST_COLUMNS:
                return {"list_column"}
            return {"json_value"} if name == "questions" else {"columns"}
        case Computed():
            return {"sql_field"}
        case Money():
            return {"money"}
        case Parts():
            return {"value_type"}
        case Refs():
            return {"refs"}
        case Count():
            return {*shown, "count_of"}
        case Sum():
            return {"sum_of"}
        case One():
            return {"to_one"}
        case Many():
            return {*shown, "to_many", "nested_to_many", *(("through",) if one.through else ())}
        case Asked():
            return {"batched"} if name in ("quote", "echoLocale") else {"batched", "batched_entities"}
