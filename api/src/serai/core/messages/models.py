"""Table of the messages of proposals."""

from __future__ import annotations

from uuid import UUID

from serai.core.constraints import condition, one_of
from serai.core.proposals.models import Proposal
from serai.core.providers.models import ProviderMember
from serai.core.sides import Side
from serai.core.staff.models import Staff
from serai_sdk.orm import Index, Model, fields

LONGEST = 4_000
"""Characters a message has at most."""


class ProposalMessage(Model):
    """What one side wrote to the other about a proposal."""

    proposal: fields.ForeignKeyRelation[Proposal] = fields.ForeignKeyField(
        "core.Proposal", related_name="messages", on_delete=fields.RESTRICT
    )
    proposal_id: UUID
    side = fields.CharEnumField(Side, max_length=16)
    member: fields.ForeignKeyNullableRelation[ProviderMember] = fields.ForeignKeyField(
        "core.ProviderMember", related_name="messages", null=True, on_delete=fields.RESTRICT
    )
    member_id: UUID | None
    staff: fields.ForeignKeyNullableRelation[Staff] = fields.ForeignKeyField(
        "core.Staff", related_name="messages", null=True, on_delete=fields.RESTRICT
    )
    staff_id: UUID | None
    text = fields.TextField()

    class Meta:
        table = "core_proposal_message"
        indexes = (
            Index(fields=("proposal_id", "created_at", "id"), name="core_proposal_message_proposal"),
            Index(fields=("member_id", "id"), name="core_proposal_message_member"),
            Index(fields=("staff_id", "id"), name="core_proposal_message_staff"),
        )
        constraints = (
            one_of("core_proposal_message", "side", Side),
            condition("core_proposal_message", "text_bounded", f'char_length("text") <= {LONGEST}'),
        )
