"""Customers from files: what is new, what has changed, what is the same, what cannot be."""

from __future__ import annotations

import json

import pytest

from serai.core.imports.problems import ImportRefused

from .conftest import Rows
from .importing import Importer

FILE = """\
Kundennummer,Name,E-Mail,Telefon,Art,Sprache,Kanal,geworben von,attributes.hobby
K1,Anna Müller,anna@example.org,+49 30 901820,person,de-DE,fair,K3,Schach
K2,Kran AG,info@kran.example,,COMPANY,,,,
K3,"Bo ""Bobo"" Ek
zweite Zeile",,,,,web,K2,"back\\slash	tab"
"""

STORED = """
select r.external_id, c.name, c.kind, c.email, c.phone, c.phone_e164, c.locale, c.source_channel, c.attributes::text,
       (select i.external_id from core_external_ref i where i.row_id = c.inviter_id), c.version
from core_customer c
join core_external_ref r on r.row_id = c.id and r.entity = 'cus' and r.source = 'erp'
order by 1
"""

IMPORTS = "select noun, source, rows, new, changed, unchanged, failed from core_import order by id"
TOUCHED = "select id, version, updated_at, xmin::text from core_customer order by id"


async def test_a_file_becomes_customers(importing: Importer) -> None:
    outcome = await importing("customers", FILE)
    assert outcome.problems == []
    assert outcome.counts == (3, 0, 0, 0)
    assert await importing.all(STORED) == [
        ("K1", "Anna Müller", "PERSON", "anna@example.org", "+49 30 901820", "+4930901820", "de-DE", "fair",
         '{"hobby": "Schach"}', "K3", 1),
        ("K2", "Kran AG", "COMPANY", "info@kran.example", None, None, "en", None, "{}", None, 1),
        ("K3", 'Bo "Bobo" Ek\nzweite Zeile', "PERSON", None, None, None, "en", "web",
         json.dumps({"hobby": "back\\slash\ttab"}), "K2", 1),
    ]  # fmt: skip
    assert await importing.all(IMPORTS) == [("customers", "erp", 3, 3, 0, 0, 0)]
    [(event, payload)] = await importing.all("select event, payload::text from core_outbox")
    assert event == "import.completed"
    assert json.loads(payload) == {"noun": "customers", "source": "erp", "new": 3, "changed": 0}


async def test_the_same_file_again_changes_nothing(importing: Importer) -> None:
    await importing("customers", FILE)
    before = await importing.all(TOUCHED)
    again = await importing("customers", FILE)
    assert again.counts == (0, 0, 3, 0)
    assert not again.result.applied
    assert await importing.all(TOUCHED) == before
    assert len(await importing.all(IMPORTS)) == 1
    assert await importing.rows.value("select count(*) from core_outbox") == 1


async def test_only_what_has_changed_is_changed(importing: Importer) -> None:
    await importing("customers", FILE)
    before = {row[0]: row[1:] for row in await importing.all(TOUCHED)}
    outcome = await importing(
        "customers", FILE.replace("Kran AG", "Kran SE").replace("K3\n", "K4\n") + "K4,New,,,,,,,\n"
    )
    assert outcome.counts == (1, 1, 2, 0)
    after = {row[0]: row[1:] for row in await importing.all(TOUCHED)}
    assert sorted(after[id][0] - before[id][0] for id in before) == [0, 0, 1]
    [changed] = [id for id in before if after[id] != before[id]]
    assert await importing.rows.value("select name from core_customer where id = $1", changed) == "Kran SE"
    assert after[changed][1] > before[changed][1]


async def test_columns_the_file_does_not_have_stay_as_they_are(importing: Importer) -> None:
    await importing("customers", FILE)
    outcome = await importing("customers", "id,name,attributes.shoe:number\nK1,Anna M.,38\n")
    assert outcome.counts == (0, 1, 0, 0)
    [row] = [one for one in await importing.all(STORED) if one[0] == "K1"]
    assert row[1:] == (
        "Anna M.", "PERSON", "anna@example.org", "+49 30 901820", "+4930901820", "de-DE", "fair",
        '{"shoe": 38, "hobby": "Schach"}', "K3", 2,
    )  # fmt: skip


