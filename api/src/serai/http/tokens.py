"""Bearer tokens: JSON Web Tokens (RFC 7519) signed with Serai's own ES256 key, verified once and kept."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast
from uuid import UUID, uuid4

from joserfc import errors as jose
from joserfc import jwt
from joserfc.jwk import ECKey, GuestProtocol

from serai.viewers import ACTING_KINDS, Acting
from serai_sdk.access import ViewerKind

from .keys import load_keys
from .problems import Problem

__all__ = ["ALGORITHM", "AuthenticationError", "Claims", "Reason", "Tokens", "open_tokens"]

ALGORITHM = "ES256"
MAX_LENGTH = 4096
CLOCK_SKEW_S = 5
COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")

Reason = Literal[
    "AUTHORIZATION_MALFORMED",
    "TOKEN_BAD_SIGNATURE",
    "TOKEN_EXPIRED",
    "TOKEN_MALFORMED",
    "TOKEN_MISSING_CLAIM",
    "TOKEN_NOT_YET_VALID",
    "TOKEN_UNKNOWN_KEY",
    "TOKEN_WRONG_ALGORITHM",
    "TOKEN_WRONG_AUDIENCE",
    "TOKEN_WRONG_ISSUER",
    "VIEWER_UNKNOWN",
]

MESSAGES: dict[Reason, str] = {
    "AUTHORIZATION_MALFORMED": "The Authorization header is not of the form 'Bearer <token>'",
    "TOKEN_BAD_SIGNATURE": "The token's signature does not match",
    "TOKEN_EXPIRED": "The token has expired",
    "TOKEN_MALFORMED": "The token is not a JSON Web Token of this service",
    "TOKEN_MISSING_CLAIM": "The token lacks a claim this service needs",
    "TOKEN_NOT_YET_VALID": "The token is not valid yet",
    "TOKEN_UNKNOWN_KEY": "The token is signed with a key this service does not know",
    "TOKEN_WRONG_ALGORITHM": "The token is signed with an algorithm this service does not accept",
    "TOKEN_WRONG_AUDIENCE": "The token is meant for another service",
    "TOKEN_WRONG_ISSUER": "The token was issued by somebody else",
    "VIEWER_UNKNOWN": "Whom the token names is not here, or may no longer act in this way",
}


class AuthenticationError(Problem):
    """The request does not prove who sends it: 401 with a reason code (RFC 6750)."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        error = "invalid_request" if reason == "AUTHORIZATION_MALFORMED" else "invalid_token"
        message = MESSAGES[reason]
        super().__init__(
            401,
            "UNAUTHENTICATED",
            message,
            extensions={"reason": reason},
            headers={
                "www-authenticate": f'Bearer realm="serai", error="{error}", error_description="{message}"'
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says: who acts as what, until when (Unix seconds)."""

    acting: Acting
    token_id: str
    expires_at: float


class Tokens:
    """Issues and verifies tokens. The first key signs, all verify; ``clock`` gives Unix seconds."""

    def __init__(
        self,
        keys: Sequence[ECKey],
        *,
        audience: str,
        issuer: str = "serai",
        lifetime_s: float = 12 * 3600,
        cache_size: int = 4096,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.audience = audience
        self.issuer = issuer
        self.lifetime_s = lifetime_s
        self._signing_key = keys[0]
        self._keys = {key.thumbprint(): key for key in keys}
        self.clock = clock
        self._cache_size = cache_size
        self._verified: OrderedDict[str, Claims] = OrderedDict()

    def issue(self, acting: Acting, *, lifetime_s: float | None = None) -> str:
        """A new token by which somebody acts as that."""
        if acting.kind not in ACTING_KINDS:
            raise ValueError(f"no token is issued for {acting.kind!r}: one acts as {', '.join(ACTING_KINDS)}")
        now = int(self.clock())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.audience,
            "acting": f"{acting.kind}:{acting.id}",
            "iat": now,
            "exp": now + int(self.lifetime_s if lifetime_s is None else lifetime_s),
            "jti": uuid4().hex,
        }
        if acting.principal_id is not None:
            claims["sub"] = str(acting.principal_id)
        header = {"alg": ALGORITHM, "kid": self._signing_key.thumbprint()}
        return jwt.encode(header, claims, self._signing_key, algorithms=[ALGORITHM])

    def verify(self, token: str) -> Claims:
        """What the token says, if it is ours and valid now; raises ``AuthenticationError``."""
        known = self._verified.get(token)
        if known is not None:
            if self.clock() >= known.expires_at:
                del self._verified[token]
                raise AuthenticationError("TOKEN_EXPIRED")
            self._verified.move_to_end(token)
            return known
        claims = self._read(self._decode(token))
        self._verified[token] = claims
        if len(self._verified) > self._cache_size:
            self._verified.popitem(last=False)
        return claims

    def _decode(self, token: str) -> dict[str, Any]:
        if len(token) > MAX_LENGTH or not COMPACT.fullmatch(token):
            raise AuthenticationError("TOKEN_MALFORMED")
        try:
            return jwt.decode(token, self._key_of, algorithms=[ALGORITHM]).claims
        except jose.UnsupportedAlgorithmError as error:
            raise AuthenticationError("TOKEN_WRONG_ALGORITHM") from error
        except jose.BadSignatureError as error:
            raise AuthenticationError("TOKEN_BAD_SIGNATURE") from error
        except (jose.JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise AuthenticationError("TOKEN_MALFORMED") from error

    def _key_of(self, token: GuestProtocol) -> ECKey:
        headers = token.headers()
        if headers.get("alg") != ALGORITHM:
            raise AuthenticationError("TOKEN_WRONG_ALGORITHM")
        key = self._keys.get(str(headers.get("kid")))
        if key is None:
            raise AuthenticationError("TOKEN_UNKNOWN_KEY")
        return key

    def _read(self, claims: dict[str, Any]) -> Claims:
        try:
            now = self.clock()
            self._registry(now).validate(claims)
            read = _claims(claims)
        except jose.ExpiredTokenError as error:
            raise AuthenticationError("TOKEN_EXPIRED") from error
        except jose.MissingClaimError as error:
            raise AuthenticationError("TOKEN_MISSING_CLAIM") from error
        except jose.InvalidClaimError as error:
            raise AuthenticationError(CLAIM_REASONS.get(error.claim, "TOKEN_MALFORMED")) from error
        except (ValueError, TypeError, AttributeError) as error:
            raise AuthenticationError("TOKEN_MALFORMED") from error
        # Leeway is for clocks that differ: a token just issued elsewhere is valid, an expired one never.
        if now >= read.expires_at:
            raise AuthenticationError("TOKEN_EXPIRED")
        return read

    def _registry(self, now: float) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(now),
            leeway=CLOCK_SKEW_S,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.audience},
            exp={"essential": True},
            acting={"essential": True},
            jti={"essential": True},
        )


def open_tokens(data_dir: Path, *, audience: str) -> Tokens:
    """Tokens signed with the key under ``data_dir``, which is made if there is none."""
    return Tokens(load_keys(data_dir / "keys"), audience=audience)


CLAIM_REASONS: dict[str, Reason] = {
    "aud": "TOKEN_WRONG_AUDIENCE",
    "iss": "TOKEN_WRONG_ISSUER",
    "nbf": "TOKEN_NOT_YET_VALID",
    "iat": "TOKEN_NOT_YET_VALID",
}


def _claims(claims: dict[str, Any]) -> Claims:
    kind, _, id = claims["acting"].partition(":")
    if kind not in ACTING_KINDS:
        raise ValueError(kind)
    subject = claims.get("sub")
    acting = Acting(
        kind=cast(ViewerKind, kind),
        id=UUID(id),
        principal_id=None if subject is None else UUID(subject),
    )
    return Claims(acting=acting, token_id=claims["jti"], expires_at=claims["exp"])
