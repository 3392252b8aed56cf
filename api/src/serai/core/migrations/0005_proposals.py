"""Proposals, messages, and the history of a demand."""

from tortoise import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0004_forms")]
    initial = False

    operations = []
