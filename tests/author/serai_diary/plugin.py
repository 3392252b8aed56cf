"""The plug-in: what it registers, hook by hook."""

from serai_sdk import EventType, Graph, Permission, Plugin, Storage, hookimpl

from . import graph


class Diary(Plugin):
    """What is written about customers."""

    id = "diary"
    title = "Diary"

    @hookimpl
    def graph(self) -> Graph:
        return graph.GRAPH

    @hookimpl
    def storage(self) -> Storage:
        return Storage(models=("serai_diary.models",), migrations="serai_diary.migrations")

    @hookimpl
    def events(self) -> EventType:
        return EventType(name="diary.rewritten", version=1, description="A page was written anew.")

    @hookimpl
    def permissions(self) -> Permission:
        return Permission(name="diary:read", title="Read the diary")


plugin = Diary()
