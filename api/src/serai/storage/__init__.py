"""Where data is: embedded servers, connections, the ORM, and the migrations of all apps."""

from .embedded import EmbeddedServers, ServerUrls, attach, connect_or_start
from .ids import new_id
from .migrations import migrate, pending, plan
from .orm import Orm, OrmApp, open_orm
from .pool import Pool
from .redis import Redis, is_alive, open_redis
from .sessions import Connection
from .watching import Observers

__all__ = [
    "Connection",
    "EmbeddedServers",
    "Observers",
    "Orm",
    "OrmApp",
    "Pool",
    "Redis",
    "ServerUrls",
    "attach",
    "connect_or_start",
    "is_alive",
    "migrate",
    "new_id",
    "open_orm",
    "open_redis",
    "pending",
    "plan",
]
