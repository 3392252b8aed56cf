"""Forms in the graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from serai.core.demands.access import READ as READ_DEMANDS
from serai_sdk import (
    JSON,
    CallCtx,
    Graph,
    arg,
    batched,
    column,
    connection,
    count_of,
    entity,
    external_refs,
    lookup,
    sql,
    to_many,
    to_one,
)

from .access import READ, SEE_FORM, SEE_VERSION
from .json_schema import json_schema
from .models import Form as FormRow
from .models import FormStatus
from .models import FormVersion as FormVersionRow
from .mutations import MUTATIONS
from .questions import Question, read
from .states import LIFE
from .statistics import AnswerStatistics
from .statistics import answer_statistics as count_answers


@entity(FormRow, prefix="frm", access=SEE_FORM, unindexed="a few hundred rows")
class Form:
    """Questions asked under one name. Those that published scenarios ask are public."""

    key: str = column("Its name for programs, unique.")
    title: str = column("Its name for people.", translatable=True)
    status: FormStatus = column("Whether new scenarios may take it.")
    next_states: list[FormStatus] = sql(LIFE.sql(), "The states that may follow.")
    current_version = to_one("FormVersion", "What it asks now.")
    refs = external_refs(access=READ)
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change, for `expectedVersion`.")

    versions = to_many(
        "FormVersion", "What it has asked and asks, latest first.", by="form", order=("-number",)
    )
    scenarios = to_many("Scenario", "The scenarios that ask it.", by="form")
    version_count: int = count_of("versions", "How many versions it has.")
    scenario_count: int = count_of("scenarios", "How many scenarios ask it.")


@entity(
    FormVersionRow, prefix="fmv", access=SEE_VERSION, unindexed="a few versions of each form, read below it"
)
class FormVersion:
    """What a form asks, or asked: a version never changes."""

    form = to_one("Form", "The form.")
    number: int = column("1 for the first version of its form, and so on.")
    questions: list[Question] = column("What it asks, in this order.")
    created_at: datetime = column("When it was made.")

    demands = to_many("Demand", "The demands that answered it.", by="form_version")
    demand_count: int = count_of("demands", "How many demands answered it.")

    @batched(
        "What was answered to each question, over all demands; of personal questions only how often.",
        needs=("questions",),
        access=READ_DEMANDS,
    )
    async def answer_statistics(
        ctx: CallCtx, parents: Sequence[Mapping[str, Any]]
    ) -> list[list[AnswerStatistics]]:
        return await count_answers(ctx, parents)

    @batched(
        "The answers it takes as a JSON Schema (draft 2020-12), for forms drawn and checked by a front-end.",
        needs=("questions",),
        name="jsonSchema",
        arguments={
            "locale": arg(
                "The language of titles and descriptions; the form's own, if left out or not there.",
                annotation=str | None,
                default=None,
                max_length=35,
            )
        },
    )
    async def schema(ctx: CallCtx, parents: Sequence[Mapping[str, Any]], *, locale: str | None) -> list[JSON]:
        return [JSON(json_schema(read(one["questions"]), locale=locale)) for one in parents]


GRAPH = Graph(
    entities=(Form, FormVersion),
    queries=(
        connection("forms", "Form", "All forms one may see: those of published scenarios, for staff all."),
        connection(
            "formVersions",
            "FormVersion",
            "All versions one may see, of those forms and of one's own answers.",
        ),
        lookup("form", "Form", "One form by its id."),
        lookup("formVersion", "FormVersion", "One version of a form by its id."),
    ),
    mutations=MUTATIONS,
)
