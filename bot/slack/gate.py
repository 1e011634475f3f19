"""
The door in front of Bolt: nothing is parsed before Slack's signature over the raw bytes holds.

Source: docs.slack.dev/authentication/verifying-requests-from-slack
"""

import asyncio
import hmac
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from starlette.types import Receive, Scope, Send

from bot.ports.clock import Clock
from bot.slack.payload import MalformedPayload, decode
from bot.slack.recent import RecentDigests

MAX_BODY_BYTES = 1024 * 1024
TOLERANCE_SECONDS = 300
READ_SECONDS = 10.0

TIMESTAMP = re.compile(rb"\d{1,12}")
SIGNATURE = re.compile(rb"v0=[0-9a-f]{64}")
LENGTH = re.compile(rb"\d{1,19}")
TIMESTAMP_HEADER, SIGNATURE_HEADER = b"x-slack-request-timestamp", b"x-slack-signature"
ONCE = frozenset({TIMESTAMP_HEADER, SIGNATURE_HEADER, b"content-type", b"content-length"})
RETRY_HEADERS = frozenset({b"x-slack-retry-num", b"x-slack-retry-reason"})

Dispatch = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]
Headers = dict[bytes, bytes]

logger = logging.getLogger(__name__)


class Refused(Exception):
    """The request goes no further. `error` is a fixed word, never a part of the request."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


class Disconnected(Exception):
    """The sender left before its body was complete."""


class SlackGate:
    """
    ASGI endpoint for `POST /slack/events`.

    Answers 400, 401, 405, 408 and 413 by itself with `{"error": "..."}`; everything else is Bolt's answer.
    Several signing secrets may be given, so that one can be replaced while both are in use. A signature is
    good once: the same request again is refused, while Slack's own retry of an event is signed anew.
    """

    def __init__(self, dispatch: Dispatch, *, signing_secrets: Sequence[str], clock: Clock) -> None:
        if not signing_secrets or not all(signing_secrets):
            raise ValueError("a signing secret is missing")
        self._dispatch = dispatch
        self._secrets = [secret.encode() for secret in signing_secrets]
        self._clock = clock
        # A stamp may lie one tolerance ahead, and is then good for two.
        self._signatures = RecentDigests(seconds=2 * TOLERANCE_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._answer(scope, receive)
        except Refused as refusal:
            logger.info("request refused: %s", refusal.error)
            response = BoltResponse(status=refusal.status, body={"error": refusal.error})
        except Disconnected:
            return
        await respond(send, response)

    async def _answer(self, scope: Scope, receive: Receive) -> BoltResponse:
        if scope["method"] != "POST":
            raise Refused(405, "method_not_allowed")
        headers = unambiguous(scope["headers"])
        timestamp, signature = self._signed_headers(headers)
        raw = await read_body(headers, receive)
        self._verify(timestamp, signature, raw)
        return await self._pass_on(headers, raw)

    def _signed_headers(self, headers: Headers) -> tuple[bytes, bytes]:
        timestamp = headers.get(TIMESTAMP_HEADER, b"")
        signature = headers.get(SIGNATURE_HEADER, b"")
        if not TIMESTAMP.fullmatch(timestamp) or not SIGNATURE.fullmatch(signature):
            raise Refused(401, "unsigned")
        if abs(self._clock.now().timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
            raise Refused(401, "stale_timestamp")
        return timestamp, signature

    def _verify(self, timestamp: bytes, signature: bytes, raw: bytes) -> None:
        signed = b"v0:%b:%b" % (timestamp, raw)
        given = bytes.fromhex(signature[3:].decode())
        digests = [hmac.digest(secret, signed, "sha256") for secret in self._secrets]
        if not any(hmac.compare_digest(digest, given) for digest in digests):
            raise Refused(401, "wrong_signature")
        if not self._signatures.add(given, now=self._clock.now().timestamp()):
            raise Refused(401, "replayed")

    async def _pass_on(self, headers: Headers, raw: bytes) -> BoltResponse:
        try:
            body = decode(raw, content_type=headers.get(b"content-type", b""))
            own = answer_without_bolt(body)
            return own or await self._dispatch(bolt_request(body, headers))
        except MalformedPayload as error:
            raise Refused(400, "malformed") from error


def unambiguous(pairs: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return the headers by name. What decides must come once: others on the way may read another one."""
    headers: Headers = {}
    for name, value in pairs:
        if name in ONCE and name in headers:
            raise Refused(400, "malformed")
        headers[name] = value
    return headers


async def read_body(headers: Headers, receive: Receive) -> bytes:
    """Return the whole body, which must arrive in time and be no larger than a Slack request can be."""
    declared = headers.get(b"content-length", b"0")
    if not LENGTH.fullmatch(declared):
        raise Refused(400, "malformed")
    if int(declared) > MAX_BODY_BYTES:
        raise Refused(413, "too_large")
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        return within_limit(message.get("body", b""))
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await read_rest(message, receive)
    except TimeoutError as error:
        raise Refused(408, "too_slow") from error


async def read_rest(message: Any, receive: Receive) -> bytes:
    body = b""
    while message["type"] == "http.request":
        body = within_limit(body + message.get("body", b""))
        if not message.get("more_body"):
            return body
        message = await receive()
    raise Disconnected


def within_limit(body: bytes) -> bytes:
    if len(body) > MAX_BODY_BYTES:
        raise Refused(413, "too_large")
    return body


def answer_without_bolt(body: dict[str, Any]) -> BoltResponse | None:
    """Return the answer to Slack's two questions about the address itself, or None for everything else."""
    if body.get("type") == "url_verification":
        challenge = body.get("challenge")
        if not isinstance(challenge, str):
            raise MalformedPayload("challenge")
        return BoltResponse(status=200, body={"challenge": challenge})
    return BoltResponse(status=200) if body.get("ssl_check") == "1" else None


def bolt_request(body: dict[str, Any], headers: Headers) -> AsyncBoltRequest:
    """
    Return the request as Bolt takes it from a socket: parsed already, and not to be verified again.

    Bolt reads the ids out of the body as it builds the request, and stumbles over shapes Slack never sends.
    """
    retry: dict[str, str | Sequence[str]] = {
        name.decode(): headers[name].decode("latin-1") for name in RETRY_HEADERS & headers.keys()
    }
    try:
        return AsyncBoltRequest(body=body, mode="socket_mode", headers=retry)
    except (AttributeError, TypeError, KeyError, IndexError, RecursionError) as error:
        raise MalformedPayload("shape") from error


async def respond(send: Send, response: BoltResponse) -> None:
    """Send Bolt's response, or ours, as the answer to the HTTP request."""
    body = response.body.encode()
    headers = [(b"content-length", str(len(body)).encode())]
    for name, values in response.headers.items():
        headers += [(name.encode(), value.encode("latin-1")) for value in values]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
