"""Names of people and companies, as people have them in the demo's cities."""

from __future__ import annotations

from random import Random
from typing import Final

GIVEN: Final = {
    "german": [
        "Anna",
        "Lukas",
        "Emma",
        "Jürgen",
        "Sophie",
        "Björn",
        "Käthe",
        "Maximilian",
        "Zoë",
        "Günther",
        "Lena",
        "Moritz",
        "Änne",
        "Ömer",
        "Ayşe",
        "Łukasz",
    ],
    "english": [
        "Olivia",
        "Noah",
        "Amelia",
        "George",
        "Aoife",
        "Siân",
        "Liam",
        "Chloë",
        "Renée",
        "Kofi",
        "Priya",
        "José",
        "Daniel",
        "Grace",
        "Harper",
        "Owen",
    ],
    "chinese": [
        "伟",
        "芳",
        "娜",
        "秀英",
        "敏",
        "静",
        "丽",
        "强",
        "磊",
        "洋",
        "艳",
        "勇",
        "军",
        "杰",
        "娟",
        "涛",
        "明",
        "超",
        "梓涵",
        "子轩",
    ],
    "japanese": ["陽菜", "蓮", "結衣", "大翔", "さくら", "悠真", "葵", "湊", "美咲", "翔太"],
    "arabic": ["فاطمة", "محمد", "نورة", "عبدالله", "مريم", "يوسف", "سارة", "خالد"],
}

FAMILY: Final = {
    "german": [
        "Müller",
        "Schmidt",
        "Schröder",
        "Weiß",
        "Fischer",
        "Krämer",
        "Wagner",
        "Süß",
        "Yılmaz",
        "Nowak",
        "Jäger",
        "von-Hülsen",
        "Groß",
        "Öztürk",
    ],
    "english": [
        "Smith",
        "O'Brien",
        "Okafor",
        "Patel",
        "García-Lopez",
        "Jones",
        "Brontë",
        "McAllister",
        "Singh",
        "Taylor",
        "Nuñez",
        "Walker",
    ],
    "chinese": ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "欧阳", "司马"],
    "japanese": ["佐藤", "鈴木", "高橋", "田中", "渡辺", "伊藤", "山本"],
    "arabic": ["الصباح", "العنزي", "المطيري", "الرشيدي", "العجمي"],
}

COMPANIES: Final = {
    "german": ("{} & Söhne GmbH", "Hausverwaltung {} KG", "{} Reisen GmbH"),
    "english": ("{} & Partners Ltd", "{} Estates", "The {} Company"),
    "chinese": ("{}氏科技有限公司", "{}家物业管理有限公司"),
    "japanese": ("株式会社{}商店", "{}不動産"),
    "arabic": ("شركة {} للتجارة",),
}

PROVIDERS: Final = {
    "german": (
        "Waldcamp Grünau", "Blitzblank Reinigung", "Gärtnerei Löwenzahn", "Radwerk Kreuzberg", "Fotostudio Lichtblick",
        "Sprachwerkstatt Süd", "Pfotenglück Tierbetreuung", "Havelufer Camping", "Sauber & Söhne", "Elbgarten",
        "Kettenhund Fahrräder", "Alpenblick Plätze", "Steuerkanzlei Krämer", "Augenblick Fotografie",
    ),
    "english": (
        "Thames Spokes", "Bright & Clean", "Greenfingers", "Fable Photography", "Hudson Lessons", "Wagtails",
        "Northlight Advisers", "Meadow & Mill",
    ),
    "chinese": ("西湖露营地", "杭州家洁", "龙井茶艺课堂", "钱塘摄影", "西溪宠物之家"),
    "japanese": ("高尾キャンプ場", "神田自転車", "みどり庭園", "ひかり写真館"),
    "arabic": ("مخيم الصحراء", "استوديو الخليج"),
}  # fmt: skip

