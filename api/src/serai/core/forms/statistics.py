"""What was answered to each question of a version, in numbers: one statement for all versions and questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

import orjson

from serai_sdk import CallCtx, SafeError, part, value
from serai_sdk.orm import StrEnum

from .questions import Question, QuestionKind, read

MOST_VERSIONS: Final = 20

COUNTED = """
with asked as (
  select v.id,
         q.place,
         q.asked ->> 'key' as key,
         q.asked ->> 'kind' as kind,
         (q.asked ->> 'personal')::boolean as is_personal
  from core_form_version v
  cross join jsonb_array_elements(v.questions) with ordinality as q(asked, place)
  where v.id = any($1::uuid[])
),
given as materialized (
  select a.id,
         a.place,
         a.kind,
         a.is_personal,
         d.id as demand_id,
         nullif(case when a.is_personal then d.personal_answers else d.answers end -> a.key, 'null') as answer
  from asked a
  left join core_demand d on d.form_version_id = a.id
),
chosen as (
  select g.id, g.place, c.value, count(*) as times
  from given g
  cross join jsonb_array_elements_text(
    case jsonb_typeof(g.answer)
      when 'array' then g.answer
      when 'string' then jsonb_build_array(g.answer)
      else '[]'
    end
  ) as c(value)
  where g.kind in ('CHOICE', 'MANY')
    and not g.is_personal
  group by g.id, g.place, c.value
),
choices as (
  select id, place, jsonb_object_agg(value, times) as choices
  from chosen
  group by id, place
),
counted as (
  select id,
         place,
         count(answer) as answered,
         count(demand_id) - count(answer) as skipped,
         count(*) filter (where kind in ('YES_NO', 'CONSENT') and answer = 'true') as yes,
         count(*) filter (where kind in ('YES_NO', 'CONSENT') and answer = 'false') as no,
         count(number) as numbers,
         min(number)::float8 as minimum,
         max(number)::float8 as maximum,
         avg(number)::float8 as mean,
         percentile_cont(0.5) within group (order by number::float8) as median,
         min(day) as earliest,
         max(day) as latest
  from (
    select *,
           case
             when kind = 'NUMBER' and jsonb_typeof(answer) = 'number' and abs(answer::numeric) <= 1e15
             then answer::numeric
           end as number,
           case
             when kind = 'DATE' and answer #>> '{}' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'
             then answer #>> '{}'
           end collate "C" as day
    from given
  ) as valued
  group by id, place
)
select counted.*, choices.choices::text as choices
from counted
left join choices using (id, place)
"""


class Precision(StrEnum):
    """How true a number is."""

    EXACT = "EXACT"
    APPROXIMATE = "APPROXIMATE"


@value
class ChoiceCount:
    """How often a choice was chosen."""

    value: str = part("The choice.")
    count: int = part("By how many demands.")


@value
class NumberSummary:
    """Answers to a NUMBER question."""

    minimum: float = part("The least.")
    maximum: float = part("The greatest.")
    mean: float = part("The arithmetic mean.")
    median: float = part("The one in the middle; between two, the middle of them.")


@value
class DateSummary:
    """Answers to a DATE question."""

    earliest: date = part("The first.")
    latest: date = part("The last.")


@value
class AnswerStatistics:
    """What was answered to one question of a version, over all demands; of a personal one only how often it was."""

    question: str = part("The key of the question.")
    kind: QuestionKind = part("Its kind.")
    answered: int = part("How many demands answered it.")
    skipped: int = part(
        "How many did not: they did not want to, or it was not asked after their other answers."
    )
    choices: list[ChoiceCount] | None = part(
        "Of CHOICE and MANY: each choice in the form's order, 0 included."
    )
    yes: int | None = part("Of YES_NO and CONSENT: how many said yes.")
    no: int | None = part("Of YES_NO and CONSENT: how many said no.")
    numbers: NumberSummary | None = part("Of NUMBER; null if nobody answered.")
    dates: DateSummary | None = part("Of DATE; null if nobody answered.")
    precision: Precision = part("How true these numbers are: they are counted, so EXACT.")


async def answer_statistics(
    ctx: CallCtx, versions: Sequence[Mapping[str, Any]]
) -> list[list[AnswerStatistics]]:
    """The statistics of each version's questions, in their order."""
    ids = list(dict.fromkeys(version["id"] for version in versions))
    if len(ids) > MOST_VERSIONS:
        raise SafeError(
            f"answerStatistics is asked for {len(ids)} versions, {MOST_VERSIONS} at most at once",
            hint=f"ask for fewer: first: {MOST_VERSIONS}",
        )
    found: dict[tuple[UUID, int], Mapping[str, Any]] = {
        (UUID(str(row["id"])), row["place"]): row for row in await ctx.fetch(COUNTED, ids)
    }
    return [
        [
            _statistics(question, found[version["id"], place])
            for place, question in enumerate(read(version["questions"]), start=1)
        ]
        for version in versions
    ]


def _statistics(question: Question, row: Mapping[str, Any]) -> AnswerStatistics:
    kind = None if question.personal else question.kind
    is_chosen = kind in (QuestionKind.CHOICE, QuestionKind.MANY)
    is_said = kind in (QuestionKind.YES_NO, QuestionKind.CONSENT)
    return AnswerStatistics(
        question=question.key,
        kind=question.kind,
        answered=row["answered"],
        skipped=row["skipped"],
        choices=_choices(question, row["choices"]) if is_chosen else None,
        yes=row["yes"] if is_said else None,
        no=row["no"] if is_said else None,
        numbers=NumberSummary(
            minimum=row["minimum"], maximum=row["maximum"], mean=row["mean"], median=row["median"]
        )
        if kind is QuestionKind.NUMBER and row["numbers"]
        else None,
        dates=DateSummary(
            earliest=date.fromisoformat(row["earliest"]), latest=date.fromisoformat(row["latest"])
        )
        if kind is QuestionKind.DATE and row["earliest"]
        else None,
        precision=Precision.EXACT,
    )


def _choices(question: Question, counts: str | None) -> list[ChoiceCount]:
    times: Mapping[str, int] = orjson.loads(counts) if counts else {}
    return [
        ChoiceCount(value=choice.value, count=times.get(choice.value, 0)) for choice in question.choices or ()
    ]
