"""Who may see the history of a demand: whoever sees the demand, and what an entry is about."""

from __future__ import annotations

from serai_sdk import via, when

SEE_EVENT = (
    via("demand")
    & (when("proposal_id", None) | via("proposal"))
    & (when("transaction_id", None) | via("transaction"))
)
"""An entry about a proposal is for who sees the proposal: a rival learns of none but its own."""
