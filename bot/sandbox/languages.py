"""Which language the people of the sandbox have chosen in Slack."""

from dataclasses import replace

from bot.sandbox.fake_slack import Workspace
from bot.sandbox.fake_slack.world import contoso

ENGLISH = "en"
SLACK_LOCALES = {"zh_Hans": "zh-CN", "zh_Hant": "zh-TW"}
"""Slack's own tags for languages that it does not call by their name."""


def speak(workspace: Workspace, language: str) -> None:
    """Set everybody's locale; in English each has their own again. `language` is a catalogue's name."""
    as_they_came = contoso(workspace.clock).users
    chosen = SLACK_LOCALES.get(language, language.replace("_", "-"))
    for user in tuple(workspace.users.values()):
        own = as_they_came.get(user.id, user).locale
        workspace.users[user.id] = replace(user, locale=own if language == ENGLISH else chosen)
