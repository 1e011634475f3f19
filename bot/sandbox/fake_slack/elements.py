"""Interactive elements: members, limits and where each may stand. Source: Block Kit reference, elements."""

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
    pattern,
    problem,
    record,
    string,
    whole,
)
from bot.sandbox.fake_slack.composition import (
    CONFIRM,
    DISPATCH_CONFIG,
    OPTION,
    OPTION_GROUP,
    OVERFLOW_OPTION,
    RICH_OPTION,
    SLACK_FILE,
    initial_is_offered,
    plain,
)

DATE = pattern(r"\d{4}-\d{2}-\d{2}", "must be a date YYYY-MM-DD")
TIME = pattern(r"([01]\d|2[0-3]):[0-5]\d", "must be a time HH:mm")
DECIMAL = pattern(r"-?\d+(\.\d+)?", "must be a number given as a string")
MOST_TEXT = 3000
IDS = items(string(255), 100)

BASE: dict[str, Check] = {"action_id": string(255)}
CHOICE: dict[str, Check] = BASE | {"confirm": CONFIRM, "focus_on_load": boolean}
MENU: dict[str, Check] = CHOICE | {"placeholder": plain(150)}
MULTI: dict[str, Check] = MENU | {"max_selected_items": whole(1, 1000)}
TYPED: dict[str, Check] = BASE | {
    "placeholder": plain(150),
    "focus_on_load": boolean,
    "dispatch_action_config": DISPATCH_CONFIG,
}
FILTER = record(
    {
        "include": items(choice("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    }
)


def _filter_says_something(element: Any, at: str) -> Iterator[Problem]:
    if element.get("filter") == {}:
        yield problem("filter must not be empty", f"{at}/filter")


def _lengths_agree(element: Any, at: str) -> Iterator[Problem]:
    least, most = element.get("min_length", 0), element.get("max_length", MOST_TEXT)
    if not (isinstance(least, int) and isinstance(most, int)):
        return
    if least > most:
        yield problem("min_length must be less than max_length", f"{at}/min_length")
    if isinstance(element.get("initial_value"), str) and len(element["initial_value"]) > most:
        yield problem(f"must be less than {most + 1} characters", f"{at}/initial_value")


def _element(kind: str, fields: dict[str, Check], required: tuple[str, ...] = (), *rules: Check) -> Check:
    return record({"type": choice(kind)} | fields, ("type", *required), *rules)


OPTIONS: dict[str, Check] = {"options": items(OPTION, 100), "option_groups": items(OPTION_GROUP, 100)}
SOURCE = exactly_one("options", "option_groups")
TEN_OPTIONS = items(RICH_OPTION, 10)

BUTTON = _element(
    "button",
    BASE
    | {
        "text": plain(75),
        "value": string(2000),
        "url": string(3000),
        "style": choice("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
    ("text",),
)
IMAGE = _element(
    "image",
    {"image_url": string(3000), "slack_file": SLACK_FILE, "alt_text": string(2000)},
    ("alt_text",),
    exactly_one("image_url", "slack_file"),
)

ELEMENTS: dict[str, Check] = {
    "button": BUTTON,
    "image": IMAGE,
    "checkboxes": _element(
        "checkboxes",
        CHOICE | {"options": TEN_OPTIONS, "initial_options": TEN_OPTIONS},
        ("options",),
        initial_is_offered,
    ),
    "radio_buttons": _element(
        "radio_buttons",
        CHOICE | {"options": TEN_OPTIONS, "initial_option": RICH_OPTION},
        ("options",),
        initial_is_offered,
    ),
    "static_select": _element(
        "static_select", MENU | OPTIONS | {"initial_option": OPTION}, (), SOURCE, initial_is_offered
    ),
    "multi_static_select": _element(
        "multi_static_select",
        MULTI | OPTIONS | {"initial_options": items(OPTION, 100)},
        (),
        SOURCE,
        initial_is_offered,
    ),
    "external_select": _element(
        "external_select", MENU | {"min_query_length": whole(0, 1000), "initial_option": OPTION}
    ),
    "multi_external_select": _element(
        "multi_external_select",
        MULTI | {"min_query_length": whole(0, 1000), "initial_options": items(OPTION, 100)},
    ),
    "users_select": _element("users_select", MENU | {"initial_user": string(255)}),
    "multi_users_select": _element("multi_users_select", MULTI | {"initial_users": IDS}),
    "conversations_select": _element(
        "conversations_select",
        MENU
        | {
            "initial_conversation": string(255),
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": FILTER,
        },
        (),
        _filter_says_something,
    ),
    "multi_conversations_select": _element(
        "multi_conversations_select",
        MULTI | {"initial_conversations": IDS, "default_to_current_conversation": boolean, "filter": FILTER},
        (),
        _filter_says_something,
    ),
    "channels_select": _element(
        "channels_select", MENU | {"initial_channel": string(255), "response_url_enabled": boolean}
    ),
    "multi_channels_select": _element("multi_channels_select", MULTI | {"initial_channels": IDS}),
    "overflow": _element(
        "overflow", BASE | {"options": items(OVERFLOW_OPTION, 5), "confirm": CONFIRM}, ("options",)
    ),
    "datepicker": _element("datepicker", MENU | {"initial_date": DATE}),
    "timepicker": _element("timepicker", MENU | {"initial_time": TIME, "timezone": string(255)}),
    "datetimepicker": _element(
        "datetimepicker", CHOICE | {"initial_date_time": whole(1_000_000_000, 9_999_999_999)}
    ),
    "plain_text_input": _element(
        "plain_text_input",
        TYPED
        | {
            "initial_value": string(MOST_TEXT, 0),
            "multiline": boolean,
            "min_length": whole(0, MOST_TEXT),
            "max_length": whole(1, MOST_TEXT),
        },
        (),
        _lengths_agree,
    ),
    "email_text_input": _element("email_text_input", TYPED | {"initial_value": string(MOST_TEXT, 0)}),
    "url_text_input": _element("url_text_input", TYPED | {"initial_value": string(MOST_TEXT, 0)}),
    "number_input": _element(
        "number_input",
        TYPED
        | {
            "is_decimal_allowed": boolean,
            "initial_value": DECIMAL,
            "min_value": DECIMAL,
            "max_value": DECIMAL,
        },
        ("is_decimal_allowed",),
    ),
}
"""Elements the fake knows. rich_text_input, file_input, workflow_button and the agent elements are not
modelled: they are refused as unsupported, so that nothing can rely on an unchecked element."""

SELECTS = frozenset(kind for kind in ELEMENTS if kind.endswith("_select"))
PICKERS = SELECTS | {"checkboxes", "radio_buttons", "datepicker", "timepicker"}
TEXT_INPUTS = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input"})

IN_SECTION = one_of(ELEMENTS, PICKERS | {"button", "image", "overflow"})
IN_ACTIONS = one_of(ELEMENTS, PICKERS | {"button", "overflow", "datetimepicker"})
IN_INPUT = one_of(ELEMENTS, PICKERS | TEXT_INPUTS | {"datetimepicker"})

MODAL_ONLY = frozenset({"email_text_input", "url_text_input", "number_input"})
NOT_ON_HOME = frozenset({"datetimepicker"})
