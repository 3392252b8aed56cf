"""Who may read the messages of a proposal: whoever sees the proposal, which is its two sides and staff that may."""

from __future__ import annotations

from serai_sdk import via

SEE_MESSAGE = via("proposal")
