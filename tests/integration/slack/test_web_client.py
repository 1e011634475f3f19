"""Every way a call can fail becomes one of three."""

import asyncio
import logging
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.ports.failures import OutcomeUnknown, Permanent, Reason, Temporary
from bot.slack.web_client import call, new_client
from tests.integration.slack.conftest import Responder, SlackServer


def status(code: int, body: str, *, content_type: str = "text/html", **headers: str) -> Responder:
    async def respond(_: web.Request) -> web.StreamResponse:
        return web.Response(status=code, text=body, content_type=content_type, headers=headers)

    return respond


async def drop(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def half(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "100"})
    await response.prepare(request)
    await response.write(b'{"ok":')
    assert request.transport is not None
    request.transport.close()
    return response


async def post(client: AsyncWebClient, *, timeout_seconds: float = 5) -> object:
    return await call(
        client.chat_postMessage,
        idempotent=False,
        timeout_seconds=timeout_seconds,
        channel="C1",
        text="Fabrikam",
    )


async def update(client: AsyncWebClient, *, timeout_seconds: float = 5) -> object:
    return await call(
        client.chat_update,
        idempotent=True,
        timeout_seconds=timeout_seconds,
        channel="C1",
        ts="1.2",
        text="Fabrikam",
    )


async def test_an_answer_comes_back_as_a_dict(slack: SlackServer, client: AsyncWebClient) -> None:
    slack.answer("chat.postMessage", {"ok": True, "ts": "1.2"})

    assert await post(client) == {"ok": True, "ts": "1.2"}
    assert slack.calls == [("chat.postMessage", {"channel": "C1", "text": "Fabrikam"})]
    assert slack.headers[0]["Authorization"] == "Bearer xoxb-synthetic"


@pytest.mark.parametrize(
    "lost",
    [
        drop,
        half,
        status(500, "<html>"),
        status(502, "<html>"),
        status(503, "busy", content_type="text/plain"),
        status(504, ""),
        status(200, "<html>"),
        status(200, "ok", content_type="text/plain"),
        status(200, '{"ok":', content_type="application/json"),
        status(200, "[]", content_type="application/json"),
        status(200, '"ok"', content_type="application/json"),
        status(200, '{"ok":false,"error":"internal_error"}', content_type="application/json"),
        status(200, '{"ok":false,"error":"fatal_error"}', content_type="application/json"),
    ],
)
async def test_a_lost_answer_leaves_a_post_unknown_and_an_update_to_be_repeated(
    slack: SlackServer, client: AsyncWebClient, lost: Responder
) -> None:
    slack.respond("chat.postMessage", lost)
    slack.respond("chat.update", lost)

    with pytest.raises(OutcomeUnknown):
        await post(client)
    with pytest.raises(Temporary):
        await update(client)
    assert [method for method, _ in slack.calls] == ["chat.postMessage", "chat.update"]


async def test_silence_ends_at_the_deadline(slack: SlackServer, client: AsyncWebClient) -> None:
    silence = asyncio.Event()

    async def never(_: web.Request) -> web.StreamResponse:
        await silence.wait()
        return web.Response()

    slack.respond("chat.postMessage", never)
    slack.respond("chat.update", never)

    with pytest.raises(OutcomeUnknown):
        await post(client, timeout_seconds=0.05)
    with pytest.raises(Temporary):
        await update(client, timeout_seconds=0.05)
    silence.set()


async def test_a_refused_connection_means_it_did_not_happen(session: aiohttp.ClientSession) -> None:
    client = new_client(session, token="xoxb-synthetic", base_url="http://127.0.0.1:1/api/")

    with pytest.raises(Temporary):
        await post(client)


@pytest.mark.parametrize(
    ("throttled", "wait"),
    [
        (status(429, "", **{"Retry-After": "7"}), timedelta(seconds=7)),
        (status(429, "<html>"), None),
        (status(429, "", **{"Retry-After": "soon"}), None),
        (
            status(
                200,
                '{"ok":false,"error":"ratelimited"}',
                content_type="application/json",
                **{"Retry-After": "30"},
            ),
            timedelta(seconds=30),
        ),
        (status(200, '{"ok":false,"error":"message_limit_exceeded"}', content_type="application/json"), None),
    ],
)
async def test_throttling_says_how_long_to_wait(
    slack: SlackServer, client: AsyncWebClient, throttled: Responder, wait: timedelta | None
) -> None:
    slack.respond("chat.postMessage", throttled)

    with pytest.raises(Temporary) as caught:
        await post(client)

    assert caught.value.retry_after == wait


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("not_in_channel", Reason.NOT_IN_CHANNEL),
        ("restricted_action_read_only_channel", Reason.NOT_IN_CHANNEL),
        ("channel_not_found", Reason.CHANNEL_NOT_FOUND),
        ("is_archived", Reason.CHANNEL_ARCHIVED),
        ("message_not_found", Reason.MESSAGE_GONE),
        ("cant_update_message", Reason.MESSAGE_GONE),
        ("missing_scope", Reason.SCOPE_MISSING),
        ("token_revoked", Reason.TOKEN_REVOKED),
        ("account_inactive", Reason.TOKEN_REVOKED),
        ("user_not_found", Reason.USER_UNREACHABLE),
        ("expired_trigger_id", Reason.TRIGGER_EXPIRED),
        ("hash_conflict", Reason.VIEW_GONE),
        ("invalid_blocks", Reason.MESSAGE_REFUSED),
        ("something_new", Reason.MESSAGE_REFUSED),
    ],
)
async def test_a_refusal_has_a_reason(
    slack: SlackServer, client: AsyncWebClient, code: str, reason: Reason
) -> None:
    slack.answer("chat.postMessage", {"ok": False, "error": code})

    with pytest.raises(Permanent) as caught:
        await post(client)

    assert caught.value.reason is reason
    assert code in caught.value.detail


async def test_a_refusal_says_where_and_what_is_missing_but_repeats_no_text(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    slack.answer(
        "chat.postMessage",
        {
            "ok": False,
            "error": "invalid_blocks",
            "errors": ["Fabrikam is bad [json-pointer:/blocks/0/text/text]"],
            "response_metadata": {"messages": ["[ERROR] Fabrikam [json-pointer:/blocks/1]"]},
        },
        {"ok": False, "error": "missing_scope", "needed": "channels:history", "provided": "chat:write"},
    )

    with pytest.raises(Permanent) as blocks:
        await post(client)
    with pytest.raises(Permanent) as scope:
        await post(client)

    assert blocks.value.detail == "chat_postMessage: invalid_blocks at /blocks/0/text/text, /blocks/1"
    assert scope.value.detail == "chat_postMessage: missing_scope needs channels:history"
    assert blocks.value.__suppress_context__
    assert blocks.value.__cause__ is None


async def test_neither_token_nor_text_gets_into_the_log(
    slack: SlackServer, client: AsyncWebClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    slack.respond("chat.postMessage", status(500, "Fabrikam"))

    with pytest.raises(OutcomeUnknown):
        await post(client)
    await post(client)

    assert "Fabrikam" not in caplog.text
    assert "xoxb" not in caplog.text


async def test_a_proxy_from_the_environment_is_not_used_for_loopback(
    monkeypatch: pytest.MonkeyPatch, slack: SlackServer, session: aiohttp.ClientSession
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    near = new_client(session, token="xoxb-synthetic", base_url=f"{slack.url}/api/")
    far = new_client(session, token="xoxb-synthetic")

    assert await call(near.auth_test, idempotent=True) == {"ok": True}
    assert far.proxy == "http://127.0.0.1:1"
