"""
Blocks, with their limits and the surfaces they may stand on.

Only what the bot builds is known here: an unknown block or field is a problem by itself.
Source: docs.slack.dev/reference/block-kit/blocks, September 2026.
"""

from collections.abc import Mapping
from typing import Any

from bot.slack.limits.elements import (
    ID,
    IN_ACTIONS,
    IN_CONTEXT,
    IN_INPUT,
    IN_MODAL_INPUT,
    IN_SECTION,
    LEVEL,
    MODAL,
    SLACK_FILE,
    URL,
    any_text,
    plain,
    url_or_file,
)
from bot.slack.limits.rules import (
    FLAG,
    ByType,
    Many,
    Number,
    Problems,
    Rule,
    Surface,
    Text,
    Thing,
    one_of,
)

NOT_MODAL = frozenset({"message", "home"})
MESSAGE = frozenset({"message"})
BLOCK: dict[str, Rule] = {"block_id": ID}

STYLE = Thing({}, {"bold": FLAG, "italic": FLAG, "strike": FLAG, "code": FLAG})
COLOUR = Text(7)
IN_RICH_TEXT = ByType(
    {
        "text": Thing({"text": Text(40_000)}, {"style": STYLE}),
        "link": Thing({"url": URL}, {"text": Text(3000), "style": STYLE, "unsafe": FLAG}),
        "user": Thing({"user_id": ID}, {"style": STYLE}),
        "usergroup": Thing({"usergroup_id": ID}, {"style": STYLE}),
        "channel": Thing({"channel_id": ID}, {"style": STYLE}),
        "emoji": Thing({"name": ID}, {"unicode": Text(100), "style": STYLE}),
        "date": Thing(
            {"timestamp": Number(0, 10**12), "format": Text(255)}, {"url": URL, "fallback": Text(255)}
        ),
    }
)
SECTION_OF_RICH_TEXT = Thing({"elements": Many(IN_RICH_TEXT, 1000, 0)})
QUOTE = Thing({"elements": Many(IN_RICH_TEXT, 1000, 0)}, {"border": Number(0, 1)})
RICH_LIST = Thing(
    {
        "style": one_of("bullet", "ordered"),
        "elements": Many(ByType({"rich_text_section": SECTION_OF_RICH_TEXT}), 1000),
    },
    {"indent": Number(0, 8), "offset": Number(0, 10**6), "border": Number(0, 1)},
)
PARTS_OF_RICH_TEXT = ByType(
    {
        "rich_text_section": SECTION_OF_RICH_TEXT,
        "rich_text_list": RICH_LIST,
        "rich_text_quote": QUOTE,
        "rich_text_preformatted": QUOTE,
    }
)
RICH_TEXT = Thing({"elements": Many(PARTS_OF_RICH_TEXT, 1000)}, BLOCK)

CELL = ByType(
    {
        "raw_text": Thing({"text": Text(10_000)}),
        "raw_number": Thing({"value": Number(-(10**15), 10**15)}, {"text": Text(10_000)}),
        "rich_text": RICH_TEXT,
    }
)
COLUMN = Thing({}, {"align": one_of("left", "center", "right"), "is_wrapped": FLAG})


def text_or_fields(section: Mapping[str, Any]) -> str | None:
    return None if "text" in section or "fields" in section else "needs text or fields"


class InputElement:
    """What an input may hold depends on whether it stands in a modal."""

    def check(self, value: Any, at: str, surface: Surface) -> Problems:
        allowed = IN_MODAL_INPUT if surface == "modal" else IN_INPUT
        yield from allowed.check(value, at, surface)


SIMPLE: dict[str, Thing] = {
    "actions": Thing({"elements": Many(IN_ACTIONS, 25)}, BLOCK),
    "context": Thing({"elements": Many(IN_CONTEXT, 10)}, BLOCK),
    "divider": Thing({}, BLOCK),
    "header": Thing({"text": plain(150)}, BLOCK),
    "image": Thing(
        {"alt_text": Text(2000)},
        {"image_url": URL, "slack_file": SLACK_FILE, "title": plain(2000), **BLOCK},
        further=(url_or_file,),
    ),
    "input": Thing(
        {"label": plain(2000), "element": InputElement()},
        {"hint": plain(2000), "optional": FLAG, "dispatch_action": FLAG, **BLOCK},
    ),
    "rich_text": RICH_TEXT,
    "section": Thing(
        {},
        {
            "text": any_text(3000),
            "fields": Many(any_text(2000), 10),
            "accessory": IN_SECTION,
            "expand": FLAG,
            **BLOCK,
        },
        further=(text_or_fields,),
    ),
    "table": Thing(
        {"rows": Many(Many(CELL, 20), 100)},
        {"column_settings": Many(COLUMN, 20), **BLOCK},
        surfaces=NOT_MODAL,
    ),
}
CONTAINED = ByType(SIMPLE)
BLOCKS = ByType(
    {
        **SIMPLE,
        "alert": Thing({"text": any_text(200)}, {"level": LEVEL, **BLOCK}, surfaces=MODAL),
        "container": Thing(
            {"title": plain(150), "child_blocks": Many(CONTAINED, 10)},
            {
                "subtitle": any_text(150),
                "width": one_of("narrow", "standard", "wide", "full"),
                "is_collapsible": FLAG,
                "default_collapsed": FLAG,
                "has_header_divider": FLAG,
                **BLOCK,
            },
            surfaces=NOT_MODAL,
        ),
        "markdown": Thing({"text": Text(12_000)}, BLOCK, surfaces=MESSAGE),
    }
)
