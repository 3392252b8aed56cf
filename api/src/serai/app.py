"""The composition root: settings and plug-ins become an application; the only place that knows everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from .errors import ConfigurationError
from .settings import Settings
from .storage import OrmApp, Pool, migrate, plan

__all__ = ["Banner", "Platform", "Progress", "create_app", "open_platform"]

NOUNS = ("customers", "demands", "offers", "principals", "providers", "scenarios", "staff", "transactions")
APPS = {"core": OrmApp([f"serai.core.{noun}.models" for noun in NOUNS], "serai.core.migrations")}

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """What `serai run` shows when it is ready, besides addresses: tokens by whom they are for, a query to try."""

    tokens: Mapping[str, str] = field(default_factory=dict)
    first_query: str = ""


class Platform:
    """Everything opened for one process: make it with `open_platform`, end it with `close`."""

    def __init__(self, settings: Settings, *, dsn: str, apps: Mapping[str, OrmApp], pool: Pool) -> None:
        self.settings = settings
        self.dsn = dsn
        self.apps = apps
        self.pool = pool

    async def pending(self) -> list[str]:
        """The migrations that `migrate` would apply, in order."""
        return await plan(self.dsn, self.apps)

    async def migrate(self, *, progress: Progress | None = None) -> list[str]:
        """Applies what is pending and returns its names."""
        return await migrate(self.dsn, self.apps, progress=progress)

    async def demo(self, *, progress: Progress | None = None) -> bool:
        """Fills an empty database with the demo data; says whether it was empty."""
        return False

    async def banner(self) -> Banner:
        """What to show when the server is ready."""
        return Banner()

    async def close(self) -> None:
        """Lets go of everything that was opened."""
        await self.pool.close()


async def open_platform(settings: Settings) -> Platform:
    """Opens the platform on the database that `settings` name; raises `ConfigurationError` when they name none."""
    if settings.database_url is None:
        raise ConfigurationError(
            "No database is set", hint="Set SERAI_DATABASE_URL, or start with `serai run`."
        )
    dsn = settings.database_url.get_secret_value()
    pool = await Pool.open(dsn, size=settings.pool_size, timeout_s=settings.pool_timeout_s)
    return Platform(settings, dsn=dsn, apps=APPS, pool=pool)


def create_app(platform: Platform) -> Starlette:
    """The ASGI application of an opened platform; closing the platform is its opener's business."""

    async def live(_: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(routes=[Route("/health/live", live)])
