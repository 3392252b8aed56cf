"""Many items in one change: rows locked first, each item in a savepoint; what fails is left out, or undoes all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from serai_sdk import BulkErrorPolicy, Forbidden, UserError, UserErrors

from .change import Change
from .outcome import ItemOutcome, Outcome

__all__ = ["FORBIDDEN", "Rejected", "run_items"]

FORBIDDEN = "FORBIDDEN"
"""The code of an item whose row the viewer may see, and not do this to."""

Item = TypeVar("Item")


class Rejected(UserErrors):
    """Some items failed, and so nothing is done; ``results`` tell which and why."""

    def __init__(self, results: Sequence[ItemOutcome]) -> None:
        super().__init__([error for one in results for error in one.user_errors])
        self.results = tuple(results)


async def run_items(
    change: Change,
    items: Sequence[Item],
    *,
    locks: Callable[[Sequence[Item]], Awaitable[Mapping[Any, Iterable[UUID]]]],
    run: Callable[[Item], Awaitable[Mapping[str, Any]]],
    policy: BulkErrorPolicy,
) -> Outcome:
    """Run the items in their order, and return what became of each; ``Rejected`` if some failed and none may."""
    await change.lock(await locks(items))
    results: list[ItemOutcome] = []
    for index, item in enumerate(items):
        try:
            async with change.attempt():
                payload = await run(item)
        except (UserError, UserErrors, Forbidden) as error:
            results.append(ItemOutcome(user_errors=tuple(_placed(error, index))))
        else:
            results.append(ItemOutcome(payload=payload))
    if policy is BulkErrorPolicy.REJECT_ALL and any(one.user_errors for one in results):
        raise Rejected([ItemOutcome(user_errors=one.user_errors) for one in results])
    return Outcome(results=tuple(results))


def _placed(error: UserError | UserErrors | Forbidden, index: int) -> list[UserError]:
    """The errors of an item, with the item before their fields."""
    place = ("items", str(index))
    if isinstance(error, Forbidden):
        return [UserError(FORBIDDEN, error.message, field=place)]
    errors = error.errors if isinstance(error, UserErrors) else (error,)
    return [
        UserError(
            one.code,
            one.message,
            field=(*place, *(one.field or ())),
            current_version=one.current_version,
        )
        for one in errors
    ]
