"""Blocks: members, limits and surfaces. Source: Block Kit reference, blocks (index of September 2026)."""

from collections.abc import Iterator
from typing import Any

from bot.sandbox.fake_slack.checks import (
    Check,
    Problem,
    at_least_one,
    boolean,
    choice,
    exactly_one,
    items,
    one_of,
    problem,
    record,
    string,
    whole,
)
from bot.sandbox.fake_slack.composition import SLACK_FILE, plain, text
from bot.sandbox.fake_slack.elements import IMAGE, IN_ACTIONS, IN_INPUT, IN_SECTION
from bot.sandbox.fake_slack.rich_text import CELL, RICH_TEXT

EVERYWHERE = frozenset({"modal", "message", "home"})
SURFACES: dict[str, frozenset[str]] = {
    "actions": EVERYWHERE,
    "alert": frozenset({"modal"}),
    "container": frozenset({"message", "home"}),
    "context": EVERYWHERE,
    "data_table": frozenset({"message", "home"}),
    "divider": EVERYWHERE,
    "header": EVERYWHERE,
    "image": EVERYWHERE,
    "input": EVERYWHERE,
    "markdown": frozenset({"message"}),
    "rich_text": EVERYWHERE,
    "section": EVERYWHERE,
    "table": frozenset({"message", "home"}),
    "video": EVERYWHERE,
}
"""Blocks the fake knows. card, carousel, context_actions, data_visualization, plan, task_card and
auth_provider are not modelled: they are refused as unsupported, so nothing can rely on an unchecked block."""

IN_CONTAINER = frozenset(
    {
        "actions",
        "context",
        "divider",
        "header",
        "image",
        "input",
        "rich_text",
        "section",
        "table",
        "video",
    }
)


def _block(kind: str, fields: dict[str, Check], required: tuple[str, ...] = (), *rules: Check) -> Check:
    return record({"type": choice(kind), "block_id": string(255)} | fields, ("type", *required), *rules)


def _header_divider_stands_alone(block: Any, at: str) -> Iterator[Problem]:
    if block.get("has_header_divider") and block.get("is_collapsible"):
        yield problem("has_header_divider is not allowed with is_collapsible", at)


def _header_has_no_rich_text(block: Any, at: str) -> Iterator[Problem]:
    rows = block.get("rows")
    header = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], list) else []
    for index, cell in enumerate(header):
        if isinstance(cell, dict) and cell.get("type") == "rich_text":
            yield problem("unsupported type: rich_text", f"{at}/rows/0/{index}/type")


COLUMN = record({"align": choice("left", "center", "right"), "is_wrapped": boolean})

BLOCKS: dict[str, Check] = {
    "actions": _block("actions", {"elements": items(IN_ACTIONS, 25)}, ("elements",)),
    "alert": _block(
        "alert",
        {"text": text(200), "level": choice("default", "info", "warning", "error", "success")},
        ("text",),
    ),
    "context": _block(
        "context",
        {"elements": items(one_of({"image": IMAGE, "plain_text": text(3000), "mrkdwn": text(3000)}), 10)},
        ("elements",),
    ),
    "divider": _block("divider", {}),
    "header": _block("header", {"text": plain(150)}, ("text",)),
    "image": _block(
        "image",
        {
            "image_url": string(3000),
            "slack_file": SLACK_FILE,
            "alt_text": string(2000),
            "title": plain(2000),
        },
        ("alt_text",),
        exactly_one("image_url", "slack_file"),
    ),
    "input": _block(
        "input",
        {
            "label": plain(2000),
            "element": IN_INPUT,
            "hint": plain(2000),
            "optional": boolean,
            "dispatch_action": boolean,
        },
        ("label", "element"),
    ),
    "markdown": _block("markdown", {"text": string(12_000)}, ("text",)),
    "rich_text": RICH_TEXT,
    "section": _block(
        "section",
        {"text": text(3000), "fields": items(text(2000), 10), "accessory": IN_SECTION, "expand": boolean},
        (),
        at_least_one("text", "fields"),
    ),
    "table": _block(
        "table",
        {"rows": items(items(CELL, 20), 100), "column_settings": items(COLUMN, 20)},
        ("rows",),
    ),
    "data_table": _block(
        "data_table",
        {
            "caption": string(3000),
            "rows": items(items(CELL, 20), 201, 2),
            "page_size": whole(1, 100),
            "row_header_column_index": whole(0, 19),
        },
        ("caption", "rows"),
        _header_has_no_rich_text,
    ),
    "video": _block(
        "video",
        {
            "alt_text": string(2000),
            "video_url": string(3000),
            "thumbnail_url": string(3000),
            "title": plain(199),
            "title_url": string(3000),
            "description": plain(200),
            "provider_icon_url": string(3000),
            "provider_name": string(50),
            "author_name": string(50),
        },
        ("alt_text", "video_url", "thumbnail_url", "title"),
    ),
}
BLOCKS["container"] = _block(
    "container",
    {
        "title": plain(150),
        "rich_text_title": RICH_TEXT,
        "subtitle": text(150),
        "child_blocks": items(one_of(BLOCKS, IN_CONTAINER), 10),
        "icon": IMAGE,
        "width": choice("narrow", "standard", "wide", "full"),
        "is_collapsible": boolean,
        "default_collapsed": boolean,
        "has_header_divider": boolean,
    },
    ("child_blocks",),
    at_least_one("title", "rich_text_title"),
    _header_divider_stands_alone,
)
ANY_BLOCK = one_of(BLOCKS)
