import pytest

from bot.sandbox.fake_slack import FakeSlack
from tests.integration.fake_slack.tools import Api, Clock, TinyApp, actions, button

CHANNEL = "C0APPROVALS"


@pytest.fixture
async def command_url(slack: FakeSlack, app: TinyApp) -> str:
    await slack.person("U0ANA").command("/customers", channel=CHANNEL)
    return str(app.last["response_url"])


@pytest.fixture
async def message_url(slack: FakeSlack, app: TinyApp, api: Api) -> str:
    await api("chat.postMessage", channel=CHANNEL, text="Decide", blocks=[actions(button("approve"))])
    await slack.person("U0ANA").click("approve")
    return str(app.last["response_url"])


async def test_an_answer_is_ephemeral_by_default(api: Api, command_url: str) -> None:
    status, body = await api.hook(command_url, text="Two customers")

    assert (status, body) == (200, "ok")
    assert [message.text for message in api.slack.person("U0ANA").ephemerals] == ["Two customers"]
    assert api.slack.person("U0BEN").channel_messages(CHANNEL) == []


async def test_an_answer_in_channel_is_for_everyone_in_it(api: Api, command_url: str) -> None:
    await api.hook(command_url, text="Two customers", response_type="in_channel")

    assert api.slack.person("U0BEN").channel_messages(CHANNEL)[0].text == "Two customers"


async def test_it_works_in_a_channel_the_bot_has_not_joined(api: Api, slack: FakeSlack, app: TinyApp) -> None:
    await slack.person("U0ANA").command("/customers", channel="C0RANDOM")

    assert (await api.hook(app.last["response_url"], text="x", response_type="in_channel"))[0] == 200


async def test_the_sixth_use_is_refused(api: Api, command_url: str) -> None:
    for _ in range(5):
        assert (await api.hook(command_url, text="again"))[0] == 200

    assert await api.hook(command_url, text="again") == (404, "used_url")


async def test_it_ends_after_thirty_minutes(api: Api, clock: Clock, command_url: str) -> None:
    clock.advance(minutes=29, seconds=59)
    assert (await api.hook(command_url, text="in time"))[0] == 200
    clock.advance(seconds=1)

    assert await api.hook(command_url, text="late") == (404, "expired_url")


async def test_a_made_up_address_is_refused(api: Api, command_url: str) -> None:
    assert (await api.hook(command_url + "x", text="hello"))[0] == 404


@pytest.mark.parametrize("body", [{}, {"text": "x", "blocks": [{"type": "sparkles"}]}])
async def test_content_is_checked_and_a_refusal_costs_nothing(
    api: Api, command_url: str, body: dict[str, object]
) -> None:
    status, code = await api.hook(command_url, **body)

    assert status == 400
    assert code in ("no_text", "invalid_blocks")
    for _ in range(5):
        assert (await api.hook(command_url, text="still five left"))[0] == 200


async def test_the_message_clicked_can_be_replaced(api: Api, message_url: str) -> None:
    await api.hook(message_url, text="Approved", replace_original=True)

    (message,) = api.slack.person("U0BEN").channel_messages(CHANNEL)
    assert message.text == "Approved"
    assert message.blocks == ()


async def test_the_message_clicked_can_be_deleted(api: Api, message_url: str) -> None:
    await api.hook(message_url, delete_original=True)

    assert api.slack.person("U0BEN").channel_messages(CHANNEL) == []


async def test_an_ephemeral_replaced_stays_ephemeral(api: Api, slack: FakeSlack, app: TinyApp) -> None:
    ana = slack.person("U0ANA")
    ask = {"text": "Sure?", "blocks": [actions(button("yes"))]}
    await api("chat.postEphemeral", channel=CHANNEL, user="U0ANA", **ask)
    await ana.click("yes")
    assert app.last["container"]["is_ephemeral"]
    assert "message" not in app.last

    await api.hook(app.last["response_url"], text="Done", replace_original=True, response_type="in_channel")

    assert [message.text for message in ana.ephemerals] == ["Done"]
    assert ana.channel_messages(CHANNEL) == []
