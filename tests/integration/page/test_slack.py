from typing import Any

import pytest

from bot.sandbox.fake_slack import FakeSlack
from tests.integration.fake_slack.tools import (
    Api,
    TinyApp,
    actions,
    answering,
    button,
    modal,
    option,
    plain,
    section,
    select,
    text_input,
)
from tests.integration.page.served import Script

ANA, BEN, DANA, NEWS, RANDOM = "U0ANA", "U0BEN", "U0DANA", "C0PARTNERS", "C0RANDOM"
Json = dict[str, Any]


async def screen(script: Script, who: str = ANA) -> Json:
    return await script.get(f"/api/screen?as={who}")


async def place(script: Script, channel: str, who: str = ANA) -> Json:
    return next(each for each in (await screen(script, who))["places"] if each["id"] == channel)


async def open_modal(api: Api, view: Json, who: str = ANA) -> str:
    answer = await api("views.open", trigger_id=api.trigger(who), view=view)
    assert answer["ok"], answer
    return str(answer["view"]["id"])


async def posted(api: Api, *blocks: Json) -> Json:
    answer = await api("chat.postMessage", channel=NEWS, text="card", blocks=list(blocks))
    assert answer["ok"], answer
    return {"channel": NEWS, "ts": answer["ts"]}


async def test_a_command_reaches_the_app_as_that_person_typed_it(script: Script, bot: TinyApp) -> None:
    text = "/invite-customer   fabrikam.com "
    await script.act("/api/slack", act="say", person=BEN, channel=RANDOM, text=text)

    sent = {name: bot.last[name] for name in ("command", "text", "user_id", "channel_id")}
    expected = {"command": "/invite-customer", "text": "fabrikam.com", "user_id": BEN, "channel_id": RANDOM}
    assert sent == expected


async def test_words_without_a_slash_are_a_message(script: Script, bot: TinyApp) -> None:
    await script.act("/api/slack", act="say", person=ANA, channel=NEWS, text="good morning")

    assert [message["text"] for message in (await place(script, NEWS, BEN))["messages"]] == ["good morning"]
    assert not bot.received


async def test_a_reply_goes_into_the_thread_and_commands_do_not(
    script: Script, bot: TinyApp, api: Api
) -> None:
    card = await posted(api, section("card"))
    reply: Json = {"act": "say", "person": ANA, "channel": NEWS, "thread_ts": card["ts"]}

    await script.act("/api/slack", **reply, text="thanks")
    refusal = await script.refused("/api/slack", **reply, text="/invite-customer")

    assert (await place(script, NEWS))["messages"][-1]["thread_ts"] == card["ts"]
    assert refusal["kind"] == "not_on_screen"
    assert not bot.received


async def test_an_unknown_command_is_a_toast(script: Script) -> None:
    await script.act("/api/slack", act="say", person=ANA, channel=NEWS, text="/nothing")

    assert [toast["code"] for toast in (await screen(script))["toasts"]] == ["invalid_command"]


async def test_of_two_like_buttons_the_one_meant_is_pressed(script: Script, bot: TinyApp, api: Api) -> None:
    two = [button("open", "Open", value=value) for value in ("first", "second")]
    card = await posted(api, actions(two[0], block_id="a"), actions(two[1], block_id="b"))

    click: Json = {"act": "click", "person": BEN, "surface": card, "action_id": "open", "text": "Open"}
    await script.act("/api/slack", **click, value="second")

    assert bot.last["user"]["id"] == BEN
    assert bot.last["actions"][0]["value"] == "second"


async def test_a_denied_confirmation_sends_nothing(script: Script, bot: TinyApp, api: Api) -> None:
    dialog = {"title": plain("Sure?"), "text": plain("Really"), "confirm": plain("Yes"), "deny": plain("No")}
    card = await posted(api, actions(button("go", "Go", confirm=dialog)))
    click: Json = {"act": "click", "person": ANA, "surface": card, "action_id": "go", "text": "Go"}

    await script.act("/api/slack", **click, confirm=False)
    assert not bot.received

    await script.act("/api/slack", **click, confirm=True)
    assert bot.last["type"] == "block_actions"


async def test_what_is_not_on_the_screen_cannot_be_used(script: Script, bot: TinyApp, api: Api) -> None:
    card = await posted(api, actions(button("go", "Go")))
    press: Json = {"act": "click", "surface": card, "action_id": "go", "text": "Go"}

    gone = await script.refused("/api/slack", **press | {"action_id": "other"}, person=ANA)
    stranger = await script.refused("/api/slack", act="say", person=DANA, channel=RANDOM, text="hello")

    assert gone["kind"] == stranger["kind"] == "not_on_screen"
    assert "no button" in gone["text"]
    assert not bot.received


async def test_what_was_filled_in_is_submitted(script: Script, bot: TinyApp, api: Api) -> None:
    view = await open_modal(api, modal(text_input("domain")))
    field: Json = {"surface": {"view": view}, "block_id": "domain", "action_id": "typed"}

    await script.act("/api/slack", act="fill", person=ANA, **field, value="fabrikam.com")
    await script.act("/api/slack", act="submit", person=ANA, view=view)

    assert bot.last["view"]["state"]["values"]["domain"]["typed"]["value"] == "fabrikam.com"
    assert (await screen(script))["views"] == []


