"""What a message may carry, checked the same way for posts, updates, ephemerals and `response_url`."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from bot.sandbox.fake_slack.arguments import Arguments
from bot.sandbox.fake_slack.block_kit import check_message_blocks, elements, nested
from bot.sandbox.fake_slack.errors import SlackError
from bot.sandbox.fake_slack.state import Json, Workspace

LONGEST_POST = 40_000
LONGEST_MARKDOWN = 12_000
MOST_ATTACHMENTS = 100


@dataclass(frozen=True)
class Content:
    """Text and blocks of a message that passed every check."""

    text: str
    blocks: tuple[Json, ...]
    attachments: tuple[Json, ...]
    was_truncated: bool


def read_content(workspace: Workspace, call: Arguments) -> Content:
    """Return what the call wants shown. Raises `no_text`, `invalid_blocks` and their kin."""
    text, blocks = call.text("text") or "", _blocks(call)
    attachments = call.decoded("attachments", otherwise="invalid_attachments") or []
    if "markdown_text" in call:
        text, blocks = _markdown(call)
    if len(attachments) > MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    if not (text or blocks or attachments):
        raise SlackError("no_text")
    named = with_ids(workspace, blocks)
    return Content(text[:LONGEST_POST], tuple(named), tuple(attachments), len(text) > LONGEST_POST)


def read_metadata(call: Arguments) -> Json | None:
    """Return message metadata `{event_type, event_payload}`. Raises `invalid_metadata_format`."""
    metadata = call.decoded("metadata", otherwise="invalid_metadata_format")
    if metadata is None:
        return None
    well_formed = (
        isinstance(metadata, dict)
        and isinstance(metadata.get("event_type"), str)
        and metadata["event_type"] != ""
        and isinstance(metadata.get("event_payload"), dict)
        and metadata.keys() <= {"event_type", "event_payload"}
    )
    if not well_formed:
        raise SlackError("invalid_metadata_format")
    return dict(metadata)


def with_ids(workspace: Workspace, blocks: list[Any]) -> list[Json]:
    """Return a copy in which every block has a `block_id` and every element an `action_id`."""
    copied: list[Json] = deepcopy(blocks)
    for block, _ in nested(copied, ""):
        block.setdefault("block_id", workspace.ids.opaque("block")[:5])
        for element, _ in elements(block):
            element.setdefault("action_id", workspace.ids.opaque("action")[:5])
    return copied


def _blocks(call: Arguments) -> list[Any]:
    blocks = call.decoded("blocks", otherwise="invalid_blocks_format")
    if blocks is None:
        return []
    check_message_blocks(blocks)
    return list(blocks)


def _markdown(call: Arguments) -> tuple[str, list[Any]]:
    if "text" in call or "blocks" in call:
        raise SlackError("markdown_text_conflict")
    text = call.required("markdown_text")
    if len(text) > LONGEST_MARKDOWN:
        raise SlackError("msg_too_long")
    return text, []
