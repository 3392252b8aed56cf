"""The life of a transaction, declared once: what may become of it, from where, who may, and what says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from serai.core.states import LifeCycle
from serai_sdk import Rule, acting, permission

from .models import TransactionStatus as Status

WRITE: Final = "transactions:write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One step in the life of a transaction; staff with ``transactions:write`` may do each.

    ``parties`` are those who may besides, each for its own transactions. ``stamp`` is the column that keeps when it
    was; ``event`` is announced before the rows are locked, so that plug-ins may declare what follows it.
    """

    verb: str
    before: Sequence[Status]
    after: Status
    parties: Sequence[Literal["customer", "provider"]]
    stamp: Literal["confirmed_at", "fulfilled_at", "cancelled_at"]
    event: str

    @property
    def access(self) -> Rule:
        """Who may try it at all, before it is known of which transaction."""
        return permission(WRITE) | acting(*self.parties)


CONFIRM: Final = Transition(
    verb="confirm",
    before=(Status.PLACED,),
    after=Status.CONFIRMED,
    parties=("provider",),
    stamp="confirmed_at",
    event="transaction.confirmed",
)
FULFIL: Final = Transition(
    verb="fulfil",
    before=(Status.CONFIRMED,),
    after=Status.FULFILLED,
    parties=("provider",),
    stamp="fulfilled_at",
    event="transaction.fulfilled",
)
CANCEL: Final = Transition(
    verb="cancel",
    before=(Status.PLACED, Status.CONFIRMED),
    after=Status.CANCELLED,
    parties=("customer", "provider"),
    stamp="cancelled_at",
    event="transaction.cancelled",
)

TRANSITIONS: Final = (CONFIRM, FULFIL, CANCEL)
"""All there are; the mutations, the states of the graph and the page on the life of a transaction come from these."""

LIFE = LifeCycle(
    "transaction",
    {state: tuple(one.after for one in TRANSITIONS if state in one.before) for state in Status},
)

LIVE = (Status.PLACED, Status.CONFIRMED)
"""Agreed and not yet over: provider and customer have to reach each other."""