async def test_an_empty_cell_clears_what_may_be_empty_and_leaves_what_may_not(importing: Importer) -> None:
    await importing("customers", FILE)
    outcome = await importing(
        "customers", "id,name,email,phone,kind,locale,attributes.hobby\nK1,Anna Müller,,,,,\n"
    )
    assert outcome.counts == (0, 1, 0, 0)
    [row] = [one for one in await importing.all(STORED) if one[0] == "K1"]
    assert row[2:9] == ("PERSON", None, None, None, "de-DE", "fair", "{}")


async def test_every_rule_of_the_mutation_holds(importing: Importer, rows: Rows) -> None:
    await rows.customer(email="Taken@example.org")
    content = "\n".join(
        (
            "id,name,kind,email,phone,locale,sourceChannel,inviter",
            ",No id,,,,,,",
            "A2,,,,,,,",
            f"A3,{'x' * 301},,,,,,",
            "A4,Kind,dog,,,,,",
            "A5,Mail,,no mail,,,,",
            f"A6,Mail,,{'x' * 310}@example.org,,,,",
            f"A7,Phone,,,{'1' * 41},,,",
            "A8,Locale,,,,not a locale,,",
            f"A9,Channel,,,,,{'x' * 101},",
            "A10,Inviter,,,,,,nobody",
            "A11,Taken,,taken@EXAMPLE.org,,,,",
            "A12,Once,,once@example.org,,,,",
            "A13,Twice,,ONCE@example.org,,,,",
            "A12,Id twice,,,,,,",
            f"{'x' * 257},Long id,,,,,,",
            "A16,Nul\0,,,,,,",
            "A17,too,few",
            'A18,"quote"x,,,,,,',
            "A19,Good,,,,,,A12",
        )
    )  # fmt: skip
    outcome = await importing("customers", content)
    assert outcome.told == [
        (2, "id", "REQUIRED"),
        (3, "name", "REQUIRED"),
        (4, "name", "TOO_LONG"),
        (5, "kind", "NOT_ONE_OF"),
        (6, "email", "NOT_AN_EMAIL"),
        (7, "email", "NOT_AN_EMAIL"),
        (8, "phone", "TOO_LONG"),
        (9, "locale", "NOT_A_LOCALE"),
        (10, "sourceChannel", "TOO_LONG"),
        (11, "inviter", "NOT_FOUND"),
        (12, "email", "EMAIL_TAKEN"),
        (14, "email", "EMAIL_TWICE"),
        (15, "id", "DUPLICATE"),
        (16, "id", "TOO_LONG"),
        (17, "name", "NUL"),
        (18, "", "RAGGED"),
        (19, "", "QUOTES"),
    ]
    by_line = {one.line: one for one in outcome.problems}
    assert by_line[15].value == "A12"
    assert by_line[15].expected == "an id that is used once; line 13 has the same"
    assert by_line[14].expected == "email of its own; line 13 has the same"
    assert by_line[5].value == "dog"
    assert outcome.counts == (2, 0, 0, 17)
    assert not outcome.result.applied
    assert await rows.value("select count(*) from core_customer") == 1
    assert await rows.value("select count(*) from core_external_ref") == 0

    skipping = await importing("customers", content, skip_errors=True)
    assert skipping.told == outcome.told
    assert skipping.counts == (2, 0, 0, 17)
    assert [row[0] for row in await importing.all(STORED)] == ["A12", "A19"]
    assert await importing.all(IMPORTS) == [("customers", "erp", 19, 2, 0, 0, 17)]


