"""The statements of the hand-written column: for each query the fastest that could be found, without and with rules.

JSON is concatenated text. A page is cut in an inner sub-select by keyset; nested lists are `string_agg` over it. Codes
that cannot need escaping are quoted as they are. Every concatenated part is of a column that is never null, or says
what it is otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

Values = Callable[[Mapping[str, Any]], tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement and how its arguments are made of a request's variables.

    With `for_provider` the viewer's provider is the argument after these.
    """

    sql: str
    values: Values
    for_provider: bool = False


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


MAKE: Mapping[str, tuple[Callable[[str | None], str], Values, Values]] = {
    "Q1": (_q1, _id, _id),
    "Q2": (_q2, _since, _from_name),
    "Q3": (_q3, _since, _from_name),
    "Q4": (_q4, _since, _from_name),
    "Q5": (_q5, _month, _month),
}


def statement(name: str) -> Statement:
    """The statement for a query: one that ends in `m` has a provider's member's rules in it."""
    make, values, values_of_member = MAKE[name.removesuffix("m")]
    if not name.endswith("m"):
        return Statement(sql=make(None), values=values)
    count = 3 if name.startswith("Q5") else 2
    return Statement(sql=make(f"${count}"), values=values_of_member, for_provider=True)
