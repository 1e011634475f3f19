"""Calls with a token: the headers each API wants, one fresh token after a 401, links that stay at home."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin
from uuid import uuid4

import orjson
from yarl import URL

from bot.microsoft.auth import TokenKind, Tokens, lacks_mfa
from bot.microsoft.errors import Refusal, failure
from bot.microsoft.transport import Answer, Request, Transport
from bot.ports.failures import Permanent, Reason

OURS = frozenset(
    {"authorization", "host", "accept", "content-type", "content-length", "cookie", "connection", "te"}
)
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]{0,8192}")

Failure = Callable[[Answer, bool], Exception]


def partner_center_headers() -> dict[str, str]:
    """Headers of one Partner Center call (learn.microsoft.com/partner-center/developer/headers)."""
    return {
        "Accept": "application/json",
        "MS-RequestId": str(uuid4()),
        "MS-CorrelationId": str(uuid4()),
        "MS-Contract-Version": "v1",
        "X-Locale": "en-US",
    }


def graph_headers() -> dict[str, str]:
    """Headers of one Graph call; the id comes back in Graph's errors."""
    return {"Accept": "application/json", "client-request-id": str(uuid4())}


def quoted(value: str) -> str:
    """Return `value` as one path segment or one query value."""
    return quote(value, safe="")


def given_headers(pairs: Mapping[str, str]) -> dict[str, str]:
    """Return the headers a server asked us to send along, without those that are ours to set."""
    return {
        name: value
        for name, value in pairs.items()
        if name.casefold() not in OURS and _HEADER.fullmatch(name) and _HEADER_VALUE.fullmatch(value)
    }


@dataclass(frozen=True)
class Api:
    """One API: where it is, for whom its tokens are, and its headers."""

    transport: Transport
    tokens: Tokens
    base: str
    resource: str
    new_headers: Callable[[], dict[str, str]]

    def url(self, path_or_link: str, *, relative_to: str | None = None) -> URL:
        """
        Return the address of a path (from the base) or of a link in an answer, verbatim.

        Raises `Permanent` (UNTRUSTED_LINK) for another origin than the API's own.
        """
        if path_or_link.startswith("/") and not path_or_link.startswith("//"):
            absolute = self.base + path_or_link
        else:
            absolute = urljoin(relative_to or f"{self.base}/", path_or_link)
        try:
            url = URL(absolute, encoded=True)
            at_home = url.origin() == URL(self.base).origin() and not url.user
        except ValueError:
            at_home = False
        if not at_home:
            raise Permanent(Reason.UNTRUSTED_LINK, "an answer points to an address that is not this API's")
        return url

    async def get(
        self,
        path_or_url: str | URL,
        *,
        kind: TokenKind = TokenKind.APP,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return a 200. Raises `Temporary` or `Permanent` (`Refusal` where Microsoft answered)."""
        return await self._call("GET", path_or_url, kind, headers=headers, repeatable=True, accept=(200,))

    async def write(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any],
        *,
        accept: tuple[int, ...] = (200, 201, 202, 204),
        repeatable: bool = False,
        failure: Failure | None = None,
    ) -> Answer:
        """Return an answer with a status in `accept`. Raises as `get`, and `OutcomeUnknown`."""
        content = orjson.dumps(body)
        return await self._call(
            method, path, TokenKind.APP, body=content, repeatable=repeatable, accept=accept, failure=failure
        )

    async def _call(
        self,
        method: str,
        path_or_url: str | URL,
        kind: TokenKind,
        *,
        accept: tuple[int, ...],
        repeatable: bool,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        failure: Failure | None = None,
    ) -> Answer:
        url = path_or_url if isinstance(path_or_url, URL) else self.url(path_or_url)
        extra = dict(headers or {}) | ({"Content-Type": "application/json"} if body is not None else {})
        token = await self.tokens.get(kind, self.resource)
        for last_try in (False, True):
            fixed = extra | self.new_headers() | {"Authorization": f"Bearer {token}"}
            answer = await self.transport.send(Request(method, url, fixed, body, repeatable))
            if answer.status != 401:
                break
            self.tokens.discard(kind, self.resource, token)
            self._check_mfa(answer, kind, token)
            if not last_try:
                token = await self.tokens.get(kind, self.resource)
        if answer.status in accept:
            return answer
        raise (failure or _failure)(answer, method != "GET")

    def _check_mfa(self, answer: Answer, kind: TokenKind, token: str) -> None:
        refusal = _failure(answer, False)
        said_so = isinstance(refusal, Refusal) and refusal.reason is Reason.MFA_NEEDED
        if said_so or (kind is TokenKind.USER and lacks_mfa(token)):
            raise Permanent(Reason.MFA_NEEDED, getattr(refusal, "detail", "")) from None


def _failure(answer: Answer, changes_something: bool) -> Exception:
    return failure(answer, changes_something=changes_something)
