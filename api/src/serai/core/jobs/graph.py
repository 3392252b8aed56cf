"""Jobs in the graph: what workers do and did, for operators."""

from __future__ import annotations

from datetime import datetime

from serai_sdk import Graph, column, connection, entity, lookup

from .access import SEE_JOB
from .models import Job as JobRow
from .models import JobState
from .mutations import MUTATIONS


@entity(
    JobRow,
    prefix="job",
    access=SEE_JOB,
    unindexed="jobs are listed by state and age, and kept for 30 days after their end",
)
class Job:
    """Work that is done beside requests, from when it is put into the queue until 30 days after it ended."""

    name: str = column("Which work it is, such as `core.end_demands`.")
    state: JobState = column("Where it is in its life.")
    priority: int = column("The higher, the sooner it is begun.")
    attempts: int = column("How often it was begun.")
    done: int = column("How much of it is done, in a unit of its own.")
    total: int | None = column("How much there is to do, if that is known.")
    error: str | None = column("What went wrong the last time, in the words of the job.")
    not_before: datetime | None = column("It is not begun before.")
    started_at: datetime | None = column("When it was begun first.")
    ended_at: datetime | None = column("When it was done, given up or cancelled.")
    created_at: datetime = column("When it was put into the queue.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change, for `expectedVersion`.")


GRAPH = Graph(
    entities=(Job,),
    queries=(
        connection("jobs", "Job", "What workers do and did."),
        lookup("job", "Job", "One job by its id."),
    ),
    mutations=MUTATIONS,
)
