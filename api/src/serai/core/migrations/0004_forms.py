"""Forms and their versions; scenarios have a form, answers a version."""

from tortoise import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0003_external_refs")]
    initial = False

    operations = []
