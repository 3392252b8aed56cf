"""What nights cost."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serai_booking.prices import PriceRules, by_price, nights, total
from serai_sdk import Money

THURSDAY = date(2027, 7, 1)


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


def prices(rules: PriceRules, check_in: date, check_out: date) -> list[int]:
    return [rules.price(night).minor for night in nights(check_in, check_out)]


def test_the_day_of_departure_is_no_night() -> None:
    assert list(nights(THURSDAY, THURSDAY + timedelta(days=2))) == [THURSDAY, THURSDAY + timedelta(days=1)]


def test_every_night_costs_the_same_without_rules() -> None:
    assert prices(PriceRules(per_night=euros(5_000)), THURSDAY, THURSDAY + timedelta(days=4)) == [5_000] * 4


def test_friday_and_saturday_nights_cost_what_the_weekend_does() -> None:
    rules = PriceRules(per_night=euros(10_000), weekend_percent=20)
    assert prices(rules, THURSDAY, THURSDAY + timedelta(days=4)) == [10_000, 12_000, 12_000, 10_000]


def test_percentages_of_weekend_and_season_add_up() -> None:
    rules = PriceRules(
        per_night=euros(10_000), weekend_percent=20, high_season_percent=25, high_season_months=(7,)
    )
    assert prices(rules, THURSDAY, THURSDAY + timedelta(days=2)) == [12_500, 14_500]


def test_the_season_ends_with_its_last_month() -> None:
    rules = PriceRules(per_night=euros(10_000), high_season_percent=50, high_season_months=[7])
    assert prices(rules, date(2027, 7, 31), date(2027, 8, 2)) == [15_000, 10_000]


@pytest.mark.parametrize(("minor", "percent", "expected"), [(1_050, 1, 1_061), (1_049, 1, 1_059), (3, 50, 5)])
def test_a_price_is_rounded_half_up_to_the_minor_unit(minor: int, percent: int, expected: int) -> None:
    rules = PriceRules(per_night=euros(minor), weekend_percent=percent)
    assert rules.price(THURSDAY + timedelta(days=1)) == euros(expected)


def test_no_discount_makes_a_price_negative() -> None:
    rules = PriceRules(
        per_night=euros(1_000), weekend_percent=-80, high_season_percent=-80, high_season_months=(7,)
    )
    assert rules.price(THURSDAY + timedelta(days=1)) == euros(0)


@given(
    start=st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)),
    count=st.integers(1, 60),
    minor=st.integers(0, 10_000_000),
    weekend=st.integers(-100, 300),
    season=st.integers(-100, 300),
    months=st.sets(st.integers(1, 12)),
)
def test_lines_by_price_hold_every_night_and_the_whole_price(
    start: date, count: int, minor: int, weekend: int, season: int, months: set[int]
) -> None:
    rules = PriceRules(
        per_night=Money(minor, "JPY"),
        weekend_percent=weekend,
        high_season_percent=season,
        high_season_months=months,
    )
    priced = [rules.price(night) for night in nights(start, start + timedelta(days=count))]
    lines = by_price(priced)
    assert sum(times for _, times in lines) == count
    assert sum(price.minor * times for price, times in lines) == total(priced).minor
    assert len({price for price, _ in lines}) == len(lines) <= 4
