"""From a request to a handler and back, through the real Bolt."""

import asyncio
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.identifiers import SlackUserId
from bot.ports.failures import OutcomeUnknown
from bot.slack.bolt import build_bolt
from bot.slack.gate import SlackGate
from bot.slack.installation import Installation
from bot.slack.limits import InvalidPayload
from bot.slack.routing import Interaction, Kind, Routes
from tests.unit.slack.support import SECRET, StandingClock, as_payload, ask, signed

OURS = Installation(team_id="T1", bot_user_id=SlackUserId("UBOT"), bot_token="xoxb-synthetic", bot_id="BBOT")
CLICK: dict[str, Any] = {
    "type": "block_actions",
    "team": {"id": "T1"},
    "user": {"id": "UANA", "team_id": "T1"},
    "trigger_id": "1.2.abc",
    "response_url": "https://hooks.slack.com/actions/x",
    "channel": {"id": "C1"},
    "actions": [{"action_id": "approve", "value": "42"}],
}
SUBMISSION: dict[str, Any] = {
    "type": "view_submission",
    "team": {"id": "T1"},
    "user": {"id": "UANA"},
    "view": {"id": "V1", "type": "modal", "callback_id": "invite_customer", "state": {"values": {}}},
}
COMMAND: dict[str, Any] = {"command": "/customers", "team_id": "T1", "user_id": "UANA", "text": "Fabrikam"}
HOME_OPENED: dict[str, Any] = {
    "type": "event_callback",
    "team_id": "T1",
    "event_id": "Ev1",
    "event": {"type": "app_home_opened", "user": "UANA", "tab": "home"},
}


class Bot:
    """The routes on a real Bolt, and what reached them."""

    def __init__(
        self,
        *,
        ack_seconds: float = 2.8,
        installation: Installation = OURS,
        base_url: str = "https://slack.com/api/",
    ) -> None:
        client = AsyncWebClient(token="xoxb-synthetic", base_url=base_url)
        self.seen: list[Interaction] = []
        self.errors: list[Exception] = []
        self.routes = Routes(
            installation=installation, client=client, on_error=self.on_error, ack_seconds=ack_seconds
        )
        self.app: AsyncApp = build_bolt(client, installation)
        self.routes.attach(self.app)

    async def on_error(self, error: Exception, interaction: Interaction) -> None:
        self.errors.append(error)
        await interaction.ack(text="That did not work.")

    async def handler(self, interaction: Interaction) -> None:
        self.seen.append(interaction)
        await interaction.ack()

    async def send(self, body: dict[str, Any]) -> BoltResponse:
        return await self.app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))


class Mute(Bot):
    """Cannot tell anybody anything."""

    async def on_error(self, error: Exception, interaction: Interaction) -> None:
        await asyncio.Event().wait()


async def test_a_click_reaches_its_handler_with_what_slack_said() -> None:
    bot = Bot()
    bot.routes.action("approve", bot.handler)

    got = await bot.send(CLICK)

    [seen] = bot.seen
    assert (got.status, got.body) == (200, "")
    assert (seen.kind, seen.name, seen.user_id, seen.team_id) == (Kind.ACTION, "approve", "UANA", "T1")
    assert (seen.trigger_id, seen.response_url) == ("1.2.abc", "https://hooks.slack.com/actions/x")
    assert seen.channel_id == "C1"


@pytest.mark.parametrize(
    ("register", "name", "body"),
    [
        ("command", "/customers", COMMAND),
        ("view_submitted", "invite_customer", SUBMISSION),
        ("view_closed", "invite_customer", SUBMISSION | {"type": "view_closed"}),
        ("shortcut", "invite", {"type": "shortcut", "callback_id": "invite", "team": {"id": "T1"}}),
        ("shortcut", "invite", {"type": "message_action", "callback_id": "invite", "team": {"id": "T1"}}),
        ("options", "country", {"type": "block_suggestion", "action_id": "country", "team": {"id": "T1"}}),
        ("event", "app_home_opened", HOME_OPENED),
    ],
)
async def test_every_kind_of_payload_finds_its_handler(
    register: str, name: str, body: dict[str, Any]
) -> None:
    bot = Bot()
    getattr(bot.routes, register)(name, bot.handler)

    got = await bot.send(body)

    assert got.status == 200
    assert [interaction.name for interaction in bot.seen] == [name]


