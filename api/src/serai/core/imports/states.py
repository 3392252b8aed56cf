"""Life cycles across imports: a file tells where a row is now, not every step it took."""

from __future__ import annotations

from serai.core.states import LifeCycle, S

from .work import Work


async def check_states(work: Work, life: LifeCycle[S]) -> None:
    """Refuse rows whose state cannot be reached from the one they have."""
    if not any(one.column == "status" for one in work.kept):
        return
    pairs = ", ".join(
        f"('{state.value}', '{wanted.value}')"
        for state in life.transitions
        for wanted in (state, *life.reachable(state))
    )
    await work.refuse(
        f"""
        select s.line, s.status as value, t.status as hint
        from import_resolved s
        join {work.noun.table} t on t.id = s.existing
        where s.action = 'changed'
          and s.status is not null
          and (t.status, s.status) not in ({pairs})
        """,
        field="status",
        code="ILLEGAL_STATE",
        expected=f"a state that can follow {{hint}}, in which the {work.noun.singular} is",
    )
