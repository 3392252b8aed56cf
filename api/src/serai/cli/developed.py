"""Serai with plug-ins as they lie in their folders: `python -m serai.cli.developed`, started by `serai dev`."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from serai.conform import staged
from serai.errors import SeraiError
from serai.http.logs import configure_logs
from serai.http.server import run_loop
from serai.settings import load_settings
from serai_sdk import SafeError

from .interruption import Interruption
from .run import serve
from .shown import show


def main() -> None:
    """Serves the inherited socket of the first argument, with demo data if the second is 1, with all other folders."""
    threading.Thread(target=_stop_without_parent, daemon=True).start()
    interruption = Interruption()
    interruption.listen()
    with ExitStack() as stack:
        try:
            for project in sys.argv[3:]:
                made = stack.enter_context(staged(Path(project)))
                sys.path[:0] = [str(one) for one in made.path]
            settings = load_settings()
            configure_logs(format=settings.log_format, level=settings.log_level)
            listening = stack.enter_context(socket.socket(fileno=int(sys.argv[1])))
            run_loop(serve(settings, listening, interruption, with_demo=sys.argv[2] == "1"))
        except (SeraiError, SafeError) as error:
            sys.exit(show(error))
        except (KeyboardInterrupt, asyncio.CancelledError):
            sys.exit(1)


def _stop_without_parent() -> None:
    """Nothing is ever written here: what can be read is the end of the parent."""
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
