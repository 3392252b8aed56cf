"""Life cycles: which state may follow which, written once for services, for the graph and for messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from serai_sdk import UserError

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class LifeCycle(Generic[S]):
    """The legal transitions between the states of one noun."""

    noun: str
    transitions: Mapping[S, Sequence[S]]

    def next(self, state: S) -> Sequence[S]:
        """The states that may follow."""
        return self.transitions[state]

    def reachable(self, state: S) -> Sequence[S]:
        """The states that may come after, in one step or several."""
        found: dict[S, None] = {}
        ahead = list(self.next(state))
        while ahead:
            one = ahead.pop(0)
            if one not in found:
                found[one] = None
                ahead.extend(self.next(one))
        return tuple(found)

    def check(self, state: S, wanted: S, *, field: str = "id") -> None:
        """Raise ``UserError`` code ``ILLEGAL_STATE`` unless ``wanted`` may follow ``state``."""
        legal = self.next(state)
        if wanted in legal:
            return
        listed = ", ".join(one.value for one in legal)
        ways = f"it can go to {listed}" if listed else "no state follows that one"
        raise UserError(
            "ILLEGAL_STATE",
            f"The {self.noun} is {state.value} and cannot become {wanted.value}: {ways}.",
            field=field,
        )

    def sql(self, status: str = "status") -> str:
        """The states that may follow the row's ``status`` (an expression), as an expression over the row."""
        cases = " ".join(
            f"when '{state.value}' then array[{', '.join(repr(one.value) for one in following)}]::text[]"
            for state, following in self.transitions.items()
            if following
        )
        return f"case {status} {cases} else array[]::text[] end"
