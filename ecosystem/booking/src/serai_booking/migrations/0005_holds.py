"""Nights that are held for a while before they are booked."""

from __future__ import annotations

from serai_booking.models import StayHoldStatus
from serai_sdk.orm import CheckConstraint, Index, RunSQL, fields, migrations, new_id
from serai_sdk.orm import Migration as BaseMigration

TIES = """
alter table booking_hold
  add constraint booking_hold_customer_exists
    foreign key (customer_id) references core_customer (id) on delete restrict;
"""

TIES_REVERSE = "alter table booking_hold drop constraint booking_hold_customer_exists;"


class Migration(BaseMigration):
    initial = False
    dependencies = [("booking", "0004_owners")]

    operations = [
        migrations.operations.CreateModel(
            name="StayHold",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id)),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("version", fields.IntField(default=1)),
                (
                    "stay",
                    fields.ForeignKeyField(
                        "booking.Stay",
                        source_field="stay_id",
                        to_field="id",
                        related_name="holds",
                        on_delete=fields.RESTRICT,
                    ),
                ),
                ("customer_id", fields.UUIDField()),
                ("check_in", fields.DateField()),
                ("check_out", fields.DateField()),
                ("guests", fields.IntField()),
                (
                    "status",
                    fields.CharEnumField(
                        enum_type=StayHoldStatus, default=StayHoldStatus.HELD, max_length=16
                    ),
                ),
                ("expires_at", fields.DatetimeField()),
            ],
            options={
                "table": "booking_hold",
                "app": "booking",
                "pk_attr": "id",
                "table_description": (
                    "That a customer has nights of a stay for a while, before they are booked: a hold of capacity "
                    "under the same id."
                ),
                "indexes": [
                    Index(fields=["stay_id", "check_in", "id"], name="booking_hold_stay"),
                    Index(fields=["customer_id", "expires_at", "id"], name="booking_hold_customer"),
                    Index(fields=["expires_at", "id"], name="booking_hold_expires"),
                ],
            },
            bases=["Model"],
        ),
        migrations.operations.AddConstraint(
            "StayHold",
            CheckConstraint(check='"check_out" > "check_in"', name="booking_hold_dates_valid"),
        ),
        migrations.operations.AddConstraint(
            "StayHold",
            CheckConstraint(check='"guests" > 0', name="booking_hold_guests_positive"),
        ),
        migrations.operations.AddConstraint(
            "StayHold",
            CheckConstraint(
                check="\"status\" in ('HELD', 'BOOKED', 'RELEASED')",
                name="booking_hold_status_valid",
            ),
        ),
        RunSQL(TIES, TIES_REVERSE),
    ]
