"""`state.values`: what every stateful element of a surface holds, and how a person's choice gets there."""

import re
from collections.abc import Iterator
from typing import Any

from bot.sandbox.fake_slack.block_kit import elements, nested
from bot.sandbox.fake_slack.composition import offered
from bot.sandbox.fake_slack.elements import TEXT_INPUTS
from bot.sandbox.fake_slack.errors import NotOnScreen
from bot.sandbox.fake_slack.state import Json, Workspace

HOLDS: dict[str, tuple[str, str, Any]] = {
    "plain_text_input": ("value", "initial_value", None),
    "email_text_input": ("value", "initial_value", None),
    "url_text_input": ("value", "initial_value", None),
    "number_input": ("value", "initial_value", None),
    "static_select": ("selected_option", "initial_option", None),
    "external_select": ("selected_option", "initial_option", None),
    "radio_buttons": ("selected_option", "initial_option", None),
    "users_select": ("selected_user", "initial_user", None),
    "conversations_select": ("selected_conversation", "initial_conversation", None),
    "channels_select": ("selected_channel", "initial_channel", None),
    "multi_static_select": ("selected_options", "initial_options", []),
    "multi_external_select": ("selected_options", "initial_options", []),
    "checkboxes": ("selected_options", "initial_options", []),
    "multi_users_select": ("selected_users", "initial_users", []),
    "multi_conversations_select": ("selected_conversations", "initial_conversations", []),
    "multi_channels_select": ("selected_channels", "initial_channels", []),
    "datepicker": ("selected_date", "initial_date", None),
    "timepicker": ("selected_time", "initial_time", None),
    "datetimepicker": ("selected_date_time", "initial_date_time", None),
}
"""Element type -> member of the state, member with its initial value, value when empty."""

PATTERNS = {
    "datepicker": r"\d{4}-\d{2}-\d{2}",
    "timepicker": r"\d{2}:\d{2}",
    "email_text_input": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "url_text_input": r"https?://\S+",
    "number_input": r"-?\d+(\.\d+)?",
}
REQUIRED_TEXT = "Please complete this required field."


def stateful(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Yield every element that holds a value, with its block."""
    for block, _ in nested(blocks, ""):
        for element, _ in elements(block):
            if element["type"] in HOLDS:
                yield block, element


def state_values(blocks: list[Json], typed: dict[tuple[str, str], Json]) -> Json:
    """Return `state.values`: each stateful element, typed, else initial, else empty."""
    values: Json = {}
    for block, element in stateful(blocks):
        held = typed.get((block["block_id"], element["action_id"]))
        if held is None or held["type"] != element["type"]:
            held = _initial(element)
        values.setdefault(block["block_id"], {})[element["action_id"]] = held
    return values


def state_for(workspace: Workspace, person: str, element: Json, value: Any, suggested: list[Json]) -> Json:
    """Return the state after a person entered `value`. Raises NotOnScreen when Slack would not let them."""
    kind = element["type"]
    name, _, empty = HOLDS[kind]
    if value is None or value == []:
        return {"type": kind, name: empty}
    chosen: Any
    if isinstance(empty, list):
        chosen = [_one(workspace, person, element, item, suggested) for item in _several(element, value)]
    else:
        chosen = _one(workspace, person, element, value, suggested)
    return {"type": kind, name: chosen}


def unfinished(blocks: list[Json], values: Json) -> dict[str, str]:
    """Return what the client itself refuses to submit: block_id -> message."""
    refused = {}
    for block, element in stateful(blocks):
        if block["type"] != "input":
            continue
        message = _refusal(block, element, values[block["block_id"]][element["action_id"]])
        if message:
            refused[block["block_id"]] = message
    return refused


def _initial(element: Json) -> Json:
    name, initial, empty = HOLDS[element["type"]]
    state = {"type": element["type"], name: element.get(initial, empty)}
    if element["type"] == "timepicker" and "timezone" in element:
        state["timezone"] = element["timezone"]
    return state


def _several(element: Json, value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise NotOnScreen(f"{element['type']} takes a list, not {value!r}")
    most = element.get("max_selected_items", len(value))
    if len(value) > most:
        raise NotOnScreen(f"at most {most} may be selected")
    return list(value)


def _one(workspace: Workspace, person: str, element: Json, value: Any, suggested: list[Json]) -> Any:
    name = HOLDS[element["type"]][0].removesuffix("s")
    if name == "selected_option":
        return _option([*offered(element), *suggested], value)
    if name == "selected_user":
        return _known("user", value, workspace.users.keys())
    if name in ("selected_conversation", "selected_channel"):
        return _known("conversation", value, _conversations(workspace, person, element))
    return _entered(element, value)


def _entered(element: Json, value: Any) -> Any:
    kind = element["type"]
    if kind == "datetimepicker":
        return int(value)
    text = str(value)
    if kind in ("datepicker", "timepicker") and not re.fullmatch(PATTERNS[kind], text):
        raise NotOnScreen(f"a {kind} cannot hold {value!r}")
    most = element.get("max_length", 3000)
    if len(text) > most:
        raise NotOnScreen(f"the field takes at most {most} characters, not {len(text)}")
    return text or None


def _option(options: list[Json], wanted: Any) -> Json:
    for option in options:
        if wanted in (option["value"], option["text"]["text"], option):
            return option
    offers = ", ".join(f"{option['text']['text']} ({option['value']})" for option in options)
    raise NotOnScreen(f"no option {wanted!r}; offered: {offers or 'none'}")


def _known(noun: str, value: Any, allowed: Any) -> str:
    if value not in allowed:
        raise NotOnScreen(f"no {noun} {value!r} to select")
    return str(value)


def _conversations(workspace: Workspace, person: str, element: Json) -> set[str]:
    only = element.get("filter", {})
    kinds = {"channels": "public", "groups": "private", "im": "im", "mpim": "mpim"}
    public_only = element["type"].endswith("channels_select")
    included = ["public"] if public_only else only.get("include", list(kinds.values()))
    return {
        channel.id
        for channel in workspace.channels.values()
        if kinds[channel.kind] in included
        and (channel.kind == "channels" or person in channel.members)
        and not (only.get("exclude_external_shared_channels") and channel.is_ext_shared)
        and not channel.is_archived
    }


def _refusal(block: Json, element: Json, state: Json) -> str | None:
    kind = element["type"]
    value = state[HOLDS[kind][0]]
    if value in (None, []):
        return None if block.get("optional") else REQUIRED_TEXT
    if kind not in TEXT_INPUTS:
        return None
    if kind in PATTERNS and not re.fullmatch(PATTERNS[kind], value):
        return f"Please enter a valid {kind.split('_')[0]}."
    if len(value) < element.get("min_length", 0):
        return f"Please enter at least {element['min_length']} characters."
    return _out_of_range(element, value) if kind == "number_input" else None


def _out_of_range(element: Json, value: str) -> str | None:
    if not element["is_decimal_allowed"] and "." in value:
        return "Please enter a whole number."
    low, high = element.get("min_value"), element.get("max_value")
    if (low is not None and float(value) < float(low)) or (high is not None and float(value) > float(high)):
        return "Please enter a number within the limits."
    return None
