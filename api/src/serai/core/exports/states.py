"""What an export's state and address read: its time ends it, whether or not anybody has removed the file."""

from __future__ import annotations

from typing import Final

STATE_SQL: Final = "case when state = 'DONE' and expires_at <= serai_now() then 'EXPIRED' else state end"

PATH_SQL: Final = (
    "case when state = 'DONE' and expires_at > serai_now() "
    "then '/exports/exp_' || replace(cast(id as text), '-', '') end"
)
