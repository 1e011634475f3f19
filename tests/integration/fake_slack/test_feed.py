import asyncio

import pytest

from bot.sandbox.fake_slack import FakeSlack
from tests.integration.fake_slack.tools import Api, Clock, TinyApp, actions, button, home, modal, section

CHANNEL = "C0APPROVALS"


async def test_everything_seen_is_on_the_feed_in_order(api: Api, app: TinyApp) -> None:
    ts = (await api("chat.postMessage", channel=CHANNEL, text="Hello"))["ts"]
    await api("chat.update", channel=CHANNEL, ts=ts, text="Changed")
    await api("chat.delete", channel=CHANNEL, ts=ts)
    await api("chat.postEphemeral", channel=CHANNEL, user="U0ANA", text="Only you")
    direct = (await api("conversations.open", users="U0ANA"))["channel"]["id"]
    await api("chat.postMessage", channel=direct, text="Between us")
    view = (await api("views.open", trigger_id=api.trigger("U0ANA"), view=modal()))["view"]
    await api("views.update", view_id=view["id"], view=modal())
    await api.slack.person("U0ANA").close()
    await api("views.publish", user_id="U0ANA", view=home(section("Home")))

    seen = [(entry.kind, entry.who) for entry in api.slack.feed.since()]
    assert seen == [
        ("message", ""),
        ("update", ""),
        ("delete", ""),
        ("ephemeral", "U0ANA"),
        ("direct_message", "U0ANA"),
        ("modal", "U0ANA"),
        ("modal_update", "U0ANA"),
        ("modal_closed", "U0ANA"),
        ("home", "U0ANA"),
    ]


async def test_an_entry_reads_as_the_person_reads_it(api: Api, clock: Clock) -> None:
    blocks = [section("*Fabrikam*"), actions(button("approve", value="42"))]
    await api("chat.postMessage", channel=CHANNEL, text="For screen readers", blocks=blocks)

    (seen,) = api.slack.feed.since()
    assert seen.text == "*Fabrikam*\nApprove"
    assert seen.where == CHANNEL
    assert seen.at == clock()
    assert seen.payload["text"] == "For screen readers"


async def test_waiting_wakes_when_it_appears(api: Api) -> None:
    waiting = asyncio.create_task(api.slack.wait_for(lambda seen: "second" in seen.text))
    await api("chat.postMessage", channel=CHANNEL, text="first")
    await api("chat.postMessage", channel=CHANNEL, text="second")

    assert (await waiting).text == "second"


async def test_waiting_can_look_only_at_what_is_new(api: Api, slack: FakeSlack) -> None:
    await api("chat.postMessage", channel=CHANNEL, text="again")
    position = len(slack.feed)

    with pytest.raises(TimeoutError, match="message  C0APPROVALS 'again'"):
        await slack.wait_for(lambda seen: seen.text == "again", timeout=0.05, since=position)
    assert (await slack.wait_for(lambda seen: seen.text == "again", timeout=0.05)).kind == "message"


async def test_deliveries_are_logged_with_answer_and_duration(slack: FakeSlack, app: TinyApp) -> None:
    await slack.person("U0ANA").command("/customers")

    (delivery,) = slack.traffic.deliveries
    assert delivery.kind == "slash_commands"
    assert delivery.status == 200
    assert delivery.transport == "http"
    assert delivery.duration_seconds > 0
    assert delivery.body.encode() == app.received[0].body
