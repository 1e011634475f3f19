"""Whole messages and views against Slack's rules."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from bot.slack.limits.blocks import BLOCKS
from bot.slack.limits.elements import plain
from bot.slack.limits.rules import FLAG, Many, Problem, Problems, Surface, Text, Thing

MAX_VIEW_BYTES = 250_000
MAX_MARKDOWN = 12_000
MAX_TABLE_TEXT = 10_000

_VIEW = {"private_metadata": Text(3000, 0), "callback_id": Text(255), "external_id": Text(255)}
_METADATA = Thing(
    {"event_type": Text(255), "event_payload": Thing({"intent": Text(255)}, typed=False)}, typed=False
)

SURFACES: Mapping[Surface, Thing] = {
    # chat.postMessage takes 40 000 characters of text, chat.update 4 000: what is posted gets edited later.
    "message": Thing({"text": Text(4000)}, {"blocks": Many(BLOCKS, 50), "metadata": _METADATA}, typed=False),
    "modal": Thing(
        {"title": plain(24), "blocks": Many(BLOCKS, 100)},
        {
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": FLAG,
            "notify_on_close": FLAG,
            "submit_disabled": FLAG,
            **_VIEW,
        },
    ),
    "home": Thing({"blocks": Many(BLOCKS, 100)}, _VIEW),
}


class InvalidPayload(Exception):
    """What we were about to send breaks Slack's rules: our mistake. Names pointers and rules, no content."""

    def __init__(self, surface: Surface, found: list[Problem]) -> None:
        super().__init__(f"{surface}: " + "; ".join(map(str, found[:5])))
        self.problems = found


def ensure_valid(payload: Mapping[str, Any], surface: Surface) -> None:
    """Raise `InvalidPayload` if `problems` finds any."""
    if found := problems(payload, surface):
        raise InvalidPayload(surface, found)


def problems(payload: Mapping[str, Any], surface: Surface) -> list[Problem]:
    """
    Return every rule that `payload` breaks.

    A message is `{"text", "blocks"?, "metadata"?}`; a modal or Home is a whole view.
    """
    found = list(SURFACES[surface].check(payload, "", surface))
    if not found:
        found += _type_of_view(payload, surface)
        found += _ids(payload)
        found += _input_without_submit(payload, surface)
        found += _totals(payload)
        found += _size(payload, surface)
    return found


def blocks_in(payload: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every block with its pointer, those inside containers too."""
    for index, block in enumerate(payload.get("blocks", ())):
        yield f"/blocks/{index}", block
        for inner, child in enumerate(block.get("child_blocks", ())):
            yield f"/blocks/{index}/child_blocks/{inner}", child


def elements_of(block: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the interactive elements of a block."""
    inside = block.get("elements", []) if block["type"] == "actions" else []
    single = [block[name] for name in ("accessory", "element") if name in block]
    return [*inside, *single]


def _type_of_view(payload: Mapping[str, Any], surface: Surface) -> Problems:
    if surface != "message" and payload.get("type") != surface:
        yield Problem("/type", f"must be {surface}")


def _ids(payload: Mapping[str, Any]) -> Problems:
    seen: set[str] = set()
    focused = 0
    for at, block in blocks_in(payload):
        block_id = block.get("block_id")
        if block_id in seen:
            yield Problem(f"{at}/block_id", "is used twice")
        seen.add(block_id or at)
        elements = elements_of(block)
        action_ids = Counter(element["action_id"] for element in elements if "action_id" in element)
        if any(count > 1 for count in action_ids.values()):
            yield Problem(at, "has an action_id twice")
        focused += sum(element.get("focus_on_load", False) for element in elements)
    if focused > 1:
        yield Problem("", "has focus_on_load more than once")


def _input_without_submit(payload: Mapping[str, Any], surface: Surface) -> Problems:
    has_input = any(block["type"] == "input" for _, block in blocks_in(payload))
    if surface == "modal" and has_input and "submit" not in payload:
        yield Problem("/submit", "is missing, and there is an input")


def _totals(payload: Mapping[str, Any]) -> Problems:
    blocks = [block for _, block in blocks_in(payload)]
    tables = [block for block in blocks if block["type"] == "table"]
    if len(tables) > 1:
        yield Problem("/blocks", "have more than one table")
    if sum(map(_characters, tables)) > MAX_TABLE_TEXT:
        yield Problem("/blocks", f"have a table of more than {MAX_TABLE_TEXT} characters")
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MAX_MARKDOWN:
        yield Problem("/blocks", f"have more than {MAX_MARKDOWN} characters of markdown")


def _characters(value: Any) -> int:
    """Return how many characters stand under `text` anywhere in `value`."""
    if isinstance(value, dict):
        own = len(value["text"]) if isinstance(value.get("text"), str) else 0
        return own + sum(map(_characters, value.values()))
    return sum(map(_characters, value)) if isinstance(value, list) else 0


def _size(payload: Mapping[str, Any], surface: Surface) -> Problems:
    try:
        size = len(orjson.dumps(payload))
    except TypeError:
        yield Problem("", "is not JSON: a lone surrogate, or a type that JSON lacks")
        return
    if surface != "message" and size > MAX_VIEW_BYTES:
        yield Problem("", f"has {size} bytes, and a view may have {MAX_VIEW_BYTES}")
