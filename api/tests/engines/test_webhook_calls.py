"""Calls to URLs that others chose: never into the platform's own network, never elsewhere than was checked."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks import Webhook, WebhookVerificationError

from serai.engines.webhooks import Caller, Forbidden, Malformed, Policy, Unanswered, headers, new_secret

TRUST = ssl.create_default_context()
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
NAME = "hooks.example"


class Receiver:
    """Listens on a loopback address, notes what came, and answers the same to all."""

    def __init__(self, answer: bytes, pause_s: float = 0.0) -> None:
        self.answer, self.pause_s = answer, pause_s
        self.port = 0
        self.connections = 0
        self.requests: list[bytes] = []
        self.names: list[str | None] = []

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            [size] = [int(one[16:]) for one in head.split(b"\r\n") if one.startswith(b"content-length: ")]
            self.requests.append(head + await reader.readexactly(size))
            await asyncio.sleep(self.pause_s)
            writer.write(self.answer)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def named(self, _socket: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        self.names.append(name)


@asynccontextmanager
async def receiving(
    answer: bytes = OK,
    *,
    at: str = "127.0.0.1",
    port: int = 0,
    pause_s: float = 0.0,
    trust: Path | None = None,
) -> AsyncIterator[Receiver]:
    receiver = Receiver(answer, pause_s)
    context = None
    if trust is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(trust)
        context.sni_callback = receiver.named  # type: ignore[assignment]  # typeshed wants SSLSocket as well
    server = await asyncio.start_server(receiver.take, at, port, ssl=context)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()


class Names:
    """A name server whose answer changes: the next of these each time, the last for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def allowing(receiver: Receiver, host: str = NAME) -> Policy:
    return Policy(allowed=frozenset({f"{host}:{receiver.port}"}))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://user:word@example.com/",
        "https://user@example.com/",
        "https://example.com:22/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://example.com/#there",
        "https://example.com\\@10.0.0.1/",
        "https://exa mple.com/",
        "https://example.com/\r\nhost: x",
        "https://exämple.com/",
        "https://exa%6dple.com/",
        "https://",
        "example.com",
        "https://example.com/" + "a" * 2048,
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[fe80::1%25eth0]/",
        "https://[::ffff:10.0.0.1]/",
    ],
)
def test_such_urls_are_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(Forbidden):
        Policy().target(url)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "168.63.129.16",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1",
        "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1",
        "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1",
        "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%lo", "fec0::1", "ff02::1",
    ],
)  # fmt: skip
async def test_a_name_with_such_an_address_is_not_called(address: str) -> None:
    for found in ([address], ["8.8.8.8", address]):
        names = Names(found)
        with pytest.raises(Forbidden) as raised:
            await Caller(Policy(), resolve=names, trust=TRUST).post(
                f"https://{NAME}/", headers={}, body=b"{}"
            )
        assert names.asked == 1
        assert address not in str(raised.value)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "localhost."])
async def test_other_ways_to_write_loopback_are_not_called(host: str) -> None:
    with pytest.raises((Forbidden, Unanswered)):
        await Caller(Policy()).post(f"https://{host}/", headers={}, body=b"{}")


@pytest.mark.parametrize("address", ["8.8.8.8", "172.15.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111"])
def test_what_is_on_the_open_internet_may_be_called(address: str) -> None:
    policy = Policy()
    assert policy.check(policy.target(f"https://{NAME}/x?y=1"), [address]) == address


async def test_the_address_that_was_checked_is_the_one_connected_to() -> None:
    """The name server says another address the second time, where somebody listens as well: nobody asks it."""
    async with receiving(at="127.0.0.2") as first, receiving(port=first.port) as second:
        names = Names(["127.0.0.2"], ["127.0.0.1"])
        answer = await Caller(allowing(first), resolve=names).post(
            f"http://{NAME}:{first.port}/hook", headers={"x-one": "1"}, body=b'{"a":1}'
        )
    assert (answer.status, answer.excerpt, answer.is_accepted) == (200, b"ok", True)
    assert (names.asked, first.connections, second.connections) == (1, 1, 0)
    [request] = first.requests
    assert request.startswith(b"POST /hook HTTP/1.1\r\n")
    assert f"\r\nhost: {NAME}:{first.port}\r\n".encode() in request
    assert b"\r\nx-one: 1\r\n" in request
    assert request.endswith(b'\r\n\r\n{"a":1}')


async def test_each_call_is_checked_anew() -> None:
    """What was allowed once does not stay open: no connection is kept, and the name is asked again."""
    async with receiving() as receiver:
        names = Names(["127.0.0.1"])
        caller = Caller(allowing(receiver), resolve=names)
        for _ in range(3):
            await caller.post(f"http://{NAME}:{receiver.port}/", headers={}, body=b"{}")
    assert (names.asked, receiver.connections) == (3, 3)


async def test_an_allow_list_opens_one_port_of_one_name() -> None:
    async with receiving() as receiver:
        caller = Caller(allowing(receiver, "localhost"))
        for url in (f"http://127.0.0.1:{receiver.port}/", f"https://localhost:{receiver.port + 1}/"):
            with pytest.raises(Forbidden):
                await caller.post(url, headers={}, body=b"{}")
    assert receiver.connections == 0