@pytest.mark.parametrize(
    "address",
    [
        "https://hooks.example.com/actions/x",
        "http://hooks.slack.com/actions/x",
        "https://hooks.slack.com:8443/actions/x",
        "https://hooks.slack.com@example.com/actions/x",
        "https://ana@hooks.slack.com/actions/x",
        "https://hooks.slack.com.example.com/actions/x",
        "https://[hooks.slack.com/actions/x",
        "//hooks.slack.com/actions/x",
        "file:///etc/passwd",
    ],
)
async def test_what_we_answer_goes_to_slacks_own_hosts_only(address: str) -> None:
    bot = Bot()
    bot.routes.action("approve", bot.handler)

    await bot.send(CLICK | {"response_url": address})

    assert [seen.response_url for seen in bot.seen] == [""]


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        ("https://slack.com/api/", "https://hooks.slack.com/actions/x"),
        ("https://slack-gov.com/api/", "https://hooks.slack-gov.com/actions/x"),
        ("http://127.0.0.1:4001/api/", "http://127.0.0.1:4002/hooks/x"),
    ],
)
async def test_the_slack_that_is_configured_is_answered(base_url: str, address: str) -> None:
    bot = Bot(base_url=base_url)
    bot.routes.action("approve", bot.handler)

    await bot.send(CLICK | {"response_url": address})

    assert [seen.response_url for seen in bot.seen] == [address]


async def test_a_button_nobody_knows_is_answered_and_one_that_opens_a_page_is_left_alone() -> None:
    bot = Bot()
    bot.routes.other_actions(bot.handler)

    await bot.send(CLICK | {"actions": [{"action_id": "of_an_earlier_release"}]})
    await bot.send(CLICK | {"actions": [{"action_id": "a_page", "url": "https://example.com"}]})

    assert [seen.name for seen in bot.seen] == ["of_an_earlier_release"]


async def test_ids_match_exactly() -> None:
    bot = Bot()
    bot.routes.action("approve", bot.handler)

    await bot.send(CLICK | {"actions": [{"action_id": "approve:42"}]})

    assert not bot.seen


def test_two_handlers_for_one_id_are_refused() -> None:
    routes = Routes(installation=OURS, client=AsyncWebClient())

    async def handler(interaction: Interaction) -> None:
        await interaction.ack()

    routes.action("approve", handler)

    with pytest.raises(ValueError, match="approve"):
        routes.action("approve", handler)


@pytest.mark.parametrize(
    "body",
    [
        CLICK,
        SUBMISSION,
        HOME_OPENED,
        {"type": "app_rate_limited", "team_id": "T1"},
        {"type": "something_new", "team": {"id": "T1"}},
        {"team_id": "T1"},
        CLICK | {"actions": "none"},
        SUBMISSION | {"view": []},
    ],
)
async def test_what_nobody_handles_is_acknowledged(body: dict[str, Any]) -> None:
    got = await Bot().send(body)

    assert (got.status, got.body) == (200, "")


@pytest.mark.parametrize(
    "elsewhere", [{"team": {"id": "T2"}}, {"team": None, "user": {"id": "UANA"}}, {"team": {"id": ""}}]
)
async def test_a_request_for_another_workspace_is_answered_without_effect(elsewhere: dict[str, Any]) -> None:
    bot = Bot()
    bot.routes.action("approve", bot.handler)

    got = await bot.send(CLICK | elsewhere)

    assert got.status == 200
    assert not bot.seen


async def test_an_organisation_wide_installation_hears_all_its_workspaces() -> None:
    wide = Installation(
        team_id="T1",
        bot_user_id=SlackUserId("UBOT"),
        bot_token="xoxb-synthetic",
        enterprise_id="E1",
        is_enterprise_install=True,
    )
    bot = Bot(installation=wide)
    bot.routes.action("approve", bot.handler)

    await bot.send(CLICK | {"team": {"id": "T7"}, "enterprise": {"id": "E1"}})
    await bot.send(CLICK | {"team": {"id": "T1"}, "enterprise": {"id": "E2"}})

    assert [interaction.team_id for interaction in bot.seen] == ["T7"]


