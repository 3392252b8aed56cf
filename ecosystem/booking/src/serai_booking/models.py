"""Tables of stays and bookings.

What refers to the core does so by id; the foreign keys behind it are made by the migration, so that this plug-in knows
the core's tables and published columns, not its models.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from serai_sdk.orm import CheckConstraint, Index, Model, StrEnum, UniqueConstraint, fields

NO_OVERLAP = "booking_booking_no_overlap"
"""The exclusion constraint: two live bookings of one stay share no night."""


class StayType(StrEnum):
    """What guests sleep in or on."""

    PITCH = "PITCH"
    CARAVAN = "CARAVAN"
    CONTAINER = "CONTAINER"
    CABIN = "CABIN"


class BookingStatus(StrEnum):
    """Where a booking is in its life; a cancelled one holds no nights."""

    PLACED = "PLACED"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


class StayHoldStatus(StrEnum):
    """Where a hold of nights is in its life; only ``HELD`` takes them, until its time is over."""

    HELD = "HELD"
    BOOKED = "BOOKED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"


class Stay(Model):
    """What an offer of kind ``booking_stay`` has besides: the row has the offer's id."""

    stay_type = fields.CharEnumField(StayType, max_length=16)
    capacity = fields.IntField()
    price_per_night_minor = fields.BigIntField()
    price_per_night_currency = fields.CharField(3)
    weekend_percent = fields.IntField(default=0)
    high_season_percent = fields.IntField(default=0)
    high_season_months: fields.Field[list[int]] = fields.JSONField(default=list)
    amenities: fields.Field[list[str]] = fields.JSONField(default=list)
    check_in_from = fields.CharField(5, default="15:00")

    class Meta:
        table = "booking_stay"
        indexes = (
            Index(fields=("stay_type", "capacity", "id"), name="booking_stay_type_capacity"),
            Index(fields=("capacity", "id"), name="booking_stay_capacity"),
        )
        constraints = (
            CheckConstraint(
                check="\"stay_type\" in ('PITCH', 'CARAVAN', 'CONTAINER', 'CABIN')",
                name="booking_stay_stay_type_valid",
            ),
            CheckConstraint(check='"capacity" > 0', name="booking_stay_capacity_positive"),
            CheckConstraint(
                check='"price_per_night_minor" >= 0 and "price_per_night_currency" ~ \'^[A-Z]{3}$\'',
                name="booking_stay_price_per_night_valid",
            ),
            CheckConstraint(
                check='"weekend_percent" between -100 and 1000 and "high_season_percent" between -100 and 1000',
                name="booking_stay_percents_valid",
            ),
            CheckConstraint(
                check="jsonb_typeof(\"amenities\") = 'array' and jsonb_typeof(\"high_season_months\") = 'array'",
                name="booking_stay_lists_listed",
            ),
            CheckConstraint(
                check="\"check_in_from\" ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'",
                name="booking_stay_check_in_from_valid",
            ),
        )


class Booking(Model):
    """That a customer has a stay from ``check_in``, its first night, until ``check_out``, when it is free again."""

    stay: fields.ForeignKeyRelation[Stay] = fields.ForeignKeyField(
        "booking.Stay", related_name="bookings", on_delete=fields.RESTRICT
    )
    stay_id: UUID
    customer_id = fields.UUIDField()
    transaction_id = fields.UUIDField()
    check_in: fields.Field[date] = fields.DateField()
    check_out: fields.Field[date] = fields.DateField()
    guests = fields.IntField()
    status = fields.CharEnumField(BookingStatus, max_length=16, default=BookingStatus.PLACED)
    total_minor = fields.BigIntField()
    total_currency = fields.CharField(3)
    cancelled_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)

    class Meta:
        table = "booking_booking"
        indexes = (
            Index(fields=("stay_id", "check_in", "id"), name="booking_booking_stay"),
            Index(fields=("customer_id", "check_in", "id"), name="booking_booking_customer"),
            Index(fields=("check_in", "id"), name="booking_booking_check_in"),
            Index(fields=("status", "id"), name="booking_booking_status"),
            Index(fields=("created_at", "id"), name="booking_booking_created"),
        )
        constraints = (
            UniqueConstraint(fields=("transaction_id",), name="booking_booking_transaction"),
            CheckConstraint(check='"check_out" > "check_in"', name="booking_booking_dates_valid"),
            CheckConstraint(check='"guests" > 0', name="booking_booking_guests_positive"),
            CheckConstraint(
                check="\"status\" in ('PLACED', 'CONFIRMED', 'CANCELLED')",
                name="booking_booking_status_valid",
            ),
            CheckConstraint(
                check='("status" = \'CANCELLED\') = ("cancelled_at" is not null)',
                name="booking_booking_times_fit_status",
            ),
            CheckConstraint(
                check='"total_minor" >= 0 and "total_currency" ~ \'^[A-Z]{3}$\'',
                name="booking_booking_total_valid",
            ),
        )


class StayHold(Model):
    """That a customer has nights of a stay for a while, before they are booked: a hold of capacity under the same id.

    A booking made of it has that id, too. That its time is over is told by the clock and written nowhere.
    """

    stay: fields.ForeignKeyRelation[Stay] = fields.ForeignKeyField(
        "booking.Stay", related_name="holds", on_delete=fields.RESTRICT
    )
    stay_id: UUID
    customer_id = fields.UUIDField()
    check_in: fields.Field[date] = fields.DateField()
    check_out: fields.Field[date] = fields.DateField()
    guests = fields.IntField()
    status = fields.CharEnumField(StayHoldStatus, max_length=16, default=StayHoldStatus.HELD)
    expires_at: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "booking_hold"
        indexes = (
            Index(fields=("stay_id", "check_in", "id"), name="booking_hold_stay"),
            Index(fields=("customer_id", "expires_at", "id"), name="booking_hold_customer"),
            Index(fields=("expires_at", "id"), name="booking_hold_expires"),
        )
        constraints = (
            CheckConstraint(check='"check_out" > "check_in"', name="booking_hold_dates_valid"),
            CheckConstraint(check='"guests" > 0', name="booking_hold_guests_positive"),
            CheckConstraint(
                check="\"status\" in ('HELD', 'BOOKED', 'RELEASED')", name="booking_hold_status_valid"
            ),
        )
