"""Stays and bookings: their tables, the keys that tie them to the core, and the constraint that forbids overlaps."""

from __future__ import annotations

from serai_booking.models import NO_OVERLAP, BookingStatus, StayType
from serai_sdk.orm import (
    CheckConstraint,
    Index,
    RunSQL,
    UniqueConstraint,
    fields,
    migrations,
    new_id,
)
from serai_sdk.orm import (
    Migration as BaseMigration,
)

TIES = """
alter table booking_stay
  add constraint booking_stay_offer foreign key (id) references core_offer (id) on delete restrict;

alter table booking_booking
  add constraint booking_booking_customer_exists
    foreign key (customer_id) references core_customer (id) on delete restrict,
  add constraint booking_booking_transaction_exists
    foreign key (transaction_id) references core_transaction (id) on delete restrict;
"""

TIES_REVERSE = """
alter table booking_booking
  drop constraint booking_booking_transaction_exists,
  drop constraint booking_booking_customer_exists;

alter table booking_stay drop constraint booking_stay_offer;
"""

OVERLAP = f"""
create extension if not exists btree_gist;

alter table booking_booking
  add constraint {NO_OVERLAP}
    exclude using gist (stay_id with =, daterange(check_in, check_out) with &&)
    where (status <> 'CANCELLED');
"""

# The extension stays: others may use it.
OVERLAP_REVERSE = f"alter table booking_booking drop constraint {NO_OVERLAP};"


class Migration(BaseMigration):
    # Constraints are operations of their own: Tortoise 1.1 leaves those of a model's options out of PostgreSQL.
    initial = True
    dependencies = [("core", "0001_initial")]

    operations = [
        migrations.operations.CreateModel(
            name="Stay",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id)),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("version", fields.IntField(default=1)),
                ("stay_type", fields.CharEnumField(enum_type=StayType, max_length=16)),
                ("capacity", fields.IntField()),
                ("price_per_night_minor", fields.BigIntField()),
                ("price_per_night_currency", fields.CharField(max_length=3)),
                ("weekend_percent", fields.IntField(default=0)),
                ("high_season_percent", fields.IntField(default=0)),
                ("high_season_months", fields.JSONField(default=list)),
                ("amenities", fields.JSONField(default=list)),
                ("check_in_from", fields.CharField(default="15:00", max_length=5)),
            ],
            options={
                "table": "booking_stay",
                "app": "booking",
                "pk_attr": "id",
                "table_description": (
                    "What an offer of kind ``booking_stay`` has besides: the row has the offer's id."
                ),
                "indexes": [
                    Index(fields=["stay_type", "capacity", "id"], name="booking_stay_type_capacity"),
                    Index(fields=["capacity", "id"], name="booking_stay_capacity"),
                ],
            },
            bases=["Model"],
        ),
        migrations.operations.AddConstraint(
            "Stay",
            CheckConstraint(
                check="\"stay_type\" in ('PITCH', 'CARAVAN', 'CONTAINER', 'CABIN')",
                name="booking_stay_stay_type_valid",
            ),
        ),
        migrations.operations.AddConstraint(
            "Stay",
            CheckConstraint(check='"capacity" > 0', name="booking_stay_capacity_positive"),
        ),
        migrations.operations.AddConstraint(
            "Stay",
            CheckConstraint(
                check='"price_per_night_minor" >= 0 and "price_per_night_currency" ~ \'^[A-Z]{3}$\'',
                name="booking_stay_price_per_night_valid",
            ),
        ),
        migrations.operations.AddConstraint(
            "Stay",
            CheckConstraint(
                check=(
                    '"weekend_percent" between -100 and 1000 and "high_season_percent" between -100 and 1000'
                ),
                name="booking_stay_percents_valid",
            ),
        ),
        migrations.operations.AddConstraint(
            "Stay",
            CheckConstraint(
                check=(
                    "jsonb_typeof(\"amenities\") = 'array' and jsonb_typeof(\"high_season_months\") = 'array'"
                ),
                name="booking_stay_lists_listed",
            ),
        ),
        migrations.operations.AddConstraint(
            "Stay",
            CheckConstraint(
                check="\"check_in_from\" ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'",
                name="booking_stay_check_in_from_valid",
            ),
        ),
        migrations.operations.CreateModel(
            name="Booking",
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
                        related_name="bookings",
                        on_delete=fields.RESTRICT,
                    ),
                ),
                ("customer_id", fields.UUIDField()),
                ("transaction_id", fields.UUIDField()),
                ("check_in", fields.DateField()),
                ("check_out", fields.DateField()),
                ("guests", fields.IntField()),
                (
                    "status",
                    fields.CharEnumField(
                        enum_type=BookingStatus, default=BookingStatus.PLACED, max_length=16
                    ),
                ),
                ("total_minor", fields.BigIntField()),
                ("total_currency", fields.CharField(max_length=3)),
                ("cancelled_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "booking_booking",
                "app": "booking",
                "pk_attr": "id",
                "table_description": (
                    "That a customer has a stay from ``check_in``, its first night, until ``check_out``, "
                    "when it is free again."
                ),
                "indexes": [
                    Index(fields=["stay_id", "check_in", "id"], name="booking_booking_stay"),
                    Index(fields=["customer_id", "check_in", "id"], name="booking_booking_customer"),
                    Index(fields=["check_in", "id"], name="booking_booking_check_in"),
                    Index(fields=["status", "id"], name="booking_booking_status"),
                    Index(fields=["created_at", "id"], name="booking_booking_created"),
                ],
            },
            bases=["Model"],
        ),
        migrations.operations.AddConstraint(
            "Booking",
            UniqueConstraint(fields=("transaction_id",), name="booking_booking_transaction"),
        ),
        migrations.operations.AddConstraint(
            "Booking",
            CheckConstraint(check='"check_out" > "check_in"', name="booking_booking_dates_valid"),
        ),
        migrations.operations.AddConstraint(
            "Booking",
            CheckConstraint(check='"guests" > 0', name="booking_booking_guests_positive"),
        ),
        migrations.operations.AddConstraint(
            "Booking",
            CheckConstraint(
                check="\"status\" in ('PLACED', 'CONFIRMED', 'CANCELLED')",
                name="booking_booking_status_valid",
            ),
        ),
        migrations.operations.AddConstraint(
            "Booking",
            CheckConstraint(
                check='("status" = \'CANCELLED\') = ("cancelled_at" is not null)',
                name="booking_booking_times_fit_status",
            ),
        ),
        migrations.operations.AddConstraint(
            "Booking",
            CheckConstraint(
                check='"total_minor" >= 0 and "total_currency" ~ \'^[A-Z]{3}$\'',
                name="booking_booking_total_valid",
            ),
        ),
        RunSQL(TIES, TIES_REVERSE),
        RunSQL(OVERLAP, OVERLAP_REVERSE),
    ]
