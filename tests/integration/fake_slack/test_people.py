import asyncio
import hashlib
import hmac
from dataclasses import replace

import pytest

from bot.sandbox.fake_slack import FakeSlack, NotOnScreen
from tests.integration.fake_slack.tools import (
    Answer,
    Api,
    Clock,
    Json,
    TinyApp,
    actions,
    answering,
    button,
    home,
    modal,
    option,
    plain,
    section,
    select,
    text_input,
)

CHANNEL = "C0APPROVALS"
ASK = {"text": "Decide", "blocks": [section("Decide"), actions(button("approve", value="42"))]}


def confirm_dialog() -> Json:
    texts = {"title": "Sure?", "text": "It cannot be undone.", "confirm": "Yes", "deny": "No"}
    return {name: plain(text) for name, text in texts.items()}


async def test_a_command_is_signed_over_its_raw_body(slack: FakeSlack, app: TinyApp, clock: Clock) -> None:
    await slack.person("U0ANA").command("/invite-customer", "fabrikam.com & co", channel=CHANNEL)

    received = app.received[-1]
    stamp = received.headers["X-Slack-Request-Timestamp"]
    signed = f"v0:{stamp}:".encode() + received.body
    expected = "v0=" + hmac.new(slack.signing_secret.encode(), signed, hashlib.sha256).hexdigest()
    assert received.headers["X-Slack-Signature"] == expected
    assert int(stamp) == int(clock().timestamp())


async def test_a_command_carries_slacks_form_fields(slack: FakeSlack, app: TinyApp) -> None:
    await slack.person("U0ANA").command("/invite-customer", "fabrikam.com", channel=CHANNEL)

    fields = app.last
    assert fields["command"] == "/invite-customer"
    assert fields["text"] == "fabrikam.com"
    assert fields["user_id"] == "U0ANA"
    assert fields["channel_id"] == CHANNEL
    assert fields["team_id"] == "T0CONTOSO"
    assert fields["is_enterprise_install"] == "false"
    assert fields["response_url"].startswith("http://127.0.0.1")
    assert fields["trigger_id"] in slack.workspace.triggers


async def test_a_command_in_a_direct_message_names_it_so(slack: FakeSlack, app: TinyApp) -> None:
    await slack.person("U0ANA").command("/customers")

    assert app.last["channel_name"] == "directmessage"


async def test_a_command_nobody_registered_reaches_nobody(slack: FakeSlack, app: TinyApp) -> None:
    ana = slack.person("U0ANA")

    assert await ana.command("/dance", channel=CHANNEL) is None
    assert ana.toasts[-1].code == "invalid_command"
    assert app.received == []


async def test_people_act_only_where_they_are(slack: FakeSlack, app: TinyApp) -> None:
    users = slack.workspace.users
    users["U0BEN"] = replace(users["U0BEN"], deleted=True)

    with pytest.raises(NotOnScreen, match="not in C0APPROVALS"):
        await slack.person("U0DANA").command("/customers", channel=CHANNEL)
    with pytest.raises(NotOnScreen, match="not in C0APPROVALS"):
        slack.person("U0DANA").channel_messages(CHANNEL)
    with pytest.raises(NotOnScreen, match="deactivated"):
        await slack.person("U0BEN").command("/customers", channel=CHANNEL)
    with pytest.raises(NotOnScreen, match="nobody"):
        slack.person("U0NOBODY")


@pytest.mark.parametrize(
    ("answer", "ephemerals", "public"),
    [
        (answering(""), [], []),
        (answering("Two customers"), ["Two customers"], []),
        (answering({"text": "Two customers"}), ["Two customers"], []),
        (answering({"text": "For all", "response_type": "in_channel"}), [], ["For all"]),
    ],
)
async def test_the_answer_to_a_command_is_shown(
    slack: FakeSlack, app: TinyApp, answer: Answer, ephemerals: list[str], public: list[str]
) -> None:
    app.answer = answer
    ana = slack.person("U0ANA")

    await ana.command("/customers", channel=CHANNEL)

    assert [message.text for message in ana.ephemerals] == ephemerals
    assert [message.text for message in ana.channel_messages(CHANNEL)] == public
    assert ana.toasts == []


