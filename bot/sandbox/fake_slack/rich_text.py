"""Rich text blocks and table cells. Source: Block Kit reference, rich_text, table and data_table."""

from bot.sandbox.fake_slack.checks import Check, boolean, choice, items, number, one_of, record, string, whole

MANY = 1000
LONGEST = 40_000

STYLE = record(dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight"), boolean))


def _part(kind: str, fields: dict[str, Check], *required: str) -> Check:
    return record({"type": choice(kind), "style": STYLE} | fields, ("type", *required))


PARTS: dict[str, Check] = {
    "text": _part("text", {"text": string(LONGEST)}, "text"),
    "link": _part("link", {"url": string(3000), "text": string(LONGEST), "unsafe": boolean}, "url"),
    "user": _part("user", {"user_id": string(255)}, "user_id"),
    "usergroup": _part("usergroup", {"usergroup_id": string(255)}, "usergroup_id"),
    "channel": _part("channel", {"channel_id": string(255)}, "channel_id"),
    "emoji": _part("emoji", {"name": string(255), "unicode": string(255)}, "name"),
    "broadcast": _part("broadcast", {"range": choice("here", "channel", "everyone")}, "range"),
    "date": _part(
        "date",
        {
            "timestamp": whole(0, 9_999_999_999),
            "format": string(255),
            "url": string(3000),
            "fallback": string(3000),
        },
        "timestamp",
        "format",
    ),
}
INLINE = items(one_of(PARTS), MANY, 0)
BORDER = whole(0, 1)
SECTION = record({"type": choice("rich_text_section"), "elements": INLINE}, ("type", "elements"))
QUOTED: dict[str, Check] = {"elements": INLINE, "border": BORDER}
RICH_TEXT_ELEMENTS: dict[str, Check] = {
    "rich_text_section": SECTION,
    "rich_text_quote": record({"type": choice("rich_text_quote")} | QUOTED, ("type", "elements")),
    "rich_text_preformatted": record(
        {"type": choice("rich_text_preformatted"), "language": string(255)} | QUOTED, ("type", "elements")
    ),
    "rich_text_list": record(
        {
            "type": choice("rich_text_list"),
            "style": choice("bullet", "ordered"),
            "elements": items(SECTION, MANY),
            "indent": whole(0, 8),
            "offset": whole(0, MANY),
            "border": BORDER,
        },
        ("type", "style", "elements"),
    ),
}
RICH_TEXT = record(
    {
        "type": choice("rich_text"),
        "block_id": string(255),
        "elements": items(one_of(RICH_TEXT_ELEMENTS), MANY),
    },
    ("type", "elements"),
)

RAW_TEXT = record({"type": choice("raw_text"), "text": string(LONGEST)}, ("type", "text"))
RAW_NUMBER = record(
    {"type": choice("raw_number"), "value": number, "text": string(LONGEST)}, ("type", "value", "text")
)
CELL = one_of({"raw_text": RAW_TEXT, "raw_number": RAW_NUMBER, "rich_text": RICH_TEXT})
