"""
Text objects, options and elements, with their limits.

Source: docs.slack.dev/reference/block-kit, /block-elements and /composition-objects, September 2026.
"""

from collections.abc import Mapping
from typing import Any

from bot.slack.limits.rules import FLAG, ByType, Many, Number, OneOf, Rule, Text, Thing, one_of

MODAL = frozenset({"modal"})
MODAL_OR_HOME = frozenset({"modal", "home"})
MODAL_OR_MESSAGE = frozenset({"modal", "message"})


def plain(most: int) -> ByType:
    return ByType({"plain_text": Thing({"text": Text(most)}, {"emoji": FLAG})})


def any_text(most: int) -> ByType:
    mrkdwn = Thing({"text": Text(most)}, {"verbatim": FLAG})
    return ByType({**plain(most).types, "mrkdwn": mrkdwn})


ID = Text(255)
URL = Text(3000)
STYLE = one_of("primary", "danger")
CONFIRM = Thing(
    {"title": plain(100), "text": any_text(300), "confirm": plain(30), "deny": plain(30)}, {"style": STYLE}
)
DISPATCH = Thing(
    {"trigger_actions_on": Many(one_of("on_enter_pressed", "on_character_entered"), 2)},
)


def option(text: Rule, **more: Rule) -> Thing:
    return Thing({"text": text, "value": Text(150)}, {"description": text, **more})


PLAIN_OPTION = option(plain(75))
RICH_OPTION = option(any_text(75))
OPTION_GROUP = Thing({"label": plain(75), "options": Many(PLAIN_OPTION, 100)})


def all_options(element: Mapping[str, Any]) -> list[Any]:
    groups = [group for group in element.get("option_groups") or [] if isinstance(group, dict)]
    return [
        *(element.get("options") or []),
        *(option for group in groups for option in group.get("options") or []),
    ]


def initial_is_offered(element: Mapping[str, Any]) -> str | None:
    initial = [element.get("initial_option"), *(element.get("initial_options") or [])]
    offered = all_options(element)
    missing = any(option is not None and option not in offered for option in initial)
    return "the initial option must equal one of the options" if missing else None


def values_differ(element: Mapping[str, Any]) -> str | None:
    values = [option.get("value") for option in all_options(element) if isinstance(option, dict)]
    return "two options have the same value" if len(values) != len(set(map(str, values))) else None


def options_or_groups(element: Mapping[str, Any]) -> str | None:
    both = ("options" in element) == ("option_groups" in element)
    return "needs either options or option_groups" if both else None


def url_or_file(element: Mapping[str, Any]) -> str | None:
    both = ("image_url" in element) == ("slack_file" in element)
    return "needs either image_url or slack_file" if both else None


def shortest_before_longest(element: Mapping[str, Any]) -> str | None:
    shortest, longest = element.get("min_length"), element.get("max_length")
    wrong = isinstance(shortest, int) and isinstance(longest, int) and shortest > longest
    return "min_length must not exceed max_length" if wrong else None


