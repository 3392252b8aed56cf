"""The plug-in: what it registers, hook by hook."""

from serai_sdk import Graph, Permission, Plugin, Storage, hookimpl

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
    def permissions(self) -> Permission:
        return Permission(name="diary:read", title="Read the diary")


plugin = Diary()