async def test_the_answer_leaves_the_moment_it_is_given() -> None:
    bot, never = Bot(), asyncio.Event()

    async def handler(interaction: Interaction) -> None:
        await interaction.ack(response_action="clear")
        await never.wait()

    bot.routes.view_submitted("invite_customer", handler)
    loop = asyncio.get_running_loop()
    started = loop.time()

    got = await bot.send(SUBMISSION)

    assert got.body == '{"response_action": "clear"}'
    assert loop.time() - started < 0.5
    assert await bot.routes.drain(timeout_seconds=0) == 1


async def test_an_error_right_after_ack_keeps_the_answer() -> None:
    bot = Bot()

    async def handler(interaction: Interaction) -> None:
        await interaction.ack(text="Noted.")
        raise RuntimeError("too late")

    bot.routes.command("/customers", handler)

    got = await bot.send(COMMAND)
    await bot.routes.drain(timeout_seconds=1)

    assert (got.status, got.body) == (200, "Noted.")
    assert [str(error) for error in bot.errors] == ["too late"]


async def test_an_error_before_ack_is_answered_in_words() -> None:
    bot = Bot()

    async def handler(interaction: Interaction) -> None:
        raise RuntimeError("no database")

    bot.routes.command("/customers", handler)

    got = await bot.send(COMMAND)

    assert (got.status, got.body) == (200, "That did not work.")
    assert [str(error) for error in bot.errors] == ["no database"]


async def test_when_even_the_error_cannot_be_told_slack_keeps_the_modal(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bot = Bot()

    async def fail(*_: object) -> None:
        raise RuntimeError(COMMAND["text"])

    bot.routes.view_submitted("invite_customer", fail)
    bot.routes._on_error = fail

    async with asyncio.timeout(1):
        got = await bot.send(SUBMISSION)

    assert got.status == 422
    assert "RuntimeError" in caplog.text
    assert "Fabrikam" not in caplog.text


async def test_the_first_ack_decides() -> None:
    bot = Bot()

    async def handler(interaction: Interaction) -> None:
        await interaction.ack(text="one")
        await interaction.ack(text="two")

    bot.routes.command("/customers", handler)

    assert (await bot.send(COMMAND)).body == "one"


async def test_a_handler_that_returns_has_acknowledged() -> None:
    bot = Bot()

    async def handler(interaction: Interaction) -> None:
        assert not interaction.acked

    bot.routes.command("/customers", handler)

    assert (await bot.send(COMMAND)).status == 200


async def test_while_a_handler_is_slow_the_person_is_told_that_nobody_knows_yet_and_it_goes_on() -> None:
    bot, may_go_on, done = Bot(ack_seconds=0.5), asyncio.Event(), asyncio.Event()

    async def handler(interaction: Interaction) -> None:
        await may_go_on.wait()
        done.set()

    bot.routes.view_submitted("invite_customer", handler)

    got = await bot.send(SUBMISSION)

    assert got.body == "That did not work."
    assert isinstance(bot.errors[0], OutcomeUnknown)
    assert not done.is_set()
    may_go_on.set()
    await bot.routes.drain(timeout_seconds=5)
    assert done.is_set()


async def test_a_handler_that_is_too_slow_does_not_close_the_modal_where_nobody_can_be_told() -> None:
    bot, never = Mute(ack_seconds=0.01), asyncio.Event()

    async def handler(interaction: Interaction) -> None:
        await never.wait()

    bot.routes.view_submitted("invite_customer", handler)

    got = await bot.send(SUBMISSION)

    assert got.status == 422
    await bot.routes.drain(timeout_seconds=0)


async def test_an_event_that_takes_long_is_not_answered_as_handled() -> None:
    bot, never = Bot(ack_seconds=0.01), asyncio.Event()

    async def handler(interaction: Interaction) -> None:
        await never.wait()

    bot.routes.event("app_home_opened", handler)

    got = await bot.send(HOME_OPENED)

    assert got.status == 422
    assert bot.errors == []
    await bot.routes.drain(timeout_seconds=0)


async def test_an_answer_that_breaks_slacks_limits_never_leaves() -> None:
    bot = Bot()
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "x" * 25},
        "blocks": [{"type": "divider"}],
    }

    async def handler(interaction: Interaction) -> None:
        await interaction.ack(response_action="update", view=view)

    bot.routes.view_submitted("invite_customer", handler)

    got = await bot.send(SUBMISSION)

    assert got.body == "That did not work."
    assert isinstance(bot.errors[0], InvalidPayload)


