"""What people write in the demo, in the language of their city, and what is sold is called in Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

from .cities import City

__all__ = ["CHINESE", "said"]

CHINESE: Final = {
    "Guided night hike": "夜间徒步（含向导）", "Canoe hire": "独木舟租赁", "Breakfast basket": "早餐篮",
    "Campfire evening": "篝火晚会", "Cleaning by the hour": "钟点保洁", "Window cleaning": "擦窗服务",
    "Deep clean": "深度保洁", "Gardener by the hour": "园艺师（按小时）", "Hedge cutting": "绿篱修剪",
    "Spring planting": "春季种植", "Inspection": "全车检查", "Repair by the hour": "维修（按小时）",
    "Wheel truing": "车轮校正", "Portrait session": "人像拍摄", "Album of twenty pictures": "二十张相册",
    "Single lesson": "单节课", "Double lesson": "连堂课", "Examination training": "考试辅导",
    "Consultation": "专家咨询", "Written opinion": "书面意见",
    " for two": "（双人）", " plus": "（升级版）", " (early bird)": "（早鸟价）", "": "",
    "Travel expenses": "上门费",
}  # fmt: skip
"""Titles of what is sold, by their English ones."""

NOTES: Final = {
    "german": ("Bitte vorher anrufen.", "Nach fünf Uhr passt es immer.", "Wir haben einen kleinen Hund. 🐕"),
    "english": ("Please call before.", "Any time after five is fine.", "We have a small dog. 🐕"),
    "chinese": ("请提前联系。", "周末都可以。", "家里有一只小狗。🐕", "希望下午三点以后。"),
}
CANCELLED: Final = {
    "german": ("wurde nicht gebraucht", "zu teuer", "krank"),
    "english": ("changed plans", "too expensive", "ill", "weather"),
    "chinese": ("时间冲突", "计划有变", "价格太高"),
}
FAILED: Final = {
    "german": ("Niemand kam.", "Anbieter hat abgesagt."),
    "english": ("Nobody came.", "The provider called it off."),
    "chinese": ("没有人来。", "商家取消了。"),
}
REFUNDED: Final = {
    "german": ("Erstattet: nicht wie beschrieben.", "Erstattet: Termin verschoben."),
    "english": ("Refunded: not as described.", "Refunded: the date was moved."),
    "chinese": ("已退款：与描述不符。", "已退款：改期后不需要。"),
}
TERMS: Final = {
    "german": ("Anfahrt inbegriffen.", "Zahlbar nach der Arbeit.", "Material nach Aufwand."),
    "english": ("Travel included.", "Payable when it is done.", "Material at cost, weekends included."),
    "chinese": ("含上门费。", "完成后付款。", "材料费另计，周末不加价。"),
}
WITHDRAWN: Final = {
    "german": ("Ausgebucht.",), "english": ("Fully booked by now.", "Too far away."), "chinese": ("档期已满。",),
}  # fmt: skip
ASKS: Final = {
    "german": ("Geht es auch am Samstag?", "Ist die Anfahrt im Preis?", "Bringen Sie alles mit?"),
    "english": ("Would Saturday be possible?", "Is travel included?", "Do you bring what is needed?"),
    "chinese": ("周六可以吗？", "价格包含上门费吗？", "需要我准备什么吗？"),
}
ANSWERS: Final = {
    "german": ("Ja, gern.", "Das ist alles inbegriffen.", "Samstag ab neun Uhr."),
    "english": ("Yes, with pleasure.", "All of it is included.", "Saturday from nine."),
    "chinese": ("可以的。", "都包含在内。", "周六九点以后都可以。"),
}
STAFF_NOTES: Final = {
    "german": (
        "Ruft lieber an als zu schreiben.",
        "War mit der letzten Rechnung unzufrieden.",
        "Empfiehlt uns weiter.",
    ),
    "english": (
        "Prefers a call to an e-mail.",
        "Asked for an invoice with the company's address.",
        "Recommends us.",
    ),
    "chinese": ("喜欢微信联系。", "老客户，介绍过三位朋友。", "上次投诉已处理，请多关照。"),
}
TEXTS: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "note": NOTES,
    "cancelled": CANCELLED,
    "failed": FAILED,
    "refunded": REFUNDED,
    "terms": TERMS,
    "withdrawn": WITHDRAWN,
    "asks": ASKS,
    "answers": ANSWERS,
    "staff note": STAFF_NOTES,
}


def said(random: Random, what: str, city: City) -> str:
    """What somebody of that city writes; where we know no words of theirs they write English."""
    texts = TEXTS[what]
    return random.choice(texts.get(city.names, texts["english"]))
