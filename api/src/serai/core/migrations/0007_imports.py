"""Runs of imports and saved mappings."""

from tortoise import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0006_people")]
    initial = False

    operations = []
