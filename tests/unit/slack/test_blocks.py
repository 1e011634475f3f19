"""Builders make blocks that Slack takes, whatever the texts are."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack import blocks
from bot.slack.limits import problems
from bot.slack.mrkdwn import Mrkdwn, escape

LONG = st.text(min_size=1, max_size=30).map(lambda text: "x" + text * 150)


@given(text=LONG)
def test_texts_from_outside_never_break_a_modal(text: str) -> None:
    choice = blocks.option("1", text, text)
    view = blocks.modal(
        "invite_customer",
        text,
        [
            blocks.section(text, accessory=blocks.button("open", text, accessibility_label=text)),
            blocks.section(escape(text)),
            blocks.fields([text, escape(text)]),
            blocks.header(text),
            blocks.context(text, escape(text)),
            blocks.alert(text, "warning"),
            blocks.rich_text_names([text, "  "]),
            blocks.divider(),
            blocks.input_block(text, blocks.text_input("a", placeholder=text), hint=text),
            blocks.input_block(text, blocks.email_input("b", placeholder=text)),
            blocks.input_block(text, blocks.select("c", [choice], initial="1", placeholder=text)),
            blocks.input_block(text, blocks.select("d", groups=[blocks.option_group(text, [choice])])),
            blocks.input_block(text, blocks.radio("e", [choice], initial="1")),
            blocks.input_block(text, blocks.checkboxes("f", [choice], initial=["1"]), optional=True),
            blocks.input_block(text, blocks.users_select("g")),
        ],
        submit=text,
        close=text,
    )

    assert problems(view, "modal") == []


@given(text=LONG)
def test_texts_from_outside_never_break_a_message(text: str) -> None:
    question = blocks.confirm(title=text, text=text, confirm=text, deny=text, style="danger")
    message = {
        "text": "Contoso",
        "blocks": [
            blocks.section(escape(text)),
            blocks.actions(blocks.button("a", text, style="danger", confirm=question, value="1")),
        ],
    }

    assert problems(message, "message") == []


def test_the_type_of_a_text_decides_how_slack_reads_it() -> None:
    assert blocks.section(Mrkdwn("*Contoso*"))["text"] == {
        "type": "mrkdwn",
        "text": "*Contoso*",
        "verbatim": True,
    }
    assert blocks.section("*Contoso*")["text"] == {"type": "plain_text", "text": "*Contoso*", "emoji": False}


def test_what_is_not_given_is_not_sent() -> None:
    assert blocks.button("approve", "Approve") == {
        "type": "button",
        "action_id": "approve",
        "text": {"type": "plain_text", "text": "Approve", "emoji": False},
    }
    assert blocks.home([blocks.divider()]) == {"type": "home", "blocks": [{"type": "divider"}]}


def test_an_input_is_found_under_its_action_id() -> None:
    made = blocks.input_block("Reason", blocks.text_input("reason"))

    assert made["block_id"] == made["element"]["action_id"] == "reason"


def test_an_initial_choice_that_is_not_offered_is_left_out() -> None:
    offered = [blocks.option("1", "One"), blocks.option("2", "Two")]

    assert blocks.select("a", offered, initial="2")["initial_option"] == offered[1]
    assert "initial_option" not in blocks.select("a", offered, initial="3")
    assert blocks.checkboxes("a", offered, initial=["1", "3"])["initial_options"] == [offered[0]]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://contoso.com", "https://contoso.com/\n"])
def test_a_button_opens_no_address_a_message_may_not_link_to(url: str) -> None:
    with pytest.raises(ValueError, match="button"):
        blocks.button("open_link", "Open", url=url)


def test_names_in_rich_text_are_literal() -> None:
    made: dict[str, Any] = blocks.rich_text_names(["<!channel>", "Contoso\n*Ltd*"])
    [listed] = made["elements"]

    assert [item["elements"][0]["text"] for item in listed["elements"]] == ["<!channel>", "Contoso *Ltd*"]
