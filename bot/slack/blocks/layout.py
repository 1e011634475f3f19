"""Blocks and buttons as plain dicts."""

from collections.abc import Iterable, Sequence
from typing import Literal

from bot.slack.blocks.texts import Block, Element, line, present, text_object
from bot.slack.limits import shorten_plain
from bot.slack.mrkdwn import Mrkdwn, linkable, one_line

Style = Literal["primary", "danger"]


def section(text: Mrkdwn | str, *, accessory: Element | None = None, block_id: str | None = None) -> Block:
    return present(type="section", text=text_object(text), accessory=accessory, block_id=block_id)


def fields(texts: Sequence[Mrkdwn | str], *, block_id: str | None = None) -> Block:
    """Return up to ten short texts in two columns."""
    shown = [text_object(text, 2000) for text in texts[:10]]
    return present(type="section", fields=shown, block_id=block_id)


def header(text: str, *, block_id: str | None = None) -> Block:
    return present(type="header", text=line(text, 150), block_id=block_id)


def context(*texts: Mrkdwn | str, block_id: str | None = None) -> Block:
    """Return up to ten small, grey texts."""
    return present(type="context", elements=[text_object(text) for text in texts[:10]], block_id=block_id)


def divider() -> Block:
    return {"type": "divider"}


def actions(*elements: Element, block_id: str | None = None) -> Block:
    """Return a row of up to 25 buttons or choices."""
    return present(type="actions", elements=list(elements), block_id=block_id)


def alert(
    text: Mrkdwn | str,
    level: Literal["default", "info", "warning", "error", "success"] = "default",
    *,
    block_id: str | None = None,
) -> Block:
    """Return a coloured notice. Modals only."""
    return present(type="alert", text=text_object(text, 200), level=level, block_id=block_id)


def image(url: str, alt_text: str, *, block_id: str | None = None) -> Block:
    return present(type="image", image_url=url, alt_text=shorten_plain(alt_text, 2000), block_id=block_id)


def rich_text_names(
    names: Iterable[str], *, style: Literal["bullet", "ordered"] = "bullet", block_id: str | None = None
) -> Block:
    """Return a list of names from outside; rich text has no markup that a name could use."""
    sections = [
        {"type": "rich_text_section", "elements": [{"type": "text", "text": shorten_plain(name, 300)}]}
        for name in filter(None, map(one_line, names))
    ]
    listed = {"type": "rich_text_list", "style": style, "elements": sections}
    return present(type="rich_text", elements=[listed], block_id=block_id)


def button(
    action_id: str,
    text: str,
    *,
    value: str | None = None,
    url: str | None = None,
    style: Style | None = None,
    confirm: Element | None = None,
    accessibility_label: str | None = None,
) -> Element:
    """
    Return a button. With a `url` it opens that, and still sends its action, which has to be acknowledged.

    Raises `ValueError` for an address a message may not link to.
    """
    if url is not None and not linkable(url, allow_loopback=True):
        raise ValueError("not an address a button may open")
    return present(
        type="button",
        action_id=action_id,
        text=line(text, 75),
        value=value,
        url=url,
        style=style,
        confirm=confirm,
        accessibility_label=accessibility_label and shorten_plain(one_line(accessibility_label), 75),
    )


def confirm(
    *, title: str, text: Mrkdwn | str, confirm: str, deny: str, style: Style | None = None
) -> Element:
    """Return the question asked before a button does its work."""
    return present(
        title=line(title, 100),
        text=text_object(text, 300),
        confirm=line(confirm, 30),
        deny=line(deny, 30),
        style=style,
    )
