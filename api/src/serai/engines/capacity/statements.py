"""The statements of capacity. Whoever writes locks the resources first, and then looks at the clock."""

from __future__ import annotations

from . import ranges

OPEN = """
insert into core_capacity_resource (id, kind, is_unit, measure, step_s, capacity, provider_id, opened_at)
values ($1, $2, $3, $4, $5, $6, $7, serai_clock())
on conflict do nothing
"""

RESOURCES = """
select id, kind, is_unit, measure, step_s, capacity
from core_capacity_resource
where id = any($1::uuid[])
"""

LOCK = f"""{RESOURCES}order by id
for no key update
"""

FREE = """
update core_capacity_claim c
set is_live = false
from (select serai_clock() as now offset 0) t
where c.resource_id = any($1::uuid[])
  and c.is_live
  and c.expires_at <= t.now
"""
"""What holds have let go by the passing of time: free before anybody asks for it."""

ASKED = """
  select a.number, a.resource_id, a.starts_at, a.ends_at, a.quantity, r.is_unit, r.step_s, r.capacity
  from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::bigint[])
       with ordinality as a(resource_id, starts_at, ends_at, quantity, number)
  join core_capacity_resource r on r.id = a.resource_id
"""

WRITE = f"""
with asked as materialized ({ASKED}),
blocked as (
  select
  from asked a
  join core_capacity_blackout b
    on b.resource_id = a.resource_id
   and tstzrange(b.starts_at, b.ends_at) && tstzrange(a.starts_at, a.ends_at)
  union all
  select
  from asked a
  join core_capacity_claim c
    on c.resource_id = a.resource_id
   and c.is_live
   and c.is_unit
   and tstzrange(c.starts_at, c.ends_at) && tstzrange(a.starts_at, a.ends_at)
  union all
  select
  from (
    select a.resource_id, p.starts_at, a.capacity, sum(a.quantity) as quantity
    from asked a
    cross join lateral serai_capacity_periods(a.starts_at, a.ends_at, a.step_s) as p(starts_at)
    where not a.is_unit
    group by a.resource_id, p.starts_at, a.capacity
  ) w
  left join core_capacity_counter c on c.resource_id = w.resource_id and c.starts_at = w.starts_at
  where w.quantity > coalesce(c.capacity, w.capacity) - coalesce(c.used, 0)
),
written as (
  insert into core_capacity_hold (id, state, expires_at, reference, content, at, moved_at)
  select $5, case when $6::interval is null then 'CONFIRMED' else 'HELD' end, t.now + $6::interval, $7, $8, t.now, t.now
  from (select serai_clock() as now offset 0) t
  where not exists (select from blocked)
  on conflict do nothing
  returning id, expires_at
)
insert into core_capacity_claim (hold_id, number, resource_id, starts_at, ends_at, quantity)
select w.id, a.number, a.resource_id, a.starts_at, a.ends_at, a.quantity
from written w
cross join asked a
returning expires_at
"""

LEFT = f"""
with given as ({ASKED}),
asked as materialized (
  select g.number, g.resource_id, g.quantity, g.is_unit, g.step_s, g.capacity,
         case when p.is_counted then to_timestamp(floor(extract(epoch from g.starts_at) / g.step_s) * g.step_s)
              else g.starts_at end as starts_at,
         case when p.is_counted then to_timestamp(ceil(extract(epoch from g.ends_at) / g.step_s) * g.step_s)
              else g.ends_at end as ends_at,
         (g.step_s is not null or g.is_unit) <> (g.starts_at is null)
           and (not p.is_counted
                or extract(epoch from g.ends_at - g.starts_at) <= {ranges.MOST_PERIODS}::bigint * g.step_s) as is_told
  from given g
  cross join lateral (select not g.is_unit and g.step_s is not null as is_counted) p
),
clock as materialized (select serai_clock() as now)
select a.number::int as number,
       b.id is not null as is_closed,
       b.reason,
       case
         when not a.is_told then null
         when b.id is not null then 0
         when a.is_unit then case when exists (
             select
             from core_capacity_claim c, clock t
             where c.resource_id = a.resource_id
               and c.is_live
               and c.is_unit
               and tstzrange(c.starts_at, c.ends_at) && tstzrange(a.starts_at, a.ends_at)
               and (c.expires_at > t.now or c.expires_at is null)
           ) then 0 else 1 end
         else (
           select greatest(0, min(coalesce(c.capacity, a.capacity) - coalesce(c.used, 0) + coalesce(e.expired, 0)))
           from serai_capacity_periods(a.starts_at, a.ends_at, a.step_s) as p(starts_at)
           left join core_capacity_counter c on c.resource_id = a.resource_id and c.starts_at = p.starts_at
           left join lateral (
             select sum(x.quantity) as expired
             from core_capacity_claim x, clock t
             where x.resource_id = a.resource_id
               and x.is_live
               and not x.is_unit
               and x.expires_at <= t.now
               and tstzrange(x.starts_at, x.ends_at) @> p.starts_at
           ) e on true
         )
       end::int as "left"
from asked a
left join lateral (
  select b.id, b.reason
  from core_capacity_blackout b
  where b.resource_id = a.resource_id
    and tstzrange(b.starts_at, b.ends_at) && tstzrange(a.starts_at, a.ends_at)
  limit 1
) b on true
order by a.number
"""

