"""What can be done with exports: ask for one, and stop it or take its file back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from serai.core.calls import Context
from serai.core.refusals import NOT_FOUND, not_found
from serai.graph.errors import GraphRequestError
from serai_sdk import JSON, CallCtx, Forbidden, UserError, arg, input, mutation

from .access import WRITE
from .models import Export, ExportFormat, ExportState

AT_ONCE: Final = 5
"""How many exports of one owner may wait or run."""
JOB: Final = "core.export"

TURN: Final = "select pg_advisory_xact_lock(hashtextextended('serai export ' || $1::text, 0))"
UNFINISHED: Final = """
select count(*) as count
from core_export
where (staff_id = $1 or app_id = $1)
  and state in ('QUEUED', 'RUNNING')
"""


@input
class BulkExportInput:
    """A list to be written into a file, whole."""

    query: str = arg(
        "A query of one list, filtered and ordered as you like: `{ transactions { nodes { number } } }`.",
        max_length=50_000,
        personal=True,
    )
    variables: JSON | None = arg("Its variables: an object.", default=None, personal=True)
    operation_name: str | None = arg(
        "Which operation of the query, if it has several.", default=None, max_length=200
    )
    format: ExportFormat = arg("How the rows are written.", default=ExportFormat.JSONL)


@input
class ExportCancelInput:
    """An export to stop, or whose file nobody is to fetch any more."""

    id: UUID = arg("The export.", ref="Export")


@mutation(
    "Have a list written into a file, all of it as you may see it, by a job. See `export` for how far it is and where "
    "its file is fetched, for a day.",
    input=BulkExportInput,
    payload={"export": "Export"},
    errors={
        "NOT_EXPORTABLE": "The query is not one of one list to its end, or not right; the message says what of it.",
        "INVALID": "The variables are no object.",
        "TOO_MANY": f"{AT_ONCE} of your exports wait or run: let one end, or cancel one.",
    },
    access=WRITE,
)
async def bulk_export(ctx: CallCtx, input: BulkExportInput) -> Mapping[str, Any]:
    viewer = ctx.viewer
    owner = viewer.staff_id or viewer.principal_id
    if owner is None or not isinstance(ctx, Context):
        raise Forbidden("Staff and apps have lists exported.")
    variables: Any = {} if input.variables is None else input.variables
    if not isinstance(variables, dict):
        raise UserError("INVALID", "The variables are an object, by name.", field="variables")
    try:
        plan = ctx.export(input.query, variables, input.operation_name)
    except GraphRequestError as error:
        told = error.message if error.hint is None else f"{error.message}; {error.hint}"
        raise UserError("NOT_EXPORTABLE", told, field="query") from None
    await ctx.change.execute(TURN, str(owner))
    [unfinished] = await ctx.change.execute(UNFINISHED, owner)
    if unfinished["count"] >= AT_ONCE:
        raise UserError("TOO_MANY", f"{AT_ONCE} of your exports wait or run already.")
    id = ctx.new_id()
    job = await ctx.jobs.enqueue(JOB, {"export": str(id)})
    assert job is not None
    await ctx.change.add(
        Export(
            id=id,
            staff_id=viewer.staff_id,
            app_id=None if viewer.staff_id else owner,
            job_id=job,
            name=plan.name,
            format=input.format,
            state=ExportState.QUEUED,
            query=input.query,
            variables=variables,
            operation=input.operation_name,
        )
    )
    return {"export": id}


@mutation(
    "Stop an export, or take the file of one that is done back: nobody can fetch it from then on.",
    input=ExportCancelInput,
    payload={"export": "Export"},
    errors={
        "NOT_FOUND": NOT_FOUND,
        "ILLEGAL_STATE": "It is over: given up, cancelled or expired.",
    },
    access=WRITE,
)
async def export_cancel(ctx: CallCtx, input: ExportCancelInput) -> Mapping[str, Any]:
    if not await ctx.can_see("Export", input.id):
        raise not_found("export", field="id")
    # the job first: a worker that tells how far it is locks it, and then the export
    [found] = await ctx.change.execute("select job_id from core_export where id = $1", input.id)
    if await ctx.jobs.cancel(found["job_id"]):
        return {"export": input.id}
    export = await ctx.change.get(Export, input.id)
    if export is None:
        raise not_found("export", field="id")
    is_there = export.state is ExportState.DONE and export.expires_at and export.expires_at > ctx.now
    if not is_there:
        raise UserError("ILLEGAL_STATE", f"The export is over: {export.state.value}.", field="id")
    export.expires_at = ctx.now
    await ctx.change.save(export)
    return {"export": input.id}


MUTATIONS = (bulk_export, export_cancel)
