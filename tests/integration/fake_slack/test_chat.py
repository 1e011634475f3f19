from typing import Any

import pytest

from tests.integration.fake_slack.tools import Api, Clock, Json, actions, button, section

CHANNEL = "C0APPROVALS"


async def post(api: Api, **arguments: Any) -> Json:
    answer = await api("chat.postMessage", **{"channel": CHANNEL, "text": "Hello"} | arguments)
    assert answer["ok"], answer
    return answer


async def test_timestamps_are_unique_and_increase_though_the_clock_stands_still(api: Api) -> None:
    stamps = [(await post(api))["ts"] for _ in range(3)]

    assert stamps == sorted(set(stamps))
    assert all(len(ts.split(".")[1]) == 6 for ts in stamps)


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        ("#approvals", "channel_not_found"),
        ("approvals", "channel_not_found"),
        ("U0ANA", "channel_not_found"),
        ("C0NOWHERE", "channel_not_found"),
        (None, "channel_not_found"),
        ("C0RANDOM", "not_in_channel"),
    ],
)
async def test_only_ids_of_channels_the_bot_is_in_can_be_posted_to(
    api: Api, channel: str | None, code: str
) -> None:
    answer = await api("chat.postMessage", channel=channel, text="Hello")

    assert answer["error"] == code


async def test_a_private_channel_without_the_bot_does_not_exist_for_it(api: Api) -> None:
    api.slack.workspace.change_channel("C0RANDOM", is_private=True)

    answer = await api("chat.postMessage", channel="C0RANDOM", text="Hello")

    assert answer["error"] == "channel_not_found"


async def test_chat_write_public_opens_unjoined_public_channels(api: Api) -> None:
    api.slack.workspace.tokens[api.slack.bot_token].scopes |= {"chat:write.public"}

    assert (await api("chat.postMessage", channel="C0RANDOM", text="Hello"))["ok"]


async def test_an_archived_channel_takes_nothing(api: Api) -> None:
    api.slack.workspace.change_channel(CHANNEL, is_archived=True)

    assert (await api("chat.postMessage", channel=CHANNEL, text="Hello"))["error"] == "is_archived"


async def test_a_message_without_content_is_no_text(api: Api) -> None:
    assert (await api("chat.postMessage", channel=CHANNEL))["error"] == "no_text"


async def test_a_very_long_text_is_cut_with_a_warning(api: Api) -> None:
    answer = await post(api, text="x" * 40_001)

    assert len(answer["message"]["text"]) == 40_000
    assert answer["response_metadata"]["warnings"] == ["message_truncated"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"text": "a", "markdown_text": "b"}, "markdown_text_conflict"),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"text": "a", "attachments": [{}] * 101}, "too_many_attachments"),
        ({"text": "a", "blocks": "not json"}, "invalid_blocks_format"),
        ({"text": "a", "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"text": "a", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"text": "a", "metadata": {"event_type": "x", "event_payload": "y"}}, "invalid_metadata_format"),
        ({"text": "a", "thread_ts": "yesterday"}, "invalid_thread_ts"),
        ({"text": "a", "thread_ts": "1.000001"}, "thread_not_found"),
    ],
)
async def test_content_slack_refuses_is_refused(api: Api, arguments: Json, code: str) -> None:
    assert (await api("chat.postMessage", channel=CHANNEL, **arguments))["error"] == code


async def test_a_reply_goes_to_the_thread_and_only_a_broadcast_shows_in_the_channel(api: Api) -> None:
    parent = await post(api, text="parent")
    await post(api, text="quiet", thread_ts=parent["ts"])
    await post(api, text="loud", thread_ts=parent["ts"], reply_broadcast=True)

    history = await api("conversations.history", channel=CHANNEL)
    replies = await api("conversations.replies", channel=CHANNEL, ts=parent["ts"])

    assert [message["text"] for message in history["messages"]] == ["loud", "parent"]
    assert [message["text"] for message in replies["messages"]] == ["parent", "quiet", "loud"]


async def test_a_reply_to_a_reply_is_refused(api: Api) -> None:
    parent = await post(api)
    reply = await post(api, thread_ts=parent["ts"])

    answer = await api("chat.postMessage", channel=CHANNEL, text="deeper", thread_ts=reply["ts"])

    assert answer["error"] == "cannot_reply_to_message"


async def test_text_without_blocks_removes_the_blocks(api: Api) -> None:
    ts = (await post(api, blocks=[actions(button("approve"))]))["ts"]

    answer = await api("chat.update", channel=CHANNEL, ts=ts, text="Approved")

    assert "blocks" not in answer["message"]
    assert answer["message"]["edited"]["user"] == "U0OVERTURE"