COMMON: dict[str, Rule] = {"action_id": ID}
FOCUS: dict[str, Rule] = {"focus_on_load": FLAG}
FIELD: dict[str, Rule] = {"placeholder": plain(150), **FOCUS}
CHOICE: dict[str, Rule] = {**COMMON, "confirm": CONFIRM, **FIELD}
OFFER: dict[str, Rule] = {"options": Many(PLAIN_OPTION, 100), "option_groups": Many(OPTION_GROUP, 100)}
MOST_SELECTED: dict[str, Rule] = {"max_selected_items": Number(1, 100)}
LENGTHS: dict[str, Rule] = {"min_length": Number(0, 3000), "max_length": Number(1, 3000)}
STATIC = (options_or_groups, initial_is_offered, values_differ)
TICKS = (initial_is_offered, values_differ)
SLACK_FILE = Thing({}, {"id": Text(255), "url": URL})
FILTER = Thing(
    {},
    {
        "include": Many(one_of("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": FLAG,
        "exclude_bot_users": FLAG,
    },
)
CONVERSATIONS: dict[str, Rule] = {"filter": FILTER, "default_to_current_conversation": FLAG}
MANY_IDS = Many(ID, 100)

BUTTON = Thing(
    {"text": plain(75), "action_id": ID},
    {"value": Text(2000), "url": URL, "style": STYLE, "confirm": CONFIRM, "accessibility_label": Text(75)},
)
IMAGE = Thing({"alt_text": Text(2000)}, {"image_url": URL, "slack_file": SLACK_FILE}, further=(url_or_file,))
OVERFLOW = Thing({"options": Many(option(plain(75), url=URL), 5)}, {**COMMON, "confirm": CONFIRM})
DATE = Thing(COMMON, {**CHOICE, "initial_date": Text(10, 10)})
TIME = Thing(COMMON, {**CHOICE, "initial_time": Text(5, 5), "timezone": Text(100)})
DATETIME = Thing(
    COMMON,
    {"initial_date_time": Number(10**9, 10**10 - 1), "confirm": CONFIRM, **FOCUS},
    surfaces=MODAL_OR_MESSAGE,
)

SELECTS = {
    "static_select": Thing(COMMON, {**CHOICE, **OFFER, "initial_option": PLAIN_OPTION}, further=STATIC),
    "multi_static_select": Thing(
        COMMON,
        {**CHOICE, **OFFER, **MOST_SELECTED, "initial_options": Many(PLAIN_OPTION, 100)},
        further=STATIC,
    ),
    "external_select": Thing(
        COMMON, {**CHOICE, "min_query_length": Number(0, 3000), "initial_option": PLAIN_OPTION}
    ),
    "users_select": Thing(COMMON, {**CHOICE, "initial_user": ID}),
    "multi_users_select": Thing(COMMON, {**CHOICE, **MOST_SELECTED, "initial_users": MANY_IDS}),
    "conversations_select": Thing(
        COMMON,
        {**CHOICE, **CONVERSATIONS, "initial_conversation": ID, "response_url_enabled": one_of(False)},
    ),
    "multi_conversations_select": Thing(
        COMMON, {**CHOICE, **CONVERSATIONS, **MOST_SELECTED, "initial_conversations": MANY_IDS}
    ),
    "channels_select": Thing(
        COMMON, {**CHOICE, "initial_channel": ID, "response_url_enabled": one_of(False)}
    ),
    "multi_channels_select": Thing(COMMON, {**CHOICE, **MOST_SELECTED, "initial_channels": MANY_IDS}),
}
TICK_BOXES = {
    "checkboxes": Thing(
        {**COMMON, "options": Many(RICH_OPTION, 10)},
        {"initial_options": Many(RICH_OPTION, 10), "confirm": CONFIRM, **FOCUS},
        further=TICKS,
    ),
    "radio_buttons": Thing(
        {**COMMON, "options": Many(RICH_OPTION, 10)},
        {"initial_option": RICH_OPTION, "confirm": CONFIRM, **FOCUS},
        further=TICKS,
    ),
}
TYPED = {
    "plain_text_input": Thing(
        COMMON,
        {
            **FIELD,
            **LENGTHS,
            "multiline": FLAG,
            "initial_value": Text(3000),
            "dispatch_action_config": DISPATCH,
        },
        further=(shortest_before_longest,),
    ),
    "email_text_input": Thing(
        COMMON, {**FIELD, "initial_value": Text(3000), "dispatch_action_config": DISPATCH}, surfaces=MODAL
    ),
    "url_text_input": Thing(
        COMMON, {**FIELD, "initial_value": Text(3000), "dispatch_action_config": DISPATCH}, surfaces=MODAL
    ),
    "number_input": Thing(
        {**COMMON, "is_decimal_allowed": FLAG},
        {
            **FIELD,
            "initial_value": Text(100),
            "min_value": Text(100),
            "max_value": Text(100),
            "dispatch_action_config": DISPATCH,
        },
        surfaces=MODAL,
    ),
}
PICKERS = {"datepicker": DATE, "timepicker": TIME}
SHARED = {**SELECTS, **TICK_BOXES, **PICKERS}

IN_ACTIONS = ByType({"button": BUTTON, "overflow": OVERFLOW, **SHARED, "datetimepicker": DATETIME})
IN_SECTION = ByType({"button": BUTTON, "overflow": OVERFLOW, "image": IMAGE, **SHARED})
IN_CONTEXT = ByType({"image": IMAGE, **any_text(3000).types})


def _answering(select: Thing) -> Thing:
    """A select in a modal's input may ask for a `response_url`."""
    return Thing(select.required, {**select.optional, "response_url_enabled": FLAG}, further=select.further)


ANSWERING = {name: _answering(SELECTS[name]) for name in ("conversations_select", "channels_select")}
IN_INPUT = ByType({**SHARED, **TYPED, "datetimepicker": DATETIME})
IN_MODAL_INPUT = ByType({**IN_INPUT.types, **ANSWERING})
LEVEL = OneOf(frozenset({"default", "info", "warning", "error", "success"}))
