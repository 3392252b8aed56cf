"""What can be done with jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from serai.core.refusals import CONFLICT, NOT_FOUND, not_found
from serai_sdk import CallCtx, UserError, arg, check_version, input, mutation, permission

from .access import WRITE
from .models import Job


@input
class JobCancelInput:
    """A job to cancel."""

    id: UUID = arg("The job.", ref="Job")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@mutation(
    "Cancel a job: one that waits is not begun; one that runs is told to stop, what it has changed by then stays.",
    input=JobCancelInput,
    payload={"job": "Job"},
    errors={
        "NOT_FOUND": NOT_FOUND,
        "CONFLICT": CONFLICT,
        "ILLEGAL_STATE": "It is over: done, given up or cancelled.",
    },
    access=permission(WRITE),
)
async def job_cancel(ctx: CallCtx, input: JobCancelInput) -> Mapping[str, Any]:
    job = await ctx.change.get(Job, input.id)
    if job is None:
        raise not_found("job", field="id")
    check_version(job, input.expected_version)
    if not await ctx.jobs.cancel(input.id):
        raise UserError("ILLEGAL_STATE", f"The job is {job.state.value}: it is over.", field="id")
    return {"job": input.id}


MUTATIONS = (job_cancel,)
