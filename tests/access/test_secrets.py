"""What a viewer may not know changes nothing of what it is told, by whatever question.

The same world is written twice, with other secrets in the second; a viewer from whom they are kept asks both everything
the matrix asks and every question over two links. If one byte of the answers differs, something got out: a value, an
order, a count, a cursor, an error.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import asyncpg
import pytest
import pytest_asyncio

import serai.graph.order
import serai.graph.where
from serai.graph.execute import Engine
from serai.graph.registry import Entity, ManyField, OneField, Registry
from serai.storage import Pool
from serai_testkit.databases import Databases

from .cells import Cells
from .faults import lost_guard, lost_inverse_guard, lost_rule
from .matrix import AT_ONCE, Matrix
from .world import id_of, write_world

Question: TypeAlias = tuple[str, Mapping[str, Any]]
"""A document and its variables."""


def of_the_market(*, but: str) -> str:
    """What only insiders know of providers, staff and those who sign in; ``but`` is the provider that looks, if any."""
    return f"""
    update core_provider set
      contact_email = md5(id::text), contact_phone = null, payout_account = 'AT00 ' || md5(id::text),
      review_note = null
    where id <> {but};
    update core_provider_member set name = md5(id::text), email = null where provider_id <> {but};
    update core_provider set name = 'Other', status = 'REJECTED', place_city_code = 'CNHGH'
    where status in ('APPLIED', 'LEFT');
    update core_offer set title = md5(id::text), from_price_minor = 1
    where status <> 'PUBLISHED' and provider_id <> {but};
    update core_scenario set name = md5(id::text), slug = md5(id::text), success = 'other'
    where status <> 'PUBLISHED';
    update core_form set title = md5(id::text), key = md5(id::text), status = 'ARCHIVED'
    where id <> $form_public;
    update core_principal set login = md5(id::text), display_name = 'Other'
    where id not in ($login_mona, $login_ada);
    update core_staff set name = md5(id::text), email = null, is_active = false;
    update core_role set title = 'Other', permissions = '[]';
    update core_capacity_resource set
      kind = 'other.' || left(translate(id::text, '-0123456789', 'ghijklmnopq'), 8), capacity = 1 + capacity
    where not is_unit and provider_id is distinct from {but};
    update core_capacity_hold set reference = md5(id::text);
    update core_capacity_blackout set reason = md5(id::text)
    where resource_id in (select id from core_capacity_resource where provider_id is distinct from {but});
    update core_webhook set
      name = md5(id::text), address = md5(id::text), query = 'other', failures = 9, reason = null
    where provider_id is distinct from {but};
    update core_webhook_delivery set event_type = 'other', body = md5(id::text), status = 9, error = null, attempts = 9
    where webhook_id in (select id from core_webhook where provider_id is distinct from {but});
    update core_job set name = md5(id::text), attempts = 9, done = 9, total = 9, error = 'other';
    update core_export set name = 'other', rows = 9, size = 9, error = 'other', format = 'JSONL';
    update core_import set source = 'other', rows = rows + 7, new = new + 7;
    update core_import_mapping set name = md5(id::text), columns = '[]', settings = '{{}}';
    """


def of_the_trade(where: str) -> str:
    """What was sold, to whom: transactions, lines and bookings of the transactions ``where`` tells."""
    which = f"(select id from core_transaction where {where})"
    return f"""
    update core_transaction_line set
      title = 'Other', quantity = 7, amount_minor = 7 * unit_price_minor, offer_id = $stay
    where transaction_id in {which};
    update booking_booking set guests = 9, customer_id = $cem, total_minor = 4 where transaction_id in {which};
    update core_transaction set
      customer_id = $cem, scenario_id = $tasting, demand_id = null, number = md5(id::text), total_minor = 77,
      channel = 'other', placed_at = placed_at - interval '9 days' * (1 + ascii(right(id::text, 1)) % 5)
    where {where};
    """


def of_customers(where: str) -> str:
    """All about the customers ``where`` tells."""
    return f"""
    update core_customer set
      name = md5(id::text), email = md5(id::text), phone = null, phone_e164 = null, kind = 'COMPANY', locale = 'fr',
      attributes = '{{}}', inviter_id = null, account_manager_id = null, forgotten_at = now()
    where {where};
    update core_customer_address set
      kind = 'OTHER', label = 'Other', recipient = md5(id::text), place_city_code = 'FRPAR', place_address = null,
      is_default = false, version = 90
    where customer_id in (select id from core_customer where {where});
    update core_customer_consent set
      purpose = 'p' || md5(id::text), text_version = '9', locale = null, granted = not granted, source = md5(id::text)
    where customer_id in (select id from core_customer where {where});
    update core_tag set name = md5(id::text), description = null;
    update core_customer_tag set
      customer_id = case customer_id when $ada then $cem when $dora then $mona else customer_id end;
    update core_customer_note set text = md5(id::text), customer_id = $cem;
    """


def of_demands(where: str) -> str:
    """All about the demands ``where`` tells, but their state: that decides who may see them."""
    return f"""
    update core_demand set
      customer_id = $cem, scenario_id = $tasting, budget_minor = 1, note = 'Other', answers = '{{}}',
      personal_answers = '{{}}', contact_name = 'Other', place_city_code = 'CNHGH'
    where {where};
    """


def of_proposals(where: str) -> str:
    """Proposals and what the history tells of them: others of other providers, or none at all."""
    which = f"(select id from core_proposal where {where})"
    return f"""
    delete from core_proposal_message where proposal_id in {which} and side = 'PROVIDER';
    update core_proposal_message set text = md5(id::text), side = 'PROVIDER', staff_id = null
    where proposal_id in {which};
    delete from core_demand_event where proposal_id in {which} and kind <> 'AWARDED';
    update core_demand_event set text = 'Other', side = null, at = at - interval '1 day' where proposal_id in {which};
    delete from core_proposal
    where {where}
      and status = 'SUBMITTED'
      and id not in (select proposal_id from core_demand_event where proposal_id is not null)
      and id not in (select proposal_id from core_proposal_message);
    update core_proposal set
      price_minor = 1, price_currency = 'JPY', terms = md5(id::text), valid_until = valid_until + interval '1 year',
      withdraw_reason = 'Other', offer_id = $stay
    where {where};
    """


FROM_THE_PARTY = f"""
{of_proposals("provider_id <> $party")}
update core_demand_event set text = 'Other', transaction_id = null
where demand_id in ($bob_awarded, $bob_elsewhere, $bob_lapsed);
{of_the_market(but="$party")}
{of_the_trade("provider_id <> $party")}
{of_customers("id in ($bob, $cem)")}
{of_demands("id in ($bob_awarded, $bob_elsewhere, $bob_lapsed, $ada_cancelled, $cem_draft)")}
{of_customers("false")}
update core_customer_address set label = md5(id::text), place_address = null, customer_id = $cem, is_default = false;
update core_customer_consent set source = md5(id::text), granted = not granted, is_current = false;
update core_customer set
  account_manager_id = null, forgotten_at = now(),
  kind = 'COMPANY', attributes = '{{"hates": "this"}}', locale = 'fr', source_channel = 'other', principal_id = null,
  inviter_id = case when id = $cem then null else $cem end, version = 90,
  created_at = created_at + interval '1 year' * (1 + ascii(right(id::text, 1)) % 5),
  updated_at = updated_at + interval '1 year';