async def never(payload: Json) -> object:
    await asyncio.Event().wait()
    raise AssertionError


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (never, "operation_timeout"),
        (answering("", status=500), "http_service_error"),
        (answering("", status=404), "http_client_error"),
        (answering({"text": "x", "blocks": [{"type": "sparkles"}]}), "invalid_blocks"),
        (answering({"blocks": []}), "no_text"),
    ],
)
async def test_the_person_is_told_when_a_command_fails(
    slack: FakeSlack, app: TinyApp, answer: Answer, code: str
) -> None:
    app.answer = answer
    slack.deadline_seconds = 0.1 if code == "operation_timeout" else slack.deadline_seconds
    ana = slack.person("U0ANA")

    await ana.command("/customers", channel=CHANNEL)

    assert ana.toasts[-1].code == code
    assert ana.toasts[-1].text == f'/customers failed with the error "{code}"'
    assert slack.feed.since()[-1].kind == "toast"


async def test_the_person_is_told_when_nobody_listens(slack: FakeSlack) -> None:
    slack.deliver_to("http://127.0.0.1:9/slack/events")
    ana = slack.person("U0ANA")

    await ana.command("/customers")

    assert ana.toasts[-1].code == "dispatch_failed"


async def test_a_shortcut_has_a_trigger_but_no_channel(slack: FakeSlack, app: TinyApp) -> None:
    await slack.person("U0ANA").shortcut("invite_customer")

    assert app.last["type"] == "shortcut"
    assert app.last["callback_id"] == "invite_customer"
    assert app.last["trigger_id"] in slack.workspace.triggers
    assert not app.last.keys() & {"channel", "response_url"}
    with pytest.raises(NotOnScreen):
        await slack.person("U0ANA").shortcut("unregistered")


async def test_a_message_shortcut_brings_the_message(slack: FakeSlack, app: TinyApp, api: Api) -> None:
    await api("chat.postMessage", channel=CHANNEL, text="Fabrikam accepted")
    ana = slack.person("U0ANA")

    await ana.message_shortcut("about_customer", ana.channel_messages(CHANNEL)[0])

    assert app.last["type"] == "message_action"
    assert app.last["message"]["text"] == "Fabrikam accepted"
    assert app.last["channel"]["id"] == CHANNEL
    assert "response_url" in app.last


async def test_a_click_copies_what_is_stored(slack: FakeSlack, app: TinyApp, api: Api) -> None:
    ts = (await api("chat.postMessage", channel=CHANNEL, **ASK))["ts"]

    await slack.person("U0BEN").click(text="Approve")

    (action,) = app.last["actions"]
    assert action["action_id"] == "approve"
    assert action["block_id"] == "decide"
    assert action["value"] == "42"
    assert app.last["user"]["id"] == "U0BEN"
    assert app.last["message"]["ts"] == ts
    assert app.last["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": CHANNEL,
        "is_ephemeral": False,
    }


async def test_a_button_that_is_not_there_cannot_be_clicked(slack: FakeSlack, app: TinyApp, api: Api) -> None:
    await api("chat.postMessage", channel=CHANNEL, **ASK)

    with pytest.raises(NotOnScreen, match=r"no button text='Reject'; there is: 'Approve' \(approve\)"):
        await slack.person("U0BEN").click(text="Reject")
    with pytest.raises(NotOnScreen):
        await slack.person("U0DANA").click("approve")
    (message,) = slack.person("U0BEN").channel_messages(CHANNEL)
    with pytest.raises(NotOnScreen, match="does not see"):
        await slack.person("U0DANA").click("approve", message=message)
    assert app.received == []


async def test_a_button_removed_meanwhile_cannot_be_clicked(slack: FakeSlack, app: TinyApp, api: Api) -> None:
    ts = (await api("chat.postMessage", channel=CHANNEL, **ASK))["ts"]
    ben = slack.person("U0BEN")
    (remembered,) = ben.channel_messages(CHANNEL)
    await api("chat.update", channel=CHANNEL, ts=ts, text="Approved")

    with pytest.raises(NotOnScreen, match="no button"):
        await ben.click("approve", message=remembered)
    await api("chat.delete", channel=CHANNEL, ts=ts)
    with pytest.raises(NotOnScreen, match="gone"):
        await ben.click("approve", message=remembered)


