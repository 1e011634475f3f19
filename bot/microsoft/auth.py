"""Access tokens from Entra: app-only, and app+user by a refresh token that changes with every use."""

import asyncio
import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import msal
import orjson

from bot.microsoft.client_credential import ClientCredential
from bot.microsoft.entra_session import EntraSession
from bot.microsoft.redaction import redacted
from bot.microsoft.single_flight import SingleFlight
from bot.microsoft.transport import tls_context
from bot.ports.clock import Clock
from bot.ports.failures import Permanent, Reason, Temporary

EARLY = timedelta(minutes=5)
"""How long before its end a token is no longer used."""

CONSENT_ERRORS = frozenset(
    {
        "invalid_grant",
        "interaction_required",
        "consent_required",
        "login_required",
        "invalid_resource",
        "invalid_scope",
    }
)
CLIENT_ERRORS = frozenset({"invalid_client", "unauthorized_client", "invalid_request"})
UNKNOWN_RESOURCE = "invalid_resource"
"""AADSTS500011: the resource's application has no service principal in the tenant."""
CLIENT_LOOP = 50196
"""AADSTS50196: Entra saw the same request too often and will take it again later."""


class TokenKind(StrEnum):
    """Whose rights a token carries: the app's own, or those of the user who consented."""

    APP = "app"
    USER = "user"


class EntraRefusal(Permanent):
    """Entra refused, with this OAuth error."""

    def __init__(self, reason: Reason, detail: str, *, error: str) -> None:
        super().__init__(reason, detail)
        self.error = error


class RefreshTokenStore(Protocol):
    """Keeps the newest refresh token, encrypted, across restarts and replicas."""

    async def load(self) -> str | None:
        """Return the newest refresh token, or None if nobody has consented yet."""

    async def save(self, token: str) -> None:
        """Keep `token` in place of the one before; return when it is safe."""


@dataclass(frozen=True)
class _Token:
    value: str
    good_until: datetime


