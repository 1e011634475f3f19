"""
What people fill in, as plain dicts.

An input's `block_id` is its `action_id`, so that `state.values[name][name]` is always the way to a value.
"""

from collections.abc import Sequence
from typing import Any

from bot.slack.blocks.texts import Block, Element, line, present, text_object
from bot.slack.mrkdwn import Mrkdwn


def option(value: str, text: Mrkdwn | str, description: Mrkdwn | str | None = None) -> Element:
    """Return one choice. Only check boxes and radio buttons take `Mrkdwn`."""
    described = None if description is None else text_object(description, 75)
    return present(text=text_object(text, 75), value=value, description=described)


def option_group(label: str, options: Sequence[Element]) -> Element:
    return {"label": line(label, 75), "options": list(options)}


def input_block(
    label: str,
    element: Element,
    *,
    hint: str | None = None,
    optional: bool = False,
    dispatch_action: bool = False,
    block_id: str | None = None,
) -> Block:
    """Return an input with its label. With `dispatch_action` it also sends an action at once."""
    return present(
        type="input",
        block_id=block_id or element["action_id"],
        label=line(label, 2000),
        element=element,
        hint=None if hint is None else line(hint, 2000),
        optional=optional or None,
        dispatch_action=dispatch_action or None,
    )


def text_input(
    action_id: str,
    *,
    initial: str | None = None,
    placeholder: str | None = None,
    multiline: bool = False,
    min_length: int | None = None,
    max_length: int | None = None,
    dispatch_on_enter: bool = False,
    focus: bool = False,
) -> Element:
    """Return a text input. `initial` is never cut: losing the end of what somebody typed would be silent."""
    return present(
        type="plain_text_input",
        action_id=action_id,
        initial_value=initial or None,
        placeholder=_placeholder(placeholder),
        multiline=multiline or None,
        min_length=min_length,
        max_length=max_length,
        dispatch_action_config={"trigger_actions_on": ["on_enter_pressed"]} if dispatch_on_enter else None,
        focus_on_load=focus or None,
    )


def email_input(
    action_id: str, *, initial: str | None = None, placeholder: str | None = None, focus: bool = False
) -> Element:
    """Return an input for a mail address. Modals only; Slack's check is the client's, so check again."""
    return present(
        type="email_text_input",
        action_id=action_id,
        initial_value=initial or None,
        placeholder=_placeholder(placeholder),
        focus_on_load=focus or None,
    )


def select(
    action_id: str,
    options: Sequence[Element] = (),
    *,
    groups: Sequence[Element] = (),
    initial: str | None = None,
    placeholder: str | None = None,
) -> Element:
    """Return a select over options or over groups of them; `initial` is the value of one."""
    offered = [*options, *(choice for group in groups for choice in group["options"])]
    return present(
        type="static_select",
        action_id=action_id,
        options=list(options) or None,
        option_groups=list(groups) or None,
        initial_option=_chosen(offered, initial),
        placeholder=_placeholder(placeholder),
    )


def radio(action_id: str, options: Sequence[Element], *, initial: str | None = None) -> Element:
    """Return up to ten radio buttons; `initial` is the value of one."""
    return present(
        type="radio_buttons",
        action_id=action_id,
        options=list(options),
        initial_option=_chosen(options, initial),
    )


def checkboxes(action_id: str, options: Sequence[Element], *, initial: Sequence[str] = ()) -> Element:
    """Return up to ten check boxes; `initial` are the values ticked."""
    ticked = [choice for choice in options if choice["value"] in initial]
    return present(
        type="checkboxes", action_id=action_id, options=list(options), initial_options=ticked or None
    )


def users_select(action_id: str, *, initial: str | None = None, placeholder: str | None = None) -> Element:
    """Return a select over everybody in the workspace, bots and guests included: check whom you get."""
    return present(
        type="users_select",
        action_id=action_id,
        initial_user=initial,
        placeholder=_placeholder(placeholder),
    )


def _placeholder(text: str | None) -> Element | None:
    return None if text is None else line(text, 150)


def _chosen(options: Sequence[Element], value: str | None) -> Any:
    return next((choice for choice in options if choice["value"] == value), None)
