from typing import Any

import pytest

from bot.sandbox.fake_slack import FakeSlack
from tests.integration.fake_slack.tools import Api


async def test_auth_test_says_who_the_token_is(api: Api) -> None:
    answer = await api("auth.test")

    assert answer["ok"]
    assert answer["team_id"] == "T0CONTOSO"
    assert answer["user_id"] == "U0OVERTURE"


async def test_an_unknown_method_is_refused_by_name(api: Api) -> None:
    assert (await api("chat.shout"))["error"] == "unknown_method"


async def test_a_call_without_a_token_is_not_authed(api: Api) -> None:
    api.token = None

    assert (await api("auth.test"))["error"] == "not_authed"


async def test_a_made_up_token_is_invalid_auth(api: Api) -> None:
    api.token = "xoxb-made-up"

    assert (await api("auth.test"))["error"] == "invalid_auth"


async def test_an_app_token_is_the_wrong_kind_for_posting(api: Api) -> None:
    api.token = api.slack.app_token

    answer = await api("chat.postMessage", channel="C0APPROVALS", text="Hello")

    assert answer["error"] == "not_allowed_token_type"


@pytest.mark.parametrize("code", ["token_revoked", "account_inactive", "token_expired"])
async def test_a_token_taken_back_fails_every_call(api: Api, code: str) -> None:
    api.slack.revoke_bot_token(code)

    assert (await api("auth.test"))["error"] == code


@pytest.mark.parametrize(
    ("method", "scope", "arguments"),
    [
        ("chat.postMessage", "chat:write", {"channel": "C0APPROVALS", "text": "Hello"}),
        ("chat.postEphemeral", "chat:write", {"channel": "C0APPROVALS", "user": "U0ANA", "text": "Hello"}),
        ("users.info", "users:read", {"user": "U0ANA"}),
        ("usergroups.users.list", "usergroups:read", {"usergroup": "S0APPROVERS"}),
        ("conversations.info", "channels:read", {"channel": "C0APPROVALS"}),
        ("conversations.history", "channels:history", {"channel": "C0APPROVALS"}),
        ("conversations.open", "im:write", {"users": "U0ANA"}),
    ],
)
async def test_a_missing_scope_is_named_with_what_was_provided(
    api: Api, method: str, scope: str, arguments: dict[str, Any]
) -> None:
    bearer = api.slack.workspace.tokens[api.slack.bot_token]
    assert (await api(method, **arguments))["ok"]
    bearer.scopes -= {scope}

    answer = await api(method, **arguments)

    assert answer["error"] == "missing_scope"
    assert scope in answer["needed"].split(",")
    assert scope not in answer["provided"].split(",")


async def test_history_of_a_private_channel_needs_the_scope_for_groups(api: Api) -> None:
    api.slack.workspace.change_channel("C0APPROVALS", is_private=True)

    answer = await api("conversations.history", channel="C0APPROVALS")

    assert answer["error"] == "missing_scope"
    assert answer["needed"] == "groups:history"


async def test_a_form_carries_structures_as_json_text(api: Api) -> None:
    form = {
        "channel": "C0APPROVALS",
        "blocks": '[{"type":"divider"}]',
        "text": "Hi",
        "token": api.slack.bot_token,
    }
    async with api.session.post(api.slack.api_url + "chat.postMessage", data=form) as response:
        answer = await response.json()

    assert answer["message"]["blocks"][0]["type"] == "divider"


async def test_a_read_may_put_its_arguments_in_the_address(api: Api) -> None:
    url = api.slack.api_url + "users.info"
    async with api.session.get(url, params={"user": "U0ANA"}, headers=api.headers) as response:
        answer = await response.json()

    assert answer["user"]["id"] == "U0ANA"


async def test_a_token_in_the_address_is_not_accepted(api: Api) -> None:
    url = api.slack.api_url + "auth.test"
    async with api.session.get(url, params={"token": api.slack.bot_token}) as response:
        answer = await response.json()

    assert answer["error"] == "not_authed"


@pytest.mark.parametrize(
    ("content_type", "body", "code"),
    [
        ("application/json", "{", "invalid_json"),
        ("application/json", "[]", "json_not_object"),
        ("text/plain", "text=hello", "invalid_post_type"),
    ],
)
async def test_a_body_slack_cannot_read_is_refused(api: Api, content_type: str, body: str, code: str) -> None:
    url, headers = api.slack.api_url + "chat.postMessage", {"Content-Type": content_type} | api.headers
    async with api.session.post(url, data=body, headers=headers) as response:
        answer = await response.json()

    assert response.status == 200
    assert answer["error"] == code


async def test_calls_are_logged_with_the_answer_and_without_the_token(api: Api, slack: FakeSlack) -> None:
    form = {"channel": "C0APPROVALS", "text": "Hi", "token": slack.bot_token}
    async with api.session.post(slack.api_url + "chat.postMessage", data=form) as response:
        answer = await response.json()

    (call,) = slack.traffic.called("chat.postMessage")
    assert call.arguments["text"] == "Hi"
    assert call.response["ts"] == answer["ts"]
    assert slack.bot_token not in repr(slack.traffic.calls)


async def test_answers_name_the_scopes_of_the_token(api: Api) -> None:
    async with api.post("auth.test", {}) as known:
        granted = known.headers["X-OAuth-Scopes"].split(",")
    api.token = "xoxb-unknown"
    async with api.post("auth.test", {}) as unknown:
        assert "X-OAuth-Scopes" not in unknown.headers

    assert {"chat:write", "users:read"} <= set(granted)
