"""What can be done about what listeners could not do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from serai.core.refusals import CONFLICT, NOT_FOUND, not_found
from serai_sdk import CallCtx, UserError, arg, check_version, input, mutation, permission

from .access import WRITE
from .models import ListenerCall, ListenerCallState


@input
class ListenerCallReplayInput:
    """What a listener could not do, to be tried again."""

    id: UUID = arg("What is to be tried again.", ref="ListenerCall")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@mutation(
    "Have a listener told again what it could not do, as if for the first time.",
    input=ListenerCallReplayInput,
    payload={"listenerCall": "ListenerCall"},
    errors={
        "NOT_FOUND": NOT_FOUND,
        "CONFLICT": CONFLICT,
        "ILLEGAL_STATE": "It was not given up: it is going to be tried anyway.",
    },
    access=permission(WRITE),
)
async def listener_call_replay(ctx: CallCtx, input: ListenerCallReplayInput) -> Mapping[str, Any]:
    call = await ctx.change.get(ListenerCall, input.id)
    if call is None:
        raise not_found("listener call", field="id")
    check_version(call, input.expected_version)
    if call.state is not ListenerCallState.DEAD:
        raise UserError("ILLEGAL_STATE", "It was not given up: it is going to be tried anyway.", field="id")
    call.state = ListenerCallState.WAITING
    call.attempts = 0
    call.not_before = None
    await ctx.change.save(call)
    return {"listenerCall": input.id}


MUTATIONS = (listener_call_replay,)
