"""Messages of proposals in the graph."""

from __future__ import annotations

from datetime import datetime

from serai.core.sides import Side
from serai_sdk import Graph, column, entity, to_one

from .access import SEE_MESSAGE
from .models import ProposalMessage as ProposalMessageRow
from .mutations import MUTATIONS


@entity(
    ProposalMessageRow,
    prefix="msg",
    access=SEE_MESSAGE,
    unindexed="messages are read below their proposal or writer",
)
class ProposalMessage:
    """What one side of a proposal wrote to the other. It names the side; who it was, only to who may know."""

    proposal = to_one("Proposal", "The proposal it is about.")
    side: Side = column("Which side wrote it.")
    member = to_one("ProviderMember", "Which of the provider's members wrote it.")
    staff = to_one("Staff", "Which of the staff wrote it.")
    text: str = column("The message, as plain text.", personal=True)
    created_at: datetime = column("When it was written.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")


GRAPH = Graph(entities=(ProposalMessage,), mutations=MUTATIONS)
