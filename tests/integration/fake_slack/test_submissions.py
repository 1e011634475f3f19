from typing import Any

import pytest
from aiohttp import web

from bot.sandbox.fake_slack import FakeSlack, NotOnScreen, Person
from tests.integration.fake_slack.tools import (
    Answer,
    Api,
    Json,
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

ROLES = [option("helpdesk", "Helpdesk"), option("full", "Full management")]


def field(block_id: str, kind: str, **more: Any) -> Json:
    element = {"type": kind, "action_id": "it"} | more
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(block_id.title()),
        "optional": True,
        "element": element,
    }


@pytest.fixture
def ana(slack: FakeSlack, app: TinyApp) -> Person:
    return slack.person("U0ANA")


async def opened(api: Api, *blocks: Json, **more: Any) -> str:
    answer = await api("views.open", trigger_id=api.trigger("U0ANA"), view=modal(*blocks, **more))
    assert answer["ok"], answer
    return str(answer["view"]["id"])


async def test_a_submission_holds_every_stateful_element(api: Api, app: TinyApp, ana: Person) -> None:
    await opened(
        api,
        text_input("domain"),
        field("untouched", "plain_text_input"),
        field("preset", "plain_text_input", initial_value="12"),
        field("role", "static_select", options=ROLES, initial_option=ROLES[0]),
        field("boxes", "checkboxes", options=ROLES),
        field("people", "multi_users_select"),
        field("day", "datepicker", initial_date="2026-12-01"),
        actions(select("side", *ROLES), button("noise"), block_id="row"),
        section("x", block_id="beside", accessory=select("extra", *ROLES)),
    )
    ana.fill("Domain", "fabrikam.com")

    await ana.submit()

    assert app.last["type"] == "view_submission"
    assert app.last["view"]["state"]["values"] == {
        "domain": {"typed": {"type": "plain_text_input", "value": "fabrikam.com"}},
        "untouched": {"it": {"type": "plain_text_input", "value": None}},
        "preset": {"it": {"type": "plain_text_input", "value": "12"}},
        "role": {"it": {"type": "static_select", "selected_option": ROLES[0]}},
        "boxes": {"it": {"type": "checkboxes", "selected_options": []}},
        "people": {"it": {"type": "multi_users_select", "selected_users": []}},
        "day": {"it": {"type": "datepicker", "selected_date": "2026-12-01"}},
        "row": {"side": {"type": "static_select", "selected_option": None}},
        "beside": {"extra": {"type": "static_select", "selected_option": None}},
    }


async def test_a_submission_carries_the_view_and_a_trigger(api: Api, app: TinyApp, ana: Person) -> None:
    view_id = await opened(api, callback_id="invite", private_metadata="inv-1")

    await ana.submit()

    view = app.last["view"]
    assert (view["id"], view["callback_id"], view["private_metadata"]) == (view_id, "invite", "inv-1")
    assert view["type"] == "modal"
    assert (await api("views.open", trigger_id=app.last["trigger_id"], view=modal()))["ok"]


@pytest.mark.parametrize(
    ("block", "value", "held"),
    [
        (field("f", "static_select", options=ROLES), "Full management", {"selected_option": ROLES[1]}),
        (field("f", "radio_buttons", options=ROLES), "full", {"selected_option": ROLES[1]}),
        (field("f", "checkboxes", options=ROLES), ["full"], {"selected_options": [ROLES[1]]}),
        (field("f", "users_select"), "U0BEN", {"selected_user": "U0BEN"}),
        (field("f", "multi_users_select"), ["U0BEN"], {"selected_users": ["U0BEN"]}),
        (field("f", "conversations_select"), "C0RANDOM", {"selected_conversation": "C0RANDOM"}),
        (field("f", "channels_select"), "C0RANDOM", {"selected_channel": "C0RANDOM"}),
        (field("f", "datepicker"), "2026-12-24", {"selected_date": "2026-12-24"}),
        (field("f", "timepicker"), "09:30", {"selected_time": "09:30"}),
        (field("f", "datetimepicker"), 1_795_000_000, {"selected_date_time": 1_795_000_000}),
        (field("f", "number_input", is_decimal_allowed=False), 12, {"value": "12"}),
    ],
)
async def test_each_element_holds_its_value_in_slacks_shape(
    api: Api, app: TinyApp, ana: Person, block: Json, value: object, held: Json
) -> None:
    await opened(api, block)
    ana.fill("f", value)

    await ana.submit()

    assert app.last["view"]["state"]["values"]["f"]["it"] == {"type": block["element"]["type"]} | held


