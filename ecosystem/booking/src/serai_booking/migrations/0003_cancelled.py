"""Bookings whose transaction was cancelled when that did not cancel them yet: they are, and their nights free."""

from __future__ import annotations

from serai_sdk.orm import Migration as BaseMigration
from serai_sdk.orm import RunSQL

CANCEL = """
update core_capacity_hold h
set state = 'RELEASED', moved_at = serai_clock()
from booking_booking b
join core_transaction t on t.id = b.transaction_id
where b.id = h.id
  and b.status <> 'CANCELLED'
  and t.status = 'CANCELLED'
  and h.state in ('HELD', 'CONFIRMED');

update booking_booking b
set status = 'CANCELLED',
    cancelled_at = coalesce(t.cancelled_at, serai_now()),
    updated_at = serai_now(),
    version = b.version + 1
from core_transaction t
where t.id = b.transaction_id
  and b.status <> 'CANCELLED'
  and t.status = 'CANCELLED';
"""


class Migration(BaseMigration):
    initial = False
    dependencies = [("booking", "0002_capacity")]

    operations = [RunSQL(CANCEL, "select 1")]
