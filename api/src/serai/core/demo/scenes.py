"""The demo's scenarios: their forms, when they are wanted, and the services sold in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final, TypeAlias
from uuid import UUID

from serai.core.forms.questions import LocalText, Question, QuestionChoice, QuestionKind

from .cities import City

TEXT, NUMBER, CHOICE, MANY = QuestionKind.TEXT, QuestionKind.NUMBER, QuestionKind.CHOICE, QuestionKind.MANY
DATE, YES_NO = QuestionKind.DATE, QuestionKind.YES_NO

Said: TypeAlias = tuple[str, str, str]
"""A text in English, German and Chinese."""


def question(
    key: str,
    said: Said,
    kind: QuestionKind,
    *,
    choices: Mapping[str, Said] | None = None,
    help: Said | None = None,
    **more: Any,
) -> Question:
    """A question in three languages, with bounds only where they are given."""
    usual: dict[str, Any] = {"required": False, "personal": False}
    usual |= dict.fromkeys(
        ("minimum", "maximum", "earliest", "latest", "least", "most", "range", "text_version", "show_if")
    )
    return Question(
        key=key,
        label=said[0],
        labels=_others(said),
        help=help[0] if help else None,
        helps=_others(help) if help else [],
        kind=kind,
        choices=[
            QuestionChoice(value=name, label=one[0], labels=_others(one)) for name, one in choices.items()
        ]
        if choices
        else None,
        **usual | more,
    )


def _others(said: Said) -> list[LocalText]:
    return [LocalText(locale=tag, text=text) for tag, text in zip(("de", "zh-Hans"), said[1:], strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """A service; ``price`` is in euros."""

    title: str
    unit: str
    minutes: int | None
    price: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A scenario; ``season`` is how much it is wanted in each month, against the average.

    ``form_version`` is the version of its form that is answered, once there is one.
    """

    slug: str
    name: str
    description: str
    success: str
    status: str
    weight: int
    season: tuple[float, ...]
    questions: tuple[Question, ...]
    services: tuple[Sold, ...]
    names: str | None = None
    form_version: UUID | None = None

    def is_at(self, city: City) -> bool:
        """Whether it is served there; ``names`` is the language of those it is for, if it is not for all."""
        return self.names is None or self.names == city.names


EVEN: Final = (1.0,) * 12
SUMMER: Final = (0.3, 0.3, 0.5, 0.9, 1.4, 1.8, 2.2, 2.1, 1.2, 0.7, 0.3, 0.3)
SPRING: Final = (0.4, 0.6, 1.5, 1.9, 1.7, 1.2, 0.9, 0.8, 1.0, 1.1, 0.5, 0.4)
WINTER: Final = (1.6, 1.4, 1.0, 0.8, 0.7, 0.6, 0.6, 0.6, 0.9, 1.1, 1.3, 1.4)

