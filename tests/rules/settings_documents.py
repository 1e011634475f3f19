"""
What `docs/settings.md` and `.env.example` have to say, read from `bot/settings/__init__.py`.

`make settings` writes them; the rules compare.
"""

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bot.settings import Settings

ROOT = Path(__file__).parents[2]
FIELDS = Settings.model_fields
PART_BEGINS = {
    "database_url": "The bot itself",
    "slack_bot_token": "Slack",
    "cloud": "Microsoft",
    "webhook_url": "Events from Microsoft",
    "mail": "Mail to customers",
}
"""The first setting of each part, in the order of `Settings`."""

_ABOUT = """\
# Settings

A setting is an environment variable, or a line of the file `.env` in the folder that `overture` is
started in. The environment wins. [`.env.example`](../.env.example) has all of them, to be copied.

A secret can also come from a file: `OVERTURE_CLIENT_SECRET_FILE` names the file that holds what
`OVERTURE_CLIENT_SECRET` would.

`make settings` writes this page and `.env.example` from `bot/settings/__init__.py`.
"""

_EXAMPLE = """\
# Copy to .env, and fill in what has no # before it, a Slack signing secret or app-level token, and a client
# secret or certificate. A line that begins with # keeps its default.
# A secret may stand in a file instead: OVERTURE_CLIENT_SECRET_FILE=/path/of/the/file
"""


def name_of(field: str) -> str:
    return f"OVERTURE_{field.upper()}"


def is_secret(field: FieldInfo) -> bool:
    return "SecretStr" in str(field.annotation)


def is_needed(field: FieldInfo) -> bool:
    return field.default is PydanticUndefined


def meaning_of(field: FieldInfo) -> str:
    return " ".join((field.description or "").split())


def default_of(field: FieldInfo) -> str:
    """Return the default as it would be written after the `=`, or nothing."""
    value: Any = field.default
    if is_needed(field) or is_secret(field) or value is None:
        return ""
    return ",".join(value) if isinstance(value, tuple) else str(value)


def settings_page() -> str:
    return "\n".join([_ABOUT.rstrip(), *_sections()]) + "\n"


def _sections() -> Iterator[str]:
    for name, field in FIELDS.items():
        if name in PART_BEGINS:
            yield from (f"\n## {PART_BEGINS[name]}\n", "| Variable | Default | Meaning |", "|---|---|---|")
        variable = f"`{name_of(name)}`" + (", `…_FILE`" if is_secret(field) else "")
        yield f"| {variable} | {_shown_default(field)} | {meaning_of(field).replace('|', chr(92) + '|')} |"


def _shown_default(field: FieldInfo) -> str:
    if is_needed(field):
        return "**needed**"
    return f"`{default_of(field)}`" if default_of(field) else ""


def example() -> str:
    """Return `.env.example`: what is needed is to be filled in, everything else shows its default."""
    return "\n".join([_EXAMPLE, *_examples()]).rstrip() + "\n"


def _examples() -> Iterator[str]:
    for name, field in FIELDS.items():
        if name in PART_BEGINS:
            yield f"# {PART_BEGINS[name]}\n"
        yield textwrap.fill(
            meaning_of(field), 105, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
        )
        yield f"{'' if is_needed(field) else '# '}{name_of(name)}={default_of(field)}\n"


WRITTEN = {ROOT / "docs" / "settings.md": settings_page, ROOT / ".env.example": example}


if __name__ == "__main__":
    for path, rendered in WRITTEN.items():
        path.write_text(rendered(), encoding="utf-8")
