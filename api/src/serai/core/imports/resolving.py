"""Staged rows and the rows that are there: which is new, which has changed, what it refers to, what cannot be."""

from __future__ import annotations

from .noun import Link, Unique
from .work import Work

FORGETTABLE = "cus"
"""Whose rows people can ask to be forgotten: their ids are then known by a keyed hash."""

HAS_FORGOTTEN = """
select exists (
  select
  from core_external_ref
  where entity = 'cus'
    and external_id >= 'forgotten:'
    and external_id < 'forgotten;'
)
"""

SAME_ID = """
select s.line, s.external_id as value, f.line as hint
from import_stage s
join (
  select external_id, min(line) as line
  from import_stage
  group by external_id
  having count(*) > 1
) f on f.external_id = s.external_id and f.line <> s.line
"""

MERGED = """
update import_resolved s
set action = 'same'
from (
  select existing, min(line) as line
  from import_resolved
  where existing is not null
  group by existing
  having count(*) > 1
) f
where f.existing = s.existing
  and f.line <> s.line
"""
"""Several ids lead to a customer that was made of several: the first line that names it is the one that counts."""


async def resolve(work: Work) -> None:
    """Match the staged rows with those that are there into ``import_resolved``, and refuse what cannot be."""
    await work.connection.execute("analyze import_stage")
    await work.refuse(
        SAME_ID,
        field="externalId",
        code="DUPLICATE",
        expected="an id that is used once; line {hint} has the same",
        table="import_stage",
    )
    for unique in _given_uniques(work):
        await work.refuse(
            _same_value(unique),
            field=unique.field,
            code=f"{unique.field.upper()}_TWICE",
            expected=f"{unique.field} of its own; line {{hint}} has the same",
            table="import_stage",
        )
    if work.noun.resolve is not None:
        await work.noun.resolve(work)
    work.has_forgotten = await work.connection.fetchval(HAS_FORGOTTEN)
    await work.connection.execute(matched(work), work.options.source, *_sources(work))
    await work.connection.execute("analyze import_resolved")
    if work.noun.prefix == FORGETTABLE:
        await work.connection.execute(MERGED)
    for link in work.noun.links:
        if link.field in work.given:
            await work.refuse(
                f"select line, ref_{link.column} as value from import_resolved "
                f"where ref_{link.column} is not null and {link.column} is null",
                field=link.field,
                code="NOT_FOUND",
                expected=_link_expected(work, link),
            )
    if work.noun.check is not None:
        await work.noun.check(work)
    await _settle(work)


def _link_expected(work: Work, link: Link) -> str:
    where = "in this file or imported before" if link.within else "imported before"
    slug = "the slug, or " if link.by_slug else ""
    return f"{slug}the external id of a {link.noun} of {work.source_of(link.field)!r}, {where}"


def _given_uniques(work: Work) -> list[Unique]:
    return [one for one in work.noun.uniques if one.field in work.given]


def _same_value(unique: Unique) -> str:
    return f"""
select s.line, s.{unique.column} as value, f.line as hint
from import_stage s
join (
  select {unique.key("o")} as value, min(o.line) as line
  from import_stage o
  where o.{unique.column} is not null
  group by 1
  having count(*) > 1
) f on f.value = {unique.key("s")} and f.line <> s.line
"""


def _sources(work: Work) -> list[str]:
    return [work.source_of(link.field) for link in work.noun.links if link.field in work.given]


