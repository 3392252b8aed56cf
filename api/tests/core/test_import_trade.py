"""Providers, offers and transactions from files: what they refer to, how they change, what cannot be."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from serai.core.imports.problems import ImportRefused
from serai.core.transactions.service import snapshot
from serai_sdk import Money, NewLine

from .conftest import Rows
from .importing import Importer

PROVIDERS = """\
Lieferantennummer;Firma;Status;E-Mail;Telefon;IBAN;Breite;Länge;locode;Adresse;Zeitzone;Szenarien
P1;Zeltplatz Nord;approved;n@example.org;030 1;DE00;54,5;9,5;DEFLF;Am See 1;Europe/Berlin;scenario-1, scenario-2
P2;Zelte AG;in review;;;;;;;;;
"""

OFFERS = """\
sku,provider,scenario,title,status,unit,duration,price,currency
O1,P1,scenario-1,Guided walk,PUBLISHED,hour,60,"1,250.50",EUR
O2,P1,,Sauna,,VISIT,,1000 JPY,EUR
"""

TRANSACTIONS = """\
order number,customer,provider,scenario,status,date,fulfilledAt,title,quantity,price,currency,offer
T1,C1,P1,scenario-1,FULFILLED,2026-01-02T10:00:00+01:00,2026-01-05,,2,1250.50,EUR,O1
T1,,,,,,,Towel,3,2,EUR,
T2,C2,P1,,,2026-01-03,,Soap,,4.20 EUR,,
"""

STORED = """
select r.external_id, t.status, t.total_minor, t.total_currency, t.channel, t.version,
       (select external_id from core_external_ref c where c.row_id = t.customer_id),
       (select array_agg(l.title || ' ' || l.quantity || ' ' || l.unit_price_minor order by l.position)
        from core_transaction_line l where l.transaction_id = t.id)
