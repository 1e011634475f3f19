"""What Slack says about our tokens and channels."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.identifiers import SlackChannelId
from bot.ports.failures import Temporary
from bot.sandbox.clock import SandboxClock
from bot.sandbox.fake_slack import FakeSlack
from bot.slack.api_errors import Refusal
from bot.slack.introduction import Channel, channel, check_app_token, introduction
from bot.slack.web_client import new_client
from tests.integration.slack.conftest import SlackServer


@pytest.fixture
async def workspace() -> AsyncIterator[FakeSlack]:
    async with FakeSlack.sample(SandboxClock()).serve() as running:
        yield running


@pytest.fixture
def bot(workspace: FakeSlack, session: aiohttp.ClientSession) -> AsyncWebClient:
    return new_client(session, token=workspace.bot_token, base_url=workspace.api_url)


async def test_a_token_is_introduced_with_workspace_and_scopes(
    workspace: FakeSlack, bot: AsyncWebClient
) -> None:
    found = await introduction(bot, workspace.bot_token)

    assert (found.workspace_name, found.bot_name) == ("Contoso", "overture")
    assert found.installation.team_id == "T0CONTOSO"
    assert found.scopes == workspace.workspace.tokens[workspace.bot_token].scopes


async def test_scopes_that_are_not_told_are_not_known(workspace: FakeSlack, bot: AsyncWebClient) -> None:
    workspace.workspace.tells_scopes = False

    assert (await introduction(bot, workspace.bot_token)).scopes is None


async def test_a_token_that_is_refused_says_why_in_slacks_word(
    workspace: FakeSlack, bot: AsyncWebClient
) -> None:
    workspace.revoke_bot_token()

    with pytest.raises(Refusal) as caught:
        await introduction(bot, workspace.bot_token)

    assert caught.value.code == "token_revoked"


async def test_an_answer_of_another_shape_is_none(slack: SlackServer, client: AsyncWebClient) -> None:
    slack.answer("auth.test", {"ok": True})

    with pytest.raises(Temporary):
        await introduction(client, "xoxb-synthetic")


async def test_a_channel_says_its_name_and_whether_we_are_in_it(bot: AsyncWebClient) -> None:
    ours = await channel(bot, SlackChannelId("C0APPROVALS"))
    others = await channel(bot, SlackChannelId("C0RANDOM"))

    assert ours == Channel("approvals", is_member=True, is_archived=False)
    assert not others.is_member


async def test_an_app_token_is_tried_without_a_connection(workspace: FakeSlack, bot: AsyncWebClient) -> None:
    await check_app_token(bot, workspace.app_token)
    with pytest.raises(Refusal):
        await check_app_token(bot, workspace.bot_token)

    assert not workspace.sockets.is_connected