@pytest.mark.parametrize(
    ("block", "value"),
    [
        (field("f", "static_select", options=ROLES), "owner"),
        (field("f", "users_select"), "U0NOBODY"),
        (field("f", "channels_select"), "C0NONE"),
        (field("f", "conversations_select", filter={"include": ["private"]}), "C0RANDOM"),
        (field("f", "multi_users_select", max_selected_items=1), ["U0ANA", "U0BEN"]),
        (field("f", "plain_text_input", max_length=3), "four"),
        (field("f", "datepicker"), "tomorrow"),
        (field("f", "checkboxes", options=ROLES), "full"),
    ],
)
async def test_what_the_client_does_not_offer_cannot_be_entered(
    api: Api, ana: Person, block: Json, value: object
) -> None:
    await opened(api, block)

    with pytest.raises(NotOnScreen):
        ana.fill("f", value)


@pytest.mark.parametrize(
    ("block", "value"),
    [
        (text_input("f"), None),
        (field("f", "email_text_input"), "not an address"),
        (field("f", "url_text_input"), "contoso"),
        (field("f", "number_input", is_decimal_allowed=False), "1.5"),
        (field("f", "number_input", is_decimal_allowed=False, max_value="10"), "11"),
        (field("f", "plain_text_input", min_length=5), "four"),
    ],
)
async def test_the_client_itself_refuses_an_unfinished_form(
    api: Api, app: TinyApp, ana: Person, block: Json, value: object
) -> None:
    await opened(api, block)
    ana.fill("f", value)

    assert await ana.submit() is None
    assert ana.errors.keys() == {"f"}
    assert app.received == []


async def test_a_field_that_is_not_there_cannot_be_filled(api: Api, ana: Person) -> None:
    with pytest.raises(NotOnScreen, match="no modal is open"):
        ana.fill("Domain", "fabrikam.com")
    await opened(api, text_input("domain"))

    with pytest.raises(NotOnScreen, match="no field 'Reason'; there is: 'Domain'"):
        ana.fill("Reason", "because")


async def test_an_empty_answer_reveals_the_view_below(api: Api, ana: Person) -> None:
    root = await opened(api)
    await api("views.push", trigger_id=api.trigger("U0ANA", from_modal=True), view=modal())

    await ana.submit()

    assert [view.id for view in ana.views] == [root]


async def test_clear_closes_the_whole_stack(api: Api, app: TinyApp, ana: Person) -> None:
    await opened(api)
    await api("views.push", trigger_id=api.trigger("U0ANA", from_modal=True), view=modal())
    app.answer = answering({"response_action": "clear"})

    await ana.submit()

    assert ana.view is None


async def test_update_replaces_the_view_in_place(api: Api, app: TinyApp, ana: Person) -> None:
    view_id = await opened(api)
    app.answer = answering({"response_action": "update", "view": modal(title=plain("Step 2"))})

    await ana.submit()

    assert ana.view is not None
    assert (ana.view.id, ana.view.title) == (view_id, "Step 2")


async def test_push_stacks_a_view(api: Api, app: TinyApp, ana: Person) -> None:
    root = await opened(api)
    app.answer = answering({"response_action": "push", "view": modal(title=plain("Step 2"))})

    await ana.submit()

    assert [view.title for view in ana.views] == ["Invite a customer", "Step 2"]
    assert ana.views[1].previous_view_id == root


async def test_errors_stand_at_their_fields_and_nothing_typed_is_lost(
    api: Api, app: TinyApp, ana: Person
) -> None:
    await opened(api, text_input("domain"))
    ana.fill("domain", "fabrikam")
    app.answer = answering({"response_action": "errors", "errors": {"domain": "Needs a dot"}})

    await ana.submit()

    assert ana.errors == {"domain": "Needs a dot"}
    assert ana.values["domain"]["typed"]["value"] == "fabrikam"