OBSTACLES = """
select o.starts_at, o.ends_at
from (
  (select starts_at, ends_at
   from core_capacity_claim
   where resource_id = $1
     and is_live
     and is_unit
     and tstzrange(starts_at, ends_at) && tstzrange($2, null)
   order by starts_at
   limit $4)
  union all
  (select c.starts_at, c.starts_at + make_interval(secs => r.step_s)
   from core_capacity_counter c
   join core_capacity_resource r on r.id = c.resource_id
   where c.resource_id = $1
     and c.starts_at >= $2
     and c.capacity - c.used < $3::bigint
   order by c.starts_at
   limit $4)
  union all
  (select starts_at, ends_at
   from core_capacity_blackout
   where resource_id = $1
     and tstzrange(starts_at, ends_at) && tstzrange($2, null)
   order by starts_at nulls first
   limit $4)
) o
order by o.starts_at nulls first
limit $4
"""
"""From an instant on, what stands in the way of so many, in order of their beginnings."""

KNOWN = "select content = $2 as is_same from core_capacity_hold where id = $1"

CLAIMED = "select distinct resource_id from core_capacity_claim where hold_id = any($1::uuid[])"

READ = """
select h.id, h.expires_at,
       case when h.state = 'HELD' and h.expires_at <= serai_clock() then 'EXPIRED' else h.state end as state,
       c.resource_id, c.starts_at, c.ends_at, c.quantity, r.measure
from core_capacity_hold h
join core_capacity_claim c on c.hold_id = h.id
join core_capacity_resource r on r.id = c.resource_id
where h.id = $1
order by c.number
"""

CONFIRM = """
update core_capacity_hold h
set state = 'CONFIRMED', expires_at = null, moved_at = t.now
from (select serai_clock() as now offset 0) t
where h.id = $1
  and h.state = 'HELD'
  and h.expires_at > t.now
"""

EXTEND = """
update core_capacity_hold h
set expires_at = greatest(h.expires_at, t.now + $2::interval), moved_at = t.now
from (select serai_clock() as now offset 0) t
where h.id = $1
  and h.state = 'HELD'
  and h.expires_at > t.now
"""

RELEASE = """
update core_capacity_hold h
set state = case when h.state = 'HELD' and h.expires_at <= t.now then 'EXPIRED' else 'RELEASED' end,
    moved_at = t.now
from (select serai_clock() as now offset 0) t
where h.id = $1
  and h.state in ('HELD', 'CONFIRMED')
"""

DUE = """
select id
from core_capacity_hold
where state = 'HELD'
  and expires_at <= (select serai_clock())
order by expires_at, id
limit $1
"""

EXPIRE = """
update core_capacity_hold h
set state = 'EXPIRED', moved_at = t.now
from (select serai_clock() as now offset 0) t
where h.id = any($1::uuid[])
  and h.state = 'HELD'
  and h.expires_at <= t.now
"""

USED = """
select coalesce(max(c.used), 0)
from core_capacity_counter c
join core_capacity_resource r on r.id = c.resource_id
where c.resource_id = $1
  and not c.is_override
  and (c.starts_at = '-infinity' or c.starts_at >= serai_clock() - make_interval(secs => 172800 + r.step_s))
"""

USED_WITHIN = """
select coalesce(max(used), 0)
from core_capacity_counter
where resource_id = $1
  and starts_at >= $2
  and starts_at < $3
"""

RESIZE = "update core_capacity_resource set capacity = $2 where id = $1"

SEATS = """
insert into core_capacity_counter as c (resource_id, starts_at, capacity, is_override)
select r.id, p.starts_at, coalesce($2, r.capacity), $2::int is not null
from core_capacity_resource r
cross join lateral serai_capacity_periods($3, $4, r.step_s) as p(starts_at)
where r.id = $1
on conflict (resource_id, starts_at) do update
set capacity = excluded.capacity, is_override = excluded.is_override
"""

BLACKOUT = """
insert into core_capacity_blackout (id, resource_id, starts_at, ends_at, reason, at)
values ($1, $2, $3, $4, $5, serai_clock())
on conflict do nothing
"""

WITHIN = """
select hold_id
from core_capacity_claim
where resource_id = $1
  and is_live
  and is_unit
  and tstzrange(starts_at, ends_at) && tstzrange($2, $3)
union
select hold_id
from core_capacity_claim
where resource_id = $1
  and is_live
  and not is_unit
  and tstzrange(starts_at, ends_at) && tstzrange($2, $3)
order by hold_id
limit 1000
"""

BLACKED_OUT = "select resource_id from core_capacity_blackout where id = $1"

REOPEN = "delete from core_capacity_blackout where id = $1"
