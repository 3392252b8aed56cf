"""External ids: what a row is called in the systems it came from."""

from tortoise import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0002_plugins")]
    initial = False

    operations = []
