"""What people write in the demo, in the language of their city, and what is sold is called in Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

from .cities import City

__all__ = ["CHINESE", "described", "said"]

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

DESCRIPTIONS: Final = {
    "Guided night hike": (
        "Two hours through the dark forest with a guide, head torches included.",
        "向导带队，夜里穿过森林两小时，提供头灯。",
    ),
    "Canoe hire": (
        "Canoes with paddles and life jackets, straight from the jetty.", "独木舟、船桨和救生衣，码头直接取用。",
    ),
    "Breakfast basket": (
        "Fresh rolls, jam, eggs and coffee at your tent by eight.", "新鲜面包、果酱、鸡蛋和咖啡，八点送到帐篷前。",
    ),
    "Campfire evening": (
        "Wood, bread on a stick and stories around the fire.", "备好木柴，围着篝火烤面包、讲故事。",
    ),
    "Cleaning by the hour": (
        "Kitchen, bathroom and floors, with products that are kind to allergies.",
        "厨房、浴室和地板，使用低敏清洁剂。",
    ),
    "Window cleaning": ("All windows inside and out, frames included.", "室内外玻璃连同窗框全部擦净。"),
    "Deep clean": (
        "For moving in or out: oven, fridge, limescale and behind the wardrobe.",
        "适合搬家前后：烤箱、冰箱、水垢和衣柜后面。",
    ),
    "Gardener by the hour": (
        "Mowing, weeding, watering: whatever the garden needs today.", "割草、除草、浇水，花园今天需要什么就做什么。",
    ),
    "Hedge cutting": ("The hedge cut straight, the cuttings taken away.", "绿篱修剪整齐，枝叶全部运走。"),
    "Spring planting": ("Beds dug over, bulbs and herbs planted.", "翻土，种下球根和香草。"),
    "Inspection": (
        "Brakes, gears, lights and tyres of your bicycle checked.", "检查自行车的刹车、变速、车灯和轮胎。",
    ),
    "Repair by the hour": (
        "Flat tyres, worn chains, e-bike batteries; parts at cost.", "补胎、换链条、电动车电池，零件按成本价。",
    ),
    "Wheel truing": ("A wobbling wheel made straight, broken spokes replaced.", "校直摇晃的车轮，更换断掉的辐条。"),
    "Portrait session": (
        "Portraits of the whole family, with grandparents, children and the dog.",
        "全家人像，爷爷奶奶、孩子和小狗一起。",
    ),
    "Album of twenty pictures": ("Twenty prints, bound in linen.", "二十张照片，亚麻布装订。"),
    "Single lesson": (
        "Forty-five minutes of conversation and grammar with a native speaker.",
        "与母语老师练会话和语法，四十五分钟。",
    ),
    "Double lesson": (
        "Ninety minutes: reading, listening and a good deal of talking.", "九十分钟，阅读、听力和大量口语。",
    ),
    "Examination training": (
        "Mock exams for Goethe, Cambridge, DELF, JLPT or HSK.", "歌德、剑桥、DELF、日语能力考和汉语水平考试的模拟考。",
    ),
    "Consultation": (
        "Tax returns, inheritance, pensions, contracts: bring your papers.", "报税、遗产、养老金、合同，请带上材料。",
    ),
    "Written opinion": ("A legal question answered on paper, signed and sealed.", "法律问题书面答复，签字盖章。"),
    "龙井品鉴（90分钟）": ("", "三款明前龙井，从采摘到冲泡。"),
    "茶艺入门课": ("", "学会用盖碗冲泡绿茶、乌龙和普洱。"),
    "茶室包场": ("", "安静的茶室，适合聚会和商务洽谈。"),
}  # fmt: skip
"""What a service is, in English and in Chinese, by its English title."""


def described(title: str, language: str) -> str:
    """What a service is, in Chinese where that is spoken and in English elsewhere."""
    english, chinese = DESCRIPTIONS[title]
    return chinese if language == "chinese" else english


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
