"""Where a webhook may go: URLs and addresses that could mean the platform's own network are refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from serai_sdk import SdkError

__all__ = ["Forbidden", "Policy", "Target", "is_public"]

LONGEST_URL: Final = 2048
PRINTABLE: Final = re.compile(r"[\x21-\x7e]+")
NAME: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")

# IANA's special-purpose registries; and Azure's wire server, public by number, which answers to the machine that asks
CLOSED_V4: Final = tuple(
    ip_network(one)
    for one in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
)
# of IPv6 only what is given out as global unicast is open: loopback, link-local, unique local, multicast, mapped and
# translated IPv4 (`::ffff:0:0/96`, `64:ff9b::/96`, `64:ff9b:1::/48`) lie outside of it
OPEN_V6: Final = ip_network("2000::/3")
CLOSED_V6: Final = tuple(
    ip_network(one)
    for one in (
        "2001::/23",  # Teredo, ORCHID and others of IETF
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)


class Forbidden(SdkError):
    """That URL, or the address its name has, is none a webhook may go to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL taken apart once, so that what was checked is what is called; ``host`` is without brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def place(self) -> str:
        """Host and port, as an allow list names them."""
        return f"{_bracketed(self.host)}:{self.port}"

    @property
    def authority(self) -> str:
        """What the header ``Host`` says: the port only where it isn't the scheme's own."""
        is_usual = self.port == {"https": 443, "http": 80}[self.scheme]
        return _bracketed(self.host) if is_usual else self.place


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """``https`` to a public address at one of ``ports``; besides, whatever is at ``allowed`` (``localhost:8080``)."""

    ports: frozenset[int] = frozenset({443, 8443})
    allowed: frozenset[str] = frozenset()

    def target(self, url: str) -> Target:
        """The parts of a URL that may be called as far as can be told without asking for its address.

        Raises ``Forbidden``.
        """
        target = _parsed(url)
        if target.place in self.allowed:
            return target
        if target.scheme != "https":
            raise Forbidden("the URL is not https", hint="give a URL that begins with https://")
        if target.port not in self.ports:
            ports = ", ".join(str(one) for one in sorted(self.ports))
            raise Forbidden(f"port {target.port} is not one webhooks may go to", hint=f"use one of: {ports}")
        literal = _literal(target.host)
        if literal is not None and not is_public(literal):
            raise _closed(target)
        return target

    def check(self, target: Target, found: list[str]) -> str:
        """The address to connect to, of those its name has: the first, where all of them are public.

        Raises ``Forbidden``; which addresses it were is not told, as whoever asks could map the network by it.
        """
        if not found:
            raise Forbidden(f"{target.host} has no address", hint="check how the name is written")
        if target.place not in self.allowed and not all(is_public(ip_address(one)) for one in found):
            raise _closed(target)
        return found[0]


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address belongs to the open internet, whatever it may be translated to on the way."""
    if isinstance(address, IPv4Address):
        return not any(address in one for one in CLOSED_V4)
    if address.scope_id is not None:
        return False
    return address in OPEN_V6 and not any(address in one for one in CLOSED_V6)


def _closed(target: Target) -> Forbidden:
    return Forbidden(
        f"{target.host} is not on the open internet", hint="give a URL whose name has public addresses only"
    )


def _parsed(url: str) -> Target:
    if len(url) > LONGEST_URL:
        raise Forbidden(f"the URL is longer than {LONGEST_URL} characters", hint="give a shorter one")
    if not PRINTABLE.fullmatch(url) or "\\" in url:
        raise Forbidden(
            "the URL has characters that none has", hint="encode them: %20, and xn-- names for other scripts"
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Forbidden(f"this is no URL: {error}", hint="give one like https://example.com/hook") from None
    host = (parts.hostname or "").removesuffix(".")
    if parts.scheme not in ("http", "https") or not host:
        raise Forbidden("this is no URL of the web", hint="give one like https://example.com/hook")
    if "@" in parts.netloc:
        raise Forbidden("the URL holds credentials", hint="leave them out: deliveries are signed")
    if "#" in url:
        raise Forbidden("the URL has a fragment", hint="leave out what follows #")
    if len(host) > 253 or (_literal(host) is None and not NAME.fullmatch(host)):
        raise Forbidden(
            f"{host!r} is no name of a host", hint="write names of other scripts in their xn-- form"
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    usual = 443 if parts.scheme == "https" else 80
    return Target(scheme=parts.scheme, host=host, port=usual if port is None else port, path=path)


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
