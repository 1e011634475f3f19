"""What a person can read on a message or a view."""

from typing import Any

SILENT = frozenset(
    {"private_metadata", "value", "confirm", "options", "option_groups", "alt_text", "metadata"}
)
"""Members whose text is not on the screen until something is clicked, or never."""


def readable(part: Any) -> str:
    """Return all text shown by blocks, elements or text objects, top to bottom, one line each."""
    return "\n".join(_lines(part))


def shown(text: str, blocks: list[dict[str, Any]]) -> str:
    """Return what Slack shows of a message: its blocks if there are any, else its text."""
    return readable(blocks) if blocks else text


def view_text(body: dict[str, Any]) -> str:
    """Return title and content of a view."""
    return readable([body.get("title"), body.get("blocks"), body.get("submit"), body.get("close")])


def _lines(part: Any) -> list[str]:
    if isinstance(part, list):
        return [line for item in part for line in _lines(item)]
    if not isinstance(part, dict):
        return []
    lines = []
    for name, value in part.items():
        if name == "text" and isinstance(value, str):
            lines.append(value)
        elif name not in SILENT:
            lines += _lines(value)
    return lines
