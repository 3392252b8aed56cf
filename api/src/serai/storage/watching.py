"""Who listens to the statements that the driver sends: benches and tests count them here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg
from asyncpg.connection import LoggedQuery

__all__ = ["Observer", "Observers"]

Observer = Callable[[str, tuple[Any, ...]], None]


class Observers(list[Observer]):
    """Functions called with the text and the arguments of each statement, after it ran.

    They are told by the driver itself, on the next turn of the event loop: whoever counts lets it turn first
    (`await asyncio.sleep(0)`). While the list is empty a statement costs nothing extra.
    """

    def __init__(self) -> None:
        super().__init__()
        self._was_used = False

    def attend(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        """Makes a connection tell, or stop telling, as the list now stands; called whenever one is taken."""
        if self:
            self._was_used = True
            connection.add_query_logger(self._tell)
        elif self._was_used:
            connection.remove_query_logger(self._tell)

    def _tell(self, sent: LoggedQuery) -> None:
        for observer in tuple(self):
            observer(sent.query, tuple(sent.args))
