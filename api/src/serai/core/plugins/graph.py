"""``plugins``: what is loaded, and what is not and why."""

from __future__ import annotations

from enum import StrEnum

from serai_sdk import CallCtx, Graph, part, query, value

from .access import READ

__all__ = ["GRAPH", "PluginInfo", "PluginState"]


class PluginState(StrEnum):
    """Whether a plug-in is part of this process."""

    READY = "READY"
    """It is."""
    DISABLED = "DISABLED"
    """The settings do not select it."""
    INCOMPATIBLE = "INCOMPATIBLE"
    """It is made for another version of the SDK or of Python."""
    BROKEN = "BROKEN"
    """It could not be imported, or what it declares cannot be."""
    WAITING = "WAITING"
    """A plug-in it requires is not ready."""


@value
class PluginInfo:
    """A plug-in found in this process."""

    id: str = part("Its id: what its tables, permissions and events begin with.")
    title: str = part("Its name as people read it.")
    version: str = part("The version of its distribution.")
    state: PluginState = part("Whether it is part of this process.")
    reason: str | None = part("Why it is not ready, for whoever may see that (plugins:read).")
    hint: str | None = part("What to do about it, likewise.")


@query("All plug-ins found, the core among them.", returns=list[PluginInfo])
async def plugins(ctx: CallCtx) -> list[PluginInfo]:
    may_see = READ in ctx.viewer.permissions or ctx.viewer.kind == "system"
    return [
        PluginInfo(
            id=one.id,
            title=one.title,
            version=one.version,
            state=PluginState(one.state.upper()),
            reason=one.reason if may_see else None,
            hint=one.hint if may_see else None,
        )
        for one in ctx.plugins
    ]


GRAPH = Graph(queries=(plugins,))