def test_an_allow_list_opens_nothing_else() -> None:
    policy = Policy(allowed=frozenset({"localhost:8080", "10.0.0.1:80"}))
    assert policy.target("http://localhost:8080/x?y").path == "/x?y"
    for url in ("http://example.com/", "http://localhost/", "https://example.com:8080/", "https://10.0.0.1/"):
        with pytest.raises(Forbidden):
            policy.target(url)


async def test_a_redirect_is_not_followed() -> None:
    async with receiving() as inner:
        where = f"http://127.0.0.1:{inner.port}/secret"
        answer = f"HTTP/1.1 307 Go\r\nlocation: {where}\r\ncontent-length: 0\r\n\r\n".encode()
        async with receiving(answer) as receiver:
            policy = Policy(allowed=frozenset({f"127.0.0.1:{one.port}" for one in (inner, receiver)}))
            got = await Caller(policy).post(f"http://127.0.0.1:{receiver.port}/", headers={}, body=b"{}")
    assert (got.status, got.is_accepted, inner.connections) == (307, False, 0)


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as proxy, receiving() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        await Caller(allowing(receiver, "127.0.0.1")).post(
            f"http://127.0.0.1:{receiver.port}/", headers={}, body=b"{}"
        )
    assert (proxy.connections, receiver.connections) == (0, 1)


async def test_the_certificate_is_that_of_the_name_not_of_the_address(tmp_path: Path) -> None:
    identity = certificate(tmp_path, NAME)
    trust = ssl.create_default_context(cafile=str(identity))
    async with receiving(trust=identity) as receiver:
        names = Names(["127.0.0.1"])
        policy = Policy(allowed=frozenset({f"{one}:{receiver.port}" for one in (NAME, "other.example")}))
        caller = Caller(policy, resolve=names, trust=trust)
        answer = await caller.post(f"https://{NAME}:{receiver.port}/", headers={}, body=b"{}")
        with pytest.raises(Unanswered):
            await caller.post(f"https://other.example:{receiver.port}/", headers={}, body=b"{}")
        with pytest.raises(Unanswered):
            await Caller(policy, resolve=names).post(
                f"https://{NAME}:{receiver.port}/", headers={}, body=b"{}"
            )
    assert answer.status == 200
    assert receiver.names == [NAME, "other.example", NAME]
    assert len(receiver.requests) == 1


async def test_of_an_endless_answer_the_beginning_is_read() -> None:
    endless = b"HTTP/1.1 500 No\r\n\r\n" + b"x" * 5_000_000
    async with receiving(endless) as receiver:
        answer = await Caller(allowing(receiver, "127.0.0.1"), excerpt=100).post(
            f"http://127.0.0.1:{receiver.port}/", headers={}, body=b"{}"
        )
    assert (answer.status, answer.excerpt, answer.is_accepted) == (500, b"x" * 100, False)


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nx: " + b"y" * 500_000])
async def test_what_is_no_answer_is_said_to_be_none(answer: bytes) -> None:
    async with receiving(answer) as receiver:
        with pytest.raises(Unanswered):
            await Caller(allowing(receiver, "127.0.0.1")).post(
                f"http://127.0.0.1:{receiver.port}/", headers={}, body=b"{}"
            )


async def test_who_hangs_is_given_up() -> None:
    async with receiving(pause_s=60) as receiver:
        with pytest.raises(Unanswered, match=r"within 0\.2 s"):
            await Caller(allowing(receiver, "127.0.0.1"), timeout_s=0.2).post(
                f"http://127.0.0.1:{receiver.port}/", headers={}, body=b"{}"
            )
    assert len(receiver.requests) == 1


def test_an_independent_verifier_accepts_old_and_new_secret_and_no_other() -> None:
    old, new, other = new_secret(), new_secret(), new_secret()
    body = '{"größe":1}'.encode()
    made = headers("evt_1", at=dt.datetime.now(dt.UTC), body=body, keys=[new, old])
    assert made["webhook-signature"].count("v1,") == 2
    for one in (old, new):
        assert Webhook(one).verify(body, made) == {"größe": 1}
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(body, made)
    for change in ({"webhook-id": "evt_2"}, {"webhook-timestamp": str(int(made["webhook-timestamp"]) - 1)}):
        with pytest.raises(WebhookVerificationError):
            Webhook(new).verify(body, made | change)
    with pytest.raises(WebhookVerificationError):
        Webhook(new).verify(body + b" ", made)


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_!!!!", "whsec_c2hvcnQ=", base64.b64encode(bytes(range(32))).decode()]
)
def test_what_is_no_secret_signs_nothing(secret: str) -> None:
    with pytest.raises(Malformed) as raised:
        headers("evt_1", at=dt.datetime.now(dt.UTC), body=b"{}", keys=[secret])
    assert not secret or secret not in str(raised.value).replace("whsec_ ", "")


def certificate(folder: Path, name: str) -> Path:
    """Key and self-signed certificate of a name, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "identity.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path
