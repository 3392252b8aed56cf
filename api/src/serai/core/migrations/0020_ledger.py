"""The ledger: accounts, transfers, entries, balances, and the rules the database keeps about them."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from . import _ledger_sql as sql


class Migration(migrations.Migration):
    dependencies = [("core", "0009_indexes")]
    initial = False

    operations = [ops.RunSQL(sql.TABLES + sql.RULES, sql.RULES_REVERSE)]
