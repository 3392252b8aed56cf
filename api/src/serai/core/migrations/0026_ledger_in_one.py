"""Entries are checked and added up by one statement of the database."""

from __future__ import annotations

from tortoise import migrations
from tortoise.migrations import operations as ops

from serai.core.migrations import _ledger_entered_sql as sql


class Migration(migrations.Migration):
    dependencies = [("core", "0021_capacity"), ("core", "0023_jobs_rights")]
    initial = False

    operations = [ops.RunSQL(sql.ENTERED, sql.ENTERED_REVERSE)]