async def test_errors_go_away_with_the_next_try(api: Api, app: TinyApp, ana: Person) -> None:
    await opened(api, text_input("domain", optional=True))
    app.answer = answering({"response_action": "errors", "errors": {"domain": "Needs a dot"}})
    await ana.submit()
    app.answer = answering({"response_action": "update", "view": modal(text_input("domain"))})

    await ana.submit()

    assert ana.errors == {}


@pytest.mark.parametrize(
    "answer",
    [
        answering("Thank you"),
        answering({"text": "Thank you"}),
        answering({"response_action": "explode"}),
        answering({"response_action": "errors", "errors": {}}),
        answering({"response_action": "errors", "errors": {"typed": "action_id, not block_id"}}),
        answering({"response_action": "errors", "errors": {"note": "no input block"}}),
        answering({"response_action": "update", "view": modal(title=plain("x" * 25))}),
        answering({"response_action": "update", "view": {"type": "home", "blocks": []}}),
        answering({"response_action": "push"}),
        answering("", status=500),
        answering("", status=201),
    ],
)
async def test_an_unusable_answer_keeps_the_modal_and_tells_the_person(
    api: Api, app: TinyApp, ana: Person, answer: Answer
) -> None:
    await opened(api, text_input("domain"), section("A note", block_id="note"))
    ana.fill("domain", "fabrikam.com")
    app.answer = answer

    await ana.submit()

    assert ana.view is not None
    assert ana.values["domain"]["typed"]["value"] == "fabrikam.com"
    assert len(ana.toasts) == 1


async def test_an_answer_cannot_update_a_modal_that_is_gone(api: Api, app: TinyApp, ana: Person) -> None:
    async def replace_then_update(payload: Json) -> web.StreamResponse:
        await api("views.open", trigger_id=payload["trigger_id"], view=modal(title=plain("Another")))
        return web.json_response({"response_action": "update", "view": modal(title=plain("Late"))})

    await opened(api)
    app.answer = replace_then_update

    await ana.submit()

    assert [view.title for view in ana.views] == ["Another"]
    assert ana.toasts[-1].code == "bad_answer"


async def test_a_fourth_view_cannot_be_pushed_by_an_answer(api: Api, app: TinyApp, ana: Person) -> None:
    await opened(api)
    app.answer = answering({"response_action": "push", "view": modal()})
    for _ in range(3):
        await ana.submit()

    assert len(ana.views) == 3
    assert ana.toasts[-1].code == "push_limit_reached"


async def test_closing_is_told_only_when_asked_for_and_without_values(
    api: Api, app: TinyApp, ana: Person
) -> None:
    await opened(api)
    assert await ana.close() is None
    await opened(api, text_input("domain"), notify_on_close=True)
    ana.fill("domain", "fabrikam.com")

    await ana.close()

    assert app.last["type"] == "view_closed"
    assert app.last["is_cleared"] is False
    assert app.last["view"]["state"]["values"] == {}
    assert "trigger_id" not in app.last


async def test_the_x_closes_the_stack_and_names_the_root(api: Api, app: TinyApp, ana: Person) -> None:
    root = await opened(api, notify_on_close=True)
    await api("views.push", trigger_id=api.trigger("U0ANA", from_modal=True), view=modal())

    await ana.close(everything=True)

    assert app.last["is_cleared"] is True
    assert app.last["view"]["id"] == root
    assert ana.view is None


async def test_clear_on_close_takes_the_stack_with_it(api: Api, ana: Person) -> None:
    await opened(api)
    top = modal(clear_on_close=True)
    await api("views.push", trigger_id=api.trigger("U0ANA", from_modal=True), view=top)

    await ana.close()

    assert ana.view is None


async def test_a_modal_without_a_submit_button_cannot_be_submitted(api: Api, ana: Person) -> None:
    view = {"type": "modal", "title": plain("Read"), "blocks": [section("x")]}
    await api("views.open", trigger_id=api.trigger("U0ANA"), view=view)

    with pytest.raises(NotOnScreen, match="no submit button"):
        await ana.submit()
