"""The demo's scenarios: their forms, when they are wanted, and the services sold in them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any, Final

from .cities import City


def question(key: str, label: str, kind: str, **more: Any) -> dict[str, Any]:
    """A question as it is stored."""
    return {
        "key": key, "label": label, "kind": kind, "required": False, "choices": None, "minimum": None,
        "maximum": None, "personal": False, "help": None,
    } | more  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """A service; ``price`` is in euros."""

    title: str
    unit: str
    minutes: int | None
    price: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A scenario; ``season`` is how much it is wanted in each month, against the average."""

    slug: str
    name: str
    description: str
    success: str
    status: str
    weight: int
    season: tuple[float, ...]
    questions: tuple[dict[str, Any], ...]
    services: tuple[Sold, ...]
    names: str | None = None

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
            question("guests", "How many of you will come?", "NUMBER", required=True, minimum=1, maximum=20),
            question("equipment", "What do you bring?", "MANY", choices=["tent", "caravan", "van", "nothing"]),
            question("dog", "Will there be a dog?", "YES_NO"),
            question("plate", "Your number plate, for the barrier", "TEXT", personal=True, maximum=12),
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
            question("rooms", "How many rooms?", "NUMBER", required=True, minimum=1, maximum=30),
            question("rhythm", "How often?", "CHOICE", required=True, choices=["once", "weekly", "every two weeks"]),
            question("keys", "Where will the keys be?", "TEXT", personal=True, help="Only your cleaner will see this."),
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
            question("area", "How large is the garden, in square metres?", "NUMBER", required=True, minimum=5),
            question("jobs", "What is to be done?", "MANY", choices=["mow", "prune", "plant", "clear"], minimum=1),
            question("from", "From which day?", "DATE"),
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
            question("type", "What bicycle?", "CHOICE", required=True, choices=["city", "road", "cargo", "e-bike"]),
            question("fault", "What is wrong with it?", "TEXT", required=True, minimum=3, maximum=500),
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
            question("people", "How many people?", "NUMBER", required=True, minimum=1, maximum=40),
            question("where", "Where?", "CHOICE", choices=["studio", "outside", "at home"]),
            question("children", "Names and ages of children", "TEXT", personal=True),
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
            question("language", "Which language?", "CHOICE", required=True, choices=["de", "en", "fr", "ja", "zh"]),
            question("level", "Your level now?", "CHOICE", choices=["A1", "A2", "B1", "B2", "C1"]),
            question("online", "On the screen?", "YES_NO"),
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
            question("topic", "What about?", "CHOICE", required=True, choices=["tax", "law", "money", "insurance"]),
            question("question", "Your question", "TEXT", required=True, minimum=10),
            question("income", "Your yearly income", "NUMBER", personal=True, minimum=0),
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
            question("guests", "几位？", "NUMBER", required=True, minimum=1, maximum=30),
            question("tea", "想喝什么茶？", "CHOICE", choices=["龙井", "铁观音", "普洱", "都可以"]),
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
        questions=(question("animal", "What animal is it?", "TEXT", required=True),),
        services=(),
    ),
    Scene(
        slug="snow-clearing", name="Snow clearing", status="ARCHIVED", weight=0, season=WINTER,
        description="The pavement is clear before seven.",
        success="No fine, no fall.",
        questions=(question("metres", "How many metres of pavement?", "NUMBER", required=True, minimum=1),),
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
        "如何申报海外收入？",
    ),
    "animal": ("A cat",),
}


def answer(random: Random, asked: dict[str, Any], day: str) -> Any:
    """An answer to a question, such as a customer gives."""
    match asked["kind"]:
        case "NUMBER":
            least = int(asked["minimum"] or 0)
            return random.randint(least, int(asked["maximum"] or least + 200))
        case "CHOICE":
            return random.choice(asked["choices"])
        case "MANY":
            return sorted(random.sample(asked["choices"], random.randint(1, len(asked["choices"]))))
        case "DATE":
            return day
        case "YES_NO":
            return random.random() < 0.4
        case _:
            return random.choice(TEXTS[asked["key"]])
