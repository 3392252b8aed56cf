"""What HTTP asks of the engine, and the limits both keep to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal, Protocol

from serai_sdk.context import Viewer

__all__ = ["Authenticate", "Engine", "ExecutionResult", "StatusHint"]

StatusHint = Literal["ok", "request_error", "mutation_refused"]
"""``ok``: it was executed, perhaps with errors in fields. ``request_error``: it was not (syntax, validation,
variables, operation name) and the body has no ``data``. ``mutation_refused``: it was not, since it is a
mutation and ``allow_mutations`` is false."""


class ExecutionResult(Protocol):
    """A complete response as JSON in UTF-8, how it came about, and how many errors it holds."""

    @property
    def body(self) -> bytes: ...
    @property
    def status_hint(self) -> StatusHint: ...
    @property
    def errors(self) -> int: ...


class Engine(Protocol):
    """Executes one operation; what a caller sends never makes it raise, and what does is masked."""

    async def execute(
        self,
        document: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        viewer: Viewer,
        *,
        idempotency_key: str | None,
        allow_mutations: bool,
        request_id: str,
        with_plan: bool,
    ) -> ExecutionResult: ...

    async def subscription(
        self, document: str, variables: dict[str, Any] | None, operation_name: str | None
    ) -> Any:
        """What a subscription waits for; ``None`` if the operation is none, a result if it cannot be waited for."""

    def prepared(
        self,
        document: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        viewer: Viewer,
        *,
        idempotency_key: str | None,
        request_id: str,
    ) -> Callable[[], Awaitable[ExecutionResult]] | None:
        """What executes an operation that was planned before, as ``execute`` would; ``None`` if it was not.

        Nothing has been executed by then, and what it returns never leaves an operation half done for another try.
        """


Authenticate = Callable[[str | None], Awaitable[Viewer]]
"""From the ``Authorization`` header to a viewer; raises ``AuthenticationError``."""
