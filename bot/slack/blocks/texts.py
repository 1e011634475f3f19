"""The parts all blocks are made of."""

from typing import Any

from bot.slack.limits import shorten, shorten_plain
from bot.slack.mrkdwn import Mrkdwn, one_line, stripped

Block = dict[str, Any]
Element = dict[str, Any]
View = dict[str, Any]


def plain_text(text: str, limit: int = 3000) -> Element:
    """Return text that Slack shows letter for letter, `:names:` of emoji included."""
    return _plain(stripped(text), limit)


def mrkdwn(text: Mrkdwn, limit: int = 3000) -> Element:
    """Return marked-up text in which Slack finds no links or names by itself."""
    return {"type": "mrkdwn", "text": shorten(text, limit), "verbatim": True}


def text_object(text: Mrkdwn | str, limit: int = 3000) -> Element:
    return mrkdwn(text, limit) if isinstance(text, Mrkdwn) else plain_text(text, limit)


def line(text: str, limit: int) -> Element:
    """Return plain text for a place that has one line: a title, a button, an option."""
    return _plain(one_line(text), limit)


def present(**parts: Any) -> dict[str, Any]:
    """Return the parts that are there: Slack takes no null."""
    return {name: part for name, part in parts.items() if part is not None}


def _plain(text: str, limit: int) -> Element:
    return {"type": "plain_text", "text": shorten_plain(text, limit), "emoji": False}