async def test_two_buttons_alike_must_be_told_apart(slack: FakeSlack, app: TinyApp, api: Api) -> None:
    twins = [
        actions(button("open", "Open", value="1"), block_id="a"),
        actions(button("open", "Open", value="2"), block_id="b"),
    ]
    await api("chat.postMessage", channel=CHANNEL, text="x", blocks=twins)
    ana = slack.person("U0ANA")

    with pytest.raises(NotOnScreen, match="2 buttons match"):
        await ana.click("open")
    await ana.click("open", value="2")
    assert app.last["actions"][0]["block_id"] == "b"


async def test_a_late_click_can_be_repeated_byte_for_byte_or_newly_signed(
    slack: FakeSlack, app: TinyApp, api: Api, clock: Clock
) -> None:
    await api("chat.postMessage", channel=CHANNEL, **ASK)
    first = await slack.person("U0BEN").click("approve")
    assert first is not None
    clock.advance(seconds=10)

    await slack.replay(first, fresh_signature=False)
    await slack.replay(first)

    original, repeated, renewed = app.received
    signature = "X-Slack-Signature"
    assert repeated.body == original.body == renewed.body
    assert repeated.headers[signature] == original.headers[signature] != renewed.headers[signature]


async def test_a_dialog_must_be_answered(slack: FakeSlack, app: TinyApp, api: Api) -> None:
    asks = actions(button("remove", "Remove", confirm=confirm_dialog()), button("plain", "Plain"))
    await api("chat.postMessage", channel=CHANNEL, text="x", blocks=[asks])
    ana = slack.person("U0ANA")

    with pytest.raises(NotOnScreen, match="It cannot be undone"):
        await ana.click("remove")
    with pytest.raises(NotOnScreen, match="nothing asks"):
        await ana.click("plain", confirm=True)
    assert await ana.click("remove", confirm=False) is None
    assert app.received == []
    await ana.click("remove", confirm=True)
    assert app.last["actions"][0]["action_id"] == "remove"


async def test_a_failed_click_is_seen_by_the_person(slack: FakeSlack, app: TinyApp, api: Api) -> None:
    await api("chat.postMessage", channel=CHANNEL, **ASK)
    app.answer = answering("", status=503)
    ben = slack.person("U0BEN")

    delivery = await ben.click("approve")

    assert delivery is not None
    assert delivery.status == 503
    assert ben.toasts[-1].code == "http_service_error"


async def test_home_is_opened_and_its_buttons_work_without_a_channel(
    slack: FakeSlack, app: TinyApp, api: Api
) -> None:
    ana = slack.person("U0ANA")
    await ana.open_home()
    assert app.last["event"]["type"] == "app_home_opened"
    assert app.last["event"]["tab"] == "home"
    assert "view" not in app.last["event"]
    await api("views.publish", user_id="U0ANA", view=home(actions(button("invite", "Invite"))))
    await ana.open_home()
    assert app.last["event"]["view"]["type"] == "home"

    await ana.click("invite")

    assert app.last["container"]["type"] == "view"
    assert app.last["view"]["type"] == "home"
    assert not app.last.keys() & {"channel", "response_url", "message"}


async def test_an_open_modal_covers_what_lies_behind_it(slack: FakeSlack, app: TinyApp, api: Api) -> None:
    await api("chat.postMessage", channel=CHANNEL, **ASK)
    await api("views.open", trigger_id=api.trigger("U0BEN"), view=modal(section("Read this")))

    with pytest.raises(NotOnScreen):
        await slack.person("U0BEN").click("approve")


async def test_a_trigger_from_a_modals_button_may_push(slack: FakeSlack, app: TinyApp, api: Api) -> None:
    view = modal(actions(button("more", "More")))
    await api("views.open", trigger_id=api.trigger("U0ANA"), view=view)
    await slack.person("U0ANA").click("more")

    assert (await api("views.push", trigger_id=app.last["trigger_id"], view=modal()))["ok"]