class Tokens:
    """One token per kind and resource: asked for once, however many want it, and used until near its end."""

    def __init__(
        self,
        *,
        authority: str,
        tenant_id: str,
        credential: ClientCredential,
        clock: Clock,
        refresh_tokens: RefreshTokenStore | None = None,
        ca_file: Path | str | None = None,
        timeout: timedelta = timedelta(seconds=20),
        renews: bool = True,
    ) -> None:
        """
        `authority`: https, without the tenant. Without `renews` no new refresh token is asked for, and the
        one there is stays good for whoever keeps it: Entra issues a successor for the scope
        `offline_access` only, and takes nothing back when one is used.

        Raises `ValueError` for an unusable credential.
        Source: learn.microsoft.com/entra/identity-platform/refresh-tokens and v2-oauth2-auth-code-flow
        """
        self._authority = f"{authority.rstrip('/')}/{tenant_id}"
        self._credential = credential
        self._for_msal = credential.for_msal()
        self._clock = clock
        self._store = refresh_tokens
        self._renews = renews
        self._http = EntraSession(tls_context(ca_file), timeout, clock)
        self._msal_cache: dict[str, Any] = {}
        self._application: Any = None
        self._tokens: dict[tuple[TokenKind, str], _Token] = {}
        self._flights: SingleFlight[tuple[TokenKind, str], _Token] = SingleFlight()
        self._one_at_a_time = asyncio.Lock()
        self._unsaved: str | None = None
        self._adopted: str | None = None

    async def get(self, kind: TokenKind, resource: str) -> str:
        """
        Return an access token for `resource` (the audience's address, without a scope).

        Raises:
            Permanent: CONSENT_NEEDED where nobody consented or the consent no longer holds, CLIENT_REJECTED
                where Entra does not know the app, the tenant or the secret.
            Temporary: Entra is throttling, failing or out of reach.
        """
        held = self._tokens.get((kind, resource))
        if held is None or held.good_until <= self._clock.now():
            held = await self._flights.run((kind, resource), lambda: self._acquire(kind, resource))
        return held.value

    async def has_service_principal(self, application_id: str) -> bool:
        """
        Return whether that application lives in our tenant. Raises as `get`.

        It takes no permission to ask: without a service principal there it is no resource for a token.
        """
        try:
            await self.get(TokenKind.APP, application_id)
        except EntraRefusal as refusal:
            if refusal.error in CLIENT_ERRORS:
                raise
            return refusal.error != UNKNOWN_RESOURCE
        return True

    def discard(self, kind: TokenKind, resource: str, token: str) -> None:
        """Forget `token`, which an API refused; a newer one stays."""
        held = self._tokens.get((kind, resource))
        if held is not None and held.value == token:
            del self._tokens[kind, resource]

    async def has_sign_in(self) -> bool:
        """Return whether a user signed in once, be it long ago."""
        return bool(self._store and await self._store.load())

    async def ask(self, question: Callable[[Any], Mapping[str, Any]]) -> Mapping[str, Any]:
        """Return MSAL's answer to a question about our application. Raises as `get`."""
        return await asyncio.to_thread(self._asking, question)

    def adopt(self, resource: str, answer: Mapping[str, Any]) -> None:
        """
        Use the tokens of a user who just signed in, in this process alone until `keep`.

        Raises as `get`, and `Permanent` (MFA_NEEDED) where there was no second factor.
        """
        token = self._access_token(answer)
        if lacks_mfa(token):
            raise Permanent(Reason.MFA_NEEDED, "signed in without a second factor")
        if not answer.get("refresh_token"):
            raise Permanent(Reason.CONSENT_NEEDED, "Entra gave no refresh token")
        self._adopted = answer["refresh_token"]
        self._tokens[TokenKind.USER, resource] = _Token(token, self._clock.now() + _lifetime(answer) - EARLY)

    async def keep(self) -> None:
        """Keep an adopted refresh token in place of the one before."""
        if self._adopted and self._store:
            await self._store.save(self._adopted)
            self._adopted = None

    def close(self) -> None:
        self._http.close()

    async def _acquire(self, kind: TokenKind, resource: str) -> _Token:
        async with self._one_at_a_time:  # one refresh token serves all resources: never redeem it twice
            asked_at = self._clock.now()
            if kind is TokenKind.APP:
                answer = await asyncio.to_thread(self._as_application, resource)
            else:
                answer = await self._as_user(resource)
        token = _Token(self._access_token(answer), asked_at + _lifetime(answer) - EARLY)
        self._tokens[kind, resource] = token
        return token

    async def _as_user(self, resource: str) -> Mapping[str, Any]:
        ours = self._adopted or self._unsaved or await self._load()
        answer = await asyncio.to_thread(self._redeem, ours, resource)
        if answer.get("error") == "invalid_grant":
            theirs = await self._load()  # another replica may have redeemed ours and kept its successor
            if theirs != ours:
                answer = await asyncio.to_thread(self._redeem, theirs, resource)
        newest = answer.get("refresh_token")
        if self._adopted:
            self._adopted = newest or self._adopted
        elif newest and self._store and self._renews:
            self._unsaved = newest
            await self._store.save(newest)
            self._unsaved = None
        return answer

    async def _load(self) -> str:
        token = await self._store.load() if self._store else None
        if not token:
            raise Permanent(Reason.CONSENT_NEEDED, "no refresh token is configured")
        return token

    def _as_application(self, resource: str) -> Mapping[str, Any]:
        return self._asking(lambda app: app.acquire_token_for_client(scopes=[f"{resource}/.default"]))

    def _redeem(self, refresh_token: str, resource: str) -> Mapping[str, Any]:
        scopes = [f"{resource}/user_impersonation"]
        return self._asking(lambda app: app.acquire_token_by_refresh_token(refresh_token, scopes=scopes))

    def _asking(self, question: Callable[[Any], Mapping[str, Any]]) -> Mapping[str, Any]:
        """
        Ask MSAL, in a thread.

        It raises ValueError and KeyError for discovery documents it cannot use, and RuntimeError for an
        answer to somebody else's sign-in.
        """
        self._msal_cache.clear()  # or a refusal would be repeated for a minute without asking
        try:
            return question(self._msal())
        except (ValueError, KeyError, RuntimeError) as error:
            detail = redacted(f"{self._authority}: {error}", self._credential.secret)
            raise Permanent(Reason.CLIENT_REJECTED, detail) from None

    def _msal(self) -> Any:
        if self._application is None:
            self._application = msal.ConfidentialClientApplication(
                self._credential.client_id,
                authority=self._authority,
                client_credential=self._for_msal,
                http_client=self._http,
                http_cache=self._msal_cache,
                token_cache=_NoCache(),
                exclude_scopes=[] if self._renews else ["offline_access"],
                instance_discovery=False,  # the authority comes from our settings: nobody else is asked
            )
        return self._application

    def _access_token(self, answer: Mapping[str, Any]) -> str:
        token = answer.get("access_token")
        if isinstance(token, str) and token:
            return token
        error = str(answer.get("error") or "no access token")
        detail = redacted(f"{error} {answer.get('error_description') or ''}", self._credential.secret)
        if CLIENT_LOOP in (answer.get("error_codes") or ()):
            raise Temporary(detail)
        if error in {"temporarily_unavailable", "server_error"}:
            raise Temporary(detail)
        raise EntraRefusal(_reason(error), detail, error=error)


def _reason(error: str) -> Reason:
    if error in CONSENT_ERRORS:
        return Reason.CONSENT_NEEDED
    return Reason.CLIENT_REJECTED if error in CLIENT_ERRORS else Reason.ACCESS_DENIED


def claims_of(token: str) -> Mapping[str, Any] | None:
    """Return what an access token says, unverified; None where it cannot be read."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    return claims if isinstance(claims, dict) else None


def lacks_mfa(token: str) -> bool:
    """Return whether a delegated token says, unverified, that its user signed in without a second factor."""
    claims = claims_of(token)
    if claims is None:
        return False
    methods = claims.get("amr") or ()
    return "mfa" not in ([methods] if isinstance(methods, str) else methods)


def _lifetime(answer: Mapping[str, Any]) -> timedelta:
    """`expires_in` is an integer from the v2 endpoint and a string from v1."""
    try:
        return timedelta(seconds=float(answer.get("expires_in", 0)))
    except (TypeError, ValueError, OverflowError):
        return timedelta(0)


class _NoCache(msal.TokenCache):  # type: ignore[misc]  # msal has no types
    """Keeps nothing: MSAL's own cache reads the machine's clock and would outlive `discard`."""

    def add(self, event: Any, now: Any = None) -> None:
        pass
