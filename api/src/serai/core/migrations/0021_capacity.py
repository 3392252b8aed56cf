"""Capacity: resources, holds, what they claim, and the rules the database keeps about them."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from serai.core.migrations import _capacity_sql as sql


class Migration(migrations.Migration):
    dependencies = [("core", "0022_jobs")]
    initial = False

    operations = [
        ops.RunSQL(sql.TABLES, sql.TABLES_REVERSE),
        ops.RunSQL(sql.RULES, sql.RULES_REVERSE),
    ]
