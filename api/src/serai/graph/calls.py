"""One execution and its response; what the engine expects of the change seam."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from serai_sdk import UserError
from serai_sdk.context import Viewer

from .registry import RootMutation
from .responses import dumps
from .slow import Asked
from .trace import Trace

Hint = Literal["ok", "request_error", "mutation_refused"]


class Result(NamedTuple):
    """A complete response."""

    body: bytes
    status_hint: Hint = "ok"
    errors: int = 0


class ItemOutcome(Protocol):
    """What became of one item of a bulk."""

    @property
    def payload(self) -> Mapping[str, Any]: ...
    @property
    def user_errors(self) -> Sequence[UserError]: ...


class Outcome(Protocol):
    """What a mutation did: ids for its payload, or what the user can mend."""

    @property
    def payload(self) -> Mapping[str, Any]: ...
    @property
    def user_errors(self) -> Sequence[UserError]: ...
    @property
    def replayed(self) -> bool: ...
    @property
    def results(self) -> Sequence[ItemOutcome]: ...


class Mutate(Protocol):
    """The change seam: runs a mutation's function inside one change."""

    async def __call__(
        self,
        source: RootMutation,
        value: Any,
        canonical: Mapping[str, Any],
        viewer: Viewer,
        *,
        idempotency_key: str | None,
        request_id: str,
        dry_run: bool,
    ) -> Outcome: ...


@dataclass(slots=True)
class Call:
    """One execution: who asks with which variables, and what went wrong so far."""

    viewer: Viewer
    variables: Mapping[str, Any]
    request_id: str
    idempotency_key: str | None
    errors: list[dict[str, Any]]
    trace: Trace | None
    asked: Asked | None = None
    replayed: bool = False
    dry_run: bool = False


def refused(errors: list[dict[str, Any]], hint: Hint = "request_error") -> Result:
    """The response to what was not executed."""
    return Result(dumps({"errors": errors}), hint, len(errors))


def finished(data: bytes, call: Call) -> Result:
    """The response of an execution: its data, errors and extensions."""
    extensions: dict[str, Any] = {}
    if call.replayed:
        extensions["idempotencyHit"] = True
    if call.dry_run:
        extensions["dryRun"] = True
    if call.trace is not None:
        extensions["plan"] = call.trace.fields
    body = b'{"data":' + data
    if call.errors:
        body += b',"errors":' + dumps(call.errors)
    if extensions:
        body += b',"extensions":' + dumps(extensions)
    return Result(body + b"}", "ok", len(call.errors))
