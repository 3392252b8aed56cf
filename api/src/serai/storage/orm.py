"""Tortoise over all apps of the platform at once: the core's models and those of every plug-in."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tortoise.context import TortoiseContext, _current_context, set_global_context
from tortoise.exceptions import ConfigurationError as TortoiseConfigurationError

from .watching import Observers

__all__ = ["CONNECTION", "Orm", "OrmApp", "open_orm", "orm_config"]

CONNECTION = "default"
ENGINE = "serai.storage.asyncpg_client"


@dataclass(frozen=True, slots=True)
class OrmApp:
    """One app: dotted names of its modules with models, and of its package with migrations, if it has any."""

    models: Sequence[str]
    migrations: str | None = None


class Orm:
    """An opened ORM. `active()` makes it the one that models use in the current task and those it starts."""

    def __init__(self, context: TortoiseContext, observers: Observers) -> None:
        self.context = context
        self.observers = observers

    @contextmanager
    def active(self) -> Iterator[None]:
        """Uses this ORM within the block; may be entered by many tasks at once, and again within itself."""
        # The context's own `with` remembers one token for all tasks, so the variable is set here.
        token = _current_context.set(self.context)
        try:
            yield
        finally:
            _current_context.reset(token)

    async def renew(self) -> None:
        """Closes each connection before its next use and opens another: sessions take over settings as they begin."""
        pool = self.context.connections.get(CONNECTION)._pool
        if pool is not None:
            await pool.expire_connections()

    async def close(self) -> None:
        """Closes its connections, waiting for those in use."""
        with self.active():
            await self.context.close_connections()


async def open_orm(
    dsn: str,
    apps: Mapping[str, OrmApp],
    *,
    pool_size: int = 5,
    application_name: str = "serai-orm",
    observers: Observers | None = None,
    is_fallback: bool = True,
) -> Orm:
    """Opens Tortoise over `apps`; instants are aware and in UTC; the connection is called `default`.

    With `is_fallback`, the first one opened in a process also serves tasks that entered none.
    """
    observers = Observers() if observers is None else observers
    context = TortoiseContext()
    orm = Orm(context, observers)
    with orm.active():
        await context.init(
            config=orm_config(
                dsn, apps, pool_size=pool_size, application_name=application_name, observers=observers
            )
        )
    if is_fallback:
        with contextlib.suppress(TortoiseConfigurationError):
            set_global_context(context)
    return orm


def orm_config(
    dsn: str,
    apps: Mapping[str, OrmApp],
    *,
    pool_size: int = 5,
    application_name: str = "serai-orm",
    observers: Observers | None = None,
) -> dict[str, Any]:
    """Tortoise's configuration over `apps`, with one connection that asyncpg makes from `dsn` as it stands."""
    credentials = {
        "dsn": dsn,
        "minsize": 0,
        "maxsize": pool_size,
        "observers": Observers() if observers is None else observers,
        "application_name": application_name,
    }
    return {
        "connections": {CONNECTION: {"engine": ENGINE, "credentials": credentials}},
        "apps": {
            label: {
                "models": list(app.models),
                "default_connection": CONNECTION,
                **({"migrations": app.migrations} if app.migrations else {}),
            }
            for label, app in apps.items()
        },
        "use_tz": True,
        "timezone": "UTC",
    }
