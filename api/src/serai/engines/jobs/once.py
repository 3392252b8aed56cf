"""A job done here and now, without a queue and a worker: for tests and checks of plug-ins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from serai.storage import new_id
from serai_sdk.jobs import Job

from .work import END, Host, Running

__all__ = ["do_once"]

BEGIN: Final = """
insert into core_job
  (id, created_at, updated_at, version, name, state, given, priority, attempts, done, started_at)
values ($1, serai_now(), serai_now(), 1, $2, 'RUNNING', cast($3 as text)::jsonb, 0, 1, 0, serai_now())
"""


async def do_once(host: Host, job: Job, given: Mapping[str, Any]) -> None:
    """One attempt at a job with what is given to it; told of as any other, and what it raises is raised."""
    id = new_id()
    await host.fetch(BEGIN, id, job.name, orjson.dumps(dict(given), default=str).decode())
    try:
        await job.handler(Running(host, id, job.name, 1), given)
    except BaseException as error:
        await host.fetch(END, id, "FAILED", type(error).__name__)
        raise
    await host.fetch(END, id, "DONE", None)
