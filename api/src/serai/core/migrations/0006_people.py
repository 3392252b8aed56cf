"""Customers that are people: addresses, consents, tags, notes; what is known of personal columns."""

from tortoise import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0005_proposals")]
    initial = False

    operations = []
