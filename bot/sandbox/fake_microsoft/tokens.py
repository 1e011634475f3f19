"""Access tokens (JWT-shaped) and refresh tokens."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.sandbox.fake_microsoft.state import Clock, World

ACCESS_TOKEN_SECONDS = 3600
REFRESH_TOKEN_LIFETIME = timedelta(days=90)


@dataclass(frozen=True)
class Caller:
    """Who a token speaks for. `permissions` are app roles or delegated scopes."""

    kind: Literal["app", "user"]
    permissions: frozenset[str]
    mfa: bool


@dataclass(frozen=True)
class RefreshToken:
    """A grant of the partner's user; `expires_at` counts from its issue."""

    value: str
    issued_at: datetime
    mfa: bool
    replaced: bool = False
    revoked: bool = False

    @property
    def expires_at(self) -> datetime:
        return self.issued_at + REFRESH_TOKEN_LIFETIME


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Mint:
    """Makes access tokens and recognises its own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._secret = secrets.token_bytes(32)

    def access_token(self, audience: str, caller: Caller) -> str:
        now = int(self._world.clock().timestamp())
        partner = self._world.partner
        claims: dict[str, Any] = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{partner.tenant.id}/",
            "tid": partner.tenant.id,
            "appid": partner.client_id,
            "iat": now,
            "nbf": now,
            "exp": now + ACCESS_TOKEN_SECONDS,
            "ver": "1.0",
        }
        if caller.kind == "app":
            claims |= {"idtyp": "app", "roles": sorted(caller.permissions), "oid": partner.client_id}
        else:
            claims |= {
                "scp": " ".join(sorted(caller.permissions)),
                "amr": ["pwd", "mfa"] if caller.mfa else ["pwd"],
                "oid": partner.user_id,
                "upn": partner.user_principal_name,
            }
        token = self.sign(claims)
        return b64(token.encode()) if self._world.behaviour.access_tokens_opaque else token

    def sign(self, claims: Mapping[str, Any]) -> str:
        head = b64(b'{"typ":"JWT","alg":"HS256","kid":"sandbox"}')
        payload = f"{head}.{b64(json.dumps(claims).encode())}"
        return f"{payload}.{self._signature(payload)}"

    def caller(self, token: str, audiences: frozenset[str]) -> Caller | None:
        """Who calls with `token`, or None when it is not ours, has expired or names another audience."""
        readable = unb64(token).decode() if self._world.behaviour.access_tokens_opaque else token
        payload, _, signature = readable.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(payload).encode()):
            return None
        claims = json.loads(unb64(payload.split(".")[1]))
        expired = self._world.clock().timestamp() >= claims["exp"]
        if claims["aud"] not in audiences or (expired and self._world.behaviour.access_tokens_expire):
            return None
        if claims.get("idtyp") == "app":
            return Caller("app", frozenset(claims["roles"]), mfa=False)
        return Caller("user", frozenset(claims["scp"].split()), mfa="mfa" in claims["amr"])

    def _signature(self, payload: str) -> str:
        return b64(hmac.new(self._secret, payload.encode(), hashlib.sha256).digest())


class RefreshTokens:
    """The refresh tokens ever issued."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, RefreshToken] = {}

    def issue(self, *, mfa: bool) -> str:
        value = f"0.AX{secrets.token_urlsafe(48)}"
        self._known[value] = RefreshToken(value, self._clock(), mfa)
        return value

    def find(self, value: str) -> RefreshToken | None:
        return self._known.get(value)

    def rotate(self, token: RefreshToken) -> str:
        """Issue the successor of `token`; whether the old one still works is a switch."""
        self._known[token.value] = replace(token, replaced=True)
        return self.issue(mfa=token.mfa)

    def revoke_all(self) -> None:
        self._known = {value: replace(token, revoked=True) for value, token in self._known.items()}
