"""What a query can use of the engine, and how often queries used it, alone and in pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations

from .nouns import LISTS, NOUNS, Asked, Computed, Count, Many, Money, One, Parts, Refs, Sum
from .searching import SEARCHED

FEATURES = (
    "columns list_column json_scalar json_value value_type money typename "
    "to_one to_many nested_to_many through refs extension sql_field count_of sum_of batched batched_entities "
    "interface kind_fragment node nodes entities lookup argument "
    "edges nodes_list page_info total_count first last after before "
    "alias named_fragment inline_fragment merged_fields skip include variables "
    "where_eq where_ne where_in where_not_in where_compare where_text where_is_null where_null where_id where_enum "
    "where_money where_value where_refs where_answers where_to_one where_some where_none where_every "
    "where_and where_or where_not where_kind search "
    "aggregate groups group_bucket having group_order where_aggregate order_aggregate bounded "
    "order_by order_several order_nulls order_money order_value order_to_one order_kind"
).split()

FORMS = (
    "where_sql where_to_one_deep order_sql order_to_one_deep order_far_aggregate "
    "group_to_one group_sql group_cursor "
    "search_where search_ranked search_ranked_cursor search_nested "
    "nested_after nested_before nested_last nested_total nested_up_to nested_aggregate nested_groups "
    "up_to estimate offers_where offers_order offers_cursor "
    "batched_deep batched_several batched_below_batched entities_to_many"
).split()
"""Features that meet in one place: counted by themselves, as each is a pair or more already."""

DEEP = 3
"""How many to-one steps are deep."""


def _having(*kinds: type) -> frozenset[str]:
    return frozenset(
        noun for noun, fields in NOUNS.items() if any(isinstance(one, kinds) for one in fields.values())
    )


def reaches(noun: str, steps: int) -> bool:
    """Whether that many to-one steps lead anywhere from a noun."""
    if steps == 0:
        return True
    return any(isinstance(one, One) and reaches(one.noun, steps - 1) for one in NOUNS[noun].values())


HOMES: dict[str, frozenset[str]] = {
    "list_column": frozenset(("Stay", "Principal", "Role")),
    "json_scalar": frozenset(("Customer", "Demand")),
    "json_value": frozenset(("FormVersion",)),
    "extension": frozenset(("Customer", "Provider")),
    **dict.fromkeys(("batched", "batched_entities"), frozenset(("Stay", "Customer", "Transaction"))),
    "argument": frozenset(("Stay",)),
    "interface": frozenset(("Offer",)),
    "kind_fragment": frozenset(("Offer",)),
    "through": frozenset(("Provider",)),
    **dict.fromkeys(("where_kind", "order_kind"), frozenset(("Offer",))),
    "search": frozenset(SEARCHED),
    **dict.fromkeys(("refs", "where_refs"), _having(Refs)),
    "where_answers": frozenset(("Demand",)),
    "sum_of": _having(Sum),
    "count_of": _having(Count),
    "sql_field": _having(Computed),
    "to_many": _having(Many),
    "nested_to_many": _having(Many) - {"Role"},
    **dict.fromkeys(("to_one", "where_to_one", "order_to_one"), _having(One)),
    **dict.fromkeys(
        ("where_some", "where_none", "where_every", "where_aggregate", "order_aggregate"), _having(Many)
    ),
    **dict.fromkeys(("money", "where_money", "order_money"), _having(Money)),
    **dict.fromkeys(("value_type", "where_value", "order_value"), _having(Parts)),
    **dict.fromkeys(("where_sql", "order_sql", "group_sql"), _having(Computed)),
    **dict.fromkeys(
        ("where_to_one_deep", "order_to_one_deep"),
        frozenset(noun for noun in LISTS.values() if reaches(noun, DEEP)),
    ),
    **dict.fromkeys(("order_far_aggregate", "group_to_one"), _having(One)),
    **dict.fromkeys(("search_where", "search_ranked", "search_ranked_cursor"), frozenset(SEARCHED)),
    **dict.fromkeys(("offers_where", "offers_order", "offers_cursor"), frozenset(("Offer",))),
    **dict.fromkeys(("batched_several", "batched_below_batched"), _having(Asked)),
    "where_enum": frozenset(NOUNS)
    - {
        "ScenarioProvider",
        "Role",
        "Staff",
        "Consent",
        "Tag",
        "CustomerTag",
        "CustomerNote",
        "FormVersion",
        "Event",
        "Import",
        "Job",
        "Export",
        "ListenerCall",
        "ImportMapping",
        "CapacityClaim",
        "CapacityBlackout",
    },
}
"""The nouns whose rows can show a feature, where not all can."""


@dataclass(slots=True)
class Coverage:
    """How many queries used each feature, and each pair of them."""

    single: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, used: Iterable[str]) -> None:
        """Count a query."""
        ordered = sorted(used)
        self.single.update(ordered)
        self.pairs.update(combinations(ordered, 2))

    def missing(self) -> list[tuple[str, str]]:
        """Pairs that no query has used."""
        return [pair for pair in combinations(sorted(FEATURES), 2) if not self.pairs[pair]]

    def rare(self, least: int) -> list[str]:
        """Features and forms that fewer than ``least`` queries have used."""
        return [one for one in (*FEATURES, *FORMS) if self.single[one] < least]
