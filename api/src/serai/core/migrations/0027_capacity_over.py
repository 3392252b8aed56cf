"""Holds that ended long ago may be forgotten."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from serai.core.migrations import _capacity_over_sql as sql


class Migration(migrations.Migration):
    dependencies = [("core", "0026_ledger_in_one")]
    initial = False

    operations = [ops.RunSQL(sql.RULES, sql.RULES_REVERSE)]
