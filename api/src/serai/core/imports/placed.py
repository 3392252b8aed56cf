"""The fields of a place: of whatever is somewhere."""

from __future__ import annotations

from typing import Final

from serai.core.places import place_columns
from serai_sdk import Place, UserError
from serai_sdk.values import Point

from .cells import degrees, remembered, text
from .fields import Field
from .noun import Kept, Values, plain
from .problems import Unfit

PLACE_FIELDS: Final = (
    Field(
        name="latitude",
        description="Degrees north; together with the longitude.",
        parser=lambda _: degrees(90),
        words=("lat", "breite", "breitengrad", "纬度"),
        is_text=False,
    ),
    Field(
        name="longitude",
        description="Degrees east.",
        parser=lambda _: degrees(180),
        words=("lon", "lng", "long", "länge", "längengrad", "经度"),
        is_text=False,
    ),
    Field(
        name="cityCode",
        description="UN/LOCODE of the city, such as DEBER.",
        parser=lambda _: remembered(text(maximum=5)),
        words=("locode", "un/locode", "ortscode", "城市代码"),
    ),
    Field(
        name="address",
        description="The address as people write it.",
        parser=lambda _: text(maximum=1_000),
        words=("street address", "adresse", "anschrift", "地址"),
    ),
    Field(
        name="timeZone",
        description="IANA time zone, such as Europe/Berlin.",
        parser=lambda _: remembered(text(maximum=64)),
        words=("time zone", "zeitzone", "时区"),
    ),
)

PLACE_KEPT: Final = (
    Kept(column="place_point_latitude", fields=("latitude",), staged={"place_point_latitude": "float8"}),
    Kept(column="place_point_longitude", fields=("longitude",), staged={"place_point_longitude": "float8"}),
    Kept(column="place_city_code", fields=("cityCode",), staged={"place_city_code": "text"}),
    plain("place_address", "address"),
    plain("place_time_zone", "timeZone"),
)

NAMES: Final = frozenset(one.name for one in PLACE_FIELDS)
WANTED: Final = {
    "point": ("latitude", "degrees on the earth"),
    "cityCode": ("cityCode", "a UN/LOCODE of five characters, such as DEBER"),
    "timeZone": ("timeZone", "an IANA time zone such as Europe/Berlin"),
}


def place(values: Values) -> None:
    """Hold the parts of a place together, by the rule of the mutations."""
    latitude, longitude = values.get("latitude"), values.get("longitude")
    if (latitude is None) != (longitude is None):
        missing = "latitude" if latitude is None else "longitude"
        raise Unfit("REQUIRED", "both coordinates, or none", field=missing)
    point = (
        Point(latitude=latitude, longitude=longitude)
        if latitude is not None and longitude is not None
        else None
    )
    given = Place(
        point=point,
        city_code=values.get("cityCode"),
        address=values.get("address"),
        time_zone=values.get("timeZone"),
    )
    try:
        columns = place_columns(given)
    except UserError as error:
        part = error.field[-1] if error.field else "point"
        field, expected = WANTED[part]
        raise Unfit("NOT_A_PLACE", expected, field=field) from None
    values["cityCode"] = columns["place_city_code"]
