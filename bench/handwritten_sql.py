"""The statements of the hand-written column: for each query the fastest that could be found, without and with rules.

JSON is concatenated text. A page is cut in an inner sub-select by keyset; nested lists are `string_agg` over it. Codes
that cannot need escaping are quoted as they are. Every concatenated part is of a column that is never null, or says
what it is otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from serai.viewers import Viewer

Values = Callable[[Mapping[str, Any]], tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement and how its arguments are made of a request's variables.

    With `of_viewer` what that finds in who asks is the argument after these.
    """

    sql: str
    values: Values
    of_viewer: Callable[[Viewer], Any] | None = None


def typed_id(prefix: str, column: str) -> str:
    """An id as the graph shows it, in quotes."""
    return f"'\"{prefix}_' || encode(uuid_send({column}), 'hex') || '\"'"


MONEY = (
    "'{\"amount\":\"' || (t.total_minor * case t.total_currency when 'JPY' then 1 else 0.01 end)::text || "
    '\'","currency":"\' || t.total_currency || \'"}\''
)


def _dealing(provider: str) -> str:
    return (
        "exists (select from core_transaction l where l.customer_id = c.id "
        f"and l.provider_id = {provider} and l.status in ('PLACED', 'CONFIRMED'))"
    )


def _since(variables: Mapping[str, Any]) -> tuple[Any, ...]:
    return (datetime.fromisoformat(variables["since"]),)


def _from_name(variables: Mapping[str, Any]) -> tuple[Any, ...]:
    return (variables["from"],)


def _month(variables: Mapping[str, Any]) -> tuple[Any, ...]:
    return datetime.fromisoformat(variables["from"]), datetime.fromisoformat(variables["until"])


def _id(variables: Mapping[str, Any]) -> tuple[Any, ...]:
    return (UUID(variables["id"][4:]),)


def _customers(first: int, provider: str | None) -> str:
    """A page of customers: of an operator by when they came, of a provider's member by name."""
    if provider is None:
        return (
            "select c.id, c.name from core_customer c where c.created_at >= $1 "
            f"order by c.created_at, c.id limit {first}"
        )
    return (
        f'select c.id, c.name from core_customer c where c.name collate "C" >= $1 and {_dealing(provider)} '
        f'order by c.name collate "C", c.id limit {first}'
    )


def _q1(provider: str | None) -> str:
    if provider is None:
        rest = (
            "',\"email\":' || coalesce(to_json(c.email)::text, 'null') || ',\"locale\":' || "
            "coalesce(to_json(c.locale)::text, 'null') || ',\"createdAt\":' || to_json(c.created_at)::text || '}'"
        )
    else:
        rest = "',\"email\":' || coalesce(to_json(c.email)::text, 'null') || ',\"locale\":null,\"createdAt\":null}'"
    where = "c.id = $1" + ("" if provider is None else f" and {_dealing(provider)}")
    return (
        f"select '{{\"id\":' || {typed_id('cus', 'c.id')} || ',\"name\":' || "
        f"coalesce(to_json(c.name)::text, 'null') || {rest} from core_customer c where {where}"
    )


def _q2(provider: str | None) -> str:
    return (
        "select '{\"nodes\":[' || coalesce(string_agg('{\"id\":' || "
        f"{typed_id('cus', 'c.id')} || ',\"name\":' || coalesce(to_json(c.name)::text, 'null') || '}}', ','), '') || "
        f"']}}' from ({_customers(50, provider)}) c"
    )


def _scenario(provider: str | None) -> str:
    """The scenario of a transaction, looked up beside the limit."""
    seen = "" if provider is None else " and s.status = 'PUBLISHED'"
    return (
        f"coalesce((select '{{\"id\":' || {typed_id('scn', 's.id')} || ',\"name\":' || to_json(s.name)::text || '}}' "
        f"from core_scenario s where s.id = t.scenario_id{seen}), 'null')"
    )


