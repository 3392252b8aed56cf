"""Taking an app's tables out of a database: its migrations undone, the last first, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import asyncpg
from tortoise.migrations.executor import MigrationTarget
from tortoise.transactions import in_transaction

from serai.errors import MigrationError

from .migrations import Executor, check_database, executor_on, lock, name_of, session
from .orm import CONNECTION, OrmApp

__all__ = ["remove_app"]

BUSY = """
select application_name, pid
from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and application_name like 'serai%'
order by application_name, pid
limit 1
"""


async def remove_app(
    dsn: str, apps: Mapping[str, OrmApp], label: str, statements: Sequence[tuple[str, Sequence[object]]]
) -> list[str]:
    """Undoes all migrations of an app and returns their names, in the order undone; then runs ``statements``.

    One transaction: whatever fails, all is as it was. Raises ``MigrationError`` if another app's migrations depend on
    these, if one cannot be undone, or while other processes of Serai use the database.
    """
    async with session(dsn) as connection:
        await check_database(connection)
        await _alone(connection)
        await lock(connection)
        async with executor_on(dsn, apps) as executor:
            target = MigrationTarget(app_label=label, name="__first__")
            steps = await executor.plan([target])
            others = sorted({step.migration.app_label for step in steps} - {label})
            if others:
                raise MigrationError(
                    f"Tables of {', '.join(others)} depend on those of {label}",
                    hint=f"Remove {others[0]} first.",
                    data={"depending": others},
                )
            try:
                async with in_transaction(CONNECTION) as transaction:
                    if steps:
                        await Executor(transaction, executor.loader.apps_config).migrate(
                            [target], direction="backward"
                        )
                    for statement, values in statements:
                        await transaction.execute_query(statement, list(values))
            except Exception as error:  # whatever a migration raises
                raise MigrationError(
                    f"{label} cannot be removed: {error}", hint="Nothing was changed."
                ) from error
    return [name_of(step) for step in steps]


async def _alone(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    busy = await connection.fetchrow(BUSY)
    if busy is not None:
        raise MigrationError(
            f"Serai is at work on this database ({busy['application_name']}, session {busy['pid']})",
            hint="Stop all its processes first: `serai run` and `serai worker`.",
            data={"session": busy["pid"]},
        )
