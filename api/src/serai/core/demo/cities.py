"""Where the demo platform is at home: cities with their currency and the names people have there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """A city; ``weight`` is its share of customers, ``names`` and ``locale`` those most people have there."""

    code: str
    name: str
    latitude: float
    longitude: float
    time_zone: str
    currency: str
    names: str
    locale: str
    weight: int
    streets: tuple[str, ...]


GERMAN: Final = ("Lindenstraße", "Mühlenweg", "Am Hafen", "Schönhauser Allee", "Kastanienweg", "Bäckergasse")
ENGLISH: Final = ("Baker Street", "Mill Lane", "Station Road", "Orchard Way", "Church Hill")
CHINESE: Final = ("南山路", "北山街", "文三路", "湖滨路", "中山东路")

CITIES: Final = (
    City(code="DEBER", name="Berlin", latitude=52.52, longitude=13.405, time_zone="Europe/Berlin", currency="EUR",
         names="german", locale="de-DE", weight=22, streets=GERMAN),
    City(code="DEHAM", name="Hamburg", latitude=53.551, longitude=9.994, time_zone="Europe/Berlin", currency="EUR",
         names="german", locale="de-DE", weight=14, streets=GERMAN),
    City(code="DEMUC", name="München", latitude=48.137, longitude=11.575, time_zone="Europe/Berlin", currency="EUR",
         names="german", locale="de-DE", weight=12, streets=GERMAN),
    City(code="ATVIE", name="Wien", latitude=48.208, longitude=16.372, time_zone="Europe/Vienna", currency="EUR",
         names="german", locale="de-AT", weight=8, streets=GERMAN),
    City(code="CHZRH", name="Zürich", latitude=47.377, longitude=8.541, time_zone="Europe/Zurich", currency="CHF",
         names="german", locale="de-CH", weight=8, streets=GERMAN),
    City(code="GBLON", name="London", latitude=51.507, longitude=-0.128, time_zone="Europe/London", currency="GBP",
         names="english", locale="en-GB", weight=10, streets=ENGLISH),
    City(code="USNYC", name="New York", latitude=40.713, longitude=-74.006, time_zone="America/New_York",
         currency="USD", names="english", locale="en-US", weight=6, streets=ENGLISH),
    City(code="CNHGH", name="杭州", latitude=30.274, longitude=120.155, time_zone="Asia/Shanghai", currency="CNY",
         names="chinese", locale="zh-CN", weight=10, streets=CHINESE),
    City(code="CNSHA", name="上海", latitude=31.23, longitude=121.474, time_zone="Asia/Shanghai", currency="CNY",
         names="chinese", locale="zh-CN", weight=9, streets=("南京西路", "愚园路", "淮海中路", "武康路")),
    City(code="CNCTU", name="成都", latitude=30.572, longitude=104.066, time_zone="Asia/Shanghai", currency="CNY",
         names="chinese", locale="zh-CN", weight=5, streets=("宽窄巷子", "春熙路", "玉林西路")),
    City(code="JPTYO", name="東京", latitude=35.676, longitude=139.65, time_zone="Asia/Tokyo", currency="JPY",
         names="japanese", locale="ja-JP", weight=7, streets=("青山通り", "神楽坂", "表参道")),
    City(code="KWKWI", name="الكويت", latitude=29.376, longitude=47.977, time_zone="Asia/Kuwait", currency="KWD",
         names="arabic", locale="ar-KW", weight=3, streets=("شارع الخليج", "شارع فهد السالم")),
)  # fmt: skip

EUROS: Final = {"EUR": 1.0, "CHF": 1.0, "GBP": 0.9, "USD": 1.1, "CNY": 8.0, "JPY": 160.0, "KWD": 0.33}
"""What a euro's worth costs in the currency, roughly."""