async def test_the_screen_holds_what_was_typed_and_what_is_wrong(
    script: Script, bot: TinyApp, api: Api
) -> None:
    bot.answer = answering({"response_action": "errors", "errors": {"domain": "Not a domain."}})
    view = await open_modal(api, modal(text_input("domain")))
    field: Json = {"surface": {"view": view}, "block_id": "domain", "action_id": "typed"}

    await script.act("/api/slack", act="fill", person=ANA, **field, value="fabrikam")
    await script.act("/api/slack", act="submit", person=ANA, view=view)

    shown = await screen(script)
    assert shown["errors"] == {"domain": "Not a domain."}
    assert shown["views"][0]["values"]["domain"]["typed"]["value"] == "fabrikam"


async def test_only_the_view_on_top_is_submitted_or_closed(script: Script, bot: TinyApp, api: Api) -> None:
    below = await open_modal(api, modal(text_input("domain")))
    trigger = api.trigger(ANA, from_modal=True)
    top = (await api("views.push", trigger_id=trigger, view=modal(section("above"))))["view"]["id"]

    assert (await script.refused("/api/slack", act="submit", person=ANA, view=below))[
        "kind"
    ] == "not_on_screen"
    assert (await script.refused("/api/slack", act="close", person=ANA, view=below))[
        "kind"
    ] == "not_on_screen"
    await script.act("/api/slack", act="close", person=ANA, view=top)

    assert [view["id"] for view in (await screen(script))["views"]] == [below]
    assert not bot.received


async def test_one_of_several_fields_in_a_block_is_chosen(script: Script, bot: TinyApp, api: Api) -> None:
    card = await posted(
        api, actions(select("role", option("helpdesk")), select("days", option("90"), option("365")))
    )
    field: Json = {"surface": card, "block_id": "decide", "action_id": "days"}

    await script.act("/api/slack", act="choose", person=ANA, **field, value="365")

    assert bot.last["actions"][0]["selected_option"]["value"] == "365"
    assert (await place(script, NEWS))["messages"][0]["values"]["decide"]["days"]["selected_option"][
        "value"
    ] == "365"


async def test_suggestions_come_from_the_app(script: Script, bot: TinyApp, api: Api) -> None:
    bot.answer = answering({"options": [option("t1", "Fabrikam")]})
    element = {"type": "external_select", "action_id": "customer"}
    body: Json = {"type": "input", "block_id": "who", "label": plain("Customer"), "element": element}
    view = await open_modal(api, modal(body))
    field: Json = {"surface": {"view": view}, "block_id": "who", "action_id": "customer"}

    found = await script.act("/api/slack", act="suggest", person=ANA, **field, typed="fabr")
    await script.act("/api/slack", act="choose", person=ANA, **field, value="t1")

    assert [each["value"] for each in found["options"]] == ["t1"]
    held = (await screen(script))["views"][0]["values"]["who"]["customer"]
    assert held["selected_option"]["value"] == "t1"


async def test_an_ephemeral_is_seen_by_its_reader_alone(script: Script, api: Api) -> None:
    await api("chat.postEphemeral", channel=NEWS, user=ANA, text="only for you")

    [mine] = (await place(script, NEWS))["messages"]
    assert (mine["text"], mine["is_ephemeral"]) == ("only for you", True)
    assert (await place(script, NEWS, BEN))["messages"] == []


async def test_everyone_is_told_what_they_have_not_read(script: Script, api: Api) -> None:
    card = await posted(api, section("card"))

    newest = (await screen(script, "customer"))["unread_of"]
    assert newest["U0DANA"] == {NEWS: card["ts"]}


async def test_what_slack_refuses_to_show_is_told_with_slacks_reason(script: Script, api: Api) -> None:
    await api("chat.postMessage", channel=NEWS, text="x", blocks=[section("x" * 3001)])

    [refusal] = (await screen(script))["refusals"]
    assert (refusal["method"], refusal["error"]) == ("chat.postMessage", "invalid_blocks")
    assert "/blocks/0/text/text" in refusal["why"][0]


async def test_a_limit_or_a_question_refused_is_no_notice(script: Script, api: Api, slack: FakeSlack) -> None:
    slack.faults.rate_limit("chat.postMessage")
    async with api.post("chat.postMessage", {"channel": NEWS, "text": "x"}) as limited:
        assert limited.status == 429
    await api("users.info", user="U0NOBODY")

    assert (await screen(script))["refusals"] == []


async def test_opening_home_asks_the_app_for_it(script: Script, bot: TinyApp) -> None:
    await script.act("/api/slack", act="open_home", person=ANA)

    assert bot.last["event"]["type"] == "app_home_opened"


async def test_a_shortcut_reaches_the_app(script: Script, bot: TinyApp, slack: FakeSlack) -> None:
    [callback_id] = slack.manifest.shortcuts
    await script.act("/api/slack", act="shortcut", person=ANA, callback_id=callback_id)

    assert (bot.last["type"], bot.last["callback_id"]) == ("shortcut", callback_id)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"act": "dance", "person": ANA},
        {"act": "say", "person": ANA, "channel": NEWS},
        {"act": "open_home", "person": ANA, "also": "this"},
        {"act": "say", "person": ["U0ANA"], "channel": NEWS, "text": "x"},
    ],
)
async def test_an_act_in_the_wrong_shape_is_refused_in_words(script: Script, body: Json) -> None:
    status, answer = await script.post("/api/slack", body)

    assert status == 422
    assert answer["error"]["kind"] == "invalid"
    assert answer["error"]["text"]


async def test_nobody_has_no_screen(script: Script) -> None:
    async with script.session.get(f"{script.url}/api/screen?as=U0NOBODY") as response:
        assert response.status == 409