PROFILES: Final = {
    "Waldcamp Grünau": "A quiet campsite in the forest by the river, with pitches for tents and caravans.",
    "Blitzblank Reinigung": "Offices and flats cleaned by a team of twelve, evenings and weekends too.",
    "Gärtnerei Löwenzahn": "A nursery with gardeners of its own: organic plants, hedges, balconies.",
    "Radwerk Kreuzberg": "Bicycle workshop in a backyard: city bikes, cargo bikes and e-bikes.",
    "Fotostudio Lichtblick": "A photo studio with daylight, for portraits, weddings and passports.",
    "Sprachwerkstatt Süd": "Language school: German, French and Japanese in small groups or one to one.",
    "Pfotenglück Tierbetreuung": "Dog walking, and cats looked after at home while you travel.",
    "Havelufer Camping": "Camping on the bank of the Havel, with a beach, canoes and a sauna.",
    "Sauber & Söhne": "Family business for windows, stairwells and carpets since 1962.",
    "Elbgarten": "Garden design, irrigation and roof terraces along the Elbe.",
    "Kettenhund Fahrräder": "Racing bicycles built and mended by hand.",
    "Alpenblick Plätze": "Pitches and cabins with a view of the Alps, open in winter.",
    "Steuerkanzlei Krämer": "Tax returns for families, freelancers and small companies.",
    "Augenblick Fotografie": "Newborn, family and maternity photography on location.",
    "Thames Spokes": "Bike repair on a houseboat; we collect from your office.",
    "Bright & Clean": "Eco-friendly home cleaning with the same cleaner every week.",
    "Greenfingers": "Lawns, roses and vegetable beds, looked after all year.",
    "Fable Photography": "Storytelling photographers for weddings and children.",
    "Hudson Lessons": "English, Spanish and Chinese teachers, online and in Manhattan.",
    "Wagtails": "Pet sitting and dog training by a veterinary nurse.",
    "Northlight Advisers": "Independent advice on pensions, insurance and mortgages.",
    "Meadow & Mill": "Glamping in an old water mill: yurts, a pond and a farm breakfast.",
    "西湖露营地": "西湖边的露营地，有帐篷营位、房车和星空篝火。",
    "杭州家洁": "家庭保洁、擦窗、地毯清洗，阿姨经过培训。",
    "龙井茶艺课堂": "在龙井村学习茶艺，品尝明前龙井。",
    "钱塘摄影": "全家福、婚纱照和儿童摄影，影棚和外景都可以。",
    "西溪宠物之家": "猫狗寄养、上门喂养和宠物美容。",
    "高尾キャンプ場": "高尾山のふもとのキャンプ場。テント、温泉、星空。",
    "神田自転車": "自転車の修理と点検。電動アシストも対応。",
    "みどり庭園": "庭の手入れ、植木の剪定、芝刈り。",
    "ひかり写真館": "七五三、成人式、家族写真の写真館。",
    "مخيم الصحراء": "مخيم في الصحراء مع خيام وجولات على الجمال",
    "استوديو الخليج": "تصوير العائلات والأعراس",
}  # fmt: skip
"""What the providers that were thought of say about themselves."""

TRADERS: Final = {
    "german": ("Gartenbau {}", "Reinigung {}", "{} Fahrräder", "Camping {}", "Foto {}", "Kanzlei {}", "Sprachen {}"),
    "english": ("{} Gardens", "{} Cycles", "{} Photography", "{} & Daughters Cleaning", "{} Camping", "{} Advice"),
    "chinese": ("{}家保洁服务", "{}氏园艺", "{}记单车维修", "{}家露营地", "{}氏摄影工作室", "{}老师语言课堂"),
    "japanese": ("{}園芸", "{}自転車", "{}写真館", "{}キャンプ場"),
    "arabic": ("خدمات {}", "مخيم {}", "استوديو {}"),
}  # fmt: skip

JOINED_BY: Final = {"chinese": "", "japanese": " "}


def person(random: Random, names: str) -> str:
    """A person's name in the order of its language."""
    given, family = random.choice(GIVEN[names]), random.choice(FAMILY[names])
    if names in JOINED_BY:
        return f"{family}{JOINED_BY[names]}{given}"
    return f"{given} {family}"


def company(random: Random, names: str) -> str:
    """A company's name."""
    return random.choice(COMPANIES[names]).format(random.choice(FAMILY[names]))


def trader(random: Random, names: str) -> str:
    """The name of somebody who sells something."""
    owner = random.choice(FAMILY[names]) if random.random() < 0.6 else person(random, names)
    return random.choice(TRADERS[names]).format(owner)
