"""The nights of stays are held by the engine of capacity: stays become its resources, live bookings its holds."""

from __future__ import annotations

from serai_sdk.orm import Migration as BaseMigration
from serai_sdk.orm import RunSQL

CARRY = """
insert into core_capacity_resource (id, kind, is_unit, measure, step_s, capacity, opened_at)
select id, 'booking.stay', true, 'DATE', 86400, 1, created_at
from booking_stay
on conflict do nothing;

with held as (
  insert into core_capacity_hold (id, state, content, at, moved_at)
  select id, 'CONFIRMED', '', created_at, created_at
  from booking_booking
  where status <> 'CANCELLED'
  on conflict do nothing
  returning id
)
insert into core_capacity_claim (hold_id, number, resource_id, starts_at, ends_at, quantity)
select b.id, 1, b.stay_id, b.check_in::timestamp at time zone 'UTC', b.check_out::timestamp at time zone 'UTC', 1
from held h
join booking_booking b on b.id = h.id;

update core_capacity_hold h
set state = 'RELEASED', moved_at = serai_clock()
from booking_booking b
where b.id = h.id
  and b.status = 'CANCELLED'
  and h.state = 'CONFIRMED';
"""

# What is held stays held; should this migration run again, it goes on from there.
CARRY_REVERSE = "select 1"


class Migration(BaseMigration):
    initial = False
    dependencies = [("booking", "0001_initial"), ("core", "0021_capacity")]

    operations = [RunSQL(CARRY, CARRY_REVERSE)]
