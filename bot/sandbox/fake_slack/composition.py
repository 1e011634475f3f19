"""Text, option and confirm objects. Limits: Slack's Block Kit reference, composition objects."""

from collections.abc import Iterator
from typing import Any

from bot.sandbox.fake_slack.checks import (
    Check,
    Problem,
    boolean,
    choice,
    exactly_one,
    items,
    one_of,
    problem,
    record,
    string,
)


def plain(most: int, least: int = 1) -> Check:
    """A `plain_text` object."""
    return record(
        {"type": choice("plain_text"), "text": string(most, least), "emoji": boolean}, ("type", "text")
    )


def text(most: int, least: int = 1) -> Check:
    """A `plain_text` or `mrkdwn` object."""
    mrkdwn = record(
        {"type": choice("mrkdwn"), "text": string(most, least), "verbatim": boolean}, ("type", "text")
    )
    return one_of({"plain_text": plain(most, least), "mrkdwn": mrkdwn})


CONFIRM = record(
    {
        "title": plain(100),
        "text": text(300),
        "confirm": plain(30),
        "deny": plain(30),
        "style": choice("primary", "danger"),
    },
    ("title", "text", "confirm", "deny"),
)

OPTION = record({"text": plain(75), "value": string(150), "description": plain(75)}, ("text", "value"))
RICH_OPTION = record({"text": text(75), "value": string(150), "description": text(75)}, ("text", "value"))
OVERFLOW_OPTION = record(
    {"text": plain(75), "value": string(150), "description": plain(75), "url": string(3000)},
    ("text", "value"),
)
OPTION_GROUP = record({"label": plain(75), "options": items(OPTION, 100)}, ("label", "options"))
DISPATCH_CONFIG = record(
    {"trigger_actions_on": items(choice("on_enter_pressed", "on_character_entered"), 2)},
    ("trigger_actions_on",),
)
SLACK_FILE = record({"id": string(255), "url": string(3000)}, (), exactly_one("id", "url"))


def offered(element: dict[str, Any]) -> list[Any]:
    """Return all options of a select, radio or checkbox element, groups flattened."""
    grouped = [
        option
        for group in element.get("option_groups") or []
        if isinstance(group, dict)
        for option in group.get("options") or []
    ]
    return [*(element.get("options") or []), *grouped]


def initial_is_offered(element: Any, at: str) -> Iterator[Problem]:
    """Every initial option equals one of the options exactly, text and value."""
    options = offered(element)
    if "initial_option" in element and element["initial_option"] not in options:
        yield problem("initial_option must match one of the options", f"{at}/initial_option")
    initial = element.get("initial_options")
    if isinstance(initial, list) and any(option not in options for option in initial):
        yield problem("initial_options must match the options", f"{at}/initial_options")
