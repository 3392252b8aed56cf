"""A ``Place`` as the columns it is stored in."""

from __future__ import annotations

from functools import cache
from typing import TypedDict
from zoneinfo import available_timezones

from serai_sdk import Place, UserError


@cache
def time_zones() -> frozenset[str]:
    """The IANA time zones there are; finding them reads many files."""
    return frozenset(available_timezones())


class Columns(TypedDict):
    """The columns of a place."""

    place_point_latitude: float | None
    place_point_longitude: float | None
    place_city_code: str | None
    place_address: str | None
    place_time_zone: str | None


def place_columns(place: Place | None, *, field: str = "place") -> Columns:
    """The columns of a place; ``UserError`` code ``INVALID`` if it is not on the earth."""
    point = place.point if place else None
    if point is not None and not (-90 <= point.latitude <= 90 and -180 <= point.longitude <= 180):
        raise UserError("INVALID", "There is no such point on the earth.", field=(field, "point"))
    city_code = place.city_code if place else None
    if city_code is not None and not (len(city_code) == 5 and city_code.isascii() and city_code.isalnum()):
        raise UserError(
            "INVALID", "A UN/LOCODE has five characters, such as DEBER.", field=(field, "cityCode")
        )
    time_zone = place.time_zone if place else None
    if time_zone is not None and time_zone not in time_zones():
        raise UserError(
            "INVALID", "This is not an IANA time zone such as Europe/Berlin.", field=(field, "timeZone")
        )
    return {
        "place_point_latitude": point.latitude if point else None,
        "place_point_longitude": point.longitude if point else None,
        "place_city_code": city_code.upper() if city_code else None,
        "place_address": place.address if place else None,
        "place_time_zone": time_zone,
    }
