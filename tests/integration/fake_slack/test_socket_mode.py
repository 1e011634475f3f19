import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from bot.sandbox.fake_slack import FakeSlack
from tests.integration.fake_slack.tools import Api, Json, TinyApp, modal, plain, text_input

Socket = aiohttp.ClientWebSocketResponse


async def address(api: Api) -> str:
    api.token = api.slack.app_token
    answer = await api("apps.connections.open")
    api.token = api.slack.bot_token
    return str(answer["url"])


@asynccontextmanager
async def connected(api: Api) -> AsyncIterator[Socket]:
    async with api.session.ws_connect(await address(api)) as socket:
        hello = await socket.receive_json()
        assert hello["type"] == "hello"
        yield socket


async def acknowledge(socket: Socket, payload: Any = None) -> Json:
    envelope = dict(await socket.receive_json())
    answer = {"envelope_id": envelope["envelope_id"]}
    await socket.send_json(answer | ({"payload": payload} if payload else {}))
    return envelope


async def test_connecting_takes_an_app_level_token(api: Api) -> None:
    assert (await api("apps.connections.open"))["error"] == "not_allowed_token_type"
    api.slack.workspace.tokens[api.slack.app_token].scopes = frozenset()
    api.token = api.slack.app_token
    assert (await api("apps.connections.open"))["error"] == "missing_scope"


async def test_an_address_is_good_for_one_connection(api: Api) -> None:
    url = await address(api)
    async with api.session.ws_connect(url) as socket:
        hello = await socket.receive_json()
        assert hello["connection_info"]["app_id"] == "A0OVERTURE"
        assert hello["debug_info"]["approximate_connection_time"] > 0

        with pytest.raises(aiohttp.WSServerHandshakeError):
            await api.session.ws_connect(url)


async def test_the_log_does_not_show_the_ticket(api: Api, slack: FakeSlack) -> None:
    url = await address(api)

    assert url not in repr(slack.traffic.calls)


async def test_everything_goes_over_the_socket_while_one_is_open(
    api: Api, app: TinyApp, slack: FakeSlack
) -> None:
    ana = slack.person("U0ANA")
    async with connected(api) as socket:
        envelope, _ = await asyncio.gather(acknowledge(socket), ana.command("/customers", "all"))
        event, _ = await asyncio.gather(acknowledge(socket), ana.open_home())
    await slack.person("U0ANA").shortcut("invite_customer")

    assert envelope["type"] == "slash_commands"
    assert envelope["accepts_response_payload"] is True
    assert envelope["payload"]["text"] == "all"
    assert event["type"] == "events_api"
    assert event["accepts_response_payload"] is False
    assert event["payload"]["event"]["type"] == "app_home_opened"
    assert ana.toasts == []
    assert [received.payload["type"] for received in app.received] == ["shortcut"]


async def test_an_acknowledgement_may_carry_the_answer(api: Api, slack: FakeSlack) -> None:
    ana = slack.person("U0ANA")
    view = modal(text_input("domain"), title=plain("Invite"))
    await api("views.open", trigger_id=api.trigger("U0ANA"), view=view)
    ana.fill("domain", "fabrikam")
    errors = {"response_action": "errors", "errors": {"domain": "Needs a dot"}}

    async with connected(api) as socket:
        await asyncio.gather(acknowledge(socket, errors), ana.submit())
        assert ana.errors == {"domain": "Needs a dot"}
        envelope, _ = await asyncio.gather(acknowledge(socket), ana.submit())

    assert envelope["type"] == "interactive"
    assert ana.view is None


async def test_an_envelope_nobody_acknowledges_times_out(api: Api, slack: FakeSlack) -> None:
    ana = slack.person("U0ANA")
    slack.deadline_seconds = 0.1
    async with connected(api):
        await ana.command("/customers")

    assert ana.toasts[-1].code == "operation_timeout"


async def test_an_unacknowledged_event_is_retried_on_the_socket(api: Api, slack: FakeSlack) -> None:
    async with connected(api) as socket:
        slack.deadline_seconds = 0.1
        await slack.person("U0ANA").open_home()
        slack.deadline_seconds = 3.0
        await socket.receive_json()
        envelope = await acknowledge(socket)
        await slack.events.retries_done()

    assert envelope["retry_attempt"] == 1
    assert envelope["retry_reason"] == "http_timeout"


async def test_slack_may_ask_for_a_new_connection(api: Api, slack: FakeSlack) -> None:
    async with connected(api) as socket:
        await slack.sockets.disconnect("warning")
        warning = await socket.receive_json()
        assert slack.sockets.is_connected
        closing = asyncio.create_task(slack.sockets.disconnect("refresh_requested"))
        goodbye = await socket.receive_json()
        ended = await socket.receive()
        await closing

    assert (warning["type"], warning["reason"]) == ("disconnect", "warning")
    assert goodbye["reason"] == "refresh_requested"
    assert ended.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
    assert not slack.sockets.is_connected


async def test_ten_connections_and_no_more(api: Api) -> None:
    sockets = [await api.session.ws_connect(await address(api)) for _ in range(10)]

    with pytest.raises(aiohttp.WSServerHandshakeError):
        await api.session.ws_connect(await address(api))
    for socket in sockets:
        await socket.close()


async def test_nonsense_on_the_socket_is_ignored(api: Api, slack: FakeSlack) -> None:
    ana = slack.person("U0ANA")
    async with connected(api) as socket:
        await socket.send_str("{")
        await socket.send_str("[]")
        await socket.send_json({"envelope_id": "unknown"})
        await asyncio.gather(acknowledge(socket), ana.command("/customers"))

    assert ana.toasts == []