def matched(work: Work) -> str:
    """The statement that makes ``import_resolved``: the source is ``$1``, those of links follow."""
    noun = work.noun
    columns: list[str] = []
    joins: list[str] = []
    gone: list[str] = []
    if work.has_forgotten and noun.prefix == FORGETTABLE:
        joins.append(
            f"left join core_external_ref f on r.row_id is null and f.entity = '{noun.prefix}' and f.source = $1 "
            "and f.external_id = serai_forgotten($1, s.external_id)"
        )
        gone.append("f.row_id is not null")
    links = [link for link in noun.links if link.field in work.given]
    for number, link in enumerate(links, start=2):
        ref, ways = f"r_{link.column}", [f"r_{link.column}.row_id"]
        # a row that was there is found by its reference, so what is left is one this file brings
        source = f"s.ref_{link.column}"
        joins.append(
            f"left join core_external_ref {ref} on {ref}.entity = '{link.prefix}' "
            f"and {ref}.source = ${number} and {ref}.external_id = {source}"
        )
        if work.has_forgotten and link.prefix == FORGETTABLE:
            joins.append(
                f"left join core_external_ref f_{link.column} on {ref}.row_id is null "
                f"and f_{link.column}.entity = '{link.prefix}' and f_{link.column}.source = ${number} "
                f"and f_{link.column}.external_id = serai_forgotten(${number}, {source})"
            )
            ways.append(f"f_{link.column}.row_id")
            if not link.within:
                gone.append(f"f_{link.column}.row_id is not null")
        if link.by_slug:
            joins.append(f"left join {link.by_slug} g_{link.column} on g_{link.column}.slug = {source}")
            ways.insert(0, f"g_{link.column}.id")
        if link.within and work.source_of(link.field) == work.options.source:
            joins.append(f"left join import_stage w_{link.column} on w_{link.column}.external_id = {source}")
            ways.append(f"w_{link.column}.id")
        columns.append(f"coalesce({', '.join(ways)}) as {link.column}")
    detail = f"left join {noun.detail} d on d.id = t.id" if noun.detail else ""
    inner = ",\n    ".join(
        [
            "s.*",
            "r.row_id",
            "t.id as existing",
            f"({' or '.join(gone) or 'false'}) as is_gone",
            *(["d.id as detailed"] if noun.detail else []),
            *columns,
        ]
    )
    return f"""
create temporary table import_resolved on commit drop as
select
  s.*,
  case
    when s.existing is null and s.is_gone then 'forgotten'
    when s.existing is null then 'new'
    when {_differs(work)} then 'changed'
    else 'same'
  end as action
from (
  select
    {inner}
  from import_stage s
  left join core_external_ref r
    on r.entity = '{noun.prefix}'
    and r.source = $1
    and r.external_id = s.external_id
  left join {noun.table} t on t.id = r.row_id
  {detail}
  {" ".join(joins)}
) s
left join {noun.table} t on t.id = s.existing
{detail}
"""


def _differs(work: Work) -> str:
    """The condition under which a row that is there is not as the file says."""
    there: list[str] = []
    said: list[str] = []
    for one in work.kept:
        if one.derived is None:
            there.append(f"{'t' if one.table is None else 'd'}.{one.column}")
            said.append(one.updated)
    differs = f"({', '.join(there)}) is distinct from ({', '.join(said)})"
    further = [condition for name, condition in work.noun.changed_by.items() if name in work.given]
    return f"({' or '.join([differs, *further])})"


async def _settle(work: Work) -> None:
    """Refuse what refers to refused rows, and values others have, until nothing more is refused."""
    while True:
        refused = 0
        for link in work.noun.links:
            if link.within and link.field in work.given and work.failed:
                refused += await work.refuse(
                    f"""
                    select s.line, s.ref_{link.column} as value
                    from import_resolved s
                    join import_stage o on o.id = s.{link.column}
                    where not exists (select from import_resolved k where k.id = o.id)
                    """,
                    field=link.field,
                    code="NOT_FOUND",
                    expected=f"a {link.noun} whose own row has no problem",
                )
        for unique in _given_uniques(work):
            refused += await work.refuse(
                _taken(work, unique),
                field=unique.field,
                code=f"{unique.field.upper()}_TAKEN",
                expected=f"{unique.field} no other {work.noun.singular} has",
            )
        if not refused:
            return


def _taken(work: Work, unique: Unique) -> str:
    given_up = ""
    if unique.releases:
        given_up = f"""
  and not exists (
    select
    from import_resolved o
    where o.existing = t.id
      and o.action = 'changed'
      and {unique.key("o")} is distinct from {unique.key("t")}
  )"""
    return f"""
select s.line, s.{unique.column} as value
from import_resolved s
join {work.noun.table} t on {unique.key("t")} = {unique.key("s")}
where s.action in ('new', 'changed')
  and t.id is distinct from s.existing{given_up}
"""