async def test_a_repeated_event_is_answered_and_ignored() -> None:
    bot = Bot()
    bot.routes.event("app_home_opened", bot.handler)

    answers = [await bot.send(HOME_OPENED), await bot.send(HOME_OPENED)]

    assert [answer.status for answer in answers] == [200, 200]
    assert len(bot.seen) == 1


async def test_a_failed_event_is_handled_when_slack_repeats_it() -> None:
    bot = Bot()

    async def handler(interaction: Interaction) -> None:
        bot.seen.append(interaction)
        if len(bot.seen) == 1:
            raise RuntimeError("no database")

    async def stay_silent(*_: object) -> None:
        return

    bot.routes.event("app_home_opened", handler)
    bot.routes._on_error = stay_silent

    first, second = await bot.send(HOME_OPENED), await bot.send(HOME_OPENED)

    assert (first.status, second.status) == (422, 200)
    assert len(bot.seen) == 2


async def test_our_own_messages_are_no_events_to_us() -> None:
    bot = Bot()
    bot.routes.event("message", bot.handler)
    bot.routes.event("member_joined_channel", bot.handler)

    await bot.send(HOME_OPENED | {"event_id": "Ev2", "event": {"type": "message", "user": "UBOT"}})
    await bot.send(HOME_OPENED | {"event_id": "Ev3", "event": {"type": "message", "bot_id": "BBOT"}})
    await bot.send(
        HOME_OPENED | {"event_id": "Ev4", "event": {"type": "member_joined_channel", "user": "UBOT"}}
    )

    assert [interaction.name for interaction in bot.seen] == ["member_joined_channel"]


async def test_background_work_is_waited_for_at_shutdown() -> None:
    bot, done = Bot(), []

    async def work() -> None:
        await asyncio.sleep(0)
        done.append(True)

    bot.routes.background(work())

    assert await bot.routes.drain(timeout_seconds=1) == 0
    assert done == [True]


async def test_failed_background_work_is_logged_without_what_it_worked_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bot = Bot()

    async def work() -> None:
        raise ValueError(COMMAND["text"])

    bot.routes.background(work())
    await bot.routes.drain(timeout_seconds=1)

    assert "ValueError" in caplog.text
    assert "in work" in caplog.text
    assert "Fabrikam" not in caplog.text


async def test_no_body_gets_into_the_log_whatever_happens_to_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bot = Bot()

    async def handler(interaction: Interaction) -> None:
        raise RuntimeError(interaction.body["text"])

    bot.routes.command("/other", handler)
    bot.routes.command("/customers", handler)

    await bot.send(COMMAND)
    await bot.send(COMMAND | {"command": "/unknown"})
    await bot.send(COMMAND | {"team_id": "T2"})

    assert "Fabrikam" not in caplog.text


async def test_slack_variables_in_the_environment_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLIENT_ID", "CLIENT_SECRET", "BOT_TOKEN", "SIGNING_SECRET", "VERIFICATION_TOKEN"):
        monkeypatch.setenv(f"SLACK_{name}", "from the environment")

    bot = Bot()

    assert bot.app.oauth_flow is None
    assert bot.app.installation_store is None
    assert bot.app.client.token is None


KEYS = [
    *("id", "type", "user", "team", "event", "view", "actions", "callback_id", "action_id", "event_id"),
    *("channel", "message", "authorizations", "response_urls"),
]
SHAPES = st.recursive(
    st.none() | st.integers(0, 9) | st.sampled_from(["T1", "UANA", "approve", "modal"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=8,
)


@given(
    kind=st.sampled_from([*Kind, "other"]),
    rest=st.dictionaries(
        st.sampled_from(KEYS),
        SHAPES,
    ),
)
def test_signed_requests_of_any_shape_never_get_a_server_error(kind: str, rest: dict[str, Any]) -> None:
    async def status() -> int:
        bot = Bot()
        bot.routes.action("approve", bot.handler)
        gate = SlackGate(bot.app.async_dispatch, signing_secrets=[SECRET], clock=StandingClock())
        raw = as_payload({"team": {"id": "T1"}} | rest | {"type": kind})
        got = await ask(gate, raw, signed(raw))
        assert got is not None
        return got.status

    assert asyncio.run(status()) in {200, 400}