async def test_of_the_ids_of_a_merged_customer_the_first_in_the_file_counts(
    importing: Importer, rows: Rows
) -> None:
    await importing("customers", "id,name\nA,Ada\nB,Ada L.\nC,Bo\n")
    await rows.connection.execute(
        "update core_external_ref set row_id = (select row_id from core_external_ref where external_id = 'A') "
        "where external_id = 'B'"
    )
    file = "id,name\nA,Ada Lovelace\nB,Ada L.\nC,Bo\n"
    assert (await importing("customers", file)).counts == (0, 1, 2, 0)
    stored = "select r.external_id, c.name from core_external_ref r join core_customer c on c.id = r.row_id order by 1"
    assert await importing.all(stored) == [("A", "Ada Lovelace"), ("B", "Ada Lovelace"), ("C", "Bo")]
    assert (await importing("customers", file)).counts == (0, 0, 3, 0)


async def test_the_first_line_again_is_no_customer(importing: Importer) -> None:
    outcome = await importing("customers", "id,name\nA,Ada\n id ,name\nB,Bo\n", skip_errors=True)
    assert outcome.told == [(3, "", "HEADER_AGAIN")]
    assert outcome.counts == (2, 0, 0, 1)


async def test_a_row_that_needs_a_bad_row_is_bad_too(importing: Importer) -> None:
    content = "id,name,email,inviter\nA1,One,bad,\nA2,Two,,A1\nA3,Three,,A2\nA4,Four,,\n"
    outcome = await importing("customers", content, skip_errors=True)
    assert outcome.told == [
        (2, "email", "NOT_AN_EMAIL"),
        (3, "inviter", "NOT_FOUND"),
        (4, "inviter", "NOT_FOUND"),
    ]
    assert [row[0] for row in await importing.all(STORED)] == ["A4"]


async def test_what_is_left_of_a_deleted_customer_is_no_id_to_fill_its_row_by(
    importing: Importer, rows: Rows
) -> None:
    await importing("customers", "id,name\nA,Ada\n")
    await importing.all("update core_external_ref set external_id = 'forgotten:0a' where entity = 'cus'")
    await importing.all("update core_customer set name = null, forgotten_at = now()")
    content = "id,name,inviter\nforgotten:0a,Ada,\nB,Bo,forgotten:0a\n"
    outcome = await importing("customers", content, skip_errors=True)
    assert outcome.told == [(2, "id", "RESERVED"), (3, "inviter", "RESERVED")]
    assert await importing.all("select name from core_customer") == [(None,)]


async def test_customers_can_exchange_their_addresses(importing: Importer) -> None:
    await importing("customers", "id,name,email\nA,A,a@example.org\nB,B,b@example.org\nC,C,c@example.org\n")
    outcome = await importing(
        "customers", "id,name,email\nA,A,b@example.org\nB,B,a@example.org\nD,D,c@example.org\nC,C,\n"
    )
    assert outcome.told == []
    assert outcome.counts == (1, 3, 0, 0)
    assert {row[0]: (row[3], row[10]) for row in await importing.all(STORED)} == {
        "A": ("b@example.org", 2), "B": ("a@example.org", 2), "C": (None, 2), "D": ("c@example.org", 1),
    }  # fmt: skip


async def test_ids_of_another_system_are_other_customers(importing: Importer) -> None:
    await importing("customers", "id,name\nA,One\n")
    outcome = await importing("customers", "id,name\nA,Other\n", source="crm")
    assert outcome.counts == (1, 0, 0, 0)
    assert await importing.all("select name from core_customer order by name") == [("One",), ("Other",)]


async def test_a_dry_run_tells_everything_and_changes_nothing(importing: Importer) -> None:
    await importing("customers", "id,name\nA,One\nB,Two\n")
    outcome = await importing(
        "customers", "id,name,email\nA,One,\nB,Zwei,\nC,Three,x\nD,Four,\n", dry_run=True, skip_errors=True
    )
    assert outcome.counts == (1, 1, 1, 1)
    assert outcome.told == [(4, "email", "NOT_AN_EMAIL")]
    assert not outcome.result.applied
    assert await importing.all("select name from core_customer order by name") == [("One",), ("Two",)]
    assert len(await importing.all(IMPORTS)) == 1