def _q3(provider: str | None) -> str:
    party = "" if provider is None else f" and t.provider_id = {provider}"
    transactions = (
        f"select string_agg('{{\"id\":' || {typed_id('trx', 't.id')} || ',\"number\":' || to_json(t.number)::text || "
        '\',"status":"\' || t.status || \'","channel":\' || to_json(t.channel)::text || '
        f"',\"placedAt\":' || to_json(t.placed_at)::text || ',\"total\":' || {MONEY} || "
        f"',\"scenario\":' || {_scenario(provider)} || '}}', ',') from ("
        "select t.id, t.number, t.status, t.channel, t.placed_at, t.total_minor, t.total_currency, t.scenario_id "
        f"from core_transaction t where t.customer_id = c.id{party} order by t.placed_at desc, t.id desc limit 5) t"
    )
    return (
        "select '{\"nodes\":[' || coalesce(string_agg('{\"id\":' || "
        f"{typed_id('cus', 'c.id')} || ',\"name\":' || coalesce(to_json(c.name)::text, 'null') || "
        f"',\"transactions\":{{\"nodes\":[' || coalesce(({transactions}), '') || ']}}}}', ','), '') || ']}}' "
        f"from ({_customers(20, provider)}) c"
    )


def _demand_seen(provider: str) -> str:
    """Awarded to the provider: a demand whose customer is seen through it, so not one that still looks for one."""
    return f" and d.awarded_provider_id = {provider}"


STATUS = "case when d.status in ('OPEN', 'PROPOSED') and d.window_end <= serai_now() then 'LAPSED' else d.status end"


def _q4(provider: str | None) -> str:
    party = "" if provider is None else f" and t.provider_id = {provider}"
    seen = "" if provider is None else _demand_seen(provider)
    transactions = (
        f"select string_agg('{{\"id\":' || {typed_id('trx', 't.id')} || ',\"number\":' || to_json(t.number)::text || "
        f"',\"channel\":' || to_json(t.channel)::text || ',\"scenario\":' || {_scenario(provider)} || '}}', ',') "
        "from (select t.id, t.number, t.channel, t.scenario_id from core_transaction t "
        f"where t.demand_id = d.id{party} order by t.placed_at desc, t.id desc limit 3) t"
    )
    count = f"(select count(*) from core_transaction t where t.demand_id = d.id{party})::text"
    demands = (
        f'select string_agg(\'{{"id":\' || {typed_id("dem", "d.id")} || \',"status":"\' || {STATUS} || '
        '\'","createdAt":\' || to_json(d.created_at)::text || \',"transactions":{"totalCount":\' || '
        f"{count} || ',\"nodes\":[' || coalesce(({transactions}), '') || ']}}}}', ',') from ("
        "select d.id, d.status, d.window_end, d.created_at from core_demand d "
        f"where d.customer_id = c.id{seen} order by d.id limit 5) d"
    )
    total = f"(select count(*) from core_demand d where d.customer_id = c.id{seen})::text"
    return (
        "select '{\"nodes\":[' || coalesce(string_agg('{\"id\":' || "
        f"{typed_id('cus', 'c.id')} || ',\"name\":' || coalesce(to_json(c.name)::text, 'null') || "
        f"',\"demands\":{{\"totalCount\":' || {total} || ',\"nodes\":[' || coalesce(({demands}), '') || "
        f"']}}}}', ','), '') || ']}}' from ({_customers(20, provider)}) c"
    )


def _q5(provider: str | None) -> str:
    party = "" if provider is None else f" and t.provider_id = {provider}"
    seen = "" if provider is None else f" and {_dealing(provider)}"
    where = f"t.status = 'FULFILLED' and t.placed_at >= $1 and t.placed_at < $2{party}"
    customer = (
        f"coalesce((select '{{\"id\":' || {typed_id('cus', 'c.id')} || ',\"name\":' || "
        "coalesce(to_json(c.name)::text, 'null') || '}' from core_customer c "
        f"where c.id = t.customer_id{seen}), 'null')"
    )
    return (
        f"select '{{\"totalCount\":' || (select count(*) from core_transaction t where {where})::text || "
        f"',\"nodes\":[' || coalesce((select string_agg('{{\"id\":' || {typed_id('trx', 't.id')} || ',\"number\":' || "
        "to_json(t.number)::text || ',\"placedAt\":' || to_json(t.placed_at)::text || ',\"total\":' || "
        f"{MONEY} || ',\"customer\":' || {customer} || '}}', ',') from ("
        "select t.id, t.number, t.placed_at, t.total_minor, t.total_currency, t.customer_id "
        f"from core_transaction t where {where} order by t.placed_at desc, t.id desc limit 50) t), '') || ']}}'"
    )


