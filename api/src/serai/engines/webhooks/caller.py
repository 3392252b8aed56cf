"""The caller: posts to URLs that others chose, over a connection to the very address that was checked."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpcore

from serai_sdk import SdkError

from .addresses import Forbidden, Policy, Target

__all__ = ["Answer", "Caller", "Resolve", "Unanswered"]

Resolve = Callable[[str, int], Awaitable[list[str]]]

AGENT: Final = "Serai-Webhooks/1"


class Unanswered(SdkError):
    """No answer came: nobody listens there, the certificate is wrong, it took too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: its ``excerpt`` is the beginning of the body, at most as much as the caller reads."""

    status: int
    excerpt: bytes
    duration_s: float

    @property
    def is_accepted(self) -> bool:
        """Whether it says that the delivery was taken; a redirect does not."""
        return 200 <= self.status < 300


class Caller:
    """Calls at most ``at_once`` at a time, each for at most ``timeout_s``, and reads ``excerpt`` bytes of the answer.

    A name is resolved once a connection, all its addresses are checked, and one of those is connected to: an answer
    of the name server that changes in between is never asked for. Redirects are answers like any other, proxies of
    the environment are not used, and no connection outlives its call, so that each call is checked.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        at_once: int = 32,
        timeout_s: float = 15.0,
        excerpt: int = 1024,
        resolve: Resolve | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = policy
        self._timeout_s = timeout_s
        self._excerpt = excerpt
        self._turns = asyncio.Semaphore(at_once)
        self._resolve = resolve or _resolved
        self._trust = trust or ssl.create_default_context()

    async def look(self, url: str) -> None:
        """Find out whether a URL may be called now, without calling it.

        Raises ``Forbidden`` where it may not, ``Unanswered`` where its name is not known.
        """
        target = self._policy.target(url)
        try:
            async with asyncio.timeout(self._timeout_s):
                found = await self._resolve(target.host, target.port)
        except TimeoutError:
            raise Unanswered(f"{target.host} could not be looked up", hint="check its name servers") from None
        self._policy.check(target, found)

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post a JSON body.

        Raises ``Forbidden`` where that must not be called, ``Unanswered`` where nothing came back.
        """
        target = self._policy.target(url)
        async with self._turns:
            began = time.monotonic()
            try:
                async with asyncio.timeout(self._timeout_s):
                    status, excerpt = await self._exchange(target, headers, body)
            except TimeoutError:
                raise Unanswered(
                    f"no answer within {self._timeout_s:g} s", hint="answer first, and work afterwards"
                ) from None
            except (
                httpcore.NetworkError,
                httpcore.TimeoutException,
                httpcore.ProtocolError,
                OSError,
            ) as error:
                raise Unanswered(
                    f"the call failed: {type(error).__name__}", hint="see that the endpoint is up"
                ) from error
            return Answer(status=status, excerpt=excerpt, duration_s=time.monotonic() - began)

    async def _exchange(self, target: Target, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        pinned = _Pinned(self._policy, target, self._resolve)
        given: dict[bytes | str, bytes | str] = dict(headers.items())
        given |= {"host": target.authority, "content-type": "application/json", "user-agent": AGENT}
        url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
        async with (
            httpcore.AsyncConnectionPool(
                ssl_context=self._trust,
                max_connections=1,
                max_keepalive_connections=0,
                network_backend=pinned,
            ) as pool,
            pool.stream(
                "POST", url, headers={**given, "content-length": str(len(body))}, content=body
            ) as answer,
        ):
            excerpt = bytearray()
            # leaving the pool ends the connection, whatever of the body is still to come
            async for piece in answer.aiter_stream():
                excerpt += piece[: self._excerpt - len(excerpt)]
                if len(excerpt) >= self._excerpt:
                    break
            return answer.status, bytes(excerpt)


class _Pinned(httpcore.AsyncNetworkBackend):
    """Connects one target by an address that was checked, whatever else is asked of it."""

    def __init__(self, policy: Policy, target: Target, resolve: Resolve) -> None:
        self._policy = policy
        self._target = target
        self._resolve = resolve
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        if (host, port) != (self._target.host, self._target.port):
            raise Forbidden("another host than the one that was checked", hint="report this: it is a defect")
        address = self._policy.check(self._target, await self._resolve(host, port))
        return await self._plain.connect_tcp(address, port, timeout, local_address, socket_options)

    async def connect_unix_socket(self, *given: Any, **named: Any) -> httpcore.AsyncNetworkStream:
        raise Forbidden("a socket of this machine", hint="report this: it is a defect")


async def _resolved(host: str, port: int) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise Unanswered(f"{host} is not known", hint="check how the name is written") from None
    return [str(address[0]) for *_, address in found]
