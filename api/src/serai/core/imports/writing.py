"""Writing what was resolved: new rows some at a time, changed rows under their locks, unchanged ones not at all."""

from __future__ import annotations

from dataclasses import dataclass

from .noun import Kept, Link, Unique
from .work import BATCH, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many rows are new, changed, unchanged, and of customers who were forgotten."""

    new: int
    changed: int
    unchanged: int
    forgotten: int


async def count(work: Work) -> Counts:
    """What the resolved rows are."""
    rows = await work.connection.fetch("select action, count(*) as many from import_resolved group by action")
    found = {row["action"]: row["many"] for row in rows}
    return Counts(
        new=found.get("new", 0),
        changed=found.get("changed", 0),
        unchanged=found.get("same", 0),
        forgotten=found.get("forgotten", 0),
    )


async def lock(work: Work) -> None:
    """Lock the rows that change, in the order every change locks them in."""
    await work.connection.execute(
        f"""
        select
        from {work.noun.table} t
        where t.id in (select existing from import_resolved where action = 'changed')
        order by t.id
        for no key update
        """
    )


async def write(work: Work, counts: Counts) -> None:
    """Write all that is new or changed."""
    if counts.changed:
        for unique in work.noun.uniques:
            if unique.releases and unique.field in work.given:
                await _release(work, unique)
    if counts.new:
        await _insert(work, counts.new)
    if counts.changed:
        await _update(work)
    if work.noun.write is not None:
        await work.noun.write(work)


async def _release(work: Work, unique: Unique) -> None:
    """Take from rows what other rows of the file get."""
    await work.run(
        f"""
        update {work.noun.table} t
        set {unique.column} = null
        from import_resolved s
        where s.existing = t.id
          and s.action = 'changed'
          and {unique.key("t")} is distinct from {unique.key("s")}
          and exists (
            select
            from import_resolved o
            where o.action in ('new', 'changed')
              and o.line <> s.line
              and {unique.key("o")} = {unique.key("t")}
          )
        """
    )


async def _insert(work: Work, new: int) -> None:
    noun = work.noun
    await work.connection.execute("create index on import_resolved (line) where action = 'new'")
    own = [one for one in work.kept if one.table is None]
    detail = [one for one in work.kept if one.table is not None]
    statements = [_inserting(work, noun.table, own, dict(noun.fixed), of_table=None)]
    if noun.detail:
        statements.append(_inserting(work, noun.detail, detail, {}, of_table=noun.detail))
    statements.extend(noun.more)
    # an id whose row is not there any more is told anew
    statements.append(
        f"""
        insert into core_external_ref (entity, source, external_id, row_id, created_at)
        select '{noun.prefix}', $4, s.external_id, s.id, $3
        from import_resolved s
        where s.action = 'new' and s.line >= $1 and s.line < $2
        order by s.line
        on conflict (entity, source, external_id) do update set row_id = excluded.row_id
        """
    )
    done = 0
    while True:
        bounds = await work.connection.fetchrow(
            """
            select min(line) as first, max(line) + 1 as next
            from (
              select line from import_resolved where action = 'new' and line > $1 order by line limit $2
            ) b
            """,
            done, BATCH,
        )  # fmt: skip
        assert bounds is not None
        if bounds["first"] is None:
            break
        written = 0
        for statement in statements:
            more = [work.options.source] if "$4" in statement else []
            written = await work.run(statement, bounds["first"], bounds["next"], work.now, *more)
        done = bounds["next"] - 1
        work.written += written
        work.progress(f"writing {noun.name}", work.written, new)
    for link in noun.links:
        if link.within and link.field in work.given:
            await _link_within(work, link)


def _inserting(
    work: Work, table: str, kept: list[Kept], fixed: dict[str, str], *, of_table: str | None
) -> str:
    """The statement that inserts the new rows of lines ``$1`` up to ``$2``, as of ``$3``."""
    noun = work.noun
    columns = {"id": "s.id", "created_at": "$3", "updated_at": "$3", "version": "1", **fixed}
    for one in noun.kept:
        if one.table == of_table and one not in kept and one.fallback != "null":
            columns[one.column] = one.fallback
    for one in kept:
        columns[one.column] = _late(work, one) or one.inserted
    return f"""
        insert into {table} ({", ".join(columns)})
        select {", ".join(columns.values())}
        from import_resolved s
        where s.action = 'new' and s.line >= $1 and s.line < $2
        order by s.line
        """


def _late(work: Work, one: Kept) -> str | None:
    """What a column gets at first that may refer to a row of the same file, which may come later."""
    for link in work.noun.links:
        if link.within and link.column == one.column:
            return (
                f"case when s.{link.column} in (select id from {work.noun.table} where forgotten_at is null) "
                f"then s.{link.column} end"
            )
    return None


async def _link_within(work: Work, link: Link) -> None:
    await work.run(
        f"""
        update {work.noun.table} t
        set {link.column} = s.{link.column}
        from import_resolved s
        join import_resolved o on o.id = s.{link.column} and o.action = 'new'
        where s.id = t.id
          and s.action = 'new'
          and s.{link.column} is not null
          and t.{link.column} is null
        """
    )


async def _update(work: Work) -> None:
    noun = work.noun
    sets = [f"{one.column} = {one.updated}" for one in work.kept if one.table is None]
    sets += ["version = t.version + 1", "updated_at = $1"]
    await work.run(
        f"""
        update {noun.table} t
        set {", ".join(sets)}
        from import_resolved s
        where s.existing = t.id
          and s.action = 'changed'
        """,
        work.now,
    )
    sets = [f"{one.column} = {one.updated}" for one in work.kept if one.table is not None]
    if noun.detail and sets:
        await work.run(
            f"""
            update {noun.detail} d
            set {", ".join([*sets, "version = d.version + 1", "updated_at = $1"])}
            from import_resolved s, {noun.table} t
            where s.existing = d.id
              and t.id = d.id
              and s.action = 'changed'
            """,
            work.now,
        )
