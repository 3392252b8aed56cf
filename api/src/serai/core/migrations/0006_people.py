"""Customers that are people: addresses, consents, tags, notes; what is known of personal columns."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from serai.core.migrations._phones import fill_numbers, leave


class Migration(migrations.Migration):
    dependencies = [("core", "0005_proposals")]
    initial = False

    operations = [
        ops.AddField("Customer", "phone_e164", fields.CharField(null=True, max_length=16)),
        ops.AddIndex("Customer", Index(fields=["phone_e164", "id"], name="core_customer_phone")),
        ops.RunPython(fill_numbers, leave),
    ]
