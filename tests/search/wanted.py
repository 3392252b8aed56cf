"""Forty things people look for in the demo data, and what they expect to find first.

Written from reading the data, before anything was ranked. The first three rows found are looked at, in any order: each
shows one of the expected names, and where fewer than three are expected, nothing else is found.
"""

from __future__ import annotations

from typing import Final

WANTED: Final = (
    # who is there
    ("providers", "camp", ("Havelufer Camping", "Waldcamp Grünau")),
    ("providers", "campsite", ("Waldcamp Grünau",)),
    ("providers", "bike repair", ("Thames Spokes",)),
    ("providers", "cleaning", ("Bright & Clean", "Blitzblank Reinigung")),
    ("providers", "wedding photo", ("Fotostudio Lichtblick", "Fable Photography")),
    ("providers", "photography", ("Fable Photography", "Augenblick Fotografie")),
    ("providers", "zurich", ("Zürich Hof",)),
    ("providers", "MUNCHEN", ("München Collective",)),
    ("providers", "grünau camp", ("Waldcamp Grünau",)),
    ("providers", "tax for families", ("Steuerkanzlei Krämer",)),
    ("providers", "dogs", ("Pfotenglück Tierbetreuung", "Wagtails")),
    ("providers", "insurance advice", ("Northlight Advisers",)),
    ("providers", "露营", ("西湖露营地",)),
    ("providers", "西湖的露营地", ("西湖露营地",)),
    ("providers", "摄影", ("钱塘摄影",)),
    ("providers", "婚纱照", ("钱塘摄影",)),
    ("providers", "猫", ("西溪宠物之家",)),
    ("providers", "茶艺课", ("龙井茶艺课堂",)),
    ("providers", "工坊", ("New York 工坊",)),
    # what they do
    ("scenarios", "camping", ("Weekend camping",)),
    ("scenarios", "bicycles", ("Bike repair",)),
    ("scenarios", "hedges", ("Garden care",)),
    ("scenarios", "insurance", ("Expert advice",)),
    ("scenarios", "品茶", ("茶艺体验",)),
    ("scenarios", "茶艺师包场", ("茶艺体验",)),
    # what they sell, of every kind
    ("offers", "canoe", ("Canoe hire", "Canoe hire", "Canoe hire")),
    ("offers", "deep cleaning", ("Deep clean", "Deep clean", "Deep clean")),
    ("offers", "hedge cutting", ("Hedge cutting", "Hedge cutting", "Hedge cutting")),
    ("offers", "caravan with heating", ("Caravan", "Caravan", "Caravan")),
    ("offers", "e-bike", ("Repair by the hour", "Repair by the hour")),
    ("offers", "fern 5", ("Container Fern 5",)),
    ("offers", "spring planting for two", ("Spring planting for two",)),
    ("offers", "木屋", ("木屋", "木屋", "木屋")),
    ("offers", "星空营位", ("星空营位26号",)),
    ("offers", "竹林木屋", ("竹林木屋11号", "竹林木屋18号")),
    ("offers", "擦窗", ("擦窗服务",)),
    ("offers", "篝火", ("篝火晚会",)),
    ("offers", "养老金咨询", ("专家咨询",)),
    ("offers", "带厨房的房车", ("房车", "房车", "房车")),
    # who buys
    ("customers", "customer0012@example.org", ("Siân Patel",)),
)
