"""The form of a scenario: typed questions a demand must answer."""

from __future__ import annotations

from serai_sdk import part, value
from serai_sdk.orm import StrEnum


class QuestionKind(StrEnum):
    """What an answer looks like."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    CHOICE = "CHOICE"
    MANY = "MANY"
    DATE = "DATE"
    YES_NO = "YES_NO"


@value
class Question:
    """One question of a form."""

    key: str = part("The name its answer goes by, unique in the form, such as `guests`.")
    label: str = part("The question as people read it.")
    kind: QuestionKind = part("What an answer looks like.")
    required: bool = part("Whether a demand must answer it.")
    choices: list[str] | None = part("What CHOICE and MANY choose from.")
    minimum: float | None = part("The least number, or the fewest characters or choices.")
    maximum: float | None = part("The greatest number, or the most characters or choices.")
    personal: bool = part(
        "Whether answers are personal data, kept from providers until the demand is theirs."
    )
    help: str | None = part("A hint beside the question.")