def _q6(provider: str | None) -> str:
    party = "" if provider is None else f" and t.provider_id = {provider}"
    return (
        'select \'{"groups":{"nodes":[\' || coalesce(string_agg(\'{"keys":{"channel":\' || '
        'to_json(g.channel)::text || \'},"aggregate":{"count":\' || g.count::text || \',"sum":{"total":[\' || '
        "g.totals || ']}}}', ',' order by g.channel collate \"C\"), '') || ']}}' from ("
        "select t.channel, sum(t.count) as count, string_agg("
        f"{MONEY}, ',' order by t.total_currency) as totals from ("
        "select t.channel, t.total_currency, count(*) as count, sum(t.total_minor) as total_minor "
        f"from core_transaction t where t.placed_at >= $1 and t.placed_at < $2{party} group by 1, 2) t "
        "group by t.channel) g"
    )


ANSWER = (
    f'select \'{{"demand":{{"id":\' || {typed_id("dem", "t.id")} || \',"status":"\' || t.status || '
    f'\'","budget":\' || {MONEY} || \',"scenario":{{"id":\' || {typed_id("scn", "s.id")} || \',"name":\' || '
    "to_json(s.name)::text || '}},\"userErrors\":[]}' from opened t join core_scenario s on s.id = t.scenario_id"
)

PLAIN_INSERT = f"""
with opened as (
  insert into core_demand (id, created_at, updated_at, version, customer_id, scenario_id, status, answers,
                           personal_answers, budget_minor, budget_currency)
  values (uuidv7(), now(), now(), 1, $1, $2, 'OPEN', '{{}}', '{{}}', $3, $4)
  returning id, status, budget_minor as total_minor, budget_currency as total_currency, scenario_id
)
{ANSWER}
"""

GUARDED_INSERT = f"""
with opened as (
  insert into core_demand (id, created_at, updated_at, version, customer_id, scenario_id, status, answers,
                           personal_answers, budget_minor, budget_currency)
  select uuidv7(), now(), now(), 1, c.id, s.id, 'OPEN', '{{}}', '{{}}', $3, $4
  from core_customer c, core_scenario s
  where c.id = $1 and c.forgotten_at is null and s.id = $2 and s.status = 'PUBLISHED'
  returning id, created_at, status, budget_minor as total_minor, budget_currency as total_currency, scenario_id
), remembered as (
  insert into core_demand_event (id, created_at, updated_at, version, at, kind, side, text, demand_id)
  select uuidv7(), created_at, created_at, 1, created_at, 'OPENED', 'STAFF', 'The demand was opened', id from opened
), told as (
  insert into core_outbox (id, event, event_version, aggregate_type, aggregate_id, aggregate_version, payload, actor,
                           at)
  select uuidv7(), 'demand.opened', 1, 'core.Demand', id, 1, jsonb_build_object('scenarioId', scenario_id), $5::jsonb,
         created_at
  from opened
)
{ANSWER}
"""


def _demand(variables: Mapping[str, Any]) -> tuple[Any, ...]:
    budget = variables["budget"]
    return (
        UUID(variables["customer"][4:]),
        UUID(variables["scenario"][4:]),
        int(Decimal(budget["amount"]).scaleb(2)),
        budget["currency"],
    )


def _actor(viewer: Viewer) -> str:
    said = {"kind": viewer.kind, "staffId": viewer.staff_id, "principalId": viewer.principal_id}
    return orjson.dumps(said, default=str).decode()


def _provider(viewer: Viewer) -> UUID | None:
    return viewer.provider_id


MAKE: Mapping[str, tuple[Callable[[str | None], str], Values, Values]] = {
    "Q1": (_q1, _id, _id),
    "Q2": (_q2, _since, _from_name),
    "Q3": (_q3, _since, _from_name),
    "Q4": (_q4, _since, _from_name),
    "Q5": (_q5, _month, _month),
    "Q6": (_q6, _month, _month),
}


def statement(name: str, *, is_guarded: bool) -> Statement:
    """The statement for a query: one that ends in `m` has a provider's member's rules in it.

    A guarded mutation checks what it is given, and writes the event and the history Serai writes, all in one statement;
    an unguarded one inserts a row.
    """
    if name == "M1":
        if is_guarded:
            return Statement(sql=GUARDED_INSERT, values=_demand, of_viewer=_actor)
        return Statement(sql=PLAIN_INSERT, values=_demand)
    make, values, values_of_member = MAKE[name.removesuffix("m")]
    if not name.endswith("m"):
        return Statement(sql=make(None), values=values)
    count = 3 if name.startswith(("Q5", "Q6")) else 2
    return Statement(sql=make(f"${count}"), values=values_of_member, of_viewer=_provider)
