"""The validator against Slack's published limits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.limits import InvalidPayload, Surface, ensure_valid, problems

Body = dict[str, Any]


def plain(text: str) -> Body:
    return {"type": "plain_text", "text": text}


def marked(text: str) -> Body:
    return {"type": "mrkdwn", "text": text}


def options(count: int) -> list[Body]:
    return [{"text": plain(f"Option {index}"), "value": str(index)} for index in range(count)]


def a_button(**more: Any) -> Body:
    return {"type": "button", "action_id": "approve", "text": plain("Approve"), **more}


def an_input(element: Body | None = None, **more: Any) -> Body:
    typed = element or {"type": "plain_text_input", "action_id": "reason"}
    return {"type": "input", "label": plain("Reason"), "element": typed, **more}


def a_select(**more: Any) -> Body:
    return {"type": "static_select", "action_id": "country", "options": options(2), **more}


def a_section(**more: Any) -> Body:
    return {"type": "section", "text": marked("Contoso"), **more}


def a_message(*blocks: Body, **more: Any) -> Body:
    return {"text": "Contoso", "blocks": list(blocks) or [a_section()], **more}


def a_modal(*blocks: Body, **more: Any) -> Body:
    body = {"type": "modal", "title": plain("Invite"), "blocks": list(blocks) or [a_section()]}
    return body | {"submit": plain("Send")} | more


def a_home(*blocks: Body) -> Body:
    return {"type": "home", "blocks": list(blocks) or [a_section()]}


def rows(count: int, cells: int = 1, text: str = "x") -> Body:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * cells for _ in range(count)]}


GOOD: list[tuple[Surface, Body]] = [
    ("message", a_message()),
    ("message", {"text": "Contoso"}),
    ("message", a_message({"type": "section", "text": marked("x" * 3000)})),
    ("message", a_message({"type": "section", "fields": [marked("x" * 2000)] * 10})),
    ("message", a_message({"type": "header", "text": plain("x" * 150)})),
    ("message", a_message(*[{"type": "divider"}] * 50)),
    ("message", a_message({"type": "actions", "elements": [a_button(action_id=str(i)) for i in range(25)]})),
    ("message", a_message({"type": "context", "elements": [marked("x")] * 10})),
    ("message", a_message(rows(100, 20))),
    ("message", a_message({"type": "markdown", "text": "x" * 12_000})),
    ("message", a_message(a_section(accessory=a_button(value="x" * 2000, style="danger")))),
    ("message", a_message(metadata={"event_type": "overture_intent", "event_payload": {"intent": "i"}})),
    ("modal", a_modal()),
    ("modal", a_modal(an_input())),
    ("modal", a_modal(an_input({"type": "email_text_input", "action_id": "email"}))),
    ("modal", a_modal({"type": "alert", "text": plain("x" * 200), "level": "warning"})),
    ("modal", a_modal(an_input(a_select(options=options(100))))),
    ("modal", a_modal(an_input(a_select(initial_option=options(2)[1])))),
    ("modal", a_modal(*[{"type": "divider"}] * 100, private_metadata="x" * 3000)),
    ("modal", a_modal(title=plain("x" * 24))),
    ("home", a_home(rows(2))),
    ("home", a_home({"type": "container", "title": plain("Contoso"), "child_blocks": [a_section()]})),
]

BAD: list[tuple[Surface, Body, str]] = [
    ("message", {"blocks": [a_section()]}, "/text"),
    ("message", {"text": ""}, "/text"),
    ("message", {"text": "x" * 4001}, "/text"),
    ("message", a_message(*[{"type": "divider"}] * 51), "/blocks"),
    ("message", a_message({"type": "section", "text": marked("x" * 3001)}), "/blocks/0/text/text"),
    ("message", a_message({"type": "section", "text": marked("")}), "/blocks/0/text/text"),
    ("message", a_message({"type": "section"}), "/blocks/0"),
    ("message", a_message({"type": "section", "fields": [marked("x")] * 11}), "/blocks/0/fields"),
    ("message", a_message({"type": "section", "fields": [marked("x" * 2001)]}), "/blocks/0/fields/0/text"),
    ("message", a_message({"type": "header", "text": plain("x" * 151)}), "/blocks/0/text/text"),
    ("message", a_message({"type": "header", "text": marked("x")}), "/blocks/0/text/type"),
    ("message", a_message({"type": "context", "elements": [marked("x")] * 11}), "/blocks/0/elements"),
    ("message", a_message({"type": "context", "elements": [a_button()]}), "/blocks/0/elements/0/type"),
    ("message", a_message({"type": "actions", "elements": []}), "/blocks/0/elements"),
    (
        "message",
        a_message({"type": "actions", "elements": [a_button(action_id=str(i)) for i in range(26)]}),
        "/blocks/0/elements",
    ),
    ("message", a_message({"type": "actions", "elements": [a_button(), a_button()]}), "/blocks/0"),
    (
        "message",
        a_message(a_section(accessory=a_button(text=plain("x" * 76)))),
        "/blocks/0/accessory/text/text",
    ),
    ("message", a_message(a_section(accessory=a_button(text=marked("x")))), "/blocks/0/accessory/text/type"),
    ("message", a_message(a_section(accessory=a_button(value="x" * 2001))), "/blocks/0/accessory/value"),
    ("message", a_message(a_section(accessory=a_button(style="default"))), "/blocks/0/accessory/style"),
    ("message", a_message(a_section(accessory=a_button(url="x" * 3001))), "/blocks/0/accessory/url"),
    (
        "message",
        a_message(a_section(accessory=a_button(action_id="x" * 256))),
        "/blocks/0/accessory/action_id",
    ),
    ("message", a_message(a_section(block_id="a"), a_section(block_id="a")), "/blocks/1/block_id"),
    ("message", a_message(a_section(block_id="x" * 256)), "/blocks/0/block_id"),
    ("message", a_message(a_section(colour="red")), "/blocks/0/colour"),
    ("message", a_message({"type": "poem", "text": "x"}), "/blocks/0/type"),
    ("message", a_message({"type": []}), "/blocks/0/type"),
    ("message", {"text": "Contoso", "blocks": [None]}, "/blocks/0/type"),
    ("message", a_message({"type": "alert", "text": plain("x")}), "/blocks/0"),
    ("message", a_message(an_input({"type": "email_text_input", "action_id": "e"})), "/blocks/0/element"),
    ("message", a_message(rows(101)), "/blocks/0/rows"),
    ("message", a_message(rows(1, 21)), "/blocks/0/rows/0"),
    ("message", a_message(rows(11, 1, "x" * 1000)), "/blocks"),
    ("message", a_message(rows(1), rows(1)), "/blocks"),
    ("message", a_message(*[{"type": "markdown", "text": "x" * 6001}] * 2), "/blocks"),
    (
        "message",
        a_message(metadata={"event_type": "x", "event_payload": {"customer": "x"}}),
        "/metadata/event_payload/customer",
    ),
    ("message", a_message({"type": "image", "alt_text": "x"}), "/blocks/0"),
    ("modal", {"type": "modal", "blocks": [a_section()]}, "/title"),
    ("modal", a_modal(title=plain("x" * 25)), "/title/text"),
    ("modal", a_modal(submit=plain("x" * 25)), "/submit/text"),
    ("modal", a_modal(close=plain("x" * 25)), "/close/text"),
    ("modal", a_modal(title=marked("x")), "/title/type"),
    ("modal", a_modal(private_metadata="x" * 3001), "/private_metadata"),
    ("modal", a_modal(callback_id="x" * 256), "/callback_id"),
    ("modal", a_modal(external_id="x" * 256), "/external_id"),
    ("modal", a_modal(*[{"type": "divider"}] * 101), "/blocks"),
    ("modal", {"type": "modal", "title": plain("x"), "blocks": [an_input()]}, "/submit"),
    ("modal", a_modal(rows(1)), "/blocks/0"),
    ("modal", a_modal({"type": "markdown", "text": "x"}), "/blocks/0"),
    ("modal", a_modal({"type": "alert", "text": plain("x" * 201)}), "/blocks/0/text/text"),
    ("modal", a_modal() | {"type": "home"}, "/type"),
    ("modal", a_modal(an_input(a_select(options=options(101)))), "/blocks/0/element/options"),
    ("modal", a_modal(an_input(a_select(options=[]))), "/blocks/0/element/options"),
    ("modal", a_modal(an_input(a_select(option_groups=[]))), "/blocks/0/element"),
    ("modal", a_modal(an_input(a_select(initial_option=options(3)[2]))), "/blocks/0/element"),
    ("modal", a_modal(an_input(a_select(options=options(1) * 2))), "/blocks/0/element"),
    (
        "modal",
        a_modal(an_input(a_select(options=[{"text": plain("x" * 76), "value": "1"}]))),
        "/blocks/0/element/options/0/text/text",
    ),
    (
        "modal",
        a_modal(an_input(a_select(options=[{"text": plain("x"), "value": "1" * 151}]))),
        "/blocks/0/element/options/0/value",
    ),
    (
        "modal",
        a_modal(
            an_input(a_select(options=[{"text": plain("x"), "value": "1", "description": plain("x" * 76)}]))
        ),
        "/blocks/0/element/options/0/description/text",
    ),
    (
        "modal",
        a_modal(an_input({"type": "radio_buttons", "action_id": "r", "options": options(11)})),
        "/blocks/0/element/options",
    ),
    (
        "modal",
        a_modal(an_input(a_select(placeholder=plain("x" * 151)))),
        "/blocks/0/element/placeholder/text",
    ),
    (
        "modal",
        a_modal(an_input({"type": "plain_text_input", "action_id": "t", "max_length": 3001})),
        "/blocks/0/element/max_length",
    ),
    (
        "modal",
        a_modal(an_input({"type": "plain_text_input", "action_id": "t", "min_length": 9, "max_length": 3})),
        "/blocks/0/element",
    ),
    ("modal", a_modal(an_input(hint=plain("x" * 2001))), "/blocks/0/hint/text"),
    ("modal", a_modal(an_input(label=marked("x"))), "/blocks/0/label/type"),
    (
        "modal",
        a_modal(*[an_input({"type": "plain_text_input", "action_id": "t", "focus_on_load": True})] * 2),
        "",
    ),
    ("modal", a_modal(a_section(text=marked("\ud800"))), ""),
    ("modal", a_modal(*[a_section(text=marked("\u4e2d" * 1000)) for _ in range(90)]), ""),
    ("home", a_home(an_input({"type": "url_text_input", "action_id": "u"})), "/blocks/0/element"),
    ("home", a_home() | {"title": plain("x")}, "/title"),
    (
        "home",
        a_home({"type": "container", "title": plain("x"), "child_blocks": [a_section()] * 11}),
        "/blocks/0/child_blocks",
    ),
]


@pytest.mark.parametrize(("surface", "payload"), GOOD)
def test_what_slack_takes_has_no_problems(surface: Surface, payload: Body) -> None:
    assert problems(payload, surface) == []


@pytest.mark.parametrize(("surface", "payload", "pointer"), BAD)
def test_what_slack_refuses_is_found_where_it_stands(surface: Surface, payload: Body, pointer: str) -> None:
    assert pointer in [problem.pointer for problem in problems(payload, surface)]


def test_a_broken_payload_does_not_leave_and_its_text_is_not_repeated() -> None:
    with pytest.raises(InvalidPayload) as caught:
        ensure_valid(a_message({"type": "header", "text": plain("Fabrikam" * 30)}), "message")

    assert "/blocks/0/text/text: must have 1 to 150 characters, has 240" in str(caught.value)
    assert "Fabrikam" not in str(caught.value)


KEYS = [
    *("type", "text", "title", "blocks", "elements", "element", "options", "option_groups"),
    *("action_id", "initial_options", "rows"),
]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner | st.sampled_from(["section", "input", "actions", "static_select", "table", "plain_text"]),
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(
    payload=st.dictionaries(st.sampled_from(["type", "text", "blocks", "title", "submit"]), ANYTHING),
    surface=st.sampled_from(["message", "modal", "home"]),
)
def test_the_validator_itself_never_fails(payload: Body, surface: Surface) -> None:
    assert isinstance(problems(payload, surface), list)