SCENES: Final = (
    Scene(
        slug="weekend-camping", name="Weekend camping", status="PUBLISHED", weight=20, season=SUMMER,
        description="Two or three nights outside, with or without a caravan.",
        success="The guests arrived, slept well and came back within a year.",
        questions=(
            question("guests", ("How many of you will come?", "Wie viele kommt ihr?", "一共几位？"), NUMBER,
                     required=True, minimum=1, maximum=20),
            question("equipment", ("What do you bring?", "Was bringt ihr mit?", "自带什么装备？"), MANY, choices={
                "tent": ("Tent", "Zelt", "帐篷"), "caravan": ("Caravan", "Wohnwagen", "拖挂房车"),
                "van": ("Camper van", "Wohnmobil", "自行式房车"), "nothing": ("Nothing", "Nichts", "不带装备"),
            }),
            question("dog", ("Will there be a dog?", "Kommt ein Hund mit?", "带狗吗？"), YES_NO),
            question("plate", ("Your number plate, for the barrier", "Kennzeichen für die Schranke", "车牌号"),
                     TEXT, personal=True, maximum=12),
        ),
        services=(
            Sold(title="Guided night hike", unit="SESSION", minutes=120, price=18),
            Sold(title="Canoe hire", unit="HOUR", minutes=60, price=14),
            Sold(title="Breakfast basket", unit="VISIT", minutes=None, price=11.5),
            Sold(title="Campfire evening", unit="SESSION", minutes=180, price=25),
        ),
    ),
    Scene(
        slug="home-cleaning", name="Home cleaning", status="PUBLISHED", weight=22, season=EVEN,
        description="Somebody comes and cleans, once or every week.",
        success="Done within the agreed hours, nothing to complain about.",
        questions=(
            question("rooms", ("How many rooms?", "Wie viele Zimmer?", "几个房间？"), NUMBER,
                     required=True, minimum=1, maximum=30),
            question("rhythm", ("How often?", "Wie oft?", "多久一次？"), CHOICE, required=True, choices={
                "once": ("Once", "Einmal", "一次"), "weekly": ("Every week", "Jede Woche", "每周"),
                "every two weeks": ("Every two weeks", "Alle zwei Wochen", "每两周"),
            }),
            question("keys", ("Where will the keys be?", "Wo liegt der Schlüssel?", "钥匙放在哪里？"), TEXT,
                     personal=True, help=("Only your cleaner sees this.", "Nur für die Reinigung.", "仅保洁员可见。")),
        ),
        services=(
            Sold(title="Cleaning by the hour", unit="HOUR", minutes=60, price=32),
            Sold(title="Window cleaning", unit="VISIT", minutes=120, price=79),
            Sold(title="Deep clean", unit="VISIT", minutes=360, price=219),
        ),
    ),
    Scene(
        slug="garden-care", name="Garden care", status="PUBLISHED", weight=14, season=SPRING,
        description="Mowing, pruning, planting, and the hedge nobody wants to cut.",
        success="The garden looks as agreed, and the waste is gone.",
        questions=(
            question("area", ("How large is the garden, in square metres?", "Wie groß ist der Garten, in m²?",
                              "花园多少平方米？"), NUMBER, required=True, minimum=5),
            question("jobs", ("What is to be done?", "Was ist zu tun?", "需要做什么？"), MANY, minimum=1, choices={
                "mow": ("Mow", "Mähen", "割草"), "prune": ("Prune", "Schneiden", "修剪"),
                "plant": ("Plant", "Pflanzen", "种植"), "clear": ("Clear", "Räumen", "清理"),
            }),
            question("from", ("From which day?", "Ab welchem Tag?", "从哪天起？"), DATE),
        ),
        services=(
            Sold(title="Gardener by the hour", unit="HOUR", minutes=60, price=41),
            Sold(title="Hedge cutting", unit="VISIT", minutes=180, price=135),
            Sold(title="Spring planting", unit="VISIT", minutes=240, price=189),
        ),
    ),
    Scene(
        slug="bike-repair", name="Bike repair", status="PUBLISHED", weight=14, season=SPRING,
        description="The bicycle is picked up, mended and brought back.",
        success="The bicycle runs, and costs what was said.",
        questions=(
            question("type", ("What bicycle?", "Was für ein Rad?", "什么自行车？"), CHOICE, required=True, choices={
                "city": ("City bike", "Stadtrad", "城市车"), "road": ("Road bike", "Rennrad", "公路车"),
                "cargo": ("Cargo bike", "Lastenrad", "货运车"), "e-bike": ("E-bike", "E-Bike", "电动车"),
            }),
            question("fault", ("What is wrong with it?", "Was fehlt ihm?", "哪里坏了？"), TEXT,
                     required=True, minimum=3, maximum=500),
        ),
        services=(
            Sold(title="Inspection", unit="VISIT", minutes=45, price=49),
            Sold(title="Repair by the hour", unit="HOUR", minutes=60, price=58),
            Sold(title="Wheel truing", unit="SESSION", minutes=30, price=22.5),
        ),
    ),
    Scene(
        slug="family-photos", name="Family photographs", status="PUBLISHED", weight=9, season=SUMMER,
        description="An hour with a photographer, in the studio or outside.",
        success="At least ten pictures the family wants to keep.",
        questions=(
            question("people", ("How many people?", "Wie viele Personen?", "几个人？"), NUMBER,
                     required=True, minimum=1, maximum=40),
            question("where", ("Where?", "Wo?", "在哪里拍？"), CHOICE, choices={
                "studio": ("In the studio", "Im Studio", "影棚"), "outside": ("Outside", "Draußen", "户外"),
                "at home": ("At home", "Zu Hause", "家里"),
            }),
            question("children", ("Names and ages of children", "Namen und Alter der Kinder", "孩子的名字和年龄"), TEXT,
                     personal=True),
        ),
        services=(
            Sold(title="Portrait session", unit="SESSION", minutes=60, price=149),
            Sold(title="Album of twenty pictures", unit="VISIT", minutes=None, price=89),
        ),
    ),
    Scene(
        slug="language-lessons", name="Language lessons", status="PUBLISHED", weight=12, season=WINTER,
        description="One to one, at your table or on the screen.",
        success="A level higher within half a year.",
        questions=(
            question("language", ("Which language?", "Welche Sprache?", "哪种语言？"), CHOICE, required=True, choices={
                "de": ("German", "Deutsch", "德语"), "en": ("English", "Englisch", "英语"),
                "fr": ("French", "Französisch", "法语"), "ja": ("Japanese", "Japanisch", "日语"),
                "zh": ("Chinese", "Chinesisch", "中文"),
            }),
            question("level", ("Your level now?", "Dein Niveau jetzt?", "目前的水平？"), CHOICE, choices={
                level: (level, level, level) for level in ("A1", "A2", "B1", "B2", "C1")
            }),
            question("online", ("On the screen?", "Am Bildschirm?", "线上上课？"), YES_NO),
        ),
        services=(
            Sold(title="Single lesson", unit="SESSION", minutes=45, price=35),
            Sold(title="Double lesson", unit="SESSION", minutes=90, price=64),
            Sold(title="Examination training", unit="SESSION", minutes=60, price=55),
        ),
    ),
    Scene(
        slug="expert-advice", name="Expert advice", status="PUBLISHED", weight=9, season=WINTER,
        description="Tax, law, money and insurance: an hour with somebody who knows.",
        success="The question is answered, in writing.",
        questions=(
            question("topic", ("What about?", "Worum geht es?", "咨询什么？"), CHOICE, required=True, choices={
                "tax": ("Tax", "Steuern", "税务"), "law": ("Law", "Recht", "法律"),
                "money": ("Money", "Geld", "理财"), "insurance": ("Insurance", "Versicherung", "保险"),
            }),
            question("question", ("Your question", "Deine Frage", "您的问题"), TEXT, required=True, minimum=10),
            question("income", ("Your yearly income", "Dein Jahreseinkommen", "年收入"), NUMBER,
                     personal=True, minimum=0),
        ),
        services=(
            Sold(title="Consultation", unit="HOUR", minutes=60, price=140),
            Sold(title="Written opinion", unit="VISIT", minutes=None, price=390),
        ),
    ),
    Scene(
        slug="tea-tasting", name="茶艺体验", status="PUBLISHED", weight=7, season=SPRING, names="chinese",
        description="与茶艺师一起品茶、学茶，可包场。",
        success="客人学会了冲泡一款茶，并愿意再来。",
        questions=(
            question("guests", ("How many of you?", "Wie viele seid ihr?", "几位？"), NUMBER,
                     required=True, minimum=1, maximum=30),
            question("tea", ("Which tea?", "Welcher Tee?", "想喝什么茶？"), CHOICE, choices={
                "longjing": ("Longjing", "Longjing", "龙井"), "tieguanyin": ("Tieguanyin", "Tieguanyin", "铁观音"),
                "puer": ("Pu'er", "Pu-Erh", "普洱"), "any": ("Any of them", "Egal welcher", "都可以"),
            }),
        ),
        services=(
            Sold(title="龙井品鉴（90分钟）", unit="SESSION", minutes=90, price=22),
            Sold(title="茶艺入门课", unit="SESSION", minutes=120, price=36),
            Sold(title="茶室包场", unit="HOUR", minutes=60, price=58),
        ),
    ),
    Scene(
        slug="pet-sitting", name="Pet sitting", status="DRAFT", weight=0, season=SUMMER,
        description="Somebody looks after the cat while you are away.",
        success="The cat does not want to leave.",
        questions=(
            question("animal", ("What animal is it?", "Was für ein Tier?", "什么宠物？"), TEXT, required=True),
        ),
        services=(),
    ),
    Scene(
        slug="snow-clearing", name="Snow clearing", status="ARCHIVED", weight=0, season=WINTER,
        description="The pavement is clear before seven.",
        success="No fine, no fall.",
        questions=(
            question("metres", ("How many metres of pavement?", "Wie viele Meter Gehweg?", "多少米人行道？"), NUMBER,
                     required=True, minimum=1),
        ),
        services=(),
    ),
)  # fmt: skip

