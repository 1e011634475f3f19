"""`POST /slack/events` of the whole bot: what is not Slack's leaves no trace, and nothing becomes a 5xx."""

import hashlib
import hmac
import io
import itertools
import json
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.sandbox.run import ANA, APPROVALS_CHANNEL, Sandbox
from bot.sandbox.story import Story
from bot.slack import names
from tests.scenario.support import begins, comes_to_the_mail, stored, submission

FORM = "application/x-www-form-urlencoded"
MARK = "onlyinthisbody"
"""Stands in every body, and must stand nowhere else."""

_COUNT = itertools.count()


class Door:
    """Somebody outside, who knows the address and perhaps the signing secret."""

    def __init__(self, box: Sandbox, session: aiohttp.ClientSession) -> None:
        self.box = box
        self.url = f"{box.bot_url}/slack/events"
        self.session = session

    def signed(
        self, body: bytes, *, secret: str = "", ahead: float = 0, content_type: str = FORM
    ) -> dict[str, str]:
        at = str(int(self.box.clock.now().timestamp() + ahead))
        key = (secret or self.box.slack.signing_secret).encode()
        digest = hmac.new(key, b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": f"v0={digest}",
        }

    async def send(self, body: bytes, headers: Mapping[str, str], *, method: str = "POST") -> int:
        async with self.session.request(method, self.url, data=io.BytesIO(body), headers=headers) as response:
            await response.read()
            return response.status

    async def genuine(self, body: bytes, *, content_type: str = FORM) -> int:
        return await self.send(body, self.signed(body, content_type=content_type))


@pytest.fixture
async def door(box: Sandbox) -> AsyncIterator[Door]:
    async with aiohttp.ClientSession() as session:
        yield Door(box, session)


def a_command(box: Sandbox, **changes: str) -> bytes:
    workspace = box.slack.workspace
    fields = {
        "api_app_id": workspace.app_id,
        "team_id": workspace.team_id,
        "channel_id": APPROVALS_CHANNEL,
        "user_id": ANA,
        "command": "/invite-customer",
        "text": f"{MARK}.example",
        "trigger_id": "1.2.3",
    }
    return urlencode(fields | changes).encode()


def a_payload(box: Sandbox, body: dict[str, Any]) -> bytes:
    known = {
        "team": {"id": box.slack.workspace.team_id},
        "user": {"id": ANA},
        "note": MARK,
        # No two requests of Slack's are the same.
        "action_ts": next(_COUNT),
    }
    return urlencode({"payload": json.dumps(known | body)}).encode()


async def test_what_slack_did_not_sign_is_refused_and_leaves_nothing(
    door: Door, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    body = a_command(door.box)
    good = door.signed(body)
    before = stored(door.box)
    refused = {
        "no headers": await door.send(body, {"Content-Type": FORM}),
        "another secret": await door.send(body, door.signed(body, secret="not the secret")),
        "another body": await door.send(body + b"&x=1", good),
        "stale": await door.send(body, door.signed(body, ahead=-301)),
        "future": await door.send(body, door.signed(body, ahead=301)),
        "no number": await door.send(body, good | {"X-Slack-Request-Timestamp": "now"}),
        "short": await door.send(body, good | {"X-Slack-Signature": "v0=00"}),
        "not ascii": await door.send(body, good | {"X-Slack-Signature": "v0=\u00fc" * 16}),
        "other version": await door.send(body, good | {"X-Slack-Signature": good["X-Slack-Signature"][1:]}),
    }

    assert set(refused.values()) == {401}, refused
    assert stored(door.box) == before
    assert_unspoken(caplog, capfd)


async def test_the_same_request_is_taken_once(door: Door) -> None:
    body = a_payload(door.box, {"type": "block_actions", "actions": [{"action_id": "nothing"}]})
    headers = door.signed(body)

    first, second = await door.send(body, headers), await door.send(body, headers)

    assert (first, second) == (200, 401)


async def test_a_replayed_command_does_not_begin_a_second_draft(story: Story) -> None:
    await begins(story)
    command = next(one for one in story.box.slack.traffic.deliveries if one.kind == "slash_commands")
    before = stored(story.box)

    again = await story.box.slack.replay(command, fresh_signature=False)

    assert again.status == 401
    assert stored(story.box) == before


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 3 * 1024 * 1024])
async def test_a_body_larger_than_any_of_slacks_is_refused(door: Door, size: int) -> None:
    body = b"x" * size

    assert await door.genuine(body) == 413


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_only_post_is_answered(door: Door, method: str) -> None:
    body = a_command(door.box)

    assert await door.send(body, door.signed(body), method=method) == 405


MALFORMED = (
    b"",
    b"\x00\xff\xfe",
    b"payload=",
    b"payload=%7B",
    b"payload=[]",
    b"payload=null",
    b"payload=%FF%FE",
    b"a=1&" * 5000,
    b"{" * 50_000,
    b'{"type": "event_callback"}',
    b'{"type": "event_callback", "event": []}',
    b'{"type": "url_verification"}',
    b'{"type": "url_verification", "challenge": {}}',
    b'{"type": {"a": 1}}',
    b'"text"',
)


