"""What can be searched keeps the words of its rows: columns the database writes itself, with an index each."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from serai.core.migrations._search_sql import FUNCTIONS, FUNCTIONS_REVERSE
from serai_sdk.orm import search_column


class Migration(migrations.Migration):
    dependencies = [("core", "0009_indexes")]
    initial = False

    operations = [
        ops.RunSQL(FUNCTIONS, FUNCTIONS_REVERSE),
        search_column("core_scenario", {"name": "A", "description": "B", "success": "C"}),
        search_column("core_provider", {"name": "A", "description": "B"}),
        search_column("core_offer", {"title": "A", "description": "B"}),
        search_column("core_customer", {"name": "A", "email": "B", "phone": "C", "phone_e164": "C"}),
        search_column("core_demand", {"note": "A"}),
        search_column("core_transaction", {"number": "A"}),
    ]
