"""The validator: what Slack refuses in blocks and views, with the messages it gives."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from bot.sandbox.fake_slack.blocks import ANY_BLOCK, SURFACES
from bot.sandbox.fake_slack.checks import Check, Problem, boolean, choice, items, problem, record, string
from bot.sandbox.fake_slack.composition import plain
from bot.sandbox.fake_slack.elements import MODAL_ONLY, NOT_ON_HOME
from bot.sandbox.fake_slack.errors import SlackError, bad_arguments

Json = dict[str, Any]

MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
LARGEST_VIEW_BYTES = 250_000
TABLE_CHARACTERS = {"table": 10_000, "data_table": 20_000, "markdown": 12_000}
"""Characters allowed over all blocks of that type in one message or view."""

COMMON: dict[str, Check] = {
    "private_metadata": string(3000, 0),
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
}
VIEWS: dict[str, Check] = {
    "modal": record(
        COMMON
        | {
            "type": choice("modal"),
            "title": plain(24),
            "blocks": items(ANY_BLOCK, MOST_BLOCKS["modal"], 0),
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
        ("type", "title", "blocks"),
    ),
    "home": record(
        COMMON | {"type": choice("home"), "blocks": items(ANY_BLOCK, MOST_BLOCKS["home"], 0)},
        ("type", "blocks"),
    ),
}


def check_message_blocks(blocks: Any) -> None:
    """Raise `invalid_blocks` with Slack's messages and pointers when a message may not carry these blocks."""
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    problems = list(items(ANY_BLOCK, MOST_BLOCKS["message"], 0)(blocks, "/blocks"))
    problems = problems or list(_together(blocks, "message", "/blocks"))
    if problems:
        listed = [f"[ERROR] {found}" for found in problems]
        raise SlackError("invalid_blocks", errors=problems, response_metadata={"messages": listed})


def check_view(view: Any, surface: str) -> None:
    """Raise `invalid_arguments` or `view_too_large` unless this is a `surface` (`modal`, `home`)."""
    if not isinstance(view, dict):
        raise bad_arguments(problem("must provide an object", "/view"))
    if view.get("type") != surface:
        raise bad_arguments(problem(f"must be of type {surface}", "/view/type"))
    if len(json.dumps(view, ensure_ascii=False).encode()) > LARGEST_VIEW_BYTES:
        raise SlackError("view_too_large")
    problems = list(VIEWS[surface](view, "/view"))
    problems = problems or list(_together(view["blocks"], surface, "/view/blocks"))
    problems = problems or list(_submit_rule(view))
    if problems:
        raise bad_arguments(*problems)


def _submit_rule(view: Json) -> Iterator[Problem]:
    has_input = any(block["type"] == "input" for block, _ in nested(view["blocks"], ""))
    if view["type"] == "modal" and has_input and "submit" not in view:
        yield problem("missing required field: submit", "/view")


def _together(blocks: list[Json], surface: str, at: str) -> Iterator[Problem]:
    yield from _allowed_on_surface(blocks, surface, at)
    yield from _unique_block_ids(blocks, at)
    yield from _unique_action_ids(blocks, at)
    yield from _one_focus(blocks, at)
    yield from _character_totals(blocks, at)
    yield from _response_urls(blocks, surface, at)


def nested(blocks: list[Json], at: str) -> Iterator[tuple[Json, str]]:
    """Yield every block with its pointer, those inside containers too."""
    for index, block in enumerate(blocks):
        yield block, f"{at}/{index}"
        yield from nested(block.get("child_blocks", []), f"{at}/{index}/child_blocks")


def elements(block: Json) -> list[tuple[Json, str]]:
    """Return the interactive elements of one block with their pointers inside it."""
    if block["type"] == "input":
        return [(block["element"], "/element")]
    if block["type"] == "section":
        accessory = block.get("accessory")
        return [(accessory, "/accessory")] if accessory and accessory["type"] != "image" else []
    if block["type"] == "actions":
        return [(element, f"/elements/{index}") for index, element in enumerate(block["elements"])]
    return []


def _allowed_on_surface(blocks: list[Json], surface: str, at: str) -> Iterator[Problem]:
    for block, pointer in nested(blocks, at):
        if surface not in SURFACES[block["type"]]:
            yield problem(f"unsupported type: {block['type']}", f"{pointer}/type")
        for element, inside in elements(block):
            kind = element["type"]
            if (kind in MODAL_ONLY and surface != "modal") or (kind in NOT_ON_HOME and surface == "home"):
                yield problem(f"unsupported type: {kind}", f"{pointer}{inside}/type")


def _unique_block_ids(blocks: list[Json], at: str) -> Iterator[Problem]:
    found = list(nested(blocks, at))
    counted = Counter(block.get("block_id") for block, _ in found)
    for block, pointer in found:
        name = block.get("block_id")
        if name and counted[name] > 1:
            yield problem(f"`block_id` '{name}' is not unique", f"{pointer}/block_id")


def _unique_action_ids(blocks: list[Json], at: str) -> Iterator[Problem]:
    for block, pointer in nested(blocks, at):
        counted = Counter(element.get("action_id") for element, _ in elements(block))
        for name in counted:
            if name and counted[name] > 1:
                yield problem(f"`action_id` '{name}' is not unique", f"{pointer}/elements")


def _one_focus(blocks: list[Json], at: str) -> Iterator[Problem]:
    focused = [
        f"{pointer}{inside}"
        for block, pointer in nested(blocks, at)
        for element, inside in elements(block)
        if element.get("focus_on_load")
    ]
    if len(focused) > 1:
        yield problem("only one element may have focus_on_load", f"{focused[1]}/focus_on_load")


def _character_totals(blocks: list[Json], at: str) -> Iterator[Problem]:
    for kind, most in TABLE_CHARACTERS.items():
        total = sum(_characters(block) for block, _ in nested(blocks, at) if block["type"] == kind)
        if total > most:
            yield problem(f"{kind} blocks must be less than {most + 1} characters in total", at)


def _characters(part: Any) -> int:
    if isinstance(part, list):
        return sum(_characters(item) for item in part)
    if not isinstance(part, dict):
        return 0
    own = len(part["text"]) if isinstance(part.get("text"), str) else 0
    return own + sum(_characters(value) for value in part.values())


def _response_urls(blocks: list[Json], surface: str, at: str) -> Iterator[Problem]:
    for block, pointer in nested(blocks, at):
        for element, inside in elements(block):
            misplaced = surface != "modal" or block["type"] != "input"
            if element.get("response_url_enabled") and misplaced:
                yield problem(
                    "response_url_enabled is only allowed in input blocks of a modal", f"{pointer}{inside}"
                )