@pytest.mark.parametrize("content_type", [FORM, "application/json", "text/plain", ""])
async def test_what_cannot_be_read_is_never_a_fault_of_ours(
    door: Door, content_type: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    before = stored(door.box)

    for raw in MALFORMED:
        body = raw + (MARK.encode() if raw.startswith(b"a=1") else b"")

        assert await door.genuine(body, content_type=content_type) in {200, 400, 401}, raw[:40]
    assert stored(door.box) == before
    assert_unspoken(caplog, capfd)


ACTIONS = tuple(value for name, value in vars(names).items() if name.isupper() and not name.startswith("_"))
SHAPES: tuple[dict[str, Any], ...] = (
    {},
    {"actions": [], "view": None},
    {"actions": [None], "view": {}},
    {"actions": [{"action_id": "{name}"}], "view": {"callback_id": "{name}"}},
    {"actions": [{"action_id": "{name}", "value": MARK}], "view": {"callback_id": "{name}", "state": {}}},
    {
        "actions": [{"action_id": "{name}", "selected_option": {"value": f"{MARK}:{MARK}"}}],
        "view": {"callback_id": "{name}", "private_metadata": MARK, "state": {"values": {"comment": []}}},
    },
    {
        "actions": [{"action_id": "{name}", "value": {"a": 1}}],
        "view": {"callback_id": "{name}", "private_metadata": {}, "state": {"values": MARK}, "id": 7},
    },
    {"actions": [{"action_id": "{name}", "value": "x" * 3000}], "user": {"id": MARK}},
    {"team": [MARK], "user": [MARK], "channel": [MARK]},
    {"team": MARK, "user": MARK, "channel": 7, "enterprise": MARK, "is_enterprise_install": {}},
    {"view": MARK, "message": MARK, "container": MARK, "authorizations": [7]},
    {"actions": [{"action_id": "{name}", "value": "\ud800"}], "callback_id": "{name}", "trigger_id": 7},
)


@pytest.mark.parametrize(
    "kind", ["block_actions", "view_submission", "view_closed", "shortcut", "message_action"]
)
async def test_a_signed_payload_of_any_shape_is_answered_without_a_fault_and_without_a_trace(
    door: Door, kind: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Slack would not send these; a mistake in a version of its or of ours might."""
    caplog.set_level(logging.INFO)
    before = stored(door.box)

    bodies = {json.dumps(shape).replace("{name}", name) for name in ACTIONS for shape in SHAPES}
    for body in sorted(bodies):
        answer = await door.genuine(a_payload(door.box, json.loads(body) | {"type": kind}))

        assert answer in {200, 400, 422}, body
    assert {table: rows for table, rows in stored(door.box).items() if table != "drafts"} == {
        table: rows for table, rows in before.items() if table != "drafts"
    }
    assert_unspoken(caplog, capfd)


async def test_a_fault_of_ours_is_told_and_is_logged_without_what_was_typed(
    story: Story, capfd: pytest.CaptureFixture[str]
) -> None:
    await comes_to_the_mail(story)
    assert story.ana.view is not None
    sent = submission(story, story.ana.view, by=ANA)
    payload = json.loads(json.dumps(dict(sent.payload)))
    # Python quotes a value that is no member of an enumeration.
    payload["view"]["state"]["values"]["cloud"] = {"cloud": {"selected_option": {"value": MARK}}}

    answer = await story.box.slack.replay(replace(sent, payload=payload))

    assert "Something went wrong on my side" in str(answer.json["view"])
    printed = capfd.readouterr()
    assert "handler_failed" in printed.out
    assert MARK not in printed.out + printed.err


async def test_what_is_meant_for_another_workspace_is_answered_and_ignored(story: Story, door: Door) -> None:
    await begins(story)
    workspace, slack = story.box.slack.workspace, story.box.slack
    before, calls = stored(story.box), len(slack.traffic.calls)
    elsewhere = {"id": "T0ELSEWHERE", "domain": "elsewhere"}
    command = a_command(story.box, team_id="T0ELSEWHERE", text="fabrikam.com")
    event = {
        "type": "event_callback",
        "team_id": "T0ELSEWHERE",
        "api_app_id": workspace.app_id,
        "event_id": "Ev1",
        "event": {"type": "app_home_opened", "user": ANA, "channel": "D1", "tab": "home"},
    }
    click = {"type": "block_actions", "team": elsewhere, "user": {"id": ANA, "team_id": "T0ELSEWHERE"}}
    clicked = click | {"actions": [{"action_id": "invite_customer"}], "trigger_id": "1.2"}

    answers = [
        await door.genuine(command),
        await door.genuine(json.dumps(event).encode(), content_type="application/json"),
        await door.genuine(a_payload(story.box, clicked)),
    ]

    assert answers == [200, 200, 200]
    assert stored(story.box) == before
    assert len(slack.traffic.calls) == calls


async def test_slacks_own_questions_about_the_address_are_answered(box: Sandbox) -> None:
    assert await box.slack.verify_url()
    assert (await box.slack.ssl_check()).status == 200


def assert_unspoken(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    """Fail if anything of a body got into the logs."""
    printed = capfd.readouterr()
    assert MARK not in caplog.text
    assert MARK not in printed.out + printed.err
