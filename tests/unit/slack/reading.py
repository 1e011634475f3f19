"""Reading a view or message as a person would."""

from collections.abc import Sequence
from typing import Any

from bot.slack.blocks import Block, Element


def of_type(blocks: Sequence[Block], kind: str) -> list[Block]:
    return [block for block in blocks if block["type"] == kind]


def said(blocks: Sequence[Block]) -> str:
    """Return the text of all sections, one per line."""
    return "\n".join(block["text"]["text"] for block in of_type(blocks, "section") if "text" in block)


def small_print(blocks: Sequence[Block]) -> str:
    return "\n".join(part["text"] for block in of_type(blocks, "context") for part in block["elements"])


def in_fields(blocks: Sequence[Block]) -> list[str]:
    return [part["text"] for block in of_type(blocks, "section") for part in block.get("fields", ())]


def headings(blocks: Sequence[Block]) -> list[str]:
    return [block["text"]["text"] for block in of_type(blocks, "header")]


def exact_texts(blocks: Sequence[Block]) -> list[str]:
    """Return what stands in fixed width, block by block."""
    return _rich_text(blocks, "rich_text_preformatted")


def quotes(blocks: Sequence[Block]) -> list[str]:
    return _rich_text(blocks, "rich_text_quote")


def inputs(blocks: Sequence[Block]) -> dict[str, Block]:
    return {block["block_id"]: block for block in of_type(blocks, "input")}


def elements(blocks: Sequence[Block]) -> list[Element]:
    """Return the buttons and choices, in rows and beside sections."""
    in_rows = [element for block in of_type(blocks, "actions") for element in block["elements"]]
    return [*in_rows, *(block["accessory"] for block in blocks if "accessory" in block)]


def offered(blocks: Sequence[Block]) -> list[str]:
    return [element["action_id"] for element in elements(blocks)]


def _rich_text(blocks: Sequence[Block], kind: str) -> list[str]:
    parts: list[dict[str, Any]] = [
        part for block in of_type(blocks, "rich_text") for part in block["elements"]
    ]
    return [part["elements"][0]["text"] for part in parts if part["type"] == kind]
