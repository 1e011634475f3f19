"""
Blocks and views as plain dicts.

The type of a text decides how Slack reads it: `Mrkdwn` becomes mrkdwn, any other `str` plain text, which
Slack does not interpret. Texts too long for their place are shortened. Ids and values are ours and never cut.
"""

from bot.slack.blocks.inputs import (
    checkboxes,
    email_input,
    input_block,
    option,
    option_group,
    radio,
    select,
    text_input,
    users_select,
)
from bot.slack.blocks.layout import (
    Style,
    actions,
    alert,
    button,
    confirm,
    context,
    divider,
    fields,
    header,
    image,
    rich_text_names,
    section,
)
from bot.slack.blocks.texts import Block, Element, View, line, mrkdwn, plain_text, text_object
from bot.slack.blocks.views import home, modal

__all__ = [
    "Block",
    "Element",
    "Style",
    "View",
    "actions",
    "alert",
    "button",
    "checkboxes",
    "confirm",
    "context",
    "divider",
    "email_input",
    "fields",
    "header",
    "home",
    "image",
    "input_block",
    "line",
    "modal",
    "mrkdwn",
    "option",
    "option_group",
    "plain_text",
    "radio",
    "rich_text_names",
    "section",
    "select",
    "text_input",
    "text_object",
    "users_select",
]
