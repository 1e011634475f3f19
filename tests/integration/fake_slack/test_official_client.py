"""The fake shares no code with Slack's SDK; here the SDK and Bolt have to get along with it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.fake_slack import FakeSlack
from tests.integration.fake_slack.tools import Api, home, modal, section, text_input

CHANNEL = "C0APPROVALS"


@pytest.fixture
def client(api: Api, slack: FakeSlack) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, session=api.session)


async def test_the_sdk_can_call_every_method(client: AsyncWebClient, api: Api) -> None:
    posted = await client.chat_postMessage(
        channel=CHANNEL, text="Hello", blocks=[section("Hello")], unfurl_links=False, unfurl_media=False
    )
    direct = await client.conversations_open(users=["U0ANA"])
    opened = await client.views_open(trigger_id=api.trigger("U0ANA"), view=modal())
    where: dict[str, Any] = {"channel": CHANNEL, "ts": posted["ts"]}
    answers = [
        await client.auth_test(),
        await client.chat_update(**where, text="Changed"),
        await client.chat_getPermalink(channel=CHANNEL, message_ts=posted["ts"]),
        await client.chat_postEphemeral(channel=CHANNEL, user="U0ANA", text="Only you"),
        await client.chat_postMessage(channel=direct["channel"]["id"], text="Between us"),
        await client.views_update(view_id=opened["view"]["id"], hash=opened["view"]["hash"], view=modal()),
        await client.views_push(trigger_id=api.trigger("U0ANA", from_modal=True), view=modal()),
        await client.views_publish(user_id="U0ANA", view=home(section("Home"))),
        await client.users_info(user="U0ANA", include_locale=True),
        await client.usergroups_users_list(usergroup="S0APPROVERS"),
        await client.conversations_info(channel=CHANNEL),
        await client.conversations_history(channel=CHANNEL, include_all_metadata=True, limit=5),
        await client.conversations_replies(**where),
        await client.chat_delete(**where),
    ]

    assert all(answer["ok"] for answer in answers)


async def test_the_sdk_raises_what_the_fake_refuses(client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError, match="not_in_channel"):
        await client.chat_postMessage(channel="C0RANDOM", text="Hello")


@pytest.fixture
async def bolt(client: AsyncWebClient, slack: FakeSlack) -> AsyncIterator[AsyncApp]:
    app = AsyncApp(name="sample", client=client)
    handler: Any = AsyncSocketModeHandler(app, slack.app_token, web_client=client)
    await handler.connect_async()
    yield app
    await handler.close_async()


async def test_bolt_over_socket_mode_opens_and_takes_a_modal(bolt: AsyncApp, slack: FakeSlack) -> None:
    @bolt.command("/invite-customer")
    async def invite(ack: Any, body: Any, client: AsyncWebClient) -> None:
        await ack()
        view = modal(text_input("domain"), callback_id="invite")
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @bolt.view("invite")
    async def submitted(ack: Any) -> None:
        await ack(response_action="errors", errors={"domain": "Needs a dot"})

    ana = slack.person("U0ANA")
    async with asyncio.timeout(5):
        await slack.sockets.connected()
        await ana.command("/invite-customer", channel=CHANNEL)
        await slack.wait_for(lambda seen: seen.kind == "modal")
        ana.fill("domain", "fabrikam")
        await ana.submit()

    assert ana.errors == {"domain": "Needs a dot"}
    assert ana.toasts == []
