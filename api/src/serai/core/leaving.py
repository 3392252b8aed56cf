"""What the core itself knows of a plug-in, besides the plug-in's own tables: forgotten when its data is dropped."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["forgetting"]

WITHOUT = """
update {table}
set {column} = coalesce(
  (select jsonb_agg(one) from jsonb_array_elements_text({column}) one where not starts_with(one, $1 || ':')), '[]'
)
where exists (select from jsonb_array_elements_text({column}) one where starts_with(one, $1 || ':'))
"""

FORGET = (
    WITHOUT.format(table="core_role", column="permissions"),
    WITHOUT.format(table="core_principal", column="granted"),
    "delete from core_listener_call where starts_with(listener, $1 || '.')",
    "delete from core_listener where starts_with(name, $1 || '.')",
    """
    update core_job set state = 'CANCELLED', ended_at = serai_now()
    where state = 'QUEUED' and starts_with(name, $1 || '.')
    """,
    "delete from core_personal where plugin = $1",
    "delete from core_plugin where id = $1",
)


def forgetting(id: str) -> Sequence[tuple[str, Sequence[object]]]:
    """Statements with their values: its permissions, listeners, waiting jobs, and that it was ever met.

    Transactions, events and history stay: they are what happened. Of offers of its kinds the core's part stays, hidden
    from lists, since lines refer to them.
    """
    return [(statement, (id,)) for statement in FORGET]
