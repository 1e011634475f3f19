from typing import Any

import pytest

from bot.sandbox.fake_slack.block_kit import check_message_blocks, check_view
from bot.sandbox.fake_slack.errors import SlackError
from tests.integration.fake_slack.tools import (
    Api,
    Json,
    actions,
    button,
    home,
    modal,
    option,
    plain,
    section,
    select,
    text_input,
)

RAW = {"type": "raw_text", "text": "cell"}


def context(count: int) -> Json:
    return {"type": "context", "elements": [plain("x")] * count}


def header(text: Any) -> Json:
    return {"type": "header", "text": text}


def table(rows: int, cells: int = 1, text: str = "cell") -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * cells] * rows}


def data_table(rows: int, **more: Any) -> Json:
    return {"type": "data_table", "caption": "Customers", "rows": [[RAW]] * rows} | more


def container(count: int, **more: Any) -> Json:
    children = [{"type": "divider"}] * count
    return {"type": "container", "title": plain("Fabrikam"), "child_blocks": children} | more


def accessory(element: Json) -> Json:
    return section("x", accessory=element)


def checkboxes(count: int) -> Json:
    return {"type": "checkboxes", "action_id": "c", "options": [option(str(n)) for n in range(count)]}


def confirm(**changed: str) -> Json:
    words = {"title": "Sure?", "text": "It cannot be undone.", "confirm": "Yes", "deny": "No"} | changed
    return {name: plain(text) for name, text in words.items()}


def overflow(count: int) -> Json:
    return {"type": "overflow", "action_id": "o", "options": [option(str(n)) for n in range(count)]}


ALLOWED_IN_MESSAGES: list[Json] = [
    section("x" * 3000),
    section("x", fields=[plain("x" * 2000)] * 10),
    header(plain("x" * 150)),
    context(10),
    actions(*[button(f"a{n}") for n in range(25)]),
    accessory(button("a", text="x" * 75, value="v" * 2000, url="https://contoso.com", style="danger")),
    accessory(button("a", confirm=confirm(title="x" * 100, text="x" * 300, confirm="x" * 30))),
    accessory(checkboxes(10)),
    accessory(overflow(5)),
    accessory(select("s", *[option(str(n)) for n in range(100)])),
    accessory(select("s", option("v" * 150, "t" * 75))),
    accessory(select("s", option("a"), initial_option=option("a"))),
    table(100, 20, "x"),
    data_table(201, page_size=100),
    container(10),
    {"type": "image", "image_url": "https://contoso.com/x.png", "alt_text": "A"},
    {"type": "markdown", "text": "x" * 12_000},
    {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_section", "elements": [{"type": "text", "text": "*literal*"}]},
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [{"type": "rich_text_section", "elements": []}],
            },
        ],
    },
]