TEXTS: Final = {
    "plate": ("B-XY 421", "HH-AB 77", "浙A·12345", "ZH 90210"),
    "keys": ("With the neighbour on the left", "Im Blumentopf", "门垫下面"),
    "fault": ("The chain jumps", "Bremse quietscht", "刹车坏了", "A spoke is broken"),
    "children": ("Mia, 4 and Jonas, 7", "小明 6岁", "Zoë (9)"),
    "question": (
        "May I deduct my study at home?",
        "Lohnt sich eine Lebensversicherung?",
        "如何申报海外的投资收入？",
    ),
    "animal": ("A cat",),
}


def answer(random: Random, asked: Question, day: str) -> Any:
    """An answer to a question, such as a customer gives."""
    match asked.kind:
        case QuestionKind.NUMBER:
            least = int(asked.minimum or 0)
            return random.randint(least, int(asked.maximum or least + 200))
        case QuestionKind.CHOICE:
            return random.choice(_values(asked))
        case QuestionKind.MANY:
            values = _values(asked)
            return sorted(random.sample(values, random.randint(1, len(values))), key=values.index)
        case QuestionKind.DATE:
            return day
        case QuestionKind.YES_NO:
            return random.random() < 0.4
        case _:
            return random.choice(TEXTS[asked.key])


def _values(asked: Question) -> list[str]:
    return [choice.value for choice in asked.choices or ()]
