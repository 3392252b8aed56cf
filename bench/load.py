"""The load client: keep-alive HTTP/1.1 over plain sockets, each sending its next request when the last is answered.

It does as little per request as can be done in Python, so that what is measured is the server.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Sample:
    """How many were answered in how long; how long each took, in seconds; the CPU seconds of both servers, if known."""

    answered: int
    seconds: float
    times: Sequence[float] = field(default=(), repr=False)
    server_cpu: float | None = None
    database_cpu: float | None = None

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.answered / self.seconds


class BadAnswer(Exception):
    """A server answered something other than data."""


def request(document: str, variables: Mapping[str, Any], token: str | None) -> bytes:
    """A POST to ``/graphql`` as it goes over the wire."""
    body = orjson.dumps({"query": document, "variables": variables})
    head = [
        "POST /graphql HTTP/1.1",
        "host: 127.0.0.1",
        "content-type: application/json",
        "accept: application/json",
        f"content-length: {len(body)}",
    ]
    if token is not None:
        head.append(f"authorization: Bearer {token}")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def ask(port: int, sent: bytes) -> Any:
    """One request's ``data``."""
    with _connect(port) as connection:
        connection.settimeout(TIMEOUT_S)
        connection.sendall(sent)
        answer = _Answer()
        while not answer.feed(connection.recv(1 << 18)):
            pass
    return orjson.loads(answer.body)["data"]


def load(port: int, requests: Sequence[bytes], *, connections: int, seconds: float, skip: int = 0) -> Sample:
    """Sends requests in turn, from the ``skip``-th on, for so long, and waits for the last answers."""
    poll = select.epoll()
    opened: dict[int, tuple[socket.socket, _Answer]] = {}
    sent: dict[int, float] = {}
    times: list[float] = []
    turn = skip
    clock = time.perf_counter
    try:
        for _ in range(connections):
            connection = _connect(port)
            opened[connection.fileno()] = (connection, _Answer())
            poll.register(connection.fileno(), select.EPOLLIN)
        started = now = clock()
        until = started + seconds
        for number, (connection, _) in opened.items():
            sent[number] = clock()
            connection.sendall(requests[turn % len(requests)])
            turn += 1
        waiting = len(opened)
        while waiting:
            ready = poll.poll(TIMEOUT_S)
            if not ready:
                raise BadAnswer(f"no answer within {TIMEOUT_S:g} seconds")
            for number, _ in ready:
                connection, answer = opened[number]
                if not answer.feed(connection.recv(1 << 18)):
                    continue
                now = clock()
                times.append(now - sent[number])
                if now < until:
                    sent[number] = now
                    connection.sendall(requests[turn % len(requests)])
                    turn += 1
                else:
                    waiting -= 1
        return Sample(len(times), now - started, times)
    finally:
        poll.close()
        for connection, _ in opened.values():
            connection.close()


def _connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class _Answer:
    """The answer now coming in on one connection."""

    __slots__ = ("body", "held", "size")

    def __init__(self) -> None:
        self.held = b""
        self.size = 0
        self.body = b""

    def feed(self, data: bytes) -> bool:
        """Takes what arrived; true when the answer is complete. Raises ``BadAnswer`` if it is not plain data."""
        if not data:
            raise BadAnswer("the server closed the connection")
        held = self.held + data if self.held else data
        if not self.size:
            end = held.find(b"\r\n\r\n")
            if end < 0:
                self.held = held
                return False
            head = held[:end].lower()
            at = head.find(b"content-length:")
            if not head.startswith(b"http/1.1 200 ") or at < 0:
                raise BadAnswer(held[:2_000].decode("utf-8", "replace"))
            self.size = end + 4 + int(head[at + 15 : end].split(b"\r\n", 1)[0])
        if len(held) < self.size:
            self.held = held
            return False
        self.body = held[held.index(b"\r\n\r\n") + 4 :]
        self.held, self.size = b"", 0
        if not self.body.startswith((b'{"data":{', b'{"data": {')) or b'"errors"' in self.body[-4_000:]:
            raise BadAnswer(self.body[:2_000].decode("utf-8", "replace"))
        return True