REFUSED_IN_MESSAGES: list[tuple[Json, str]] = [
    ({"type": "sparkles"}, "unsupported type: sparkles [json-pointer:/blocks/0/type]"),
    ({"type": None}, "unsupported type: None [json-pointer:/blocks/0/type]"),
    (section("x" * 3001), "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    (section(""), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ({"type": "section"}, "must have one of text, fields"),
    (section("x", fields=[plain("x")] * 11), "no more than 10 items allowed [json-pointer:/blocks/0/fields]"),
    (section("x", fields=[plain("x" * 2001)]), "[json-pointer:/blocks/0/fields/0/text]"),
    (section("x", colour="red"), "invalid additional property: colour"),
    (section("x", block_id="b" * 256), "must be less than 256 characters [json-pointer:/blocks/0/block_id]"),
    (header(plain("x" * 151)), "must be less than 151 characters"),
    (header({"type": "mrkdwn", "text": "*x*"}), "must be one of plain_text"),
    (context(11), "no more than 10 items allowed"),
    (context(0), "no fewer than 1 items allowed"),
    (actions(), "no fewer than 1 items allowed"),
    (actions(*[button(f"a{n}") for n in range(26)]), "no more than 25 items allowed"),
    (actions(button("same"), button("same")), "`action_id` 'same' is not unique"),
    (actions({"type": "plain_text_input", "action_id": "a"}), "unsupported type: plain_text_input"),
    (actions({"type": "hologram"}), "unsupported type: hologram [json-pointer:/blocks/0/elements/0/type]"),
    (accessory(button("a", text="x" * 76)), "[json-pointer:/blocks/0/accessory/text/text]"),
    (accessory(button("a", value="x" * 2001)), "[json-pointer:/blocks/0/accessory/value]"),
    (accessory(button("a", url="x" * 3001)), "[json-pointer:/blocks/0/accessory/url]"),
    (accessory(button("a", style="loud")), "must be one of primary, danger"),
    (accessory(button("a" * 256)), "[json-pointer:/blocks/0/accessory/action_id]"),
    (accessory(button("a", accessibility_label="x" * 76)), "accessibility_label"),
    (accessory(button("a", confirm=confirm(title="x" * 101))), "confirm/title/text"),
    (accessory(button("a", confirm=confirm(text="x" * 301))), "confirm/text/text"),
    (accessory(button("a", confirm=confirm(confirm="x" * 31))), "confirm/confirm/text"),
    (accessory(button("a", confirm=confirm(deny="x" * 31))), "confirm/deny/text"),
    (accessory(checkboxes(11)), "no more than 10 items allowed"),
    (accessory(overflow(6)), "no more than 5 items allowed"),
    (accessory(select("s")), "no fewer than 1 items allowed"),
    (accessory(select("s", *[option(str(n)) for n in range(101)])), "no more than 100 items allowed"),
    (accessory(select("s", option("v" * 151))), "options/0/text/text"),
    (accessory(select("s", option("v" * 151, "t"))), "options/0/value"),
    (accessory(select("s", option("v", "t" * 76))), "options/0/text/text"),
    (accessory(select("s", option("a"), initial_option=option("b"))), "initial_option must match"),
    (accessory(select("s", option("a"), placeholder=plain("x" * 151))), "placeholder/text"),
    (accessory({"type": "static_select", "action_id": "s"}), "must have exactly one of options"),
    (accessory({"type": "multi_users_select", "max_selected_items": 0}), "max_selected_items"),
    (accessory({"type": "conversations_select", "filter": {}}), "filter must not be empty"),
    (accessory({"type": "conversations_select", "response_url_enabled": True}), "response_url_enabled"),
    (accessory({"type": "datepicker", "initial_date": "20.11.2026"}), "must be a date"),
    (text_input("b", element={"type": "email_text_input"}), "unsupported type: email_text_input"),
    ({"type": "alert", "text": plain("x")}, "unsupported type: alert"),
    ({"type": "image", "image_url": "https://contoso.com/x.png"}, "missing required field: alt_text"),
    ({"type": "image", "image_url": "u", "alt_text": "x" * 2001}, "must be less than 2001 characters"),
    ({"type": "image", "alt_text": "x"}, "must have exactly one of image_url, slack_file"),
    ({"type": "markdown", "text": "x" * 12_001}, "must be less than 12001 characters"),
    (table(101), "no more than 100 items allowed"),
    (table(1, 21), "no more than 20 items allowed"),
    (table(11, 1, "x" * 1000), "must be less than 10001 characters in total"),
    (data_table(202), "no more than 201 items allowed"),
    (data_table(1), "no fewer than 2 items allowed"),
    (data_table(2, page_size=101), "must be between 1 and 100"),
    ({"type": "data_table", "rows": [[RAW]] * 2}, "missing required field: caption"),
    (container(11), "no more than 10 items allowed"),
    (container(1, subtitle=plain("x" * 151)), "must be less than 151 characters"),
    (container(1, is_collapsible=True, has_header_divider=True), "has_header_divider"),
    (container(1, child_blocks=[{"type": "markdown", "text": "x"}]), "unsupported type: markdown"),
]


@pytest.mark.parametrize("block", ALLOWED_IN_MESSAGES)
def test_a_block_at_its_limit_is_accepted(block: Json) -> None:
    check_message_blocks([block])


@pytest.mark.parametrize(("block", "message"), REFUSED_IN_MESSAGES)
def test_a_block_past_its_limit_is_refused_with_a_pointer(block: Json, message: str) -> None:
    with pytest.raises(SlackError) as refused:
        check_message_blocks([block])

    assert refused.value.code == "invalid_blocks"
    assert any(message in found for found in refused.value.extra["errors"]), refused.value.extra


async def test_the_error_has_slacks_shape(api: Api) -> None:
    answer = await api("chat.postMessage", channel="C0APPROVALS", text="x", blocks=[section("x" * 3001)])

    expected = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"] == [expected]
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {expected}"]


def test_a_message_takes_50_blocks_and_no_more() -> None:
    check_message_blocks([{"type": "divider"}] * 50)

    with pytest.raises(SlackError, match="invalid_blocks"):
        check_message_blocks([{"type": "divider"}] * 51)


def test_block_ids_are_unique_in_a_message_containers_included() -> None:
    twin = {"type": "divider", "block_id": "twin"}
    inside = container(1, child_blocks=[twin])

    with pytest.raises(SlackError) as refused:
        check_message_blocks([twin, inside])

    assert "`block_id` 'twin' is not unique" in refused.value.extra["errors"][0]


def test_markdown_is_counted_over_all_blocks_of_a_message() -> None:
    with pytest.raises(SlackError) as refused:
        check_message_blocks([{"type": "markdown", "text": "x" * 6001}] * 2)

    assert "12001 characters in total" in refused.value.extra["errors"][0]


@pytest.mark.parametrize(
    "view",
    [
        modal(*[{"type": "divider"}] * 100),
        modal(text_input("b"), title=plain("x" * 24), submit=plain("x" * 24), close=plain("x" * 24)),
        modal(private_metadata="x" * 3000, callback_id="x" * 255, external_id="x" * 255),
        modal({"type": "alert", "text": plain("x" * 200), "level": "warning"}),
        modal(text_input("b", element={"type": "email_text_input"})),
        modal(text_input("b", element={"type": "number_input", "is_decimal_allowed": False})),
        modal(text_input("b", element={"max_length": 3000, "min_length": 1})),
        modal(text_input("b", element={"type": "conversations_select", "response_url_enabled": True})),
        home(table(2), container(1), section("x")),
    ],
)
def test_a_view_at_its_limits_is_accepted(view: Json) -> None:
    check_view(view, view["type"])


@pytest.mark.parametrize(
    ("view", "message"),
    [
        (modal(*[{"type": "divider"}] * 101), "no more than 100 items allowed [json-pointer:/view/blocks]"),
        (home(*[{"type": "divider"}] * 101), "no more than 100 items allowed [json-pointer:/view/blocks]"),
        (modal(title=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
        (modal(submit=plain("x" * 25)), "[json-pointer:/view/submit/text]"),
        (modal(close=plain("x" * 25)), "[json-pointer:/view/close/text]"),
        (modal(title={"type": "mrkdwn", "text": "x"}), "must be one of plain_text"),
        ({"type": "modal", "blocks": []}, "missing required field: title [json-pointer:/view]"),
        (
            {"type": "modal", "title": plain("x"), "blocks": [text_input("b")]},
            "missing required field: submit [json-pointer:/view]",
        ),
        (modal(private_metadata="x" * 3001), "[json-pointer:/view/private_metadata]"),
        (modal(callback_id="x" * 256), "[json-pointer:/view/callback_id]"),
        (modal(external_id="x" * 256), "[json-pointer:/view/external_id]"),
        (modal(flavour="mint"), "invalid additional property: flavour"),
        (modal({"type": "table", "rows": [[RAW]]}), "unsupported type: table"),
        (modal({"type": "markdown", "text": "x"}), "unsupported type: markdown"),
        (home({"type": "alert", "text": plain("x")}), "unsupported type: alert"),
        (home(text_input("b", element={"type": "url_text_input"})), "unsupported type: url_text_input"),
        (home(actions({"type": "datetimepicker"})), "unsupported type: datetimepicker"),
        (home() | {"title": plain("x")}, "invalid additional property: title"),
        (modal(text_input("b", "x" * 2001)), "[json-pointer:/view/blocks/0/label/text]"),
        (modal(text_input("b", hint=plain("x" * 2001))), "[json-pointer:/view/blocks/0/hint/text]"),
        (modal(text_input("b", element={"max_length": 3001})), "must be between 1 and 3000"),
        (modal(text_input("b", element={"min_length": 5, "max_length": 4})), "min_length"),
        (modal(text_input("b", element={"max_length": 3, "initial_value": "four"})), "initial_value"),
        (modal(text_input("b", element={"type": "number_input"})), "is_decimal_allowed"),
        (modal(text_input("same"), text_input("same")), "`block_id` 'same' is not unique"),
        (
            modal(
                text_input("a", element={"focus_on_load": True}),
                text_input("b", element={"focus_on_load": True}),
            ),
            "only one element may have focus_on_load",
        ),
        (modal(text_input("b", element=button("a"))), "unsupported type: button"),
    ],
)
def test_a_view_past_its_limits_is_refused_as_invalid_arguments(view: Json, message: str) -> None:
    with pytest.raises(SlackError) as refused:
        check_view(view, view["type"])

    messages = refused.value.extra["response_metadata"]["messages"]
    assert refused.value.code == "invalid_arguments"
    assert any(message in found for found in messages), messages


def test_a_view_over_250_kilobytes_is_too_large() -> None:
    with pytest.raises(SlackError, match="view_too_large"):
        check_view(modal(*[section("x" * 3000)] * 90), "modal")
