"""Questions as a form is given them; what is left out is as a question usually is."""

from __future__ import annotations

from datetime import date

from serai_sdk import Money, arg, input

from .questions import LocalText, Question, QuestionChoice, QuestionKind, RangeOf, ShowIf


@input
class QuestionChoiceInput:
    """One of the answers of a CHOICE or MANY question."""

    value: str = arg("What is stored as the answer: keep it when the label changes.", max_length=100)
    label: str | None = arg("The choice as people read it; its value, if left out.", max_length=500)
    labels: list[LocalText] = arg("The label in other languages.", default=[])


@input
class QuestionInput:
    """One question of a form."""

    key: str = arg("The name its answer goes by, unique in the form.", max_length=40)
    label: str = arg("The question as people read it, in the form's own language.", max_length=500)
    labels: list[LocalText] = arg("The question in other languages.", default=[])
    help: str | None = arg("A hint beside the question.", max_length=1000)
    helps: list[LocalText] = arg("The hint in other languages.", default=[])
    kind: QuestionKind = arg("What an answer looks like.")
    required: bool = arg(
        "Whether it must be answered where it is asked; a CONSENT must then be given.", default=False
    )
    personal: bool = arg("Whether answers are personal data.", default=False)
    choices: list[QuestionChoiceInput] | None = arg("What CHOICE and MANY choose from.")
    minimum: float | None = arg("The least number (NUMBER, RANGE), or the fewest characters or choices.")
    maximum: float | None = arg("The greatest number (NUMBER, RANGE), or the most characters or choices.")
    earliest: date | None = arg("The first date (DATE, RANGE).")
    latest: date | None = arg("The last date (DATE, RANGE).")
    least: Money | None = arg("The least amount (MONEY); answers are in its currency then.")
    most: Money | None = arg("The greatest amount (MONEY); answers are in its currency then.")
    range: RangeOf | None = arg("What a RANGE goes from and to; needed there.")
    text_version: str | None = arg(
        "Which version of the text it is that a CONSENT agrees to; needed there.", max_length=100
    )
    show_if: ShowIf | None = arg("When it is asked, by answers to questions before it; always, if left out.")


def question(one: QuestionInput) -> Question:
    """The question that was given, without space around its texts."""
    return Question(
        key=one.key,
        label=one.label.strip(),
        labels=_texts(one.labels),
        help=(one.help or "").strip() or None,
        helps=_texts(one.helps),
        kind=one.kind,
        required=one.required,
        personal=one.personal,
        choices=None if one.choices is None else [_choice(choice) for choice in one.choices],
        minimum=one.minimum,
        maximum=one.maximum,
        earliest=one.earliest,
        latest=one.latest,
        least=one.least,
        most=one.most,
        range=one.range,
        text_version=(one.text_version or "").strip() or None,
        show_if=one.show_if,
    )


def _choice(one: QuestionChoiceInput) -> QuestionChoice:
    label = (one.label or "").strip() or one.value
    return QuestionChoice(value=one.value, label=label, labels=_texts(one.labels))


def _texts(texts: list[LocalText]) -> list[LocalText]:
    return [LocalText(locale=one.locale.strip(), text=one.text.strip()) for one in texts]
