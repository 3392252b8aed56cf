"""What can be done with messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from serai.core.refusals import ILLEGAL_STATE, NOT_FOUND
from serai_sdk import CallCtx, acting, arg, input, mutation, permission

from . import errors, service
from .models import LONGEST


@input
class ProposalMessagePostInput:
    """What one side of a proposal writes to the other."""

    proposal: UUID = arg("The proposal.", ref="Proposal")
    text: str = arg("The message, as plain text.", max_length=LONGEST, personal=True)


@mutation(
    "Write to the other side of a proposal: the demand's customer, the provider's members, staff. While the demand "
    "looks for a provider, and afterwards with the one it was awarded to.",
    input=ProposalMessagePostInput,
    payload={"message": "ProposalMessage", "proposal": "Proposal"},
    errors={"NOT_FOUND": NOT_FOUND, "ILLEGAL_STATE": ILLEGAL_STATE} | errors.POST_CODES,
    access=permission(service.WRITE) | acting("customer", "provider"),
)
async def proposal_message_post(ctx: CallCtx, input: ProposalMessagePostInput) -> Mapping[str, Any]:
    message_id = await service.post(ctx, input.proposal, message=input.text)
    return {"message": message_id, "proposal": input.proposal}


MUTATIONS = (proposal_message_post,)