async def test_a_changed_select_tells_the_app_where_slack_would(
    slack: FakeSlack, app: TinyApp, api: Api
) -> None:
    roles = select("role", option("helpdesk", "Helpdesk"), option("full", "Full management"))
    quiet: Json = {"type": "input", "block_id": "quiet", "label": plain("Quiet"), "element": roles}
    loud = quiet | {"block_id": "loud", "label": plain("Loud"), "dispatch_action": True}
    await api("views.open", trigger_id=api.trigger("U0ANA"), view=modal(quiet, loud, text_input("reason")))
    ana = slack.person("U0ANA")
    ana.fill("reason", "because")

    assert await ana.choose("Quiet", "Helpdesk") is None
    await ana.choose("Loud", "full")

    (action,) = app.last["actions"]
    assert action["selected_option"]["text"]["text"] == "Full management"
    values = app.last["view"]["state"]["values"]
    assert values["quiet"]["role"]["selected_option"]["value"] == "helpdesk"
    assert values["reason"]["typed"]["value"] == "because"
    with pytest.raises(NotOnScreen, match="tells the app at once"):
        ana.fill("loud", "helpdesk")


async def test_a_cleared_select_is_null(slack: FakeSlack, app: TinyApp, api: Api) -> None:
    row = actions(select("role", option("helpdesk")), block_id="row")
    await api("views.open", trigger_id=api.trigger("U0ANA"), view=modal(row))
    ana = slack.person("U0ANA")
    await ana.choose("role", "helpdesk")

    await ana.choose("role", None)

    assert app.last["actions"][0]["selected_option"] is None


async def test_enter_in_a_dispatching_field_tells_the_app(slack: FakeSlack, app: TinyApp, api: Api) -> None:
    view = modal(text_input("domain", dispatch_action=True))
    await api("views.open", trigger_id=api.trigger("U0ANA"), view=view)
    ana = slack.person("U0ANA")
    ana.fill("domain", "fabrikam.com")
    assert app.received == []

    await ana.enter("domain", "fabrikam.com")

    assert app.last["actions"][0]["value"] == "fabrikam.com"


async def test_an_overflow_menu_sends_the_chosen_option(slack: FakeSlack, app: TinyApp, api: Api) -> None:
    menu = {"type": "overflow", "action_id": "menu", "options": [option("hide", "Hide"), option("show")]}
    await api("chat.postMessage", channel=CHANNEL, text="x", blocks=[section("x", accessory=menu)])

    await slack.person("U0ANA").choose("menu", "Hide")

    assert app.last["actions"][0]["selected_option"]["value"] == "hide"


async def test_an_external_select_offers_what_the_app_answers(
    slack: FakeSlack, app: TinyApp, api: Api
) -> None:
    element = {"type": "external_select", "action_id": "customer"}
    ask: Json = {"type": "input", "block_id": "who", "label": plain("Customer"), "element": element}
    await api("views.open", trigger_id=api.trigger("U0ANA"), view=modal(ask))
    app.answer = answering({"options": [option("1", "Fabrikam")]})
    ana = slack.person("U0ANA")

    with pytest.raises(NotOnScreen, match="more characters"):
        await ana.suggestions("Customer", "fa")
    assert await ana.suggestions("Customer", "fab") == [option("1", "Fabrikam")]
    assert app.last["type"] == "block_suggestion"
    assert app.last["value"] == "fab"
    ana.fill("Customer", "Fabrikam")
    assert ana.values["who"]["customer"]["selected_option"]["value"] == "1"


@pytest.mark.parametrize(
    "body",
    [
        "nonsense",
        {},
        {"options": [option(str(n)) for n in range(101)]},
        {"options": [], "option_groups": []},
        {"options": [option("v" * 151, "t")]},
    ],
)
async def test_suggestions_past_slacks_limits_are_not_shown(
    slack: FakeSlack, app: TinyApp, api: Api, body: object
) -> None:
    element = {"type": "external_select", "action_id": "customer", "min_query_length": 0}
    ask: Json = {"type": "input", "block_id": "who", "label": plain("Customer"), "element": element}
    await api("views.open", trigger_id=api.trigger("U0ANA"), view=modal(ask))
    app.answer = answering(body)
    ana = slack.person("U0ANA")

    assert await ana.suggestions("Customer", "") == []
    assert ana.toasts[-1].code == "bad_answer"
