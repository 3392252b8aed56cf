"""What imported transactions sold: their lines matched with offers, compared with what is there, and written."""

from __future__ import annotations

from .work import Work

SOLD = """
create temporary table import_sold on commit drop as
select n.*, o.id as offer_id, o.kind as offer_kind, o.provider_id, coalesce(n.title, o.title) as named,
       {snapshot} as sold
from import_line n
{joins}
"""

JOINS = """
left join core_external_ref r on r.entity = 'ofr' and r.source = $1 and r.external_id = n.ref_offer
left join core_offer o on o.id = r.row_id
left join core_service e on e.id = o.id
"""

NO_JOINS = """
left join (
  select null::uuid as id, null::text as kind, null::uuid as provider_id, null::text as title
) o on false
"""

SNAPSHOT = """
case when o.id is null then n.snapshot
  else n.snapshot
    || jsonb_build_object(
      'title', coalesce(n.title, o.title), 'kind', o.kind, 'offerTitle', o.title, 'description', o.description,
      'offerVersion', o.version
    )
    || case when e.id is null then '{}'::jsonb
         else jsonb_build_object('unit', e.unit, 'durationMinutes', e.duration_minutes)
       end
end
"""

LINES_CHANGED = """
create temporary table import_lines_changed on commit drop as
select n.parent_id
from import_sold n
join import_stage s on s.id = n.parent_id
join core_external_ref r on r.entity = 'trx' and r.source = $1 and r.external_id = s.external_id
left join core_transaction_line l on l.transaction_id = r.row_id and l.position = n.position
where l.id is null
  or (l.title, l.quantity, l.unit_price_minor, l.unit_price_currency)
     is distinct from (coalesce(n.title, l.title), n.quantity, n.unit_price_minor, n.unit_price_currency)
  or ({offers} and l.offer_id is distinct from n.offer_id)
union
select s.id
from import_stage s
join core_external_ref r on r.entity = 'trx' and r.source = $1 and r.external_id = s.external_id
join core_transaction_line l on l.transaction_id = r.row_id and l.position > s.line_count
"""

COLUMNS = """(id, created_at, updated_at, version, transaction_id, position, title, quantity, unit_price_minor,
   unit_price_currency, amount_minor, amount_currency, offer_id, offer_kind, snapshot)"""

INSERT_LINES = f"""
insert into core_transaction_line
  {COLUMNS}
select n.id, $3, $3, 1, s.id, n.position, n.named, n.quantity, n.unit_price_minor,
       n.unit_price_currency, n.amount_minor, n.unit_price_currency, n.offer_id, n.offer_kind, n.sold
from import_resolved s
join import_sold n on n.row_line = s.line
where s.action = 'new' and s.line >= $1 and s.line < $2
  and n.row_line >= $1 and n.row_line < $2
order by n.line
"""

LINES_GONE = """
delete from core_transaction_line l
using import_resolved s
where l.transaction_id = s.existing
  and s.action = 'changed'
  and l.position > s.line_count
"""

UPDATE_LINES = """
update core_transaction_line l
set title = coalesce(n.title, l.title),
    quantity = n.quantity,
    unit_price_minor = n.unit_price_minor,
    unit_price_currency = n.unit_price_currency,
    amount_minor = n.amount_minor,
    amount_currency = n.unit_price_currency,
    offer_id = case when {offers} then n.offer_id else l.offer_id end,
    offer_kind = case when {offers} then n.offer_kind else l.offer_kind end,
    snapshot = case when {offers} or l.offer_id is null then n.sold else l.snapshot || (n.snapshot - 'title') end,
    version = l.version + 1,
    updated_at = $1
from import_resolved s
join import_sold n on n.parent_id = s.id
where s.action = 'changed'
  and l.transaction_id = s.existing
  and l.position = n.position
  and ((l.title, l.quantity, l.unit_price_minor, l.unit_price_currency)
       is distinct from (coalesce(n.title, l.title), n.quantity, n.unit_price_minor, n.unit_price_currency)
       or ({offers} and l.offer_id is distinct from n.offer_id))
"""

LINES_ADDED = f"""
insert into core_transaction_line
  {COLUMNS}
select n.id, $1, $1, 1, s.existing, n.position, n.named, n.quantity, n.unit_price_minor,
       n.unit_price_currency, n.amount_minor, n.unit_price_currency, n.offer_id, n.offer_kind, n.sold
from import_resolved s
join import_sold n on n.parent_id = s.id
where s.action = 'changed'
  and not exists (
    select from core_transaction_line l where l.transaction_id = s.existing and l.position = n.position
  )
order by n.line
"""


def _with_offers(statement: str, work: Work) -> str:
    return statement.replace("{offers}", "true" if "offer" in work.given else "false")


async def resolve(work: Work) -> None:
    """Find what was sold, and the transactions whose lines are others now."""
    has_offers = "offer" in work.given
    sold = SOLD.replace("{snapshot}", SNAPSHOT if has_offers else "n.snapshot").replace(
        "{joins}", JOINS if has_offers else NO_JOINS
    )
    await work.connection.execute("analyze import_line")
    await work.connection.execute(sold, *([work.source_of("offer")] if has_offers else []))
    await work.connection.execute("create index on import_sold (row_line); analyze import_sold")
    await work.connection.execute(_with_offers(LINES_CHANGED, work), work.options.source)


async def write(work: Work) -> None:
    """The lines of transactions that were there."""
    await work.run(LINES_GONE)
    await work.run(_with_offers(UPDATE_LINES, work), work.now)
    await work.run(LINES_ADDED, work.now)
