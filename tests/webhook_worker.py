"""A worker that delivers to webhooks, in a process of its own, to be killed.

`python webhook_worker.py <database> <folder> <receiver, as host:port>`.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from serai.app import open_platform
from serai.engines.webhooks import Dispatcher, Pace
from serai.settings import load_settings

TIMEOUT_S = 1.0
PACE = Pace(
    attempts=60,
    pause=timedelta(seconds=0.05),
    longest_pause=timedelta(seconds=2),
    rest=timedelta(seconds=0.1),
    longest_rest=timedelta(seconds=2),
    render_s=1.5,
    slack_s=0.5,
)
"""Quicker than in life, so that a minute is long for it."""


async def main(database: str, folder: str, receiver: str) -> None:
    settings = load_settings(
        Path(folder), database_url=database, webhook_allowed=(receiver,), webhook_timeout_s=TIMEOUT_S
    )
    platform = await open_platform(settings)
    dispatcher = Dispatcher(
        platform.webhooks, platform.webhooks.caller, pace=PACE, timeout_s=TIMEOUT_S, poll_s=0.1
    )
    print("ready", flush=True)
    await dispatcher.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
