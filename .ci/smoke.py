"""The smoke test: what is installed beside this interpreter starts in an empty folder, answers a query, and stops."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

QUERY = "{ plugins { id state } }"
EXPECTED = {"core": "READY", "booking": "READY"}
READY_TIMEOUT_S = 180


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="serai-smoke-", ignore_cleanup_errors=True) as folder:
        log = Path(folder) / "log"
        with log.open("wb") as output:
            serai = subprocess.Popen(
                [str(Path(sys.executable).with_name("serai")), "run", "--no-demo"],
                cwd=folder,
                env={"PATH": os.environ["PATH"], "HOME": folder, "SERAI_PORT": "0"},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            address = wait_until_ready(serai, log)
            answer = ask(address)
        except BaseException:
            print(log.read_text(), file=sys.stderr)
            raise
        finally:
            serai.send_signal(signal.SIGTERM)
            code = serai.wait(60)
    states = {plugin["id"]: str(plugin["state"]).upper() for plugin in answer["data"]["plugins"]}
    print(f"smoke: {states}, ended with {code}")
    return 0 if states == EXPECTED and code == 0 else 1


def wait_until_ready(serai: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < until and serai.poll() is None:
        if found := re.search(r"(http://\S+)/graphql", log.read_text()):
            return found[1]
        time.sleep(0.1)
    raise RuntimeError("serai did not get ready")


def ask(address: str) -> dict[str, dict[str, list[dict[str, str]]]]:
    request = urllib.request.Request(
        f"{address}/graphql",
        data=json.dumps({"query": QUERY}).encode(),
        headers={"Content-Type": "application/json"},
    )
    local = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with local.open(request, timeout=30) as answer:
        return json.load(answer)


if __name__ == "__main__":
    sys.exit(main())
