"""Modals that only say something."""

from bot.slack import names
from bot.slack.blocks import Block, View, modal, section
from bot.slack.mrkdwn import Mrkdwn
from bot.slack.words import Words


def told_view(words: Words, title: str, text: Mrkdwn, *more: Block) -> View:
    """Return a read-only modal. `title` is at most 24 characters."""
    return modal(names.TOLD, title, [section(text), *more], close=words.plain("labels/close"))