async def test_lines_are_told_where_the_row_begins(importing: Importer) -> None:
    content = 'id,name,locale\nA,"two\nlines",en\n\nB,"three\r\nmore\nlines",!\nC,x,?\n'
    outcome = await importing("customers", content)
    assert outcome.told == [(5, "locale", "NOT_A_LOCALE"), (8, "locale", "NOT_A_LOCALE")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty"),
        (b"\n\n", "The file is empty"),
        (b"id,name\nA,M\xfcller\n", "Line 2 is not utf-8: the byte 0xFC"),
        (b"id,,name\n", "Column 2 has no header"),
        (b"id,name,name\n", "2 columns are called 'name'"),
        (b"id;email\nA;b\n", "No column holds name, which customers need"),
        (b'id,name\nA,"open\nB,x\n', "A quote opened on line 2 is never closed"),
        (b"id,name\n" + b"A,long enough\n" * 150 + b"B,M\xfcller\n", "Line 152 is not utf-8: the byte 0xFC"),
        (b"id,name\n" + b"A," + b"long enough" * 60 + b"\nB,x" * 9 + b"\n" + b"C,long\n" * 1_500 + b"D,\xfc\n",
         "Line 1512 is not utf-8: the byte 0xFC"),
        (b"id,name\n" + (b"A," + b"x" * 200 + b"\n") * 100 + b"D,\xfc\n", "Line 102 is not utf-8: the byte 0xFC"),
        (b"id,name\nA," + b"x" * 2_000_000 + b"\nB,y\n", "A cell on line 2 has more than 1000000 characters"),
        (b"id,name,attributes.age,attributes.age:number\nA,x,1,2\n",
         "The columns 'attributes.age' and 'attributes.age:number' are both mapped to attributes.age"),
        (b"PK\x03\x04rest", "The file is a ZIP archive or a spreadsheet (.xlsx)"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "The gzip file ends in the middle"),
        (b"\x1f\x8bnonsense", "The gzip file is damaged: Unknown compression method"),
        (
            "id,name\nA,x\n".encode("utf-16-le"),
            "The first line has NUL characters: the file is UTF-16 without a mark, or no text",
        ),
        (b'[{"id": 1}]', None),
    ],
)  # fmt: skip
async def test_a_file_that_cannot_be_read_is_told_plainly(
    importing: Importer, content: bytes, message: str | None
) -> None:
    with pytest.raises(ImportRefused) as refused:
        await importing("customers", content, kind=None if message else "jsonl")
    assert refused.value.message == (message or "The file is one JSON array, not JSON lines")
    assert refused.value.hint
    assert await importing.rows.value("select count(*) from core_customer") == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"encoding": "base64"}, "There is no encoding 'base64'"),
        ({"delimiter": "ab"}, "'ab' cannot separate cells"),
        ({"delimiter": '"'}, "'\"' cannot separate cells"),
    ],
)
async def test_options_that_cannot_be_are_told_plainly(
    importing: Importer, options: dict[str, str], message: str
) -> None:
    with pytest.raises(ImportRefused) as refused:
        await importing("customers", "id,name\nA,x\n", **options)  # type: ignore[arg-type]
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("\ufeffid;name\nA;Müller\n".encode(), {}),
        ("id\tname\nA\tMüller\n".encode("utf-16"), {}),
        ("id|name\nA|Müller\n".encode("cp1252"), {"encoding": "cp1252"}),
        ("编号,姓名\nA,Müller\n".encode("gb18030"), {"encoding": "gb18030"}),
        ("id#name\rA#Müller\r".encode(), {"delimiter": "#"}),
        ('"id","name"\r\n"A","Müller"\r\n'.encode(), {}),
        ('{"id": "A", "name": "Müller"}\n'.encode(), {}),
    ],
)  # fmt: skip
async def test_files_of_many_sorts_say_the_same(
    importing: Importer, content: bytes, options: dict[str, str]
) -> None:
    outcome = await importing("customers", content, **options)  # type: ignore[arg-type]
    assert outcome.counts == (1, 0, 0, 0)
    assert await importing.all("select name from core_customer") == [("Müller",)]
