"""Offers and providers of a city come from an index."""

from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("core", "0032_capacity_graph")]
    initial = False

    operations = [
        ops.AddIndex("Offer", Index(fields=["place_city_code", "id"], name="core_offer_city")),
        ops.AddIndex("Provider", Index(fields=["place_city_code", "id"], name="core_provider_city")),
    ]