update core_demand set
  customer_id = $cem, contact_name = 'Other', contact_email = null, contact_phone = md5(id::text),
  contact_address = null, personal_answers = '{{"other": true}}', cancel_reason = md5(id::text)
where status in ('OPEN', 'PROPOSED');
-- whose a transaction was that is over
update core_transaction set customer_id = $cem where id = $bob_party_done;
update core_demand set customer_id = $cem where id = $bob_fulfilled;
update booking_booking set customer_id = $cem where id = $booking_bob;
update booking_hold set guests = 9, customer_id = $cem, version = 90;
"""

FROM_ADA = f"""
{of_proposals("demand_id not in (select id from core_demand where customer_id = $ada)")}
update core_demand_event set text = 'Other', transaction_id = null
where demand_id not in (select id from core_demand where customer_id = $ada);
{of_the_market(but="$nobody")}
{of_the_trade("customer_id <> $ada")}
{of_customers("id <> $ada")}
{of_demands("customer_id <> $ada")}
update booking_hold set guests = 9, customer_id = $cem, version = 90 where customer_id <> $ada;
"""

FROM_EVERYBODY = f"""
{of_proposals("true")}
update core_demand_event set text = 'Other', transaction_id = null;
{of_the_market(but="$nobody")}
{of_the_trade("true")}
{of_customers("true")}
{of_demands("true")}
update booking_hold set guests = 9, customer_id = $cem, version = 90;
update core_principal set login = md5(id::text), display_name = 'Other', granted = '["staff:read"]';
"""

SECRETS = {
    "member of the party": FROM_THE_PARTY,
    "customer ada": FROM_ADA,
    "anonymous": FROM_EVERYBODY,
}


@pytest_asyncio.fixture(loop_scope="session")
async def other_pool(
    databases: Databases, database_template: str, request: pytest.FixtureRequest
) -> AsyncIterator[Pool]:
    """The same world with other secrets."""
    async with databases.clone(database_template) as dsn:
        await write_world(dsn)
        connection = await asyncpg.connect(dsn)
        try:
            secrets = re.sub(r"\$(\w+)", lambda name: f"'{id_of(name[1])}'::uuid", request.param)
            await connection.execute(secrets)
        finally:
            await connection.close()
        pool = await Pool.open(dsn, size=5, timeout_s=30)
        try:
            yield pool
        finally:
            await pool.close()


@pytest.mark.parametrize(("name", "other_pool"), SECRETS.items(), ids=list(SECRETS), indirect=["other_pool"])
async def test_other_secrets_give_the_same_answers(matrix: Matrix, name: str, other_pool: Pool) -> None:
    differing = [one async for one in _differing(matrix, name, other_pool, _questions(matrix))]
    assert not differing, f"{len(differing)} answers differ:\n" + "\n".join(differing[:5])


@pytest.mark.parametrize("other_pool", [FROM_THE_PARTY], ids=["party"], indirect=True)
async def test_a_way_round_a_rule_gives_other_answers(
    matrix: Matrix, other_pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = list(_two_link_questions(matrix))
    for module, name, faulty in (
        (serai.graph.where, "link_condition", lost_inverse_guard),
        (serai.graph.where, "visible", lost_rule),
        (serai.graph.where, "allowed", lost_guard),
        (serai.graph.order, "visible", lost_rule),
        (serai.graph.order, "allowed", lost_guard),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, faulty)
            found = [
                one async for one in _differing(matrix, "member of the party", other_pool, questions, most=1)
            ]
        assert found, f"{name} of {module.__name__}"


async def test_secrets_are_told_to_who_may_know_them(matrix: Matrix, world_database: str) -> None:
    """The questions do reach what was changed: who may see everything gets other answers."""
    engine: Engine = matrix.engine()
    everything = matrix.viewers["app with everything"]
    document = "{ demands(where: {status: {eq: OPEN}}) { nodes { customer { name } contact { email } } } }"
    body = (await engine.execute(document, None, None, everything)).body
    assert b"Customer dora" in body
    assert b"dora_open@example.com" in body


def _questions(matrix: Matrix) -> Iterator[Question]:
    """All the matrix asks (mutations aside), and filters and orders over two links."""
    asked: set[str] = set()
    for cell in matrix.cells:
        if not cell.document.startswith("mutation") and repr((cell.document, cell.variables)) not in asked:
            asked.add(repr((cell.document, cell.variables)))
            yield cell.document, cell.variables
    yield from _two_link_questions(matrix)


async def _differing(
    matrix: Matrix, name: str, other_pool: Pool, questions: Iterable[Question], *, most: int | None = None
) -> AsyncIterator[str]:
    """The questions with different answers, and these; no answer may be an error."""
    here, there = matrix.engine(), matrix.engine(pool=other_pool)
    viewer, waiting, found = matrix.viewers[name], list(questions), 0
    for at in range(0, len(waiting), AT_ONCE):
        batch = waiting[at : at + AT_ONCE]
        answers = await asyncio.gather(
            *(
                engine.execute(document, dict(variables), None, viewer)
                for document, variables in batch
                for engine in (here, there)
            )
        )
        for question, one, other in zip(batch, answers[::2], answers[1::2], strict=True):
            assert (one.errors, other.errors) == (0, 0), f"{question}\n  {one.body.decode()}"
            if one.body != other.body:
                found += 1
                yield f"{question}\n  {one.body.decode()}\n  {other.body.decode()}"
        if most is not None and found >= most:
            return


def _two_link_questions(matrix: Matrix) -> Iterator[Question]:
    registry = matrix.platform.assembly.registry
    cells = Cells(registry, matrix.world, {}, {})
    for entity in registry.entities.values():
        for where in _two_links(registry, cells, entity):
            yield _listed(cells, entity), {"where": where}
        for order in _two_orders(registry, entity):
            yield _listed(cells, entity), {"order": [order]}


def _listed(cells: Cells, entity: Entity) -> str:
    return cells.list_cell(entity, "", {}, lambda *_: None, lambda _: None).document


def _two_links(registry: Registry, cells: Cells, entity: Entity) -> Iterator[dict[str, Any]]:
    for one in _links(entity):
        far = registry.entities[one.target]
        for other in _links(far):
            ids = cells.ids(registry.entities[other.target])
            yield _over(one, _over(other, {"id": {"in": ids[: len(ids) // 2]}}))


def _two_orders(registry: Registry, entity: Entity) -> Iterator[dict[str, Any]]:
    for one in _links(entity):
        if isinstance(one, OneField):
            for other in _links(registry.entities[one.target]):
                if isinstance(other, OneField):
                    yield {one.name: {other.name: {"id": "DESC"}}}


def _links(entity: Entity) -> list[OneField | ManyField]:
    return [one for one in entity.fields.values() if isinstance(one, OneField | ManyField)]


def _over(one: OneField | ManyField, where: dict[str, Any]) -> dict[str, Any]:
    return {one.name: where if isinstance(one, OneField) else {"some": where}}
