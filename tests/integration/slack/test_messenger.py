"""What leaves for Slack, call by call."""

from datetime import UTC, datetime
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.identifiers import MessageTs, SlackChannelId, SlackUserId
from bot.ports.failures import Permanent, Reason
from bot.ports.slack import MessageRef
from bot.slack import blocks
from bot.slack.installation import Installation
from bot.slack.limits import InvalidPayload
from bot.slack.messenger import SlackMessenger
from tests.integration.slack.conftest import SlackServer

OURS = Installation(team_id="T1", bot_user_id=SlackUserId("UBOT"), bot_token="xoxb-synthetic")
CHANNEL, ANA = SlackChannelId("C1"), SlackUserId("UANA")
CARD = [blocks.section("Contoso")]
SINCE = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def messenger(client: AsyncWebClient) -> SlackMessenger:
    return SlackMessenger(client, installation=OURS)


def a_message(intent: str, ts: str, *, user: str = "UBOT", event: str = "overture_intent") -> dict[str, Any]:
    return {"ts": ts, "user": user, "metadata": {"event_type": event, "event_payload": {"intent": intent}}}


async def test_a_post_carries_its_intent_and_unfurls_nothing(
    slack: SlackServer, messenger: SlackMessenger
) -> None:
    slack.answer("chat.postMessage", {"ok": True, "channel": "C1", "ts": "1.2"})

    ref = await messenger.post(CHANNEL, CARD, "Contoso", intent="intent 1", thread_ts=MessageTs("0.9"))

    assert ref == MessageRef(CHANNEL, MessageTs("1.2"))
    assert slack.calls == [
        (
            "chat.postMessage",
            {
                "channel": "C1",
                "text": "Contoso",
                "blocks": CARD,
                "thread_ts": "0.9",
                "unfurl_links": False,
                "unfurl_media": False,
                "metadata": {"event_type": "overture_intent", "event_payload": {"intent": "intent 1"}},
            },
        )
    ]


async def test_a_message_is_edited_in_place_with_its_blocks(
    slack: SlackServer, messenger: SlackMessenger
) -> None:
    await messenger.update(MessageRef(CHANNEL, MessageTs("1.2")), CARD, "Contoso")

    assert slack.calls == [("chat.update", {"channel": "C1", "ts": "1.2", "text": "Contoso", "blocks": CARD})]


async def test_nothing_that_breaks_slacks_limits_leaves(
    slack: SlackServer, messenger: SlackMessenger
) -> None:
    with pytest.raises(InvalidPayload):
        await messenger.post(CHANNEL, CARD, "", intent="intent 1")
    with pytest.raises(InvalidPayload):
        await messenger.publish_home(ANA, {"type": "home", "blocks": []})
    with pytest.raises(InvalidPayload):
        await messenger.open_view("1.2.abc", blocks.home(CARD))

    assert slack.calls == []


async def test_a_message_is_found_again_by_its_intent_on_any_page(
    slack: SlackServer, messenger: SlackMessenger
) -> None:
    slack.answer(
        "conversations.history",
        {
            "ok": True,
            "messages": [
                {"ts": "9.1"},
                a_message("intent 1", "9.2", user="UOTHER"),
                a_message("intent 1", "9.3", event="other"),
            ],
            "response_metadata": {"next_cursor": "more"},
        },
        {"ok": True, "messages": [a_message("intent 2", "9.4"), a_message("intent 1", "9.5")]},
    )

    found = await messenger.find("intent 1", CHANNEL, None, SINCE)

    assert found == MessageRef(CHANNEL, MessageTs("9.5"))
    first, second = (arguments for _, arguments in slack.calls)
    assert first["oldest"] == "1772323200.000000"
    assert first["include_all_metadata"] == "1"
    assert second["cursor"] == "more"


async def test_a_reply_is_looked_for_in_its_thread(slack: SlackServer, messenger: SlackMessenger) -> None:
    slack.answer("conversations.replies", {"ok": True, "messages": []})

    assert await messenger.find("intent 1", CHANNEL, MessageTs("0.9"), SINCE) is None
    assert slack.calls[0][1]["ts"] == "0.9"


async def test_without_the_history_scope_looking_says_so(
    slack: SlackServer, messenger: SlackMessenger
) -> None:
    slack.answer(
        "conversations.history", {"ok": False, "error": "missing_scope", "needed": "channels:history"}
    )

    with pytest.raises(Permanent) as caught:
        await messenger.find("intent 1", CHANNEL, None, SINCE)

    assert caught.value.reason is Reason.SCOPE_MISSING


async def test_the_direct_channel_is_asked_for_once(slack: SlackServer, messenger: SlackMessenger) -> None:
    slack.answer("conversations.open", {"ok": True, "channel": {"id": "D1"}})

    assert await messenger.direct_channel(ANA) == "D1"
    assert await messenger.direct_channel(ANA) == "D1"
    assert slack.calls == [("conversations.open", {"users": "UANA"})]


async def test_views_are_opened_and_replaced(slack: SlackServer, messenger: SlackMessenger) -> None:
    slack.answer("views.open", {"ok": True, "view": {"id": "V1"}})
    view = blocks.modal("told", "Contoso", CARD)

    opened = await messenger.open_view("1.2.abc", view)
    await messenger.update_view(opened, view, view_hash="156772938.1827394")
    await messenger.publish_home(ANA, blocks.home(CARD))
    await messenger.ephemeral(CHANNEL, ANA, CARD, "Contoso")

    assert [method for method, _ in slack.calls] == [
        "views.open",
        "views.update",
        "views.publish",
        "chat.postEphemeral",
    ]
    assert slack.calls[1][1] == {"view_id": "V1", "view": view, "hash": "156772938.1827394"}
