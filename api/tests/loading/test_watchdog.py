"""Who blocks the event loop is named, in the process that serves, while it is blocked."""

from __future__ import annotations

import asyncio
import importlib
import time

from structlog.testing import capture_logs

from serai.loading.watchdog import Watchdog

from .conftest import Site

SAUNA = """
import time

from serai_sdk import Plugin


def heat(seconds):
    time.sleep(seconds)


class Sauna(Plugin):
    "Heat."

    id = "sauna"
    title = "Sauna"


plugin = Sauna()
"""


async def test_the_plugin_that_blocks_the_loop_is_named_with_the_line_it_is_at(site: Site) -> None:
    site.install("sauna", SAUNA)
    report = site.load()
    heat = importlib.import_module("serai_sauna.plugin").heat
    line = 1 + SAUNA.splitlines().index("    time.sleep(seconds)")
    with capture_logs() as told, Watchdog(report):
        await asyncio.sleep(0.2)
        heat(1.2)
        await asyncio.sleep(0.7)
    blocked, free = [one for one in told if one.get("plugin", "sauna") == "sauna"][:2]
    assert (blocked["event"], blocked["plugin"]) == ("loop_blocked", "sauna")
    assert blocked["at"] == f"{site.folder}/serai_sauna/plugin.py:{line}"
    assert free["event"] == "loop_free"
    assert free["after_ms"] >= 1200


async def test_what_blocks_it_outside_of_plugins_is_the_cores(site: Site) -> None:
    with capture_logs() as told, Watchdog(site.load()):
        time.sleep(1.2)  # noqa: ASYNC251 - the very thing
        await asyncio.sleep(0.4)
    blocked = [one for one in told if one["event"] == "loop_blocked"]
    assert {one["plugin"] for one in blocked} == {"core"}
    assert __file__ in {one["at"].rpartition(":")[0] for one in blocked}
