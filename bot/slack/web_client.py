"""
The way out to Slack's Web API: one shared session, no silent repetition, and three ways to fail.

The SDK's defaults would repeat a lost `chat.postMessage`, open a connection for every call, and wait 30 s.
Source: slack_sdk 3.47, `web/async_internal_utils.py`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.ports.failures import OutcomeUnknown, Permanent, Reason, Temporary
from bot.slack.api_errors import failure_of, lost

SLACK_API_URL = "https://slack.com/api/"
BEFORE_ACK_SECONDS = 2.0
CALL_SECONDS = 10.0
CONNECT_SECONDS = 3.0
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
RESPONSE_HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})

Method = Callable[..., Awaitable[AsyncSlackResponse]]

NEVER_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
"""The request did not leave: no address, no connection, no trust in the certificate."""

NO_ANSWER = (aiohttp.ClientError, TimeoutError, OSError)
UNREADABLE = (AttributeError, ValueError)
"""What the SDK raises for a body that is not a JSON object."""


def quiet_logger() -> logging.Logger:
    """Return the logger for Slack's libraries, which put whole payloads into what they log below ERROR."""
    logger = logging.getLogger("bot.slack.libraries")
    logger.setLevel(logging.ERROR)
    return logger


def new_session() -> aiohttp.ClientSession:
    """
    Return the session all calls share; whoever asks for it closes it.

    It follows no redirect, for which the SDK has no switch: no token and no text goes where it is not meant.
    """
    staying = aiohttp.TraceConfig()
    staying.on_request_redirect.append(_stay)
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=CALL_SECONDS, sock_connect=CONNECT_SECONDS),
        json_serialize=lambda value: orjson.dumps(value).decode(),
        trace_configs=[staying],
    )


async def _stay(_: aiohttp.ClientSession, __: object, redirect: aiohttp.TraceRequestRedirectParams) -> None:
    redirect.response.close()
    raise aiohttp.ClientError(f"HTTP {redirect.response.status} leads elsewhere")


def new_client(
    session: aiohttp.ClientSession, *, token: str, base_url: str = SLACK_API_URL
) -> AsyncWebClient:
    """
    Return a client that sends every request once.

    `base_url` ends in `/api/`. A proxy from the environment is used, but never for a loopback address.
    """
    client = AsyncWebClient(
        token=token, base_url=base_url, session=session, retry_handlers=[], logger=quiet_logger()
    )
    if urlsplit(base_url).hostname in LOOPBACK:
        client.proxy = None
    return client


async def call(
    method: Method, *, idempotent: bool, timeout_seconds: float = CALL_SECONDS, **arguments: Any
) -> dict[str, Any]:
    """Call a method of `AsyncWebClient` once and return Slack's answer. Raises what `answered` raises."""
    response = await answered(method, idempotent=idempotent, timeout_seconds=timeout_seconds, **arguments)
    return response.data if isinstance(response.data, dict) else {}


async def answered(
    method: Method, *, idempotent: bool, timeout_seconds: float = CALL_SECONDS, **arguments: Any
) -> AsyncSlackResponse:
    """
    Call a method of `AsyncWebClient` once and return the whole answer, with its headers.

    Raises:
        Temporary: throttled (`retry_after`), unavailable, or never reached.
        Refusal: Slack refused; the reason is one a person can act on.
        OutcomeUnknown: the answer to a call that is not idempotent was lost. For an idempotent one, that is
            `Temporary` instead.
    """
    name = getattr(method, "__name__", "call")
    try:
        async with asyncio.timeout(timeout_seconds):
            return await method(**arguments)
    except SlackApiError as error:
        raise failure_of(error, name, idempotent=idempotent) from None
    except NEVER_SENT as error:
        raise Temporary(f"{name}: {type(error).__name__}") from error
    except NO_ANSWER as error:
        raise lost(f"{name}: {type(error).__name__}", idempotent=idempotent) from error
    except UNREADABLE as error:
        raise lost(f"{name}: unreadable answer", idempotent=idempotent) from error


def is_response_url(address: str, *, base_url: str) -> bool:
    """
    Return whether an address that came with a payload is one of Slack's.

    Where another Slack is configured, its own host counts too, on any port, over the scheme of `base_url`.
    """
    try:
        url, api = urlsplit(address), urlsplit(base_url)
        port = url.port
    except ValueError:
        return False
    if url.username is not None or url.password is not None:
        return False
    slacks = url.scheme == "https" and url.hostname in RESPONSE_HOSTS and port in {None, 443}
    return slacks or (url.scheme == api.scheme and bool(url.hostname) and url.hostname == api.hostname)


async def call_response_url(client: AsyncWebClient, response_url: str, message: dict[str, Any]) -> None:
    """
    Post to the address that came with what a person did: good for 30 minutes and five messages.

    Raises `Temporary`, `OutcomeUnknown`, and `Permanent` for an address that is used up.
    """
    webhook = AsyncWebhookClient(
        response_url, session=client.session, retry_handlers=[], logger=quiet_logger(), proxy=client.proxy
    )
    try:
        response = await webhook.send_dict(message)
    except NEVER_SENT as error:
        raise Temporary(f"response_url: {type(error).__name__}") from error
    except NO_ANSWER as error:
        raise OutcomeUnknown(f"response_url: {type(error).__name__}") from error
    if response.status_code == 429:
        raise Temporary("response_url: HTTP 429")
    if response.status_code >= 500:
        raise OutcomeUnknown(f"response_url: HTTP {response.status_code}")
    if response.status_code != 200:
        raise Permanent(Reason.TRIGGER_EXPIRED, f"response_url: HTTP {response.status_code}")