from core_transaction t
join core_external_ref r on r.row_id = t.id and r.entity = 'trx'
order by 1
"""


async def prepared(importing: Importer, rows: Rows) -> list[UUID]:
    """Two scenarios, two customers, two providers, two offers."""
    scenarios = []
    for number in (1, 2):
        scenarios.append(await rows.scenario())
        slug = f"scenario-{number}"
        await rows.connection.execute("update core_scenario set slug = $2 where id = $1", scenarios[-1], slug)
    assert (await importing("customers", "id,name\nC1,One\nC2,Two\n")).counts == (2, 0, 0, 0)
    outcome = await importing("providers", PROVIDERS.replace("54,5;9,5", "54.5;9.5"))
    assert (outcome.told, outcome.counts) == ([], (2, 0, 0, 0))
    outcome = await importing("offers", OFFERS)
    assert (outcome.told, outcome.counts) == ([], (2, 0, 0, 0))
    return scenarios


async def test_providers_come_with_their_places_and_scenarios(importing: Importer, rows: Rows) -> None:
    scenarios = await prepared(importing, rows)
    stored = await importing.all(
        "select name, status, contact_email, contact_phone, payout_account, place_point_latitude, "
        "place_point_longitude, place_city_code, place_address, place_time_zone from core_provider order by name"
    )
    assert stored == [
        ("Zelte AG", "IN_REVIEW", *[None] * 8),
        ("Zeltplatz Nord", "APPROVED", "n@example.org", "030 1", "DE00", 54.5, 9.5, "DEFLF", "Am See 1",
         "Europe/Berlin"),
    ]  # fmt: skip
    serves = "select scenario_id from core_scenario_provider order by 1"
    assert await importing.all(serves) == sorted((one,) for one in scenarios)
    file = "id,name,scenarios\nP1,Zeltplatz Nord,scenario-2\nP2,Zelte AG,\n"
    assert (await importing("providers", file)).counts == (0, 1, 1, 0)
    assert await importing.all(serves) == [(scenarios[1],)]
    assert (await importing("providers", file)).counts == (0, 0, 2, 0)


async def test_every_rule_of_providers_holds(importing: Importer, rows: Rows) -> None:
    await prepared(importing, rows)
    lines = [
        "id,name,description,status,contactEmail,contactPhone,payoutAccount,latitude,longitude,cityCode,timeZone,scenarios",
        "Q1,,,,,,,,,,,",
        f"Q2,{'x' * 301},,,,,,,,,,",
        f"Q3,x,{'x' * 10_001},,,,,,,,,",
        "Q4,x,,open,,,,,,,,",
        "Q5,x,,,mail,,,,,,,",
        f"Q6,x,,,,{'1' * 41},,,,,,",
        f"Q7,x,,,,,{'1' * 65},,,,,",
        "Q8,x,,,,,,91,0,,,",
        "Q9,x,,,,,,9,,,,",
        "Q10,x,,,,,,,,BERL,,",
        "Q11,x,,,,,,,,,Berlin,",
        "Q12,x,,,,,,,,,,nowhere",
        "P1,Zeltplatz Nord,,APPLIED,,,,,,,,",
        "P2,Zelte AG,,SUSPENDED,,,,,,,,",
    ]
    outcome = await importing("providers", "\n".join(lines), skip_errors=True)
    assert outcome.told == [
        (2, "name", "REQUIRED"),
        (3, "name", "TOO_LONG"),
        (4, "description", "TOO_LONG"),
        (5, "status", "NOT_ONE_OF"),
        (6, "contactEmail", "NOT_AN_EMAIL"),
        (7, "contactPhone", "TOO_LONG"),
        (8, "payoutAccount", "TOO_LONG"),
        (9, "latitude", "OUT_OF_RANGE"),
        (10, "longitude", "REQUIRED"),
        (11, "cityCode", "NOT_A_PLACE"),
        (12, "timeZone", "NOT_A_PLACE"),
        (13, "scenarios", "NOT_FOUND"),
        (14, "status", "ILLEGAL_STATE"),
    ]
    # from review to suspended: a file does not tell every step between two of its dates
    assert outcome.counts == (0, 1, 0, 13)
    assert outcome.problems[-1].expected == "a state that can follow APPROVED, in which the provider is"


async def test_offers_come_as_services(importing: Importer, rows: Rows) -> None:
    scenarios = await prepared(importing, rows)
    query = """
        select o.title, o.kind, o.status, o.scenario_id, o.from_price_minor, o.from_price_currency,
               o.published_at is not null, s.unit, s.duration_minutes, s.unit_price_minor, s.unit_price_currency,
               o.version, s.version
        from core_offer o join core_service s on s.id = o.id order by o.title
    """
    assert await importing.all(query) == [
        ("Guided walk", "core_service", "PUBLISHED", scenarios[0], 125_050, "EUR", True, "HOUR", 60, 125_050, "EUR",
         1, 1),
        ("Sauna", "core_service", "DRAFT", None, 1_000, "JPY", False, "VISIT", None, 1_000, "JPY", 1, 1),
    ]  # fmt: skip
    assert (await importing("offers", OFFERS)).counts == (0, 0, 2, 0)
    outcome = await importing("offers", OFFERS.replace("1000 JPY", "1200 JPY").replace("Guided", "Long"))
    assert outcome.counts == (0, 2, 0, 0)
    assert [row[4] for row in await importing.all(query)] == [125_050, 1_200]


async def test_every_rule_of_offers_holds(importing: Importer, rows: Rows) -> None:
    await prepared(importing, rows)
    lines = (
        "id,provider,scenario,title,status,unit,duration,price,currency",
        "Q1,nobody,,x,,HOUR,,1,EUR",
        "Q2,P1,nowhere,x,,HOUR,,1,EUR",
        "Q3,P1,,,,HOUR,,1,EUR",
        "Q4,P1,,x,open,HOUR,,1,EUR",
        "Q5,P1,,x,,DAY,,1,EUR",
        "Q6,P1,,x,,HOUR,0,1,EUR",
        "Q7,P1,,x,,HOUR,,,EUR",
        "Q8,P1,,x,,HOUR,,-1,EUR",
        "Q9,P1,,x,,HOUR,,1,",
        "Q10,P1,,x,,HOUR,,1,XXX",
        "Q11,P1,,x,,HOUR,,1.005,EUR",
        'Q12,P1,,x,,HOUR,,"1,250",EUR',
        "Q13,,,x,,HOUR,,1,EUR",
    )
    outcome = await importing("offers", "\n".join(lines))
    assert outcome.told == [
        (2, "provider", "NOT_FOUND"),
        (3, "scenario", "NOT_FOUND"),
        (4, "title", "REQUIRED"),
        (5, "status", "NOT_ONE_OF"),
        (6, "unit", "NOT_ONE_OF"),
        (7, "duration", "OUT_OF_RANGE"),
        (8, "price", "REQUIRED"),
        (9, "price", "NEGATIVE"),
        (10, "price", "NO_CURRENCY"),
        (11, "currency", "NOT_A_CURRENCY"),
        (12, "price", "TOO_PRECISE"),
        (13, "price", "NOT_MONEY"),
        (14, "provider", "REQUIRED"),
    ]


async def test_a_word_that_stands_for_no_value_is_refused(importing: Importer, rows: Rows) -> None:
    await prepared(importing, rows)
    with pytest.raises(ImportRefused, match="No value is called DAY") as refused:
        await importing("offers", OFFERS.replace("hour", "Tag"), values={"unit": {"Tag": "DAY"}})
    assert refused.value.hint == "The values are HOUR, SESSION, VISIT."
    assert await rows.connection.fetchval("select count(*) from core_offer") == 2


async def test_rows_that_follow_one_another_are_one_transaction(importing: Importer, rows: Rows) -> None:
    await prepared(importing, rows)
    outcome = await importing("transactions", TRANSACTIONS)
    assert (outcome.told, outcome.counts) == ([], (2, 0, 0, 0))
    assert await importing.all(STORED) == [
        ("T1", "FULFILLED", 250_700, "EUR", "import", 1, "C1", ["Guided walk 2 125050", "Towel 3 200"]),
        ("T2", "PLACED", 420, "EUR", "import", 1, "C2", ["Soap 1 420"]),
    ]
    numbers = await importing.all("select number from core_transaction order by 1")
    assert [len(number) for (number,) in numbers] == [10, 10]
    again = await importing("transactions", TRANSACTIONS)
    assert again.counts == (0, 0, 2, 0)
    assert not again.result.applied


async def test_lines_are_kept_as_they_were_sold(importing: Importer, rows: Rows) -> None:
    await prepared(importing, rows)
    await importing("transactions", TRANSACTIONS)
    kept = [json.loads(one) for (one,) in await importing.all(
        "select snapshot::text from core_transaction_line order by transaction_id, position"
    )]  # fmt: skip

    class Sold:
        kind, title, description, version = "core_service", "Guided walk", None, 1

    class Detail:
        duration_minutes = 60

        class unit:
            value = "HOUR"

    offer: Any = Sold
    detail: Any = Detail
    assert kept[0] == snapshot(NewLine(title="Guided walk", unit_price=Money(125_050, "EUR")), offer, detail)
    assert kept[1] == snapshot(NewLine(title="Towel", unit_price=Money(200, "EUR")), None, None)


async def test_transactions_change_with_their_lines(importing: Importer, rows: Rows) -> None:
    await prepared(importing, rows)
    await importing("transactions", TRANSACTIONS)
    changed = TRANSACTIONS.replace("Towel,3,2", "Towel,3,2.50") + "T2,,,,,,,Brush,2,1 EUR,,\n"
    outcome = await importing("transactions", changed)
    assert (outcome.told, outcome.counts) == ([], (0, 2, 0, 0))
    assert await importing.all(STORED) == [
        ("T1", "FULFILLED", 250_850, "EUR", "import", 2, "C1", ["Guided walk 2 125050", "Towel 3 250"]),
        ("T2", "PLACED", 620, "EUR", "import", 2, "C2", ["Soap 1 420", "Brush 2 100"]),
    ]
    versions = "select title, version from core_transaction_line order by 1"
    assert await importing.all(versions) == [("Brush", 1), ("Guided walk", 1), ("Soap", 1), ("Towel", 2)]
    assert (await importing("transactions", TRANSACTIONS)).counts == (0, 2, 0, 0)
    assert (await importing.all(STORED))[1][-1] == ["Soap 1 420"]
    done = TRANSACTIONS.replace("T2,C2,P1,,,2026-01-03,,", "T2,C2,P1,,,2026-01-03,2026-01-04,")
    assert (await importing("transactions", done)).counts == (0, 1, 1, 0)
    assert [row[1] for row in await importing.all(STORED)] == ["FULFILLED", "FULFILLED"]
    back = await importing("transactions", TRANSACTIONS.replace("T2,C2,P1,,,", "T2,C2,P1,,PLACED,"))
    assert back.told == [(4, "status", "ILLEGAL_STATE")]


async def test_one_row_may_tell_only_the_total(importing: Importer, rows: Rows) -> None:
    await prepared(importing, rows)
    file = "id,customer,provider,date,title,total\nT1,C1,P1,2026-01-02,Stay,99.90 EUR\n"
    assert (await importing("transactions", file)).counts == (1, 0, 0, 0)
    assert [row[2] for row in await importing.all(STORED)] == [9_990]


async def test_every_rule_of_transactions_holds(importing: Importer, rows: Rows) -> None:
    await prepared(importing, rows)
    await importing("offers", "id,provider,title,unit,price\nO9,P2,Other,HOUR,1 EUR\n")
    head = "id,number,customer,provider,scenario,status,channel,date,confirmedAt,fulfilledAt,cancelledAt,cancelReason"
    good = "C1,P1,,,,2026-01-02,,,,"
    lines = (
        f"{head},title,quantity,price,amount,total,offer",
        f"Q1,{'1' * 33},{good},x,1,1 EUR,,,",
        "Q2,,nobody,P1,,,,2026-01-02,,,,,x,1,1 EUR,,,",
        "Q3,,C1,nobody,,,,2026-01-02,,,,,x,1,1 EUR,,,",
        "Q4,,C1,P1,nowhere,,,2026-01-02,,,,,x,1,1 EUR,,,",
        "Q5,,C1,P1,,done,,2026-01-02,,,,,x,1,1 EUR,,,",
        f"Q6,,C1,P1,,,{'x' * 101},2026-01-02,,,,,x,1,1 EUR,,,",
        "Q7,,C1,P1,,,,02.01.2026,,,,,x,1,1 EUR,,,",
        "Q8,,C1,P1,,,,2999-01-02,,,,,x,1,1 EUR,,,",
        "Q9,,C1,P1,,FULFILLED,,2026-01-02,,,,,x,1,1 EUR,,,",
        "Q10,,C1,P1,,PLACED,,2026-01-02,,2026-01-03,,,x,1,1 EUR,,,",
        "Q11,,C1,P1,,,,2026-01-02,2026-01-01,,,,x,1,1 EUR,,,",
        "Q12,,C1,P1,,,,2026-01-02,,,,why,x,1,1 EUR,,,",
        f"Q13,,{good},,1,1 EUR,,,",
        f"Q14,,{good},{'x' * 501},1,1 EUR,,,",
        f"Q15,,{good},x,0,1 EUR,,,",
        f"Q16,,{good},x,100001,1 EUR,,,",
        f"Q17,,{good},x,1,-1 EUR,,,",
        f"Q18,,{good},x,1,,,,",
        f"Q19,,{good},x,3,,10 EUR,,",
        f"Q20,,{good},x,3,3 EUR,10 EUR,,",
        f"Q21,,{good},x,3,3 EUR,,8 EUR,",
        f"Q22,,{good},x,1,1 EUR,,,nothing",
        f"Q23,,{good},x,1,1 EUR,,,O9",
        "Q24,,C1,P2,,,,2026-01-02,,,,,x,1,1 EUR,,,",
        f"Q25,,{good},x,1,1 EUR,,,",
        f"Q25,,{good},x,1,1 USD,,,",
        f"Q26,,{good},x,1,1 EUR,,,",
        "Q26,,C2,,,,,,,,,,x,1,1 EUR,,,",
        f"Q27,,{good},x,100000,92233720368547758.07 EUR,,,",
        f"Q28,N1,{good},x,1,1 EUR,,,",
        f"Q29,N1,{good},x,1,1 EUR,,,",
        f"Q28,,{good},x,1,1 EUR,,,",
        *(f"Q30,,{good},x,1,1 EUR,,," for _ in range(101)),
        f"Q31,,{good},x,1,{'9' * 40} EUR,,,",
    )
    outcome = await importing("transactions", "\n".join(lines), skip_errors=True)
    assert outcome.told == [
        (2, "number", "TOO_LONG"),
        (3, "customer", "NOT_FOUND"),
        (4, "provider", "NOT_FOUND"),
        (5, "scenario", "NOT_FOUND"),
        (6, "status", "NOT_ONE_OF"),
        (7, "channel", "TOO_LONG"),
        (8, "date", "NOT_A_DATE"),
        (9, "date", "IN_FUTURE"),
        (10, "fulfilledAt", "REQUIRED"),
        (11, "fulfilledAt", "TIMES"),
        (12, "confirmedAt", "TIMES"),
        (13, "cancelReason", "TIMES"),
        (14, "title", "REQUIRED"),
        (15, "title", "TOO_LONG"),
        (16, "quantity", "OUT_OF_RANGE"),
        (17, "quantity", "OUT_OF_RANGE"),
        (18, "price", "NEGATIVE"),
        (19, "price", "REQUIRED"),
        (20, "amount", "AMOUNT"),
        (21, "amount", "AMOUNT"),
        (22, "total", "TOTAL"),
        (23, "offer", "OFFER_NOT_FOUND"),
        (24, "offer", "OFFER_NOT_FOUND"),
        (25, "provider", "PROVIDER_UNAVAILABLE"),
        (26, "currency", "CURRENCY_MIXED"),
        (29, "customer", "DIFFERS"),
        (30, "currency", "LINES_INVALID"),
        (32, "number", "NUMBER_TWICE"),
        (33, "id", "DUPLICATE"),
        (34, "id", "TOO_MANY_LINES"),
        (135, "price", "OUT_OF_RANGE"),
    ]
    assert outcome.counts == (1, 0, 0, 31)
    assert [row[0] for row in await importing.all(STORED)] == ["Q28"]
    assert await rows.value("select count(*) from core_transaction_line") == 1


async def test_what_was_written_for_a_forgotten_customer_stays_and_nobody_comes_back(
    importing: Importer, rows: Rows
) -> None:
    await prepared(importing, rows)
    await importing("transactions", TRANSACTIONS)
    await rows.connection.execute(
        "update core_external_ref set external_id = serai_forgotten(source, external_id) "
        "where entity = 'cus' and external_id = 'C1'"
    )
    outcome = await importing("customers", "id,name\nC1,One\nC2,Two\nC3,Three\n")
    assert outcome.counts == (1, 0, 1, 0)
    assert outcome.result.forgotten == 1
    file = TRANSACTIONS + "T3,C1,P1,,,2026-01-03,,Soap,,4.20 EUR,,\n"
    outcome = await importing("transactions", file)
    assert outcome.told == []
    assert outcome.counts == (0, 0, 2, 0)
    assert outcome.result.forgotten == 1
