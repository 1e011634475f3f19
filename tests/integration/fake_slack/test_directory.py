from dataclasses import replace

import pytest

from tests.integration.fake_slack.tools import Api


async def test_users_info_has_the_time_zone_and_the_locale_on_request(api: Api) -> None:
    plain = (await api("users.info", user="U0ANA"))["user"]
    full = (await api("users.info", user="U0ANA", include_locale=True))["user"]

    assert plain["tz"] == "Europe/Berlin"
    assert plain["tz_offset"] == 3600
    assert "locale" not in plain
    assert full["locale"] == "en-US"


async def test_guests_bots_and_leavers_can_be_told_apart(api: Api) -> None:
    users = api.slack.workspace.users
    users["U0BEN"] = replace(users["U0BEN"], deleted=True)

    assert (await api("users.info", user="U0DANA"))["user"]["is_restricted"]
    assert (await api("users.info", user="U0OVERTURE"))["user"]["is_bot"]
    assert (await api("users.info", user="U0BEN"))["user"]["deleted"]
    assert (await api("users.info", user="U0NOBODY"))["error"] == "user_not_found"


async def test_the_address_needs_its_own_scope(api: Api) -> None:
    without = (await api("users.info", user="U0ANA"))["user"]["profile"]
    api.slack.workspace.tokens[api.slack.bot_token].scopes |= {"users:read.email"}
    granted = (await api("users.info", user="U0ANA"))["user"]["profile"]

    assert "email" not in without
    assert granted["email"] == "ana@contoso.com"


async def test_a_user_group_lists_its_members(api: Api) -> None:
    assert (await api("usergroups.users.list", usergroup="S0APPROVERS"))["users"] == ["U0BEN", "U0CHRIS"]
    assert (await api("usergroups.users.list", usergroup="S0NONE"))["error"] == "no_such_subteam"
    api.slack.workspace.paid_plan = False

    refused = await api("usergroups.users.list", usergroup="S0APPROVERS")

    assert refused["error"] == "plan_upgrade_required"


async def test_a_channel_says_whether_the_bot_is_in_it(api: Api) -> None:
    assert (await api("conversations.info", channel="C0APPROVALS"))["channel"]["is_member"]
    assert not (await api("conversations.info", channel="C0RANDOM"))["channel"]["is_member"]
    assert (await api("conversations.info", channel="C0NONE"))["error"] == "channel_not_found"


async def test_opening_a_direct_message_twice_gives_the_same_channel(api: Api) -> None:
    first = (await api("conversations.open", users="U0ANA"))["channel"]["id"]
    second = (await api("conversations.open", users="U0ANA"))["channel"]["id"]

    assert first == second
    assert first.startswith("D")


async def test_a_group_conversation_is_another_channel(api: Api) -> None:
    channel = (await api("conversations.open", users="U0ANA,U0BEN"))["channel"]["id"]

    assert channel.startswith("G")
    assert api.slack.workspace.channels[channel].members >= {"U0ANA", "U0BEN"}


@pytest.mark.parametrize(
    ("users", "code"),
    [
        ("", "users_list_not_supplied"),
        ("U0NOBODY", "user_not_found"),
        ("U0OVERTURE", "cannot_dm_bot"),
        ("U0BEN", "user_disabled"),
    ],
)
async def test_not_everyone_can_be_written_to(api: Api, users: str, code: str) -> None:
    people = api.slack.workspace.users
    people["U0BEN"] = replace(people["U0BEN"], deleted=True)

    assert (await api("conversations.open", users=users))["error"] == code


async def test_history_is_paged_newest_first(api: Api) -> None:
    for number in range(3):
        await api("chat.postMessage", channel="C0APPROVALS", text=str(number))

    first = await api("conversations.history", channel="C0APPROVALS", limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    second = await api("conversations.history", channel="C0APPROVALS", limit=2, cursor=cursor)

    assert [message["text"] for message in first["messages"]] == ["2", "1"]
    assert first["has_more"]
    assert [message["text"] for message in second["messages"]] == ["0"]
    assert not second["has_more"]


async def test_history_can_be_asked_for_a_span(api: Api) -> None:
    stamps = [
        (await api("chat.postMessage", channel="C0APPROVALS", text=str(number)))["ts"] for number in range(3)
    ]

    after = await api("conversations.history", channel="C0APPROVALS", oldest=stamps[1])
    including = await api("conversations.history", channel="C0APPROVALS", oldest=stamps[1], inclusive=True)

    assert [message["text"] for message in after["messages"]] == ["2"]
    assert [message["text"] for message in including["messages"]] == ["2", "1"]


async def test_history_needs_membership_and_a_real_thread(api: Api) -> None:
    assert (await api("conversations.history", channel="C0RANDOM"))["error"] == "not_in_channel"
    missing = await api("conversations.replies", channel="C0APPROVALS", ts="1.000001")
    assert missing["error"] == "thread_not_found"
    bad = await api("conversations.history", channel="C0APPROVALS", cursor="???")
    assert bad["error"] == "invalid_cursor"