async def test_an_update_with_blocks_shows_no_edited_mark(api: Api) -> None:
    ts = (await post(api))["ts"]

    answer = await api("chat.update", channel=CHANNEL, ts=ts, text="New", blocks=[section("New")])

    assert "edited" not in answer["message"]


async def test_metadata_stays_unless_given_again(api: Api) -> None:
    intent = {"event_type": "intent", "event_payload": {"id": "1"}}
    ts = (await post(api, metadata=intent))["ts"]
    await api("chat.update", channel=CHANNEL, ts=ts, text="New")

    history = await api("conversations.history", channel=CHANNEL, include_all_metadata=True)

    assert history["messages"][0]["metadata"] == intent


async def test_metadata_is_left_out_of_history_unless_asked_for(api: Api) -> None:
    await post(api, metadata={"event_type": "intent", "event_payload": {"id": "1"}})

    history = await api("conversations.history", channel=CHANNEL)

    assert "metadata" not in history["messages"][0]


async def test_an_update_over_4000_characters_is_too_long(api: Api) -> None:
    ts = (await post(api))["ts"]

    assert (await api("chat.update", channel=CHANNEL, ts=ts, text="x" * 4001))["error"] == "msg_too_long"
    assert (await api("chat.update", channel=CHANNEL, ts=ts, text="x" * 4000))["ok"]


@pytest.mark.parametrize(
    ("method", "code"), [("chat.update", "cant_update_message"), ("chat.delete", "cant_delete_message")]
)
async def test_other_peoples_messages_cannot_be_touched(api: Api, method: str, code: str) -> None:
    message = api.slack.person("U0ANA").post(CHANNEL, "mine")

    assert (await api(method, channel=CHANNEL, ts=message.ts, text="yours"))["error"] == code


async def test_a_deleted_message_is_not_found(api: Api) -> None:
    ts = (await post(api))["ts"]
    assert (await api("chat.delete", channel=CHANNEL, ts=ts))["ok"]

    assert (await api("chat.update", channel=CHANNEL, ts=ts, text="x"))["error"] == "message_not_found"
    assert (await api("chat.delete", channel=CHANNEL, ts=ts))["error"] == "message_not_found"
    assert api.slack.person("U0ANA").channel_messages(CHANNEL) == []


async def test_an_ephemeral_is_seen_by_one_and_cannot_be_updated(api: Api) -> None:
    answer = await api("chat.postEphemeral", channel=CHANNEL, user="U0ANA", text="Only you")

    update = await api("chat.update", channel=CHANNEL, ts=answer["message_ts"], text="x")
    history = await api("conversations.history", channel=CHANNEL)
    assert update["error"] == "message_not_found"
    assert history["messages"] == []
    assert [message.text for message in api.slack.person("U0ANA").ephemerals] == ["Only you"]
    assert api.slack.person("U0BEN").ephemerals == []


@pytest.mark.parametrize("user", ["U0DANA", "U0NOBODY"])
async def test_an_ephemeral_needs_a_reader_in_the_channel(api: Api, user: str) -> None:
    answer = await api("chat.postEphemeral", channel=CHANNEL, user=user, text="Only you")

    assert answer["error"] == "user_not_in_channel"


async def test_a_permalink_is_built_from_channel_and_ts(api: Api) -> None:
    ts = (await post(api))["ts"]

    answer = await api("chat.getPermalink", channel=CHANNEL, message_ts=ts)

    assert answer["permalink"] == f"https://contoso.slack.com/archives/{CHANNEL}/p{ts.replace('.', '')}"
    missing = await api("chat.getPermalink", channel=CHANNEL, message_ts="1.000001")
    assert missing["error"] == "message_not_found"


async def test_one_message_per_second_and_channel_when_switched_on(api: Api, clock: Clock) -> None:
    api.slack.workspace.enforce_posting_limit = True
    await post(api)

    async with api.post("chat.postMessage", {"channel": CHANNEL, "text": "too soon"}) as response:
        assert response.status == 429
        assert response.headers["Retry-After"] == "1"
    await post(api, channel="C0PARTNERS")
    clock.advance(seconds=1)
    await post(api)


async def test_bursts_pass_when_the_limit_is_off(api: Api) -> None:
    await post(api)
    await post(api)


async def test_direct_messages_fail_when_the_messages_tab_is_off(api: Api) -> None:
    channel = (await api("conversations.open", users="U0ANA"))["channel"]["id"]
    assert (await api("chat.postMessage", channel=channel, text="Hello"))["ok"]
    api.slack.workspace.messages_tab_enabled = False

    answer = await api("chat.postMessage", channel=channel, text="Hello")

    assert answer["error"] == "messages_tab_disabled"
