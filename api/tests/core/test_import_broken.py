"""Many rows, one in a hundred broken in one of twenty ways: each is told, the rest imported."""

from __future__ import annotations

from collections import Counter

import pytest

from .conftest import Rows
from .importing import Importer

HEADER = "id,name,kind,email,phone,locale,sourceChannel,inviter,attributes.age:number,attributes.vip:flag"

BROKEN = (
    (",No id,,,,,,,,", "id", "REQUIRED"),
    ("{n},,,,,,,,,", "name", "REQUIRED"),
    ("{n}," + "x" * 301 + ",,,,,,,,", "name", "TOO_LONG"),
    ("{n}" + "x" * 250 + ",Long id,,,,,,,,", "id", "TOO_LONG"),
    ("{n},Kind,dog,,,,,,,", "kind", "NOT_ONE_OF"),
    ("{n},Mail,,no mail,,,,,,", "email", "NOT_AN_EMAIL"),
    ("{n},Long mail,," + "x" * 310 + "@example.org,,,,,,", "email", "NOT_AN_EMAIL"),
    ("{n},Phone,,," + "1" * 41 + ",,,,,", "phone", "TOO_LONG"),
    ("{n},Locale,,,,not a tag,,,,", "locale", "NOT_A_LOCALE"),
    ("{n},Channel,,,,," + "x" * 101 + ",,,", "sourceChannel", "TOO_LONG"),
    ("{n},Inviter,,,,,,nobody,,", "inviter", "NOT_FOUND"),
    ("{n},Taken,,TAKEN.{n}@example.org,,,,,,", "email", "EMAIL_TAKEN"),
    ("{n},Twice,,c1@example.org,,,,,,", "email", "EMAIL_TWICE"),
    ("C0000001,Same id,,,,,,,,", "id", "DUPLICATE"),
    ("{n},Nul\0,,,,,,,,", "name", "NUL"),
    ("{n},Too few", "", "RAGGED"),
    ("{n},Too many,,,,,,,,,,", "", "RAGGED"),
    ('{n},"Quote"x,,,,,,,,', "", "QUOTES"),
    ("{n},Number,,,,,,,old,", "attributes.age:number", "NOT_A_NUMBER"),
    ("{n},Flag,,,,,,,,perhaps", "attributes.vip:flag", "NOT_A_FLAG"),
)


def file(count: int) -> tuple[bytes, list[tuple[int, str, str]]]:
    """A file of so many rows, and what is wrong with it by line, column and code."""
    lines = [HEADER]
    wrong: list[tuple[int, str, str]] = []
    for number in range(1, count + 1):
        id = f"C{number:07}"
        if number % 100 == 50:
            row, column, code = BROKEN[number // 100 % len(BROKEN)]
            lines.append(row.replace("{n}", id))
            wrong.append((number + 1, column, code))
        else:
            inviter = f"C{number - 1:07}" if number % 7 == 0 and (number - 1) % 100 != 50 else ""
            lines.append(
                f"{id},Customer {number},person,c{number}@example.org,+49 30 90{number:06},de-DE,web,{inviter},42,yes"
            )
    return "\n".join(lines).encode(), wrong


@pytest.mark.parametrize(
    "count",
    [
        pytest.param(20_000, id="short"),
        # a hundred thousand rows, three times: half a minute
        pytest.param(100_000, id="long", marks=pytest.mark.slow),
    ],
)
async def test_each_broken_row_is_told_and_the_rest_is_imported(
    importing: Importer, rows: Rows, count: int
) -> None:
    content, wrong = file(count)
    taken = [line - 1 for line, _, code in wrong if code == "EMAIL_TAKEN"]
    for number in taken:
        await rows.customer(email=f"taken.c{number:07}@example.org")
    assert len(wrong) == count // 100
    assert set(Counter(code for _, _, code in wrong)) == {code for _, _, code in BROKEN}

    outcome = await importing("customers", content)
    assert outcome.told == wrong
    assert outcome.counts == (count - len(wrong), 0, 0, len(wrong))
    assert not outcome.result.applied
    assert await rows.value("select count(*) from core_customer") == len(taken)
    assert await rows.value("select count(*) from core_external_ref") == 0
    assert await rows.value("select count(*) from core_import") == 0

    skipping = await importing("customers", content, skip_errors=True)
    assert skipping.told == wrong
    bad = {number for number in range(1, count + 1) if number % 100 == 50}
    imported = {int(id[1:]) for (id,) in await importing.all("select external_id from core_external_ref")}
    assert imported == set(range(1, count + 1)) - bad
    assert await rows.value("select count(*) from core_customer") == len(taken) + count - len(bad)

    again = await importing("customers", content, skip_errors=True)
    assert again.counts == (0, 0, count - len(bad), len(bad))
    assert not again.result.applied
