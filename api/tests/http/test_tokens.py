"""Tokens: what is accepted, and each way in which one is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from typing import Any
from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from serai.http import AuthenticationError, Tokens
from serai.viewers import Acting

ID = UUID("019a0000-0000-7000-8000-00000000000a")
ACTING = Acting(kind="provider", id=ID, principal_id=None)
NOW = 1_800_000_000.0


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def key() -> ECKey:
    return ECKey.generate_key("P-256")


@pytest.fixture
def tokens(key: ECKey, clock: Clock) -> Tokens:
    return Tokens([key], audience="serai", clock=clock, cache_size=3)


def reason_for(tokens: Tokens, token: str) -> str:
    with pytest.raises(AuthenticationError) as refused:
        tokens.verify(token)
    return refused.value.reason


def signed(key: ECKey, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """A token of ours with some claims changed; ``None`` leaves one out."""
    everything = {
        "iss": "serai",
        "aud": "serai",
        "acting": f"provider:{ID}",
        "iat": int(NOW),
        "exp": int(NOW) + 60,
        "jti": "1",
        **claims,
    }
    kept = {name: value for name, value in everything.items() if value is not None}
    return jwt.encode({"alg": "ES256", "kid": key.thumbprint(), **(header or {})}, kept, key)


def unsigned(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def test_an_issued_token_says_who_acts_until_when(tokens: Tokens) -> None:
    claims = tokens.verify(tokens.issue(ACTING))
    assert claims.acting == ACTING
    assert claims.expires_at == NOW + 12 * 3600
    with_principal = Acting(kind="staff", id=ID, principal_id=ID)
    assert tokens.verify(tokens.issue(with_principal)).acting == with_principal


@pytest.mark.parametrize("kind", ["anonymous", "system"])
def test_nobody_signs_in_as_the_system_or_as_nobody(tokens: Tokens, key: ECKey, kind: Any) -> None:
    with pytest.raises(ValueError, match="no token is issued"):
        tokens.issue(Acting(kind=kind, id=ID, principal_id=None))
    assert reason_for(tokens, signed(key, acting=f"{kind}:{ID}")) == "TOKEN_MALFORMED"


@pytest.mark.parametrize("is_known", [False, True])
def test_a_token_ends_on_the_second_it_says(tokens: Tokens, clock: Clock, is_known: bool) -> None:
    token = tokens.issue(ACTING, lifetime_s=60)
    clock.now += 59
    if is_known:
        tokens.verify(token)
    clock.now += 1
    assert reason_for(tokens, token) == "TOKEN_EXPIRED"
    assert reason_for(tokens, token) == "TOKEN_EXPIRED"


def test_clocks_of_two_machines_may_differ_a_little(tokens: Tokens, key: ECKey) -> None:
    assert tokens.verify(signed(key, iat=int(NOW) + 4, nbf=int(NOW) + 4)).token_id == "1"
    assert reason_for(tokens, signed(key, nbf=int(NOW) + 30)) == "TOKEN_NOT_YET_VALID"
    assert reason_for(tokens, signed(key, iat=int(NOW) + 30)) == "TOKEN_NOT_YET_VALID"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"aud": "another"}, "TOKEN_WRONG_AUDIENCE"),
        ({"aud": ["another"]}, "TOKEN_WRONG_AUDIENCE"),
        ({"aud": 7}, "TOKEN_WRONG_AUDIENCE"),
        ({"aud": None}, "TOKEN_MISSING_CLAIM"),
        ({"iss": "another"}, "TOKEN_WRONG_ISSUER"),
        ({"iss": None}, "TOKEN_MISSING_CLAIM"),
        ({"exp": None}, "TOKEN_MISSING_CLAIM"),
        ({"exp": "never"}, "TOKEN_MALFORMED"),
        ({"acting": None}, "TOKEN_MISSING_CLAIM"),
        ({"acting": "provider"}, "TOKEN_MALFORMED"),
        ({"acting": "provider:7"}, "TOKEN_MALFORMED"),
        ({"acting": f"king:{ID}"}, "TOKEN_MALFORMED"),
        ({"acting": {"sub": "x"}}, "TOKEN_MALFORMED"),
        ({"sub": "x"}, "TOKEN_MALFORMED"),
        ({"sub": 7}, "TOKEN_MALFORMED"),
    ],
)
def test_claims_that_are_not_ours_are_refused(
    tokens: Tokens, key: ECKey, claims: dict[str, Any], reason: str
) -> None:
    assert reason_for(tokens, signed(key, **claims)) == reason


def test_another_key_does_not_sign_for_us(tokens: Tokens, key: ECKey) -> None:
    other = ECKey.generate_key("P-256")
    assert reason_for(tokens, signed(other)) == "TOKEN_UNKNOWN_KEY"
    assert reason_for(tokens, signed(other, header={"kid": key.thumbprint()})) == "TOKEN_BAD_SIGNATURE"
    assert (
        reason_for(tokens, signed(other, header={"jwk": other.as_dict(private=False)})) == "TOKEN_UNKNOWN_KEY"
    )


def test_the_algorithm_is_ours_to_choose(tokens: Tokens, key: ECKey) -> None:
    claims = {"iss": "serai", "aud": "serai", "acting": f"staff:{ID}", "exp": NOW + 60, "jti": "1"}
    kid = key.thumbprint()
    for alg in ("none", "None", "nOnE"):
        assert reason_for(tokens, unsigned({"alg": alg, "kid": kid}, claims)) == "TOKEN_MALFORMED"
        assert reason_for(tokens, unsigned({"alg": alg, "kid": kid}, claims, b"x")) == "TOKEN_WRONG_ALGORITHM"
    # The classic confusion: the public key taken for a shared secret.
    header = {"alg": "HS256", "kid": kid}
    signing_input = unsigned(header, claims).rpartition(".")[0]
    signature = hmac.new(key.as_pem(private=False), signing_input.encode(), hashlib.sha256).digest()
    assert reason_for(tokens, unsigned(header, claims, signature)) == "TOKEN_WRONG_ALGORITHM"
    rsa = jwt.encode({"alg": "RS256", "kid": kid}, claims, RSAKey.generate_key(2048))
    assert reason_for(tokens, rsa) == "TOKEN_WRONG_ALGORITHM"


def test_a_changed_claim_breaks_the_signature(tokens: Tokens) -> None:
    header, payload, signature = tokens.issue(ACTING).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["acting"] = f"staff:{ID}"
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    assert reason_for(tokens, f"{header}.{forged}.{signature}") == "TOKEN_BAD_SIGNATURE"


def test_no_part_of_a_token_will_do(tokens: Tokens) -> None:
    token = tokens.issue(ACTING)
    for length in range(len(token)):
        assert reason_for(tokens, token[:length]) in ("TOKEN_MALFORMED", "TOKEN_BAD_SIGNATURE")


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "a.b",
        "a.b.c.d",
        "..",
        "a..c",
        "ä.b.c",
        "a.b.c\n",
        "a b.c.d",
        "A" * 5000,
        "W10.W10.W10",
        "IiI.e30.AA",
    ],
)
def test_what_is_no_token_is_malformed(tokens: Tokens, token: str) -> None:
    assert reason_for(tokens, token) == "TOKEN_MALFORMED"


def test_random_tokens_are_refused_and_nothing_else_happens(tokens: Tokens) -> None:
    random_ = random.Random(7)
    valid = tokens.issue(ACTING)
    values = [None, [], {}, 0, "", "ES256", ["ES256"], {"a": []}, "\x00", 1e300, True]
    for _ in range(400):
        header = {
            name: random_.choice(values)
            for name in ("alg", "kid", "crit", "typ", "b64", "jku")
            if random_.random() < 0.5
        }
        token = unsigned(
            header, random_.choice([{}, [], "x", {"exp": "x"}]), random_.randbytes(random_.choice([0, 1, 64]))
        )
        if random_.random() < 0.3:
            place = random_.randrange(len(valid))
            token = valid[:place] + random_.choice("AZaz09-_.=") + valid[place + 1 :]
        if token == valid:
            continue
        try:
            # The last character of a signature holds bits that stand for nothing.
            assert tokens.verify(token).acting == ACTING
            assert token[:-1] == valid[:-1]
        except AuthenticationError:
            pass


def test_keys_can_be_changed_while_old_tokens_last(key: ECKey, tokens: Tokens, clock: Clock) -> None:
    old_token = tokens.issue(ACTING)
    newer = ECKey.generate_key("P-256")
    both = Tokens([newer, key], audience="serai", clock=clock)
    assert both.verify(old_token).acting == ACTING
    assert both.verify(both.issue(ACTING)).acting == ACTING
    assert reason_for(tokens, both.issue(ACTING)) == "TOKEN_UNKNOWN_KEY"


def test_a_verified_token_is_not_verified_again_and_few_are_kept(tokens: Tokens) -> None:
    first = tokens.issue(ACTING)
    claims = tokens.verify(first)
    assert tokens.verify(first) is claims
    for _ in range(3):
        tokens.verify(tokens.issue(ACTING))
    again = tokens.verify(first)
    assert again == claims
    assert again is not claims
